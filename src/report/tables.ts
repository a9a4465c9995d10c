import type { CauseText, CheckText } from "./explain.ts";
import { markdownCell, markdownCode, markdownText } from "./escape.ts";

/** The checks as a Markdown table, for the documentation. Ends with a line break. */
export function renderCheckTable(checks: readonly Pick<CheckText, "id" | "severity" | "title" | "why">[]): string {
  return table(
    ["Check", "Severity", "What it makes sure of", "Why"],
    checks.map(({ id, severity, title, why }) => [markdownCode(id), severity, markdownText(title), markdownText(why)]),
  );
}

/** The causes as a Markdown table, for the documentation. Ends with a line break. */
export function renderCauseTable(causes: readonly Pick<CauseText, "id" | "title" | "mending">[]): string {
  return table(
    ["Cause", "What it is", "How it is mended"],
    causes.map(({ id, title, mending }) => [markdownCode(id), markdownText(title), markdownText(mending)]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(" | ")} |`;
  return `${[row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")}\n`;
}
