import { Buffer } from "node:buffer";
import { ordinaryLog } from "./ordinary-log.ts";

/** Whether one of some texts, each of three or more characters of ASCII, may occur in another. */
export type QuickTerms = (text: string) => boolean;

/** Texts that are looked for, in lower case where they are to be found in either. */
export interface TermSet {
  readonly terms: readonly string[];
  readonly anyCase?: boolean;
}

/** Several sets that are looked for in one pass. The first one's bit is 1, the second one's 2, and so on, eight at most. */
export interface QuickSets {
  /** The bits of the sets of which a term is in the text. */
  in(text: string): number;
  /** The same for each of some texts, in much less time than one after another. What is given is valid until the next call. */
  inEach(texts: readonly string[]): Uint8Array;
}

/** Three characters in a row, of each its five lowest bits: a letter has the same in either case. */
const gramLength = 3;
const bits = 5;
const grams = 1 << (gramLength * bits);
const lowest = (1 << bits) - 1;
const next = (gram: number, code: number): number => ((gram << bits) | (code & lowest)) & (grams - 1);

/** A term, and where in it the three characters end by which it is found. */
interface Term {
  readonly text: string;
  readonly end: number;
  readonly bit: number;
  readonly isAt: (text: string, start: number, term: string) => boolean;
}

interface Prepared {
  /** 1 for the three characters of a term. */
  readonly known: Uint8Array;
  /** A bit for each character that may stand before the three. */
  readonly before: Int32Array;
  /** By the number that stands for the three characters in `places`. */
  readonly lists: readonly (readonly Term[])[];
  readonly places: Uint16Array;
  /** The bits of all sets. */
  readonly all: number;
}

/** See `quickSets`. */
export function quickTerms(terms: readonly string[], anyCase = false): QuickTerms {
  const sets = quickSets([{ terms, anyCase }]);
  return (text) => sets.in(text) !== 0;
}

/**
 * Prepares one pass over a text that tells, in a small part of the time that an expression takes, whether any of the terms
 * is in it: it looks at three characters at a time, and in full only where a term has the same three. Of each term those
 * are taken that ordinary text has least.
 */
export function quickSets(sets: readonly TermSet[]): QuickSets {
  for (const term of sets.flatMap(({ terms }) => terms)) {
    if (term.length < gramLength) throw new Error(`The term ${term} is too short to be looked for.`);
    if (term.includes("\n")) throw new Error(`The term ${term} would not be found: it has a line break.`);
  }
  // Most commands ask nothing of most searches.
  let ready: Prepared | undefined;
  const one = new Uint8Array(1);
  const oneEnd = [0];
  let many = new Uint8Array(0);
  return {
    in(text) {
      one[0] = 0;
      oneEnd[0] = text.length;
      look((ready ??= prepared(sets)), text, oneEnd, one);
      return one[0];
    },
    inEach(texts) {
      if (many.length < texts.length) many = new Uint8Array(2 * texts.length);
      else many.fill(0, 0, texts.length);
      let end = -1;
      // What separates them is in no term, so that none is found across two.
      const ends = texts.map((text) => (end += text.length + 1));
      look((ready ??= prepared(sets)), texts.join("\n"), ends, many);
      return many;
    },
  };
}

function prepared(sets: readonly TermSet[]): Prepared {
  const counts = ordinaryGrams();
  const known = new Uint8Array(grams);
  const before = new Int32Array(grams);
  const lists: Term[][] = [];
  const places = new Uint16Array(grams);
  for (const [number, { terms, anyCase = false }] of sets.entries()) {
    for (const text of terms) {
      const { gram, end } = rarest(text, counts);
      if (known[gram] === 0) places[gram] = lists.push([]) - 1;
      known[gram] = 1;
      before[gram] =
        (before[gram] ?? 0) |
        (end < gramLength || !isAscii(text) ? -1 : 1 << (text.charCodeAt(end - gramLength) & lowest));
      lists[places[gram] ?? 0]?.push({ text, end, bit: 1 << number, isAt: anyCase ? isAtInAnyCase : isAt });
    }
  }
  return { known, before, lists, places, all: (1 << sets.length) - 1 };
}

