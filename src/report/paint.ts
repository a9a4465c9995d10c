import { Chalk } from "chalk";
import { atLeast, type Severity } from "../core/finding.ts";
import type { Report, Verdict } from "../core/report.ts";

type Style = (text: string) => string;

/** What colour means what. Without colour every style gives its text back unchanged. */
export interface Paint {
  readonly strong: Style;
  readonly faint: Style;
  readonly command: Style;
  readonly severity: Readonly<Record<Severity, Style>>;
  readonly verdict: Readonly<Record<Verdict, Style>>;
  readonly outcome: Readonly<Record<Outcome, Style>>;
}

/** What every part of the terminal's report is laid out by. */
export interface Page {
  readonly width: number;
  readonly paint: Paint;
  readonly verbose: 0 | 1 | 2;
  /** Milliseconds since 1970: what times are told against. */
  readonly now: number | undefined;
  readonly deployedAt: string | undefined;
}

/** The sixteen basic colours only: every terminal has them, and the reader's own theme keeps them legible. */
export function paintOf(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  // One argument each: chalk joins all that it is given, and these are handed to `map`.
  const one =
    (style: Style): Style =>
    (text) =>
      style(text);
  return {
    strong: one(chalk.bold),
    faint: one(chalk.dim),
    command: one(chalk.cyan),
    severity: { error: one(chalk.red), warning: one(chalk.yellow), note: one(chalk.dim) },
    verdict: {
      pass: one(chalk.green),
      fail: one(chalk.red),
      "not-applicable": one(chalk.dim),
      unknown: one(chalk.yellow),
      crashed: one(chalk.magenta),
    },
    outcome: {
      broken: one(chalk.red.bold),
      healthy: one(chalk.green.bold),
      accepted: one(chalk.yellow.bold),
      partial: one(chalk.green.bold),
      "partial-warned": one(chalk.yellow.bold),
      incomplete: one(chalk.yellow.bold),
    },
  };
}

/** One mark for each verdict and severity; a mark never stands without a word that says the same. */
export const verdictMark: Readonly<Record<Verdict, string>> = {
  pass: "✓",
  fail: "✗",
  "not-applicable": "–",
  unknown: "?",
  crashed: "?",
};

export const severityMark: Readonly<Record<Severity, string>> = { error: "✗", warning: "!", note: "·" };

const outcomeText: Readonly<Record<Outcome, string>> = {
  broken: "✗ BROKEN:",
  healthy: "✓ HEALTHY:",
  accepted: "! NOTHING BUT ACCEPTED FAULTS:",
  partial: "✓ IN PART:",
  "partial-warned": "! IN PART:",
  incomplete: "? INCOMPLETE:",
};

/**
 * A run's verdict as it is told. One that passes only since faults were left out on request, or that looked at a part of
 * the stack only, does not call the stack healthy; nor is a part in
 * order in which something was found.
 */
export type Outcome = Report["verdict"] | "accepted" | "partial" | "partial-warned";

export function outcomeOf({ verdict, checks, ignored, failOn, checksInAll }: Report): {
  readonly outcome: Outcome;
  readonly text: string;
} {
  const accepted = verdict === "healthy" && ignored.some(({ severity }) => atLeast(severity, failOn));
  const partial = verdict === "healthy" && checksInAll !== undefined;
  const found = checks.some(({ subjects }) =>
    subjects.some(({ findings }) => findings.some(({ severity }) => severity !== "note")),
  );
  const part = found ? "partial-warned" : "partial";
  const outcome = accepted ? "accepted" : partial ? part : verdict;
  return { outcome, text: outcomeText[outcome] };
}
