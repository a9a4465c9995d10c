// One query of CloudWatch Logs Insights after another: started, waited for, read page by page, stopped when nobody waits.
import type { ResultField } from "@aws-sdk/client-cloudwatch-logs";
import { insightsPage, insightsRows } from "../logs/insights-query.ts";
import { timestampIn } from "../logs/scan-line.ts";
import type { Aws } from "./aws.ts";
import type { Clock } from "./clock.ts";
import { factsOf, kindOf } from "./errors.ts";

export const startAction = "logs:StartQuery";
const results = "logs:GetQueryResults";
const stop = "logs:StopQuery";
const quota = "logs.insights";
const firstWait = 200;
const longestWait = 2_000;

export type Fields = Readonly<Record<string, string | undefined>>;

/** `full`: there may be more rows than these. `too-long`: the service gave it up for the time it took. */
export type Outcome =
  | { readonly kind: "rows"; readonly rows: readonly (readonly ResultField[])[]; readonly full: boolean }
  | { readonly kind: "too-long" };

/** Thrown for a query that the service gave up for its own reasons. */
export class QueryFailed extends Error {
  override readonly name = "QueryFailed";
}

export const fieldsOf = (row: readonly ResultField[]): Fields =>
  Object.fromEntries(row.map(({ field, value }) => [field ?? "", value]));

/** When the last of the rows was logged, in milliseconds since 1970. */
export function lastOf(rows: readonly (readonly ResultField[])[]): number {
  return timestampIn(fieldsOf(rows.at(-1) ?? [])["@timestamp"] ?? "") ?? Number.NEGATIVE_INFINITY;
}

export interface Queries {
  /**
   * Runs one query over groups (names or ARNs, 50 at most) to its end. Times are seconds since 1970, both inclusive.
   * @throws what the SDK throws, and QueryFailed
   */
  run(groups: readonly string[], from: number, to: number): Promise<Outcome>;
  /** Queries so far, and what the service has gone through for them and charges for. */
  readonly count: number;
  readonly bytesScanned: number;
}

/**
 * @param textOf the query, for so many rows at most
 * @param most rows that a query is asked for
 */
export function createQueries(
  aws: Aws,
  clock: Clock,
  textOf: (limit: number) => string,
  most: number = insightsRows,
): Queries {
  let bytesScanned = 0;
  let queries = 0;
  let limit = most;

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
      queryString: textOf(asked),
      limit: asked,
    });
    try {
      const { queryId } = await aws.send(startAction, quota, (how) => client.send(command, how));
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

  return {
    run,
    get count() {
      return queries;
    },
    get bytesScanned() {
      return bytesScanned;
    },
  };
}
