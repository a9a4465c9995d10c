import type { CauseId } from "./cause-ids.gen.ts";

/** Failures of a log that have one origin. Texts are clean of secrets; what they hold besides comes from outside. */
export interface TriageEntry {
  readonly count: number;
  /** The line that says what failed, of the most frequent wording. */
  readonly headline: string;
  /** The wordings that were folded together, with their variable parts masked; the most frequent first. */
  readonly shapes: readonly { readonly shape: string; readonly count: number }[];
  /** The first event as it was logged. */
  readonly example: string;
  /** Functions, pods or files with how often each, the most frequent first. */
  readonly sources: readonly { readonly name: string; readonly count: number }[];
  /** ISO 8601; absent where no event has a time. */
  readonly first?: string;
  readonly last?: string;
  /** Failures in equal parts of the time from the report's `first` to its `last`. */
  readonly histogram: readonly number[];
  /** At most five. */
  readonly requestIds: readonly string[];
}

/** Failures that a known cause explains. */
export interface TriagedCause extends TriageEntry {
  readonly cause: CauseId;
  /** What the failures name: a module, a table, a host. */
  readonly about?: string;
  readonly title: string;
  readonly mending: string;
  /** Causes that the text would allow as well, and what decides between them. */
  readonly alternatives: readonly CauseId[];
  readonly decides?: string;
}

/** A part of the log that could not be read. */
export interface UnreadLog {
  readonly what: string;
  /** Why, as one sentence. */
  readonly message: string;
  /** The IAM action that the caller lacks. */
  readonly action?: string;
}

/** What a triage of logs found. */
export interface TriageReport {
  readonly version: 1;
  /** What was read: names of files, functions or log groups. */
  readonly logs: readonly string[];
  /** Bytes of files, or of the events that CloudWatch returned. */
  readonly bytes: number;
  /** The time that was asked for, ISO 8601. */
  readonly from?: string;
  readonly to?: string;
  /** The first and last failure, ISO 8601. */
  readonly first?: string;
  readonly last?: string;
  readonly stack?: string;
  /** When the stack's last deploy began, ISO 8601. */
  readonly deployedAt?: string;
  readonly failures: number;
  /** Failures of too many different kinds to be told apart. */
  readonly untold: number;
  /** The most frequent first. */
  readonly causes: readonly TriagedCause[];
  readonly unknown: readonly TriageEntry[];
  readonly unread: readonly UnreadLog[];
  readonly notes: readonly string[];
  readonly exitCode: 0 | 1 | 3;
}
