import type { CauseId } from "../core/cause-ids.gen.ts";
import { stackFact, subjectFact } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";

/** One reading of what an error event means. */
export interface ErrorCandidate {
  readonly cause: CauseId;
  /** 0 to 1; only its order counts. */
  readonly score: number;
  /** What the signature captured: module, host, parameter, ... */
  readonly captures: Readonly<Record<string, string>>;
  /** What would decide between the candidates. */
  readonly decides: string;
}

/** Errors of one shape in one function's log. */
export interface ErrorGroup {
  readonly shape: string;
  /** The line that says what failed. */
  readonly headline: string;
  /** One event, whole. */
  readonly example: string;
  readonly count: number;
  /** ISO 8601. */
  readonly first: string;
  readonly last: string;
  readonly requestIds: readonly string[];
  /** Best first; empty when nothing in it is known to be wrong. */
  readonly candidates: readonly ErrorCandidate[];
}

export interface FunctionErrors {
  readonly logGroup: string;
  /** Absent while the function has never logged. */
  readonly exists: boolean;
  readonly from: string;
  readonly to: string;
  readonly groups: readonly ErrorGroup[];
  readonly truncated: boolean;
}

/** From when to when the logs are read, and what the beginning is: "the deploy of 10:02:11", "--since 1h". */
export interface LogWindow {
  readonly from: string;
  readonly to: string;
  readonly because: string;
}

export const logWindow = stackFact<LogWindow>("logWindow");
export const functionErrors = subjectFact<FunctionRef, FunctionErrors>("functionErrors");
