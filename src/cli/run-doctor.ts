import { causes } from "../causes/registry.gen.ts";
import { checks } from "../checks/registry.gen.ts";
import { applyBaseline, type Baseline } from "../core/baseline.ts";
import { buildReport } from "../core/build-report.ts";
import { diagnose } from "../core/diagnose.ts";
import { unnamedGaps } from "../core/unanswered.ts";
import type { Facts } from "../core/fact.ts";
import type { Finding, Severity } from "../core/finding.ts";
import { leaveOut } from "../core/leave-out.ts";
import type { CheckReport, Incomplete, Report, StackHeader } from "../core/report.ts";
import { runChecks } from "../core/run-checks.ts";
import type { Subject } from "../core/subject.ts";
import { tools } from "../facts/api.ts";
import { functions } from "../facts/functions.ts";
import { layers } from "../facts/layers.ts";
import type { BodyOf } from "../facts/requests/index.ts";
import type { runStart } from "../facts/requests/run.ts";
import { identity, run } from "../facts/run.ts";
import { project } from "../facts/project.ts";
import { deploy, stack } from "../facts/stack.ts";
import { callerName } from "./caller-name.ts";
import { idleRules, ignoring } from "./ignoring.ts";
import { nestedStacks } from "./preflight.ts";

export interface DoctorOptions {
  readonly version: string;
  readonly only: readonly string[] | undefined;
  /** `check` or `check:subject`. */
  readonly ignore: readonly string[];
  readonly failOn: Severity;
  /** The known findings, given what was found and the day of the run in UTC (2027-01-31). */
  readonly baseline?: (checks: readonly CheckReport[], today: string) => Baseline;
  readonly notes: readonly string[];
  /** Whether the stack was changed while it was read, as one sentence: asked when everything has been read. */
  readonly changed?: () => Promise<string | undefined>;
  /** What the run cost: asked when everything has been read. */
  readonly cost: () => Cost;
}

export interface Cost {
  readonly durationMs: number;
  readonly requests: number;
  /** Calls that had to be sent again, and are among the requests. */
  readonly repeated?: { readonly throttled: number; readonly broken: number };
}

/** Runs the checks over the facts and folds what they found: the whole doctor, whatever the source. */
export async function runDoctor(facts: Facts, options: DoctorOptions): Promise<Report> {
  const selected = checks.filter((check) => options.only?.includes(check.id) ?? true);
  const raw = await runChecks(selected, facts);
  const { checks: reports, left: ignored } = leaveOut(raw, ignoring(options.ignore), "Its findings are ignored.");
  const findings = reports.flatMap((report) => report.subjects.flatMap((result) => result.findings));
  // Before the diagnosis, whose timelines go by what is known by then.
  const [stackHeader, at] = await Promise.all([headerOf(facts), facts.get(run, null)]);
  const diagnosis = await diagnose(causes, findings, facts);
  const startedAt = at.state === "known" ? at.value.startedAt : new Date(0).toISOString();
  const today = startedAt.slice(0, 10);
  const judged =
    options.baseline === undefined
      ? { checks: reports, diagnosis, known: [], notes: [] }
      : applyBaseline(options.baseline(reports, today), { checks: reports, diagnosis }, today);
  const changed = await options.changed?.();
  const { durationMs, requests, repeated } = options.cost();
  const waited = at.state === "known" ? at.value.waited : undefined;
  const subject: Subject = { kind: "stack", id: stackHeader.name, label: stackHeader.name };
  const unanswered = facts.unanswered();
  return buildReport({
    version: options.version,
    stack: stackHeader,
    startedAt,
    durationMs,
    requests,
    gaps: (missed) => [
      ...unsettled(waited, judged.checks, subject),
      ...overtaken(changed, subject),
      ...unnamedGaps(unanswered, missed, subject, stackHeader.account),
    ],
    checks: judged.checks,
    diagnosis: judged.diagnosis,
    ignored: [...ignored, ...judged.known],
    notes: [
      ...options.notes,
      ...idleRules(options.ignore, raw),
      ...waitNotes(waited),
      ...repeatNotes(repeated),
      ...judged.notes,
      ...(await projectNotes(facts)),
      ...(await nestedStacks(facts)).map(
        (name) =>
          `${name} is a stack of its own, nested in this one, and was not looked into: cscp doctor --stack ${name}`,
      ),
    ],
    failOn: options.failOn,
    ...(selected.length === checks.length ? {} : { checksInAll: checks.length }),
  });
}

