// Events by request: each request's together, when it is over.
import type { ShownEvent } from "../../core/tail.ts";
import { createRequests } from "./requests.ts";

export interface RequestBlock {
  /** Undefined for lines that belong to none. */
  readonly request: string | undefined;
  readonly events: readonly ShownEvent[];
  /** Its REPORT is among them. */
  readonly over: boolean;
}

export interface RequestBlocks {
  add(shown: ShownEvent, now: number): void;
  /** The requests that are over, or of which nothing came for a while. */
  due(now: number): readonly RequestBlock[];
  rest(): readonly RequestBlock[];
}

interface Open {
  request: string | undefined;
  readonly events: ShownEvent[];
  over: boolean;
  lastAt: number;
}

/** How long a request may say nothing, in milliseconds, and one that is over may still get what came late. */
const idleMs = 30_000;
const lateMs = 1_500;
/** Events kept back over all requests; above that the oldest are shown as they are. */
const mostEvents = 20_000;

export function createRequestBlocks(): RequestBlocks {
  const requests = createRequests();
  const open = new Map<string, Open>();
  let kept = 0;

  function takeOut(isDue: (block: Open) => boolean): readonly RequestBlock[] {
    const ready: RequestBlock[] = [];
    for (const [key, block] of open) {
      if (!isDue(block)) continue;
      open.delete(key);
      kept -= block.events.length;
      ready.push(block);
    }
    return ready.sort((a, b) => (a.events[0]?.event.timestamp ?? 0) - (b.events[0]?.event.timestamp ?? 0));
  }

  return {
    add(shown, now) {
      const { group, stream } = shown.event;
      const { request, over } = requests.note(shown);
      const before = `${group}\n${stream}`;
      const key = request === undefined ? before : `${before}\n${request}`;
      let block = open.get(key);
      if (block === undefined) {
        // What the stream logged while it started belongs to the request that comes.
        const started = request === undefined ? undefined : open.get(before);
        if (started !== undefined) open.delete(before);
        block = { request, events: started?.events ?? [], over: false, lastAt: now };
        open.set(key, block);
      }
      block.events.push(shown);
      block.lastAt = now;
      block.over ||= over;
      kept += 1;
    },
    due(now) {
      const due = takeOut(({ over, lastAt }) => now - lastAt >= (over ? lateMs : idleMs));
      return kept <= mostEvents ? due : [...due, ...takeOut(() => true)];
    },
    rest: () => takeOut(() => true),
  };
}
