import { causes } from "../causes/registry.gen.ts";
import { checks } from "../checks/registry.gen.ts";
import { buildReport } from "../core/build-report.ts";
import type { CheckId } from "../core/check-ids.gen.ts";
import { diagnose, type DiagnoseResult } from "../core/diagnose.ts";
import type { Facts } from "../core/fact.ts";
import { findingKey, type Finding, type Severity } from "../core/finding.ts";
import { leaveOut } from "../core/leave-out.ts";
import type { CheckReport, Report, StackHeader } from "../core/report.ts";
import { runChecks } from "../core/run-checks.ts";
import { run } from "../facts/run.ts";
import { idleRules, ignoring } from "./ignoring.ts";
import { headerOf, projectNotes, repeatNotes, type Cost } from "./run-doctor.ts";
import type { Measured } from "./smoke-compare.ts";
import { slowerNotes, smokeReport, unreachedNotes } from "./smoke-section.ts";

export interface SmokeOptions {
  readonly version: string;
  readonly failOn: Severity;
  /** `check` or `check:subject`. */
  readonly ignore: readonly string[];
  /** False where AWS is not asked, so that a failure cannot be followed behind the API. */
  readonly aws: boolean;
  readonly cost: () => Cost;
  /** What an earlier run had measured, by tool. */
  readonly before: ReadonlyMap<string, Measured> | undefined;
  readonly notes: readonly string[];
}

/** What requests alone show. */
const asking: ReadonlySet<CheckId> = new Set([
  "tools-answer",
  "bad-signatures-refused",
  "clock-agrees",
  "browsers-allowed",
]);

/** What is a symptom of requests, and takes more than requests to see. */
const symptoms: ReadonlySet<CheckId> = new Set([...asking, "database-tools"]);

/**
 * Sends the requests and judges what comes back. Only where one fails the doctor's checks are run as well, so as to say
 * why: of what they find there counts what explains a failing request, and nothing else.
 */
export async function runSmoke(facts: Facts, options: SmokeOptions): Promise<Report> {
  const first = await runChecks(
    checks.filter(({ id }) => asking.has(id)),
    facts,
  );
  const isFailing = findingsOf(first).some(({ severity }) => severity === "error");
  const more = isFailing && options.aws ? checks.filter(({ id }) => !asking.has(id)) : [];
  const second = await runChecks(more, facts);
  const raw = [...first, ...second];
  const { checks: all, left: ignored } = leaveOut(raw, ignoring(options.ignore), "Its findings are ignored.");
  const diagnosed = ofRequests(await diagnose(causes, findingsOf(all), facts));
  const kept = relevant(all, diagnosed);
  const [header, at] = await Promise.all([headerOf(facts), facts.get(run, null)]);
  const section = await smokeReport(facts, findingsOf(kept), options.before);
  const { durationMs, requests, repeated } = options.cost();
  return buildReport({
    version: options.version,
    stack: named(header, section.url),
    startedAt: at.state === "known" ? at.value.startedAt : new Date(0).toISOString(),
    durationMs,
    requests,
    checks: kept,
    diagnosis: diagnosed,
    ignored,
    notes: [
      ...options.notes,
      ...idleRules(options.ignore, raw),
      ...slowerNotes(section),
      ...unreachedNotes(section, findingsOf(kept)),
      ...otherNotes(all, kept, header),
      ...repeatNotes(repeated),
      ...(await projectNotes(facts)),
    ],
    failOn: options.failOn,
    smoke: section,
  });
}

function findingsOf(list: readonly CheckReport[]): readonly Finding[] {
  return list.flatMap((check) => check.subjects.flatMap((result) => result.findings));
}

/** The causes behind failing requests; what else is wrong with the stack is the doctor's to say. */
function ofRequests({ diagnoses, unexplained }: DiagnoseResult): DiagnoseResult {
  return {
    diagnoses: diagnoses.filter(({ explains }) => explains.some(({ check }) => symptoms.has(check))),
    unexplained: unexplained.filter(({ check }) => symptoms.has(check)),
  };
}

/**
 * The checks that say something of the requests: with what they found and a cause of a failing request explains. What
 * could not be known matters where the cause is not certain.
 */
function relevant(all: readonly CheckReport[], { diagnoses, unexplained }: DiagnoseResult): readonly CheckReport[] {
  const explained = new Set(diagnoses.flatMap(({ explains }) => explains.map(findingKey)));
  const isOpen = unexplained.length > 0 || diagnoses.some(({ confidence }) => confidence !== "certain");
  return all.flatMap((check): readonly CheckReport[] => {
    if (symptoms.has(check.id)) return [check];
    const subjects = check.subjects.flatMap((result) => {
      const findings = result.findings.filter((finding) => explained.has(findingKey(finding)));
      if (findings.length > 0) return [{ ...result, findings }];
      return isOpen && (result.verdict === "unknown" || result.verdict === "crashed") ? [result] : [];
    });
    return subjects.length === 0 ? [] : [{ ...check, subjects }];
  });
}

function otherNotes(
  all: readonly CheckReport[],
  kept: readonly CheckReport[],
  { name }: StackHeader,
): readonly string[] {
  const shown = new Set(findingsOf(kept).map(findingKey));
  const others = findingsOf(all).filter(
    (finding) => finding.severity === "error" && !shown.has(findingKey(finding)),
  ).length;
  if (others === 0 || name === "") return [];
  return [
    `The stack has ${others} more ${others === 1 ? "finding" : "findings"} that none of these requests shows: cscp doctor --stack ${name}`,
  ];
}

/** Where no stack is named the API's host stands for it. */
function named(header: StackHeader, url: string): StackHeader {
  if (header.name !== "") return header;
  return { ...header, name: URL.canParse(url) ? new URL(url).host : "the API" };
}
