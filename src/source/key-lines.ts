// A private key that is logged a line at a time: each line is an event of its own, and by itself nothing but letters.
import { marker } from "./shapes.ts";

export interface KeyLines {
  /** Whether a text may begin a key, or one has begun somewhere and not ended: no other need be given to `hide`. */
  mayHide(text: string): boolean;
  /** The next text that is logged at a place, without what it holds of a key that has begun there. */
  hide(place: string, text: string): string;
}

/** Lines that a key has at most, and places at which one may be open. */
const mostLines = 120;
const mostPlaces = 1_000;
const begins = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?!.*-----END )/s;
const ends = /-----END /;
/** What stands before the lines of a key that is encrypted. */
const head = /(?:^|\t)\s*$|\b(?:Proc-Type|DEK-Info): /;
/** A line of a key, behind whatever a logger puts before it; its last one may be short. */
const line = /(?<=^|\s)[A-Za-z0-9+/]{16,}={0,2}(?=\s*$)|^\s*[A-Za-z0-9+/]{2,}={0,2}(?=\s*$)/;

export function createKeyLines(): KeyLines {
  const open = new Map<string, number>();
  return {
    mayHide: (text) => open.size > 0 || text.includes("PRIVATE KEY-----"),
    hide(place, text) {
      const lines = open.get(place);
      if (lines === undefined) {
        if (!begins.test(text)) return text;
        if (open.size >= mostPlaces) open.clear();
        open.set(place, 0);
        return text;
      }
      const isPart = line.test(text);
      if (ends.test(text) || lines >= mostLines || !(isPart || head.test(text))) open.delete(place);
      else open.set(place, lines + 1);
      return isPart ? text.replace(line, marker) : text;
    },
  };
}
