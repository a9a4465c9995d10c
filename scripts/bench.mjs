// `npm run bench` runs every bench of test/bench one after another; `npm run bench -- startup zip` those whose name begins so.
// Each measures pairs against a peer or a floor in the same run and prints what it found.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);
const benches = readdirSync(path.join(root, "test", "bench"))
  .filter((name) => name.endsWith(".bench.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)));
if (benches.length === 0) {
  console.error(`There is no bench ${wanted.join(" or ")}.`);
  process.exit(2);
}
let failed = 0;
for (const name of benches) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, ["scripts/run.mjs", path.join("test", "bench", name)], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
