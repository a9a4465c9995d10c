// What an API must refuse, and what it must tell a browser.
import { collector, known, unreadable, unreadableReply } from "../core/fact.ts";
import { ask } from "../facts/requests/index.ts";
import { smokeRequest } from "../facts/requests/smoke.ts";
import { badSignatures, preflight, smokeResult, type BadSignature } from "../facts/smoke.ts";
import { signingSchema } from "../smoke/config.ts";
import { preflightFaults, preflightHeaders, sentHeaders } from "../smoke/cors.ts";
import { smokeConfiguration } from "../smoke/facts.ts";
import type { Assessment } from "../smoke/assess.ts";
import { judged, prepare } from "./smoke-prepare.ts";

export const collectBadSignatures = collector(badSignatures, async (context, tool) => {
  const what = `whether ${tool.label} refuses wrong signatures`;
  const [prepared, config] = await Promise.all([prepare(context, tool), context.get(smokeConfiguration, null)]);
  if (prepared.state === "unreadable") return prepared;
  if (config.state === "unreadable") return config;
  const { told, request, how } = prepared.value;
  const wanted = told === undefined ? config.value.negative === true : told.negative && config.value.negative !== false;
  if (!wanted) {
    return unreadable("skipped", what, "Wrong signatures were not tried: cscp smoke does unless it is told not to.");
  }
  const scheme = signingSchema.parse(how.signing);
  const aws = how.iam === true || scheme.scheme === "aws-sigv4";
  if (request.front === "invoke" || (!aws && (how.key === undefined || scheme.scheme === "none"))) {
    return unreadable("skipped", what, `The requests to ${tool.label} carry no signature.`);
  }
  const result = await context.get(smokeResult, tool);
  if (result.state === "unreadable") return result;
  if (result.value.outcome !== "ok" && result.value.outcome !== "masked-failure") {
    return unreadable("skipped", what, `${tool.label} does not answer a request that is signed as it should be.`);
  }
  const timed = aws || (scheme.scheme === "hmac" && /\{timestamp/.test(scheme.message));
  const kinds = timed ? (["wrong-signature", "stale-timestamp"] as const) : (["wrong-signature"] as const);
  const found: BadSignature[] = [];
  for (const kind of kinds) {
    const reply = await ask(context, smokeRequest, { tool: tool.id, case: kind, attempt: 1 }, { ...how, spoil: kind });
    if (reply.status !== "ok") return unreadableReply(reply, what);
    const assessed = await judged(reply.body, request);
    const { status, shown } = assessed;
    found.push({ kind, verdict: verdictOn(assessed), shown, ...(status === undefined ? {} : { status }) });
  }
  return known(found);
});

/** A failure of the gateway or of the function says neither; what the application refuses, it may refuse in its own way. */
function verdictOn({ outcome, status = 0 }: Assessment): BadSignature["verdict"] {
  switch (outcome) {
    case "ok":
    case "masked-failure":
      return "accepted";
    case "unauthorized":
    case "forbidden":
      return "refused";
    case "bad-envelope":
    case "too-long":
      return status >= 200 && status < 300 ? "accepted" : "undecided";
    case "tool-error":
    case "redirected":
      return status >= 300 && status < 500 ? "refused" : "undecided";
    case "route-missing":
    case "function-error":
    case "gateway-error":
    case "timeout":
    case "throttled":
    case "unreachable":
      return "undecided";
  }
}

export const collectPreflight = collector(preflight, async (context, tool) => {
  const what = `what ${tool.label} tells a browser`;
  const [prepared, config] = await Promise.all([prepare(context, tool), context.get(smokeConfiguration, null)]);
  if (prepared.state === "unreadable") return prepared;
  if (config.state === "unreadable") return config;
  const { told, request, how } = prepared.value;
  const { cors, signing } = config.value;
  if (cors === undefined) {
    return unreadable("skipped", what, "No origin is configured under smoke.cors, so no browser's question was asked.");
  }
  if (told === undefined || request.front === "invoke" || request.unsigned === true) {
    return unreadable("skipped", what, "Only cscp smoke asks as a browser does, and only what browsers call.");
  }
  const question = { origin: cors.origin, method: request.method, headers: sentHeaders(signing, cors.headers) };
  const { url, timeoutMs } = how;
  const reply = await ask(
    context,
    smokeRequest,
    { tool: tool.id, case: "preflight", attempt: 1 },
    { method: "OPTIONS", url, headers: preflightHeaders(question), signing: { scheme: "none" }, timeoutMs },
  );
  if (reply.status !== "ok") return unreadableReply(reply, what);
  const { shown, status } = await judged(reply.body, request);
  const faults = reply.body.answered
    ? preflightFaults(reply.body.status, reply.body.headers, question)
    : [`It does not answer: ${reply.body.message}`];
  return known({ origin: cors.origin, faults, shown, ...(status === undefined ? {} : { status }) });
});
