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
  /** The requests that are wanted and of which not every line was kept until that was known. */
  readonly cut: readonly CutRequest[];
}

export interface CutRequest {
  /** Lambda's id; undefined where none was seen. */
  readonly request: string | undefined;
  /** Its first lines, so many, were given up. */
  readonly lines: number;
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
  /** How much they weigh, and how many before them were given up. */
  weight: number;
  givenUp: number;
  /** The request that they are of, once it has begun, and whether it is wanted. */
  of: string | undefined;
  wanted: boolean;
}

const mostStreams = 10_000;
/** What the lines that are kept of all streams may weigh: characters, with some for each line. */
const mostWeight = 24 * 1024 * 1024;
const lineWeight = 250;
const weightOf = ({ event }: ShownEvent): number => event.message.length + lineWeight;

function endOf({ status, durationMs }: ReportEvent): string {
  const how = status === "timeout" ? "timed out" : status === "error" || status === "failure" ? "failed" : "ended";
  return durationMs === undefined ? how : `${how} after ${durationMs} ms`;
}

export function createRequests(most = mostWeight): Requests {
  const streams = new Map<string, Stream>();
  const cut: CutRequest[] = [];
  let weight = 0;

  function streamOf({ event: { group, stream } }: ShownEvent): Stream {
    const name = `${group}\n${stream}`;
    const known = streams.get(name);
    if (known !== undefined) return known;
    const fresh: Stream = { request: undefined, kept: [], weight: 0, givenUp: 0, of: undefined, wanted: false };
    streams.set(name, fresh);
    const [[oldest, old] = []] = streams;
    if (streams.size > mostStreams && oldest !== undefined && old !== undefined) {
      forget(old);
      streams.delete(oldest);
    }
    return fresh;
  }

  function forget(stream: Stream): void {
    weight -= stream.weight;
    Object.assign(stream, { kept: [], weight: 0, givenUp: 0, of: undefined, wanted: false });
  }

  /** The older half of what is kept of the stream of which most is. */
  function giveUp(): void {
    let heaviest: Stream | undefined;
    for (const stream of streams.values()) if (stream.weight > (heaviest?.weight ?? 0)) heaviest = stream;
    if (heaviest === undefined) return;
    const gone = heaviest.kept.splice(0, Math.ceil(heaviest.kept.length / 2));
    const lighter = gone.reduce((sum, one) => sum + weightOf(one), 0);
    heaviest.givenUp += gone.length;
    heaviest.weight -= lighter;
    weight -= lighter;
  }

  /** What is kept of a stream whose request is wanted. */
  function handOver(stream: Stream): readonly ShownEvent[] {
    if (stream.givenUp > 0) cut.push({ request: stream.of, lines: stream.givenUp });
    const ready = stream.kept;
    weight -= stream.weight;
    Object.assign(stream, { kept: [], weight: 0, givenUp: 0 });
    return ready;
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
      stream.weight += weightOf(shown);
      weight += weightOf(shown);
      const ready = stream.wanted ? handOver(stream) : [];
      if (over) forget(stream);
      while (weight > most) giveUp();
      return ready;
    },
    cut,
  };
}

function isNamed({ event }: ShownEvent, request: string | undefined, wanted: readonly string[]): boolean {
  const id = request?.toLowerCase();
  if (wanted.some((one) => id?.startsWith(one) === true)) return true;
  const text = event.message.toLowerCase();
  return wanted.some((one) => text.includes(one));
}
