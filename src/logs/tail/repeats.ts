// Counts what is said again and again, and tells the count every few seconds.
import type { TailEntry } from "../../core/tail.ts";
import { createSaidTexts } from "./said.ts";

export interface Repeats {
  /** The entry, where it is to be shown by itself. */
  pass(entry: TailEntry, what: { readonly text: string; readonly failure: boolean }): TailEntry | undefined;
  /** The counts that are due to be told by now, beside what happened at `newest`. */
  due(now: number, newest: number): readonly TailEntry[];
}

/** How often something was said since that was last told, and as what. */
interface Hidden {
  times: number;
  last: TailEntry;
}

/** How many times the same is shown before it is counted: a failure is told whole once, anything else is seldom a burst. */
const mostFailures = 1;
const mostOthers = 3;
/** How long a count is kept back, in milliseconds. */
const tellMs = 5_000;
const varying =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?/gi;

export function createRepeats(): Repeats {
  const texts = createSaidTexts();
  const hidden = new Map<number, Hidden>();
  let toldAt: number | undefined;

  return {
    pass(entry, { text, failure }) {
      // Only request ids and times may differ: two lines that differ in anything else are two messages.
      const shown = texts.say(entry.source, failure ? text.replace(varying, "") : text, entry.at);
      if (shown < (failure ? mostFailures : mostOthers)) {
        texts.show();
        return entry;
      }
      const key = texts.key();
      const before = hidden.get(key);
      if (before === undefined) hidden.set(key, { times: 1, last: entry });
      else {
        before.times += 1;
        before.last = entry;
      }
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
      const entries = [...hidden.values()].map(({ times, last }): TailEntry => {
        // It is told now, beside what is newest: at its own time it would stand behind what came after it.
        const again = { times, last: last.at };
        return { ...last, at: newest, lateMs: 0, lines: last.lines.slice(0, 1), notes: [], again };
      });
      hidden.clear();
      return entries.sort((a, b) => (a.again?.last ?? 0) - (b.again?.last ?? 0));
    },
  };
}
