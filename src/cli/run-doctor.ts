import { causes } from "../causes/registry.gen.ts";
import { checks } from "../checks/registry.gen.ts";
import { buildReport } from "../core/build-report.ts";
import type { AnyCheck } from "../core/check.ts";
import { diagnose } from "../core/diagnose.ts";
import type { Facts } from "../core/fact.ts";
import type { Finding, Severity } from "../core/finding.ts";
import type { CheckReport, Report, StackHeader } from "../core/report.ts";
import { runChecks } from "../core/run-checks.ts";
import { tools } from "../facts/api.ts";
import { functions } from "../facts/functions.ts";
import { layers } from "../facts/layers.ts";
import { identity, run } from "../facts/run.ts";
import { deploy, stack } from "../facts/stack.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";

export interface DoctorOptions {
  readonly version: string;
  readonly only: readonly string[] | undefined;
  /** `check` or `check:subject`. */
  readonly ignore: readonly string[];
  readonly failOn: Severity;
  readonly notes: readonly string[];
  /** What the run cost: asked when everything has been read. */
  readonly cost: () => { readonly durationMs: number; readonly requests: number };
}

/** Runs the checks over the facts and folds what they found: the whole doctor, whatever the source. */
export async function runDoctor(facts: Facts, options: DoctorOptions): Promise<Report> {
  const selected = selectChecks(options.only);
  const raw = await runChecks(selected, facts);
  const { reports, ignored } = leaveOut(raw, options.ignore);
  const findings = reports.flatMap((report) => report.subjects.flatMap((result) => result.findings));
  const diagnosis = await diagnose(causes, findings, facts);
  const [stackHeader, at] = await Promise.all([headerOf(facts), facts.get(run, null)]);
  return buildReport({
    version: options.version,
    stack: stackHeader,
    startedAt: at.state === "known" ? at.value.startedAt : new Date(0).toISOString(),
    ...options.cost(),
    checks: reports,
    diagnosis,
    ignored,
    notes: options.notes,
    failOn: options.failOn,
  });
}

/** @throws UsageError when an id names no check. */
export function selectChecks(only: readonly string[] | undefined): readonly AnyCheck[] {
  if (only === undefined) return checks;
  for (const id of only) requireCheck(id);
  return checks.filter((check) => only.includes(check.id));
}

export function requireCheck(id: string): void {
  if (checks.some((check) => check.id === id)) return;
  throw usageError(
    `There is no check ${id}.`,
    didYouMean(
      id,
      checks.map((check) => check.id),
    ) ?? "cscp checks lists them",
  );
}

/** Takes the findings that the user wants left out, out of the reports. */
function leaveOut(
  reports: readonly CheckReport[],
  ignore: readonly string[],
): { readonly reports: readonly CheckReport[]; readonly ignored: readonly Finding[] } {
  if (ignore.length === 0) return { reports, ignored: [] };
  const rules = ignore.map((rule) => {
    const [id = "", ...rest] = rule.split(":");
    requireCheck(id);
    return { id, subject: rest.length === 0 ? undefined : rest.join(":") };
  });
  const ignored: Finding[] = [];
  const isIgnored = (finding: Finding): boolean =>
    rules.some(
      ({ id, subject }) =>
        id === finding.check &&
        (subject === undefined || subject === finding.subject.id || subject === finding.subject.label),
    );
  const kept = reports.map((report) => {
    const subjects = report.subjects.map((result) => {
      const left = result.findings.filter((finding) => !isIgnored(finding));
      ignored.push(...result.findings.filter(isIgnored));
      const passes = left.length === 0 && result.findings.length > 0;
      return passes
        ? { ...result, verdict: "pass" as const, findings: left, reason: "Its findings are ignored." }
        : { ...result, findings: left };
    });
    const failed = subjects.some((result) => result.verdict === "fail");
    return { ...report, subjects, verdict: report.verdict === "fail" && !failed ? ("pass" as const) : report.verdict };
  });
  return { reports: kept, ignored };
}

async function headerOf(facts: Facts): Promise<StackHeader> {
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

/** `arn:aws:sts::1:assumed-role/ci-deploy/session` is ci-deploy, `arn:aws:iam::1:user/path/ada` is ada. */
export function callerName(arn: string): string {
  const parts = arn.split(":").slice(5).join(":").split("/");
  if (parts[0] === "assumed-role" || parts[0] === "federated-user") return parts[1] ?? arn;
  return parts.at(-1) ?? arn;
}
