// The body of a page, a part at a time: what a page holds takes three times its bytes once it is all parsed.
import { isAscii, type Buffer } from "node:buffer";

/** FilterLogEvents' answer as it is sent (awsJson 1.1). */
interface JsonPage {
  readonly events?: readonly JsonEvent[];
  readonly nextToken?: string;
}

export interface JsonEvent {
  readonly logStreamName?: string;
  readonly timestamp?: number;
  readonly message?: string;
  readonly ingestionTime?: number;
  readonly eventId?: string;
}

export interface PageBody {
  readonly token: string | undefined;
  /**
   * The events, some at a time. To be gone through once: what is read is let go.
   * @throws SyntaxError for what is no JSON
   */
  readonly parts: () => Generator<readonly JsonEvent[]>;
}

/** Bytes of a part, at least. */
const partBytes = 64 * 1024;

/**
 * No key is inside of a string, where its quotes would be escaped; and what follows a string's own closing quote is
 * neither a letter nor, in JSON, a colon.
 */
const listStart = /"events"\s*:\s*\[/;
const tokenField = /"nextToken"\s*:\s*("(?:[^"\\]|\\.)*")/;
/** Between two objects of a list. */
const between = /\}\s*,\s*(?=\{\s*"\w)/;
/** More than any of these takes. */
const widest = 64;
/** How much is looked at for what stands near the beginning. */
const headBytes = 4096;

/** @throws SyntaxError for what is no JSON, as far as that shows before the events are read */
export function pageBody(bytes: Buffer): PageBody {
  const start = listStart.exec(bytes.toString("latin1", 0, headBytes));
  if (start === null || bytes.length < 2 * partBytes)
    return whole(JSON.parse(textOf(bytes, 0, bytes.length)) as JsonPage);
  const at = bytes.lastIndexOf('"nextToken"');
  const token =
    at === -1
      ? null
      : (tokenField.exec(textOf(bytes, at, at + headBytes)) ?? tokenField.exec(textOf(bytes, at, bytes.length)));
  return {
    token: token === null ? undefined : (JSON.parse(token[1] ?? '""') as string),
    parts: () => partsOf(bytes, start.index + start[0].length),
  };
}

function whole({ events = [], nextToken }: JsonPage): PageBody {
  return {
    token: nextToken ?? undefined,
    *parts() {
      yield events;
    },
  };
}

function* partsOf(bytes: Buffer, start: number): Generator<readonly JsonEvent[]> {
  let from = start;
  for (;;) {
    const end = boundary(bytes, from + partBytes);
    const part = end === undefined ? undefined : eventsOf(bytes, from, end.at);
    // Behind the last event there may be another list: what is no list of events by itself is the rest of the page.
    if (end === undefined || part === undefined) break;
    yield part;
    from = end.next;
  }
  const { events = [] } = JSON.parse(`{"events":[${textOf(bytes, from, bytes.length)}`) as JsonPage;
  yield events;
}

/** The brackets of a list take the place of what stands around it for a moment: to put them around a text copies it. */
function eventsOf(bytes: Buffer, from: number, to: number): readonly JsonEvent[] | undefined {
  const before = bytes[from - 1] ?? 0;
  const behind = bytes[to] ?? 0;
  bytes[from - 1] = 91;
  bytes[to] = 93;
  try {
    return JSON.parse(textOf(bytes, from - 1, to + 1)) as readonly JsonEvent[];
  } catch {
    return undefined;
  } finally {
    bytes[from - 1] = before;
    bytes[to] = behind;
  }
}

/** Where an object ends and the next one begins, at this place or behind it. */
function boundary(bytes: Buffer, from: number): { readonly at: number; readonly next: number } | undefined {
  for (
    let at = from, size = headBytes;
    at < bytes.length;
    at += size - widest, size = Math.min(2 * size, 16 * headBytes)
  ) {
    const found = between.exec(bytes.toString("latin1", at, Math.min(at + size, bytes.length)));
    if (found !== null) {
      const end = at + found.index + 1;
      return { at: end, next: at + found.index + found[0].length };
    }
  }
  return undefined;
}

/** What is ASCII, nearly all of it, is read several times as fast so. */
function textOf(bytes: Buffer, from: number, to: number): string {
  const part = bytes.subarray(from, to);
  return part.toString(isAscii(part) ? "latin1" : "utf8");
}
