// Which request an event belongs to. Most lines of a function carry no request id; the stream tells.
import type { ShownEvent } from "../../core/tail.ts";
import { parseEvent, type ReportEvent } from "../event.ts";

export interface Requests {
  /** Notes the event, and gives the request that it belongs to, as far as that is known yet. */
  note(shown: ShownEvent): Belonging;
  /** The events of one request among those that come, with what its stream logged while it started. */
  of(shown: ShownEvent, request: string | undefined): readonly ShownEvent[];
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
  /** Lines since the last request was over: of an init phase, which belongs to the request that comes. */
  before: ShownEvent[];
}

const mostStreams = 2_000;
const mostBefore = 200;

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
      known = { request: undefined, before: [] };
      streams.set(name, known);
      const [oldest] = streams.keys();
      if (streams.size > mostStreams && oldest !== undefined) streams.delete(oldest);
    }
    return known;
  }

  function note(shown: ShownEvent): Belonging {
    const stream = streamOf(shown);
    const parsed = parseEvent(shown.event.message);
    if (parsed.requestId !== undefined) stream.request = parsed.requestId;
    const request = parsed.requestId ?? stream.request;
    if (parsed.kind !== "report") return { request, begins: parsed.kind === "start", over: false };
    stream.request = undefined;
    return { request, begins: false, over: true, end: endOf(parsed) };
  }

  return {
    note,
    of(shown, wanted) {
      const stream = streamOf(shown);
      const { request } = note(shown);
      if (request === undefined) {
        stream.before.push(shown);
        if (stream.before.length > mostBefore) stream.before.shift();
        return [];
      }
      const before = stream.before;
      stream.before = [];
      if (request !== wanted) return shown.event.message.includes(wanted ?? "") ? [shown] : [];
      return [...before, shown];
    },
  };
}
