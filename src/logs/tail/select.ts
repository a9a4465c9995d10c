// Which events are shown: what --grep, --grep-not, --errors and --request let through.
import type { ShownEvent } from "../../core/tail.ts";
import { classify } from "../classify.ts";
import { parseEvent } from "../event.ts";
import { mayFail } from "../may-fail.ts";
import { createRequests, type CutRequest } from "./requests.ts";

export interface Selection {
  readonly grep: readonly RegExp[];
  readonly grepNot: readonly RegExp[];
  readonly errors: boolean;
  /** Ids, or their beginnings; none where all requests are meant. */
  readonly requests: readonly string[];
}

export interface Select {
  /** Takes the next event, and gives those that are to be shown now: none, itself, or earlier ones with it. */
  (shown: ShownEvent): readonly ShownEvent[];
  /** See `Requests`. */
  readonly cut: readonly CutRequest[];
}

/** Streams of which the last line is remembered. */
const mostStreams = 5_000;

/** Every `--grep` must match; none of `--grep-not` may. */
export function createSelect({ grep, grepNot, errors, requests }: Selection): Select {
  const ofRequest = requests.length === 0 ? undefined : createRequests();
  const wanted = requests.map((id) => id.toLowerCase());
  const failing = errors ? createFailing() : undefined;
  if (ofRequest === undefined && failing === undefined && grep.length === 0 && grepNot.length === 0)
    return Object.assign((shown: ShownEvent) => [shown], { cut: [] });
  const select = (shown: ShownEvent): readonly ShownEvent[] => {
    const own = ofRequest === undefined ? [shown] : ofRequest.of(shown, wanted);
    return own.filter(({ event }) => {
      // What a stream said before decides, so that each of its lines is looked at.
      if (failing !== undefined && !failing(event)) return false;
      return (
        grep.every((pattern) => pattern.test(event.message)) && !grepNot.some((pattern) => pattern.test(event.message))
      );
    });
  };
  return Object.assign(select, { cut: ofRequest?.cut ?? [] });
}

/** Whether an event tells of a failure, or goes on with one: the lines of a traceback may be events of their own. */
function createFailing(): (event: ShownEvent["event"]) => boolean {
  const within = new Set<string>();
  return ({ group, stream, message }) => {
    const place = `${group}\n${stream}`;
    const fails = isFailure(message) || (within.has(place) && /^\s+\S|^$/.test(message));
    if (fails) within.add(place);
    else within.delete(place);
    if (within.size > mostStreams) within.clear();
    return fails;
  };
}

/** Whether an event tells of a failure by itself. */
export function isFailure(message: string): boolean {
  if (!mayFail(message)) return false;
  if (classify(message).candidates.length > 0) return true;
  const { kind, level } = parseEvent(message);
  return kind !== "log" && level === "error";
}
