// Rows of comma-separated values, as the console and Insights export them: a message of several lines stands between quotes.
import { textOf, type EventEnd } from "./scan-event.ts";
import { beginsRow } from "./scan-line.ts";

const newline = 10;
const quote = 34;
/** How many lines back a row's beginning is looked for: more are in no traceback. */
const mostLines = 400;
/** Bytes of a line's beginning that hold its time and the quote after it. */
const longestTime = 64;

/** Whether a file's first line names the columns of such rows. */
export const beginsWithColumns = (head: string): boolean =>
  /^\ufeff?"?@?(?:timestamp|time)"?,(?:"?@?\w+"?,){0,8}"?@?message"?/i.test(head);

/** Where the row begins to which the line at `lineStart` belongs, not before `from`; `lineStart` where none is found. */
export function rowStart(bytes: Uint8Array, lineStart: number, from: number): number {
  let at = lineStart;
  for (let lines = 0; lines < mostLines; lines += 1) {
    if (beginsRow(textOf(bytes, at, at + longestTime))) return at;
    if (at <= from) return lineStart;
    const before = bytes.lastIndexOf(newline, at - 2);
    at = Math.max(from, before + 1);
  }
  return lineStart;
}

/** Where the row ends (behind its newline) whose quoted message begins at `messageAt`: a quote in it is written twice. */
export function rowEnd(bytes: Uint8Array, messageAt: number, end: number, last: boolean): EventEnd {
  let at = bytes.indexOf(quote, messageAt);
  while (at !== -1 && at < end && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  const lineEnd = at === -1 || at >= end ? -1 : bytes.indexOf(newline, at);
  return lineEnd === -1 || lineEnd >= end ? { end, known: last } : { end: lineEnd + 1, known: true };
}
