import { libpqParameter } from "./parameters.ts";

/** Why libpq refuses a connection string. Positions are UTF-16 offsets into the string. */
export interface LibpqRefusal {
  readonly code:
    | "bracket-unclosed"
    | "bracket-empty"
    | "bracket-junk"
    | "bad-percent"
    | "nul-percent"
    | "extra-separator"
    | "parameter-without-value"
    | "unknown-parameter"
    | "missing-equals"
    | "unterminated-quote";
  readonly at: number;
  readonly length: number;
}

/** The option values that libpq takes from a connection string, by its own key words, or its first refusal. */
export type LibpqReading =
  | { readonly ok: true; readonly options: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly refusal: LibpqRefusal };

/** A stretch of the connection string as written: `text` stands at the UTF-16 offset `at`. */
export interface Piece {
  readonly at: number;
  readonly text: string;
}

/** Decodes percent-encoding as libpq does: two hexadecimal digits must follow each `%`, and `%00` is forbidden. */
export function decodePercent(piece: Piece): { readonly value: string } | { readonly refusal: LibpqRefusal } {
  if (!piece.text.includes("%")) return { value: piece.text };
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < piece.text.length;) {
    if (piece.text[i] !== "%") {
      const end = piece.text.indexOf("%", i);
      const stop = end === -1 ? piece.text.length : end;
      bytes.push(...encoder.encode(piece.text.slice(i, stop)));
      i = stop;
      continue;
    }
    const digits = piece.text.slice(i + 1, i + 3);
    const at = piece.at + i;
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return { refusal: { code: "bad-percent", at, length: 1 } };
    if (digits === "00") return { refusal: { code: "nul-percent", at, length: 3 } };
    bytes.push(Number.parseInt(digits, 16));
    i += 3;
  }
  return { value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes)) };
}

/** The percent-decoded text, or the text as written where it cannot be decoded. */
export function decodeLeniently(piece: Piece): string {
  const decoded = decodePercent(piece);
  return "value" in decoded ? decoded.value : piece.text;
}

/** Length of the prefix by which libpq knows a URI, or 0. The comparison minds capitals, as libpq's does. */
export function uriPrefixLength(text: string): number {
  if (text.startsWith("postgresql://")) return 13;
  if (text.startsWith("postgres://")) return 11;
  return 0;
}

/**
 * Reads a connection string exactly as libpq's PQconninfoParse does (both forms, first fault ends the reading), to know
 * what a libpq-based driver would connect to. Checked against libpq itself in test/postgres.
 */
export function readAsLibpq(text: string): LibpqReading {
  const prefix = uriPrefixLength(text);
  return prefix > 0 ? readUri(text, prefix) : readKeyValues(text);
}

function scanUntil(text: string, from: number, stops: string): number {
  let p = from;
  while (p < text.length && !stops.includes(text[p] ?? "")) p += 1;
  return p;
}

function readUri(text: string, prefix: number): LibpqReading {
  const options = new Map<string, string>();
  const store = (name: string, at: number, end: number): LibpqRefusal | undefined => {
    if (end === at) return undefined;
    const decoded = decodePercent({ at, text: text.slice(at, end) });
    if ("refusal" in decoded) return decoded.refusal;
    options.set(name, decoded.value);
    return undefined;
  };
  let p = scanUntil(text, prefix, "@/");
  if (text[p] === "@") {
    const end = p;
    const colon = scanUntil(text, prefix, ":@");
    const refusal = store("user", prefix, colon) ?? (colon < end ? store("password", colon + 1, end) : undefined);
    if (refusal) return { ok: false, refusal };
    p = end + 1;
  } else {
    p = prefix;
  }

  const hostsAt = p;
  const hosts: string[] = [];
  const ports: string[] = [];
  for (;;) {
    let host: string;
    if (text[p] === "[") {
      const close = scanUntil(text, p, "]");
      if (close === text.length) return refuse("bracket-unclosed", p, text.length - p);
      if (close === p + 1) return refuse("bracket-empty", p, 2);
      host = text.slice(p + 1, close);
      p = close + 1;
      if (p < text.length && !":/?,".includes(text[p] ?? "")) return refuse("bracket-junk", p, 1);
    } else {
      const end = scanUntil(text, p, ":/?,");
      host = text.slice(p, end);
      p = end;
    }
    hosts.push(host);
    if (text[p] === ":") {
      const end = scanUntil(text, p + 1, "/?,");
      ports.push(text.slice(p + 1, end));
      p = end;
    } else {
      ports.push("");
    }
    if (text[p] !== ",") break;
    p += 1;
  }
  // libpq joins the list first and decodes it afterwards, so an encoded comma separates hosts as well.
  for (const [name, list] of [
    ["host", hosts.join(",")],
    ["port", ports.join(",")],
  ] as const) {
    if (list === "") continue;
    const decoded = decodePercent({ at: hostsAt, text: list });
    if ("refusal" in decoded) return { ok: false, refusal: { ...decoded.refusal, at: hostsAt, length: p - hostsAt } };
    options.set(name, decoded.value);
  }
  if (text[p] === "/") {
    const end = scanUntil(text, p + 1, "?");
    const refusal = store("dbname", p + 1, end);
    if (refusal) return { ok: false, refusal };
    p = end;
  }
  const refusal = p < text.length ? readQuery(text, p + 1, options) : undefined;
  return refusal ? { ok: false, refusal } : { ok: true, options };
}

