// Functions that are invoked without the API in front of them, which only a run of the smoke test does.
import { collector, known, unreadable, unreadableReply, type CollectContext } from "../core/fact.ts";
import type { Reply } from "../core/reply.ts";
import type { ToolRef } from "../core/subject.ts";
import { apis } from "../facts/api.ts";
import { functions } from "../facts/functions.ts";
import { ask } from "../facts/requests/index.ts";
import { lambdaInvoke } from "../facts/requests/lambda.ts";
import type { SmokeHow } from "../facts/requests/smoke.ts";
import { directInvoke, smokeResult, type SmokeOutcome } from "../facts/smoke.ts";
import { assessInvocation } from "../smoke/invocation.ts";
import type { PlannedRequest } from "../smoke/plan.ts";
import { functionParams } from "./functions.ts";
import { prepare } from "./smoke-prepare.ts";
import type { Asked } from "./smoke-samples.ts";

/** Failures behind which the function may be well: what it answers by itself tells the API's fault from its own. */
const isolating: ReadonlySet<SmokeOutcome> = new Set([
  "gateway-error",
  "function-error",
  "timeout",
  "forbidden",
  "route-missing",
  "unreachable",
]);

export const collectDirectInvoke = collector(directInvoke, async (context, tool) => {
  const what = `what the function of ${tool.label} answers by itself`;
  const prepared = await prepare(context, tool);
  if (prepared.state === "unreadable") return prepared;
  const { told, request, how } = prepared.value;
  if (told?.invoke !== true || !told.aws || request.front === "invoke") {
    return unreadable("skipped", what, "Functions are invoked without their API only by cscp smoke.");
  }
  const result = await context.get(smokeResult, tool);
  if (result.state === "unreadable") return result;
  if (!isolating.has(result.value.outcome)) {
    return unreadable("skipped", what, `The answer of ${tool.label} leaves nothing to tell apart.`);
  }
  const asked = await invoked(context, tool, request, how, "isolate");
  if ("status" in asked) return unreadableReply(asked, what);
  return known({ ...asked.direct, latencyMs: asked.answer.latencyMs });
});

/** Invokes a tool's function, and judges its answer as if the API had handed it on. */
export async function invoked(
  context: CollectContext,
  tool: ToolRef,
  request: PlannedRequest,
  how: SmokeHow,
  name: string,
): Promise<
  (Asked & { readonly direct: ReturnType<typeof assessInvocation> }) | Exclude<Reply<unknown>, { status: "ok" }>
> {
  const [list, reached] = await Promise.all([context.get(functions, null), context.get(apis, null)]);
  const fn = list.state === "known" ? list.value.find(({ id }) => id === request.function) : undefined;
  if (fn === undefined) {
    const message = `No function of the stack is known to be behind ${tool.label}.`;
    return { status: "failed", code: "NO_FUNCTION", message };
  }
  const api = reached.state === "known" ? reached.value.find(({ url }) => url === request.base) : undefined;
  const front = request.front === undefined || request.front === "unknown" ? (api?.type ?? "rest") : request.front;
  const params = { ...functionParams(fn), tool: tool.id, case: name };
  const reply = await ask(context, lambdaInvoke, params, { ...how, front, stage: api?.stage ?? "" });
  if (reply.status !== "ok") return reply;
  const { payload, payloadTruncated, functionError, latencyMs } = reply.body;
  const direct = assessInvocation({ payload, payloadTruncated, functionError, front }, request);
  const answer = { answered: false as const, code: "INVOKED", message: direct.detail, sentAt: "", latencyMs };
  const outcome = direct.outcome === "malformed" ? "bad-envelope" : direct.outcome;
  return { name, attempt: 1, answer, assessed: { ...direct, outcome, gateway: "none" }, direct };
}
