import type { Finding } from "../core/finding.ts";
import type { Diagnosis, Report, StackHeader } from "../core/report.ts";
import { countVerdicts, groupFindings, orderedDiagnoses, totalFindings } from "./groups.ts";
import { counted, flow, hang, wrap } from "./layout.ts";
import { outcomeOf, paintOf, severityMark } from "./paint.ts";
import type { Page } from "./paint.ts";
import { checkLines, noteLines, unknownLines } from "./terminal-checks.ts";
import { diagnosisLines, sharedVerification } from "./terminal-diagnosis.ts";
import { smokeLines } from "./terminal-smoke.ts";
import { proofLines } from "./terminal-proof.ts";
import { shellWord } from "./command.ts";
import { clock, duration, endOf, span } from "./time.ts";
import { visible } from "../core/visible.ts";

export interface TerminalOptions {
  /** The width of the terminal in columns; the report uses 100 at most and 40 at least. */
  readonly columns: number;
  readonly colour: boolean;
  /** 1 adds a line for each check and subject, 2 what each of them found. */
  readonly verbose: 0 | 1 | 2;
  /** Milliseconds since 1970, for "7 min ago"; the end of the run where it is left out. */
  readonly now?: number;
}

/**
 * The report for a person at a terminal: the verdict first, then each cause with its proof and its mending, then what
 * nothing explains, what could not be known, and a line that counts. Ends with a line break.
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const page: Page = {
    width: Math.min(100, Math.max(40, Math.floor(options.columns) || 100)),
    paint: paintOf(options.colour),
    verbose: options.verbose,
    now: options.now ?? endOf(report),
    deployedAt: report.stack.deployedAt,
  };
  const detailed = report.verdict === "broken" || page.verbose > 0;
  const body: readonly (readonly string[])[] = [
    smokeLines(report, page),
    ...(detailed ? diagnosisBlocks(report, page) : []),
    detailed ? unexplainedLines(report, page) : [],
    unknownLines(report, page),
    detailed ? [] : compactLines(report, page),
    page.verbose > 0 ? checkLines(report, page) : [],
    noteLines(report, page),
  ];
  const blocks = body.filter((lines) => lines.length > 0);
  const closing = [...countLines(report, page), ...hintLines(report, page)];
  const opening = [
    ...headerLines(report.stack, page),
    ...(report.verdict === "healthy" ? [] : [""]),
    ...verdictLines(report, page),
  ];
  // A healthy run without anything to say is three lines; whatever has a body is set off by blank lines.
  const compact = report.verdict === "healthy" && !detailed && report.smoke === undefined;
  const close = compact ? [closing] : [["", ...closing]];
  const spaced = compact ? blocks : blocks.map((lines) => ["", ...lines]);
  return `${[opening, ...spaced, ...close].flat().join("\n")}\n`;
}

function headerLines(stack: StackHeader, { width, paint, now }: Page): readonly string[] {
  const account = stack.account === undefined ? "" : `account ${stack.account}`;
  const caller = stack.caller === undefined ? "" : `as ${stack.caller}`;
  const parts = [
    stack.name,
    stack.region,
    [account, caller].filter((part) => part !== "").join(" "),
    // A stack at rest needs no word; any other state is news.
    /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(stack.status ?? "CREATE_COMPLETE") ? "" : (stack.status ?? ""),
    stack.deployedAt === undefined ? "" : deployedText(stack.deployedAt, now),
  ].filter((part) => part !== "");
  return flow(parts.map(visible), " · ", width).map(paint.faint);
}

function deployedText(deployedAt: string, now: number | undefined): string {
  const at = Date.parse(deployedAt);
  const ago = now === undefined || Number.isNaN(at) || now < at ? "" : ` (${span(now - at)} ago)`;
  return `deployed ${clock(deployedAt, now)} UTC${ago}`;
}

function verdictLines(report: Report, { width, paint }: Page): readonly string[] {
  const { outcome, text: mark } = outcomeOf(report);
  const [first = "", ...more] = hang(`${mark} `, wrap(visible(report.summary), width - mark.length - 1));
  return [paint.outcome[outcome](mark) + paint.strong(first.slice(mark.length)), ...more.map(paint.strong)];
}

function diagnosisBlocks(report: Report, page: Page): readonly (readonly string[])[] {
  const diagnoses = orderedDiagnoses(report.diagnoses);
  const shared = sharedVerification(diagnoses);
  const total = totalFindings(report);
  const blocks = diagnoses.map((_, index) => diagnosisLines(diagnoses, index, { total, shared }, page));
  return shared === undefined ? blocks : [...blocks, shared.lines(page)];
}

function unexplainedLines({ unexplained, diagnoses }: Report, page: Page): readonly string[] {
  if (unexplained.length === 0) return [];
  const { width, paint } = page;
  const head = diagnoses.length === 0 ? "No known cause explains" : "No cause above explains";
  const lines = groupFindings(unexplained).flatMap(({ finding, others, evidence }) => {
    const same = others.length === 0 ? "" : ` The same holds for ${others.map((other) => other.label).join(", ")}.`;
    const text = visible(`${finding.message}${same} (${finding.check})`);
    const mark = paint.severity[finding.severity](severityMark[finding.severity]);
    const [first = "", ...more] = wrap(text, width - 5);
    return [`   ${mark} ${first}`, ...more.map((line) => `     ${line}`), ...proofLines(evidence, 7, page)];
  });
  return [paint.strong(`${head} ${counted(unexplained.length, "finding")}:`), ...lines];
}

/** Where nothing is broken, what is worth a look takes a line each. */
function compactLines(report: Report, page: Page): readonly string[] {
  const { width, paint } = page;
  const entries = [
    ...orderedDiagnoses(report.diagnoses).map((diagnosis) => ({
      severity: diagnosis.severity,
      text: compactDiagnosis(diagnosis),
    })),
    ...groupFindings(report.unexplained).map(({ finding, others }) => ({
      severity: finding.severity,
      text: `${compactMessage(finding, others.length)} (${finding.check})`,
    })),
  ];
  return (["error", "warning", "note"] as const).flatMap((severity) => {
    const texts = entries.filter((entry) => entry.severity === severity).map((entry) => entry.text);
    if (texts.length === 0) return [];
    const mark = paint.severity[severity](severityMark[severity]);
    const head = `${counted(texts.length, severity)}:`;
    if (texts.length > 1) {
      return [`${mark} ${head}`, ...texts.flatMap((text) => hang("    ", wrap(visible(text), width - 4)))];
    }
    const lines = wrap(visible(`${head} ${texts[0] ?? ""}`), width - 2);
    return lines.map((line, index) => (index === 0 ? `${mark} ${line}` : `  ${line}`));
  });
}

