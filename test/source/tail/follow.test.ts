import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ShownEvent } from "../../../src/core/tail.ts";
import { systemClock } from "../../../src/source/clock.ts";
import { createTailReader, type TailReaderOptions } from "../../../src/source/tail/reader.ts";
import { isTailStopped, type FollowOptions, type TailNote } from "../../../src/source/tail/state.ts";
import { fakeLogs, type FakeEvent, type FakeLogs, type FakeLogsScenario } from "../../support/fake-logs.ts";
import { credentials } from "../fake-aws.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-tail-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arn = (name: string): string => `arn:aws:logs:eu-west-1:111122223333:log-group:${name}`;

/** Events every so many milliseconds, visible after delays that are taken in turn. */
function written(
  count: number,
  everyMs: number,
  delays: readonly number[] = [0],
  more: Partial<FakeEvent> = {},
): readonly FakeEvent[] {
  return Array.from({ length: count }, (_, id) => {
    const at = id * everyMs;
    const delay = delays[id % delays.length] ?? 0;
    return { group: "g", stream: "s", at, visibleAt: at + delay, message: `event ${id}`, ...more };
  });
}

interface Course {
  readonly shown: ShownEvent[];
  readonly notes: TailNote[];
  readonly fake: FakeLogs;
  readonly reader: ReturnType<typeof createTailReader>;
  readonly follower: ReturnType<ReturnType<typeof createTailReader>["follower"]>;
}

interface How {
  readonly options?: Partial<FollowOptions>;
  readonly reader?: Partial<TailReaderOptions>;
  readonly groups?: readonly string[];
  /** Ends when so many events were shown and this time has passed, or in any case after 30 s. */
  readonly count?: number;
  readonly leastMs?: number;
  readonly show?: (events: readonly ShownEvent[], course: Course) => Promise<void>;
}

async function run(scenario: FakeLogsScenario, how: How = {}): Promise<Course> {
  const fake = await fakeLogs(scenario);
  const reader = createTailReader({
    region: "eu-west-1",
    profile: undefined,
    endpointUrl: fake.endpoint,
    env: credentials,
    ...how.reader,
  });
  const notes: TailNote[] = [];
  const shown: ShownEvent[] = [];
  const follower = reader.follower({
    from: fake.startedAt - 600_000,
    to: undefined,
    follow: true,
    poll: false,
    pattern: undefined,
    note: (note) => notes.push(note),
    ...how.options,
  });
  follower.add((how.groups ?? Object.keys(scenario.groups)).map((group) => ({ group, arn: arn(group) })));
  const course = { shown, notes, fake, reader, follower };
  const end = new AbortController();
  const { count = Number.POSITIVE_INFINITY, leastMs = 0 } = how;
  const enough = setInterval(() => {
    const passed = Date.now() - fake.startedAt;
    if ((shown.length >= count && passed > leastMs) || passed > 30_000) end.abort();
  }, 50);
  try {
    await follower.run(end.signal, async (events) => {
      shown.push(...events);
      await how.show?.(events, course);
    });
  } finally {
    clearInterval(enough);
    reader.close();
    await fake.close();
  }
  return course;
}

/** Each event of the scenario once and no other, in order but for what is marked late, and for less than a second. */
function expectAll({ shown }: Course, { events }: FakeLogsScenario): void {
  expect(shown.map(({ event }) => event.message).toSorted()).toEqual(events.map(({ message }) => message).toSorted());
  let newest = Number.NEGATIVE_INFINITY;
  for (const { event, lateMs } of shown) {
    const behind = newest - event.timestamp;
    expect(lateMs).toBe(behind >= 1_000 && Number.isFinite(behind) ? behind : 0);
    newest = Math.max(newest, event.timestamp);
  }
}

const codes = ({ notes }: Course): readonly string[] => notes.map(({ code }) => code);
const calls = ({ fake }: Course, operation: string): number =>
  fake.calls.filter((call) => call.operation === operation).length;

