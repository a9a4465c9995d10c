import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/core/finding.ts";
import { groupFindings } from "../../src/report/groups.ts";
import { proofOf } from "../../src/report/proof.ts";
import { finding, fn } from "./samples.ts";

const now = Date.parse("2027-02-03T15:00:00Z");
const log = (where: string, more: Partial<Evidence> = {}): Evidence => ({ kind: "log", where, says: "boom", ...more });

describe("proofOf", () => {
  it("names a place once for all that it says", () => {
    const evidence: readonly Evidence[] = [
      { kind: "package", where: "layer a:1", says: "has x" },
      { kind: "package", where: "layer a:1", says: "lacks y" },
      { kind: "package", where: "layer b:1", says: "lacks z" },
    ];
    expect(proofOf(evidence).map(({ where, says }) => [where, ...says])).toEqual([
      ["layer a:1", "has x"],
      ["", "lacks y"],
      ["layer b:1", "lacks z"],
    ]);
  });

  it("adds up what several logs say, and spans their times", () => {
    const evidence = [
      log("log of A", { count: 2, first: "2027-02-03T14:05:00Z", last: "2027-02-03T14:06:00Z" }),
      log("log of B", { count: 3, first: "2027-02-03T14:04:00Z", last: "2027-02-03T14:05:30Z" }),
    ];
    expect(proofOf(evidence, { now, deployedAt: "2027-02-03T14:03:00Z" })).toEqual([
      { where: "log of A and B, 5 times 14:04:00–14:06:00, first 1 min after the deploy", says: ["boom"], below: true },
    ]);
  });

  it.each([
    [{ count: 1, first: "2027-02-03T14:05:00Z" }, "log, once at 14:05:00"],
    [{ count: 4 }, "log, 4 times"],
    [{ first: "2027-02-02T14:05:00Z", last: "2027-02-02T14:06:00Z" }, "log, 2027-02-02 14:05:00–14:06:00"],
    [{}, "log"],
  ])("tells of %j", (more, where) => {
    expect(proofOf([log("log", more)], { now }).map((proof) => proof.where)).toEqual([where]);
  });

  it("does not repeat a count that the place already tells", () => {
    expect(
      proofOf([log("log, 7 times since 14:05", { count: 7, first: "2027-02-03T14:05:00Z" })], { now })[0]?.where,
    ).toBe("log, 7 times since 14:05");
  });

  it("tells when a thing that is no log was seen", () => {
    const event: Evidence = {
      kind: "stack",
      where: "Table, in the deploy",
      says: "CREATE_FAILED",
      first: "2027-02-03T14:05:00Z",
    };
    expect(proofOf([event], { now, deployedAt: "2027-02-03T14:03:00Z" })).toEqual([
      { where: "Table, in the deploy, at 14:05:00", says: ["CREATE_FAILED"], below: false },
    ]);
  });

  it("puts the tools that answered the same into one line", () => {
    const smoke = (where: string, says: string): Evidence => ({ kind: "smoke", where, says });
    const evidence = [smoke("smoke a", "502"), smoke("b", "200"), smoke("smoke: c", "502")];
    expect(proofOf(evidence).map(({ where, says }) => [where, ...says])).toEqual([
      ["smoke", "a and c: 502"],
      ["", "b: 200"],
    ]);
  });

  it("names at most so many places", () => {
    const evidence = Array.from({ length: 9 }, (_, at) => log(`log of F${at}`));
    expect(proofOf(evidence, { places: 3 })[0]?.where).toBe("log of F0, F1 and 7 more");
  });
});

describe("groupFindings", () => {
  const says = (label: string, message: string): ReturnType<typeof finding> =>
    finding("c", fn(label), message, [log(label)]);

  it("puts the worst first and keeps the order otherwise", () => {
    const warning = { ...says("A", "one"), severity: "warning" as const };
    const [error, other] = [says("B", "two"), says("C", "three")];
    expect(groupFindings([warning, error, other]).map((group) => group.finding)).toEqual([error, other, warning]);
  });

  it("does not take a subject without a name for a part of every message", () => {
    expect(groupFindings([says("", "one"), says("", "two")])).toHaveLength(2);
  });
});
