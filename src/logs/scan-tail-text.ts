// The text of `cscp logs tail`, read again: its own words, the causes and sums among them, are no failures.

const head = /^(?:\d\d:\d\d:\d\d|\?\?:\?\?:\?\?)\.(?:\d{3}|\?{3}) (?<source>\S+) {2,}/;
const again = /^(?:(?<times>\d{1,5})× )?again(?:, last at [\d:.?]+)?: /;
/** What the service says of a request or a start as a whole, whose failure has a line of its own. */
const sum =
  /^(?:failed after \d[\d.]* m?s(?: · |$)|timed out after \d[\d.]* m?s · |init (?:failed|timed out)(?: after \d[\d.]* m?s)?(?:: |$)|request \S+ )/;
const note = /\n +└ [^]*$/;
const suffix = / {2}\([a-z][a-z-]+(?:: [^)]*)?, \d+×\)$/;
const timeout = /^timed out after (\d[\d.]*) s$/;
const late = / {2}late \+[\d.]+ s$/;

/** Whether a text is what a tail shows, with or without what it says on standard error. */
export const beginsWithTailText = (text: string): boolean =>
  /^\ufeff?(?:(?:cscp: | {2}→ )[^\n]*\n|\d{4}-\d\d-\d\d UTC\n)*\d\d:\d\d:\d\d\.\d{3} \S+ {2,}\S/.test(text);

/** Whether a line begins an entry of a tail, and is not a further line of one. */
export const beginsTailEntry = (line: string): boolean => !line.startsWith(" ");

/** What a log event was before a tail showed it. */
export interface TailTextEvent {
  readonly source: string;
  readonly message: string;
  /** How often it came: what repeats is shown as a count. */
  readonly times: number;
}

/** The event that an entry shows; undefined for what is the tail's own, or the service's sum of a request. */
export function tailTextEvent(entry: string): TailTextEvent | undefined {
  const [start = "", ...rest] = entry.replace(note, "").split("\n");
  const found = head.exec(start);
  if (found === null) return undefined;
  const indent = found[0].length;
  const unmarked = start.slice(indent).replace(/^[✗!] /, "");
  const repeated = again.exec(unmarked);
  const first = unmarked
    .slice(repeated?.[0].length ?? 0)
    .replace(late, "")
    .replace(suffix, "");
  if (sum.test(first)) return undefined;
  const lines = rest.map((line) => (line.slice(0, indent).trim() === "" ? line.slice(indent) : line));
  return {
    source: found.groups?.["source"] ?? "",
    message: [first.replace(timeout, "Task timed out after $1 seconds"), ...lines].join("\n"),
    times: repeated === null ? 1 : Number(repeated.groups?.["times"] ?? 1),
  };
}
