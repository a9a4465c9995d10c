import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShownEvent, TailEvent } from "../../../src/core/tail.ts";
import { createMerge } from "../../../src/logs/tail/merge.ts";

const holdMs = 1_000;

const event = (message: string, timestamp: number, more: Partial<TailEvent> = {}): TailEvent => ({
  group: "g",
  stream: "s",
  timestamp,
  ingestionTime: timestamp,
  message,
  eventId: undefined,
  ...more,
});

const how = { sweptTo: undefined, counted: true, expected: false };
const texts = (shown: readonly ShownEvent[]): readonly string[] => shown.map((one) => one.event.message);

describe("the merge", () => {
  it("shows what both a session and a sweep bring once, and what the same text says twice twice", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    merge.live(1, event("a", 10), 0);
    merge.live(1, event("a", 10), 0);
    for (const id of ["1", "2", "3"]) merge.polled(event("a\n", 10, { eventId: id }), 5, how);
    for (const id of ["3", "2", "1"]) merge.polled(event("a\n", 10, { eventId: id }), 6, how);
    merge.live(2, event("a", 10), 7);
    expect(texts(merge.release(2_000)).map((text) => text.trim())).toEqual(["a", "a", "a"]);
    expect(merge.pending()).toBe(0);
  });

  it("tells a sweep that was quicker from one that recovered what a session lost", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    merge.polled(event("quick", 10, { eventId: "1" }), 0, { ...how, expected: true });
    merge.polled(event("lost", 11, { eventId: "2" }), 0, { ...how, expected: true });
    expect(merge.facts("g").recovered).toBe(2);
    merge.live(1, event("quick", 10), 1);
    expect(merge.facts("g")).toEqual({ recovered: 1, lastEvent: 11 });
    expect(texts(merge.flush())).toEqual(["quick", "lost"]);
  });

  it("holds an event no longer than its time, sorts what is held, and tells what came too late by how much", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    merge.live(1, event("second", 5_000), 10_000);
    merge.live(1, event("first", 4_000), 10_900);
    expect(merge.release(10_999)).toEqual([]);
    expect(texts(merge.release(11_000))).toEqual(["first", "second"]);
    merge.live(1, event("late", 3_000), 11_050);
    expect(merge.release(11_051)).toMatchObject([{ event: { message: "late" }, lateMs: 2_000 }]);
  });

  it("calls nothing late that is behind by less than events are held", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    merge.live(1, event("first", 5_000), 10_000);
    merge.release(11_000);
    merge.live(1, event("a little", 4_001), 11_050);
    merge.live(1, event("as much", 4_000), 11_060);
    expect(merge.release(11_060)).toMatchObject([
      { event: { message: "as much" }, lateMs: 1_000 },
      { event: { message: "a little" }, lateMs: 0 },
    ]);
  });

  it("does not let an event of the future make everything after it late", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    merge.live(1, event("future", 7_200_000, { ingestionTime: 1_000 }), 1_000);
    merge.release(2_000);
    merge.live(1, event("now", 1_500), 2_100);
    expect(merge.release(3_100)).toMatchObject([{ lateMs: 0 }]);
  });

  it("releases what is complete without holding it, and nothing newer", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    for (const at of [30, 10, 20]) merge.polled(event(`${at}`, at, { eventId: `${at}` }), 0, how);
    expect(texts(merge.release(0, 20))).toEqual(["10"]);
    expect(texts(merge.release(5_000, 20))).toEqual(["20"]);
    expect(texts(merge.release(5_000))).toEqual(["30"]);
  });

  it("releases what is settled without holding it, in order, and holds what is newer", () => {
    const merge = createMerge({ holdMs, mostRemembered: 1_000 });
    for (const at of [5_300, 5_000, 5_200]) merge.polled(event(`${at}`, at, { eventId: `${at}` }), 6_000, how);
    expect(texts(merge.release(6_000, undefined, 5_200))).toEqual(["5000", "5200"]);
    expect(texts(merge.release(6_999, undefined, 5_200))).toEqual([]);
    expect(merge.release(7_000, undefined, 5_200)).toMatchObject([{ event: { message: "5300" }, lateMs: 0 }]);
  });

  it("reads further back when events come later", () => {
    const merge = createMerge({ holdMs, mostRemembered: 10_000 });
    const first = merge.overlapMs("g", 0);
    for (let at = 0; at < 100; at += 1)
      merge.polled(event(`${at}`, at, { eventId: `${at}`, ingestionTime: at + 300 }), 0, how);
    const quick = merge.overlapMs("g", 0);
    expect(quick).toBeLessThan(first);
    merge.polled(event("slow", 5, { eventId: "slow", ingestionTime: 60_005 }), 0, how);
    expect(merge.overlapMs("g", 0)).toBeGreaterThan(60_000);
    expect(merge.overlapMs("g", 3_600_000)).toBe(quick);
    merge.polled(event("found", 1_000, { eventId: "found" }), 3_600_000, { ...how, sweptTo: 41_000 });
    expect(merge.overlapMs("g", 3_600_000)).toBeGreaterThan(40_000);
  });

  it("reads less far back the more is known of how soon events come", () => {
    const merge = createMerge({ holdMs: 1_000, mostRemembered: 100 });
    const backs = Array.from({ length: 60 }, (_, id) => {
      merge.live(1, event(`${id}`, 1_000 + id), 1_000 + id);
      return merge.overlapMs("g", 1_000 + id);
    });
    expect([backs[0], backs[24], backs[49], backs[59]]).toEqual([19_800, 15_000, 10_000, 10_000]);
  });

  it("remembers a bounded number of events, and says from where on", () => {
    const merge = createMerge({ holdMs, mostRemembered: 500 });
    for (let at = 0; at < 5_000; at += 1) {
      merge.polled(event(`${at}`, at * 100, { eventId: `${at}` }), at, { ...how, counted: at % 2 === 0 });
      if (at % 100 === 0) merge.forget("g", 0, at * 100);
    }
    merge.forget("g", 1_000, 500_000);
    expect(merge.remembered()).toBeLessThanOrEqual(500);
    expect(merge.horizon("g")).toBeGreaterThan(400_000);
  });

  it("can be asked again for what is needed, however many groups there are and however much one of them says", () => {
    const merge = createMerge({ holdMs, mostRemembered: 600 });
    const groups = Array.from({ length: 60 }, (_, id) => (id === 0 ? "g" : `idle ${id}`));
    let sweptTo = 0;
    for (let now = 10_000; now <= 120_000; now += 10_000) {
      for (const group of groups) {
        const from = Math.max(merge.horizon(group), sweptTo - 10_000);
        expect(from).toBeLessThanOrEqual(sweptTo);
        // Twenty a second, half of which come after four seconds.
        for (let at = 0; at < now; at += 50) {
          if (group !== "g" || at < from || (at % 100 === 0 && at > now - 4_000)) continue;
          merge.polled(event(`${at}`, at, { eventId: `${at}`, group }), now, { ...how, sweptTo, counted: false });
        }
        merge.forget(group, now - 60_000, now - 10_000);
      }
      sweptTo = now;
    }
    const shown = texts(merge.flush()).map(Number);
    expect(shown.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 2_400 }, (_, id) => 50 * id).filter((at) => at % 100 !== 0 || at <= 116_000),
    );
    expect(merge.remembered()).toBeLessThanOrEqual(600);
  });

  it("keeps what is needed, though it is more than is to be remembered", () => {
    const merge = createMerge({ holdMs, mostRemembered: 100 });
    for (let at = 0; at < 1_000; at += 1) merge.polled(event(`${at}`, at * 100, { eventId: `${at}` }), at, how);
    merge.forget("g", 0, 50_000);
    expect(merge.horizon("g")).toBeLessThanOrEqual(50_000);
    expect(merge.remembered()).toBeGreaterThanOrEqual(500);
  });

  it("knows an old event again that two sessions deliver while they overlap", () => {
    const merge = createMerge({ holdMs, mostRemembered: 500 });
    merge.forget("g", 900_000, 900_000);
    merge.live(1, event("old", 1_000), 1_000_000);
    merge.forget("g", 1_000_000, 1_000_000);
    merge.live(2, event("old", 1_000), 1_001_000);
    expect(merge.flush()).toHaveLength(1);
  });
});

