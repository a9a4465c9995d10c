// Readings of a text in which an encoded literal stands as itself, each with the way back to where it stood.

/** One encoding: what it writes, and what that stands for. */
export interface Decoder {
  /** A cheap sign that the text may hold anything of this encoding. */
  sign(text: string): boolean;
  /** Global; what it matches is never shorter than what it stands for. */
  readonly pattern: RegExp;
  /** Groups in their order; undefined leaves the match as it is. */
  readonly replace: (found: string, ...groups: (string | undefined)[]) => string | undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Percent-encoded bytes as text, or byte by byte where they are no UTF-8. */
function percentText(found: string): string {
  const bytes = Uint8Array.from(found.slice(1).split("%"), (digits) => Number.parseInt(digits, 16));
  try {
    return utf8.decode(bytes);
  } catch {
    return String.fromCharCode(...bytes);
  }
}

const continued = "%[89abAB][0-9a-fA-F]";

/** Percent-encoding, of all characters or some: a character of UTF-8 by its lead byte, else one byte. */
const percent: Decoder = {
  sign: (text) => text.includes("%"),
  pattern: new RegExp(
    `%[cdCD][0-9a-fA-F]${continued}|%[eE][0-9a-fA-F](?:${continued}){2}|%[fF][0-7](?:${continued}){3}|%[0-9a-fA-F]{2}`,
    "g",
  ),
  replace: percentText,
};

/** `+` for a blank, as forms encode it. */
const plus: Decoder = { sign: (text) => text.includes("+"), pattern: /\+/g, replace: () => " " };

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
const backslash: Decoder = {
  sign: (text) => text.includes("\\"),
  pattern:
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|([\s\S]))/g,
  replace: (_found, braced, short, long, byte, octal, char) => {
    const hex = braced ?? short ?? long ?? byte;
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    return char === undefined ? undefined : (shortEscapes[char] ?? char);
  },
};

/** A backslash that only protects the next character, as shells and regular expressions write it. */
const plainBackslash: Decoder = {
  sign: (text) => text.includes("\\"),
  pattern: /\\([\s\S])/g,
  replace: (_found, char) => (char === "\n" ? "" : char),
};

/** What a shell needs to write a quote inside of quotes: `'\''` and `'"'"'`. */
const shellQuotes: Decoder = { sign: (text) => text.includes("'"), pattern: /'\\''|'"'"'/g, replace: () => "'" };

/** Quotes that stand twice inside of quotes, as in SQL, CSV and PowerShell. */
const doubledQuotes: Decoder = {
  sign: (text) => text.includes("''") || text.includes('""'),
  pattern: /''|""/g,
  replace: (found) => found.slice(1),
};

/** PowerShell's escapes. */
const backtick: Decoder = {
  sign: (text) => text.includes("`"),
  pattern: /`([\s\S])/g,
  replace: (_found, char) => char,
};

/** Quotes that a shell drops where it joins pieces: `ab'cd'` is `abcd`. */
const joinedQuotes: Decoder = { sign: (text) => /['"]/.test(text), pattern: /['"]+/g, replace: () => "" };

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** HTML and XML character references. */
const html: Decoder = {
  sign: (text) => text.includes("&"),
  pattern: /&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,6}));/g,
  replace: (_found, decimal, hex, name) => {
    if (decimal !== undefined) return characterOf(Number(decimal));
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    return name === undefined ? undefined : entities[name.toLowerCase()];
  },
};

/** Text that was wrapped into lines, as `base64` and terminals do. */
const unwrapped: Decoder = {
  sign: (text) => text.includes("\n"),
  pattern: /\r?\n[ \t]*/g,
  replace: () => "",
};

/** Encodings that are put around each other: a URL in JSON in a form. */
export const stackable: readonly Decoder[] = [percent, backslash, html, unwrapped];
/** Encodings of one layer: directly around the literal, or around one of the others. */
export const single: readonly Decoder[] = [plus, plainBackslash, shellQuotes, doubledQuotes, backtick, joinedQuotes];

/** What the text stands for in this encoding; the text itself where there is nothing of it. */
export function decode(text: string, { sign, pattern, replace }: Decoder): string {
  if (!sign(text)) return text;
  return text.replace(pattern, (found: string, ...rest: unknown[]) => replace(found, ...groupsOf(rest)) ?? found);
}

/** The groups among the arguments of a replacer: what comes before the offset. */
function groupsOf(rest: readonly unknown[]): (string | undefined)[] {
  const end = rest.findIndex((value) => typeof value === "number");
  return rest.slice(0, end) as (string | undefined)[];
}

/** Where each UTF-16 unit of a decoded text stood before. */
export interface Places {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** The places of what one encoding stands for; computed only where something was found there. */
function placesOf(text: string, { sign, pattern, replace }: Decoder): Places {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let size = 0;
  const put = (from: number, to: number): void => {
    starts[size] = from;
    ends[size] = to;
    size += 1;
  };
  let from = 0;
  for (const match of sign(text) ? text.matchAll(pattern) : []) {
    const [found, ...groups] = match;
    const next = replace(found, ...groups);
    if (next === undefined) continue;
    for (let index = from; index < match.index; index += 1) put(index, index + 1);
    from = match.index + found.length;
    for (let unit = 0; unit < next.length; unit += 1) put(match.index, from);
  }
  for (let index = from; index < text.length; index += 1) put(index, index + 1);
  return { starts: starts.subarray(0, size), ends: ends.subarray(0, size) };
}

/** The places, in the first text, of what a chain of encodings stands for. */
export function placesThrough(text: string, chain: readonly Decoder[]): Places | undefined {
  let inner = text;
  let places: Places | undefined;
  for (const decoder of chain) {
    const step = placesOf(inner, decoder);
    const outer = places;
    places =
      outer === undefined
        ? step
        : {
            starts: step.starts.map((at) => outer.starts[at] ?? 0),
            ends: step.ends.map((at) => outer.ends[at - 1] ?? 0),
          };
    inner = decode(inner, decoder);
  }
  return places;
}
