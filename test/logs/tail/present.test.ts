import { describe, expect, it } from "vitest";
import type { ShownEvent, TailEntry } from "../../../src/core/tail.ts";
import { mayFail } from "../../../src/logs/may-fail.ts";
import { createPresenter } from "../../../src/logs/tail/present.ts";
import { planShards } from "../../../src/logs/tail/shards.ts";

function presenter(verbose = false, collapse = true) {
  const made = createPresenter({ verbose, collapse, explain: () => ({ title: "What it is", mending: "Mend it." }) });
  const add = (one: ShownEvent, source: string, now: number): void =>
    made.add(one, mayFail(one.event.message), source, now);
  return { ...made, add };
}

const shown = (message: string, at = 0, stream = "s"): ShownEvent => ({
  event: { group: "g", stream, timestamp: at, ingestionTime: at, message, eventId: undefined },
  by: "live",
  lateMs: 0,
});

const lines = (entries: readonly TailEntry[]): readonly (readonly string[])[] => entries.map((entry) => entry.lines);

describe("what is printed for events", () => {
  it("takes what was logged later for something else, however it begins", () => {
    const show = presenter();
    show.add(shown("[ERROR] KeyError: 'a'", 0), "f", 0);
    show.add(shown("Traceback (most recent call last):", 50_000), "f", 0);
    show.add(shown("\tindented", 250_000), "f", 0);
    expect(lines(show.finish())).toEqual([["KeyError: 'a'"], ["Traceback (most recent call last):"], ["\tindented"]]);
  });

  it("keeps a traceback together that is logged line by line, between lines of other streams", () => {
    const show = presenter();
    const traceback = [
      "Traceback (most recent call last):",
      '  File "/var/task/app.py", line 3, in handler',
      "    import pg8000",
      "ModuleNotFoundError: No module named 'pg8000'",
    ];
    for (const [at, line] of traceback.entries()) {
      show.add(shown(line, at), "f", 0);
      show.add(shown(`other ${at}`, at, "t"), "f", 0);
    }
    show.add(shown("after", 9), "f", 0);
    const entries = show.take(10);
    expect(lines(entries)).toEqual([traceback, ["other 0"], ["other 1"], ["other 2"], ["other 3"], ["after"]]);
    expect(entries[0]).toMatchObject({
      tone: "error",
      notes: [expect.stringContaining("module-missing: pg8000"), "mend: Mend it.", expect.any(String)],
    });
  });

  it("leaves out the head of a traceback behind which nothing stands, not one that has its lines", () => {
    const show = presenter();
    const error = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'";
    const head = "Traceback (most recent call last):";
    show.add(shown(`${error}\n${head}\n`, 1, "s"), "f", 0);
    show.add(shown(error, 2, "t"), "g", 0);
    show.add(shown(head, 2, "t"), "g", 0);
    show.add(shown(`${error}\n${head}`, 3, "u"), "h", 0);
    show.add(shown('  File "/var/task/app.py", line 3, in handler', 3, "u"), "h", 0);
    const line = error.slice("[ERROR] ".length);
    expect(lines(show.finish())).toEqual([
      [line],
      [line],
      [line, head, '  File "/var/task/app.py", line 3, in handler'],
    ]);
  });

  it("tells a failed init once where its request's REPORT tells it, and Lambda's general advice by its first words", () => {
    const advice =
      "[WARNING]\t2026-01-01T00:00:00.000Z\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare cases, a Lambda runtime update can cause unexpected function behavior.";
    const failed = (phase: string): string =>
      `INIT_REPORT Init Duration: 650.48 ms\tPhase: ${phase}\tStatus: error\tError Type: Runtime.ImportModuleError`;
    const said = (verbose: boolean): readonly (readonly string[])[] => {
      const show = presenter(verbose);
      for (const [at, text] of [advice, failed("init"), failed("invoke")].entries())
        show.add(shown(text, at, `s${at}`), "f", 0);
      return lines(show.finish());
    };
    const [short, init] = [
      "WARN LAMBDA_WARNING: Unhandled exception",
      "init failed after 650 ms: Runtime.ImportModuleError",
    ];
    expect(said(false)).toEqual([[short], [init]]);
    expect(said(true)).toEqual([[expect.stringContaining("runtime update can cause")], [init], [init]]);
  });

  it("waits for the rest of a failure a short while only, and keeps the order of what follows", () => {
    const show = presenter();
    show.add(shown("[ERROR] KeyError: 'x'", 1), "f", 1_000);
    show.add(shown("plain", 2, "t"), "f", 1_000);
    expect(show.take(1_100)).toEqual([]);
    expect(lines(show.take(1_500))).toEqual([["KeyError: 'x'"], ["plain"]]);
  });

  it("counts what is said again and again, and tells the count", () => {
    const show = presenter();
    for (let at = 0; at < 10; at += 1) show.add(shown("same", at), "f", at);
    expect(show.take(10)).toHaveLength(3);
    expect(show.take(4_000)).toEqual([]);
    show.add(shown("newer", 20), "f", 20);
    const told = show.take(6_000);
    // Told beside what is newest, not behind it at its own time.
    expect(told).toMatchObject([{ lines: ["newer"] }, { at: 20, lines: ["same"], again: { times: 7, last: 9 } }]);
    expect(show.unshown).toEqual({ repeats: 7, service: 0 });
    for (let at = 0; at < 3; at += 1) show.add(shown(`different ${at}`, at), "f", at);
    expect(show.take(6_100)).toHaveLength(3);
    expect(show.finish()).toEqual([]);
  });

  it("shows each of them where nothing is to be counted", () => {
    const show = presenter(false, false);
    for (let at = 0; at < 10; at += 1) show.add(shown("[ERROR] KeyError: 'x'", at), "f", at);
    expect(show.finish()).toHaveLength(10);
    expect(show.unshown.repeats).toBe(0);
  });

  it("shows the service's lines only where they say something, or all when asked", () => {
    const all = ["START RequestId: a-b Version: 1", "END RequestId: a-b", "EXTENSION\tName: x\tState: Ready"];
    const [short, long] = [presenter(), presenter(true)];
    for (const line of all) for (const show of [short, long]) show.add(shown(line), "f", 0);
    expect(short.finish()).toEqual([]);
    expect(long.finish()).toHaveLength(3);
    expect([short.unshown.service, long.unshown.service]).toEqual([3, 0]);
  });

  it.each([
    [
      "REPORT RequestId: a-b\tDuration: 3000.00 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\tStatus: timeout",
      "timed out after 3000 ms · 60 of 128 MB",
      "error",
    ],
    ["2026-11-29T10:00:00.000Z a1b2c3d4-0000 Task timed out after 3.00 seconds", "timed out after 3 s", "error"],
    [
      "INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
      "init failed after 138 ms: Runtime.ImportModuleError",
      "error",
    ],
    ["[WARNING]\t2026-11-29T10:00:00.000Z\ta1b2c3d4-0000\tlow on stock", "WARN low on stock", "warning"],
    ['{"level":"INFO","message":"sent","order":7}', 'sent {"order":7}', "plain"],
    ['{"type":"TOOL_LOG","tool":"x"}', '{"type":"TOOL_LOG","tool":"x"}', "plain"],
  ])("shortens %j", (message, text, tone) => {
    const show = presenter();
    show.add(shown(message), "f", 0);
    expect(show.finish()).toMatchObject([{ lines: [text], tone }]);
  });
});

