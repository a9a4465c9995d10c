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
  /** When it was last said. */
  at: number;
  lastHidden: TailEntry | undefined;
}

/** By source and text. */
type Texts = Map<string, Map<string, Said>>;

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
  let said: Texts = new Map();
  let before: Texts = new Map();
  let texts = 0;
  const hidden = new Set<Said>();
  let toldAt: number | undefined;

  return {
    pass(entry, { text, failure }) {
      // Only request ids and times may differ: two lines that differ in anything else are two messages.
      const key = failure ? text.replace(varying, "") : text;
      let own = said.get(entry.source);
      const known = own?.get(key) ?? before.get(entry.source)?.get(key);
      if (known === undefined || entry.at - known.at > forgetMs) {
        if (texts >= mostTexts) {
          before = said;
          said = new Map();
          own = undefined;
          texts = 0;
        }
        if (own === undefined) {
          own = new Map();
          said.set(entry.source, own);
        }
        own.set(key, { shown: 1, hidden: 0, at: entry.at, lastHidden: undefined });
        texts += 1;
        return entry;
      }
      known.at = entry.at;
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
      const entries = [...hidden].flatMap((one): readonly TailEntry[] => {
        const { hidden: times, lastHidden } = one;
        if (lastHidden === undefined) return [];
        one.hidden = 0;
        // It is told now, beside what is newest: at its own time it would stand behind what came after it.
        const again = { times, last: lastHidden.at };
        return [{ ...lastHidden, at: newest, lateMs: 0, lines: lastHidden.lines.slice(0, 1), notes: [], again }];
      });
      hidden.clear();
      return entries.sort((a, b) => (a.again?.last ?? 0) - (b.again?.last ?? 0));
    },
  };
}
