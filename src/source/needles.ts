import { Buffer } from "node:buffer";

/** A text to find, and how many characters beside the match still carry bits of the secret. */
interface Needle {
  readonly text: string;
  readonly before: number;
  readonly after: number;
  /** Hex is found in either case. */
  readonly anyCase: boolean;
  /** The literal as it is, and no encoding of it. */
  readonly isPlain?: boolean;
}

/** A set of texts that is searched for all at once. */
export interface Needles {
  add(literal: string): void;
  /** Whether there is nothing to find. */
  empty(): boolean;
  /**
   * Where any of them lies in the text: `[from, to)` in UTF-16 units, in no order, possibly overlapping. A literal for which
   * `isSpared` holds is found only where it is encoded.
   */
  find(text: string, isSpared?: (literal: string) => boolean): readonly (readonly [number, number])[];
}

const prefix = 4;
const slots = 1 << 16;
const mask = slots - 1;

/** The characters of base64 that are wholly determined by `bytes` when `shift` other bytes stand before them. */
function base64Core(bytes: Buffer, shift: 0 | 1 | 2): { text: string; before: number; after: number } {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor(((shift + bytes.length) * 8) / 6);
  return { text: encoded.slice(from, to), before: shift === 0 ? 0 : 1, after: encoded.length > to ? 1 : 0 };
}

function needlesOf(literal: string): Needle[] {
  const plain = (text: string, anyCase = false): Needle => ({ text, before: 0, after: 0, anyCase });
  const list: Needle[] = [{ ...plain(literal), isPlain: true }];
  // What is packed into base64 or hex may have been escaped before.
  const packed = new Set([
    literal,
    JSON.stringify(literal).slice(1, -1),
    encodeText(literal),
    encodeText(literal, "+"),
  ]);
  for (const text of packed) {
    const bytes = Buffer.from(text, "utf8");
    list.push(plain(bytes.toString("hex"), true));
    for (const shift of [0, 1, 2] as const) {
      const core = base64Core(bytes, shift);
      list.push({ ...core, anyCase: false });
      const url = core.text.replaceAll("+", "-").replaceAll("/", "_");
      if (url !== core.text) list.push({ ...core, text: url, anyCase: false });
    }
  }
  // A key of many lines is also shown line by line.
  if (literal.includes("\n")) {
    for (const line of literal.split(/\r?\n/)) if (line.trim().length >= 16) list.push(plain(line.trim()));
  }
  return list.filter((needle) => needle.text.length >= prefix);
}

function encodeText(text: string, blank = "%20"): string {
  try {
    return encodeURIComponent(text).replaceAll("%20", blank);
  } catch {
    return text;
  }
}

/**
 * Finds many literals in one pass: the hash of each four characters is looked up in a table of the literals' beginnings,
 * so that the time does not grow with their number.
 */
export function createNeedles(): Needles {
  const filled = new Uint8Array(slots);
  const bySlot = new Map<number, Needle[]>();
  const seen = new Set<string>();

  const slot = (a: number, b: number, c: number, d: number): number =>
    ((((a * 31 + b) * 31 + c) * 31 + d) ^ (b << 7)) & mask;
  const slotAt = (text: string, at: number): number =>
    slot(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2), text.charCodeAt(at + 3));

  function insert(needle: Needle, key: string): void {
    const index = slotAt(key, 0);
    filled[index] = 1;
    const list = bySlot.get(index);
    if (list === undefined) bySlot.set(index, [needle]);
    else if (!list.includes(needle)) list.push(needle);
  }

  return {
    add(literal) {
      if (literal.length < prefix || seen.has(literal)) return;
      seen.add(literal);
      for (const needle of needlesOf(literal)) {
        insert(needle, needle.text);
        if (needle.anyCase) for (const start of caseVariants(needle.text.slice(0, prefix))) insert(needle, start);
      }
    },
    empty: () => seen.size === 0,
    find(text, isSpared) {
      const found: (readonly [number, number])[] = [];
      if (seen.size === 0) return found;
      const last = text.length - prefix;
      // The four characters move along, so that each is read once.
      let a = 0;
      let b = text.charCodeAt(0);
      let c = text.charCodeAt(1);
      let d = text.charCodeAt(2);
      for (let at = 0; at <= last; at += 1) {
        a = b;
        b = c;
        c = d;
        d = text.charCodeAt(at + 3);
        const index = slot(a, b, c, d);
        if (filled[index] === 0) continue;
        for (const needle of bySlot.get(index) ?? []) {
          const end = at + needle.text.length;
          if (!startsAt(text, at, needle)) continue;
          if (needle.isPlain === true && isSpared?.(needle.text) === true) continue;
          found.push([Math.max(0, at - needle.before), Math.min(text.length, end + needle.after)]);
        }
      }
      return found;
    },
  };
}

function startsAt(text: string, at: number, needle: Needle): boolean {
  if (!needle.anyCase) return text.startsWith(needle.text, at);
  return text.slice(at, at + needle.text.length).toLowerCase() === needle.text;
}

function caseVariants(start: string): string[] {
  let list = [""];
  for (const char of start) {
    const upper = char.toUpperCase();
    list = list.flatMap((head) => (upper === char ? [head + char] : [head + char, head + upper]));
  }
  return list;
}
