import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import { isBlank, isSecret, type SecretToken } from "../core/secret.ts";
import type { FunctionRef, ToolRef } from "../core/subject.ts";
import { apis, tools } from "../facts/api.ts";
import { configuration } from "../facts/configuration.ts";
import { databaseUse, signingSecret, type Setting } from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import type { ErrorGroup } from "../facts/logs.ts";
import { ask, type BodyOf } from "../facts/requests/index.ts";
import { logRequest } from "../facts/requests/logs.ts";
import { callerSecret } from "../facts/requests/secrets.ts";
import { smokeRequest } from "../facts/requests/smoke.ts";
import { run } from "../facts/run.ts";
import { signingKey, smokePattern, smokeResult, type SigningKey, type SmokeResult } from "../facts/smoke.ts";
import { assess } from "../smoke/assess.ts";
import { plannedRequest, smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import type { PlannedRequest } from "../smoke/plan.ts";
import { classified, readLogsFirst } from "./logs.ts";

/** Where the user may have put the key that requests are signed with. */
const callerKeyNames = ["CSCP_HMAC_SECRET", "HMAC_SECRET"] as const;

/** Times the ordinal of an attempt: how long is waited before it, in milliseconds. */
const pauseMs = 500;

type SmokeAnswer = BodyOf<typeof smokeRequest>;

export const collectSmokeConfiguration = collector(smokeConfiguration, async (context) => {
  const base = await context.get(configuration, null);
  if (base.state === "unreadable") return base;
  const { smokeOf } = await import("../smoke/project-configuration.ts");
  try {
    return known(smokeOf(base.value));
  } catch (error) {
    return unreadable(
      "failed",
      "the configuration of the smoke test",
      error instanceof Error ? error.message : String(error),
    );
  }
});

export const collectSmokePlan = collector(smokePlan, async (context) => {
  const [config, api, list, at] = await Promise.all([
    context.get(smokeConfiguration, null),
    context.get(apis, null),
    context.get(functions, null),
    context.get(run, null),
  ]);
  if (config.state === "unreadable") return config;
  if (at.state === "unreadable") return at;
  // Tools that the configuration names can be called even where the API's routes may not be read.
  const canDoWithout = at.value.apiUrl !== undefined && config.value.tools.length > 0;
  if (api.state === "unreadable" && !canDoWithout) return api;
  const first = api.state === "known" ? api.value[0] : undefined;
  const refs = list.state === "known" ? list.value : [];
  const routes = (first?.routes ?? []).map(({ method, path, functionName }) => {
    const id = refs.find((fn) => fn.functionName === functionName)?.id;
    return { method, path, ...(id === undefined ? {} : { function: id }) };
  });
  const { planSmoke } = await import("../smoke/plan.ts");
  return known({ url: first?.url ?? at.value.apiUrl ?? "", ...planSmoke(config.value, routes) });
});

export const collectTools = collector(tools, async (context) => {
  const plan = await context.get(smokePlan, null);
  if (plan.state === "unreadable") return plan;
  return known(plan.value.requests.map(toolOf));
});

function toolOf({ tool, method, path, function: functionId }: PlannedRequest): ToolRef {
  return { kind: "tool", id: tool, label: tool, method, path, ...(functionId === undefined ? {} : { functionId }) };
}

export const collectPlannedRequest = collector(plannedRequest, async (context, tool) => {
  const plan = await context.get(smokePlan, null);
  if (plan.state === "unreadable") return plan;
  const request = plan.value.requests.find((candidate) => candidate.tool === tool.id);
  return request === undefined
    ? unreadable("failed", `the request for ${tool.label}`, `No request is planned for ${tool.label}.`)
    : known(request);
});

/** The user's own key before the functions': signing with what callers use is what shows that callers' key is wrong. */
export const collectSigningKey = collector(signingKey, async (context): Promise<Fact<SigningKey | undefined>> => {
  const reply = await ask(context, callerSecret, { names: [...callerKeyNames] });
  if (reply.status === "ok" && reply.body.found && isSecret(reply.body.value)) {
    return known<SigningKey>({ from: "caller", described: `the variable ${reply.body.name}`, token: reply.body.value });
  }
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const settings = await Promise.all(list.value.map((fn) => context.get(signingSecret, fn)));
  for (const setting of settings) {
    const token = setting.state === "known" ? tokenOf(setting.value) : undefined;
    if (setting.state === "known" && token !== undefined) {
      return known<SigningKey>({ from: "function", described: describeOrigin(setting.value), token });
    }
  }
  return known(undefined);
});

function tokenOf({ value }: Setting): SecretToken | undefined {
  if (value.state === "unreadable" || !value.value.found) return undefined;
  const { value: held } = value.value;
  return isSecret(held) && !isBlank(held) ? held : undefined;
}

function describeOrigin({ origin }: Setting): string {
  switch (origin?.kind) {
    case "ssm":
      return `the SSM parameter ${origin.name}`;
    case "secrets-manager":
      return `the secret ${origin.id}`;
    case "literal":
    case "pg-variables":
    case "unresolved-reference":
      return `the functions' ${origin.variable}`;
    case undefined:
      return "the functions";
  }
}

export const collectSmokeResult = collector(smokeResult, async (context, tool) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const what = `the answer of ${tool.label}`;
  if (!at.value.smoke) return unreadable("skipped", what, "Smoke requests were switched off with --no-smoke.");
  const [plan, planned, config, key] = await Promise.all([
    context.get(smokePlan, null),
    context.get(plannedRequest, tool),
    context.get(smokeConfiguration, null),
    context.get(signingKey, null),
    readLogsFirst(context),
  ]);
  if (plan.state === "unreadable") return plan;
  if (planned.state === "unreadable") return planned;
  if (config.state === "unreadable") return config;
  const token = key.state === "known" ? key.value?.token : undefined;
  const request = planned.value;
  const how = {
    method: request.method,
    url: `${plan.value.url}${request.path}`,
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    signing: config.value.signing,
    ...(token === undefined ? {} : { key: token }),
    timeoutMs: request.timeoutMs,
  };
  let last: { readonly attempt: number; readonly answer: SmokeAnswer } | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const wait = attempt === 1 ? {} : { afterMs: pauseMs * attempt };
    const reply = await ask(context, smokeRequest, { tool: tool.id, case: request.case, attempt }, { ...how, ...wait });
    // What was answered before stands, where asking again gave no answer of its own.
    if (reply.status !== "ok" && last === undefined) return unreadableReply(reply, what);
    if (reply.status === "ok") last = { attempt, answer: reply.body };
    if (last === undefined) continue;
    const { gateway: _gateway, ...assessed } = assess(last.answer, request);
    if (reply.status === "ok" && attempt < attemptsFor(assessed)) continue;
    const errors =
      assessed.outcome === "ok" ? [] : await errorsOf(context, tool, request.case, last.attempt, last.answer);
    return known<SmokeResult>({
      ...assessed,
      attempts: last.attempt,
      errors,
      latencyMs: last.answer.latencyMs,
      signedWith: last.answer.answered ? last.answer.signedWith : "",
    });
  }
});

