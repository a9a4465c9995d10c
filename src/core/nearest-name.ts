import { editDistance } from "./edit-distance.ts";

/** A shorter name is like every other: nothing is meant by it, and it is meant by nothing. */
const fewestLetters = 2;

/**
 * The nearest of the known names; undefined when none is near. A third of the letters may be wrong, one of the shortest
 * names: of four letters, two changed are another word.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length < fewestLetters) return undefined;
  const near = known
    .filter((other) => other.length >= fewestLetters)
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(
      ({ other, distance }) =>
        distance <= Math.max(1, Math.floor(Math.max(name.length, other.length) / 3)) ||
        (name.length > 2 && other.toLowerCase().includes(name.toLowerCase())),
    )
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near?.other;
}
