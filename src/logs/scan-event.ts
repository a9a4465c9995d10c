// Where in a block of bytes an event of several lines ends, and what makes two events the same.

const newline = 10;

const isIndent = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 0xc2;
const textDecoder = new TextDecoder("utf-8");

/** Bytes as text; what is no UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array, from: number, end: number): string {
  return textDecoder.decode(bytes.subarray(from, end));
}

const startsWith = (bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean => {
  if (at + prefix.length > end) return false;
  for (let each = 0; each < prefix.length; each++) if (bytes[at + each] !== prefix[each]) return false;
  return true;
};

/** Lines without an indent that belong to the error above them. */
const continuation =
  /^(?:Traceback \(most|During handling of|The above exception|Caused by|Require stack:|- |Attempts made:|DETAIL:|HINT:|LINE \d|CONTEXT:|\[SQL:|\[parameters:|\(Background on|\.\.\. \d+ more|[)\]}])/;
const exceptionLine = /^(?:(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*|[A-Z]\w*)(?:: |$)/;
const longestLook = 160;
/** A time and what journald, syslog or containerd write after it; ASCII, so that characters are bytes. */
export const timePrefix =
  /^(?:<\d{1,3}>1 \d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:- |\[[^\]\n]{0,300}\] )|(?:\d{4}-\d\d-\d\d[T ][\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)? |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )(?:[\w.-]{1,64} [\w.@-]{1,64}\[\d+\]: |(?:stdout|stderr) [FP] )?)/;
const isTimeStart = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 60);

/** Where an event that begins at a line's start ends (behind its last newline), as far as the bytes up to `end` tell. */
export interface EventEnd {
  readonly end: number;
  /** False where the next line, which decides, is not there yet. */
  readonly known: boolean;
}

export interface EventContext {
  /** What stands before every line of the event. */
  readonly repeated: Uint8Array;
  /** Whether a time stands before its first line: then one may stand before each (`kubectl logs --timestamps`, journald). */
  readonly timed: boolean;
  /** Whether its first line begins a traceback. */
  readonly traceback: boolean;
  /** Whether no bytes follow those given. */
  readonly last: boolean;
}

/**
 * Finds the end of the event whose first line begins at `start`: indented lines, tracebacks and what errors add to
 * themselves belong to it.
 */
export function eventEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  { repeated, timed, traceback, last }: EventContext,
): EventEnd {
  let lineEnd = bytes.indexOf(newline, start);
  if (lineEnd === -1 || lineEnd >= end) return { end, known: last };
  let inTraceback = traceback;
  let eventTo = lineEnd + 1;
  let at = eventTo;
  for (;;) {
    let skipped = startsWith(bytes, at, end, repeated) ? at + repeated.length : at;
    const next = bytes.indexOf(newline, skipped);
    const whole = next !== -1 && next < end;
    // A line of which too little is there to be judged decides nothing.
    if (!whole && !last && end - skipped < longestLook) return { end: eventTo, known: false };
    lineEnd = whole ? next : end;
    if (skipped >= end) return { end: eventTo, known: last };
    if (repeated.length > 0 && skipped === at) return { end: eventTo, known: true };
    if (timed && isTimeStart(bytes[skipped])) {
      const text = textOf(bytes, skipped, Math.min(lineEnd, skipped + longestLook));
      skipped += timePrefix.exec(text)?.[0].length ?? 0;
    }
    if (lineEnd === skipped) {
      // An empty line is inside an event only where a chained traceback follows.
      at = lineEnd + 1;
      if (at >= end) return { end: eventTo, known: last };
      continue;
    }
    const belongs = lineBelongs(bytes, skipped, lineEnd, inTraceback, at > eventTo);
    if (belongs === "no") return { end: eventTo, known: true };
    inTraceback = belongs === "traceback" || (inTraceback && belongs === "indented");
    eventTo = Math.min(lineEnd + 1, end);
    if (!whole) return { end: eventTo, known: last };
    at = eventTo;
  }
}

type Belongs = "no" | "indented" | "traceback" | "yes";

function lineBelongs(
  bytes: Uint8Array,
  from: number,
  lineEnd: number,
  inTraceback: boolean,
  afterEmpty: boolean,
): Belongs {
  if (isIndent(bytes[from])) return afterEmpty ? "no" : "indented";
  const text = textOf(bytes, from, Math.min(lineEnd, from + longestLook)).trimEnd();
  if (text.startsWith("Traceback (most")) return "traceback";
  if (continuation.test(text)) return afterEmpty && !/^(?:During|The above)/.test(text) ? "no" : "yes";
  return inTraceback && !afterEmpty && exceptionLine.test(text) ? "yes" : "no";
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isHexLetter = (byte: number): boolean => (byte >= 97 && byte <= 102) || (byte >= 65 && byte <= 70);
const isLetter = (byte: number): boolean => (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);

/**
 * A number that is the same for events that differ only in numbers, ids and times, and in the indented lines of their
 * stacks: two 26-bit hashes side by side. Events of one key are taken for one failure without being read again.
 */
export function eventKey(bytes: Uint8Array, from: number, end: number): number {
  let one = 0x811c9dc5;
  let two = 0x9747b28c;
  let at = from;
  let lineStart = true;
  while (at < end) {
    const byte = bytes[at] ?? newline;
    if (lineStart && at > from && isIndent(byte) && isIndent(bytes[at + 1])) {
      const next = bytes.indexOf(newline, at);
      at = next === -1 || next >= end ? end : next + 1;
      continue;
    }
    lineStart = byte === newline || byte === 13;
    if (isDigit(byte) || isLetter(byte)) {
      // A word of digits, or of digits and a to f, is a number or an id; it counts as a mark.
      let wordEnd = at;
      let digits = 0;
      let others = 0;
      for (; wordEnd < end; wordEnd++) {
        const each = bytes[wordEnd] ?? 0;
        if (isDigit(each)) digits += 1;
        else if (!isLetter(each)) break;
        else if (!isHexLetter(each)) others += 1;
      }
      if (digits > 0 && others === 0) {
        one = Math.imul(one ^ 35, 0x01000193);
        two = Math.imul(two ^ 35, 0x5bd1e995);
      } else {
        for (let each = at; each < wordEnd; each++) {
          one = Math.imul(one ^ (bytes[each] ?? 0), 0x01000193);
          two = Math.imul(two ^ (bytes[each] ?? 0), 0x5bd1e995);
        }
      }
      two ^= two >>> 15;
      at = wordEnd;
      continue;
    }
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x5bd1e995);
    at += 1;
  }
  return (one >>> 6) * 0x400_0000 + ((two ^ (two >>> 13)) >>> 6);
}
