/** Gives a way to run tasks at most `most` at a time, in the order in which they came. */
export function fewAtOnce(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // Whoever waits takes over the place, so that nobody gets between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
