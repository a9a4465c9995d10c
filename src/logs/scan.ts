import { byteSearch } from "./byte-search.ts";
import { looksLikeError } from "./error-filter.ts";
import { eventEnd, eventKey, textOf, timePrefix } from "./scan-event.ts";
import { beginsWithTailRecord, jsonEvents } from "./scan-json.ts";
import type { LinePrefix } from "./scan-line.ts";
import { beginsWithColumns, rowEnd, rowStart } from "./scan-rows.ts";
import { functionInRow, functionNamed, lastTimestampIn, linePrefix, timeOfJson } from "./scan-line.ts";
import type { Tally, Triage } from "./scan-tally.ts";
import { beginsTailEntry, beginsWithTailText, tailTextEvent } from "./scan-tail-text.ts";
import { newTally } from "./scan-tally.ts";
import { ordinaryLog } from "./ordinary-log.ts";
import { scanTerms } from "./scan-terms.ts";

export type { Triage, TriageGroup } from "./scan-tally.ts";

export interface ScanOptions {
  /** The function that lines belong to which name none, a file's name for example. */
  readonly source?: string;
  /** Columns of the histograms; 10 unless given. */
  readonly columns?: number;
  /** Bytes that are gathered before they are searched; it affects speed and memory only. */
  readonly blockSize?: number;
  /** What the failures are counted in, for logs that are counted together; their times share one histogram. */
  readonly into?: Tally;
}

export interface LogScanner {
  /** Takes the next bytes of the log; they may be cut anywhere and reused afterwards. */
  readonly push: (chunk: Uint8Array) => void;
  /** What was found. Nothing may be pushed after it. */
  readonly finish: () => Triage;
}

const newline = 10;
/** An event ends here at the latest: CloudWatch takes at most 1 MB, but what matters of an error stands at its beginning. */
const longestEvent = 65_536;
/** How far back a line's beginning is looked for, and before it a time for lines that have none. */
const longestLine = 65_536;
const lookBack = 4_096;
const usualBlock = 1 << 20;

const search = byteSearch(scanTerms, ordinaryLog);
const longestTerm = Math.max(...scanTerms.map((term) => term.length));
const encoder = new TextEncoder();
const noBytes = new Uint8Array(0);

const laterTimes = new RegExp(`\\n${timePrefix.source.slice(1)}`, "g");

/** How many bytes the first `length` characters of a text are in UTF-8; prefixes are ASCII nearly always. */
function lengthInBytes(text: string, length: number): number {
  for (let at = 0; at < length; at++)
    if (text.charCodeAt(at) > 127) return encoder.encode(text.slice(0, length)).length;
  return length;
}

/**
 * Whole JSON documents, as the AWS CLI prints them, begin with a bracket that is not closed in its own line. The records
 * of a tail are read as one, too.
 */
