// What log events tell, as far as it takes the signatures to know: apart from the reading, which often finds nothing.
import type { BodyOf } from "../../facts/requests/index.ts";
import type { logErrors } from "../../facts/requests/logs.ts";
import { parseEvent } from "../../logs/event.ts";
import { looksLikeError } from "../../logs/error-filter.ts";
import { aggregate, shapeOf, type AggregatedEvent } from "../../logs/shape.ts";
import type { Vault } from "../vault.ts";

/** The errors among events by their shape, secrets masked. */
export function groupsOf(
  events: readonly AggregatedEvent[],
  vault: Vault,
): Extract<BodyOf<typeof logErrors>, { exists: true }>["groups"] {
  return aggregate(events).map(({ shape, example, count, first, last, requestIds }) => {
    const clean = vault.scrub(example);
    // A shape is made of the text itself, and the digits of a secret masked in it would no longer be recognised.
    const [again] = clean === example ? [] : aggregate([{ timestamp: first, message: clean }]);
    return {
      shape: again?.shape ?? (clean === example ? vault.scrub(shape) : shapeOf(clean)),
      example: clean,
      count,
      first: new Date(first).toISOString(),
      last: new Date(last).toISOString(),
      requestIds: [...requestIds],
    };
  });
}

/**
 * The events that belong to a request, or undefined while they are not all there. Errors seldom carry an id: where one
 * of the ids is found, everything of that stream counts from the end of the request before it to this one's REPORT.
 * API Gateway keeps Lambda's id to itself, so that without such a match the errors since the sending count.
 */
export function eventsOfRequest(
  events: readonly AggregatedEvent[],
  requestIds: readonly string[],
  sentAt: number,
): AggregatedEvent[] | undefined {
  const inOrder = events.toSorted((a, b) => a.timestamp - b.timestamp);
  for (const id of requestIds) {
    const stream = inOrder.find(({ message }) => message.includes(id))?.stream;
    if (stream === undefined) continue;
    const own = inOrder.filter((event) => event.stream === stream);
    const first = own.findIndex(({ message }) => message.includes(id));
    const end = own.findIndex((event) => isReport(event) && event.message.includes(id));
    if (end < 0) return undefined;
    const before = own.findLastIndex((event, index) => index < first && isReport(event));
    return own.slice(before + 1, end + 1);
  }
  const since = inOrder.filter(({ timestamp }) => timestamp >= sentAt - clockToleranceMs);
  if (!since.some(({ message }) => looksLikeError(message))) return undefined;
  const streams = new Set(since.filter(({ message }) => looksLikeError(message)).map(({ stream }) => stream));
  // A failed init is followed by its REPORT; until that is there, more of the same failure may come.
  const ended = since.some((event) => isReport(event) && streams.has(event.stream));
  return ended ? since : undefined;
}

/**
 * The run that a request without an id began, by its time: the first that starts since it was sent, up to its
 * REPORT. Another request that found the function warm meanwhile may have reported before it. All events where none tells.
 */
export function runSince(events: readonly AggregatedEvent[], sentAt: number): readonly AggregatedEvent[] {
  const since = events.filter(({ timestamp }) => timestamp >= sentAt - clockToleranceMs);
  const inOrder = since.toSorted((a, b) => a.timestamp - b.timestamp);
  const begin = inOrder.find(isStart) ?? inOrder.find(isReport);
  if (begin === undefined) return events;
  const own = inOrder.filter(({ stream }) => stream === begin.stream);
  const end = own.findIndex(isReport);
  return end < 0 ? own : own.slice(0, end + 1);
}

/** How far the times of events and requests may be apart, in milliseconds. */
const clockToleranceMs = 1_000;

function isStart({ message }: AggregatedEvent): boolean {
  return (
    /^(?:INIT_START|START RequestId: )/.test(message) || /"type"\s*:\s*"platform\.(?:initStart|start)"/.test(message)
  );
}

export function isReport({ message }: AggregatedEvent): boolean {
  return message.startsWith("REPORT RequestId: ") || /"type"\s*:\s*"platform\.report"/.test(message);
}

/**
 * What the last REPORT among events says of how long the function ran. A cold start's time stands in the first report of
 * its environment alone.
 */
export function reportIn(events: readonly AggregatedEvent[]): { durationMs?: number; initMs?: number } | undefined {
  const reports = events.filter(isReport).map(({ message }) => parseEvent(message));
  const last = reports.findLast((event) => event.kind === "report");
  if (last?.kind !== "report") return undefined;
  const { durationMs, initMs } = last;
  return { ...(durationMs === undefined ? {} : { durationMs }), ...(initMs === undefined ? {} : { initMs }) };
}
