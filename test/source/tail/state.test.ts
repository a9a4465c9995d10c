import { describe, expect, it } from "vitest";
import { newGroup, readUpTo, settledTo, type Follow, type GroupState } from "../../../src/source/tail/state.ts";

function settled(groups: readonly Partial<GroupState>[], poll = true, liveOff?: string): number {
  const states = groups.map((more, number) => ({ ...newGroup({ group: `g${number}`, arn: undefined }, 0), ...more }));
  return settledTo({
    groups: new Map(states.map((state) => [state.group, state])),
    options: { poll } as Follow["options"],
    liveOff,
  } as Follow);
}

describe("what is settled", () => {
  const swept = (sweptTo: number, more: Partial<GroupState> = {}) => ({ state: "followed" as const, sweptTo, ...more });

  it("is what was logged a while before the oldest of the last sweeps", () => {
    expect(settled([swept(10_000)])).toBe(9_400);
    expect(settled([swept(10_000), swept(9_000)], false, "denied")).toBe(8_400);
  });

  it("is nothing where Live Tail may bring events, or a group was not read yet", () => {
    expect(settled([swept(10_000)], false)).toBe(Number.NEGATIVE_INFINITY);
    expect(settled([swept(10_000), swept(10_000, { session: 1 })])).toBe(Number.NEGATIVE_INFINITY);
    expect(settled([swept(10_000), { state: "new" }])).toBe(Number.NEGATIVE_INFINITY);
    expect(settled([])).toBe(Number.NEGATIVE_INFINITY);
  });

  it("does not wait for groups that are not there or cannot be read", () => {
    expect(settled([swept(10_000), { state: "waiting" }, { state: "denied" }, { state: "refused" }])).toBe(9_400);
  });
});

describe("what is held back while groups are read for the first time", () => {
  const upTo = (now: number, groups: readonly Partial<GroupState>[], follow = true): number | undefined =>
    readUpTo({
      groups: new Map(
        groups.map((more, number) => [
          `g${number}`,
          { ...newGroup({ group: `g${number}`, arn: undefined }, 0), ...more },
        ]),
      ),
      options: { from: 100, follow, clock: { now: () => now } } as Follow["options"],
      startedAt: 0,
    });
  const followed = { state: "followed" as const, sweptTo: 5_000 };
  const asked = { sweeping: true, frontier: 100 };

  it("is everything at first, and without following until all is read", () => {
    expect(upTo(1_000, [followed, {}])).toBe(100);
    expect(upTo(1_000, [followed, asked])).toBe(100);
    expect(upTo(60_000, [followed, {}], false)).toBe(100);
    expect(upTo(60_000, [followed, asked], false)).toBe(100);
  });

  it("is nothing for groups that are not read yet, however many there are", () => {
    expect(upTo(4_000, [followed, {}, {}])).toBeUndefined();
    expect(upTo(4_000, [followed, asked, {}])).toBeUndefined();
  });

  it("is what others hold for a few seconds, and its own history for as long as that takes", () => {
    const reading = { ...asked, state: "followed" as const, frontier: 700 };
    expect(upTo(4_000, [followed, reading])).toBe(700);
    expect(upTo(8_100, [followed, reading])).toBeUndefined();
    expect(upTo(8_100, [reading])).toBe(700);
  });
});
