// Views of a text in which an encoded literal reads as itself, each with the way back to where it stood.

/** A decoded text: what stood in the text that was decoded from `starts[i]` to `ends[i]` is its i-th UTF-16 unit. */
export interface View {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Gives undefined where the text holds nothing that this decoder would change. */
export type Decoder = (text: string) => View | undefined;

/** Collects the pieces of a view. */
function builder(length: number) {
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const parts: string[] = [];
  let size = 0;
  return {
    copy(text: string, from: number, to: number): void {
      if (to <= from) return;
      parts.push(text.slice(from, to));
      for (let index = from; index < to; index += 1) {
        starts[size] = index;
        ends[size] = index + 1;
        size += 1;
      }
    },
    /** Text that stands for what was from `from` to `to`; never longer than that. */
    put(text: string, from: number, to: number): void {
      parts.push(text);
      for (let index = 0; index < text.length; index += 1) {
        starts[size] = from;
        ends[size] = to;
        size += 1;
      }
    },
    done: (): View => ({ text: parts.join(""), starts: starts.subarray(0, size), ends: ends.subarray(0, size) }),
  };
}

/** Rewrites every match of a global expression; the replacement may not be longer than the match. */
function replacing(
  text: string,
  pattern: RegExp,
  replace: (match: RegExpExecArray) => string | undefined,
): View | undefined {
  const view = builder(text.length);
  let from = 0;
  let changed = false;
  for (const match of text.matchAll(pattern)) {
    const next = replace(match);
    if (next === undefined) continue;
    changed = true;
    view.copy(text, from, match.index);
    view.put(next, match.index, match.index + match[0].length);
    from = match.index + match[0].length;
  }
  if (!changed) return undefined;
  view.copy(text, from, text.length);
  return view.done();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text, or byte by byte where they are no UTF-8. */
function bytesToText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return String.fromCharCode(...bytes);
  }
}

function hexBytes(text: string, step: number): Uint8Array {
  const bytes = new Uint8Array(text.length / step);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * step + step - 2, index * step + step), 16);
  }
  return bytes;
}

const continued = "%[89abAB][0-9a-fA-F]";
/** One character of UTF-8 by its lead byte, else one byte. */
const percentEncoded = new RegExp(
  `%[cdCD][0-9a-fA-F]${continued}|%[eE][0-9a-fA-F](?:${continued}){2}|%[fF][0-7](?:${continued}){3}|%[0-9a-fA-F]{2}`,
  "g",
);

/** Percent-encoding, of all characters or some. */
export const percent: Decoder = (text) =>
  text.includes("%") ? replacing(text, percentEncoded, ([found]) => bytesToText(hexBytes(found, 3))) : undefined;

/** `+` for a blank, as forms encode it. */
export const plus: Decoder = (text) => (text.includes("+") ? replacing(text, /\+/g, () => " ") : undefined);

const shortEscapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\u0007",
  e: "\u001b",
  "0": "\0",
};

function characterOf(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Escapes with a backslash as JSON, JavaScript, Python and C write them: `\n`, `\"`, `\u0041`, `\x41`, `\101`. */
export const backslash: Decoder = (text) => {
  if (!text.includes("\\")) return undefined;
  return replacing(
    text,
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|([\s\S]))/g,
    ([, braced, short, long, byte, octal, char]) => {
      const hex = braced ?? short ?? long ?? byte;
      if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return char === undefined ? undefined : (shortEscapes[char] ?? char);
    },
  );
};

/** A backslash that only protects the next character, as shells and regular expressions write it. */
export const plainBackslash: Decoder = (text) =>
  text.includes("\\") ? replacing(text, /\\([\s\S])/g, ([, char]) => (char === "\n" ? "" : char)) : undefined;

/** What a shell needs to write a quote inside of quotes: `'\\''` and `'"'"'`. */
export const shellQuotes: Decoder = (text) =>
  text.includes("'") ? replacing(text, /'\\''|'"'"'/g, () => "'") : undefined;

/** Quotes that stand twice inside of quotes, as in SQL, CSV and PowerShell. */
export const doubledQuotes: Decoder = (text) =>
  text.includes("''") || text.includes('""') ? replacing(text, /''|""/g, ([found]) => found.slice(1)) : undefined;

/** PowerShell's escapes. */
export const backtick: Decoder = (text) =>
  text.includes("`") ? replacing(text, /`([\s\S])/g, ([, char]) => char) : undefined;

/** Quotes that a shell drops where it joins pieces: `ab'cd'` is `abcd`. */
export const joinedQuotes: Decoder = (text) =>
  /['"]/.test(text) ? replacing(text, /(?<=\S)['"]|['"](?=\S)/g, () => "") : undefined;

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};

/** HTML and XML character references. */
export const html: Decoder = (text) => {
  if (!text.includes("&")) return undefined;
  return replacing(text, /&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,6}));/g, ([, decimal, hex, name]) => {
    if (decimal !== undefined) return characterOf(Number(decimal));
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    return name === undefined ? undefined : entities[name.toLowerCase()];
  });
};

/** Text that was wrapped into lines, as `base64` and terminals do. */
export const unwrapped: Decoder = (text) =>
  text.includes("\n") ? replacing(text, /\r?\n[ \t]*/g, () => "") : undefined;

export const decoders: readonly Decoder[] = [
  percent,
  plus,
  backslash,
  plainBackslash,
  shellQuotes,
  doubledQuotes,
  backtick,
  joinedQuotes,
  html,
  unwrapped,
];

/** The text as it is. */
export function plainView(text: string): View {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    starts[index] = index;
    ends[index] = index + 1;
  }
  return { text, starts, ends };
}

/** The view of a view, with positions of the first text. */
export function through(outer: View, inner: View): View {
  return {
    text: inner.text,
    starts: inner.starts.map((at) => outer.starts[at] ?? 0),
    ends: inner.ends.map((at) => outer.ends[at - 1] ?? 0),
  };
}
