// Everything that comes, from sessions and sweeps of all groups, as one sequence in which each event stands once.
import type { ShownEvent, TailEvent, TailSource } from "../../core/tail.ts";
import { createOrder } from "./order.ts";
import { createOverlap } from "./overlap.ts";
import { createSeen } from "./seen.ts";

/** What is known of one group. */
export interface GroupFacts {
  readonly recovered: number;
  /** Timestamp of the newest event seen. */
  readonly lastEvent: number | undefined;
}

export interface Merge {
  live(session: number, event: TailEvent, now: number): void;
  /**
   * An event of a page. `sweptTo`: where the sweep before this one began, in the service's time; an event from before then
   * came after it. `counted`: Live Tail may deliver it as well; `expected`: it was to do so.
   * @returns whether it is shown for the first time
   */
  polled(event: TailEvent, now: number, how: PolledHow): boolean;
  /**
   * An event that this query of Logs Insights returned, or this sweep where events have no ids. Readings overlap, and nothing
   * tells one of two equal events from the other in the next one as well: of one text, as many are shown as one reading, or
   * one session, delivered. Gives whether it is shown for the first time.
   */
  queried(reading: number, event: TailEvent, now: number, sweptTo: number | undefined, by: TailSource): boolean;
  /** See `Order`. */
  release(now: number, complete?: number, settled?: number): readonly ShownEvent[];
  flush(): readonly ShownEvent[];
  pending(): number;
  /** How far back the next sweep of a group reads again, in milliseconds. */
  overlapMs(group: string, now: number): number;
  /**
   * Nothing of the group from before this time will be asked for again. All groups together remember a bounded number,
   * unless more was logged since `needed`, from where on all will be asked for again.
   */
  forget(group: string, before: number, needed: number): void;
  /** The earliest time that may be asked for again. */
  horizon(group: string): number;
  remembered(): number;
  facts(group: string): GroupFacts;
}

export interface PolledHow {
  readonly sweptTo: number | undefined;
  readonly counted: boolean;
  readonly expected: boolean;
}

export interface MergeOptions {
  readonly holdMs: number;
  /** Events of all groups that are remembered, at most; each takes some 150 bytes, and less where Live Tail is not used. */
  readonly mostRemembered: number;
}

/** What a sweep read at its earliest, Live Tail may still deliver: it is remembered so much longer, in milliseconds. */
const graceMs = 30_000;

export function createMerge({ holdMs, mostRemembered }: MergeOptions): Merge {
  const order = createOrder(holdMs);
  const groups = new Map<string, ReturnType<typeof createGroup>>();
  const groupOf = (name: string): ReturnType<typeof createGroup> => {
    let group = groups.get(name);
    if (group === undefined) {
      group = createGroup();
      groups.set(name, group);
    }
    return group;
  };

  return {
    live(session, event, now) {
      const group = groupOf(event.group);
      group.newest(event);
      const sighting = group.seen.live(session, event);
      if (sighting === "confirmed") group.recovered -= 1;
      if (sighting !== "new") return;
      group.overlap.observe(event.ingestionTime - event.timestamp, now);
      order.add(event, "live", now);
    },
    polled(event, now, { sweptTo, counted, expected }) {
      const group = groupOf(event.group);
      if (group.seen.polled(event, counted) !== "new") return false;
      group.newest(event);
      if (expected) group.recovered += 1;
      group.overlap.observe(Math.max(event.ingestionTime - event.timestamp, missedBy(event, sweptTo)), now);
      order.add(event, "sweep", now);
      return true;
    },
    queried(reading, event, now, sweptTo, by) {
      const group = groupOf(event.group);
      group.newest(event);
      if (group.seen.live(firstReading + reading, event) !== "new") return false;
      group.overlap.observe(Math.max(event.ingestionTime - event.timestamp, missedBy(event, sweptTo)), now);
      order.add(event, by, now);
      return true;
    },
    release: order.release,
    flush: () => order.flush(),
    pending: () => order.pending(),
    overlapMs: (name, now) => groupOf(name).overlap.ms(now),
    forget(name, before, needed) {
      const group = groupOf(name);
      const { seen } = group;
      seen.forget(before - graceMs);
      group.horizon = Math.max(group.horizon, before);
      group.size = seen.size();
      const excess = [...groups.values()].reduce((sum, { size }) => sum + size, 0) - mostRemembered;
      // What one group does not need of its share, another may have.
      const most = Math.max(1, Math.floor(mostRemembered / groups.size), group.size - excess);
      if (excess <= 0 || group.size <= most) return;
      group.horizon = Math.max(group.horizon, Math.min(needed, seen.horizonFor(most)));
      seen.forget(group.horizon);
      group.size = seen.size();
    },
    horizon: (name) => groupOf(name).horizon,
    remembered: () => [...groups.values()].reduce((sum, { seen }) => sum + seen.size(), 0),
    facts(name) {
      const { recovered, lastEvent } = groupOf(name);
      return { recovered: Math.max(0, recovered), lastEvent };
    },
  };
}

/** Readings are counted apart from sessions, of which there are fewer. */
const firstReading = 1_000_000;

/** How long after it was logged the sweep began that did not find it yet, in milliseconds. */
const missedBy = ({ timestamp }: TailEvent, sweptTo: number | undefined): number =>
  sweptTo === undefined ? 0 : sweptTo - timestamp;

function createGroup() {
  return {
    seen: createSeen(),
    overlap: createOverlap(),
    recovered: 0,
    /** The earliest time that may be asked for again. */
    horizon: Number.NEGATIVE_INFINITY,
    /** Events remembered when some were last given up. */
    size: 0,
    lastEvent: undefined as number | undefined,
    newest({ timestamp }: TailEvent): void {
      if (this.lastEvent === undefined || timestamp > this.lastEvent) this.lastEvent = timestamp;
    },
  };
}
