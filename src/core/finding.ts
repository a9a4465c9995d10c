import type { CheckId } from "./check-ids.gen.ts";
import type { Subject } from "./subject.ts";

export const severities = ["note", "warning", "error"] as const;
export type Severity = (typeof severities)[number];

/** True when `severity` is at least `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold);
}

export const evidenceKinds = [
  "configuration",
  "stack",
  "package",
  "log",
  "smoke",
  "parameter",
  "role",
  "database",
  "project",
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** One observation that a reader can verify: where it was seen and what it says. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** "layer cs-copilot-common:7", "log, 37 times since 10:02:53", "samconfig.toml:12". */
  readonly where: string;
  readonly says: string;
  /** For logs: how many times, first and last time in ISO 8601. */
  readonly count?: number;
  readonly first?: string;
  readonly last?: string;
}

/** What a check found about one subject. Its evidence is never empty. */
export interface Finding {
  readonly check: CheckId;
  /** Tells the kinds of one check's findings apart; causes look at it. */
  readonly code: string;
  readonly subject: Subject;
  readonly severity: Severity;
  readonly message: string;
  readonly evidence: readonly [Evidence, ...Evidence[]];
  /** What the check captured, by name: module, parameter, SQLSTATE, ... Never a secret. */
  readonly detail: Readonly<Record<string, string>>;
}

/** A key that stays the same between runs for the same finding. */
export function findingKey(finding: Finding): string {
  const { kind, id, label } = finding.subject;
  // A database's id is a fingerprint of its URL, which is another one in every run.
  const subject = `${kind}:${kind === "database" ? label : id}`;
  const detail = Object.entries(finding.detail)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return [finding.check, finding.code, subject, ...detail].join(" ");
}
