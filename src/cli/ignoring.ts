import type { Finding } from "../core/finding.ts";
import type { CheckReport } from "../core/report.ts";
import { listed } from "../report/layout.ts";
import { requireCheck } from "./check-names.ts";
import { didYouMean } from "./did-you-mean.ts";

interface Rule {
  /** As it is written. */
  readonly text: string;
  readonly check: string;
  /** The id or label of the one subject that it is for. */
  readonly subject: string | undefined;
}

/** @throws UsageError when it names no check. */
function ruleOf(text: string): Rule {
  const [check = "", ...rest] = text.split(":");
  requireCheck(check);
  return { text, check, subject: rest.length === 0 ? undefined : rest.join(":") };
}

/** Whether one of the rules, `check` or `check:subject`, leaves a finding out. */
export function ignoring(ignore: readonly string[]): (finding: Finding) => boolean {
  const rules = ignore.map(ruleOf);
  return ({ check: found, subject: { id, label } }) =>
    rules.some(
      ({ check, subject }) => check === found && (subject === undefined || subject === id || subject === label),
    );
}

/** More subjects than these are not listed. */
const mostNamed = 5;

/** A sentence for each rule whose subject is none that its check looked at, where the check could look at all. */
export function idleRules(ignore: readonly string[], checks: readonly CheckReport[]): readonly string[] {
  return ignore.map(ruleOf).flatMap(({ text, check, subject }) => {
    const report = checks.find(({ id }) => id === check);
    const isWhole = report?.subjects.every(({ verdict }) => verdict !== "unknown" && verdict !== "crashed") === true;
    if (report === undefined || subject === undefined || !isWhole) return [];
    const seen = report.subjects.flatMap((result) => [
      result.subject,
      ...result.findings.map((found) => found.subject),
    ]);
    if (seen.some(({ id, label }) => id === subject || label === subject)) return [];
    const labels = [...new Set(seen.map(({ label }) => label))];
    const looked = labels.length === 0 ? "nothing" : listed(labels, mostNamed);
    const near = didYouMean(subject, labels);
    return [
      `The rule ${text} leaves nothing out: ${check} looked at ${looked}, and not at ${subject}${near === undefined ? "." : `; ${near}`}`,
    ];
  });
}
