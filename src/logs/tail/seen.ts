// Which events of one log group were shown already.
import type { TailEvent } from "../../core/tail.ts";
import { createIdSet, mix, newHash, takeIn, type IdSet } from "./id-set.ts";

/** `new`: to be shown. `known`: shown before. `confirmed`: Live Tail brings what a sweep had been quicker to show. */
export type Sighting = "new" | "known" | "confirmed";

/** Remembers what was shown, back to a horizon. */
export interface Seen {
  /** An event that the session of this number delivers. */
  live(session: number, event: TailEvent): Sighting;
  /** An event of a page. `counted`: Live Tail may deliver it as well, so that it is weighed against what it delivered. */
  polled(event: TailEvent, counted: boolean): Sighting;
  /** Gives up what lies before this time; it must not be asked for again. Times only ever move on. */
  forget(before: number): void;
  /** The time before which nothing is remembered, in milliseconds since 1970. */
  horizon(): number;
  /** Events remembered. */
  size(): number;
  /** The horizon at which at most so many events would be remembered. */
  horizonFor(most: number): number;
}

/** How often one text of one millisecond and stream was shown, and how often each source delivered it. */
interface Tally {
  shown: number;
  /** Of those shown: brought by a sweep, and not by Live Tail since. */
  swept: number;
  polled: number;
  /** The newest session that delivered it, and how often; older ones stand in `others`. */
  session: number;
  live: number;
  others: Map<number, number> | undefined;
}

interface Bucket {
  readonly ids: IdSet;
  readonly tallies: Map<number, Tally>;
}

const bucketMs = 1000;
/** Sessions overlap for less than this, in milliseconds. */
const overlapMs = 120_000;

/**
 * Seconds that are given up are used again, a few of them, where their room is not large: what has lived for a while is let
 * go late, and a backlog would leave behind it the room of all its seconds.
 */
const mostSpare = 4;
const largestSpare = 8 * 1024;

const emptyBucket = (): Bucket => ({ ids: createIdSet(), tallies: new Map() });

/**
 * Pages are told apart by the events' ids. Live Tail gives none, and two events may be the same in every letter, so that
 * between it and the pages counts decide: of one text, as many are shown as the one source that delivered most of them
 * did. No source delivers an event twice, so that never too many are shown; a sweep sees each, so that in the end none is
 * missing. Sessions count apart, since an old and a new one both deliver while they overlap.
 *
 * The ingestion time is not part of what makes two events the same: counts tell them apart as well, without relying on
 * both sources to give it to the millisecond.
 */
export function createSeen(): Seen {
  const buckets = new Map<number, Bucket>();
  const spare: Bucket[] = [];
  let before = Number.NEGATIVE_INFINITY;
  let old = { since: before, now: emptyBucket(), last: emptyBucket() };

  function bucketOf({ timestamp }: TailEvent): Bucket {
    // No sweep asks for what lies before the horizon; sessions that overlap may both deliver it.
    if (timestamp < before) return old.now;
    const second = Math.floor(timestamp / bucketMs);
    let bucket = buckets.get(second);
    if (bucket === undefined) {
      bucket = spare.pop() ?? emptyBucket();
      buckets.set(second, bucket);
    }
    return bucket;
  }

  function drop(second: number, bucket: Bucket): void {
    buckets.delete(second);
    if (spare.length >= mostSpare || bucket.ids.bytes > largestSpare) return;
    bucket.ids.clear();
    bucket.tallies.clear();
    spare.push(bucket);
  }

  function tallyOf({ tallies }: Bucket, event: TailEvent): Tally {
    const key = keyOf(event);
    let tally = tallies.get(key) ?? (event.timestamp < before ? old.last.tallies.get(key) : undefined);
    if (tally === undefined) {
      tally = { shown: 0, swept: 0, polled: 0, session: -1, live: 0, others: undefined };
      tallies.set(key, tally);
    }
    return tally;
  }

  return {
    live(session, event) {
      const tally = tallyOf(bucketOf(event), event);
      if (tally.session !== session) {
        if (tally.session >= 0) (tally.others ??= new Map()).set(tally.session, tally.live);
        tally.live = tally.others?.get(session) ?? 0;
        tally.session = session;
      }
      tally.live += 1;
      if (tally.live > tally.shown) {
        tally.shown = tally.live;
        return "new";
      }
      if (tally.swept === 0) return "known";
      tally.swept -= 1;
      return "confirmed";
    },
    polled(event, counted) {
      const bucket = bucketOf(event);
      const { eventId } = event;
      if (eventId !== undefined && !bucket.ids.add(eventId)) return "known";
      if (!counted) return "new";
      const tally = tallyOf(bucket, event);
      tally.polled += 1;
      if (tally.polled <= tally.shown) return "known";
      tally.shown = tally.polled;
      tally.swept += 1;
      return "new";
    },
    forget(time) {
      if (time <= before) return;
      before = time;
      const first = Math.floor(time / bucketMs);
      for (const [second, bucket] of buckets) if (second < first) drop(second, bucket);
      if (time - old.since >= overlapMs) old = { since: time, now: emptyBucket(), last: old.now };
    },
    horizon: () => before,
    size: () => [...buckets.values(), old.now, old.last].reduce((sum, bucket) => sum + sizeOf(bucket), 0),
    horizonFor(most) {
      let kept = 0;
      for (const second of [...buckets.keys()].sort((a, b) => b - a)) {
        const bucket = buckets.get(second);
        kept += bucket === undefined ? 0 : sizeOf(bucket);
        if (kept > most) return (second + 1) * bucketMs;
      }
      return before;
    },
  };
}

function sizeOf({ ids, tallies }: Bucket): number {
  return Math.max(ids.size, tallies.size);
}

/**
 * Stream, time and text as one number of 53 bits. Two different events of one second agree in it once in 9e15 times. The
 * text's end does not count where it is blank: not every source keeps the last line break.
 */
function keyOf({ stream, timestamp, message }: TailEvent): number {
  let end = message.length;
  while (end > 0 && message.charCodeAt(end - 1) <= 32) end -= 1;
  const hash = newHash();
  hash.a ^= timestamp | 0;
  hash.b ^= Math.floor(timestamp / 4_294_967_296);
  takeIn(hash, stream, stream.length);
  takeIn(hash, message, end);
  mix(hash);
  const { a, b } = hash;
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}
