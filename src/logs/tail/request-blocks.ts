// Events by request: each request's together, when it is over.
import type { ShownEvent } from "../../core/tail.ts";
import { createRequests } from "./requests.ts";

export interface RequestBlock {
  /** Undefined for lines that belong to none. */
  readonly request: string | undefined;
  readonly events: readonly ShownEvent[];
  /** Its REPORT was read, whether or not it is among them. */
  readonly over: boolean;
  /** How it ended, in words, where the REPORT that says so is left out. */
  readonly end: string | undefined;
  /** It is shown before its end, as no more could be kept back. */
  readonly cut: boolean;
}

export interface RequestBlocks {
  add(shown: ShownEvent, now: number): void;
  /** Notes an event that is left out: it may be the one that opens a request, or ends it. */
  pass(shown: ShownEvent, now: number): void;
  /** The requests that are over, or of which nothing came for a while. */
  due(now: number): readonly RequestBlock[];
  rest(): readonly RequestBlock[];
}

interface Open {
  request: string | undefined;
  readonly events: ShownEvent[];
  over: boolean;
  end: string | undefined;
  cut: boolean;
  lastAt: number;
}

/** How long a request may say nothing, in milliseconds, and one that is over may still get what came late. */
const idleMs = 30_000;
const lateMs = 1_500;
/** Events and characters kept back over all requests, some 30 MB; above that the oldest are shown as they are. */
const mostEvents = 60_000;
const mostChars = 20_000_000;
/** Requests of which it is remembered that they are over, for lines of theirs that come later. */
const mostEnded = 2_000;

export function createRequestBlocks(): RequestBlocks {
  const requests = createRequests();
  const open = new Map<string, Open>();
  /** How requests ended, by the keys of their blocks. */
  const ended = new Map<string, string | undefined>();
  let kept = 0;
  let chars = 0;

  function takeOut(isDue: (block: Open) => boolean): readonly RequestBlock[] {
    const ready: RequestBlock[] = [];
    for (const [key, block] of open) {
      if (!isDue(block)) continue;
      open.delete(key);
      kept -= block.events.length;
      chars -= block.events.reduce((sum, { event }) => sum + event.message.length, 0);
      ready.push(block);
    }
    return ready.sort((a, b) => (a.events[0]?.event.timestamp ?? 0) - (b.events[0]?.event.timestamp ?? 0));
  }

  function note(
    shown: ShownEvent,
    isLeftOut: boolean,
  ): { readonly request: string | undefined; readonly before: string; readonly key: string } {
    const { request, begins, over, end } = requests.note(shown);
    const before = `${shown.event.group}\n${shown.event.stream}`;
    const key = request === undefined ? before : `${before}\n${request}`;
    if (begins) ended.delete(key);
    if (over) {
      ended.set(key, isLeftOut ? end : undefined);
      const [oldest] = ended.keys();
      if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest);
    }
    return { request, before, key };
  }

  function settle(block: Open, key: string, now: number): void {
    block.lastAt = now;
    block.over = ended.has(key);
    block.end = ended.get(key);
  }

  return {
    add(shown, now) {
      const { request, before, key } = note(shown, false);
      let block = open.get(key);
      if (block === undefined) {
        // What the stream logged while it started belongs to the request that comes.
        const started = request === undefined ? undefined : open.get(before);
        if (started !== undefined) open.delete(before);
        block = { request, events: started?.events ?? [], over: false, end: undefined, cut: false, lastAt: now };
        open.set(key, block);
      }
      block.events.push(shown);
      kept += 1;
      chars += shown.event.message.length;
      settle(block, key, now);
    },
    pass(shown, now) {
      const { key } = note(shown, true);
      const block = open.get(key);
      if (block !== undefined) settle(block, key, now);
    },
    due(now) {
      const due = takeOut(({ over, lastAt }) => now - lastAt >= (over ? lateMs : idleMs));
      const tooMany = (): boolean => kept > mostEvents || chars > mostChars;
      if (!tooMany()) return due;
      const over = takeOut((block) => block.over);
      const cut = takeOut((block) => {
        block.cut = tooMany();
        return block.cut;
      });
      return [...due, ...over, ...cut];
    },
    rest: () => takeOut(() => true),
  };
}
