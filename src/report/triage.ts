import type { TriagedCause, TriageEntry, TriageReport } from "../core/triage.ts";
import { shortened } from "./escape.ts";
import { counted, flow, hang, padEnd, sentence, wrap, wrapLine } from "./layout.ts";
import { paintOf, type Paint } from "./paint.ts";
import { causeName, countText, deployText, sourcesText, sparkline, timesText, verdictText } from "./triage-format.ts";
import { visible, visibleJson, visibleLines } from "../core/visible.ts";

export { renderTriageMarkdown } from "./triage-markdown.ts";

export interface TriageOptions {
  /** The width of the terminal in columns; 100 at most and 60 at least are used. */
  readonly columns: number;
  readonly colour: boolean;
  /** 1 shows examples whole, every cause and what would decide between causes. */
  readonly verbose: 0 | 1 | 2;
}

interface Page {
  readonly width: number;
  readonly paint: Paint;
  readonly verbose: boolean;
  /** Width of the counts with their sign, and of the names. */
  readonly counts: number;
  readonly names: number;
  /** Milliseconds since 1970 of the last failure: its day need not be named again. */
  readonly day: number | undefined;
  readonly deployedAt: string | undefined;
}

const mostCauses = 20;
const mostUnknown = 10;
const mostExampleLines = 40;
const widestName = 46;

