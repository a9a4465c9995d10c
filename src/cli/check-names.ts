import { checkIds } from "../core/check-ids.gen.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";

/**
 * By the list of ids alone: the checks themselves are loaded when they are run.
 * @throws UsageError when an id names no check.
 */
export function requireCheck(id: string): void {
  if (checkIds.some((known) => known === id)) return;
  throw usageError(`There is no check ${id}.`, didYouMean(id, checkIds) ?? "cscp checks lists them");
}
