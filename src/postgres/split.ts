import { isKnownName } from "./parameters.ts";
import { splitDsn, type DsnEntry, type LibpqRefusal, type Piece } from "./libpq.ts";

/** What stood around the connection string, from a paste out of a shell, a file or a console. */
export interface Wrapping {
  readonly code: "assignment" | "command" | "quotes" | "blank" | "line-break" | "invisible-character";
  readonly at: number;
  readonly length: number;
}

/** One `host[:port]` of the authority, undecoded. `bracketed` for an IPv6 address in brackets. */
export interface HostPiece {
  readonly host: Piece;
  readonly port?: Piece;
  readonly bracketed: boolean;
  /** The first place where libpq cannot go on: a bracket left open, empty, or followed by something else. */
  readonly refusal?: LibpqRefusal;
}

/** One `name=value` of the query. `value` is absent where no `=` stands. */
export interface ParameterPiece {
  readonly name: Piece;
  readonly value?: Piece;
}

/** A URL taken apart as its author meant it: the credentials end at the last `@`, wherever libpq would end them. */
export interface UriSplit {
  readonly form: "uri";
  readonly scheme: Piece;
  /** What stands between the scheme and the rest; `://` where it is right. */
  readonly separator: Piece;
  readonly user?: Piece;
  readonly password?: Piece;
  readonly hosts: readonly HostPiece[];
  readonly database?: Piece;
  readonly parameters: readonly ParameterPiece[];
  /** No `@`, and no number where the port belongs: any later part may be a piece of a password and is not shown. */
  readonly suspect: boolean;
}

/** A key=value connection string taken apart. */
export interface DsnSplit {
  readonly form: "dsn";
  readonly entries: readonly DsnEntry[];
  readonly refusals: readonly LibpqRefusal[];
}

/** Text that is no connection string at all. */
export interface UnknownSplit {
  readonly form: "unknown";
  readonly text: Piece;
}

const quotes = "\"'`“”‘’";
const closing: Readonly<Record<string, string>> = { "“": "”", "‘": "’" };
const invisible = "\u00a0\u200b\u200c\u200d\u2060\ufeff";
const assignment =
  /^(?:(?:export|set|env)\s+[A-Za-z_][A-Za-z0-9_]*\s*=|\$env:[A-Za-z_][A-Za-z0-9_]*\s*=|[A-Z][A-Z0-9_]*\s*=|[A-Z][A-Z0-9_]*:\s)\s*/;
const command = /^(?:\$\s+)?psql\s+(?:(?:-d|--dbname)[\s=]+)?(?=\S)/;
const uriStart = /^[A-Za-z][A-Za-z0-9+.:-]{0,40}?:\/\//;

/**
 * Takes off what a paste left around the connection string (assignment, `psql`, quotes, blanks, line breaks) and says
 * what that was. `piece` is the inner text with its UTF-16 offset in `raw`.
 */
export function unwrap(raw: string): { readonly piece: Piece; readonly wrappings: readonly Wrapping[] } {
  const wrappings: Wrapping[] = [];
  let from = 0;
  let to = raw.length;
  const trim = () => {
    const code = (at: number): Wrapping["code"] | undefined => {
      const char = raw[at] ?? "";
      if (char === "\n" || char === "\r") return "line-break";
      if (invisible.includes(char)) return "invisible-character";
      return /\s/.test(char) ? "blank" : undefined;
    };
    const lead = from;
    const tail = to;
    while (from < to && code(from)) from += 1;
    while (to > from && code(to - 1)) to -= 1;
    for (const [at, end] of [
      [lead, from],
      [to, tail],
    ] as const) {
      // One remark for each side, named after its most telling character.
      const codes = Array.from({ length: end - at }, (_, i) => code(at + i));
      const worst = (["line-break", "invisible-character", "blank"] as const).find((c) => codes.includes(c));
      if (worst) wrappings.push({ code: worst, at, length: end - at });
    }
  };
  for (let before = -1; before !== to - from;) {
    before = to - from;
    trim();
    const text = raw.slice(from, to);
    const assigned = assignment.exec(text)?.[0];
    const called = command.exec(text)?.[0];
    const first = text[0] ?? "";
    const last = text.at(-1) ?? "";
    if (assigned !== undefined) {
      wrappings.push({ code: "assignment", at: from, length: assigned.length });
      from += assigned.length;
    } else if (called !== undefined) {
      wrappings.push({ code: "command", at: from, length: called.length });
      from += called.length;
    } else if (text.length > 1 && quotes.includes(first) && last === (closing[first] ?? first)) {
      wrappings.push({ code: "quotes", at: from, length: 1 }, { code: "quotes", at: to - 1, length: 1 });
      from += 1;
      to -= 1;
    } else if (text.length > 1 && quotes.includes(first)) {
      wrappings.push({ code: "quotes", at: from, length: 1 });
      from += 1;
    } else if (quotes.includes(last) && last !== "" && uriStart.test(text)) {
      wrappings.push({ code: "quotes", at: to - 1, length: 1 });
      to -= 1;
    } else if (last === ";" && uriStart.test(text)) {
      wrappings.push({ code: "command", at: to - 1, length: 1 });
      to -= 1;
    }
  }
  return { piece: { at: from, text: raw.slice(from, to) }, wrappings };
}

