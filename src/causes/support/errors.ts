// Causes that are only suggested: by what functions logged, and by what was logged for a request that failed.
import { oneLine } from "../../checks/support/text.ts";
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Confidence, Proposal, Remedy, View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { functionErrors } from "../../facts/logs.ts";
import { smokeResult } from "../../facts/smoke.ts";
import type { ToolRef } from "../../core/subject.ts";
import { groupBy } from "./groups.ts";
import { allFunctions, placeOf, verifying, type Place } from "./place.ts";
import { advice } from "./remedies.ts";
import type { Stage } from "./stages.ts";
import { causesIn, distinct, failedTools, symptomsOf, unsteadyTools } from "./symptoms.ts";

/** Functions whose errors name the same cause first, with what the errors captured. */
export interface ErrorCase {
  readonly functions: readonly FunctionRef[];
  readonly findings: readonly Finding[];
  /** Captures of the first finding that has them: module, host, parameter, ... */
  readonly captures: Readonly<Record<string, string>>;
  /** Whether the errors fit other causes too. */
  readonly ambiguous: boolean;
  /** What would decide between them. */
  readonly decides: string;
}

interface ErrorCause {
  readonly cause: CauseId;
  readonly stage: Stage;
  /** Other labels that errors of this cause may bear beside its own. */
  readonly shows?: readonly CauseId[];
  /** The capture that tells two faults of this kind apart: functions with another one are another diagnosis. */
  readonly by?: string;
  readonly headline: (at: ErrorCase) => string;
  readonly summary: (at: ErrorCase) => string;
  readonly remedies?: (at: ErrorCase, place: Place, view: View) => Promise<readonly Remedy[]> | readonly Remedy[];
  /** Where facts say more than the log: how sure that makes it. */
  readonly confidence?: (
    at: ErrorCase,
  ) => Promise<{ readonly confidence: Confidence; readonly decides?: string | undefined }>;
}

/** One proposal for each group of functions whose logged errors have this cause as their best reading. */
export async function fromErrors(view: View, spec: ErrorCause): Promise<readonly Proposal[]> {
  const answered = await fromAnswers(view, spec);
  const cases = await errorCases(view, spec);
  if (cases.length === 0) return answered;
  const place = await placeOf(view);
  const logged = await Promise.all(
    cases.map(async (at) => {
      const { cause, stage, shows, by } = spec;
      const module = by === "module" ? at.captures["module"] : undefined;
      const symptoms = await symptomsOf(view, {
        cause,
        stage,
        functions: at.functions,
        suggested: true,
        ...(shows === undefined ? {} : { shows }),
        ...(module === undefined ? {} : { module }),
      });
      const judged = (await spec.confidence?.(at)) ?? {
        confidence: at.ambiguous ? ("possible" as const) : ("likely" as const),
        ...(at.ambiguous ? { decides: at.decides } : {}),
      };
      const { confidence, decides } = judged;
      return {
        headline: spec.headline(at),
        summary: spec.summary(at),
        subjects: at.functions,
        confidence,
        ...(decides === undefined || decides === "" ? {} : { decides }),
        because: [],
        explains: distinct(at.findings, symptoms),
        remedies: (await spec.remedies?.(at, place, view)) ?? [await following(view, place, at)],
      };
    }),
  );
  return [...logged, ...answered];
}

/** What tools answered whose functions are not known: all that is known of the fault is what their own answers say. */
async function fromAnswers(view: View, spec: ErrorCause): Promise<readonly Proposal[]> {
  const functions = await allFunctions(view);
  const behind = failedTools(view, functions);
  const findings = view
    .of("tools-answer")
    .filter((finding) => !behind.includes(finding) && causesIn(finding)[0] === spec.cause);
  const [first] = findings;
  if (first === undefined) return [];
  const results = await Promise.all(findings.map(({ subject }) => view.value(smokeResult, subject as ToolRef)));
  const [said] = results.flatMap((result) => result?.said ?? []);
  const [best, ...others] = said?.candidates ?? [];
  // Told by the tools' names, as if those were their functions'.
  const named = findings.map(({ subject: { id, label } }): FunctionRef => ({
    kind: "function",
    id,
    label,
    functionName: label,
  }));
  const ambiguous = others.length > 0;
  const decides = best?.decides ?? "";
  const at = { functions: named, findings, captures: { ...best?.captures }, ambiguous, decides };
  return [
    {
      headline: spec.headline(at),
      summary: `The answer itself says so: ${oneLine(said?.headline ?? first.message)}`,
      subjects: findings.map(({ subject }) => subject),
      confidence: ambiguous ? "possible" : "likely",
      ...(ambiguous && decides !== "" ? { decides } : {}),
      because: [],
      explains: findings,
      remedies: [
        advice(
          "now",
          "Look behind the API.",
          "The answer alone tells what failed. With the stack (--stack NAME), the function's package, settings and log are looked at, and the commands that mend it are told.",
        ),
        verifying(await placeOf(view)),
      ],
    },
  ];
}

