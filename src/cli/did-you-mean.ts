import { editDistance } from "../core/edit-distance.ts";

/** The nearest of the known names, as a question; undefined when none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((other) => ({ other, distance: editDistance(name, other) }))
    .filter(({ other, distance }) => distance <= Math.max(2, Math.floor(other.length / 3)) || other.includes(name))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near === undefined ? undefined : `did you mean ${near.other}?`;
}