/** Takes an unwrapped connection string apart into located pieces, whatever is wrong with it. */
export function split(piece: Piece): UriSplit | DsnSplit | UnknownSplit {
  const { at, text } = piece;
  const slashes = uriStart.exec(text);
  if (slashes) return splitUri(piece, slashes[0].length - 3, 3);
  // A scheme whose "://" was mistyped is still a URL: postgres:/host, postgresql:host, postgres//host.
  const mistyped = /^(?:jdbc:)?postgres(?:ql)?(?:\+[a-z0-9_]+)?(?=[:;/])/i.exec(text);
  if (mistyped) {
    const separator = /^[:;/]*/.exec(text.slice(mistyped[0].length))?.[0] ?? "";
    return splitUri(piece, mistyped[0].length, separator.length);
  }
  if (/^\s*[A-Za-z_]+\s*=/.test(text)) return { form: "dsn", ...splitDsn(text, at) };
  const bare = /^(?:\/\/)?(?:[^\s={}"]*|[^\s={}"]+:[^\s]*)@[^\s{}"]+$/.test(text) || /^\/\/[^\s{}"]+$/.test(text);
  if (bare) return splitUri(piece, 0, text.startsWith("//") ? 2 : 0);
  return { form: "unknown", text: piece };
}

function splitUri(piece: Piece, schemeLength: number, separatorLength: number): UriSplit {
  const part = (from: number, to: number): Piece => ({ at: piece.at + from, text: piece.text.slice(from, to) });
  const text = piece.text;
  const start = schemeLength + separatorLength;
  const query = queryStart(text, start);
  const credentialsEnd = findCredentialsEnd(text, start, query);
  const hostsFrom = credentialsEnd === undefined ? start : credentialsEnd + 1;
  const slash = text.indexOf("/", hostsFrom);
  const pathFrom = slash === -1 || slash >= query ? query : slash;
  const hosts = splitHosts(part(hostsFrom, pathFrom));
  const colon = credentialsEnd === undefined ? -1 : text.indexOf(":", start);
  const userEnd = colon === -1 || credentialsEnd === undefined || colon > credentialsEnd ? credentialsEnd : colon;
  const credentials =
    credentialsEnd === undefined || userEnd === undefined
      ? {}
      : {
          user: part(start, userEnd),
          ...(userEnd < credentialsEnd ? { password: part(userEnd + 1, credentialsEnd) } : {}),
        };
  const parameters: ParameterPiece[] = [];
  for (let p = query + 1; p <= text.length && query < text.length;) {
    const amp = text.indexOf("&", p);
    const end = amp === -1 ? text.length : amp;
    const equals = text.indexOf("=", p);
    const named = equals !== -1 && equals < end;
    // An empty last segment (`?a=b&` or a bare `?`) is nothing to libpq.
    if (end > p || amp !== -1) {
      parameters.push(named ? { name: part(p, equals), value: part(equals + 1, end) } : { name: part(p, end) });
    }
    p = end + 1;
  }
  return {
    form: "uri",
    scheme: part(0, schemeLength),
    separator: part(schemeLength, start),
    ...credentials,
    hosts,
    ...(pathFrom < query ? { database: part(pathFrom + 1, query) } : {}),
    parameters,
    suspect: credentialsEnd === undefined && hosts.some((h) => h.port !== undefined && !/^[0-9]*$/.test(h.port.text)),
  };
}

/**
 * Where the query begins: at the first `?` that has no `@` behind it, or behind which a parameter name stands that some
 * driver knows. Any other `?` belongs to a password that was not encoded.
 */
function queryStart(text: string, from: number): number {
  const lastAt = text.lastIndexOf("@");
  for (let p = text.indexOf("?", from); p !== -1; p = text.indexOf("?", p + 1)) {
    const name = /^[A-Za-z_]+(?==)/.exec(text.slice(p + 1))?.[0];
    if (p > lastAt || (name !== undefined && isKnownName(name))) return p;
  }
  return text.length;
}

/** The `@` that ends the credentials: the last one before the query, unless it can only belong to the path. */
function findCredentialsEnd(text: string, from: number, to: number): number | undefined {
  const last = text.slice(0, to).lastIndexOf("@");
  if (last < from) return undefined;
  const slash = text.indexOf("/", from);
  const inPath = slash !== -1 && slash < last && !text.slice(from, slash).includes("@");
  // `host/data@base` has no colon and nothing host-like after the sign; `user:pa/ss@host/db` has.
  const noPassword = !text.slice(from, last).includes(":");
  if (inPath && noPassword && !/[.:/]/.test(text.slice(last + 1, to))) return undefined;
  return last;
}

function splitHosts(authority: Piece): readonly HostPiece[] {
  const { at, text } = authority;
  const hosts: HostPiece[] = [];
  for (let p = 0; p <= text.length;) {
    let refusal: LibpqRefusal | undefined;
    let host: Piece;
    let end: number;
    const bracketed = text[p] === "[";
    if (bracketed) {
      const close = text.indexOf("]", p);
      end = close === -1 ? text.length : close + 1;
      host = { at: at + p + 1, text: text.slice(p + 1, close === -1 ? text.length : close) };
      if (close === -1) refusal = { code: "bracket-unclosed", at: at + p, length: text.length - p };
      else if (host.text === "") refusal = { code: "bracket-empty", at: at + p, length: 2 };
      else if (end < text.length && !":,".includes(text[end] ?? "")) {
        refusal = { code: "bracket-junk", at: at + end, length: 1 };
        end = text.slice(end).search(/[:,]/) === -1 ? text.length : end + text.slice(end).search(/[:,]/);
      }
    } else {
      const found = text.slice(p).search(/[:,]/);
      end = found === -1 ? text.length : p + found;
      host = { at: at + p, text: text.slice(p, end) };
    }
    let port: Piece | undefined;
    if (text[end] === ":") {
      const comma = text.indexOf(",", end);
      const stop = comma === -1 ? text.length : comma;
      port = { at: at + end + 1, text: text.slice(end + 1, stop) };
      end = stop;
    }
    hosts.push({ host, ...(port ? { port } : {}), bracketed, ...(refusal ? { refusal } : {}) });
    p = end + 1;
    if (end >= text.length) break;
  }
  return hosts;
}