describe("sessions", () => {
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, id) => `g${from + id}`);

  it("take ten groups each, new groups into the one with room, and leave some to others", () => {
    expect(planShards(names(0, 24), []).open.map((groups) => groups.length)).toEqual([10, 10, 4]);
    const open = [
      { session: 1, groups: names(0, 10) },
      { session: 2, groups: names(10, 14) },
    ];
    expect(planShards(names(0, 14), open)).toEqual({ open: [], replaced: [], left: [] });
    expect(planShards(names(0, 15), open)).toEqual({ open: [names(10, 15)], replaced: [2], left: [] });
    // Others are about to come.
    expect(planShards(names(0, 24), [], { more: true }).open.map((groups) => groups.length)).toEqual([10, 10]);
    expect(planShards(names(0, 19), open, { more: true })).toEqual({ open: [], replaced: [], left: [] });
    expect(planShards(names(0, 23), open, { more: true })).toEqual({ open: [names(10, 20)], replaced: [2], left: [] });
    expect(planShards(names(0, 130), []).left).toHaveLength(10);
    const full = Array.from({ length: 12 }, (_, id) => ({ session: id, groups: names(id * 10, id * 10 + 10) }));
    expect(planShards(names(0, 121), full)).toEqual({ open: [], replaced: [], left: ["g120"] });
  });
});
