import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/core/finding.ts";
import { beganText } from "../../src/report/began.ts";

const deployedAt = "2026-11-23T10:02:11.000Z";
const now = Date.parse("2026-11-23T14:00:00.000Z");
const log = (first: string): Evidence => ({
  kind: "log",
  where: "log /aws/lambda/f",
  says: "no",
  count: 1,
  first,
  last: first,
});
const text = (...firsts: readonly string[]) =>
  beganText({ because: firsts.map(log), explains: [] }, { deployedAt, now });

describe("when a cause began", () => {
  it.each([
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
  ])("%s", (first, said) => expect(text(first)).toBe(said));

  it("goes by the first of all that was logged of it", () => {
    expect(text("2026-11-23T13:05:00.000Z", "2026-11-23T10:02:53.000Z")).toContain("42 s after");
  });

  it("is not said where nothing was logged, or no deploy is known", () => {
    expect(text()).toBeUndefined();
    const smoke: Evidence = { kind: "smoke", where: "smoke", says: "502" };
    expect(beganText({ because: [smoke], explains: [] }, { deployedAt, now })).toBeUndefined();
    expect(beganText({ because: [log(deployedAt)], explains: [] }, { deployedAt: undefined, now })).toBeUndefined();
  });
});
