// How long the command line takes to begin, against Node doing nothing: node scripts/run.mjs test/bench/startup.bench.ts [PAIRS]
// Arms run in turns, each a process of its own, with the code that the build or the run before has compiled.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bareEnvironment, type BenchRow, compare, report, root, timed } from "./measure.ts";
import { environmentFor, startFakeStack } from "../support/stack.ts";

const pairs = Number(process.argv[2] ?? 25);
const folder = mkdtempSync(path.join(root, "node_modules", ".cache", "cscp-bench-"));
const stack = await startFakeStack({ functions: 1, latencyMs: 0 });
try {
  const env = bareEnvironment({ CSCP_CACHE: path.join(folder, "cache"), ...environmentFor(stack.endpoint) });
  // By its address, so that it is not bundled into this file itself.
  const bundler: unknown = await import(pathToFileURL(path.join(root, "scripts", "bundle.mjs")).href);
  const { bundle } = bundler as { bundle: (entry: string, outdir: string) => Promise<void> };
  await bundle("test/bench/one-call.ts", path.join(folder, "one-call"));
  const oneCall = path.join(folder, "one-call.cjs");
  writeFileSync(oneCall, 'require("./one-call/load.cjs").start(process, require);\n');

  const node = process.execPath;
  const cscp = path.join(root, "bin", "cscp.js");
  const floor = () => timed([node, "-e", "0"], env);
  const against = async (args: readonly string[], exitCode: number) => {
    const arm = async () => {
      const run = await timed([node, ...args], env);
      if (run.exitCode !== exitCode) throw new Error(`${args.join(" ")} ended with ${run.exitCode}, not ${exitCode}.`);
      return run;
    };
    await arm();
    return compare(pairs, floor, arm);
  };

  const help = await against([cscp, "--help"], 0);
  const call = await against([oneCall], 0);
  const calls = stack.calls.filter(({ operation }) => operation === "GetCallerIdentity").length;
  if (calls !== pairs + 1) throw new Error(`${pairs + 1} runs made ${calls} calls.`);
  const missing = await against([cscp, "doctor", "--stack", "no-such-stack"], 2);
  const row = (name: string, measured: Awaited<ReturnType<typeof against>>, atMost?: number): BenchRow => ({
    name: `${name} over \`node -e 0\``,
    figure: measured.elapsed,
    unit: "×",
    ...(atMost === undefined ? {} : { target: { atMost } }),
    how: `${measured.oursMs} ms against ${measured.floorMs} ms; ${measured.processor} times the processor time`,
  });
  report({
    title: "Start-up",
    about: `Each run is a process of its own, with the code that a run before has compiled; medians of ${pairs} pairs. The call goes to a local endpoint through the program's own source.`,
    rows: [
      row("`cscp --help`", help, 1.4),
      row("one AWS call", call, 3.2),
      row("`cscp doctor` of a stack that is not there, one AWS call too,", missing),
    ],
  });
} finally {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