/** The groups of functions whose errors are best read as this cause. */
async function errorCases(view: View, { cause, by }: Pick<ErrorCause, "cause" | "by">): Promise<readonly ErrorCase[]> {
  const functions = await allFunctions(view);
  const logged = view.of("known-errors").filter((finding) => causesIn(finding)[0] === cause);
  // What a tool that fails now and then logged when it failed names its cause as well as any other error.
  const answersOf = (list: readonly FunctionRef[]) =>
    [...failedTools(view, list), ...unsteadyTools(view, list)].filter((finding) => causesIn(finding)[0] === cause);
  const answered = answersOf(functions);
  const entries = functions.flatMap((fn) => {
    const findings = [
      ...logged.filter(({ subject }) => subject.id === fn.id),
      ...answersOf([fn]).filter((finding) => answered.includes(finding)),
    ];
    return findings.map((finding) => ({ fn, finding }));
  });
  const groups = groupBy(entries, ({ finding }) => (by === undefined ? "" : (finding.detail[by] ?? "")));
  // What carries no capture, an answer for example, joins the only group there is.
  const [first, second] = groups;
  const merged = by !== undefined && groups.length === 2 && first !== undefined && second !== undefined;
  const lists =
    merged && [first, second].some((group) => group[0].finding.detail[by] === undefined)
      ? [[...first, ...second]]
      : groups;
  return Promise.all(
    lists.map(async (group): Promise<ErrorCase> => {
      const findings = group.map(({ finding }) => finding);
      const ids = new Set(group.map(({ fn }) => fn.id));
      const list = functions.filter(({ id }) => ids.has(id));
      const speaking = findings.find(({ check }) => check === "known-errors") ?? findings[0];
      return {
        functions: list,
        findings,
        captures: { ...(await capturesOf(view, cause, list, findings)), ...speaking?.detail },
        ambiguous: findings.every((finding) => causesIn(finding).length > 1),
        decides: await decisionOf(view, cause, list, findings),
      };
    }),
  );
}

async function candidatesOf(view: View, functions: readonly FunctionRef[], findings: readonly Finding[]) {
  const groups = await Promise.all(functions.map(async (fn) => (await view.value(functionErrors, fn))?.groups ?? []));
  const tools = findings.filter(({ subject }) => subject.kind === "tool");
  const answers = await Promise.all(
    tools.map(async ({ subject }) => (await view.value(smokeResult, subject as ToolRef))?.errors ?? []),
  );
  return [...groups, ...answers].flat().flatMap(({ candidates }) => candidates.slice(0, 1));
}

async function capturesOf(
  view: View,
  cause: CauseId,
  functions: readonly FunctionRef[],
  findings: readonly Finding[],
): Promise<Readonly<Record<string, string>>> {
  const candidates = await candidatesOf(view, functions, findings);
  return candidates.find((candidate) => candidate.cause === cause)?.captures ?? {};
}

async function decisionOf(
  view: View,
  cause: CauseId,
  functions: readonly FunctionRef[],
  findings: readonly Finding[],
): Promise<string> {
  const candidates = await candidatesOf(view, functions, findings);
  const found = candidates.find((candidate) => candidate.cause === cause)?.decides;
  return found ?? "";
}

/** Where nothing can be mended by a command, at least the log can be followed. */
async function following(view: View, place: Place, { functions }: ErrorCase): Promise<Remedy> {
  const reads = await Promise.all(functions.map((fn) => view.value(functionErrors, fn)));
  const groups = reads.flatMap((read) => (read?.exists === true ? [read.logGroup] : []));
  return verifying(place, [...new Set(groups)].slice(0, 3));
}
