import { canonicalJson } from "../core/json.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { Evidence, Finding } from "../core/finding.ts";
import { findingKey, severities } from "../core/finding.ts";
import type { CheckReport, Diagnosis, Incomplete, Report, SubjectResult, Verdict } from "../core/report.ts";
import { verdicts } from "../core/report.ts";
import type { Subject } from "../core/subject.ts";

/** Findings of one check that say the same of several subjects. */
interface FindingGroup {
  readonly finding: Finding;
  readonly others: readonly Subject[];
  readonly evidence: readonly Evidence[];
}

/** Findings that differ in their subject only stand together; the worst come first. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const finding of findings) {
    const key = canonicalJson([finding.check, finding.code, finding.severity, withoutSubject(finding)]);
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? { finding, others: [], evidence: finding.evidence }
        : { ...group, others: [...group.others, finding.subject], evidence: [...group.evidence, ...finding.evidence] },
    );
  }
  return [...groups.values()].toSorted((a, b) => rank(b.finding) - rank(a.finding));
}

/** The message with the subject's own name taken out: equal for findings that differ in nothing else. */
function withoutSubject({ message, subject }: Finding): readonly string[] {
  return subject.label === "" ? [message] : message.split(subject.label);
}

/** Diagnoses with those that break something first; their order is otherwise kept. */
export function orderedDiagnoses(diagnoses: readonly Diagnosis[]): readonly Diagnosis[] {
  return diagnoses.toSorted((a, b) => rank(b) - rank(a));
}

function rank({ severity }: Pick<Finding, "severity">): number {
  return severities.indexOf(severity);
}

/** How many different findings the run has, explained or not. */
export function totalFindings({ diagnoses, unexplained }: Pick<Report, "diagnoses" | "unexplained">): number {
  const explained = diagnoses.flatMap((diagnosis) => diagnosis.explains);
  return new Set([...explained, ...unexplained].map(findingKey)).size;
}

/** What a diagnosis rests on; where its cause gave no observation of its own, those of the findings it explains. */
export function evidenceOf(diagnosis: Diagnosis): readonly Evidence[] {
  return diagnosis.because.length > 0 ? diagnosis.because : diagnosis.explains.flatMap((finding) => finding.evidence);
}

/** Gaps of one kind that the same checks ran into. */
export interface GapGroup {
  readonly checks: readonly string[];
  readonly reason: MissingEvidence["reason"];
  readonly action?: string;
  readonly whats: readonly string[];
  readonly messages: readonly string[];
}

export function groupGaps(incomplete: readonly Incomplete[]): readonly GapGroup[] {
  const groups = new Map<string, GapGroup>();
  for (const gap of incomplete) {
    const key = canonicalJson([gap.reason, gap.action ?? "", gap.checks]);
    const { checks, reason, action } = gap;
    const group = groups.get(key) ?? {
      checks,
      reason,
      ...(action === undefined ? {} : { action }),
      whats: [],
      messages: [],
    };
    groups.set(key, {
      ...group,
      whats: [...new Set([...group.whats, gap.what])],
      messages: [...new Set([...group.messages, gap.message])],
    });
  }
  return [...groups.values()];
}

/** Checks that broke down, with the subjects on which they did. */
export interface Crash {
  readonly check: string;
  readonly reason: string;
  readonly subjects: readonly string[];
}

export function crashesOf(checks: readonly CheckReport[]): readonly Crash[] {
  const crashes = new Map<string, Crash>();
  for (const check of checks) {
    for (const result of check.subjects.filter((entry) => entry.verdict === "crashed")) {
      const reason = result.reason ?? "It gave no reason.";
      const key = `${check.id} ${reason}`;
      const crash = crashes.get(key) ?? { check: check.id, reason, subjects: [] };
      crashes.set(key, { ...crash, subjects: [...crash.subjects, result.subject.label] });
    }
  }
  return [...crashes.values()];
}

/** How many checks ended in each verdict. */
export function countVerdicts(checks: readonly { readonly verdict: Verdict }[]): Readonly<Record<Verdict, number>> {
  const count = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  return Object.fromEntries(verdicts.map((verdict) => [verdict, count(verdict)])) as Record<Verdict, number>;
}

/** One phrase for what a check says of a subject. */
export function resultText({ verdict, findings, reason, missing }: SubjectResult): string {
  switch (verdict) {
    case "pass":
      return "pass";
    case "fail":
      return [...new Set(findings.map((finding) => finding.message))].join(" ");
    case "not-applicable":
      return `not applicable: ${reason ?? "no reason given"}`;
    case "unknown":
      return `unknown: ${(missing ?? []).map((entry) => entry.what).join(", ")} could not be read`;
    case "crashed":
      return `crashed: ${reason ?? "no reason given"}`;
  }
}
