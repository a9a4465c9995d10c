/** Runs work in turns: at most `most` at once, in the order in which it came; all at once where that is left out. */
export function turns(most: number | undefined): <T>(work: () => Promise<T>) => Promise<T> {
  let under = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (most !== undefined && under >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else under += 1;
    try {
      return await work();
    } finally {
      // A turn that ends is handed on, so that the number under way stays the same.
      const next = waiting.shift();
      if (next === undefined) under -= 1;
      else next();
    }
  };
}
