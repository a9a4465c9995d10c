// Which request an event belongs to. Most lines of a function carry no request id; the stream tells.
import type { ShownEvent } from "../../core/tail.ts";
import { parseEvent, type ReportEvent } from "../event.ts";

export interface Requests {
  /** Notes the event, and gives the request that it belongs to, as far as that is known yet. */
  note(shown: ShownEvent): Belonging;
  /**
   * The events that are to be shown now that this one has come: of the requests that are wanted, with what their stream
   * logged while it started. Each is wanted by the beginning of Lambda's id, or by what one of its lines names: a client's
   * own id, an X-Ray trace, which stands in the REPORT alone. Until such a line comes, a request's lines are kept.
   * @param wanted in lower case
   */
  of(shown: ShownEvent, wanted: readonly string[]): readonly ShownEvent[];
}

export interface Belonging {
  readonly request: string | undefined;
  /** This is its START; one that is tried again has the id that it had. */
  readonly begins: boolean;
  /** The request is over: this is its REPORT. */
  readonly over: boolean;
  /** How it ended, in words, from its REPORT. */
  readonly end?: string;
}

interface Stream {
  request: string | undefined;
  /** Lines since the last request was over, not shown yet: those of an init phase belong to the request that comes. */
  kept: ShownEvent[];
  /** The request that they are of, once it has begun, and whether it is wanted. */
  of: string | undefined;
  wanted: boolean;
}

const mostStreams = 2_000;
const mostKept = 200;

function endOf({ status, durationMs }: ReportEvent): string {
  const how = status === "timeout" ? "timed out" : status === "error" || status === "failure" ? "failed" : "ended";
  return durationMs === undefined ? how : `${how} after ${durationMs} ms`;
}

export function createRequests(): Requests {
  const streams = new Map<string, Stream>();

  function streamOf({ event: { group, stream } }: ShownEvent): Stream {
    const name = `${group}\n${stream}`;
    let known = streams.get(name);
    if (known === undefined) {
      known = { request: undefined, kept: [], of: undefined, wanted: false };
      streams.set(name, known);
      const [oldest] = streams.keys();
      if (streams.size > mostStreams && oldest !== undefined) streams.delete(oldest);
    }
    return known;
  }

  function note(shown: ShownEvent): Belonging {
    const stream = streamOf(shown);
    const parsed = parseEvent(shown.event.message);
    // What comes late is of a request that was, and says nothing of the lines that follow it.
    if (parsed.requestId !== undefined && shown.lateMs === 0) stream.request = parsed.requestId;
    const request = parsed.requestId ?? stream.request;
    if (parsed.kind !== "report") return { request, begins: parsed.kind === "start", over: false };
    if (stream.request === request) stream.request = undefined;
    return { request, begins: false, over: true, end: endOf(parsed) };
  }

  return {
    note,
    of(shown, wanted) {
      const stream = streamOf(shown);
      const { request, over } = note(shown);
      const names = isNamed(shown, request, wanted);
      if (request !== undefined && request !== stream.of) {
        if (shown.lateMs > 0) return names ? [shown] : [];
        if (stream.of !== undefined) forget(stream);
        stream.of = request;
      }
      stream.wanted ||= names;
      stream.kept.push(shown);
      const ready = stream.wanted ? stream.kept.splice(0) : [];
      if (stream.kept.length > mostKept) stream.kept.shift();
      if (over) forget(stream);
      return ready;
    },
  };
}

function forget(stream: Stream): void {
  stream.kept = [];
  stream.of = undefined;
  stream.wanted = false;
}

function isNamed({ event }: ShownEvent, request: string | undefined, wanted: readonly string[]): boolean {
  const id = request?.toLowerCase();
  if (wanted.some((one) => id?.startsWith(one) === true)) return true;
  const text = event.message.toLowerCase();
  return wanted.some((one) => text.includes(one));
}
