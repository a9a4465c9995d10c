import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import type { Reply } from "../core/reply.ts";
import type { FunctionRef, ToolRef } from "../core/subject.ts";
import { tools } from "../facts/api.ts";
import { databaseUse } from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import type { ErrorGroup } from "../facts/logs.ts";
import { ask } from "../facts/requests/index.ts";
import { logRequest } from "../facts/requests/logs.ts";
import { smokeRequest } from "../facts/requests/smoke.ts";
import { run } from "../facts/run.ts";
import {
  clockAhead,
  firstSuccess,
  preflight,
  smokePattern,
  smokeResult,
  type RanFor,
  type Sample,
  type SmokeResult,
} from "../facts/smoke.ts";
import { plannedRequest, smokeConfiguration } from "../smoke/facts.ts";
import { classified, readLogsFirst, saidIn } from "./logs.ts";
import { invoked } from "./smoke-invoke.ts";
import { judged, prepare, type Prepared } from "./smoke-prepare.ts";
import { attemptsFor, pauseMs, tracedOf, unsteadyOf, worstOf, type Asked } from "./smoke-samples.ts";

/** Sends one request, by its case and ordinal, and judges what came back. */
async function send(
  context: CollectContext,
  { tool, request, how }: Prepared,
  name: string,
  attempt: number,
  afterMs = 0,
): Promise<Asked | Exclude<Reply<unknown>, { status: "ok" }>> {
  const wait = afterMs === 0 ? {} : { afterMs };
  if (request.front === "invoke") return invoked(context, tool, request, how, name);
  const reply = await ask(context, smokeRequest, { tool: tool.id, case: name, attempt }, { ...how, ...wait });
  if (reply.status !== "ok") return reply;
  const assessed = await judged(reply.body, request);
  // Of hundreds of long answers only what they mean is kept.
  return { name, attempt, answer: reply.body.answered ? { ...reply.body, body: "" } : reply.body, assessed };
}

/** One request and those that repeat it, where repeating it can help. */
async function sampleOf(
  context: CollectContext,
  prepared: Prepared,
  name: string,
): Promise<readonly Asked[] | Exclude<Reply<unknown>, { status: "ok" }>> {
  const asked: Asked[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const one = await send(context, prepared, name, attempt, attempt === 1 ? 0 : pauseMs * attempt);
    // What was answered before stands, where asking again gave no answer of its own.
    if ("status" in one) return asked.length === 0 ? one : asked;
    asked.push(one);
    if (attempt >= attemptsFor(one.assessed, (prepared.told?.repeat ?? 1) > 1, prepared.how.timeoutMs)) return asked;
  }
}

/**
 * What a browser asks carries no signature, and the answer shows how far the clocks are apart before one is sent. A first
 * request that is measured for its cold start comes before everything.
 */
async function browsersFirst(context: CollectContext): Promise<void> {
  const [config, list] = await Promise.all([context.get(smokeConfiguration, null), context.get(tools, null)]);
  const first = list.state === "known" ? list.value[0] : undefined;
  if (first !== undefined && config.state === "known" && config.value.cors !== undefined) {
    await context.get(preflight, first);
  }
}

