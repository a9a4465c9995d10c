// Which request an event belongs to. Most lines of a function carry no request id; the stream tells.
import type { ShownEvent } from "../../core/tail.ts";
import { parseEvent } from "../event.ts";

export interface Requests {
  /** Notes the event, and gives the request that it belongs to, as far as that is known yet. */
  note(shown: ShownEvent): Belonging;
  /** The events of one request among those that come, with what its stream logged while it started. */
  of(shown: ShownEvent, request: string | undefined): readonly ShownEvent[];
}

export interface Belonging {
  readonly request: string | undefined;
  /** The request is over: this is its REPORT. */
  readonly over: boolean;
}

interface Stream {
  request: string | undefined;
  /** Lines since the last request was over: of an init phase, which belongs to the request that comes. */
  before: ShownEvent[];
}

const mostStreams = 2_000;
const mostBefore = 200;

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
    const { kind, requestId } = parseEvent(shown.event.message);
    if (requestId !== undefined) stream.request = requestId;
    const request = requestId ?? stream.request;
    const over = kind === "report";
    if (over) stream.request = undefined;
    return { request, over };
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
