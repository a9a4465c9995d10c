import { collector, known, unreadable, unreadableReply } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import { apis } from "../facts/api.ts";
import {
  aliasTarget,
  functionConfiguration,
  functionPresence,
  functions,
  latestConfiguration,
  latestOf,
} from "../facts/functions.ts";
import { ask } from "../facts/requests/index.ts";
import { lambdaAlias, lambdaFunction } from "../facts/requests/lambda.ts";
import { resources } from "../facts/stack.ts";

export const collectFunctions = collector(functions, async (context) => {
  const [list, routed] = await Promise.all([context.get(resources, null), context.get(apis, null)]);
  if (list.state === "unreadable") return list;
  // Without the API's word the unqualified function is judged: that is what an integration without an alias invokes.
  const routes = routed.state === "known" ? routed.value.flatMap((api) => api.routes) : [];
  const found = list.value
    .filter((resource) => resource.type === "AWS::Lambda::Function")
    .map(({ logicalId, physicalId }): FunctionRef => {
      const qualifier = routes.find(
        (route) => route.functionName === physicalId && route.qualifier !== undefined,
      )?.qualifier;
      return {
        kind: "function",
        id: logicalId,
        label: logicalId,
        functionName: physicalId,
        ...(qualifier === undefined ? {} : { qualifier }),
      };
    });
  return known(found);
});

export const collectFunctionPresence = collector(functionPresence, async (context, fn) => {
  const reply = await ask(context, lambdaFunction, functionParams(fn));
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, `the configuration of ${fn.label}`);
});

export const collectFunctionConfiguration = collector(functionConfiguration, async (context, fn) => {
  const presence = await context.get(functionPresence, fn);
  if (presence.state === "unreadable") return presence;
  if (presence.value.exists) return known(presence.value);
  return unreadable("failed", `the configuration of ${fn.label}`, `The function ${fn.functionName} does not exist.`);
});

export const collectLatestConfiguration = collector(latestConfiguration, (context, fn) =>
  context.get(functionConfiguration, fn.qualifier === undefined ? fn : latestOf(fn)),
);

export const collectAliasTarget = collector(aliasTarget, async (context, { functionName: name, qualifier, label }) => {
  if (qualifier === undefined || /^(?:\d+|\$LATEST)$/.test(qualifier)) return known(undefined);
  const reply = await ask(context, lambdaAlias, { name, alias: qualifier });
  if (reply.status !== "ok") return unreadableReply(reply, `where the alias ${qualifier} of ${label} leads`);
  return known(reply.body.exists ? reply.body : undefined);
});

/** Name and qualifier of a function, as requests about it take them. */
export function functionParams(fn: FunctionRef): { name: string; qualifier?: string } {
  return { name: fn.functionName, ...(fn.qualifier === undefined ? {} : { qualifier: fn.qualifier }) };
}