describe.concurrent("a tail shows every event once", { timeout: 40_000 }, () => {
  it("when half of them come late", async () => {
    const scenario = { groups: { g: {} }, events: written(120, 50, [0, 3_000]) };
    const course = await run(scenario, { count: 120, leastMs: 9_500 });
    expectAll(course, scenario);
    expect(course.shown.filter(({ lateMs }) => lateMs > 0).length).toBeGreaterThan(30);
    expect(codes(course)).toEqual([]);
    expect(course.follower.groups()).toMatchObject([{ state: "followed", recovered: 0 }]);
  });

  it("by polling alone, with delays of all kinds", async () => {
    const scenario = { groups: { g: {} }, events: written(90, 50, [0, 1_000, 8_000]) };
    const course = await run(scenario, { count: 90, leastMs: 13_500, options: { poll: true } });
    expectAll(course, scenario);
    expect(calls(course, "StartLiveTail")).toBe(0);
    expect(course.shown.every(({ by }) => by === "sweep")).toBe(true);
  });

  it.each([true, false])("of an emulator whose events have no ids, equal ones as well (poll: %s)", async (poll) => {
    const events = written(80, 50, [0, 1_000]).map((event, id) => ({
      ...event,
      at: event.at - (event.at % 200),
      message: `event ${id % 3}`,
    }));
    const scenario = { groups: { g: {} }, events, withoutIds: true };
    const course = await run(scenario, { count: 80, leastMs: 6_500, options: { poll } });
    expectAll(course, scenario);
  });

  it("through cuts and a session's time limit", async () => {
    const scenario = {
      groups: { g: {} },
      events: written(160, 50),
      live: { cutAt: [2_000, 5_500], timeoutAt: [4_000] },
    };
    const course = await run(scenario, { count: 160, leastMs: 9_000 });
    expectAll(course, scenario);
    expect(codes(course).filter((code) => code === "session-ended")).toHaveLength(3);
    expect(course.notes[1]?.message).toContain("reached its time limit");
    expect(calls(course, "StartLiveTail")).toBe(4);
  });

  it("when a session falls silent, which ends it", async () => {
    const scenario = {
      groups: { g: {} },
      events: written(240, 50),
      live: { silent: [{ from: 1_500, to: 11_500 }] },
    };
    const course = await run(scenario, { count: 240, leastMs: 14_000 });
    expectAll(course, scenario);
    expect(codes(course)).toContain("session-silent");
    expect(course.follower.groups()[0]?.recovered).toBeGreaterThan(100);
  });

  it("when updates leave events out, with a word and without", async () => {
    const scenario = {
      groups: { g: {} },
      events: written(200, 40, [0], {}),
      live: { sampled: [{ from: 0, to: 3_000 }], lossy: [{ from: 3_000, to: 8_500 }] },
    };
    const course = await run(scenario, { count: 200, leastMs: 9_000 });
    expectAll(course, scenario);
    expect(course.follower.groups()[0]?.recovered).toBeGreaterThan(40);
  });

  it("through throttling, however long, and says for how long", async () => {
    const scenario = { groups: { g: {} }, events: written(100, 50), throttled: [{ from: 1_500, to: 6_500 }] };
    const course = await run(scenario, { count: 100, leastMs: 7_500, options: { poll: true } });
    expectAll(course, scenario);
    expect(course.reader.aws.throttledMs()).toBeGreaterThan(4_000);
    expect(calls(course, "FilterLogEvents")).toBeLessThan(40);
  });

  it("when one session takes another's place", async () => {
    const scenario = { groups: { g: {} }, events: written(160, 50) };
    const course = await run(scenario, { count: 160, leastMs: 9_000, reader: { times: { rotateMs: 2_000 } } });
    expectAll(course, scenario);
    expect(calls(course, "StartLiveTail")).toBeGreaterThanOrEqual(3);
    expect(codes(course)).toEqual([]);
  });

  it("of identical ones as many as were logged", async () => {
    const same = Array.from({ length: 12 }, () => ({
      group: "g",
      stream: "s",
      at: 2_000,
      visibleAt: 2_000,
      message: "same",
    }));
    const scenario = {
      groups: { g: {} },
      events: [...same, ...written(60, 50)],
      live: { lossy: [{ from: 0, to: 9_000 }] },
    };
    const course = await run(scenario, { count: 72, leastMs: 13_000 });
    expectAll(course, scenario);
  });

  it("while nobody reads what it writes, and reads nothing meanwhile", async () => {
    const scenario = {
      groups: { g: {} },
      events: [...written(3_000, 1, [0], { at: -1_000, visibleAt: -1_000 }), ...written(400, 20)].map((event, id) => ({
        ...event,
        message: `event ${id}`,
      })),
      pageEvents: 500,
    };
    let blocked = false;
    let during = 0;
    const course = await run(scenario, {
      count: 3_400,
      leastMs: 9_000,
      options: { poll: true },
      async show(events, { fake }) {
        if (events.length === 0 || blocked) return;
        blocked = true;
        const before = fake.calls.length;
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        during = fake.calls.length - before;
      },
    });
    expectAll(course, scenario);
    expect(during).toBeLessThanOrEqual(2);
  });
});