type Waited = BodyOf<typeof runStart>["waited"];

/**
 * A stack that did not settle in the time that it was given is not known to work, whatever was found; nor is one that was
 * changing when it was read, and for which nobody waited.
 */
function unsettled(waited: Waited, checks: readonly CheckReport[], subject: Subject): readonly Incomplete[] {
  const pending = waited?.pending ?? [];
  const results = checks.flatMap((check) => check.subjects.map((result) => ({ ...result, of: check.id })));
  const changing = results.filter(({ findings }) => findings.some(isChanging));
  if (pending.length === 0 && changing.length === 0) return [];
  const names = changing.map((result) => result.subject.label).join(", ");
  return [
    {
      what: "what the stack will be when it has settled",
      message:
        pending.length > 0
          ? `After ${waited?.seconds ?? 0} s of waiting these were still changing: ${pending.join(", ")}.`
          : `This is a moment in the middle of a deploy, and says nothing of its end: ${names} ${changing.length === 1 ? "was" : "were"} still changing when read. --wait 5m waits for the end.`,
      reason: "failed",
      checks: pending.length > 0 ? ["stack-settled"] : [...new Set(changing.map(({ of }) => of))],
      subjects: [subject],
    },
  ];
}

/** Whether a finding says that its subject is on its way from one state to another. */
function isChanging({ check, code, severity }: Finding): boolean {
  if (check === "stack-settled") return code === "in-progress";
  return check === "function-active" && (code === "updating" || (code === "inactive" && severity === "warning"));
}

/** A run that another deploy overtook has read neither the one nor the other. */
function overtaken(changed: string | undefined, subject: Subject): readonly Incomplete[] {
  if (changed === undefined) return [];
  const what = "what the stack is since it changed during this run";
  return [{ what, message: changed, reason: "failed", checks: ["stack-settled"], subjects: [subject] }];
}

function waitNotes(waited: Waited): readonly string[] {
  return waited === undefined || waited.polls === 1 || waited.pending.length > 0
    ? []
    : [`The stack took ${waited.seconds} s to settle; everything was read after that.`];
}

/** A run that is complete only because something was asked again says so. */
export function repeatNotes(repeated: Cost["repeated"]): readonly string[] {
  if (repeated === undefined) return [];
  const calls = (count: number): string => `${count} ${count === 1 ? "call" : "calls"} to AWS`;
  const { throttled, broken } = repeated;
  return [
    ...(throttled === 0
      ? []
      : [`${calls(throttled)} had to be sent again because AWS throttled ${throttled === 1 ? "it" : "them"}.`]),
    ...(broken === 0
      ? []
      : [`${calls(broken)} had to be sent again because ${broken === 1 ? "it" : "they"} failed on the way.`]),
  ];
}

/** What of the project folder could not be used, so that nobody takes its silence for agreement. */
export async function projectNotes(facts: Facts): Promise<readonly string[]> {
  const folder = await facts.get(project, null);
  if (folder.state === "unreadable" || folder.value === undefined) return [];
  const { templateFault, brokenSamconfig } = folder.value;
  return [
    ...(templateFault === undefined ? [] : [`The project's template was left out of the diagnosis. ${templateFault}`]),
    ...(brokenSamconfig === undefined
      ? []
      : [`The project's ${brokenSamconfig.path} was left out of the diagnosis: ${brokenSamconfig.unreadable}.`]),
  ];
}

/** Who asked what, where: the known parts. */
export async function headerOf(facts: Facts): Promise<StackHeader> {
  const [at, caller, described, deployed, functionList, layerList, toolList] = await Promise.all([
    facts.get(run, null),
    facts.get(identity, null),
    facts.get(stack, null),
    facts.get(deploy, null),
    facts.get(functions, null),
    facts.get(layers, null),
    facts.get(tools, null),
  ]);
  const count = (list: { state: string; value?: readonly unknown[] }): number => list.value?.length ?? 0;
  return {
    name: at.state === "known" ? at.value.stackName : "",
    region: at.state === "known" ? at.value.region : "",
    ...(caller.state === "known" ? { account: caller.value.account, caller: callerName(caller.value.arn) } : {}),
    ...(described.state === "known" ? { status: described.value.status } : {}),
    ...(deployed.state === "known" ? { deployedAt: deployed.value.finishedAt ?? deployed.value.startedAt } : {}),
    functions: count(functionList),
    layers: count(layerList),
    tools: count(toolList),
  };
}
