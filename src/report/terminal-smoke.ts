import type { Report } from "../core/report.ts";
import type { SkippedToolReport, SmokeReport, SmokeToolReport, ToolVerdict } from "../core/smoke-report.ts";
import { counted, displayWidth, flow, hang, listed, padEnd, wrap } from "./layout.ts";
import type { Page } from "./paint.ts";
import { visible } from "../core/visible.ts";

const mark: Readonly<Record<ToolVerdict, string>> = { pass: "✓", flaky: "!", fail: "✗", unknown: "?" };

const margin = "  ";

/** The table of a smoke run: a line for each tool with what it answered and how fast, then what was not called. */
export function smokeLines({ smoke }: Report, page: Page): readonly string[] {
  if (smoke === undefined) return [];
  const { width, paint } = page;
  const about = [
    visible(smoke.url),
    visible(`signed with ${smoke.signedWith}`),
    ...(smoke.waited === undefined ? [] : [waitedText(smoke.waited)]),
  ];
  return [
    ...tableLines(smoke.tools, page),
    ...skippedLines(smoke.skipped, page),
    ...flow(about, " · ", width - margin.length).map((line) => paint.faint(margin + line)),
  ];
}

function waitedText({ seconds, requests, answered }: NonNullable<SmokeReport["waited"]>): string {
  const after = `${counted(requests, "request")} in ${seconds} s`;
  return answered ? `the first success took ${after}` : `no success in ${after}`;
}

function tableLines(tools: readonly SmokeToolReport[], page: Page): readonly string[] {
  if (tools.length === 0) return [`${margin}No tool was called.`];
  const { width, paint } = page;
  const columns: readonly (readonly [string, (tool: SmokeToolReport) => string])[] = [
    ["tool", (tool) => visible(tool.tool)],
    ["status", ({ status }) => (status === undefined ? "–" : String(status))],
    ["p50", ({ p50Ms }) => timeText(p50Ms)],
    ["p95", ({ p95Ms }) => timeText(p95Ms)],
    ["first", ({ firstMs }) => timeText(firstMs)],
    ["p50 before", ({ before }) => timeText(before?.p50Ms)],
    ["p95 before", ({ before }) => timeText(before?.p95Ms)],
    [
      "sent",
      ({ attempts, failed }) => {
        if (failed === 0 || attempts === 1) return String(attempts);
        return `${attempts}, ${failed < attempts ? failed : attempts === 2 ? "both" : "all"} failed`;
      },
    ],
  ];
  // A column in which nothing is measured is left out.
  const shown = columns.filter(([name, cell]) => name === "tool" || tools.some((tool) => cell(tool) !== "–"));
  const rows = tools.map((tool) => shown.map(([, cell]) => cell(tool)));
  const widths = shown.map(([name], at) =>
    Math.max(displayWidth(name), ...rows.map((row) => displayWidth(row[at] ?? ""))),
  );
  const line = (cells: readonly string[]): string => cells.map((cell, at) => padEnd(cell, widths[at] ?? 0)).join("  ");
  const head = paint.faint(`${margin}  ${line(shown.map(([name]) => name))}`.trimEnd());
  const indent = margin.length + 2 + Math.min(24, (widths[0] ?? 0) + 2);
  return [
    head,
    ...tools.flatMap((tool, at) => {
      const paintMark = markPaint(tool.verdict, page);
      const own = `${margin}${paintMark(mark[tool.verdict])} ${line(rows[at] ?? [])}`.trimEnd();
      const wrong = tool.wrong === undefined ? "" : visible(tool.wrong);
      if (wrong === "") return [own];
      const beside = `${line(rows[at] ?? [])}  ${wrong}`;
      return displayWidth(beside) + margin.length + 2 <= width
        ? [`${margin}${paintMark(mark[tool.verdict])} ${beside}`]
        : [own, ...hang(" ".repeat(indent), wrap(wrong, width - indent))];
    }),
  ];
}

function markPaint(verdict: ToolVerdict, { paint }: Page): (text: string) => string {
  switch (verdict) {
    case "pass":
      return paint.verdict.pass;
    case "fail":
      return paint.verdict.fail;
    case "flaky":
    case "unknown":
      return paint.verdict.unknown;
  }
}

function timeText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Routes that were not called: one line for each reason. */
function skippedLines(skipped: readonly SkippedToolReport[], { width, paint, verbose }: Page): readonly string[] {
  if (skipped.length === 0) return [];
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const most = verbose > 0 ? Number.POSITIVE_INFINITY : 6;
  return reasons.flatMap((reason) => {
    const own = skipped.filter((one) => one.reason === reason);
    const names = own.map(({ tool, method, path }) => (tool === "" ? `${method} ${path}` : tool));
    const text = visible(`not called: ${listed(names, most)}. ${reason}`);
    return hang(`${margin}– `, wrap(text, width - margin.length - 2)).map(paint.faint);
  });
}
