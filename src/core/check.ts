import type { CheckId } from "./check-ids.gen.ts";
import type { Fact, FactHandle } from "./fact.ts";
import type { Evidence, Severity } from "./finding.ts";
import { once } from "./once.ts";
import type { Subject } from "./subject.ts";

// A handle of any argument: what a check requires is bound to the check's subject or to the whole stack by its scope.
// eslint-style variance: `never` accepts every argument type here, the framework supplies the right one.
export type FactMap = Readonly<Record<string, FactHandle<never, unknown>>>;

type ValueOf<H> = H extends FactHandle<never, infer T> ? T : never;

export type RequiredInput<R extends FactMap> = { readonly [Key in keyof R]: ValueOf<R[Key]> };
export type UsedInput<U extends FactMap> = { readonly [Key in keyof U]: Fact<ValueOf<U[Key]>> };

/** A finding as a check writes it: check, subject and the usual severity are filled in by the runner. */
export interface FindingDraft {
  readonly code: string;
  readonly message: string;
  readonly evidence: readonly [Evidence, ...Evidence[]];
  readonly severity?: Severity;
  readonly detail?: Readonly<Record<string, string>>;
}

/** What a check says of one subject. An empty list of findings is a pass. */
export type CheckResult =
  | { readonly kind: "findings"; readonly findings: readonly FindingDraft[] }
  | { readonly kind: "not-applicable"; readonly reason: string }
  /** The facts were read, but do not answer the question; `missing` says what would. */
  | { readonly kind: "unknown"; readonly missing: readonly MissingEvidence[] };

/** What could not be known, and what would make it known. */
export interface MissingEvidence {
  readonly what: string;
  readonly message: string;
  readonly reason: "denied" | "failed" | "not-recorded" | "skipped" | "foreign";
  readonly action?: string;
}

export const pass: CheckResult = { kind: "findings", findings: [] };

export function findings(list: readonly FindingDraft[]): CheckResult {
  return { kind: "findings", findings: list };
}

export function notApplicable(reason: string): CheckResult {
  return { kind: "not-applicable", reason };
}

export function unknown(...missing: MissingEvidence[]): CheckResult {
  return { kind: "unknown", missing };
}

/** One case of a check's own documentation and test: the facts that it is given. Facts it uses and is not given are unreadable. */
export interface CheckExample<S extends Subject, R extends FactMap, U extends FactMap> {
  readonly name: string;
  readonly subject: S;
  readonly given: RequiredInput<R> & Partial<UsedInput<U>>;
}

export interface FailingExample<S extends Subject, R extends FactMap, U extends FactMap> extends CheckExample<S, R, U> {
  /** Codes of the findings, in order. */
  readonly codes: readonly [string, ...string[]];
  /** Their severities, in the same order, where they are not the check's own. */
  readonly severities?: readonly [Severity, ...Severity[]];
}

export interface PassingExample<S extends Subject, R extends FactMap, U extends FactMap> extends CheckExample<S, R, U> {
  /** `findings`, without any, where it is left out. */
  readonly kind?: CheckResult["kind"];
}

/** One question, asked of each of its subjects. */
export interface Check<S extends Subject, R extends FactMap, U extends FactMap> {
  readonly id: CheckId;
  readonly title: string;
  /** The severity of its findings, where a finding does not say otherwise. */
  readonly severity: Severity;
  readonly why: string;
  readonly subjects: FactHandle<null, readonly S[]>;
  /** Without one of these the answer is unknown. */
  readonly requires: R;
  /** Taken if there: given as facts, known or unreadable. */
  readonly uses: U;
  readonly run: (input: { readonly subject: S } & RequiredInput<R> & UsedInput<U>) => CheckResult;
  readonly examples: {
    readonly fails: readonly FailingExample<S, R, U>[];
    readonly passes: readonly PassingExample<S, R, U>[];
  };
}

/** A check whose types are known to itself only; what the registry holds. */
export type AnyCheck = Check<Subject, FactMap, FactMap>;

/** Defines a check: one file, one question. `uses` may be left out; examples are made when somebody looks at them. */
export function defineCheck<S extends Subject, const R extends FactMap, const U extends FactMap = Record<never, never>>(
  check: Omit<Check<S, R, U>, "uses" | "examples"> & {
    readonly uses?: U;
    // The types follow from the facts that are named, not from the examples.
    readonly examples: () => NoInfer<Check<S, R, U>["examples"]>;
  },
): AnyCheck {
  const { examples, ...rest } = check;
  const made = once(examples);
  return {
    uses: {},
    ...rest,
    get examples() {
      return made();
    },
  } as unknown as AnyCheck;
}
