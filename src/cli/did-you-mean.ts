import { editDistance } from "../core/edit-distance.ts";

/**
 * The nearest of the known names, as a question; undefined when none is near. A third of the letters may be wrong, one of
 * the shortest names: of four letters, two changed are another word.
 */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(
      ({ other, distance }) =>
        distance <= Math.max(1, Math.floor(Math.max(name.length, other.length) / 3)) ||
        (name.length > 2 && other.toLowerCase().includes(name.toLowerCase())),
    )
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near === undefined ? undefined : `did you mean ${near.other}?`;
}
