import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of the heap in use from which on garbage is collected. */
const usual = 38 * 1024 * 1024;
let grown = 0;
let collect: (() => void) | undefined;

/** V8's own function, which it shows to contexts that are made while the flag is set; nothing where it shows none. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  try {
    const found: unknown = runInNewContext("globalThis.gc");
    return typeof found === "function" ? () => void found() : () => undefined;
  } finally {
    // Compiled code that was kept fits a process with the same flags only.
    setFlagsFromString("--no-expose-gc");
  }
}

/**
 * Collects garbage where there is much of it. V8 itself waits until the heap is several times what was in use when it
 * last looked: a run over hundreds of functions, which keeps little of what it reads, would take 100 MB more than it needs.
 * What is new is left to V8, which goes through that part of the heap often and in little time.
 * @param least bytes in use from which on it is worth it
 */
export function tidyUp(least = usual): void {
  const worth = Math.max(least, grown);
  if (getHeapStatistics().used_heap_size < worth || kept() < worth) return;
  collect ??= collector();
  collect();
  // What is in use now is needed: there is no use in looking again before it has grown by a quarter.
  grown = 1.25 * kept();
}

/** Bytes in use outside of the part of the heap for what is new. */
function kept(): number {
  const young = getHeapSpaceStatistics().filter(({ space_name: name }) => name.startsWith("new_"));
  return young.reduce((left, space) => left - space.space_used_size, getHeapStatistics().used_heap_size);
}

/** What holds while much is read and let go again, and what V8 does otherwise. */
const tight = ["--semi-space-growth-factor=1", "--no-parallel-scavenge"];
const usualFlags = ["--semi-space-growth-factor=2", "--parallel-scavenge"];

/**
 * Keeps the part of the heap for what is new at the size that it has by now; V8 doubles it up to 32 MB where much is read
 * and let go again, which such work needs no more than it needs the first four. One thread goes through it: there is so
 * little in it that others would take longer to begin, and take room of their own. To be called once the code that takes
 * part is loaded: V8 refuses kept code while this holds, and code is not to be kept with it.
 * @returns ends it
 */
export function keepYoungSmall(): () => void {
  for (const flag of tight) setFlagsFromString(flag);
  const end = (): void => {
    for (const flag of usualFlags) setFlagsFromString(flag);
    process.removeListener("exit", end);
  };
  // Before whatever keeps code at the end.
  process.prependListener("exit", end);
  return end;
}
