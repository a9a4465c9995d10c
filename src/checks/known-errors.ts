import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import { canonicalJson } from "../core/json.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functions } from "../facts/functions.ts";
import { functionErrors, type ErrorCandidate, type ErrorGroup, type FunctionErrors } from "../facts/logs.ts";
import { exampleFunction } from "./support/examples.ts";
import { rankedCauses } from "./support/errors.ts";
import { undecided } from "./support/missing.ts";
import { clause, counted, listed, oneLine } from "./support/text.ts";

/** Up to how many of its requests a finding names. */
const fewRequests = 3;

export default defineCheck({
  id: "known-errors",
  title: "The functions log no errors",
  severity: "error",
  why: "What a function logs when it fails usually names the cause, or narrows it to a few.",
  subjects: functions,
  requires: { errors: functionErrors },
  run({ subject, errors }) {
    if (!errors.exists)
      return notApplicable(`${subject.label} has never logged: there is no log group ${errors.logGroup}.`);
    const found = mergeGroups(errors.groups).map((groups) => findingOf(subject, errors, groups));
    if (found.length > 0) return findings(found);
    if (!errors.truncated) return pass;
    return undecided(
      `the whole log of ${subject.label}`,
      `The log group ${errors.logGroup} was read up to a bound only, and no error was in that part; --since narrows the time that is read.`,
    );
  },
  examples: () => ({
    fails: [
      {
        name: "a module that is missing, in two wordings of the same error",
        subject: exampleFunction(),
        given: {
          errors: exampleErrors(
            exampleGroup("[ERROR] Runtime.ImportModuleError: No module named 'pg8000'", 37, "module-missing", {
              module: "pg8000",
            }),
            exampleGroup("LAMBDA_WARNING: Unhandled exception: No module named 'pg8000'", 37, "module-missing", {
              module: "pg8000",
            }),
          ),
        },
        codes: ["module-missing"],
      },
      {
        name: "two modules that are missing",
        subject: exampleFunction(),
        given: {
          errors: exampleErrors(
            exampleGroup("No module named 'pg8000'", 9, "module-missing", { module: "pg8000" }),
            exampleGroup("No module named 'scramp'", 2, "module-missing", { module: "scramp" }),
          ),
        },
        codes: ["module-missing", "module-missing"],
      },
      {
        name: "an error that the application made itself",
        subject: exampleFunction(),
        given: { errors: exampleErrors(exampleGroup("[ERROR] KeyError: 'sparkline'", 2)) },
        codes: ["unknown-error"],
        severities: ["warning"],
      },
      {
        name: "an error that is known to be of no known kind, beside a known one, in a log that was not read to its end",
        subject: exampleFunction(),
        given: {
          errors: {
            ...exampleErrors(
              exampleGroup("[ERROR] ValueError: month must be in 1..12", 1, "other"),
              exampleGroup("connection to server failed: Connection refused", 12, "connection-refused"),
            ),
            truncated: true,
          },
        },
        codes: ["connection-refused", "unknown-error"],
        severities: ["error", "warning"],
      },
    ],
    passes: [
      { name: "a log without errors", subject: exampleFunction(), given: { errors: exampleErrors() } },
      {
        name: "a function that has never run",
        subject: exampleFunction(),
        given: { errors: { ...exampleErrors(), exists: false } },
        kind: "not-applicable",
      },
      {
        name: "a log that was not read to its end",
        subject: exampleFunction(),
        given: { errors: { ...exampleErrors(), truncated: true } },
        kind: "unknown",
      },
    ],
  }),
});

type Groups = readonly [ErrorGroup, ...ErrorGroup[]];

/** Groups that the same thing caused, together; what is known comes before what is not, the frequent before the rare. */
function mergeGroups(groups: readonly ErrorGroup[]): readonly Groups[] {
  const merged = new Map<string, [ErrorGroup, ...ErrorGroup[]]>();
  for (const group of groups.toSorted((a, b) => b.count - a.count)) {
    const top = topOf(group);
    const key = top === undefined ? `? ${group.headline}` : `${top.cause} ${canonicalJson(top.captures)}`;
    const same = merged.get(key);
    if (same === undefined) merged.set(key, [group]);
    else same.push(group);
  }
  const rank = ([first]: Groups): number => (topOf(first) === undefined ? 1 : 0);
  return [...merged.values()].toSorted((a, b) => rank(a) - rank(b));
}

/** The best reading of an error; undefined where it is none of the known kinds. */
function topOf({ candidates: [top] }: ErrorGroup): ErrorCandidate | undefined {
  return top === undefined || top.cause === "other" ? undefined : top;
}

function findingOf(fn: FunctionRef, errors: FunctionErrors, groups: Groups): FindingDraft {
  const [first] = groups;
  const top = topOf(first);
  const count = groups.reduce((most, group) => Math.max(most, group.count), 0);
  const often = count === 1 ? "once" : counted(count, "time");
  const captures = Object.entries(first.candidates[0]?.captures ?? {}).map(([name, value]) => [name, oneLine(value)]);
  return {
    code: top?.cause ?? "unknown-error",
    message: `${fn.label} logged ${often}: ${clause(first.headline)}.`,
    evidence: evidenceOf(errors.logGroup, groups),
    detail: {
      ...(Object.fromEntries(captures) as Record<string, string>),
      cause: first.candidates[0]?.cause ?? "other",
      causes: rankedCauses([first]).join(","),
      headline: oneLine(first.headline),
    },
    severity: top === undefined ? "warning" : "error",
  };
}

/** One observation for each wording, with how often and when, and the requests where there are few. */
function evidenceOf(logGroup: string, [first, ...others]: Groups): readonly [Evidence, ...Evidence[]] {
  const evidence = ({ headline, count, first: from, last, requestIds }: ErrorGroup): Evidence => {
    const few = requestIds.length > 0 && requestIds.length <= fewRequests;
    const requests = few ? `, ${requestIds.length === 1 ? "request" : "requests"} ${listed(requestIds)}` : "";
    return { kind: "log", where: `log ${logGroup}${requests}`, says: oneLine(headline), count, first: from, last };
  };
  return [evidence(first), ...others.map(evidence)];
}

function exampleErrors(...groups: readonly ErrorGroup[]): FunctionErrors {
  return {
    logGroup: "/aws/lambda/cs-copilot-backend-GetCustomerUsage-1A2B3C4D",
    exists: true,
    from: "2026-11-20T10:02:11.000Z",
    to: "2026-11-20T10:09:46.000Z",
    groups,
    truncated: false,
  };
}

function exampleGroup(
  headline: string,
  count: number,
  cause?: ErrorCandidate["cause"],
  captures: ErrorCandidate["captures"] = {},
): ErrorGroup {
  return {
    shape: headline,
    headline,
    example: headline,
    count,
    first: "2026-11-20T10:02:53.118Z",
    last: "2026-11-20T10:09:40.002Z",
    requestIds: count > fewRequests ? [] : ["7c1e0d52-33aa-4f0e-9f6e-0b9f3b1c2d4e"],
    candidates: cause === undefined ? [] : [{ cause, score: 1, captures, decides: "what is in the package" }],
  };
}
