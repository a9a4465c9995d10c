import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/source/clock.ts";
import { eventsOfRequest, reportIn, runSince } from "../../src/source/live/log-groups.ts";
import { filterPatternAt, ownEvents } from "../../src/source/live/logs.ts";
import { quotaOf } from "../../src/source/pacer.ts";
import { fakeAws, jsonError, liveAgainst, type Answer, type Call } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

/** A clock whose sleeps pass at once; its time goes on with them. */
function quickClock(start = Date.parse("2026-11-23T10:00:00.000Z")): Clock & { readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      slept.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function against(handler: (call: Call) => Answer, clock = quickClock()) {
  const aws = await fakeAws(handler);
  const live = liveAgainst(aws.endpoint, { clock });
  open.push(aws, live);
  const asked = () => aws.calls.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  return { aws, live, asked, ask: live.source.ask };
}

const at = Date.parse("2026-11-23T09:30:00.000Z");
const event = (message: string, after = 0, stream = "2026/11/23/[$LATEST]a", id = message) => ({
  logStreamName: stream,
  timestamp: at + after,
  ingestionTime: at + after + 900,
  message,
  eventId: id,
});
const missing =
  "[ERROR] Runtime.ImportModuleError: Unable to import module 'handler': No module named 'pg8000'\nTraceback (most recent call last):\n";
const window = {
  group: "/aws/lambda/f",
  functionName: "f",
  from: "2026-11-23T09:00:00.000Z",
  to: "2026-11-23T10:00:00.000Z",
};

describe("logs.errors", () => {
  it("reads every page, empty ones and all, over the window", async () => {
    const pages: Answer[] = [
      { json: { events: [], nextToken: "t1" } },
      { json: { events: [event(missing)], nextToken: "t2" } },
      { json: { events: [], nextToken: "t3" } },
      { json: { events: [event(missing, 60_000), event("[ERROR] KeyError: 'sparkline'\nTraceback", 61_000)] } },
    ];
    const { ask, asked } = await against(
      ({ earlier }) => pages[earlier] ?? jsonError("InvalidParameterException", "no such page"),
    );
    const reply = await ask({ kind: "logs.errors", params: window });
    expect(reply).toMatchObject({
      status: "ok",
      body: {
        exists: true,
        scanned: 3,
        truncated: false,
        groups: [
          {
            count: 2,
            first: "2026-11-23T09:30:00.000Z",
            last: "2026-11-23T09:31:00.000Z",
            example: expect.stringContaining("pg8000"),
          },
          { count: 1, example: expect.stringContaining("sparkline") },
        ],
      },
    });
    expect(asked()).toMatchObject([
      {
        logGroupName: "/aws/lambda/f",
        startTime: Date.parse(window.from),
        endTime: Date.parse(window.to),
      },
      { nextToken: "t1" },
      { nextToken: "t2" },
      { nextToken: "t3" },
    ]);
  });

  it("stops at its bound on pages and says so", async () => {
    const { ask, aws } = await against(({ earlier }) => ({
      json: { events: [event(missing, earlier * 20_000)], nextToken: `t${earlier}` },
    }));
    expect(await ask({ kind: "logs.errors", params: window })).toMatchObject({
      status: "ok",
      body: { truncated: true },
    });
    expect(aws.calls.length).toBeLessThanOrEqual(60);
    expect(aws.calls.length).toBeGreaterThan(20);
  });

  it("stops when a token comes back again", async () => {
    const { ask, aws } = await against(() => ({ json: { events: [], nextToken: "same" } }));
    expect(await ask({ kind: "logs.errors", params: window })).toMatchObject({ body: { truncated: false } });
    expect(aws.calls.length).toBe(2);
  });

  it("keeps what it read when a later page fails", async () => {
    const { ask } = await against(({ earlier }) =>
      earlier === 0
        ? { json: { events: [event(missing)], nextToken: "t" } }
        : jsonError("InvalidParameterException", "expired token"),
    );
    expect(await ask({ kind: "logs.errors", params: window })).toMatchObject({
      body: { truncated: true, groups: [{ count: 1 }] },
    });
  });

  it("a group that is not there is knowledge", async () => {
    const { ask } = await against(() =>
      jsonError("ResourceNotFoundException", "The specified log group does not exist."),
    );
    expect(await ask({ kind: "logs.errors", params: window })).toEqual({ status: "ok", body: { exists: false } });
  });

  it("masks secrets in what it keeps", async () => {
    const { ask, live } = await against(() => ({
      json: {
        events: [
          event(
            `[ERROR] OperationalError: connection to postgres://app:giraffe-42@db failed, tried giraffe-43\nTraceback`,
          ),
        ],
      },
    }));
    live.vault.seal("password", "giraffe-43");
    const reply = JSON.stringify(await ask({ kind: "logs.errors", params: window }));
    expect(reply).not.toMatch(/giraffe/);
    expect(reply).toContain("(secret)");
  });

  it("asks for a group by its ARN where it is one", async () => {
    const { ask, asked } = await against(() => ({ json: { events: [] } }));
    const group = "arn:aws:logs:eu-west-1:1:log-group:/shared";
    await ask({ kind: "logs.errors", params: { ...window, group } });
    expect(asked()[0]).toMatchObject({ logGroupIdentifier: group });
  });
});

describe("the filter for errors", () => {
  it("is used where AWS answers, and not with emulators", () => {
    expect(filterPatternAt(undefined)).toContain("?ERROR");
    expect(filterPatternAt("https://vpce-1-2.logs.eu-west-1.vpce.amazonaws.com")).toContain("?ERROR");
    expect(filterPatternAt("http://127.0.0.1:4566")).toBeUndefined();
  });
});

describe("a group that several functions share", () => {
  it.each([
    ["2026/11/23/[$LATEST]abc", true],
    ["2026/11/23/f[7]abc", true],
    ["2026/11/23/g[7]abc", false],
    ["2026/11/23/f-2[$LATEST]abc", false],
    ["anything-else", true],
  ])("the stream %s is the function's own: %s", (stream, own) => {
    expect(ownEvents([event("x", 0, stream)], "f").length === 1).toBe(own);
    expect(ownEvents([event("x", 0, stream)], "arn:aws:lambda:eu-west-1:1:function:f:live").length === 1).toBe(own);
  });
});

describe("logs.request", () => {
  const id = "7c1e0000-0000-4000-8000-000000000001";
  const params = { group: "/aws/lambda/f", functionName: "f", tool: "x", case: "default", attempt: 1 };
  const sentAt = new Date(at).toISOString();
  const report = (of: string) =>
    `REPORT RequestId: ${of}\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 256 MB\tMax Memory Used: 60 MB\t\n`;

  it("waits for the request's REPORT, and takes the error between the requests before and after", async () => {
    const before = [
      event("START RequestId: other\n", -5_000),
      event("[ERROR] KeyError: 'older'\nTraceback", -4_900),
      event(report("other"), -4_800),
    ];
    const own = [
      event(`START RequestId: ${id} Version: $LATEST\n`, 100),
      event("[ERROR] TypeError: 'Cursor' object does not support the context manager protocol\nTraceback", 200),
    ];
    const later = [event(report(id), 300), event("[ERROR] KeyError: 'younger'\nTraceback", 400)];
    const { ask, aws } = await against(({ earlier }) => ({
      json: { events: earlier < 2 ? [...before, ...own] : [...before, ...own, ...later] },
    }));
    const reply = await ask({ kind: "logs.request", params, how: { requestIds: [id], sentAt } });
    expect(reply).toMatchObject({
      status: "ok",
      body: { exists: true, groups: [{ count: 1, example: expect.stringContaining("Cursor") }] },
    });
    expect(aws.calls.length).toBe(3);
  });

  it("without a match of the id, takes the errors since the sending once an invocation ended", async () => {
    const events = [
      event("[ERROR] KeyError: 'older'\nTraceback", -60_000),
      event(missing, 500),
      event(report("unknown"), 600),
    ];
    const { ask } = await against(() => ({ json: { events } }));
    const reply = await ask({ kind: "logs.request", params, how: { requestIds: ["an-id-of-the-gateway"], sentAt } });
    expect(reply).toMatchObject({ body: { exists: true, groups: [{ example: expect.stringContaining("pg8000") }] } });
    expect(JSON.stringify(reply)).not.toContain("older");
  });

  it("gives up within its bound when nothing comes", async () => {
    const clock = quickClock();
    const { ask } = await against(() => ({ json: { events: [] } }), clock);
    expect(await ask({ kind: "logs.request", params, how: { requestIds: [id], sentAt } })).toEqual({
      status: "ok",
      body: { exists: true, groups: [] },
    });
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(14_000);
  });

  it("a group that never appears does not exist", async () => {
    const { ask } = await against(() => jsonError("ResourceNotFoundException", "no"));
    expect(await ask({ kind: "logs.request", params, how: { requestIds: [id], sentAt } })).toEqual({
      status: "ok",
      body: { exists: false },
    });
  });

  it("finds the init's error, which has no id, in JSON logs too", () => {
    const events = [
      { timestamp: 1, message: `{"time":"x","type":"platform.initStart","record":{}}`, stream: "s" },
      {
        timestamp: 2,
        message: `{"timestamp":"x","log_level":"ERROR","errorMessage":"No module named 'pg8000'","errorType":"Runtime.ImportModuleError"}`,
        stream: "s",
      },
      { timestamp: 3, message: `{"time":"x","type":"platform.start","record":{"requestId":"${id}"}}`, stream: "s" },
      {
        timestamp: 4,
        message: `{"time":"x","type":"platform.report","record":{"requestId":"${id}","status":"error"}}`,
        stream: "s",
      },
    ];
    expect(eventsOfRequest(events, [id], 0)?.length).toBe(4);
    expect(eventsOfRequest(events.slice(0, 3), [id], 0)).toBeUndefined();
  });
});

describe("the run behind a request that got no answer", () => {
  const id = "8f14e45f-ceea-467f-a830-92a5c1d0a001";
  const line = (timestamp: number, stream: string, message: string) => ({ timestamp, stream, message });
  const report = (ms: number, init: string) =>
    `REPORT RequestId: ${id}\tDuration: ${ms}.00 ms\tBilled Duration: ${ms} ms\tMemory Size: 256 MB\tMax Memory Used: 80 MB\t${init}`;
  const events = [
    line(100, "one", "INIT_START Runtime Version: python:3.12.v1"),
    line(4_300, "one", `START RequestId: ${id} Version: $LATEST`),
    line(4_400, "one", report(90, "Init Duration: 4150.00 ms")),
    line(3_600, "two", "INIT_START Runtime Version: python:3.12.v1"),
    line(7_500, "one", `START RequestId: ${id} Version: $LATEST`),
    line(7_600, "one", report(80, "")),
    line(7_900, "two", report(95, "Init Duration: 4200.00 ms")),
  ];

  it.each([
    [0, 4150],
    [3_500, 4200],
    [7_480, undefined],
  ])("that was sent at %d is the one that starts then, whichever reports first", (sentAt, initMs) => {
    const since = events.filter(({ timestamp }) => timestamp >= sentAt - 1_000);
    expect(reportIn(runSince(since, sentAt))?.initMs).toBe(initMs);
  });

  it("is everything there is where none starts", () => {
    expect(runSince(events.slice(6), 9_000)).toEqual(events.slice(6));
  });
});

describe("the quota of FilterLogEvents", () => {
  it.each([
    ["us-east-1", 25],
    ["eu-west-1", 10],
    ["eu-central-1", 5],
    ["il-central-1", 5],
  ])("in %s is %d a second", (region, perSecond) => {
    expect(quotaOf("logs.filter", region).perSecond).toBe(perSecond);
  });
});
