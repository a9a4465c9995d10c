import { milliseconds } from "../stopwatch.ts";

/** A limit in time during which this process ran. */
export interface RunningLimit {
  /** Aborted when the limit is over. */
  readonly signal: AbortSignal;
  /** Whether so much more time went by than the process got that a time-out says nothing of whom it waited for. */
  stoodStill(): boolean;
  end(): void;
}

/** How often the clock is looked at within a limit. */
const parts = 16;
/** More time than this factor over the limit, and the process was hardly there. */
const lateFactor = 1.5;

/**
 * Ends after `ms` milliseconds of running. A machine that sleeps or starves this process makes a timer fire at once when
 * it goes on, before what arrived meanwhile is read: such gaps are not counted.
 */
export function runningLimit(ms: number): RunningLimit {
  const controller = new AbortController();
  const part = ms / parts;
  const from = milliseconds();
  let last = from;
  let ran = 0;
  const timer = setInterval(() => {
    const now = milliseconds();
    ran += Math.min(now - last, part * lateFactor);
    last = now;
    if (ran < ms - part / 2) return;
    clearInterval(timer);
    controller.abort();
  }, part);
  return {
    signal: controller.signal,
    stoodStill: () => milliseconds() - from > ms * lateFactor,
    end: () => clearInterval(timer),
  };
}
