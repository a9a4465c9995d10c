import { afterEach, describe, expect, it } from "vitest";
import { insightsQuery } from "../../src/logs/insights-query.ts";
import { scanTerms } from "../../src/logs/scan-terms.ts";
import { signatures } from "../../src/logs/signatures/index.ts";
import type { InsightsResult } from "../../src/source/insights.ts";
import { createLogReader, type LogReader } from "../../src/source/log-reader.ts";
import { fakeAws, jsonError, type Answer, type Call, type FakeAws } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

interface LogEvent {
  readonly group: string;
  readonly timestamp: number;
  readonly message: string;
}

interface ServiceOptions {
  /** The most rows that a query returns, whatever limit it was given; results have no further pages then. */
  readonly cap?: number;
  /** Refuses a limit above one page's rows, as the service once did. */
  readonly refusesLargeLimits?: boolean;
  readonly missing?: readonly string[];
  readonly denied?: readonly string[];
  /** Times a query is said to be still running. */
  readonly polls?: number;
  /** Ends queries over more than so many seconds as timed out. */
  readonly longest?: number;
}

interface StartQuery {
  readonly logGroupNames?: readonly string[];
  readonly logGroupIdentifiers?: readonly string[];
  readonly startTime: number;
  readonly endTime: number;
  readonly queryString: string;
  readonly limit: number;
}

/** A service that runs the queries of the reader over events, as far as it can read them. */
async function service(events: readonly LogEvent[], options: ServiceOptions = {}) {
  const queries: StartQuery[] = [];
  const polled = new Map<string, number>();
  const answer = (call: Call): Answer => {
    const body = JSON.parse(call.body) as Record<string, unknown>;
    switch (call.operation) {
      case "StartQuery": {
        const query = body as unknown as StartQuery;
        const groups = query.logGroupNames ?? query.logGroupIdentifiers ?? [];
        if (groups.length > 50) return jsonError("InvalidParameterException", "at most 50 log groups");
        if (options.refusesLargeLimits === true && query.limit > 10_000)
          return jsonError("InvalidParameterException", "limit must be at most 10000");
        const gone = groups.find((group) => options.missing?.includes(group));
        if (gone !== undefined) return jsonError("ResourceNotFoundException", `${gone} does not exist`);
        if (groups.some((group) => options.denied?.includes(group)))
          return jsonError("AccessDeniedException", "not authorized to perform: logs:StartQuery");
        queries.push(query);
        return { json: { queryId: String(queries.length - 1) } };
      }
      case "GetQueryResults": {
        const id = String(body["queryId"]);
        const query = queries[Number(id)];
        if (query === undefined) return jsonError("ResourceNotFoundException", "no such query");
        const times = polled.get(id) ?? 0;
        polled.set(id, times + 1);
        if (times < (options.polls ?? 0)) return { json: { status: "Running", results: [] } };
        if (query.endTime - query.startTime > (options.longest ?? Number.POSITIVE_INFINITY))
          return { json: { status: "Timeout", results: [], statistics: { bytesScanned: 1 } } };
        const expression = new RegExp(/like \/(.*)\/$/m.exec(query.queryString)?.[1] ?? "");
        const rows = events
          .filter(({ group }) => (query.logGroupNames ?? query.logGroupIdentifiers ?? []).includes(group))
          .filter(({ timestamp }) => timestamp >= query.startTime * 1000 && timestamp < query.endTime * 1000 + 1000)
          .filter(({ message }) => expression.test(message))
          .toSorted((a, b) => a.timestamp - b.timestamp)
          .slice(0, Math.min(query.limit, options.cap ?? Number.POSITIVE_INFINITY));
        const from = Number(body["nextToken"] ?? 0);
        const results = rows.slice(from, from + 10_000).map(({ group, timestamp, message }) => [
          { field: "@timestamp", value: new Date(timestamp).toISOString().replace("T", " ").replace("Z", "") },
          { field: "@message", value: message },
          { field: "@logStream", value: "2026/11/23/[$LATEST]a" },
          { field: "@log", value: `111122223333:${group}` },
        ]);
        const more = from + 10_000 < rows.length ? { nextToken: String(from + 10_000) } : {};
        return { json: { status: "Complete", results, statistics: { bytesScanned: 1_000 }, ...more } };
      }
      default:
        return { json: {} };
    }
  };
  const aws = await fakeAws(answer);
  open.push(aws);
  return { aws, queries };
}

