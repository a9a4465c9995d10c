import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyCheck } from "../../src/core/check.ts";

const folder = path.join(path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url)))), "src", "checks");

/** Every file of src/checks that defines a check, by its name without the ending. */
export const checkFiles: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".gen.ts"))
  .map((entry) => entry.name.slice(0, -".ts".length))
  .toSorted();

/** The check that a file defines. Loaded from the folder, not the registry, so that a file is tested before it is listed. */
export async function loadCheck(file: string): Promise<AnyCheck> {
  const loaded = (await import(`../../src/checks/${file}.ts`)) as { readonly default: AnyCheck };
  return loaded.default;
}
