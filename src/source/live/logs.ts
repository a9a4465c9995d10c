import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Reply } from "../../core/reply.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { logErrors, logRequest } from "../../facts/requests/logs.ts";
import { cloudwatchErrorFilter } from "../../logs/cloudwatch-filter.ts";
import type { AggregatedEvent } from "../../logs/shape.ts";
import { isAws } from "../endpoints.ts";
import { answered, present, whenMissing, type LiveContext } from "./context.ts";

const action = "logs:FilterLogEvents";
const missing = whenMissing({ exists: false } as const);

/** What one reading of a log group may cost: pages hold up to 10,000 events or 1 MB of what was searched. */
interface Bounds {
  readonly pages: number;
  readonly events: number;
  /** Milliseconds. */
  readonly time: number;
}

const errorBounds: Bounds = { pages: 60, events: 20_000, time: 30_000 };
const requestBounds: Bounds = { pages: 5, events: 20_000, time: 5_000 };

interface Reading {
  readonly events: readonly FilteredLogEvent[];
  readonly truncated: boolean;
}

export function answerLogErrors(context: LiveContext): Answer<typeof logErrors> {
  return ({ group, functionName, from, to }) =>
    answered<BodyOf<typeof logErrors>>(
      context,
      action,
      "CLOUDWATCH_LOGS",
      async () => {
        const { events, truncated } = await readGroup(context, errorBounds, {
          group,
          from: Date.parse(from),
          to: Date.parse(to),
          filterPattern: filterPatternAt(context.aws.endpoint("CLOUDWATCH_LOGS")),
        });
        const own = ownEvents(events, functionName);
        if (own.length === 0) return { exists: true, scanned: 0, truncated, groups: [] };
        // Where nothing was logged, the signatures are not even loaded.
        const { groupsOf } = await import("./log-groups.ts");
        const groups = groupsOf(own.map(toAggregate), context.vault);
        return { exists: true, scanned: own.length, truncated, groups };
      },
      missing,
    );
}

/**
 * The filter for errors where AWS itself answers. Emulators read filter patterns each in their own way, and their logs are
 * short: there everything is read.
 */
export function filterPatternAt(endpoint: string | undefined): string | undefined {
  return isAws(endpoint) ? cloudwatchErrorFilter : undefined;
}

async function readGroup(
  { aws, clock }: LiveContext,
  bounds: Bounds,
  asked: {
    readonly group: string;
    readonly from: number;
    readonly to?: number | undefined;
    readonly filterPattern?: string | undefined;
  },
): Promise<Reading> {
  const { sdk, client } = await aws.logs();
  const events: FilteredLogEvent[] = [];
  const until = clock.now() + bounds.time;
  const byArn = asked.group.startsWith("arn:");
  let nextToken: string | undefined;
  for (let pages = 0; ; pages += 1) {
    if (pages > 0 && (pages >= bounds.pages || events.length >= bounds.events || clock.now() >= until)) {
      return { events, truncated: true };
    }
    const token = nextToken;
    try {
      const page = await aws.send(action, "logs.filter", (options) =>
        client.send(
          new sdk.FilterLogEventsCommand({
            ...(byArn ? { logGroupIdentifier: asked.group } : { logGroupName: asked.group }),
            startTime: asked.from,
            endTime: asked.to,
            filterPattern: asked.filterPattern,
            nextToken: token,
          }),
          options,
        ),
      );
      events.push(...(page.events ?? []));
      // A page may be empty and still not the last; a token that comes back again leads nowhere.
      if (page.nextToken === undefined || page.nextToken === token) return { events, truncated: false };
      nextToken = page.nextToken;
    } catch (error) {
      // What was read before a throttle or the run's end is still worth having.
      if (pages === 0) throw error;
      return { events, truncated: true };
    }
  }
}

/**
 * The events of one function. In a group that several share, Lambda puts the function's name into the stream's:
 * `2026/11/23/name[7]0123...`; in a group of its own the name is left out.
 */
export function ownEvents(events: readonly FilteredLogEvent[], functionName: string): FilteredLogEvent[] {
  const name = /:function:([^:]+)/.exec(functionName)?.[1] ?? functionName;
  return events.filter(({ logStreamName: stream = "" }) => {
    const owner = /^\d{4}\/\d\d\/\d\d\/([^[\]]+)\[/.exec(stream)?.[1];
    return owner === undefined || owner === name;
  });
}

function toAggregate({ timestamp = 0, message = "", logStreamName: stream }: FilteredLogEvent): AggregatedEvent {
  return { timestamp, message, ...(stream === undefined ? {} : { stream }) };
}

/** How long late events are waited for, and how often is looked, in milliseconds. Lambda's delivery usually takes seconds. */
const waitMs = 10_000;
const pollMs = [500, 1_000, 1_500, 2_000, 2_500, 2_500];
/** An init that fails may have begun before the request that met it. */
const initMs = 11_000;

export function answerLogRequest(context: LiveContext): Answer<typeof logRequest> {
  type Body = BodyOf<typeof logRequest>;
  type Report = Extract<Body, { exists: true }>["report"];
  return async ({ group, functionName }, { requestIds, sentAt }): Promise<Reply<Body>> => {
    // The group's times are AWS's; how far this machine's clock is off was seen from the smoke answers.
    const sent = Date.parse(sentAt) + context.skew.ms;
    const until = context.clock.now() + waitMs;
    const { eventsOfRequest, groupsOf, isReport, reportIn, runSince } = await import("./log-groups.ts");
    const poll = () =>
      answered<Body | { found: AggregatedEvent[] | undefined; ended: boolean; report: Report | undefined }>(
        context,
        action,
        "CLOUDWATCH_LOGS",
        async () => {
          const { events } = await readGroup(context, requestBounds, { group, from: sent - initMs });
          const own = ownEvents(events, functionName).map(toAggregate);
          const since = own.filter(({ timestamp }) => timestamp >= sent - 1_000);
          const found = eventsOfRequest(own, requestIds, sent);
          const run = requestIds.length > 0 ? (found ?? since) : runSince(since, sent);
          return { found, ended: run.some(isReport), report: reportIn(run) };
        },
        missing,
      );
    let quiet = 0;
    for (let tries = 0; ; tries += 1) {
      const reply = await poll();
      if (reply.status !== "ok") return reply;
      if ("found" in reply.body && reply.body.found === undefined && reply.body.ended) quiet += 1;
      // A request that ended without a complaint has none on the way: it is asked once more, and that is that.
      if (quiet > 1 && "found" in reply.body) {
        return { status: "ok", body: { exists: true, groups: [], ...present({ report: reply.body.report }) } };
      }
      if ("exists" in reply.body && !reply.body.exists) {
        // The group is made with the first event, which may be on its way.
        if (context.clock.now() >= until) return { status: "ok", body: { exists: false } };
      } else if ("found" in reply.body && (reply.body.found !== undefined || context.clock.now() >= until)) {
        const { found = [], report } = reply.body;
        return { status: "ok", body: { exists: true, groups: groupsOf(found, context.vault), ...present({ report }) } };
      }
      try {
        await context.clock.sleep(pollMs[tries] ?? 2_500, context.signal);
      } catch {
        return { status: "ok", body: { exists: true, groups: [] } };
      }
    }
  };
}
