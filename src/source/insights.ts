// Searching log groups where they lie: CloudWatch Logs Insights, the query being made from the signatures.
import type { ResultField } from "@aws-sdk/client-cloudwatch-logs";
import type { Reply } from "../core/reply.ts";
import { insightsPage, insightsQuery, insightsRows } from "../logs/insights-query.ts";
import { timestampIn } from "../logs/scan-line.ts";
import type { Aws } from "./aws.ts";
import type { Clock } from "./clock.ts";
import { factsOf, kindOf } from "./errors.ts";
import { fewAtOnce } from "./few-at-once.ts";

export interface InsightsSearch {
  /** Names or ARNs, each once. */
  readonly groups: readonly string[];
  /** Milliseconds since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
}

/** One event, and which query returned it: within one query and stream events come in order. */
export type TakeRow = (
  event: {
    /** Name or ARN as it was asked for; undefined where the service did not say. */
    readonly group: string | undefined;
    readonly stream: string;
    readonly message: string;
    /** Milliseconds since 1970. */
    readonly timestamp: number;
  },
  query: number,
) => void;

/** How the search of one group ended; with `denied` or `failed` some of it may have been read. */
export interface InsightsReading {
  readonly group: string;
  readonly reply: Reply<{ readonly exists: boolean }>;
}

export interface InsightsResult {
  readonly readings: readonly InsightsReading[];
  /** What the service has gone through and charges for. */
  readonly bytesScanned: number;
  readonly queries: number;
  /** Seconds, since 1970, in which more was logged than one query returns: of those only the first rows were read. */
  readonly crowded: readonly number[];
}

const start = "logs:StartQuery";
const results = "logs:GetQueryResults";
const stop = "logs:StopQuery";
const quota = "logs.insights";
/** StartQuery takes so many groups. */
export const groupsAQuery = 50;
/** Queries under way at once; an account and region may run 100 (30 with older quotas), and others want some. */
const queriesAtOnce = 8;
const firstWait = 200;
const longestWait = 2_000;

type Outcome =
  | { readonly kind: "rows"; readonly rows: readonly (readonly ResultField[])[]; readonly full: boolean }
  | { readonly kind: "too-long" };

/** Thrown for a query that the service gave up for its own reasons. */
class QueryFailed extends Error {
  override readonly name = "QueryFailed";
}

const fieldsOf = (row: readonly ResultField[]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(row.map(({ field, value }) => [field ?? "", value]));

/**
 * Searches groups by Insights, 50 a query. Where a query returns as many rows as it may, or takes too long, its time is
 * halved, down to a second. Groups that are missing or forbidden fail alone: the others of their query are asked again.
 */
export async function searchInsights(
  aws: Aws,
  clock: Clock,
  search: InsightsSearch,
  take: TakeRow,
): Promise<InsightsResult> {
  const turns = fewAtOnce(queriesAtOnce);
  const crowded: number[] = [];
  let bytesScanned = 0;
  let queries = 0;
  let limit = insightsRows;

  /** Starts a query. A service that takes no more than a page's rows says so at the first one. */
  async function started(groups: readonly string[], from: number, to: number): Promise<string> {
    const { sdk, client } = await aws.logs();
    const asked = limit;
    const command = new sdk.StartQueryCommand({
      ...(groups.some((group) => group.startsWith("arn:"))
        ? { logGroupIdentifiers: [...groups] }
        : { logGroupNames: [...groups] }),
      startTime: from,
      endTime: to,
      queryString: insightsQuery(asked),
      limit: asked,
    });
    try {
      const { queryId } = await aws.send(start, quota, (how) => client.send(command, how));
      if (queryId === undefined) throw new QueryFailed("CloudWatch Logs started no query.");
      return queryId;
    } catch (error) {
      if (asked === insightsPage || !/limit|10,?000/i.test(factsOf(error).message) || kindOf(error) !== "other")
        throw error;
      limit = insightsPage;
      return started(groups, from, to);
    }
  }

  /** Runs one query to its end. */
  async function run(groups: readonly string[], from: number, to: number): Promise<Outcome> {
    const { sdk, client } = await aws.logs();
    const queryId = await started(groups, from, to);
    queries += 1;
    const rows: ResultField[][] = [];
    let over = false;
    try {
      let nextToken: string | undefined;
      for (let wait = firstWait; ;) {
        const token = nextToken;
        const page = await aws.send(results, quota, (how) =>
          client.send(
            new sdk.GetQueryResultsCommand({ queryId, ...(token === undefined ? {} : { nextToken: token }) }),
            how,
          ),
        );
        const { status = "Unknown" } = page;
        if (status === "Running" || status === "Scheduled" || status === "Unknown") {
          await clock.sleep(wait, aws.signal);
          wait = Math.min(longestWait, wait * 1.5);
          continue;
        }
        over = true;
        if (rows.length === 0) bytesScanned += page.statistics?.bytesScanned ?? 0;
        if (status === "Timeout") return { kind: "too-long" };
        if (status !== "Complete") throw new QueryFailed(`CloudWatch Logs Insights ended the query as ${status}.`);
        rows.push(...(page.results ?? []));
        if (page.nextToken === undefined || page.nextToken === token) {
          // A service that has no pages stops at one page's rows, whatever limit it was given.
          return { kind: "rows", rows, full: rows.length >= limit || rows.length === insightsPage };
        }
        nextToken = page.nextToken;
      }
    } finally {
      // What nobody waits for any more still scans, and is charged.
      if (!over) await stopQuery(queryId);
    }
  }

  async function stopQuery(queryId: string): Promise<void> {
    const { sdk, client } = await aws.logs();
    const command = new sdk.StopQueryCommand({ queryId });
    // Where the run is over its pacers and its signal let nothing through any more: this one call goes by itself.
    const call = aws.signal.aborted
      ? client.send(command, { abortSignal: AbortSignal.timeout(1_000) })
      : aws.send(stop, quota, (how) => client.send(command, how));
    await call.catch(() => undefined);
  }

  /** Reads whole seconds, both inclusive, halving them as long as they hold too much. */
  async function read(groups: readonly string[], from: number, to: number): Promise<void> {
    // The end is inclusive, but not said to be so for the milliseconds behind it: one second more is asked for.
    const outcome = await turns(() => run(groups, from, to + 1));
    // Rows come oldest first: where the last is of the second more, none of those before it is missing.
    if (outcome.kind === "too-long" || (outcome.full && lastOf(outcome.rows) <= to * 1000 + 999)) {
      if (to > from) {
        const middle = Math.floor((from + to) / 2);
        await Promise.all([read(groups, from, middle), read(groups, middle + 1, to)]);
        return;
      }
      if (outcome.kind === "too-long")
        throw new QueryFailed("CloudWatch Logs Insights does not get through one second of that log.");
      crowded.push(from);
    }
    const query = queries;
    for (const row of outcome.rows) {
      const fields = fieldsOf(row);
      const timestamp = timestampIn(fields["@timestamp"] ?? "");
      const message = fields["@message"];
      if (timestamp === undefined || message === undefined) continue;
      if (timestamp < Math.max(search.from, from * 1000) || timestamp > Math.min(search.to, to * 1000 + 999)) continue;
      take({ group: groupOf(fields["@log"], groups), stream: fields["@logStream"] ?? "", message, timestamp }, query);
    }
  }

  async function readGroups(groups: readonly string[]): Promise<readonly InsightsReading[]> {
    try {
      await read(groups, Math.floor(search.from / 1000), Math.floor(search.to / 1000));
      return groups.map((group) => ({ group, reply: { status: "ok", body: { exists: true } } }));
    } catch (error) {
      const kind = kindOf(error);
      if (groups.length > 1 && (kind === "missing" || kind === "denied")) {
        // It is refused before anything is read, so that nothing is counted twice.
        const half = Math.ceil(groups.length / 2);
        return (await Promise.all([readGroups(groups.slice(0, half)), readGroups(groups.slice(half))])).flat();
      }
      const reply: InsightsReading["reply"] =
        kind === "missing"
          ? { status: "ok", body: { exists: false } }
          : error instanceof QueryFailed
            ? { status: "failed", code: "QueryFailed", message: error.message }
            : aws.reply(error, start, "CLOUDWATCH_LOGS");
      return groups.map((group) => ({ group, reply }));
    }
  }

  const readings = await Promise.all(chunksOf(search.groups).map(readGroups));
  return { readings: readings.flat(), bytesScanned, queries, crowded };
}

function lastOf(rows: readonly (readonly ResultField[])[]): number {
  return timestampIn(fieldsOf(rows.at(-1) ?? [])["@timestamp"] ?? "") ?? Number.NEGATIVE_INFINITY;
}

function chunksOf(groups: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(groups.length / groupsAQuery);
  return Array.from({ length: count }, (_, at) => groups.slice(at * groupsAQuery, (at + 1) * groupsAQuery));
}

/** `@log` is the account and the group's name; a group may have been asked for by its ARN. */
function groupOf(log: string | undefined, groups: readonly string[]): string | undefined {
  if (groups.length === 1) return groups[0];
  const name = log?.replace(/^\d+:/, "");
  return name === undefined
    ? undefined
    : groups.find((group) => group === name || group.endsWith(`:log-group:${name}`));
}
