import { describe, expect, it } from "vitest";
import type { Moment } from "../../src/core/report.ts";
import { timelineParts } from "../../src/report/timeline.ts";

const now = Date.parse("2026-11-23T14:00:00.000Z");
const at = (time: string): string => `2026-11-23T${time}.000Z`;
const timeline: readonly Moment[] = [
  { at: "2026-11-22T23:59:01.000Z", kind: "parameter-changed", of: "/demo/url:3" },
  { at: at("10:01:58"), kind: "layer-published", of: "common:8" },
  { at: at("10:02:11"), kind: "deploy" },
  { at: at("10:02:53"), kind: "first-error" },
  { at: at("10:09:40"), kind: "last-error" },
  { at: at("10:20:00"), kind: "function-changed", of: "GetUsage" },
];
const shown = (moments: readonly Moment[], most = 300): string =>
  timelineParts({ timeline: moments }, now, (parts) => parts.join(" · ").length <= most).join(" · ");

describe("a timeline in a row", () => {
  it("says each moment with its time, and the date of another day", () => {
    expect(shown(timeline)).toBe(
      "UTC 2026-11-22 23:59:01 parameter /demo/url:3 set · 10:01:58 layer common:8 published · 10:02:11 deploy · 10:02:53 first error · 10:09:40 last · 10:20:00 GetUsage changed",
    );
  });

  it("leaves out the oldest changes where there is no room, and all where there is none", () => {
    expect(shown(timeline, 130)).toBe(
      "UTC 10:01:58 layer common:8 published · 10:02:11 deploy · 10:02:53 first error · 10:09:40 last · 10:20:00 GetUsage changed",
    );
    expect(shown(timeline, 10)).toBe("");
  });

  it("is left out where it says no more than when the cause began", () => {
    expect(shown(timeline.filter(({ kind }) => kind === "deploy" || kind === "first-error"))).toBe("");
    expect(timelineParts({}, now, () => true)).toEqual([]);
  });
});