function looksLikeDocument(bytes: Uint8Array, end: number): boolean {
  const head = textOf(bytes, 0, Math.min(end, longestLine)).replace(/^\ufeff?\s+/, "");
  if (beginsWithTailRecord(head)) return true;
  // An object as Node prints it has names without quotes.
  if (!/^[[{]\s*(?:["[\]{}\d]|true|false|null|$)/.test(head)) return false;
  const line = head.split("\n", 1)[0] ?? "";
  if (
    /^[[{]\s*$/.test(line.trim()) ||
    /^\[\s*[[{]/.test(line) ||
    /^\{\s*"(?:events|results|queryLanguage|searchedLogStreams|nextForwardToken|messageType)"/.test(line)
  )
    return true;
  return false;
}

/**
 * Reads a log of any length in chunks and counts what fails in it, in less than a few megabytes whatever its length: exported
 * files, `aws logs tail`, `sam logs`, `filter-log-events` (text and JSON), Insights results, the records of
 * `cscp logs tail` (records and text), JSON lines, lines with the name of a pod or container before them. The result depends on the bytes alone, not on how they were cut.
 */
export function logScanner(options: ScanOptions = {}): LogScanner {
  const tally = options.into ?? newTally();
  const columns = options.columns ?? 10;
  const blockSize = options.blockSize ?? usualBlock;
  const kept = longestLine + lookBack;
  const buffer = new Uint8Array(kept + longestEvent + blockSize + 1);
  let end = 0;
  /** Where in the buffer the next search begins, and up to where events have been taken. */
  let searchFrom = 0;
  let takenTo = 0;
  let total = 0;
  let document: ReturnType<typeof jsonEvents> | undefined;
  let decided = false;
  let inRows = false;
  let inTail = false;

  function addText(
    text: string,
    from: {
      readonly timestamp: number | undefined;
      readonly stream: string | undefined;
      readonly source: string | undefined;
    },
  ): void {
    const bytes = encoder.encode(text);
    tally.add(eventKey(bytes, 0, bytes.length), { ...from, source: from.source ?? options.source }, () => text);
  }

  function lineStartBefore(at: number): number {
    const limit = Math.max(0, at - longestLine);
    let start = at;
    while (start > limit && buffer[start - 1] !== newline) start -= 1;
    return start;
  }

  /** Takes the entry of a tail around a hit, without what the tail says of it; false where its end is not there yet. */
  function takeTailEntry(hit: number, last: boolean): boolean {
    const first = Math.max(takenTo, hit - longestLine, 0);
    let start = Math.max(lineStartBefore(hit), takenTo);
    while (start > first && !beginsTailEntry(textOf(buffer, start, start + 1)))
      start = Math.max(lineStartBefore(start - 1), first);
    const limit = Math.min(end, start + longestEvent);
    const isLast = last || limit === start + longestEvent;
    const found = eventEnd(buffer, start, limit, { repeated: noBytes, timed: false, traceback: false, last: isLast });
    if (!found.known) return false;
    const event = tailTextEvent(textOf(buffer, start, found.end).trimEnd());
    const { message: shown, source, times } = event ?? { message: "", source: undefined, times: 0 };
    for (let time = 0; time < times; time += 1) addText(shown, { timestamp: undefined, stream: undefined, source });
    takenTo = found.end;
    return true;
  }

  /** Takes the event around a hit; false where its end is not there yet. */
  function takeEvent(hit: number, last: boolean): boolean {
    if (inTail) return takeTailEntry(hit, last);
    const lineStart = Math.max(lineStartBefore(hit), takenTo);
    const start = inRows ? rowStart(buffer, lineStart, Math.max(takenTo, hit - longestLine)) : lineStart;
    const limit = Math.min(end, start + longestEvent);
    const head = textOf(buffer, start, Math.min(limit, start + 512)).split("\n", 1)[0] ?? "";
    const prefix = linePrefix(head);
    const messageAt = start + lengthInBytes(head, prefix.length);
    const isLast = last || limit === start + longestEvent;
    const found =
      inRows && prefix.quoted
        ? rowEnd(buffer, messageAt, limit, isLast)
        : eventEnd(buffer, start, limit, {
            repeated: prefix.repeated === "" ? noBytes : encoder.encode(prefix.repeated),
            timed: prefix.timed,
            traceback: head.includes("Traceback (most"),
            last: isLast,
          });
    if (!found.known) return false;
    const whole = (): string => textOf(buffer, messageAt, found.end);
    const timestamp =
      prefix.timestamp ??
      (head.startsWith("{", prefix.length) ? timeOfJson(whole()) : undefined) ??
      lastTimestampIn(textOf(buffer, Math.max(0, start - lookBack), start));
    const source = prefix.source ?? (prefix.quoted ? functionInRow(whole()) : functionNamed(head)) ?? options.source;
    tally.add(eventKey(buffer, messageAt, found.end), { timestamp, source, stream: prefix.stream }, () =>
      message(whole(), prefix),
    );
    takenTo = found.end;
    return true;
  }

  function process(last: boolean): void {
    const hits: number[] = [];
    search.search(buffer, searchFrom, end, hits);
    let waiting: number | undefined;
    for (const hit of hits) {
      if (hit < takenTo) continue;
      if (takeEvent(hit, last)) continue;
      waiting = hit;
      break;
    }
    searchFrom = waiting ?? Math.max(searchFrom, end - longestTerm + 1, takenTo);
    const drop = Math.min(searchFrom, end) - kept;
    if (drop <= 0) return;
    buffer.copyWithin(0, drop, end);
    end -= drop;
    searchFrom -= drop;
    takenTo = Math.max(0, takenTo - drop);
  }

  function decide(): void {
    decided = true;
    const beginning = textOf(buffer, 0, Math.min(end, lookBack));
    inRows = beginsWithColumns(beginning);
    inTail = beginsWithTailText(beginning);
    if (!looksLikeDocument(buffer, end)) return;
    document = jsonEvents((event) => addText(event.message, event));
    document.push(buffer.subarray(0, end));
    end = 0;
  }

  return {
    push(chunk) {
      total += chunk.length;
      let at = 0;
      while (at < chunk.length) {
        if (document !== undefined) {
          document.push(chunk.subarray(at));
          return;
        }
        const taken = Math.min(chunk.length - at, buffer.length - end);
        buffer.set(chunk.subarray(at, at + taken), end);
        end += taken;
        at += taken;
        if (!decided && end >= longestLine) decide();
        if (decided && document === undefined && end === buffer.length) process(false);
      }
    },
    finish() {
      if (!decided) decide();
      if (document === undefined) process(true);
      else document.finish();
      return tally.finish(total, columns);
    },
  };
}

/** The text of an event without what repeats before each of its lines, and without the JSON that some exports wrap around it. */
function message(text: string, { repeated, timed, quoted }: LinePrefix): string {
  const unrepeated = repeated === "" ? text : text.replaceAll(`\n${repeated}`, "\n");
  const plain = timed ? unrepeated.replaceAll(laterTimes, "\n") : unrepeated;
  // The field ends where a quote stands alone.
  if (quoted) return /^(?:[^"]|"")*/.exec(plain)?.[0].replaceAll('""', '"') ?? plain;
  const wrapped = /^\s*\{.*"(?:@?message|log|MESSAGE|textPayload)"\s*:\s*"/.test(plain) ? unwrapped(plain) : undefined;
  return wrapped ?? plain;
}

function unwrapped(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const fields = value as Readonly<Record<string, unknown>>;
    // What wraps a line says at least when it was; a message alone is an answer of API Gateway's.
    if (Object.keys(fields).length === 1) return undefined;
    // A logger's own object is better read whole: it has the level and the error beside the message.
    if (["level", "log_level", "errorType", "errorMessage", "requestId", "type"].some((name) => name in fields))
      return undefined;
    const inner = ["message", "@message", "log", "MESSAGE", "textPayload"]
      .map((name) => fields[name])
      .find((field) => typeof field === "string");
    // What failed may stand in other fields.
    return typeof inner === "string" && looksLikeError(inner) ? inner : undefined;
  } catch {
    return undefined;
  }
}
