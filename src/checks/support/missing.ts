import { unknown, type CheckResult, type MissingEvidence } from "../../core/check.ts";
import type { Unreadable } from "../../core/fact.ts";
import { missingOf } from "../../core/run-checks.ts";

/** The answer where what a check would need to know is unreadable. */
export function unknownFrom(...facts: readonly Unreadable[]): CheckResult {
  return unknown(...facts.map(missingOf));
}

/** The answer where everything was read, and still does not tell. */
export function undecided(what: string, message: string): CheckResult {
  const missing: MissingEvidence = { what, message, reason: "failed" };
  return unknown(missing);
}
