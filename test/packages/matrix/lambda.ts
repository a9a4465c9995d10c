// The same wheels judged for Lambda's own runtimes: the rules with other constants.
import { inventoryOfFolder } from "../../../src/packages/inventory.ts";
import { predictImports } from "../../../src/packages/python/resolve.ts";
import { lambdaTarget } from "../../../src/packages/python/target.ts";
import { runtimes } from "../../../src/packages/runtimes.ts";
import { buildView } from "../../../src/packages/view.ts";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Cell } from "./cells.ts";
import { filesOf } from "./interpreter.ts";
import { cacheFolder, layOut, unpackedWheel } from "./wheels.ts";

/** One line for each cell: the verdict or the cause for each runtime and processor. */
export async function lambdaTable(cells: readonly Cell[], python: string): Promise<string[]> {
  const targets = [...runtimes.values()]
    .filter((runtime) => runtime.language === "python")
    .flatMap((runtime) => (["x86_64", "arm64"] as const).map((architecture) => ({ runtime, architecture })));
  const lines: string[] = [];
  for (const cell of cells) {
    const sources: string[] = [];
    for (const wheel of cell.wheels) {
      const folder = await unpackedWheel(wheel, python);
      if (folder !== undefined) sources.push(folder);
    }
    if (sources.length < cell.wheels.length) continue;
    const folder = path.join(cacheFolder(), "cells", `${process.pid}-lambda`);
    mkdirSync(path.dirname(folder), { recursive: true });
    try {
      await layOut(sources, folder);
      const result = await inventoryOfFolder(filesOf(folder), { modules: cell.modules });
      if (!result.ok) continue;
      const view = buildView({ package: { name: "cell", inventory: result.inventory } });
      const verdicts = targets.map(({ runtime, architecture }) => {
        const { verdict, failure } = predictImports(view, {
          target: lambdaTarget(runtime, architecture),
          modules: cell.modules,
        });
        return `${runtime.name.slice(6)}/${architecture === "x86_64" ? "x86" : "arm"} ${failure?.cause ?? verdict}`;
      });
      // Neighbours that agree are told once.
      const grouped = new Map<string, string[]>();
      for (const each of verdicts) {
        const [where = "", what = ""] = each.split(" ");
        grouped.set(what, [...(grouped.get(what) ?? []), where]);
      }
      const told = [...grouped].map(([what, where]) => `${what}: ${where.join(" ")}`);
      lines.push(`${cell.name.padEnd(40)} ${told.join("; ")}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return lines;
}
