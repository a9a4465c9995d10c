import { describe, expect, it } from "vitest";
import { newGroup, settledTo, type Follow, type GroupState } from "../../../src/source/tail/state.ts";

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