function readQuery(text: string, from: number, options: Map<string, string>): LibpqRefusal | undefined {
  for (let p = from; p < text.length;) {
    const end = scanUntil(text, p, "&");
    const equals = text.indexOf("=", p);
    if (equals === -1 || equals >= end) return { code: "parameter-without-value", at: p, length: end - p };
    const extra = text.indexOf("=", equals + 1);
    if (extra !== -1 && extra < end) return { code: "extra-separator", at: extra, length: 1 };
    const name = decodePercent({ at: p, text: text.slice(p, equals) });
    if ("refusal" in name) return name.refusal;
    const value = decodePercent({ at: equals + 1, text: text.slice(equals + 1, end) });
    if ("refusal" in value) return value.refusal;
    // The one JDBC spelling that libpq takes.
    if (name.value === "ssl" && value.value === "true") options.set("sslmode", "require");
    else if (libpqParameter(name.value)) options.set(name.value, value.value);
    else return { code: "unknown-parameter", at: p, length: equals - p };
    p = end + 1;
  }
  return undefined;
}

/** One `key = value` of a DSN: where it stands, and the value without its quotes and backslashes. */
export interface DsnEntry {
  readonly name: Piece;
  readonly raw: Piece;
  readonly value: string;
  readonly quoted: boolean;
}

const isSpace = (char: string | undefined): boolean => char !== undefined && " \t\n\r\v\f".includes(char);

/**
 * Splits a key=value connection string. After a fault it goes on at the next blank, so that `refusals` holds every fault
 * and `entries` every pair that could be read; libpq itself would stop at the first refusal.
 */
export function splitDsn(
  text: string,
  offset = 0,
): { readonly entries: readonly DsnEntry[]; readonly refusals: readonly LibpqRefusal[] } {
  const entries: DsnEntry[] = [];
  const refusals: LibpqRefusal[] = [];
  let p = 0;
  const skipSpace = () => {
    while (isSpace(text[p])) p += 1;
  };
  for (skipSpace(); p < text.length; skipSpace()) {
    const start = p;
    while (p < text.length && text[p] !== "=" && !isSpace(text[p])) p += 1;
    const name = { at: offset + start, text: text.slice(start, p) };
    skipSpace();
    if (text[p] !== "=") {
      refusals.push({ code: "missing-equals", at: name.at, length: name.text.length });
      continue;
    }
    p += 1;
    skipSpace();
    const from = p;
    let value = "";
    const quoted = text[p] === "'";
    if (quoted) p += 1;
    for (; p < text.length && (quoted ? text[p] !== "'" : !isSpace(text[p])); p += 1) {
      if (text[p] === "\\") p += 1;
      value += text[p] ?? "";
    }
    // A backslash as the very last character steps over the end.
    p = Math.min(p, text.length);
    if (quoted) {
      if (p >= text.length)
        refusals.push({ code: "unterminated-quote", at: offset + from, length: text.length - from });
      else p += 1;
    }
    entries.push({ name, raw: { at: offset + from, text: text.slice(from, p) }, value, quoted });
  }
  return { entries, refusals };
}

function readKeyValues(text: string): LibpqReading {
  const { entries, refusals } = splitDsn(text);
  const [first] = refusals;
  const options = new Map<string, string>();
  for (const entry of entries) {
    if (first && first.at < entry.name.at) break;
    // libpq reads a pair whole before it looks at the name: an open quote is found first.
    if (first && first.at === entry.raw.at) break;
    if (!libpqParameter(entry.name.text)) {
      return refuse("unknown-parameter", entry.name.at, entry.name.text.length);
    }
    options.set(entry.name.text, entry.value);
  }
  return first ? { ok: false, refusal: first } : { ok: true, options };
}

function refuse(code: LibpqRefusal["code"], at: number, length: number): LibpqReading {
  return { ok: false, refusal: { code, at, length } };
}
