// Which symptoms belong to a fault: what the functions logged, what the tools answered, and the pattern of all tools.
import { oneLine } from "../../checks/support/text.ts";
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import { findingKey } from "../../core/finding.ts";
import type { FunctionRef, ToolRef } from "../../core/subject.ts";
import { tools as toolList } from "../../facts/api.ts";
import { functionErrors, type ErrorGroup } from "../../facts/logs.ts";
import { smokePattern, smokeResult } from "../../facts/smoke.ts";
import { uniqueBy } from "./groups.ts";
import { canShowAs, isHidden, provenStages, type Stage } from "./stages.ts";

/** A fault that somebody says is there, and where it would show. */
interface Claim {
  readonly cause: CauseId;
  readonly stage: Stage;
  readonly functions: readonly FunctionRef[];
  /** Other labels that the errors of this fault may bear, since a log line alone often fits several. */
  readonly shows?: readonly CauseId[];
  /** The module that the fault keeps from being imported: errors about another one are not its symptoms. */
  readonly module?: string;
  /** Only suggested by what was logged: where any fault is proven, what says nothing is that one's symptom. */
  readonly suggested?: true;
}

/** The findings that the fault would have predicted. */
export async function symptomsOf(view: View, claim: Claim): Promise<readonly Finding[]> {
  const tools = await toolSymptoms(view, claim);
  const logs = await logSymptoms(view, claim, tools);
  const pattern = await patternSymptoms(view, tools);
  return [...logs, ...tools, ...pattern];
}

/** Findings of several lists, each once. */
export function distinct(...lists: readonly (readonly Finding[])[]): readonly Finding[] {
  return uniqueBy(lists.flat(), findingKey);
}

/** The causes that the logged errors behind a finding may have, best first. */
export function causesIn({ detail }: Finding): readonly string[] {
  const listed = (detail["causes"] ?? "").split(",").filter((id) => id !== "");
  const top = detail["cause"];
  return top === undefined || listed.includes(top) ? listed : [top, ...listed];
}

/** The tools of a function that did not answer as they should. */
export function failedTools(view: View, functions: readonly FunctionRef[]): readonly Finding[] {
  return view
    .of("tools-answer")
    .filter(({ code }) => code !== "flaky" && code !== "slow")
    .filter((finding) => functions.some((fn) => isToolOf(finding, fn)));
}

/** The tools of a function that answered as they should, and not every time. */
export function unsteadyTools(view: View, functions: readonly FunctionRef[]): readonly Finding[] {
  return view.of("tools-answer", "flaky").filter((finding) => functions.some((fn) => isToolOf(finding, fn)));
}

function isToolOf({ subject, detail }: Finding, fn: FunctionRef): boolean {
  const { functionId } = subject as Partial<ToolRef>;
  const named = functionId ?? detail["function"];
  return named !== undefined && [fn.id, fn.label, fn.functionName].includes(named);
}

async function toolSymptoms(view: View, claim: Claim): Promise<readonly Finding[]> {
  const proven = await provenStages(view);
  const found: Finding[] = [];
  for (const finding of failedTools(view, claim.functions)) {
    const fn = claim.functions.find((candidate) => isToolOf(finding, candidate));
    if (fn === undefined || !canShowAs(claim.stage, finding.code)) continue;
    const logged = await errorsOfRequest(view, finding);
    const others = [...(proven.get(fn.id) ?? [])];
    const mayBeHidden =
      claim.suggested === true
        ? others.some((stage) => canShowAs(stage, finding.code))
        : isHidden(claim.stage, proven.get(fn.id), finding.code);
    switch (verdictOf(claim, finding, logged)) {
      case "names-it":
        found.push(finding);
        break;
      case "silent":
        if (!mayBeHidden) found.push(finding);
        break;
      case "names-another":
        break;
    }
  }
  return found;
}

async function errorsOfRequest(view: View, finding: Finding): Promise<readonly ErrorGroup[]> {
  return (await view.value(smokeResult, finding.subject as ToolRef))?.errors ?? [];
}

/** What the errors logged for a request say of a claim. An exception's bare class says too little to contradict it. */
function verdictOf(
  claim: Claim,
  finding: Finding,
  errors: readonly ErrorGroup[],
): "names-it" | "names-another" | "silent" {
  const labels = [claim.cause, ...(claim.shows ?? [])] as readonly string[];
  const named = causesIn(finding).filter((id) => id !== "other");
  if (named.some((id) => labels.includes(id))) return "names-it";
  if (named.length === 0 || (errors.length > 0 && errors.every(isVague))) return "silent";
  return "names-another";
}

const isVague = ({ candidates }: ErrorGroup): boolean => {
  const [best] = candidates;
  return best === undefined || best.cause === "other" || best.captures["class"] !== undefined;
};

