import type { CauseId } from "./cause-ids.gen.ts";
import type { Confidence, Remedy } from "./cause.ts";
import type { CheckId } from "./check-ids.gen.ts";
import type { MissingEvidence } from "./check.ts";
import type { Evidence, Finding, Severity } from "./finding.ts";
import type { SmokeReport } from "./smoke-report.ts";
import type { Subject } from "./subject.ts";

export const verdicts = ["pass", "fail", "not-applicable", "unknown", "crashed"] as const;
export type Verdict = (typeof verdicts)[number];

/** One check's answer for one subject. */
export interface SubjectResult {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Why it does not apply, or what crashed. */
  readonly reason?: string;
  readonly missing?: readonly MissingEvidence[];
}

export interface CheckReport {
  readonly id: CheckId;
  readonly title: string;
  readonly severity: Severity;
  /** The worst of its subjects: crashed or fail, then unknown, then pass, then not applicable. */
  readonly verdict: Verdict;
  readonly subjects: readonly SubjectResult[];
}

export const momentKinds = [
  "layer-published",
  "parameter-changed",
  "secret-changed",
  "function-changed",
  "deploy",
  "first-error",
  "last-error",
] as const;
export type MomentKind = (typeof momentKinds)[number];

/** Something that happened, which tells when and by what a cause came about. */
export interface Moment {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: MomentKind;
  /** What it happened to: the layer version, the parameter with its version, the secret, the function. */
  readonly of?: string;
}

export interface Diagnosis {
  readonly cause: CauseId;
  readonly title: string;
  readonly headline: string;
  readonly summary: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly decides?: string;
  readonly subjects: readonly Subject[];
  readonly because: readonly Evidence[];
  readonly explains: readonly Finding[];
  /** What happened around the beginning of it, oldest first; left out where less than two moments are known. */
  readonly timeline?: readonly Moment[];
  readonly remedies: readonly Remedy[];
}

/** Something that could not be read, with the checks that needed it. */
export interface Incomplete extends MissingEvidence {
  readonly checks: readonly CheckId[];
  readonly subjects: readonly Subject[];
}

/** Who asked what, where. Known parts only. */
export interface StackHeader {
  readonly name: string;
  readonly region: string;
  readonly account?: string;
  readonly caller?: string;
  readonly status?: string;
  /** ISO 8601, when the last deploy ended or, where that is not known, began. */
  readonly deployedAt?: string;
  readonly functions: number;
  readonly layers: number;
  readonly tools: number;
}

/** The whole result; every output format is rendered from it. */
export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: "cscp"; readonly version: string };
  readonly stack: StackHeader;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly requests: number;
  readonly verdict: "healthy" | "broken" | "incomplete";
  /** The lowest severity that makes the verdict broken. */
  readonly failOn: Severity;
  readonly exitCode: 0 | 1 | 3;
  /** One line that says what is broken or what works. */
  readonly summary: string;
  /** Where only some of the checks were asked for: how many there are. */
  readonly checksInAll?: number;
  readonly diagnoses: readonly Diagnosis[];
  readonly checks: readonly CheckReport[];
  readonly unexplained: readonly Finding[];
  readonly incomplete: readonly Incomplete[];
  readonly notes: readonly string[];
  readonly ignored: readonly Finding[];
  /** Only in a run of the smoke test itself. */
  readonly smoke?: SmokeReport;
}
