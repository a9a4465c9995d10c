import type { CauseId } from "./cause-ids.gen.ts";
import type { CheckId } from "./check-ids.gen.ts";
import type { Fact, FactHandle } from "./fact.ts";
import type { Evidence, Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

export const confidences = ["possible", "likely", "certain"] as const;
/** certain: proven by what was read; likely: fits best; possible: something named would decide. */
export type Confidence = (typeof confidences)[number];

/** When a remedy is to be applied: at once, so that it stays mended, or to see that it worked. */
export const remedyKinds = ["now", "for-good", "verify"] as const;
export type RemedyKind = (typeof remedyKinds)[number];

/**
 * Commands that can be copied and run as they are, in a POSIX shell. Secrets stand as shell variables
 * (`"$DATABASE_URL"`), values that are not known as `<MARKED-PLACEHOLDERS>` listed in `placeholders`.
 */
export interface Remedy {
  readonly kind: RemedyKind;
  /** What it does, in one sentence. */
  readonly title: string;
  readonly commands: readonly string[];
  /** Prose that is no command. */
  readonly advice?: string;
  /** Shell variables that the reader must set first, with what they hold. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly placeholders?: readonly string[];
  /** True when the commands change something. Verifying ones do not. */
  readonly changes: boolean;
}

/** What a cause claims about this run. */
export interface Proposal {
  /** One sentence a person can repeat on the phone. */
  readonly headline: string;
  /** One to three sentences: what happens and why. */
  readonly summary: string;
  readonly subjects: readonly Subject[];
  readonly confidence: Confidence;
  /** What would decide, where it is not certain. */
  readonly decides?: string;
  readonly because: readonly Evidence[];
  /** The findings that it would have predicted. */
  readonly explains: readonly Finding[];
  readonly remedies: readonly Remedy[];
}

/** What a cause may look at: findings and facts, never text output. */
export interface View {
  readonly findings: readonly Finding[];
  /** Findings of one check, of one code where given, of one subject where given. */
  of(check: CheckId, code?: string, subject?: Subject): readonly Finding[];
  get<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): Promise<Fact<T>>;
  /** The value of a fact, or undefined where it is unreadable. */
  value<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): Promise<T | undefined>;
}

export interface Cause {
  readonly id: CauseId;
  readonly title: string;
  /** What it is and how it shows, for `cscp explain`. */
  readonly explanation: string;
  /** How it is mended in general, for `cscp explain`. */
  readonly mending: string;
  readonly propose: (view: View) => Promise<readonly Proposal[]>;
}

export function defineCause(cause: Cause): Cause {
  return cause;
}
