// Reading one log group of the class INFREQUENT_ACCESS, once over: nothing but Logs Insights reads those.
import type { ResultField } from "@aws-sdk/client-cloudwatch-logs";
import type { TailEvent } from "../../core/tail.ts";
import { timestampIn } from "../../logs/scan-line.ts";
import { fieldsOf, lastOf, QueryFailed, type Outcome, type Queries } from "../insights-run.ts";
import { mayRead, serverNow, until, type Follow, type GroupState } from "./state.ts";
import { found, verify } from "./sweep.ts";

/** Between two queries of a group, in milliseconds: each takes seconds, and is charged by what it goes through. */
export const queryEveryMs = 20_000;
/** Groups have a query each; so many milliseconds lie between two of them, so that others find the quota free. */
const queryEachMs = 1_000;
/** What Insights finds may be some seconds younger than what was ingested: a query goes back at least so far, in milliseconds. */
const leastBackMs = 40_000;
/** How far back a query goes now and then for what comes later, and how much time lies between two of those, in milliseconds. */
const wideMs = 300_000;
const wideEveryMs = 150_000;
/** Nobody's clock is right to the second; what claims to be of later is read once that is past, in milliseconds. */
const aheadMs = 60_000;
/** Rows that are taken in before what is due is shown. */
const step = 1_000;
/** Dollars a GB (CloudWatch pricing, most regions). */
const dollarsPerGb = 0.005;

/** Between two queries of each of so many groups, in milliseconds. */
export const queryingMs = (groups: number): number => Math.max(queryEveryMs, queryEachMs * groups);

/** How a group is followed that only Insights reads, and what that costs, in words. */
export function saidOfInsights(group: string, follows: boolean, everyMs: number): string {
  const head = `${group} is of the class INFREQUENT_ACCESS, which only Logs Insights reads, at about $${dollarsPerGb} for each GB that it goes through`;
  if (!follows) return head;
  const times = Math.ceil((everyMs + leastBackMs) / everyMs + wideMs / wideEveryMs);
  return (
    `${head}: a query every ${Math.round(everyMs / 1000)} s, which goes through all that is logged there about ` +
    `${times} times over; its events come up to about ${Math.round(everyMs / 1000) + 10} s after they were logged`
  );
}

/**
 * Reads the group from behind where the last query began, or all of it at first, and hands every event to the merge.
 * Rows come oldest first: where a query returns as many as it may, the next one begins at the second of the last of them.
 * @throws what a query throws; what was read before is kept
 */
export async function sweepByInsights(follow: Follow, group: GroupState, queries: Queries): Promise<void> {
  const { merge, options } = follow;
  const { clock, to = Number.POSITIVE_INFINITY } = options;
  const now = clock.now();
  const { sweptTo } = group;
  const wide = now >= group.wideAt;
  const backMs = Math.max(leastBackMs, merge.overlapMs(group.group, now));
  const since = sweptTo === undefined ? options.from : sweptTo - (wide ? wideMs : backMs);
  const from = Math.ceil(Math.max(options.from, merge.horizon(group.group), since));
  const begunAt = serverNow(follow);
  const last = Math.floor(Math.min(to, begunAt + aheadMs) / 1000);
  if (sweptTo === undefined) group.frontier = from;
  let span = Number.POSITIVE_INFINITY;
  for (let second = Math.floor(from / 1000); second <= last;) {
    const end = Math.min(last, second + span);
    // The end is inclusive, but not said to be so for the milliseconds behind it: one second more is asked for.
    const outcome = await queries.run([group.group], second, end + 1);
    follow.answered = true;
    if (outcome.kind === "too-long") {
      if (end === second)
        throw new QueryFailed("CloudWatch Logs Insights does not get through one second of that log.");
      span = Math.floor((end - second) / 2);
      continue;
    }
    await takeIn(follow, group, outcome, { from, to, begunAt, query: queries.count });
    second = next(outcome, second, end, () => crowded(follow, group, second));
  }
  follow.signal.throwIfAborted();
  found(follow, group);
  verify(follow, group, { from, begunAt, overlapMs: backMs });
  group.sweptTo = begunAt;
  group.frontier = undefined;
  if (sweptTo === undefined || wide) group.wideAt = clock.now() + wideEveryMs;
  merge.forget(group.group, begunAt - wideMs, begunAt - leastBackMs);
  follow.wake();
}

/** The second at which the next query begins. */
function next({ rows, full }: Rows, second: number, end: number, isCrowded: () => void): number {
  if (!full) return end + 1;
  const reached = Math.floor(lastOf(rows) / 1000);
  // Where the last row is of the second more, none of those before it is missing.
  if (reached > end) return end + 1;
  if (reached > second) return reached;
  isCrowded();
  return second + 1;
}

type Rows = Extract<Outcome, { kind: "rows" }>;

function crowded({ options: { note } }: Follow, group: GroupState, second: number): void {
  const at = new Date(second * 1000).toISOString().slice(0, 19).replace("T", " ");
  note({
    code: "group-crowded",
    message: `${group.group}: at ${at} UTC more was logged in one second than a query of Logs Insights returns; the rest of it is not shown`,
    group: group.group,
  });
}

interface Reading {
  /** Milliseconds since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly begunAt: number;
  readonly query: number;
}

async function takeIn(
  follow: Follow,
  group: GroupState,
  { rows }: Rows,
  { from, to, begunAt, query }: Reading,
): Promise<void> {
  const { merge, options } = follow;
  for (let place = 0; place < rows.length; place += step) {
    if (!mayRead(follow, group)) await until(follow, () => mayRead(follow, group));
    follow.signal.throwIfAborted();
    let newest: number | undefined;
    for (const row of rows.slice(place, place + step)) {
      const event = eventOf(row, group.group);
      if (event === undefined || event.timestamp < from || event.timestamp > to) continue;
      newest = event.timestamp;
      merge.queried(query, event, options.clock.now(), group.sweptTo, "insights");
    }
    if (newest !== undefined && group.frontier !== undefined) group.frontier = newest;
    // What lies behind is never asked for again, but for the second at which the next query begins.
    if (newest !== undefined && group.sweptTo === undefined) {
      const [before, needed] = options.follow ? [begunAt - wideMs, begunAt - leastBackMs] : [newest, newest];
      merge.forget(group.group, Math.min(newest - 1_000, before), Math.min(newest - 1_000, needed));
    }
    await follow.round();
  }
}

function eventOf(row: readonly ResultField[], group: string): TailEvent | undefined {
  const fields = fieldsOf(row);
  const timestamp = timestampIn(fields["@timestamp"] ?? "");
  const message = fields["@message"];
  if (timestamp === undefined || message === undefined) return undefined;
  return {
    group,
    stream: fields["@logStream"] ?? "",
    timestamp,
    ingestionTime: timestampIn(fields["@ingestionTime"] ?? "") ?? timestamp,
    message,
    eventId: undefined,
  };
}
