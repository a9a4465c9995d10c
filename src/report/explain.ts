import type { Severity } from "../core/finding.ts";
import { counted, displayWidth, hang, padEnd, wrap } from "./layout.ts";
import { paintOf } from "./paint.ts";
import type { Paint } from "./paint.ts";

/** What a check says of itself. */
export interface CheckText {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  readonly examples: {
    readonly fails: readonly { readonly name: string }[];
    readonly passes: readonly { readonly name: string }[];
  };
}

/** What a cause says of itself. */
export interface CauseText {
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  readonly mending: string;
}

interface ExplainOptions {
  readonly columns: number;
  readonly colour: boolean;
}

/** One check or cause explained: what it asks or is, why, and by which examples. Ends with a line break. */
export function renderExplain(entry: CheckText | CauseText, options: ExplainOptions): string {
  const width = widthOf(options);
  const paint = paintOf(options.colour);
  const isCheck = "why" in entry;
  const kind = isCheck ? `check, ${entry.severity}` : "cause";
  const gap = " ".repeat(Math.max(2, width - displayWidth(entry.id) - kind.length));
  const blocks = isCheck
    ? [
        wrap(entry.why, width),
        ...examples("Fails", entry.examples.fails, width, paint),
        ...examples("Passes", entry.examples.passes, width, paint),
      ]
    : [wrap(entry.explanation, width), labelled("Mend", wrap(entry.mending, width - 8), paint)];
  const head = [`${paint.strong(entry.id)}${gap}${paint.faint(kind)}`, ...wrap(entry.title, width)];
  return `${[head, ...blocks].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function examples(
  label: string,
  list: readonly { readonly name: string }[],
  width: number,
  paint: Paint,
): readonly (readonly string[])[] {
  const lines = list.flatMap(({ name }) =>
    wrap(name, width - 10).map((line, at) => `${at === 0 ? "- " : "  "}${line}`),
  );
  return lines.length === 0 ? [] : [labelled(label, lines, paint)];
}

function labelled(label: string, lines: readonly string[], paint: Paint): readonly string[] {
  return hang(padEnd(label, 8), lines).map((line, at) =>
    at === 0 ? paint.strong(label) + line.slice(label.length) : line,
  );
}

/** Every check and every cause in two tables, for `cscp checks`. Ends with a line break. */
export function renderList(
  checks: readonly Pick<CheckText, "id" | "title" | "severity">[],
  causes: readonly Pick<CauseText, "id" | "title">[],
  options: ExplainOptions,
): string {
  const width = widthOf(options);
  const paint = paintOf(options.colour);
  const ids = Math.max(0, ...[...checks, ...causes].map(({ id }) => displayWidth(id))) + 2;
  const word = Math.max(...(["error", "warning", "note"] as const).map((severity) => severity.length)) + 2;
  const rows = checks.flatMap(({ id, severity, title }) =>
    hang(padEnd(id, ids) + padEnd(severity, word), wrap(title, width - ids - word)).map((line, at) =>
      at === 0 ? line.slice(0, ids) + paint.severity[severity](severity) + line.slice(ids + severity.length) : line,
    ),
  );
  const causeRows = causes.flatMap(({ id, title }) => hang(padEnd(id, ids), wrap(title, width - ids)));
  return `${[
    paint.strong(counted(checks.length, "check")),
    ...rows,
    "",
    paint.strong(counted(causes.length, "cause")),
    ...causeRows,
    "",
    paint.faint("One of them: cscp explain ID"),
  ].join("\n")}\n`;
}

function widthOf({ columns }: ExplainOptions): number {
  return Math.min(100, Math.max(60, Math.floor(columns) || 100));
}
