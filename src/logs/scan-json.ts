// Log events in JSON of any length: filter-log-events, get-log-events and Insights results, and the records of a tail.
import { timestampIn } from "./scan-line.ts";

export interface JsonLogEvent {
  readonly message: string;
  readonly timestamp: number | undefined;
  readonly stream: string | undefined;
  readonly source: string | undefined;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;
/** Longer objects are no log events. */
const longestObject = 4 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const when = (value: unknown): number | undefined =>
  typeof value === "number" ? value : typeof value === "string" ? timestampIn(value) : undefined;

const functionOf = (group: string | undefined): string | undefined => group?.replace(/^(?:\d+:)?\/aws\/lambda\//, "");

/** Whether a log begins with what `cscp logs tail -o ndjson` writes: its first record, or a part of them that was cut out. */
export const beginsWithTailRecord = (text: string): boolean =>
  /^(?:cscp: [^\n]*\n)*\{"type":"(?:start","version"|event","timestamp"|note","at"|ledger","printed")/.test(text);

/** An event as a tail writes it; its notes and sums are none, whatever they speak of. */
function tailEventOf(fields: Fields): JsonLogEvent | "none" | undefined {
  const { type, message, group, stream, source } = fields;
  if (type === "note" && text(fields["at"]) !== undefined && text(fields["code"]) !== undefined) return "none";
  if (type !== "event" || fields["ingestionTime"] === undefined || typeof message !== "string") return undefined;
  return {
    message,
    timestamp: when(fields["timestamp"]),
    stream: `${text(group) ?? ""} ${text(stream) ?? ""}`,
    source: text(source) ?? functionOf(text(group)),
  };
}

const ofErrors = ["errorType", "errorMessage", "error", "level", "log_level", "levelname", "severity"];
const ofEvents = ["eventId", "ingestionTime", "logStreamName", "@message", "@ptr"];

/** An answer of a function that failed, or a logger's own object, each over several lines: what says the most is the whole. */
function spreadObject(fields: Fields): JsonLogEvent | undefined {
  if (!ofErrors.some((name) => text(fields[name]) !== undefined) || ofEvents.some((name) => name in fields))
    return undefined;
  const timestamp = when(fields["timestamp"] ?? fields["time"] ?? fields["@timestamp"]);
  return { message: JSON.stringify(fields), timestamp, stream: undefined, source: undefined };
}

function eventOf(fields: Fields): JsonLogEvent | undefined {
  const tailed = tailEventOf(fields);
  if (tailed !== undefined) return tailed === "none" ? undefined : tailed;
  const spread = spreadObject(fields);
  if (spread !== undefined) return spread;
  const message = text(fields["message"]) ?? text(fields["@message"]);
  if (message === undefined) return undefined;
  return {
    message,
    timestamp: when(fields["timestamp"] ?? fields["@timestamp"]),
    stream: text(fields["logStreamName"] ?? fields["@logStream"]),
    source: functionOf(text(fields["logGroupName"] ?? fields["logGroup"] ?? fields["@log"])),
  };
}

/**
 * Reads a JSON document in chunks and hands each log event in it to `take`: objects with a `message`, and lists of
 * `{field, value}` pairs as Insights returns them. Only one object is held at a time.
 */
export function jsonEvents(take: (event: JsonLogEvent) => void): {
  readonly push: (chunk: Uint8Array) => void;
  /** Hands over, as it stands, an object that was cut off before anything else was found. */
  readonly finish: () => void;
} {
  let found = 0;
  const decoder = new TextDecoder("utf-8");
  let held: Uint8Array = new Uint8Array(8_192);
  let heldLength = 0;
  let inString = false;
  let escaped = false;
  /** Objects without any in them are what is parsed: a nested one ends what was held of its parent. */
  let holding = false;
  let row: Record<string, unknown> = {};
  /** Of the document around the events, as subscriptions of a log group deliver them. */
  let outer: { readonly source: string | undefined; readonly stream: string | undefined } | undefined;

  function enterObject(): void {
    const parent = decoder.decode(held.subarray(0, heldLength));
    const group = /"logGroup"\s*:\s*"([^"]{1,512})"/.exec(parent)?.[1];
    if (group !== undefined)
      outer = { source: functionOf(group), stream: /"logStream"\s*:\s*"([^"]{1,512})"/.exec(parent)?.[1] };
  }

  function hold(chunk: Uint8Array, from: number, to: number): void {
    const needed = heldLength + to - from;
    if (needed > longestObject) {
      holding = false;
      return;
    }
    if (needed > held.length) {
      const larger = new Uint8Array(Math.max(needed, held.length * 2));
      larger.set(held.subarray(0, heldLength));
      held = larger;
    }
    held.set(chunk.subarray(from, to), heldLength);
    heldLength = needed;
  }

  function endObject(): void {
    if (!holding) return;
    holding = false;
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(held.subarray(0, heldLength)));
    } catch {
      return;
    }
    if (!isFields(value)) return;
    const field = text(value["field"]);
    if (field !== undefined && "value" in value) row[field] = value["value"];
    const event = eventOf(value);
    if (event === undefined) return;
    found += 1;
    take({ ...event, source: event.source ?? outer?.source, stream: event.stream ?? outer?.stream });
  }

  function endList(): void {
    const event = eventOf(row);
    row = {};
    if (event === undefined) return;
    found += 1;
    take(event);
  }

  return {
    push(chunk) {
      let from = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          // No text of JSON holds a line break: a quote in a line that is none ends with it.
          else if (byte === quote || byte === newline) inString = false;
        } else if (byte === quote) inString = true;
        else if (byte === openBrace) {
          if (holding) {
            hold(chunk, from, at);
            enterObject();
          }
          holding = true;
          heldLength = 0;
          from = at;
        } else if (byte === closeBrace) {
          if (holding) hold(chunk, from, at + 1);
          from = at + 1;
          endObject();
        } else if (byte === closeBracket) endList();
        else if (byte === openBracket && !holding) row = {};
      }
      if (holding) hold(chunk, from, chunk.length);
    },
    finish() {
      if (found > 0 || !holding) return;
      const message = decoder.decode(held.subarray(0, heldLength));
      take({ message, timestamp: undefined, stream: undefined, source: undefined });
    },
  };
}
