// Puts events that come by several ways and out of order into the order in which they are shown.
import type { ShownEvent, TailEvent, TailSource } from "../../core/tail.ts";

/** Holds events for a short while, so that what was logged before them can still come before them. */
export interface Order {
  add(event: TailEvent, by: TailSource, now: number): void;
  /**
   * The events whose time has come, oldest first. `complete`: the time up to which old events were read, where some still
   * are: nothing newer is released, and what is older need not be held. `settled`: the time up to which all is read of what
   * was logged long enough ago: that need not be held any longer either.
   */
  release(now: number, complete?: number, settled?: number): readonly ShownEvent[];
  /** Everything that is still held. */
  flush(): readonly ShownEvent[];
  /** Events held. */
  pending(): number;
}

interface Held {
  readonly event: TailEvent;
  readonly by: TailSource;
  /** When the event counts as logged: one that claims to be of the future counts as of when it was ingested. */
  readonly at: number;
  readonly received: number;
  readonly number: number;
}

/**
 * An event is released when it, or one that is newer, has been held long enough; so no event waits longer than the hold,
 * whatever comes in. One that is older than what was released before waits no longer; where it is so by the hold or more,
 * it is late, and is told by how much. Streams differ by less all the time, and the times beside the lines show that.
 */
export function createOrder(holdMs: number): Order {
  let held: Held[] = [];
  let sorted = true;
  let number = 0;
  /** The time of the newest event released. */
  let newest = Number.NEGATIVE_INFINITY;

  const compare = (a: Held, b: Held): number =>
    a.at - b.at || a.event.ingestionTime - b.event.ingestionTime || a.number - b.number;

  /** Takes out the events that are not newer than `upTo`. */
  function take(upTo: number): readonly ShownEvent[] {
    if (held.length === 0) return [];
    if (!sorted) held.sort(compare);
    sorted = true;
    let count = 0;
    while (count < held.length && (held[count]?.at ?? Number.POSITIVE_INFINITY) <= upTo) count += 1;
    if (count === 0) return [];
    const ready = held.slice(0, count);
    held = held.slice(count);
    return ready.map(({ event, by, at }) => {
      const behind = newest - at;
      newest = Math.max(newest, at);
      return { event, by, lateMs: behind >= holdMs && Number.isFinite(behind) ? behind : 0 };
    });
  }

  return {
    add(event, by, now) {
      const at = Math.min(event.timestamp, event.ingestionTime);
      const last = held.at(-1);
      const next = { event, by, at, received: now, number };
      if (last !== undefined && compare(last, next) > 0) sorted = false;
      held.push(next);
      number += 1;
    },
    release(now, complete = Number.POSITIVE_INFINITY, settled = Number.NEGATIVE_INFINITY) {
      let due = Math.max(newest, settled, complete === Number.POSITIVE_INFINITY ? newest : complete - 1);
      for (const { at, received } of held) if (at > due && received + holdMs <= now) due = at;
      return take(Math.min(due, complete));
    },
    flush: () => take(Number.POSITIVE_INFINITY),
    pending: () => held.length,
  };
}
