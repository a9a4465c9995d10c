import type { TriageEntry, TriageReport } from "../core/triage.ts";
import { markdownBlock, markdownCell, markdownCode, markdownText, shortened } from "./escape.ts";
import { sentence } from "./layout.ts";
import { causeName, countText, deployText, sourcesText, sparkline, timesText, verdictText } from "./triage-format.ts";

const longestExample = 2_000;

/** The triage as Markdown: a table of what was found, then each cause with its example and mending. Ends with a line break. */
export function renderTriageMarkdown(report: TriageReport): string {
  const { causes, unknown, unread, notes, untold, deployedAt } = report;
  const row = (name: string, entry: TriageEntry): string =>
    `| ${[
      countText(entry.count),
      name,
      markdownText(sourcesText(entry, 4)),
      timesText(entry, undefined),
      entry.first === undefined ? "" : sparkline(entry.histogram),
      deployText(entry, deployedAt),
    ]
      .map(markdownCell)
      .join(" | ")} |`;
  const rows = [
    ...causes.map((cause) => row(markdownCode(causeName(cause)), cause)),
    ...unknown.map((entry) => row(`unknown: ${markdownCode(shortened(entry.headline, 80))}`, entry)),
  ];
  const table =
    rows.length === 0
      ? []
      : [["| Failures | Cause | Where | UTC | Course | Deploy |", "| ---: | --- | --- | --- | --- | --- |", ...rows]];
  const gaps = [
    ...unread.map(
      ({ what, message, action }) =>
        `- ${markdownCode(what)} was not read whole: ${markdownText(message)}${action === undefined ? "" : ` (${markdownCode(action)})`}`,
    ),
    ...(untold === 0 ? [] : [`- ${countText(untold)} failures of too many other kinds were counted only.`]),
    ...notes.map((note) => `- ${markdownText(note)}`),
  ];
  const blocks: readonly (readonly string[])[] = [
    [`## ${markdownText(verdictText(report))}`],
    ...table,
    ...causes.map((cause) => [
      `### ${markdownText(causeName(cause))}`,
      "",
      markdownText(sentence(cause.title)),
      "",
      ...markdownBlock(shortened(cause.example, longestExample), "text"),
      "",
      `**Mend:** ${markdownText(cause.mending)}`,
    ]),
    ...unknown.map((entry) => [
      `### Unknown: ${markdownText(shortened(entry.headline, 80))}`,
      "",
      ...markdownBlock(shortened(entry.example, longestExample), "text"),
    ]),
    gaps,
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
