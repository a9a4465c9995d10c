// Searching log groups where they lie: CloudWatch Logs Insights, the query being made from the signatures.
import type { Reply } from "../core/reply.ts";
import { insightsQuery } from "../logs/insights-query.ts";
import { timestampIn } from "../logs/scan-line.ts";
import type { Aws } from "./aws.ts";
import type { Clock } from "./clock.ts";
import { kindOf } from "./errors.ts";
import { fewAtOnce } from "./few-at-once.ts";
import { createQueries, fieldsOf, lastOf, QueryFailed, startAction } from "./insights-run.ts";

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

/** StartQuery takes so many groups. */
export const groupsAQuery = 50;
/** Queries under way at once; an account and region may run 100 (30 with older quotas), and others want some. */
const queriesAtOnce = 8;

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
  const queries = createQueries(aws, clock, insightsQuery);

  /** Reads whole seconds, both inclusive, halving them as long as they hold too much. */
  async function read(groups: readonly string[], from: number, to: number): Promise<void> {
    // The end is inclusive, but not said to be so for the milliseconds behind it: one second more is asked for.
    const outcome = await turns(() => queries.run(groups, from, to + 1));
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
    const query = queries.count;
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
            : aws.reply(error, startAction, "CLOUDWATCH_LOGS");
      return groups.map((group) => ({ group, reply }));
    }
  }

  const readings = await Promise.all(chunksOf(search.groups).map(readGroups));
  return { readings: readings.flat(), bytesScanned: queries.bytesScanned, queries: queries.count, crowded };
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
