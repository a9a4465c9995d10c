// Real wheels: what is predicted for this machine's own Python against what it says.
import { describe, expect, test } from "vitest";
import { allCells } from "./matrix/cells.ts";
import { thisMachine } from "./matrix/interpreter.ts";
import { lambdaTable } from "./matrix/lambda.ts";
import { judge, type Judged } from "./matrix/judge.ts";
import { unpackedWheel } from "./matrix/wheels.ts";

const required = process.env["CSCP_LAB"] === "required";
const machine = thisMachine();
const reachable =
  machine !== undefined &&
  (await unpackedWheel({ requirement: "six==1.17.0", python: "3.11", platform: "any" }, machine.python).then(
    (folder) => folder !== undefined,
    () => false,
  ));
if (!reachable && !required) {
  console.error("The import lab is skipped: it needs python3 with pip, a package index and a Linux with glibc.");
}

describe.skipIf(!reachable && !required)("predicted imports of real wheels", () => {
  // The work is a minute's; the rest is for wheels that have to be fetched first.
  test("agree with the interpreter", { timeout: 300_000 }, async () => {
    if (machine === undefined || !reachable) throw new Error("python3 with pip and a package index is required.");
    const cells = allCells().filter((cell) => cell.short === true);
    const judged: Judged[] = [];
    const queue = [...cells];
    const work = async () => {
      for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
        const result = await judge(cell, machine);
        if (result !== undefined) judged.push(result);
      }
    };
    await Promise.all([work(), work()]);
    const told = (each: Judged) => ({
      cell: each.cell.name,
      real: each.real.ok ? "imports" : `${each.real.type}: ${each.real.message}`,
      predicted:
        each.prediction.failure === undefined
          ? each.prediction.verdict
          : `${each.prediction.failure.errorType}: ${each.prediction.failure.message}`,
    });
    expect(judged.filter((each) => !each.verdictAgrees).map(told)).toEqual([]);
    // A Windows wheel of cryptography fails at an attribute of an empty namespace package, which is not followed.
    const known = new Set(["cryptography cp311 windows"]);
    const others = judged.filter((each) => !each.messageAgrees && !known.has(each.cell.name));
    expect(others.map(told)).toEqual([]);
    // Debian's package and the rarest wheels may be absent; the rest must have been judged.
    expect(judged.length).toBeGreaterThanOrEqual(cells.length - 4);
  });

  test("fit exactly the Lambda runtimes that they were built for", { timeout: 60_000 }, async () => {
    if (machine === undefined || !reachable) throw new Error("python3 with pip and a package index is required.");
    const named = (name: string) => allCells().filter((cell) => cell.name === name);
    const [intel = ""] = await lambdaTable(named("psycopg2-binary cp311 linux-x86_64"), machine.python);
    expect(intel).toMatch(/; will-import: 3\.11\/x86$/);
    const [arm = ""] = await lambdaTable(named("psycopg-binary cp312 linux-aarch64"), machine.python);
    expect(arm).toMatch(/will-import: 3\.12\/arm(?:;|$)/);
    const [mac = ""] = await lambdaTable(named("asyncpg cp312 macos-arm64"), machine.python);
    expect(mac).not.toContain("will-import");
  });
});
