import type { Cause, Confidence, Proposal, View } from "./cause.ts";
import { confidences } from "./cause.ts";
import type { Facts } from "./fact.ts";
import type { Finding, Severity } from "./finding.ts";
import { findingKey, severities } from "./finding.ts";
import type { Diagnosis } from "./report.ts";
import { subjectKey } from "./subject.ts";
import { timelineOf } from "./timeline.ts";

export interface DiagnoseResult {
  readonly diagnoses: readonly Diagnosis[];
  /** Findings that no diagnosis explains: always shown. */
  readonly unexplained: readonly Finding[];
}

interface Candidate extends Proposal {
  readonly cause: Cause;
}

/**
 * Folds findings into root causes. Every cause is asked what it claims; then the strongest claim takes the findings it
 * explains, and a claim that is not certain survives only if it explains something that no stronger one does.
 */
export async function diagnose(
  causes: readonly Cause[],
  findings: readonly Finding[],
  facts: Facts,
): Promise<DiagnoseResult> {
  const view = viewOf(findings, facts);
  const proposed = await Promise.all(
    causes.map(async (cause) => (await cause.propose(view)).map((proposal): Candidate => ({ cause, ...proposal }))),
  );
  const candidates = proposed
    .flat()
    .filter((candidate) => candidate.explains.length > 0)
    .toSorted(strongestFirst);

  const explained = new Set<string>();
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const adds = candidate.explains.some((finding) => !explained.has(findingKey(finding)));
    if (!adds) continue;
    for (const finding of candidate.explains) explained.add(findingKey(finding));
    kept.push(candidate);
  }
  return {
    diagnoses: kept.map((candidate) => diagnosisOf(candidate, facts)),
    unexplained: findings.filter((finding) => !explained.has(findingKey(finding))),
  };
}

/** What a cause sees of the run. */
export function viewOf(findings: readonly Finding[], facts: Facts): View {
  return {
    findings,
    of: (check, code, subject) =>
      findings.filter(
        (finding) =>
          finding.check === check &&
          (code === undefined || finding.code === code) &&
          (subject === undefined || subjectKey(finding.subject) === subjectKey(subject)),
      ),
    get: facts.get,
    value: async (handle, arg) => {
      const fact = await facts.get(handle, arg);
      return fact.state === "known" ? fact.value : undefined;
    },
  };
}

function severityOf(candidate: Proposal): Severity {
  const ranks = candidate.explains.map((finding) => severities.indexOf(finding.severity));
  return severities[Math.max(0, ...ranks)] ?? "note";
}

const rankOf = (confidence: Confidence): number => confidences.indexOf(confidence);

/** What breaks comes before what might, the proven before the probable, the wide before the narrow; then by name. */
function strongestFirst(a: Candidate, b: Candidate): number {
  return (
    severities.indexOf(severityOf(b)) - severities.indexOf(severityOf(a)) ||
    rankOf(b.confidence) - rankOf(a.confidence) ||
    b.explains.length - a.explains.length ||
    (a.cause.id < b.cause.id ? -1 : a.cause.id > b.cause.id ? 1 : 0)
  );
}

function diagnosisOf(candidate: Candidate, facts: Facts): Diagnosis {
  const { cause, remedies, ...proposal } = candidate;
  const explains = proposal.explains.toSorted((a, b) => (findingKey(a) < findingKey(b) ? -1 : 1));
  const told = { cause: cause.id, title: cause.title, severity: severityOf(candidate), ...proposal, explains };
  const timeline = timelineOf(told, facts);
  return { ...told, ...(timeline.length < 2 ? {} : { timeline }), remedies };
}
