/**
 * Makes a value at its first use and keeps it. Most of all for schemas: to make one takes longer than to use it, and a run
 * uses few of them.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
