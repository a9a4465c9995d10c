import type { Finding, Severity } from "./finding.ts";
import { atLeast, severities } from "./finding.ts";
import type { DiagnoseResult } from "./diagnose.ts";
import type { CheckReport, Incomplete, Report, StackHeader, SubjectResult } from "./report.ts";
import type { SmokeReport } from "./smoke-report.ts";
import { subjectKey } from "./subject.ts";

export interface ReportInput {
  readonly version: string;
  readonly stack: StackHeader;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly requests: number;
  readonly checks: readonly CheckReport[];
  readonly diagnosis: DiagnoseResult;
  readonly ignored: readonly Finding[];
  readonly notes: readonly string[];
  /** What could not be known beside what the checks missed, given that. */
  readonly gaps?: (missed: readonly Incomplete[]) => readonly Incomplete[];
  readonly failOn: Severity;
  /** How many checks there are, where only some were asked for. */
  readonly checksInAll?: number;
  readonly smoke?: SmokeReport;
}

/** Puts the parts together; the verdict and the exit code follow from them and from nothing else. */
export function buildReport(input: ReportInput): Report {
  const { diagnosis, checks, failOn, ignored } = input;
  const all = checks.flatMap((check) => check.subjects.flatMap((result) => result.findings));
  const failing = all.filter((finding) => atLeast(finding.severity, failOn));
  const missed = incompleteOf(checks);
  const gaps = [...missed, ...(input.gaps?.(missed) ?? [])];
  const blocking = gaps.filter((gap) => isGap[gap.reason]);
  const crashed = checks.some((check) => check.subjects.some((result) => result.verdict === "crashed"));
  const verdict = failing.length > 0 ? "broken" : blocking.length > 0 || crashed ? "incomplete" : "healthy";
  const exitCode = verdict === "broken" ? 1 : verdict === "incomplete" ? 3 : 0;
  return {
    schemaVersion: 1,
    tool: { name: "cscp", version: input.version },
    stack: input.stack,
    startedAt: input.startedAt,
    durationMs: input.durationMs,
    requests: input.requests,
    verdict,
    failOn,
    exitCode,
    summary:
      input.smoke === undefined
        ? summaryOf(verdict, input, blocking.length)
        : smokeSummary(verdict, input.smoke, diagnosis, blocking.length),
    ...(input.checksInAll === undefined ? {} : { checksInAll: input.checksInAll }),
    diagnoses: diagnosis.diagnoses,
    checks,
    unexplained: diagnosis.unexplained,
    incomplete: gaps,
    notes: input.notes,
    ignored,
    ...(input.smoke === undefined ? {} : { smoke: input.smoke }),
  };
}

/** True for what could have been read and was not; what was left out on request or is another account's is a note. */
export const isGap: Readonly<Record<Incomplete["reason"], boolean>> = {
  denied: true,
  failed: true,
  "not-recorded": true,
  skipped: false,
  foreign: false,
};

/** One entry for each thing that could not be read, however many checks and subjects needed it. */
function incompleteOf(checks: readonly CheckReport[]): readonly Incomplete[] {
  const byKey = new Map<string, Incomplete>();
  for (const check of checks) {
    for (const result of check.subjects) {
      for (const missing of result.missing ?? []) {
        const key = `${missing.reason} ${missing.action ?? ""} ${missing.what}`;
        const entry = byKey.get(key) ?? { ...missing, checks: [], subjects: [] };
        byKey.set(key, {
          ...entry,
          checks: entry.checks.includes(check.id) ? entry.checks : [...entry.checks, check.id],
          subjects: withSubject(entry, result),
        });
      }
    }
  }
  return [...byKey.values()];
}

function withSubject(entry: Incomplete, { subject }: SubjectResult): Incomplete["subjects"] {
  const there = entry.subjects.some((other) => subjectKey(other) === subjectKey(subject));
  return there ? entry.subjects : [...entry.subjects, subject];
}

