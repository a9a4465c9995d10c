// Every cause, read from the folder rather than from the generated registry, which may be stale while one is written.
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Cause } from "../../src/core/cause.ts";

const folder = path.join(import.meta.dirname, "../../src/causes");

/** File names without their ending, which are the causes' ids. */
export const causeFiles = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".gen.ts"))
  .map((name) => name.slice(0, -3));

export async function loadCauses(): Promise<readonly Cause[]> {
  const modules = await Promise.all(
    causeFiles.map(async (id) => (await import(`../../src/causes/${id}.ts`)) as { readonly default: Cause }),
  );
  return modules.map((module) => module.default);
}