/**
 * How often a request that ended so is sent at most. What was refused for its rate, reset on the way or out of time may
 * well pass the next time. What failed inside is sent once more: a first request can meet a cold start or a database
 * that is waking up, and what fails twice is broken.
 */
function attemptsFor({ outcome, code, status = 0 }: Pick<SmokeResult, "outcome" | "code" | "status">): number {
  switch (outcome) {
    case "throttled":
    case "timeout":
      return 3;
    case "unreachable":
      return code === "ECONNRESET" || code === "EPIPE" || code === "EAI_AGAIN" ? 3 : 1;
    case "tool-error":
      return status >= 500 ? 2 : 1;
    case "masked-failure":
    case "function-error":
    case "gateway-error":
      return 2;
    case "ok":
    case "unauthorized":
    case "forbidden":
    case "route-missing":
    case "bad-envelope":
    case "redirected":
      return 1;
  }
}

/** What the tool's function logged for one request. */
async function errorsOf(
  context: CollectContext,
  tool: ToolRef,
  name: string,
  attempt: number,
  answer: BodyOf<typeof smokeRequest>,
): Promise<readonly ErrorGroup[]> {
  const list = await context.get(functions, null);
  const fn: FunctionRef | undefined =
    list.state === "known" ? list.value.find((candidate) => candidate.id === tool.functionId) : undefined;
  if (fn === undefined) return [];
  const configured = await context.get(functionConfiguration, fn);
  if (configured.state === "unreadable") return [];
  const { logGroup, runtime, architecture } = configured.value;
  const ids = answer.answered ? [answer.headers["x-amzn-requestid"], answer.headers["apigw-requestid"]] : [];
  const reply = await ask(
    context,
    logRequest,
    { group: logGroup, functionName: fn.functionName, tool: tool.id, case: name, attempt },
    { requestIds: ids.filter((id) => id !== undefined), sentAt: answer.sentAt },
  );
  return reply.status === "ok" && reply.body.exists
    ? await classified(reply.body.groups, { runtime, architecture })
    : [];
}

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