export const collectSmokeResult = collector(smokeResult, async (context, tool): Promise<Fact<SmokeResult>> => {
  const [prepared, at] = await Promise.all([prepare(context, tool), context.get(run, null)]);
  if (prepared.state === "unreadable") return prepared;
  const { told, request } = prepared.value;
  // The doctor reads the functions' logs anyway, and its own requests are not to be among what it reads.
  if (told === undefined && at.state === "known") await readLogsFirst(context);
  if (told?.waitSeconds !== undefined) await context.get(firstSuccess, null);
  if (told !== undefined && !told.warm) await browsersFirst(context);
  const names = ["default", ...Array.from({ length: (told?.repeat ?? 1) - 1 }, (_, index) => `repeat-${index + 2}`)];
  const series: { readonly phase: Sample["phase"]; readonly asked: readonly Asked[] }[] = [];
  for (const name of told?.warm === true ? ["first", ...names] : names) {
    const asked = await sampleOf(context, prepared.value, name);
    if ("status" in asked) {
      if (series.length === 0) return unreadableReply(asked, `the answer of ${tool.label}`);
      break;
    }
    series.push({ phase: name === "first" ? "first" : "measured", asked });
  }
  const samples = series.map(({ phase, asked }): Sample => sample(phase, asked));
  // A first request that is let off may take its time, not fail.
  const failing = worstOf(series.flatMap(({ asked }) => asked));
  const unsteady = unsteadyOf(series.map(({ asked }) => asked));
  const last = series.at(-1)?.asked.at(-1);
  const shown = unsteady === undefined ? (failing ?? last) : (series.findLast(isPassed)?.asked.at(-1) ?? last);
  if (shown === undefined) return unreadable("failed", `the answer of ${tool.label}`, "No request was sent.");
  // The doctor waits for no late log of a request that passed when it was sent again.
  const isWorthIt = failing?.assessed.reached !== false && (told !== undefined || unsteady === undefined);
  const traced =
    failing === undefined
      ? undefined
      : tracedOf(
          failing,
          series.flatMap(({ asked }) => asked),
        );
  const logged = isWorthIt && traced !== undefined ? await loggedFor(context, tool, traced) : undefined;
  const said = logged?.isKnown === false && shown === failing ? await saidIn(shown.assessed) : undefined;
  const { gateway: _gateway, reached: _reached, ...assessed } = shown.assessed;
  return known<SmokeResult>({
    ...assessed,
    attempts: shown.attempt,
    errors: logged?.errors ?? [],
    latencyMs: shown.answer.latencyMs,
    signedWith: shown.answer.answered ? shown.answer.signedWith : "",
    ...(said === undefined ? {} : { said }),
    ...(unsteady === undefined ? {} : { unsteady }),
    ...(request.latencyMs === undefined ? {} : { budgetMs: request.latencyMs }),
    ...(logged?.ran === undefined ? {} : { ran: logged.ran }),
    ...(told === undefined ? {} : { samples }),
  });
});

const isPassed = ({ asked }: { readonly asked: readonly Asked[] }): boolean => asked.at(-1)?.assessed.outcome === "ok";

function sample(phase: Sample["phase"], asked: readonly Asked[]): Sample {
  const last = asked.at(-1);
  const { outcome = "unreachable", status } = last?.assessed ?? {};
  return {
    phase,
    outcome,
    ...(status === undefined ? {} : { status }),
    latencyMs: last?.answer.latencyMs ?? 0,
    attempts: asked.length,
  };
}

/** What the tool's function logged for one request, and how long it ran; `isKnown` where it is known which one that is. */
async function loggedFor(
  context: CollectContext,
  tool: ToolRef,
  { name, attempt, answer }: Asked,
): Promise<{ readonly errors: readonly ErrorGroup[]; readonly ran?: RanFor; readonly isKnown?: false }> {
  const list = await context.get(functions, null);
  const fn: FunctionRef | undefined =
    list.state === "known" ? list.value.find((candidate) => candidate.id === tool.functionId) : undefined;
  if (fn === undefined) return { errors: [], isKnown: false };
  const configured = await context.get(functionConfiguration, fn);
  if (configured.state === "unreadable") return { errors: [] };
  const { logGroup, runtime, architecture } = configured.value;
  const ids = answer.answered ? [answer.headers["x-amzn-requestid"], answer.headers["apigw-requestid"]] : [];
  const reply = await ask(
    context,
    logRequest,
    { group: logGroup, functionName: fn.functionName, tool: tool.id, case: name, attempt },
    { requestIds: ids.filter((id) => id !== undefined), sentAt: answer.sentAt },
  );
  if (reply.status !== "ok" || !reply.body.exists) return { errors: [] };
  const { groups, report } = reply.body;
  const errors = await classified(groups, { runtime, architecture });
  if (report === undefined) return { errors };
  const { durationMs, initMs } = report;
  return {
    errors,
    ran: { ...(durationMs === undefined ? {} : { durationMs }), ...(initMs === undefined ? {} : { initMs }) },
  };
}

