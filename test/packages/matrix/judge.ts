// Holds the prediction for a cell against what a real interpreter says of the same folder.
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { inventoryOfFolder } from "../../../src/packages/inventory.ts";
import { predictImports, type PythonPrediction } from "../../../src/packages/python/resolve.ts";
import { buildView } from "../../../src/packages/view.ts";
import type { Cell } from "./cells.ts";
import { filesOf, realImport, type Machine, type Outcome } from "./interpreter.ts";
import { cacheFolder, debianPsycopg2, installed, layOut, unpackedWheel } from "./wheels.ts";

export type Judged = {
  cell: Cell;
  real: Outcome;
  prediction: PythonPrediction;
  verdictAgrees: boolean;
  /** True when both import, or both say the same, the exception's class included. */
  messageAgrees: boolean;
};

/** Lays a cell out, asks both, and compares; undefined when one of its wheels does not exist. */
export async function judge(cell: Cell, machine: Machine): Promise<Judged | undefined> {
  const sources: string[] = [];
  for (const wheel of cell.wheels) {
    const folder = await unpackedWheel(wheel, machine.python);
    if (folder === undefined) return undefined;
    sources.push(folder);
  }
  if (cell.installed !== undefined) {
    const folder = await installed(cell.installed, machine.python);
    if (folder === undefined) return undefined;
    sources.push(folder);
  }
  if (cell.debian === true) {
    const folder = await debianPsycopg2();
    if (folder === undefined) return undefined;
    sources.push(folder);
  }
  const folder = path.join(cacheFolder(), "cells", `${process.pid}-${cell.name.replaceAll(/[^\w.-]+/g, "_")}`);
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    await layOut(sources, folder);
    cell.change?.(folder);
    const environment = cell.environment ?? {};
    const [real, inventory] = await Promise.all([
      realImport(machine, folder, cell.modules, environment),
      inventoryOfFolder(filesOf(folder), { modules: cell.modules }),
    ]);
    if (!inventory.ok) throw new Error(inventory.problem.text);
    const view = buildView({ package: { name: "cell", inventory: inventory.inventory } });
    const target = { ...machine.target, environment };
    const prediction = predictImports(view, { target, modules: cell.modules });
    return { cell, real, prediction, ...compare(real, prediction) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(
  real: Outcome,
  { verdict, failure }: PythonPrediction,
): { verdictAgrees: boolean; messageAgrees: boolean } {
  const verdictAgrees = verdict === (real.ok ? "will-import" : "will-fail");
  if (real.ok || failure === undefined) return { verdictAgrees, messageAgrees: verdictAgrees };
  if (real.type === "crash") return { verdictAgrees, messageAgrees: failure.errorType === "Runtime.ExitError" };
  return { verdictAgrees, messageAgrees: failure.message === real.message && failure.errorType === real.type };
}