function summaryOf(
  verdict: Report["verdict"],
  { stack, diagnosis: { diagnoses, unexplained }, checks, ignored, checksInAll }: ReportInput,
  gaps: number,
): string {
  const failingTools = new Set(
    checks.flatMap((check) =>
      check.subjects
        .filter((r) => r.subject.kind === "tool" && r.findings.some((f) => f.severity === "error"))
        .map((r) => r.subject.id),
    ),
  );
  switch (verdict) {
    case "broken": {
      if (failingTools.size > 0) return `${failingTools.size} of ${stack.tools} tools fail`;
      const causes = diagnoses.filter((diagnosis) => diagnosis.severity === "error").length;
      if (causes > 0) return `${causes} ${causes === 1 ? "fault" : "faults"} found`;
      const open = unexplained.length + diagnoses.length;
      return `${open} ${open === 1 ? "finding" : "findings"}`;
    }
    case "incomplete":
      return `nothing found broken, but ${gaps} ${gaps === 1 ? "piece" : "pieces"} of evidence could not be read`;
    case "healthy": {
      const left =
        ignored.length === 0 ? [] : [`${ignored.length} ${ignored.length === 1 ? "finding" : "findings"} left out`];
      // What was not looked at may be broken: such a run speaks of what was asked for alone.
      if (checksInAll !== undefined) return [askedFor(checks, checksInAll), ...left].join(", ");
      const parts = [`${stack.functions} ${stack.functions === 1 ? "function" : "functions"}`];
      if (stack.layers > 0) parts.push(`${stack.layers} ${stack.layers === 1 ? "layer" : "layers"}`);
      // What is left out on request passes, and is no sign that it works.
      const broken = new Set(
        ignored.filter(({ severity }) => severity === "error").map((one) => `${one.check} ${subjectKey(one.subject)}`),
      );
      const works = (id: CheckReport["id"]) => (result: SubjectResult) =>
        result.verdict === "pass" && !broken.has(`${id} ${subjectKey(result.subject)}`);
      const reached = checks.find((check) => check.id === "database-reachable")?.subjects ?? [];
      if (reached.length > 0 && reached.every(works("database-reachable"))) {
        parts.push(reached.length === 1 ? "database reachable" : `${reached.length} databases reachable`);
      }
      const smoke = checks.find((check) => check.id === "tools-answer");
      const called = smoke?.subjects.some(({ verdict: judged }) => judged === "pass" || judged === "fail") === true;
      if (smoke !== undefined && stack.tools > 0) {
        const answered = smoke.subjects.filter(works("tools-answer")).length;
        parts.push(called ? `${answered} of ${stack.tools} tools answer` : "tools not called");
      }
      return [...parts, ...left].join(", ");
    }
  }
}

/** "2 checks of 28 were asked for and pass"; "3 checks of 28 were asked for: 2 pass, 1 warns" */
function askedFor(checks: readonly CheckReport[], inAll: number): string {
  const ends = checks.map(endOf);
  const asked =
    checks.length === 1 ? `1 check of ${inAll} was asked for` : `${checks.length} checks of ${inAll} were asked for`;
  const told = endings
    .map(([end, one, many]) => ({ count: ends.filter((other) => other === end).length, one, many }))
    .filter(({ count }) => count > 0);
  const [only, ...others] = told;
  if (only !== undefined && others.length === 0) return `${asked} and ${checks.length === 1 ? only.one : only.many}`;
  return `${asked}: ${told.map(({ count, one, many }) => `${count} ${count === 1 ? one : many}`).join(", ")}`;
}

type End = "pass" | "not-applicable" | "unknown" | Severity;

const endings: readonly (readonly [end: End, one: string, many: string])[] = [
  ["pass", "passes", "pass"],
  ["error", "fails", "fail"],
  ["warning", "warns", "warn"],
  ["note", "has a note", "have notes"],
  ["not-applicable", "does not apply", "do not apply"],
  ["unknown", "was not answered", "were not answered"],
];

/** How a check ended: by its gravest finding where it has any. */
function endOf({ verdict, subjects }: CheckReport): End {
  const found = subjects.flatMap(({ findings }) => findings.map(({ severity }) => severity));
  const gravest = severities.findLast((severity) => found.includes(severity));
  if (gravest !== undefined) return gravest;
  return verdict === "pass" || verdict === "not-applicable" ? verdict : "unknown";
}

/** A smoke run speaks of tools; what else is wrong with requests that are answered comes behind them. */
function smokeSummary(
  verdict: Report["verdict"],
  { tools }: SmokeReport,
  { diagnoses, unexplained }: DiagnoseResult,
  gaps: number,
): string {
  const count = (wanted: string): number => tools.filter((tool) => tool.verdict === wanted).length;
  const plural = (number: number): string => (number === 1 ? "tool" : "tools");
  const should = tools.length === 1 ? "answers as it should" : "answer as they should";
  const answer = `${count("pass") + count("flaky")} of ${tools.length} ${plural(tools.length)} ${should}`;
  const flaky = count("flaky") === 0 ? "" : `, ${count("flaky")} of them not every time`;
  switch (verdict) {
    case "broken": {
      const failing = count("fail");
      if (failing > 0)
        return `${failing} of ${tools.length} ${plural(tools.length)} ${failing === 1 ? "fails" : "fail"}`;
      const faults = diagnoses.length + unexplained.length;
      return `${answer}${flaky}, and ${faults} ${faults === 1 ? "fault was" : "faults were"} found`;
    }
    case "incomplete":
      return `nothing found broken, but ${gaps} ${gaps === 1 ? "piece" : "pieces"} of evidence could not be read`;
    case "healthy":
      return `${answer}${flaky}`;
  }
}