/** How long is waited between two looks for a first success, in milliseconds: often at first, then every five seconds. */
const lookAgainMs = (round: number): number => Math.min(5_000, 1_000 * round);

/**
 * Asks one tool after the other until one answers as it should, for as long as the user said. Pauses and answers' times
 * add up to the wait, so that the same answers always make the same one, without a clock.
 */
export const collectFirstSuccess = collector(firstSuccess, async (context) => {
  const [at, list] = await Promise.all([context.get(run, null), context.get(tools, null)]);
  if (at.state === "unreadable") return at;
  if (list.state === "unreadable") return list;
  const limitMs = (at.value.smokeRun?.waitSeconds ?? 0) * 1000;
  if (limitMs === 0 || list.value.length === 0) return known(undefined);
  let passedMs = 0;
  for (let round = 1; ; round += 1) {
    const tool = list.value[(round - 1) % list.value.length];
    const prepared = tool === undefined ? undefined : await prepare(context, tool);
    if (prepared?.state !== "known") return known(undefined);
    const pause = round === 1 ? 0 : lookAgainMs(round - 1);
    const timeoutMs = Math.max(1_000, Math.min(prepared.value.how.timeoutMs, limitMs - passedMs));
    const patient = { ...prepared.value, how: { ...prepared.value.how, timeoutMs } };
    const one = await send(context, patient, "wait", round, pause);
    const answered = !("status" in one) && one.assessed.outcome === "ok";
    passedMs += pause + ("status" in one ? 0 : one.answer.latencyMs);
    const stopped = "status" in one;
    if (answered || stopped || passedMs + lookAgainMs(round) > limitMs) {
      return known({ seconds: Math.round(passedMs / 1000), requests: round, answered });
    }
  }
});

export const collectSmokePattern = collector(smokePattern, async (context) => {
  const [list, refs] = await Promise.all([context.get(tools, null), context.get(functions, null)]);
  if (list.state === "unreadable") return list;
  const functionRefs = refs.state === "known" ? refs.value : [];
  const rows = await Promise.all(
    list.value.map(async (tool) => {
      const fn = functionRefs.find((candidate) => candidate.id === tool.functionId);
      const [result, planned, use] = await Promise.all([
        context.get(smokeResult, tool),
        context.get(plannedRequest, tool),
        fn === undefined ? undefined : context.get(databaseUse, fn),
      ]);
      const declared = planned.state === "known" ? planned.value.usesDatabase : undefined;
      const found = use?.state === "known" ? use.value.uses : undefined;
      return {
        tool,
        usesDatabase: declared ?? found,
        result: result.state === "known" ? result.value : undefined,
        fact: result,
      };
    }),
  );
  const unread = rows.find((row) => row.fact.state === "unreadable")?.fact;
  if (unread?.state === "unreadable" && rows.every((row) => row.result === undefined)) return unread;
  return known({ tools: rows.map(({ tool, usesDatabase, result }) => ({ tool, usesDatabase, result })) });
});

/** The middle one of what the answers show: one slow answer, or one server of several that is off, says little. */
export const collectClockAhead = collector(clockAhead, async (context) => {
  const list = await context.get(tools, null);
  if (list.state === "unreadable") return list;
  const results = await Promise.all(list.value.map((tool) => context.get(smokeResult, tool)));
  const unread = results.find((result) => result.state === "unreadable");
  if (unread?.state === "unreadable" && results.every(({ state }) => state === "unreadable")) return unread;
  const seen = results
    .flatMap((result) => (result.state === "known" ? (result.value.clockSkewSeconds ?? []) : []))
    .toSorted((a, b) => a - b);
  return known(seen[Math.floor((seen.length - 1) / 2)]);
});
