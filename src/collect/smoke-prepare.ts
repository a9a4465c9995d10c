// What is sent to a tool, and what its answer means.
import { known, unreadable, type CollectContext, type Fact } from "../core/fact.ts";
import type { ToolRef } from "../core/subject.ts";
import type { BodyOf } from "../facts/requests/index.ts";
import type { SmokeRun } from "../facts/requests/run.ts";
import type { smokeRequest, SmokeHow } from "../facts/requests/smoke.ts";
import { run } from "../facts/run.ts";
import { signingKey } from "../facts/smoke.ts";
import { assess, type Assessment } from "../smoke/assess.ts";
import { plannedRequest, smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import type { PlannedRequest } from "../smoke/plan.ts";

/** A request with all that it takes to send and to judge it. */
export interface Prepared {
  readonly tool: ToolRef;
  readonly request: PlannedRequest;
  readonly how: SmokeHow;
  readonly told: SmokeRun | undefined;
}

/** What is sent to a tool, by the plan, the configuration's scheme and the key; unreadable where requests are left out. */
export async function prepare(context: CollectContext, tool: ToolRef): Promise<Fact<Prepared>> {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const what = `the answer of ${tool.label}`;
  if (!at.value.smoke) return unreadable("skipped", what, "Smoke requests were switched off with --no-smoke.");
  const [plan, planned, config, key] = await Promise.all([
    context.get(smokePlan, null),
    context.get(plannedRequest, tool),
    context.get(smokeConfiguration, null),
    context.get(signingKey, null),
  ]);
  if (plan.state === "unreadable") return plan;
  if (planned.state === "unreadable") return planned;
  if (config.state === "unreadable") return config;
  const request = planned.value;
  if (request.unread !== undefined) return request.unread;
  const token = key.state === "known" && request.unsigned !== true ? key.value?.token : undefined;
  const how = {
    method: request.method,
    url: `${request.base ?? plan.value.url}${request.path}`,
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    signing: request.unsigned === true ? { scheme: "none" } : config.value.signing,
    ...(token === undefined ? {} : { key: token }),
    ...(request.iam === undefined ? {} : { iam: request.iam }),
    timeoutMs: request.timeoutMs,
  };
  return known({ tool, request, how, told: at.value.smokeRun });
}

/** What an answer means; the schema's library is loaded only where a tool has one. */
export async function judged(answer: BodyOf<typeof smokeRequest>, request: PlannedRequest): Promise<Assessment> {
  const { schema } = request.expect;
  if (schema === undefined) return assess(answer, request);
  const { schemaFault } = await import("../smoke/json-schema.ts");
  return assess(answer, { ...request, fault: (document) => schemaFault(schema, document) });
}
