import { nearestName } from "../core/nearest-name.ts";

/** The nearest of the known names, as a question; undefined when none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearestName(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
