// How far back a sweep reads again, for what came late.

export interface Overlap {
  /** An event came so many milliseconds after it was logged. */
  observe(lateMs: number, now: number): void;
  /** How far a sweep goes back behind the one before it, in milliseconds. */
  ms(now: number): number;
}

/** Before anything is known of how late events come, and never less than the second, in milliseconds; between them by and by. */
const unknownMs = 20_000;
export const leastOverlapMs = 10_000;
/** Lambda's delivery "might take 5 to 10 minutes"; what comes later than this is left to the wide sweeps. */
const mostMs = 300_000;
/** How long what was observed counts, and in how many steps it is forgotten. */
const memoryMs = 600_000;
const steps = 10;
/** How many observations make the overlap known; fewer do in part. */
const enough = 50;

/** An overlap that follows the lateness observed: half as much again as the latest event of the last ten minutes. */
export function createOverlap(): Overlap {
  const slots = new Map<number, number>();
  let observed = 0;
  const slotOf = (now: number): number => Math.floor(now / (memoryMs / steps));
  return {
    observe(lateMs, now) {
      observed += 1;
      const slot = slotOf(now);
      const before = slots.get(slot);
      if (before === undefined) for (const old of slots.keys()) if (old <= slot - steps) slots.delete(old);
      if (before === undefined || lateMs > before) slots.set(slot, lateMs);
    },
    ms(now) {
      const oldest = slotOf(now) - steps;
      let latest = 0;
      for (const [slot, lateMs] of slots) if (slot > oldest) latest = Math.max(latest, lateMs);
      const least = unknownMs - (unknownMs - leastOverlapMs) * Math.min(1, observed / enough);
      return Math.min(mostMs, Math.max(least, 1.5 * latest + 2_000));
    },
  };
}