function compactDiagnosis({ headline, cause, confidence }: Diagnosis): string {
  return `${headline.replace(/\.$/, "")} (${cause}${confidence === "certain" ? "" : `, ${confidence}`})`;
}

function compactMessage({ message }: Finding, others: number): string {
  const text = message.replace(/\.$/, "");
  return others === 0 ? text : `${text}, and ${others} more like it`;
}

function countLines(report: Report, { width, paint }: Page): readonly string[] {
  const { checks, verdict, diagnoses, unexplained } = report;
  const counts = countVerdicts(checks);
  const explained = counts.fail > 0 && unexplained.length === 0 && diagnoses.length > 0;
  const parts = [
    `${counts.pass} pass`,
    // Where the run is not broken, what its checks found stays below the severity at which it fails.
    ...(verdict === "broken" ? [`${counts.fail} fail${explained ? " (all explained above)" : ""}`] : []),
    ...(verdict !== "broken" && counts.fail > 0 ? [`${counts.fail} warn`] : []),
    `${counts.unknown} unknown`,
    ...(counts["not-applicable"] > 0 ? [`${counts["not-applicable"]} not applicable`] : []),
    ...(counts.crashed > 0 ? [`${counts.crashed} crashed`] : []),
  ];
  const run = [duration(report.durationMs), counted(report.requests, "request"), `exit ${report.exitCode}`];
  return flow([`Checked ${checks.length}: ${parts.join(", ")}`, ...run], " · ", width).map(paint.faint);
}

function hintLines(report: Report, { width, paint, verbose }: Page): readonly string[] {
  const quiet = report.verdict === "healthy";
  const more = !quiet || report.diagnoses.length + report.unexplained.length > 0;
  const hints = [
    ...(verbose === 0 && more ? ["Details: -v"] : []),
    // A run that only asked the API has no stack to record.
    ...(quiet || report.stack.account === undefined
      ? []
      : [`share: cscp capture --stack ${shellWord(report.stack.name)}`]),
  ];
  return flow(hints.map(visible), "   ·   ", width).map(paint.faint);
}
