/** The nearest of the known names, as a question; undefined when none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((other) => ({ other, distance: editDistance(name, other) }))
    .filter(({ other, distance }) => distance <= Math.max(2, Math.floor(other.length / 3)) || other.includes(name))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near === undefined ? undefined : `did you mean ${near.other}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
