// Counts what is said again and again, and tells the count every few seconds.
import type { TailEntry } from "../../core/tail.ts";

export interface Repeats {
  /** The entry, where it is to be shown by itself. */
  pass(entry: TailEntry, what: { readonly text: string; readonly failure: boolean }): TailEntry | undefined;
  /** The counts that are due to be told by now, beside what happened at `newest`. */
  due(now: number, newest: number): readonly TailEntry[];
}

interface Said {
  shown: number;
  hidden: number;
  last: TailEntry;
  lastHidden: TailEntry | undefined;
}

/** How many times the same is shown before it is counted: a failure is told whole once, anything else is seldom a burst. */
const mostFailures = 1;
const mostOthers = 3;
/** How long a count is kept back, in milliseconds. */
const tellMs = 5_000;
/** Texts that are remembered; what was last said longer ago, or this long ago, is new again. */
const mostTexts = 500;
const forgetMs = 60_000;

const varying =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?/gi;

export function createRepeats(): Repeats {
  let said = new Map<string, Said>();
  let before = new Map<string, Said>();
  const hidden = new Set<Said>();
  let toldAt: number | undefined;

  return {
    pass(entry, { text, failure }) {
      // Only request ids and times may differ: two lines that differ in anything else are two messages.
      const key = `${entry.source}\n${failure ? text.replace(varying, "") : text}`;
      const known = said.get(key) ?? before.get(key);
      if (known === undefined || entry.at - known.last.at > forgetMs) {
        if (said.size >= mostTexts) {
          before = said;
          said = new Map();
        }
        said.set(key, { shown: 1, hidden: 0, last: entry, lastHidden: undefined });
        return entry;
      }
      known.last = entry;
      if (known.shown < (failure ? mostFailures : mostOthers)) {
        known.shown += 1;
        return entry;
      }
      known.hidden += 1;
      known.lastHidden = entry;
      hidden.add(known);
      return undefined;
    },
    due(now, newest) {
      if (hidden.size === 0) {
        toldAt = undefined;
        return [];
      }
      toldAt ??= now;
      if (now - toldAt < tellMs) return [];
      toldAt = now;
      const entries = [...hidden].map((one): TailEntry => {
        const { hidden: times, lastHidden = one.last } = one;
        one.hidden = 0;
        // It is told now, beside what is newest: at its own time it would stand behind what came after it.
        const again = { times, last: lastHidden.at };
        return { ...lastHidden, at: newest, lateMs: 0, lines: lastHidden.lines.slice(0, 1), notes: [], again };
      });
      hidden.clear();
      return entries.sort((a, b) => (a.again?.last ?? 0) - (b.again?.last ?? 0));
    },
  };
}