describe.concurrent("a tail goes on by itself", { timeout: 40_000 }, () => {
  it.each([
    ["denied", { denied: ["StartLiveTail"] }, "live-off", /logs:StartLiveTail/],
    ["unsupported", { live: { unsupported: true } }, "live-off", /does not offer it/],
    [
      "used up",
      { live: { refused: { name: "LimitExceededException", message: "no" } } },
      "live-limited",
      /used up; tried again/,
    ],
  ] as const)("by polling where Live Tail is %s", async (_what, more, code, message) => {
    const scenario = { groups: { g: {} }, events: written(60, 50), ...more };
    const course = await run(scenario, { count: 60, leastMs: 4_000 });
    expectAll(course, scenario);
    expect(course.notes).toMatchObject([{ code, message: expect.stringMatching(message) }]);
    expect(course.follower.live()).toBe(0);
  });

  it("by polling where sessions end as soon as they have begun, and says so once", async () => {
    const scenario = { groups: { g: {} }, events: written(120, 50), live: { endsAtOnce: true } };
    const course = await run(scenario, { count: 120, leastMs: 8_000 });
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["session-ended", "session-ended", "session-ended", "live-limited"]);
    expect(course.notes.at(-1)?.message).toMatch(/by polling alone for now: .*end as soon as they have begun/);
    expect(calls(course, "StartLiveTail")).toBe(4);
  });

  it("when a group comes to be, and says what it waits for", async () => {
    const scenario = {
      groups: { g: {}, h: { from: 3_000 } },
      events: written(20, 100, [0], { group: "h", at: 3_500, visibleAt: 3_500 }).map((event, id) => ({
        ...event,
        message: `${id}`,
      })),
    };
    const course = await run(scenario, { count: 20 });
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["group-waiting", "group-found"]);
    expect(course.notes[0]?.message).toContain("h does not exist yet");
  });

  it("through expired credentials, which it reads anew", async () => {
    const file = path.join(folder, "credentials");
    const keys = (id: string): string =>
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\naws_session_token = token-${id}\n`;
    writeFileSync(file, keys("AKIDOLD"));
    const scenario = { groups: { g: {} }, events: written(120, 50), expired: [{ from: 2_000, to: 5_000 }] };
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = file;
    setTimeout(() => writeFileSync(file, keys("AKIDNEW")), 2_500);
    const used = new Set<string>();
    const course = await run(scenario, {
      count: 120,
      leastMs: 7_000,
      options: { poll: true },
      reader: { env: { AWS_SHARED_CREDENTIALS_FILE: file } },
    }).finally(() => delete process.env["AWS_SHARED_CREDENTIALS_FILE"]);
    for (const { authorization } of course.fake.calls) used.add(/Credential=(\w+)/.exec(authorization)?.[1] ?? "");
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["credentials-expired", "credentials-renewed"]);
    expect([...used]).toEqual(["AKIDOLD", "AKIDNEW"]);
  });

  it("through connections that break", async () => {
    const scenario = { groups: { g: {} }, events: written(120, 50), unreachable: [{ from: 1_500, to: 4_500 }] };
    const course = await run(scenario, { count: 120, leastMs: 7_000, options: { poll: true } });
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["unreachable", "reachable"]);
  });

  it("with more groups than a session takes, in sessions of ten", async () => {
    const names = Array.from({ length: 24 }, (_, id) => `g${id}`);
    const events = names.flatMap((group, id) => [
      { group, stream: "s", at: 7_000 + id, visibleAt: 7_000 + id, message: group },
    ]);
    const scenario = { groups: Object.fromEntries(names.map((name) => [name, {}])), events };
    let live = 0;
    const course = await run(scenario, {
      count: 24,
      show: async (_events, { follower }) => {
        live = Math.max(live, follower.live());
      },
    });
    expectAll(course, scenario);
    const opened = course.fake.calls.filter(({ operation }) => operation === "StartLiveTail");
    expect(opened.every(({ body }) => (body["logGroupIdentifiers"] as unknown[]).length <= 10)).toBe(true);
    expect(live).toBe(24);
  });

  it.each([
    ["by polling alone", { refused: { name: "AccessDeniedException", message: "no" } }, 5],
    ["behind updates that leave events out", { sampled: [{ from: 0, to: 60_000 }] }, 5],
    ["behind sessions that break off", { cutAt: [1_000, 2_500, 4_000, 5_500, 7_000] }, 5],
  ])("of six groups with less than its half of the region's quota: %s", async (_what, live, half) => {
    const groups = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, {}]));
    const names = Object.keys(groups);
    const events = written(1_000, 8).map((event, id) => ({ ...event, group: names[id % 6] ?? "a" }));
    const course = await run({ groups, events, live }, { count: 1_000, leastMs: 10_000 });
    expectAll(course, { groups, events });
    // The first reading of each, and what one finds at once when a session begins, come on top.
    const seconds = (Date.now() - course.fake.startedAt) / 1000;
    expect(calls(course, "FilterLogEvents") - 12).toBeLessThan(0.75 * half * seconds);
  });

  it("beside a group that only Insights reads, by queries that hold up nobody", async () => {
    const rare = written(30, 50, [0], { group: "rare" }).map((event, id) => ({
      ...event,
      at: event.at - 5_000,
      visibleAt: event.at - 5_000,
      message: `rare ${id % 10}`,
    }));
    const scenario = {
      groups: { g: {}, rare: { class: "INFREQUENT_ACCESS" } },
      events: [...rare, ...written(40, 50)],
      insights: { polls: 2 },
    };
    const course = await run(scenario, { count: 70, leastMs: 3_000 });
    expectAll(course, scenario);
    expect(course.shown.filter(({ by }) => by === "insights")).toHaveLength(30);
    expect(course.notes).toMatchObject([
      { code: "group-insights", message: expect.stringMatching(/^rare is .*INFREQUENT_ACCESS.*\$0\.005.*every 20 s/) },
    ]);
    expect(course.follower.groups().map(({ state }) => state)).toEqual(["followed", "followed"]);
    expect(course.follower.insights()).toEqual({ queries: 1, bytesScanned: 180 });
    expect(course.fake.calls.filter(({ body }) => String(body["logGroupIdentifiers"]).includes("rare"))).toEqual([]);
    expect(calls(course, "StartQuery")).toBe(1);
  });

  it("past one whose queries are denied, or whose filter pattern Insights cannot take", async () => {
    const scenario = { groups: { g: {}, rare: { class: "INFREQUENT_ACCESS" } }, events: written(10, 50) };
    const course = await run({ ...scenario, denied: ["StartQuery"] }, { count: 10, leastMs: 1_000 });
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["group-insights", "group-denied"]);
    expect(course.notes[1]?.message).toMatch(
      /^rare cannot be read, which for its class INFREQUENT_ACCESS takes Logs Insights: .*logs:StartQuery.*iam-policy --for tail/,
    );
    const other = await run(
      { ...scenario, events: [] },
      { leastMs: 700, count: 0, options: { pattern: "{ $.a = 1 }" } },
    );
    expect(other.notes).toMatchObject([
      { code: "group-refused", message: expect.stringMatching(/nothing like this filter pattern.*--grep/) },
    ]);
    expect([course, other].map(({ follower }) => follower.groups().at(-1)?.state)).toEqual(["denied", "refused"]);
  });
});

describe.concurrent("a tail that ends by itself", { timeout: 40_000 }, () => {
  it("waits at its end for what comes late", async () => {
    const scenario = { groups: { g: {} }, events: written(100, 50, [0, 3_000]) };
    const to = Date.now() + 3_000;
    const course = await run(scenario, { options: { to } });
    const within = scenario.events.filter(({ at }) => course.fake.startedAt + at <= to);
    expectAll(course, { ...scenario, events: within });
    expect(course.follower.groups()[0]?.verifiedTo).toBe(to);
    expect(codes(course)).toContain("until-waits");
  });

  it("reads a backlog once over: empty pages, and a token that is refused", async () => {
    const events = written(2_000, 1, [0]).map((event) => ({
      ...event,
      at: event.at - 9_000 - (event.at % 5),
      visibleAt: -5_000,
    }));
    const scenario = { groups: { g: {} }, events, pageEvents: 130, emptyEvery: 4, tokenRefusedAt: [7, 12] };
    const course = await run(scenario, { options: { follow: false, to: Date.now() } });
    expectAll(course, scenario);
    expect(course.shown.every(({ lateMs }) => lateMs === 0)).toBe(true);
  });

  it("when it comes nine minutes after it was logged", async () => {
    const events = written(40, 100).map((event, id) =>
      id === 0 ? { ...event, at: -540_000, visibleAt: 1_500 } : event,
    );
    let passed = 0;
    const scenario = { groups: { g: {} }, events };
    const course = await run(scenario, {
      options: { poll: true },
      count: 40,
      reader: { clock: { ...systemClock, now: () => systemClock.now() + passed } },
      async show(_events, { shown }) {
        // A wide sweep is due a minute after the first one.
        if (shown.length > 25) passed = 61_000;
      },
    });
    expect(course.shown.map(({ event }) => event.message).toSorted()).toEqual(
      events.map(({ message }) => message).toSorted(),
    );
  });

  it("and none from before it begins, whoever brings it", async () => {
    const events = written(40, 100).map((event, id) =>
      id === 3 ? { ...event, at: -7_200_000, visibleAt: 2_500 } : event,
    );
    const options = { from: Date.now() - 60_000 };
    const course = await run({ groups: { g: {} }, events }, { count: 39, leastMs: 5_000, options });
    expect(course.shown).toHaveLength(39);
    expect(course.shown.some(({ event }) => event.message === "event 3")).toBe(false);
  });

  it("and says that this machine's clock is off where it moves what is asked for", async () => {
    const scenario = { groups: { g: {} }, events: [] };
    const slow = { ...systemClock, now: () => systemClock.now() - 3_600_000 };
    const course = await run(scenario, { options: { follow: false, to: Date.now() }, reader: { clock: slow } });
    expect(codes(course)).toEqual(["clock"]);
    expect(course.notes[0]?.message).toContain("this machine's clock is 60 min behind CloudWatch's");
  });

  it("asks for the next page of a backlog while one is shown", async () => {
    const half = 6_000;
    const events = written(2 * half, 1, [0], { message: "m".repeat(120) }).map((event) => ({
      ...event,
      at: event.at - 60_000,
      visibleAt: -40_000,
    }));
    let asked = 0;
    const scenario = { groups: { g: {} }, events, pageEvents: half };
    const course = await run(scenario, {
      options: { follow: false, to: Date.now() },
      async show(_events, { fake, shown }) {
        if (shown.length < 0.9 * half) asked = fake.calls.length;
      },
    });
    expectAll(course, scenario);
    expect(asked).toBe(2);
  });

  it("goes on with a backlog whose reading broke off", async () => {
    const events = written(1_500, 100).map((event) => ({ ...event, at: event.at - 560_000, visibleAt: -400_000 }));
    const unreachable: { from: number; to: number }[] = [];
    const scenario = { groups: { g: {} }, events, pageEvents: 100, unreachable, delayMs: 100 };
    const course = await run(scenario, {
      options: { follow: false, to: Date.now() },
      async show(_events, { fake, shown }) {
        const from = Date.now() - fake.startedAt;
        if (shown.length > 600 && unreachable.length === 0) unreachable.push({ from, to: from + 1_500 });
      },
    });
    expectAll(course, scenario);
    expect(codes(course)).toEqual(["unreachable", "reachable"]);
  });

  it("takes no token that is a day old, and goes on from the time it has come to", async () => {
    const events = written(1_000, 100).map((event) => ({ ...event, at: event.at - 560_000, visibleAt: -400_000 }));
    const scenario = { groups: { g: {} }, events, pageEvents: 100 };
    let passed = 0;
    const course = await run(scenario, {
      options: { follow: false, to: Date.now() },
      reader: { clock: { ...systemClock, now: () => systemClock.now() + passed } },
      async show(_events, { shown }) {
        if (shown.length > 300) passed = 24 * 3_600_000;
      },
    });
    expectAll(course, scenario);
    const begun = course.fake.calls.filter(({ body }) => body["nextToken"] === undefined);
    expect(begun).toHaveLength(2);
    expect(begun[1]?.body["startTime"]).toBeGreaterThan(course.fake.startedAt - 560_000 + 30_000);
  });

  it("puts the backlogs of several groups into one order", async () => {
    const events = written(3_000, 2, [0]).map((event, id) => ({
      ...event,
      group: ["g", "h", "i", "j", "k", "l"][id % 6] ?? "g",
      at: event.at - 60_000,
      visibleAt: event.at - 60_000,
    }));
    const groups = { g: {}, h: {}, i: {}, j: {}, k: {}, l: {}, empty: {} };
    const scenario = { groups, events, pageEvents: 100 };
    const course = await run(scenario, { options: { follow: false, to: Date.now() } });
    expectAll(course, scenario);
    expect(course.shown.every(({ lateMs }) => lateMs === 0)).toBe(true);
  });

  it("reads what only Insights reads once over: in parts, through queries that fail, are refused or take too long", async () => {
    const events = written(1_200, 50).map((event, id) => ({
      ...event,
      group: id % 3 === 0 ? "g" : "rare",
      at: event.at - 61_000,
      visibleAt: -1_000,
      message: id % 4 === 0 ? "same" : `event ${id}`,
    }));
    const scenario = {
      groups: { g: {}, rare: { class: "INFREQUENT_ACCESS" } },
      events,
      pageEvents: 50,
      insights: { longestSeconds: 300, refusedFirst: 1, failedFirst: 1 },
    };
    const course = await run(scenario, {
      options: { follow: false, to: Date.now() },
      reader: { times: { mostRows: 100 } },
    });
    expectAll(course, scenario);
    expect(course.shown.every(({ lateMs }) => lateMs === 0)).toBe(true);
    expect(codes(course)).toEqual(["group-insights", "throttled"]);
    expect(calls(course, "StartQuery")).toBeGreaterThan(8);
    expect(course.follower.groups()[1]?.verifiedTo).toBeGreaterThan(course.fake.startedAt - 45_000);
  });

  it("does not begin without credentials that hold", async () => {
    const scenario = { groups: { g: {} }, events: [], expired: [{ from: 0, to: 60_000 }] };
    const error = await run(scenario).catch((thrown: unknown) => thrown);
    expect(isTailStopped(error)).toBe(true);
  });
});
