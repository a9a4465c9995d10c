// Whether a function's own code answered a request: what its files seem to say of its imports is then known better.
import { collector, known, type CollectContext } from "../core/fact.ts";
import type { FunctionRef, ToolRef } from "../core/subject.ts";
import { tools } from "../facts/api.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { functionErrors } from "../facts/logs.ts";
import { importPrediction } from "../facts/packages.ts";
import {
  directInvoke,
  ownAnswer,
  smokeResult,
  type DirectInvoke,
  type OwnAnswer,
  type SmokeResult,
} from "../facts/smoke.ts";

export const collectOwnAnswer = collector(ownAnswer, async (context, fn) => {
  // Where the files leave no doubt, nobody waits for requests.
  const prediction = await context.get(importPrediction, fn);
  if (prediction.state === "known" && prediction.value.verdict === "will-import") return known(undefined);
  const list = await context.get(tools, null);
  const own = list.state === "known" ? list.value.filter(({ functionId }) => functionId === fn.id) : [];
  const results = await Promise.all(own.map((tool) => answerOf(context, tool)));
  const answered = results.find(({ answer }) => answer !== undefined)?.answer;
  if (answered === undefined) return known(await loggedAnswer(context, fn));
  return known({ ...answered, steady: !results.some(({ failed }) => failed) });
});

type Answered = { readonly answer?: Pick<OwnAnswer, "where" | "says">; readonly failed: boolean };

/** Whether the function's code answered a tool's request, and whether one came to no answer of it. */
async function answerOf(context: CollectContext, tool: ToolRef): Promise<Answered> {
  const result = await context.get(smokeResult, tool);
  if (result.state === "unreadable") return { failed: false };
  const { outcome, shown, unsteady } = result.value;
  if (answersItself(result.value)) {
    return { answer: { where: `smoke ${tool.label}`, says: shown }, failed: unsteady !== undefined };
  }
  const direct = await context.get(directInvoke, tool);
  if (direct.state === "known" && endsWell(direct.value)) {
    const where = `function of ${tool.label}, invoked without the API`;
    return { answer: { where, says: direct.value.shown }, failed: false };
  }
  return { failed: outcome === "gateway-error" || outcome === "function-error" };
}

/** Whether the function's code made the answer; a refusal may be the API's, and a failure without a code anybody's. */
function answersItself({ outcome, code }: SmokeResult): boolean {
  return outcome === "ok" || outcome === "masked-failure" || (outcome === "tool-error" && code !== undefined);
}

function endsWell({ outcome }: DirectInvoke): boolean {
  return ["ok", "masked-failure", "tool-error", "unauthorized", "forbidden", "bad-envelope", "malformed"].includes(
    outcome,
  );
}

/** An error that was raised inside the handler, after the last change: it was imported by then. */
async function loggedAnswer(context: CollectContext, fn: FunctionRef): Promise<OwnAnswer | undefined> {
  const [configuration, errors] = await Promise.all([
    context.get(functionConfiguration, fn),
    context.get(functionErrors, fn),
  ]);
  if (configuration.state === "unreadable" || errors.state === "unreadable") return undefined;
  const { handler, lastModified, timeoutSeconds } = configuration.value;
  const name = handler?.slice(handler.lastIndexOf(".") + 1) ?? "";
  if (!/^\w+$/.test(name)) return undefined;
  const inside = new RegExp(String.raw`File "/var/task/[^"]+", line \d+, in ${name}\b`);
  // A request that began before the change may end after it.
  const since = Date.parse(lastModified) + timeoutSeconds * 1000;
  const group = errors.value.groups.find(({ first, example }) => Date.parse(first) > since && inside.test(example));
  const frame = group === undefined ? null : inside.exec(group.example);
  if (frame === null) return undefined;
  return { where: `log of ${fn.label}`, says: `an error inside its handler: ${frame[0]}`, steady: false };
}
