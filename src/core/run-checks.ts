import type { AnyCheck, CheckResult, FactMap, MissingEvidence } from "./check.ts";
import type { Fact, FactHandle, Facts, Unreadable } from "./fact.ts";
import type { Finding } from "./finding.ts";
import type { CheckReport, SubjectResult, Verdict } from "./report.ts";
import type { Subject } from "./subject.ts";

/** Runs every check over its subjects, all at once; facts are shared, so nothing is collected twice. */
export async function runChecks(checks: readonly AnyCheck[], facts: Facts): Promise<readonly CheckReport[]> {
  return Promise.all(checks.map((check) => runCheck(check, facts)));
}

async function runCheck(check: AnyCheck, facts: Facts): Promise<CheckReport> {
  const subjects = await facts.get(check.subjects, null);
  const results =
    subjects.state === "unreadable"
      ? [unreadableSubjects(subjects)]
      : await Promise.all(subjects.value.map((subject) => runOne(check, subject, facts)));
  const { id, title, severity } = check;
  return { id, title, severity, verdict: worst(results.map((result) => result.verdict)), subjects: results };
}

/** Where even the list of subjects could not be read the stack itself stands for them. */
function unreadableSubjects(fact: Unreadable): SubjectResult {
  const subject: Subject = { kind: "stack", id: "", label: "the stack" };
  return { subject, verdict: "unknown", findings: [], missing: [missingOf(fact)] };
}

async function runOne(check: AnyCheck, subject: Subject, facts: Facts): Promise<SubjectResult> {
  const [required, used] = await Promise.all([
    readAll(check.requires, subject, facts),
    readAll(check.uses, subject, facts),
  ]);
  const missing = Object.values(required).flatMap((fact) => (fact.state === "unreadable" ? [missingOf(fact)] : []));
  if (missing.length > 0) return { subject, verdict: "unknown", findings: [], missing };
  const values = Object.fromEntries(
    Object.entries(required).map(([name, fact]) => [name, fact.state === "known" ? fact.value : undefined]),
  );
  try {
    return resultOf(check, subject, check.run({ subject, ...values, ...used } as never));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { subject, verdict: "crashed", findings: [], reason };
  }
}

async function readAll(map: FactMap, subject: Subject, facts: Facts): Promise<Record<string, Fact<unknown>>> {
  const names = Object.keys(map);
  // No function of its own for each fact: of hundreds of subjects, each waiting one is kept until its fact is there.
  const found = await Promise.all(
    Object.values(map).map((handle) =>
      facts.get(handle as FactHandle<unknown, unknown>, handle.scope === "stack" ? null : subject),
    ),
  );
  return Object.fromEntries(found.map((fact, index) => [names[index] ?? "", fact]));
}

function resultOf(check: AnyCheck, subject: Subject, result: CheckResult): SubjectResult {
  switch (result.kind) {
    case "not-applicable":
      return { subject, verdict: "not-applicable", findings: [], reason: result.reason };
    case "unknown":
      return { subject, verdict: "unknown", findings: [], missing: result.missing };
    case "findings": {
      const findings: Finding[] = result.findings.map((draft) => ({
        check: check.id,
        subject,
        severity: check.severity,
        detail: {},
        ...draft,
      }));
      return { subject, verdict: findings.length === 0 ? "pass" : "fail", findings };
    }
  }
}

/** The one place where an unreadable fact becomes missing evidence. */
export function missingOf(fact: Unreadable): MissingEvidence {
  const { what, message, reason, action } = fact;
  return { what, message, reason, ...(action === undefined ? {} : { action }) };
}

const order: readonly Verdict[] = ["crashed", "fail", "unknown", "pass", "not-applicable"];

function worst(list: readonly Verdict[]): Verdict {
  return order.find((verdict) => list.includes(verdict)) ?? "not-applicable";
}
