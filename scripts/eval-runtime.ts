// Holds the classifier against what real drivers and Lambda's own Python runtime client print about failures that are really
// produced, on a real Postgres: node scripts/run.mjs scripts/eval-runtime.ts [--only WORD] [-v]
// Needs Postgres server binaries, openssl, python3 with PyPI, and npm.
import { parseArgs } from "node:util";
import { runRuntimeCases } from "./runtime/run.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, verbose: { type: "boolean", short: "v" } } });
const started = performance.now();
const results = await runRuntimeCases(values.only);
for (const { name, expected, said, text, right } of results) {
  const mark = right === "first" ? "  " : right === "contained" ? "2 " : "✗ ";
  console.log(
    `${mark}${name.padEnd(44)} ${said.join(", ") || "nothing"}${right === "first" ? "" : `   (${expected.join(" or ")})`}`,
  );
  if (right === "missed" || values.verbose === true)
    console.log(text.slice(0, 1_500).replaceAll("\r", "\n").replace(/^/gm, "      | "));
}
const share = (count: number): number => Math.round((count / Math.max(1, results.length)) * 10_000) / 10_000;
console.log(`\n${results.length} failures in ${Math.round((performance.now() - started) / 1000)} s`);
console.log(
  JSON.stringify({
    cases: results.length,
    top1: share(results.filter(({ right }) => right === "first").length),
    contained3: share(results.filter(({ right }) => right !== "missed").length),
  }),
);
process.exit(results.some(({ right }) => right === "missed") ? 1 : 0);