/** A triage for a person at a terminal: the verdict, the causes by how often they struck, what no cause explains. Ends with a line break. */
export function renderTriage(report: TriageReport, options: TriageOptions): string {
  const { causes, unknown, last, deployedAt } = report;
  const paint = paintOf(options.colour);
  const verbose = options.verbose > 0;
  const shownCauses = verbose ? causes : causes.slice(0, mostCauses);
  const shownUnknown = verbose ? unknown : unknown.slice(0, mostUnknown);
  const names = [...shownCauses.map((cause) => nameOf(cause)), ...(unknown.length > 0 ? ["unknown"] : [])];
  const page: Page = {
    width: Math.min(100, Math.max(60, Math.floor(options.columns) || 100)),
    paint,
    verbose,
    counts: Math.max(4, ...[...shownCauses, ...shownUnknown].map(({ count }) => countText(count).length + 1)),
    names: Math.max(0, ...names.map((name) => name.length)),
    day: last === undefined ? undefined : Date.parse(last),
    deployedAt,
  };
  const hidden = [
    ...(shownCauses.length < causes.length ? [counted(causes.length - shownCauses.length, "more cause")] : []),
    ...(shownUnknown.length < unknown.length
      ? [counted(unknown.length - shownUnknown.length, "more unknown error")]
      : []),
  ];
  const blocks: readonly (readonly string[])[] = [
    headLines(report, page),
    ...shownCauses.map((cause) => causeLines(cause, page)),
    ...shownUnknown.map((entry) => unknownLines(entry, page)),
    hidden.length === 0 ? [] : [`${hidden.join(" and ")}: -v`],
    restLines(report, page),
    hintLines(report, page),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headLines(report: TriageReport, { width, paint, day }: Page): readonly string[] {
  const { causes, unknown, unread, failures } = report;
  const [mark, style] =
    causes.length > 0
      ? (["✗", paint.outcome.broken] as const)
      : unread.length > 0
        ? (["?", paint.outcome.incomplete] as const)
        : failures > 0 || unknown.length > 0
          ? (["!", paint.severity.warning] as const)
          : (["✓", paint.outcome.healthy] as const);
  const times = timesText(report, undefined);
  const lines = hang(`${mark} `, wrap(visible(verdictText(report)), width - 2));
  const place = [
    ...(report.stack === undefined ? [] : [report.stack]),
    shortened(report.logs.join(", "), 200),
    ...(times === "" ? [] : [`${times} UTC`]),
    ...(report.deployedAt === undefined
      ? []
      : [`deployed ${timesText({ first: report.deployedAt, last: report.deployedAt }, day)} UTC`]),
  ];
  const head = lines.map((line, at) => (at === 0 ? style(mark) + paint.strong(line.slice(mark.length)) : line));
  return [...head, ...flow(place.map(visible), " · ", width - 2).map((line) => paint.faint(`  ${line}`))];
}

const nameOf = (cause: TriagedCause): string => shortened(visible(causeName(cause)), widestName);

function causeLines(cause: TriagedCause, page: Page): readonly string[] {
  const { paint, verbose } = page;
  const others = verbose && cause.alternatives.length > 0 ? `or ${cause.alternatives.join(", ")}` : "";
  const decides = others === "" || cause.decides === undefined ? others : `${others}; what decides: ${cause.decides}`;
  return [
    ...firstLines(cause, nameOf(cause), paint.severity.error, page),
    ...under(sentence(cause.title), page),
    ...evidenceLines(cause, page),
    ...under(decides, page),
    ...under(cause.mending, page, "mend  "),
  ];
}

function unknownLines(entry: TriageEntry, page: Page): readonly string[] {
  return [...firstLines(entry, "unknown", page.paint.severity.warning, page), ...evidenceLines(entry, page)];
}

/** Count, name, course over time, first and last time, and how that stands to the deploy. */
function firstLines(
  entry: TriageEntry,
  name: string,
  style: (text: string) => string,
  { counts, names, width, paint, day, deployedAt }: Page,
): readonly string[] {
  const count = `${countText(entry.count)}×`.padStart(counts);
  const when = timesText(entry, day);
  const deploy = deployText(entry, deployedAt);
  const course = when === "" ? "" : sparkline(entry.histogram);
  const begin = `${count}  ${padEnd(name, names)}`;
  const end = [course, when, deploy].filter((part) => part !== "");
  const line = [begin, ...end].join("  ").trimEnd();
  const paintName = (text: string): string =>
    `${text.slice(0, count.length + 2)}${paint.strong(style(name))}${text.slice(count.length + 2 + name.length)}`;
  if (line.length <= width) return [paintName(line)];
  const rest = flow(end, "  ", width - counts - 2).map((text) => " ".repeat(counts + 2) + text);
  return [paintName(begin.trimEnd()), ...rest];
}

function evidenceLines(entry: TriageEntry, page: Page): readonly string[] {
  const { paint, verbose, counts, width } = page;
  const indent = " ".repeat(counts + 2);
  const sources = entry.sources.length === 0 ? [] : under(sourcesText(entry, verbose ? 50 : 4), page, "in    ");
  if (!verbose) {
    // The headline is one line of the log; two rows of it are enough to recognise it.
    const text = shortened(visible(entry.headline), 2 * (width - counts - 8));
    return [...sources, ...hang(`${indent}log   `, wrap(text, width - counts - 8)).map(paint.faint)];
  }
  const lines = visibleLines(entry.example);
  const shown = lines.slice(0, mostExampleLines).flatMap((line) => wrapLine(line, width - counts - 8));
  const more = lines.length > mostExampleLines ? [`(${counted(lines.length - mostExampleLines, "more line")})`] : [];
  const requests = entry.requestIds.length === 0 ? [] : under(entry.requestIds.join(", "), page, "req   ");
  return [...sources, ...hang(`${indent}log   `, [...shown, ...more]).map(paint.faint), ...requests];
}

function under(text: string, { counts, width }: Page, label = ""): readonly string[] {
  if (text === "") return [];
  const indent = " ".repeat(counts + 2);
  return hang(indent + label, wrap(visible(text), width - indent.length - label.length));
}

function restLines({ unread, untold, notes }: TriageReport, { width, paint }: Page): readonly string[] {
  const many = untold === 0 ? [] : [`${counted(untold, "failure")} of too many other kinds were counted only.`];
  return [
    ...unread.flatMap(({ what, message, action }) => {
      const lacks = action === undefined ? "" : ` (${action}; cscp iam-policy --for triage prints what is needed)`;
      const text = wrap(visible(`${what} was not read whole: ${message}${lacks}`), width - 2);
      return hang("? ", text).map((line, at) => (at === 0 ? paint.severity.warning("?") + line.slice(1) : line));
    }),
    ...[...many, ...notes].flatMap((note) => hang("· ", wrap(visible(note), width - 2))),
  ];
}

function hintLines({ causes, unknown, exitCode }: TriageReport, { width, paint, verbose }: Page): readonly string[] {
  const [first] = causes;
  const hints = [
    ...(!verbose && causes.length + unknown.length > 0 ? ["Examples: -v"] : []),
    ...(first === undefined ? [] : [`more on a cause: cscp explain ${first.cause}`]),
    `exit ${exitCode}`,
  ];
  return causes.length + unknown.length === 0 ? [] : flow(hints, "   ·   ", width).map(paint.faint);
}

/** The triage as one JSON document. Ends with a line break. */
export function renderTriageJson(report: TriageReport): string {
  return `${visibleJson(JSON.stringify(report, null, 2))}\n`;
}

/** One JSON object a line: causes, unknown errors, what was not read, and a summary at the end. */
export function renderTriageNdjson(report: TriageReport): string {
  const { causes, unknown, unread, ...rest } = report;
  const lines = [
    ...causes.map((cause) => ({ kind: "cause", ...cause })),
    ...unknown.map((entry) => ({ kind: "unknown", ...entry })),
    ...unread.map((one) => ({ kind: "unread", ...one })),
    { kind: "summary", ...rest, causes: causes.length, unknown: unknown.length, unread: unread.length },
  ];
  return lines.map((line) => `${visibleJson(JSON.stringify(line))}\n`).join("");
}
