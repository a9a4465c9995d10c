// `npm run bench` runs every bench of test/bench one after another and writes docs/benchmarks.md from what they report;
// `npm run bench -- startup zip` runs those whose name begins so and writes nothing.
// Each measures pairs against a peer or a floor in the same run, and ends with `report` of test/bench/measure.ts.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarksDocument } from "./bench-document.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);
const benches = readdirSync(path.join(root, "test", "bench"))
  .filter((name) => name.endsWith(".bench.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)));
if (benches.length === 0) {
  console.error(`There is no bench ${wanted.join(" or ")}.`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(os.tmpdir(), "cscp-bench-"));
const conditions = {
  node: process.versions.node,
  system: `${os.type()} ${os.arch()}`,
  processor: os.cpus()[0]?.model ?? "unknown processor",
  cores: os.availableParallelism(),
  memoryGb: Math.round(os.totalmem() / 1024 ** 3),
  date: new Date().toISOString().slice(0, 10),
  load: os.loadavg()[0] ?? 0,
};
const env = { ...process.env };
// It makes Node itself start more slowly, in every arm.
delete env["NODE_EXTRA_CA_CERTS"];

const results = benches.map((bench) => {
  console.log(`\n== ${bench}`);
  const file = path.join(folder, `${bench}.json`);
  const { status } = spawnSync(process.execPath, ["scripts/run.mjs", path.join("test", "bench", bench)], {
    cwd: root,
    stdio: "inherit",
    env: { ...env, CSCP_BENCH_RESULT: file },
  });
  const result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  return { bench, status, result };
});
rmSync(folder, { recursive: true, force: true });

const broken = results.filter(({ status, result }) => status !== 0 || result === undefined);
for (const { bench, status } of broken) console.error(`${bench} ended with ${status} and reported nothing whole.`);
const short = results.flatMap(({ result }) => (result?.rows ?? []).filter(({ met }) => !met));
if (short.length > 0) console.log(`\nFalls short: ${short.map(({ name }) => name).join("; ")}.`);
if (wanted.length === 0) {
  mkdirSync(path.join(root, "docs"), { recursive: true });
  writeFileSync(path.join(root, "docs", "benchmarks.md"), benchmarksDocument(results, conditions));
  console.log("\ndocs/benchmarks.md is written.");
}
process.exit(broken.length === 0 ? 0 : 1);
