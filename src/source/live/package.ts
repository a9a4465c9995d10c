import type { Answer } from "../../facts/requests/index.ts";
import type { packageInventory } from "../../facts/requests/package.ts";
import { failed } from "../errors.ts";
import type { LiveContext } from "./context.ts";

export function answerPackageInventory(
  _context: LiveContext,
  _cache: string | undefined,
): Answer<typeof packageInventory> {
  return () => Promise.resolve(failed("NOT_READ", "Packages are not looked into by this version."));
}