function readerOf(aws: FakeAws, signal = new AbortController().signal): LogReader {
  const env = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
  const options = {
    region: "us-east-1",
    profile: undefined,
    endpointUrl: aws.endpoint,
    timeoutMs: 60_000,
    env,
    signal,
  };
  const reader = createLogReader(options);
  open.push(reader);
  return reader;
}

const begin = Date.parse("2026-11-23T09:00:00.000Z");
const at = (second: number, ms = 0): number => begin + second * 1000 + ms;
const failure = (group: string, timestamp: number, n: number): LogEvent => ({
  group,
  timestamp,
  message: `[ERROR] KeyError: 'k${n}'`,
});

async function searched(aws: FakeAws, groups: readonly string[], from: number, to: number) {
  const rows: { readonly group: string | undefined; readonly message: string; readonly timestamp: number }[] = [];
  const result: InsightsResult = await readerOf(aws).insights({ groups, from, to }, (event) => rows.push(event));
  return { rows, result };
}

describe("the query", () => {
  it("finds what each signature matches, and keeps within what StartQuery takes", () => {
    const expression = new RegExp(/like \/(.*)\/$/m.exec(insightsQuery(10))?.[1] ?? "$^");
    expect(insightsQuery(100_000).length).toBeLessThan(10_000);
    for (const term of scanTerms) expect(expression.test(`before ${term} after`)).toBe(true);
    for (const { id, matches } of signatures)
      for (const text of matches) expect(expression.test(text), `${id}: ${text}`).toBe(true);
    expect(expression.test("START RequestId: 6f1c Version: $LATEST")).toBe(false);
  });
});

