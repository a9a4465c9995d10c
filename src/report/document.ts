import type { Remedy } from "../core/cause.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { Evidence, Finding } from "../core/finding.ts";
import type { CheckReport, Diagnosis, Incomplete, Report, StackHeader, SubjectResult } from "../core/report.ts";
import type { SmokeReport, SmokeToolReport } from "../core/smoke-report.ts";
import type { Subject } from "../core/subject.ts";

/**
 * The report as the document that is published: exactly the fields of its schema, always in the same order, records
 * sorted by key. In a run a subject or a finding may carry more than its type tells; none of that leaves.
 */
export function documentOf(report: Report): Report {
  return {
    schemaVersion: report.schemaVersion,
    tool: { name: report.tool.name, version: report.tool.version },
    stack: stackOf(report.stack),
    startedAt: report.startedAt,
    durationMs: report.durationMs,
    requests: report.requests,
    verdict: report.verdict,
    failOn: report.failOn,
    exitCode: report.exitCode,
    summary: report.summary,
    ...(report.checksInAll === undefined ? {} : { checksInAll: report.checksInAll }),
    diagnoses: report.diagnoses.map(diagnosisOf),
    unexplained: report.unexplained.map(findingOf),
    incomplete: report.incomplete.map(incompleteOf),
    notes: report.notes,
    ignored: report.ignored.map(findingOf),
    checks: report.checks.map(checkOf),
    ...given({ smoke: report.smoke === undefined ? undefined : smokeOf(report.smoke) }),
  };
}

function smokeOf({ url, signedWith, clockAheadSeconds, waited, tools, skipped }: SmokeReport): SmokeReport {
  return {
    url,
    signedWith,
    ...given({ clockAheadSeconds, waited }),
    tools: tools.map(smokeToolOf),
    skipped: skipped.map(({ tool, method, path, reason }) => ({ tool, method, path, reason })),
  };
}

function smokeToolOf({ tool, method, path, verdict, requests, failed, attempts, ...rest }: SmokeToolReport) {
  const { status, p50Ms, p95Ms, firstMs, before, wrong } = rest;
  const measured = given({ status, p50Ms, p95Ms, firstMs, before, wrong });
  return { tool, method, path, verdict, requests, failed, attempts, ...measured };
}

function stackOf({
  name,
  region,
  account,
  caller,
  status,
  deployedAt,
  functions,
  layers,
  tools,
}: StackHeader): StackHeader {
  return { name, region, ...given({ account, caller, status, deployedAt }), functions, layers, tools };
}

function diagnosisOf(diagnosis: Diagnosis): Diagnosis {
  const { cause, title, headline, summary, severity, confidence, decides } = diagnosis;
  return {
    cause,
    title,
    headline,
    summary,
    severity,
    confidence,
    ...given({ decides }),
    subjects: diagnosis.subjects.map(subjectOf),
    because: diagnosis.because.map(evidenceOf),
    ...given({ timeline: diagnosis.timeline?.map(({ at, kind, of }) => ({ at, kind, ...given({ of }) })) }),
    remedies: diagnosis.remedies.map(remedyOf),
    explains: diagnosis.explains.map(findingOf),
  };
}

function remedyOf({ kind, title, commands, advice, variables, placeholders, changes }: Remedy): Remedy {
  const names = variables === undefined ? undefined : sorted(variables);
  return { kind, title, commands, ...given({ advice, variables: names, placeholders }), changes };
}

function findingOf({ check, code, subject, severity, message, evidence, detail }: Finding): Finding {
  const [first, ...more] = evidence;
  return {
    check,
    code,
    subject: subjectOf(subject),
    severity,
    message,
    evidence: [evidenceOf(first), ...more.map(evidenceOf)],
    detail: sorted(detail),
  };
}

function evidenceOf({ kind, where, says, count, first, last }: Evidence): Evidence {
  return { kind, where, says, ...given({ count, first, last }) };
}

function subjectOf({ kind, id, label }: Subject): Subject {
  return { kind, id, label };
}

function missingOf({ what, message, reason, action }: MissingEvidence): MissingEvidence {
  return { what, message, reason, ...given({ action }) };
}

function incompleteOf(gap: Incomplete): Incomplete {
  return { ...missingOf(gap), checks: gap.checks, subjects: gap.subjects.map(subjectOf) };
}

function checkOf({ id, title, severity, verdict, subjects }: CheckReport): CheckReport {
  return { id, title, severity, verdict, subjects: subjects.map(resultOf) };
}

function resultOf({ subject, verdict, findings, reason, missing }: SubjectResult): SubjectResult {
  return {
    subject: subjectOf(subject),
    verdict,
    findings: findings.map(findingOf),
    ...given({ reason, missing: missing?.map(missingOf) }),
  };
}

/** The entries that have a value; an absent one is left out, never written as `undefined`. */
function given<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

function sorted(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
