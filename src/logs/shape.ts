import { parseEvent } from "./event.ts";
import { looksLikeError } from "./error-filter.ts";
import { classify } from "./classify.ts";
import { plainText } from "./text.ts";

const masks: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>)\]]+/g, "<url>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/\b\d{4}\/\d\d\/\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\barn:aws[\w-]*:[^\s'",)]+/g, "<arn>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{10,}\b/gi, "<hex>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, "<ip>"],
  [/(?:\/[\w.@+-]+){2,}(?::\d+)*/g, "<path>"],
];
// A quoted word is often the point (a module, a key, a column); a quoted value with anything else in it is data. Both are
// matched, so that the end of one is not taken for the beginning of the next.
const quoted = /'[^'\n]*'|"[^"\n]*"|`[^`\n]*`/g;
const quotedWord = /^.[A-Za-z_][\w.]*.$/;
const numbers = /(?<![\w.])\d+(?:\.\d+)?(?![A-Za-z_])/g;

/**
 * The shape of a text: what differs from one occurrence to the next (times, ids, numbers, paths, addresses, quoted data)
 * replaced by marks, so that texts of one origin have one shape. Idempotent.
 */
export function shapeOf(text: string): string {
  let shape = text;
  // What one mask leaves can be what another one replaces: quotes pair anew around a mark, or across what was a line's end.
  for (let masked = mask(shape); masked !== shape; masked = mask(shape)) shape = masked;
  return shape;
}

/** Each mark stands for text with a digit, slash, colon or quote in it and has none itself: there is an end to it. */
function mask(text: string): string {
  let shape = plainText(text);
  for (const [expression, mark] of masks) shape = shape.replace(expression, mark);
  return shape
    .replace(quoted, (found) => (quotedWord.test(found) ? found : "<value>"))
    .replace(numbers, "<n>")
    .replace(/\s+/g, " ")
    .trim();
}

/** A log event as any of CloudWatch's calls returns it. */
export interface AggregatedEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
  readonly requestId?: string;
  readonly stream?: string;
}

export interface FailureGroup {
  readonly shape: string;
  /** The first event of the group as it was logged. */
  readonly example: string;
  /** Failures, not lines. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** At most five, in order of appearance. */
  readonly requestIds: readonly string[];
}

interface Failure {
  readonly shape: string;
  readonly event: AggregatedEvent;
  readonly errorType: string | undefined;
  readonly requestId: string | undefined;
  /** Ids of the lines that only report this failure again. */
  readonly others: string[];
}

/** The service gives an init phase 10 s, and repeats a failed one within the invocation. */
const sameFailureMs = 15_000;
const mostRequestIds = 5;
/** As much of a message without a headline as its shape is made of, in UTF-16 code units. */
const longestShape = 300;

type Role = "failure" | "report" | "traceback";

/** Lines that only report a failure which another line names. */
function roleOf(message: string, kind: string): Role {
  if (kind === "report" || kind === "init-report") return "report";
  return /^\s*Traceback \(most recent call last\):\s*$/.test(message) ? "traceback" : "failure";
}

const nearer = (failure: Failure, event: AggregatedEvent): boolean =>
  failure.event.stream === event.stream && Math.abs(failure.event.timestamp - event.timestamp) <= sameFailureMs;

/**
 * Groups the failures among log events by shape, the largest group first. A failed init that is logged in both of its
 * phases counts once, and so do an error and the REPORT or INIT_REPORT line that reports it. Order of the events is free.
 */
export function aggregate(events: readonly AggregatedEvent[]): readonly FailureGroup[] {
  const failures: Failure[] = [];
  const reports: {
    readonly event: AggregatedEvent;
    readonly errorType: string | undefined;
    readonly requestId: string | undefined;
    readonly role: Role;
  }[] = [];
  const inOrder = events.filter(({ message }) => looksLikeError(message)).toSorted((a, b) => a.timestamp - b.timestamp);
  for (const event of inOrder) {
    const parsed = parseEvent(event.message);
    const requestId = event.requestId ?? parsed.requestId;
    const errorType = "errorType" in parsed ? parsed.errorType : undefined;
    const role = roleOf(event.message, parsed.kind);
    if (role !== "failure") {
      reports.push({ event, errorType, requestId, role });
      continue;
    }
    const { headline } = classify(event.message);
    const shape = shapeOf(headline === "" ? event.message.slice(0, longestShape) : headline);
    // A second line of one shape is the same failure again in an init phase (no request id) or in one request.
    const known = failures.some(
      (failure) => failure.shape === shape && failure.requestId === requestId && nearer(failure, event),
    );
    if (!known) failures.push({ shape, event, errorType, requestId, others: [] });
  }
  for (const { event, errorType, requestId, role } of reports) {
    const known = failures.findLast((failure) => {
      if (requestId !== undefined && failure.requestId === requestId) return true;
      if (!nearer(failure, event)) return false;
      return (
        role === "traceback" ||
        (failure.requestId === undefined &&
          (errorType === undefined || failure.errorType === undefined || failure.errorType === errorType))
      );
    });
    if (known === undefined) {
      if (role === "report")
        failures.push({ shape: shapeOf(reportShape(event.message)), event, errorType, requestId, others: [] });
    } else if (requestId !== undefined) known.others.push(requestId);
  }
  return grouped(failures);
}

/** A REPORT line without its measurements, which would otherwise be its shape. */
function reportShape(message: string): string {
  const parsed = parseEvent(message);
  if (parsed.kind === "report")
    return `invocation ended with status ${parsed.status ?? "unknown"} ${parsed.errorType ?? ""}`;
  return parsed.kind === "init-report"
    ? `init ended with status ${parsed.status ?? "unknown"} ${parsed.errorType ?? ""}`
    : message;
}

function grouped(failures: readonly Failure[]): readonly FailureGroup[] {
  const groups = new Map<string, { example: string; count: number; first: number; last: number; ids: Set<string> }>();
  for (const { shape, event, requestId, others } of failures) {
    const group = groups.get(shape) ?? {
      example: event.message,
      count: 0,
      first: event.timestamp,
      last: event.timestamp,
      ids: new Set<string>(),
    };
    group.count += 1;
    group.first = Math.min(group.first, event.timestamp);
    group.last = Math.max(group.last, event.timestamp);
    for (const id of [requestId, ...others]) if (id !== undefined && group.ids.size < mostRequestIds) group.ids.add(id);
    groups.set(shape, group);
  }
  return [...groups]
    .map(([shape, { ids, ...group }]) => ({ shape, ...group, requestIds: [...ids] }))
    .sort((a, b) => b.count - a.count || a.first - b.first || (a.shape < b.shape ? -1 : 1));
}