async function logSymptoms(view: View, claim: Claim, tools: readonly Finding[]): Promise<readonly Finding[]> {
  const labels = [claim.cause, ...(claim.shows ?? [])] as readonly string[];
  const found: Finding[] = [];
  for (const finding of view.of("known-errors")) {
    const fn = claim.functions.find((candidate) => candidate.id === finding.subject.id);
    if (fn === undefined) continue;
    const fits =
      causesIn(finding).some((id) => labels.includes(id)) && sameModule(claim.module, finding.detail["module"]);
    if (fits || (await alsoLoggedBy(view, finding, fn, tools)) || (await mustBeOurs(view, claim, finding, fn)))
      found.push(finding);
  }
  return found;
}

/** `psycopg2` and `psycopg2._psycopg` are one fault; what is not known does not contradict. */
function sameModule(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === "" || b === "") return true;
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

/**
 * A vague error of a function is a symptom too when a request that failed by this fault logged the very same: the shapes
 * are compared, not the words.
 */
async function alsoLoggedBy(
  view: View,
  finding: Finding,
  fn: FunctionRef,
  tools: readonly Finding[],
): Promise<boolean> {
  const groups = (await view.value(functionErrors, fn))?.groups ?? [];
  const shapes = groups
    .filter((group) => isVague(group) && oneLine(group.headline) === finding.detail["headline"])
    .map((group) => group.shape);
  if (shapes.length === 0) return false;
  for (const tool of tools) {
    if (!isToolOf(tool, fn)) continue;
    const errors = await errorsOfRequest(view, tool);
    if (errors.some((error) => shapes.includes(error.shape))) return true;
  }
  return false;
}

/**
 * Where no request was sent that would show it, an exception's bare class is a symptom of the fault that is proven of its
 * function, the earliest where there are several: when the class is all that was logged, since the time that the log was
 * read from.
 */
async function mustBeOurs(view: View, claim: Claim, finding: Finding, fn: FunctionRef): Promise<boolean> {
  if (claim.suggested === true) return false;
  if (!canShowAs(claim.stage, "tool-error") && !canShowAs(claim.stage, "function-error")) return false;
  const proven = (await provenStages(view)).get(fn.id);
  if (proven?.has(claim.stage) !== true || isHidden(claim.stage, proven)) return false;
  if (!(await wasLeftOut(view, fn))) return false;
  const errors = await view.value(functionErrors, fn);
  return (errors?.groups ?? []).some(
    (group) =>
      isVague(group) &&
      isBareClass(group) &&
      oneLine(group.headline) === finding.detail["headline"] &&
      // Both are times of UTC in one form, whose order is that of their texts.
      group.first > (errors?.from ?? ""),
  );
}

/** Whether smoke requests were left out of this run on request, so that no tool of the function was asked. */
async function wasLeftOut(view: View, fn: FunctionRef): Promise<boolean> {
  if (view.of("tools-answer").length > 0) return false;
  const own = ((await view.value(toolList, null)) ?? []).filter(({ functionId }) => functionId === fn.id);
  const results = await Promise.all(own.map((tool) => view.get(smokeResult, tool)));
  return results.length > 0 && results.every((result) => result.state === "unreadable" && result.reason === "skipped");
}

/** `{"ex": "RuntimeError"}` or `[ERROR] RuntimeError`: the exception's class, and no word of what it said. */
function isBareClass({ headline, candidates: [best] }: ErrorGroup): boolean {
  if (best?.captures["class"] !== undefined) return true;
  const name = String.raw`(?:[\w.]+\.)?[A-Za-z]\w*`;
  const asField = new RegExp(
    String.raw`["'](?:ex|exc|exception|error_?type|exc_type|error_class)["']\s*:\s*["']${name}["']`,
    "i",
  );
  const withText = /["'](?:message|msg|error_?message|detail|reason)["']\s*:\s*["'][^"']/i;
  if (asField.test(headline)) return !withText.test(headline);
  return new RegExp(String.raw`^(?:\[?ERROR\]?:?\s+)?${name}(?:Error|Exception):?$`).test(headline.trim());
}

/**
 * That only the tools with a database fail is a symptom of a fault that explains at least one of them, where the others
 * are explained by it too or have a proven fault of their own.
 */
async function patternSymptoms(view: View, tools: readonly Finding[]): Promise<readonly Finding[]> {
  const pattern = view.of("database-tools");
  if (pattern.length === 0) return [];
  const proven = await provenStages(view);
  const rows = (await view.value(smokePattern, null))?.tools ?? [];
  const failing = rows.filter(
    ({ usesDatabase, result }) =>
      usesDatabase === true && result !== undefined && result.outcome !== "ok" && result.outcome !== "too-long",
  );
  const mine = failing.filter(({ tool }) => tools.some((finding) => finding.subject.id === tool.id));
  const covered = failing.every(
    ({ tool }) =>
      mine.some((row) => row.tool.id === tool.id) ||
      (tool.functionId !== undefined && (proven.get(tool.functionId)?.size ?? 0) > 0),
  );
  return mine.length > 0 && covered ? pattern : [];
}
