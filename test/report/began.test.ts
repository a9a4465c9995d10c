import { describe, expect, it } from "vitest";
import type { Moment } from "../../src/core/report.ts";
import { beganText } from "../../src/report/began.ts";

const deployedAt = "2026-11-23T10:02:11.000Z";
const now = Date.parse("2026-11-23T14:00:00.000Z");
const deployed: Moment = { at: deployedAt, kind: "deploy" };
const firstError = (at: string): Moment => ({ at, kind: "first-error" });

describe("when a cause began", () => {
  it.each([
    ["2026-11-23T10:02:11.400Z", "This began with the deploy of 10:02:11 UTC."],
    ["2026-11-23T10:02:53.000Z", "This began 42 s after the deploy of 10:02:11 UTC."],
    ["2026-11-23T10:01:59.000Z", "This was first logged 12 s before the deploy of 10:02:11 UTC ended."],
    [
      "2026-11-23T13:05:00.000Z",
      "No deploy explains when it began: this was first logged at 13:05:00 UTC, 3 h after the last one.",
    ],
    [
      "2026-11-22T09:00:00.000Z",
      "This was logged at 2026-11-22 09:00:00 UTC already, 25 h before the deploy of 10:02:11 UTC ended: that deploy did not bring it.",
    ],
  ])("%s", (first, said) => expect(beganText({ timeline: [deployed, firstError(first)] }, now)).toBe(said));

  it("is not said where nothing was logged before the run, or no deploy is known", () => {
    expect(beganText({}, now)).toBeUndefined();
    expect(beganText({ timeline: [deployed, { at: deployedAt, kind: "layer-published" }] }, now)).toBeUndefined();
    expect(
      beganText({ timeline: [firstError(deployedAt), { at: deployedAt, kind: "last-error" }] }, now),
    ).toBeUndefined();
  });
});
