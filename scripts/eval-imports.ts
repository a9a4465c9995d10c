// Holds the predicted imports of real wheels against a real interpreter: node scripts/run.mjs scripts/eval-imports.ts [--python PYTHON] [--only WORD] [--verbose]
import { parseArgs } from "node:util";
import { allCells } from "../test/packages/matrix/cells.ts";
import { installedCells } from "../test/packages/matrix/installed-cells.ts";
import { thisMachine } from "../test/packages/matrix/interpreter.ts";
import { lambdaTable } from "../test/packages/matrix/lambda.ts";
import { judge, type Judged } from "../test/packages/matrix/judge.ts";

const { values } = parseArgs({
  options: { python: { type: "string" }, only: { type: "string" }, verbose: { type: "boolean" } },
});
const machine = thisMachine(values.python ?? "python3");
if (machine === undefined) {
  console.error("There is no Python 3 on glibc here to compare with.");
  process.exit(2);
}
console.log(`Python ${machine.version}, ${machine.target.architecture}, glibc ${machine.target.glibc}\n`);
const only = values.only;
const cells = [...allCells(), ...installedCells()].filter((cell) => only === undefined || cell.name.includes(only));
const results: Judged[] = [];
const absent: string[] = [];
const queue = [...cells];
const started = performance.now();
await Promise.all(
  [1, 2].map(async () => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const judged = await judge(cell, machine);
      if (judged === undefined) absent.push(cell.name);
      else results.push(judged);
    }
  }),
);
const order = new Map(cells.map((cell, index) => [cell.name, index]));
results.sort((a, b) => (order.get(a.cell.name) ?? 0) - (order.get(b.cell.name) ?? 0));
const short = (text: string) => text.replaceAll("\n", "\\n").slice(0, values.verbose === true ? 2000 : 110);
for (const { cell, real, prediction, verdictAgrees, messageAgrees } of results) {
  const mark = verdictAgrees ? (messageAgrees ? "  " : "m ") : "V ";
  const said = real.ok ? "imports" : `${real.type}: ${short(real.message)}`;
  console.log(`${mark}${cell.name.padEnd(58)} ${(prediction.failure?.cause ?? prediction.verdict).padEnd(30)} ${said}`);
  if (!messageAgrees || !verdictAgrees) {
    const { failure } = prediction;
    const predicted = failure === undefined ? prediction.verdict : `${failure.errorType}: ${short(failure.message)}`;
    console.log(`     predicted: ${predicted}`);
    for (const note of prediction.notes) console.log(`     note: ${note}`);
  }
}
if (absent.length > 0) console.log(`\nNo such wheel, left out: ${absent.join(", ")}`);
if (only === undefined) {
  console.log("\nLambda's runtimes");
  const wheels = allCells().filter((cell) => / cp3\d+ /.test(cell.name) && /linux-|macos-arm64/.test(cell.name));
  for (const line of await lambdaTable(wheels, machine.python)) console.log(line);
  console.log("");
}
const share = (count: number) => Math.round((count / Math.max(1, results.length)) * 10_000) / 10_000;
console.log(`\n${results.length} cells in ${Math.round((performance.now() - started) / 1000)} s`);
console.log(
  JSON.stringify({
    cells: results.length,
    verdictAgreement: share(results.filter((each) => each.verdictAgrees).length),
    messageAgreement: share(results.filter((each) => each.messageAgrees).length),
  }),
);