describe("a search by Insights", { timeout: 60_000 }, () => {
  it("asks in seconds for what was logged between two milliseconds, and waits for the result", async () => {
    const events = [at(0, 100), at(0, 600), at(5, 300), at(5, 301)].map((time, n) => failure("g", time, n));
    const { aws, queries } = await service([...events, { group: "g", timestamp: at(0, 700), message: "all is well" }], {
      polls: 2,
    });
    const { rows, result } = await searched(aws, ["g"], at(0, 500), at(5, 300));
    expect(rows.map(({ message }) => message)).toEqual(["[ERROR] KeyError: 'k1'", "[ERROR] KeyError: 'k2'"]);
    expect(rows[0]).toMatchObject({ group: "g", timestamp: at(0, 600) });
    expect(queries[0]).toMatchObject({ startTime: at(0) / 1000, logGroupNames: ["g"] });
    expect(result).toMatchObject({ queries: 1, bytesScanned: 1_000, crowded: [] });
    expect(result.readings).toEqual([{ group: "g", reply: { status: "ok", body: { exists: true } } }]);
  });

  it("reads further pages of a result", async () => {
    const events = Array.from({ length: 23_000 }, (_, n) => failure("g", at(0, n), n));
    const { aws } = await service(events);
    const { rows, result } = await searched(aws, ["g"], at(0), at(60));
    expect([rows.length, result.queries]).toEqual([23_000, 1]);
  });

  it.each([{ cap: 10_000 }, { cap: 10_000, refusesLargeLimits: true }])(
    "halves the time of a result that was cut off, and counts each event once: %j",
    async (options) => {
      const events = Array.from({ length: 24_000 }, (_, n) => failure("g", at(0, n * 3), n));
      const { aws } = await service(events, options);
      const { rows, result } = await searched(aws, ["g"], at(0), at(71, 999));
      expect(new Set(rows.map(({ message }) => message)).size).toBe(24_000);
      expect(rows.length).toBe(24_000);
      expect(result.queries).toBeGreaterThan(2);
      expect(result.crowded).toEqual([]);
    },
  );

  it("says where one second holds more than a query returns", async () => {
    const events = Array.from({ length: 12_000 }, (_, n) => failure("g", at(3, n % 900), n));
    const { aws } = await service(events, { cap: 10_000 });
    const { rows, result } = await searched(aws, ["g"], at(0), at(7));
    expect(rows.length).toBe(10_000);
    expect(result.crowded).toEqual([at(3) / 1000]);
  });

  it("halves the time of a query that the service gives up", async () => {
    const events = [1, 30, 59].map((second, n) => failure("g", at(second), n));
    const { aws } = await service(events, { longest: 20 });
    const { rows } = await searched(aws, ["g"], at(0), at(59));
    expect(rows.length).toBe(3);
  });

  it("puts 50 groups into a query; one that is missing or forbidden fails alone", async () => {
    const groups = Array.from({ length: 60 }, (_, n) => `g${n}`);
    const { aws, queries } = await service(
      groups.map((group, n) => failure(group, at(1), n)),
      { missing: ["g7"], denied: ["g55"] },
    );
    const { rows, result } = await searched(aws, groups, at(0), at(2));
    expect(rows.length).toBe(58);
    expect(new Set(rows.map(({ group }) => group)).size).toBe(58);
    expect(Math.max(...queries.map(({ logGroupNames = [] }) => logGroupNames.length))).toBeLessThanOrEqual(50);
    const odd = result.readings.filter(({ reply }) => reply.status !== "ok" || !reply.body.exists);
    expect(odd.map(({ group, reply }) => [group, reply.status])).toEqual([
      ["g7", "ok"],
      ["g55", "denied"],
    ]);
    expect(odd[1]?.reply).toMatchObject({ action: "logs:StartQuery" });
  });

  it("names groups by their ARNs where one was asked for", async () => {
    const arn = "arn:aws:logs:us-east-1:111122223333:log-group:g";
    const { aws, queries } = await service([failure(arn, at(1), 1)]);
    const { rows } = await searched(aws, [arn], at(0), at(2));
    expect(rows[0]).toMatchObject({ group: arn });
    expect(queries[0]).toMatchObject({ logGroupIdentifiers: [arn] });
  });

  it("stops a query that nobody waits for any more", async () => {
    const { aws } = await service([], { polls: 1_000 });
    const interrupted = new AbortController();
    const reader = readerOf(aws, interrupted.signal);
    const search = reader.insights({ groups: ["g"], from: at(0), to: at(9) }, () => {});
    await expect.poll(() => aws.calls.some(({ operation }) => operation === "GetQueryResults")).toBe(true);
    interrupted.abort();
    const { readings } = await search;
    expect(readings[0]?.reply.status).not.toBe("ok");
    await expect.poll(() => aws.calls.map(({ operation }) => operation)).toContain("StopQuery");
  });
});

describe("a group of the class INFREQUENT_ACCESS", () => {
  it("is told from a group that is refused for another reason", async () => {
    const answer = (call: Call): Answer => {
      if (call.operation === "DescribeLogGroups") {
        const logGroups = [
          { logGroupName: "/app/cold", logGroupClass: "INFREQUENT_ACCESS" },
          { logGroupName: "/app/cold-not", logGroupClass: "STANDARD" },
        ];
        const { logGroupNamePrefix } = JSON.parse(call.body) as { logGroupNamePrefix: string };
        return { json: { logGroups: logGroups.filter((group) => group.logGroupName.startsWith(logGroupNamePrefix)) } };
      }
      return jsonError("InvalidParameterException", "not for this group");
    };
    const aws = await fakeAws(answer);
    open.push(aws);
    const reader = readerOf(aws);
    const read = (group: string) => reader.read({ group, from: at(0), to: at(9), parts: 1 }, () => {});
    expect(await read("/app/cold")).toEqual({ status: "ok", body: { exists: true, onlyInsights: true } });
    expect(await read("/app/cold-not")).toMatchObject({ status: "failed" });
  });
});