/** Sets the bits of what is found, for each of the texts that end at these places of the whole. */
function look(
  { known, before, lists, places, all }: Prepared,
  whole: string,
  ends: readonly number[],
  marks: Uint8Array,
): void {
  let text = 0;
  for (let from = 0; from < whole.length; from += room.length - gramLength) {
    const count = room.write(from === 0 ? whole : whole.slice(from), "latin1");
    // What was looked at before is there for the sake of what follows it.
    const first = from === 0 ? 0 : gramLength;
    for (let at = candidate(room, first, count, known); at < count; at = candidate(room, at + 1, count, known)) {
      const gram = gramAt(room, at);
      if (at >= gramLength && (((before[gram] ?? 0) >>> ((room[at - gramLength] ?? 0) & lowest)) & 1) === 0) continue;
      for (const term of lists[places[gram] ?? 0] ?? []) {
        if (!term.isAt(whole, from + at - term.end, term.text)) continue;
        while ((ends[text] ?? whole.length) <= from + at) text += 1;
        marks[text] = (marks[text] ?? 0) | term.bit;
      }
      // Nothing more is to be found in this one.
      if (marks[text] !== all) continue;
      if (text === ends.length - 1) return;
      at = Math.max(at, Math.min(count, (ends[text] ?? 0) - from));
    }
  }
}

/** A text's bytes are read several times as fast as its characters. Of a character beyond Latin-1 it is the lower byte. */
const room = Buffer.allocUnsafeSlow(1 << 16);

/** Where, at this place or behind it, three characters end that are known; `count` where none do. */
function candidate(bytes: Uint8Array, from: number, count: number, known: Uint8Array): number {
  let gram = from === 0 ? 0 : gramAt(bytes, from - 1);
  let at = from;
  // A loop that calls anything is not fast. Bytes that are known to be there are read with `as`: a check would cost more
  // than the rest.
  for (const last = count - 3; at < last; at += 4) {
    const a = (bytes[at] as number) & lowest;
    const b = (bytes[at + 1] as number) & lowest;
    const c = (bytes[at + 2] as number) & lowest;
    const d = (bytes[at + 3] as number) & lowest;
    const first = ((gram << bits) | a) & (grams - 1);
    const second = ((gram << (2 * bits)) | (a << bits) | b) & (grams - 1);
    const third = (a << (2 * bits)) | (b << bits) | c;
    gram = (b << (2 * bits)) | (c << bits) | d;
    if (
      ((known[first] as number) | (known[second] as number) | (known[third] as number) | (known[gram] as number)) ===
      0
    )
      continue;
    if (known[first] === 1) return at;
    if (known[second] === 1) return at + 1;
    return known[third] === 1 ? at + 2 : at + 3;
  }
  for (; at < count; at += 1) {
    gram = next(gram, bytes[at] as number);
    if (known[gram] === 1) return at;
  }
  return count;
}

/** The characters that end at this place. */
function gramAt(bytes: Uint8Array, at: number): number {
  let gram = 0;
  for (let each = Math.max(0, at - gramLength + 1); each <= at; each += 1) gram = next(gram, bytes[each] ?? 0);
  return gram;
}

let ordinary: Uint16Array | undefined;

/** How often three characters stand in a row in what healthy functions log. */
function ordinaryGrams(): Uint16Array {
  if (ordinary !== undefined) return ordinary;
  ordinary = new Uint16Array(grams);
  let gram = 0;
  for (let at = 0; at < ordinaryLog.length; at += 1) {
    gram = next(gram, ordinaryLog.charCodeAt(at));
    ordinary[gram] = (ordinary[gram] ?? 0) + 1;
  }
  return ordinary;
}

function rarest(text: string, counts: Uint16Array): { readonly gram: number; readonly end: number } {
  let gram = 0;
  let best = { gram, end: 0 };
  let least = Number.POSITIVE_INFINITY;
  // The first letter may be another in the other case where it is none of ASCII.
  const first = isAscii(text) ? gramLength - 1 : text.length - 1;
  for (let at = 0; at < text.length; at += 1) {
    gram = next(gram, text.charCodeAt(at));
    const count = counts[gram] ?? 0;
    if (at < first || count > least) continue;
    least = count;
    best = { gram, end: at };
  }
  return best;
}

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

const isAt = (text: string, start: number, term: string): boolean => start >= 0 && text.startsWith(term, start);

function isAtInAnyCase(text: string, start: number, term: string): boolean {
  if (start < 0 || start + term.length > text.length) return false;
  for (let at = 0; at < term.length; at += 1) {
    const code = text.charCodeAt(start + at);
    if (code > 127) return text.slice(start, start + term.length).toLowerCase() === term.toLowerCase();
    if ((code >= 65 && code <= 90 ? code | 32 : code) !== term.charCodeAt(at)) return false;
  }
  return true;
}