describe("any course of things", () => {
  const horizonMs = 20_000;
  const endMs = 30_000;
  const written = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: endMs }),
      // Few texts and streams, and times on a grid, so that many events are the same in every letter.
      text: fc.constantFrom("a", "b", "c"),
      stream: fc.constantFrom("s", "t"),
      group: fc.constantFrom("g", "h"),
      lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: horizonMs })),
      /** Sessions in whose update it is missing. */
      dropped: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
      jitterMs: fc.integer({ min: 0, max: 900 }),
    }),
    { maxLength: 60 },
  );
  const sessions = fc.array(
    fc.record({ from: fc.integer({ min: 0, max: endMs }), lengthMs: fc.integer({ min: 0, max: endMs }) }),
    { maxLength: 4 },
  );
  const sweeps = fc.array(fc.integer({ min: 0, max: endMs + horizonMs }), { maxLength: 12 });

  it("shows each event once, in order but for what is marked late, and marks nothing without need", () => {
    fc.assert(
      fc.property(written, sessions, sweeps, fc.integer({ min: 1, max: 5 }), (events, opened, swept, gridSeconds) => {
        const all = events.map((one, id) => {
          const timestamp = Math.floor(one.at / (gridSeconds * 500)) * gridSeconds * 500;
          return { ...one, ...event(one.text, timestamp, { ...one, ingestionTime: timestamp + one.lateMs }), id };
        });
        const plain = ({ group, stream, timestamp, ingestionTime, message }: TailEvent): TailEvent =>
          event(message, timestamp, { group, stream, ingestionTime });
        type Step = { readonly at: number; readonly run: (now: number) => void };
        const merge = createMerge({ holdMs, mostRemembered: 1_000 });
        const steps: Step[] = [];
        for (const [session, { from, lengthMs }] of opened.entries()) {
          for (const one of all) {
            const at = one.ingestionTime + one.jitterMs;
            if (one.ingestionTime < from || at > from + lengthMs || one.dropped.includes(session)) continue;
            steps.push({ at, run: (now) => merge.live(session, plain(one), now) });
          }
        }
        const sweptTo = new Map<string, number>();
        const sweep = (group: string) => (now: number) => {
          const from = (sweptTo.get(group) ?? 0) - horizonMs;
          const page = all.filter((one) => one.group === group && one.ingestionTime <= now && one.timestamp >= from);
          for (const one of page) {
            const polled = { ...plain(one), eventId: `${one.id}` };
            merge.polled(polled, now, { sweptTo: sweptTo.get(group), counted: true, expected: false });
          }
          sweptTo.set(group, now);
          merge.forget(group, now - horizonMs, now - horizonMs);
        };
        // The last sweep comes when everything is there.
        for (const at of [...swept, endMs + horizonMs])
          for (const group of ["g", "h"]) steps.push({ at, run: sweep(group) });
        const shown: ShownEvent[] = [];
        for (let now = 0; now <= endMs + horizonMs + 5_000; now += 250) steps.push({ at: now, run: () => {} });
        for (const { at, run } of steps.toSorted((a, b) => a.at - b.at)) {
          run(at);
          shown.push(...merge.release(at));
        }
        expect(merge.pending()).toBe(0);
        const name = (one: TailEvent): string => `${one.group} ${one.stream} ${one.timestamp} ${one.message}`;
        expect(shown.map((one) => name(one.event)).toSorted()).toEqual(all.map(name).toSorted());
        let newest = Number.NEGATIVE_INFINITY;
        for (const { event: one, lateMs } of shown) {
          expect(lateMs).toBe(newest - one.timestamp >= holdMs && Number.isFinite(newest) ? newest - one.timestamp : 0);
          newest = Math.max(newest, one.timestamp);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("holds nothing longer than the hold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 0, max: 20_000 }), gapMs: fc.integer({ min: 0, max: 700 }) }), {
          maxLength: 80,
        }),
        (events) => {
          const merge = createMerge({ holdMs, mostRemembered: 1_000 });
          const received = new Map<string, number>();
          let now = 0;
          const check = (): void => {
            for (const { event: one } of merge.release(now))
              expect(now - (received.get(one.message) ?? now)).toBeLessThanOrEqual(holdMs + 700);
          };
          for (const [id, { at, gapMs }] of events.entries()) {
            now += gapMs;
            received.set(`${id}`, now);
            merge.live(1, event(`${id}`, at), now);
            check();
          }
          for (const end = now + holdMs; now < end;) {
            now += 100;
            check();
          }
          expect(merge.pending()).toBe(0);
        },
      ),
    );
  });
});
