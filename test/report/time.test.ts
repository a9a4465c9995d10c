import { describe, expect, it } from "vitest";
import { clock, duration, endOf, sinceDeploy, span } from "../../src/report/time.ts";

const noon = Date.parse("2027-02-03T12:00:00Z");

describe("times", () => {
  it.each([
    ["2027-02-03T10:02:11.4Z", "10:02:11"],
    ["2027-02-03T12:02:11+02:00", "10:02:11"],
    ["2027-02-02T23:59:59Z", "2027-02-02 23:59:59"],
    ["last Tuesday, perhaps", "last Tuesday, perhaps"],
  ])("tells %s as %s", (iso, text) => {
    expect(clock(iso, noon)).toBe(text);
  });

  it("gives the date where it is not known what day it is", () => {
    expect(clock("2027-02-03T10:02:11Z", undefined)).toBe("2027-02-03 10:02:11");
  });

  it.each([
    [0, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [7_199_000, "119 min"],
    [7_200_000, "2 h"],
    [172_799_000, "47 h"],
    [172_800_000, "2 days"],
    [-42_000, "42 s"],
  ])("says a span of %i ms as %s", (length, text) => {
    expect(span(length)).toBe(text);
  });

  it.each([
    [640, "640 ms"],
    [6_140, "6.1 s"],
    [59_990, "59.9 s"],
    [125_000, "2 min 5 s"],
    [120_000, "2 min"],
  ])("says a duration of %i ms as %s", (length, text) => {
    expect(duration(length)).toBe(text);
  });

  it.each([
    ["2027-02-03T12:00:42Z", "42 s after the deploy"],
    ["2027-02-03T11:50:00Z", "10 min before the deploy"],
    ["2027-02-05T12:00:00Z", undefined],
    ["nonsense", undefined],
  ])("tells how %s stands to the deploy", (iso, text) => {
    expect(sinceDeploy(iso, "2027-02-03T12:00:00Z")).toBe(text);
  });

  it("knows no distance to a deploy that is not known", () => {
    expect(sinceDeploy("2027-02-03T12:00:42Z", undefined)).toBeUndefined();
  });

  it("ends a run after its duration, and not at all where that is no date", () => {
    expect(endOf({ startedAt: "2027-02-03T11:59:58Z", durationMs: 2000 })).toBe(noon);
    expect(endOf({ startedAt: "?", durationMs: 2000 })).toBeUndefined();
    expect(endOf({ startedAt: "2027-02-03T11:59:58Z", durationMs: Number.MAX_VALUE })).toBeUndefined();
  });
});
