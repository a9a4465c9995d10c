import { collector, known, unreadable, unreadableReply } from "../core/fact.ts";
import { apis } from "../facts/api.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { invokePermission, mayInvoke } from "../facts/invoke-permission.ts";
import { functionPolicy } from "../facts/requests/iam.ts";
import { ask } from "../facts/requests/index.ts";
import { functionParams } from "./functions.ts";

/** Asked for only where an API fails to call its function: every other answer shows that it may. */
export const collectInvokePermission = collector(invokePermission, async (context, tool) => {
  const what = `the resource policy of the function behind ${tool.label}`;
  const [list, reached] = await Promise.all([context.get(functions, null), context.get(apis, null)]);
  if (list.state === "unreadable") return list;
  if (reached.state === "unreadable") return reached;
  const fn = list.value.find(({ id }) => id === tool.functionId);
  const served = reached.value
    .flatMap((api) => api.routes.map((route) => ({ api, route })))
    .find(
      ({ route }) =>
        route.path === tool.path.split("?", 1)[0] &&
        (route.method === tool.method || route.method === "ANY") &&
        (fn === undefined || route.functionName === fn.functionName),
    );
  if (fn === undefined || served === undefined) {
    return unreadable("failed", what, `It is not known which function is behind ${tool.label}.`);
  }
  const [configuration, reply] = await Promise.all([
    context.get(functionConfiguration, fn),
    ask(context, functionPolicy, functionParams(fn)),
  ]);
  if (configuration.state === "unreadable") return configuration;
  if (reply.status !== "ok") return unreadableReply(reply, what);
  const [, partition = "aws", , region = "", account = ""] = configuration.value.arn.split(":");
  const { apiId, stage } = served.api;
  const source = `arn:${partition}:execute-api:${region}:${account}:${apiId}/${stage}/${tool.method}${served.route.path}`;
  const { statements } = reply.body;
  return known({
    allowed: mayInvoke(statements, source),
    source,
    statements: statements.map(
      ({ effect, principal, actions, sourceArn }) =>
        `${effect} ${actions.join(", ")} for ${principal}${sourceArn === undefined ? "" : `, from ${sourceArn}`}`,
    ),
  });
});
