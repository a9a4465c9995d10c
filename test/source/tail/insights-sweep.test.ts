import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShownEvent } from "../../../src/core/tail.ts";
import { insightsFilter, insightsTailQuery } from "../../../src/logs/insights-query.ts";
import { createMerge } from "../../../src/logs/tail/merge.ts";
import type { Queries } from "../../../src/source/insights-run.ts";
import { queryEveryMs, queryingMs, saidOfInsights, sweepByInsights } from "../../../src/source/tail/insights-sweep.ts";
import { newGroup, type Follow, type TailNote } from "../../../src/source/tail/state.ts";

interface Logged {
  readonly at: number;
  readonly visibleAt: number;
  readonly message: string;
}

const startedAt = Date.parse("2026-11-30T10:00:00Z");
const timeText = (at: number): string => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** Queries a group every 20 s of a clock that stands still between them, for so many seconds. */
async function followed(logged: readonly Logged[], mostRows: number, seconds: number) {
  let now = startedAt;
  const asked: { readonly from: number; readonly to: number }[] = [];
  const notes: TailNote[] = [];
  const queries: Queries = {
    run(_groups, from, to) {
      asked.push({ from, to });
      const found = logged
        .filter(({ at, visibleAt }) => at >= from * 1000 && at <= to * 1000 && visibleAt <= now)
        .toSorted((a, b) => a.at - b.at);
      const rows = found.slice(0, mostRows).map(({ at, visibleAt, message }) => [
        { field: "@timestamp", value: timeText(at) },
        { field: "@ingestionTime", value: timeText(visibleAt) },
        { field: "@message", value: message },
        { field: "@logStream", value: "s" },
      ]);
      return Promise.resolve({ kind: "rows", rows, full: rows.length === mostRows });
    },
    get count() {
      return asked.length;
    },
    bytesScanned: 0,
  };
  const merge = createMerge({ holdMs: 1_000, mostRemembered: 10_000 });
  const group = newGroup({ group: "rare", arn: undefined }, now);
  const follow = {
    options: {
      clock: { now: () => now, random: () => 0.5, sleep: () => new Promise<void>(() => undefined) },
      from: startedAt - 600_000,
      to: undefined,
      follow: true,
      note: (note: TailNote) => notes.push(note),
    },
    merge,
    groups: new Map([["rare", group]]),
    signal: new AbortController().signal,
    skewMs: 0,
    blocked: false,
    wake: () => undefined,
    round: () => Promise.resolve(),
  } as unknown as Follow;
  const shown: ShownEvent[] = [];
  for (; now <= startedAt + seconds * 1_000; now += queryEveryMs) {
    await sweepByInsights(follow, group, queries);
    shown.push(...merge.release(now), ...merge.flush());
  }
  return { shown, asked, group, notes };
}

describe("queries of Logs Insights", () => {
  it("show each event once that comes up to two and a half minutes late, equal ones as often as they were logged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            second: fc.integer({ min: -300, max: 300 }),
            lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 150_000 })),
            message: fc.constantFrom("a", "b"),
          }),
          { maxLength: 60 },
        ),
        fc.integer({ min: 8, max: 100 }),
        async (events, mostRows) => {
          const logged = events.map(({ second, lateMs, message }) => {
            const at = startedAt + Math.floor(second / 5) * 5_000 + (second % 5) * 100;
            return { at, visibleAt: at + lateMs, message };
          });
          // What does not fit into one query, of one second, is told and left out.
          const inSecond = (second: number): number =>
            logged.filter(({ at }) => Math.floor(at / 1_000) === second).length;
          fc.pre(logged.every(({ at }) => inSecond(Math.floor(at / 1_000)) < mostRows));
          const { shown, notes } = await followed(logged, mostRows, 700);
          const name = (at: number, message: string): string => `${at} ${message}`;
          expect(shown.map(({ event }) => name(event.timestamp, event.message)).toSorted()).toEqual(
            logged.map(({ at, message }) => name(at, message)).toSorted(),
          );
          expect(notes).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("go through no more than the last minute or so, but now and then for what comes later", async () => {
    const { asked, group } = await followed([], 100, 600);
    expect(asked[0]?.from).toBe(startedAt / 1000 - 600);
    const spans = asked.slice(1).map(({ from, to }) => to - 61 - from);
    expect(spans.filter((seconds) => seconds > 100)).toEqual([320, 320, 320]);
    expect(Math.max(...spans.filter((seconds) => seconds <= 100))).toBe(60);
    expect(group).toMatchObject({ state: "followed", sweptTo: startedAt + 600_000, verifiedTo: startedAt + 560_000 });
  });

  it("leave out what one second holds beyond a query's rows, and say so", async () => {
    const logged = Array.from({ length: 12 }, (_, id) => ({
      at: startedAt - 5_000 + (id < 10 ? 0 : 2_000),
      visibleAt: startedAt - 5_000,
      message: `${id}`,
    }));
    const { shown, notes } = await followed(logged, 8, 0);
    expect(shown.map(({ event }) => event.message)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "10", "11"]);
    expect(notes).toMatchObject([
      { code: "group-crowded", message: expect.stringContaining("at 2026-11-30 09:59:55") },
    ]);
  });

  it("are less frequent the more groups there are, and said with what they cost", () => {
    expect([1, 20, 60].map(queryingMs)).toEqual([20_000, 20_000, 60_000]);
    expect(saidOfInsights("rare", true, 20_000)).toMatch(/\$0\.005 for each GB.* every 20 s.* about 5 times over/);
    expect(saidOfInsights("rare", false, 20_000)).toMatch(/\$0\.005 for each GB[^:]*$/);
  });
});

describe("CloudWatch's filter pattern as a filter of Insights", () => {
  it.each([
    [undefined, ""],
    ["", ""],
    ["ERROR", "| filter @message like /ERROR/"],
    ['"a b" c.d', "| filter @message like /a b/\n| filter @message like /c\\.d/"],
    ["?ERROR ?WARN", "| filter @message like /ERROR/ or @message like /WARN/"],
    ["ERROR -Exiting", "| filter @message like /ERROR/\n| filter not (@message like /Exiting/)"],
    ['"say \\"hi\\""', '| filter @message like /say "hi"/'],
    ["%a/b[0-9]+%", "| filter @message like /a\\/b[0-9]+/"],
    ["?ERROR must", undefined],
    ["{ $.level = 30 }", undefined],
    ["[ip, user]", undefined],
  ])("%j", (pattern, filter) => {
    expect(insightsFilter(pattern)).toBe(filter);
  });

  it("stands between the fields and the order", () => {
    expect(insightsTailQuery("| filter x", 5).split("\n")).toEqual([
      "fields @timestamp, @ingestionTime, @message, @logStream",
      "| filter x",
      "| sort @timestamp asc",
      "| limit 5",
    ]);
  });
});
