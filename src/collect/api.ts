import { collector, known, unreadableReply, type CollectContext, type Unreadable } from "../core/fact.ts";
import { isSecret } from "../core/secret.ts";
import { apis, type Api, type ApiRoute } from "../facts/api.ts";
import { apiRoutes } from "../facts/requests/api.ts";
import { ask } from "../facts/requests/index.ts";
import { run } from "../facts/run.ts";
import { resources, stack, type StackResource } from "../facts/stack.ts";

const apiTypes: Readonly<Record<string, Api["type"]>> = {
  "AWS::ApiGateway::RestApi": "rest",
  "AWS::ApiGatewayV2::Api": "http",
};

export const collectApis = collector(apis, async (context) => {
  const [list, at] = await Promise.all([context.get(resources, null), context.get(run, null)]);
  if (list.state === "unreadable") return list;
  if (at.state === "unreadable") return at;
  const found = list.value.flatMap((resource) => {
    const type = apiTypes[resource.type];
    return type === undefined ? [] : [{ apiId: resource.physicalId, type }];
  });
  const read = await Promise.all(found.map(({ apiId, type }) => collectApi(context, apiId, type, list.value)));
  const unread = read.find((api) => "state" in api);
  if (unread !== undefined) return unread;
  const complete = read.filter((api): api is Api => !("state" in api));
  const { apiUrl } = at.value;
  return known(
    complete.map((api, index) => (apiUrl !== undefined && index === 0 ? { ...api, url: trimmed(apiUrl) } : api)),
  );
});

async function collectApi(
  context: CollectContext,
  apiId: string,
  type: Api["type"],
  list: readonly StackResource[],
): Promise<Api | Unreadable> {
  const what = `the routes of the API ${apiId}`;
  const reply = await ask(context, apiRoutes, { apiId, type });
  if (reply.status !== "ok") return unreadableReply(reply, what);
  const { body } = reply;
  if (!body.exists)
    return { state: "unreadable", reason: "failed", what, message: `The API ${apiId} of the stack no longer exists.` };
  const stage = await stageOf(context, apiId, body.stages, list);
  return {
    apiId,
    type,
    stage,
    url: trimmed(body.stageUrls[stage] ?? ""),
    routes: body.routes.map(({ integration, authorization, ...route }): ApiRoute => {
      const target = integration === undefined ? undefined : invokedFunction(integration);
      return { ...route, ...target, ...(authorization === undefined ? {} : { authorization }) };
    }),
  };
}

/**
 * Which stage callers use: the one in an output that shows the API's URL; else the one that the stack deploys
 * (SAM adds a second one, named Stage, to REST APIs unless told not to); else the first.
 */
async function stageOf(
  context: CollectContext,
  apiId: string,
  stages: readonly string[],
  list: readonly StackResource[],
): Promise<string> {
  const described = await context.get(stack, null);
  const outputs = described.state === "known" ? described.value.outputs : [];
  for (const { value } of outputs) {
    if (isSecret(value) || !value.includes(apiId)) continue;
    const named = stages.find((stage) => value.split(/[/?#]/).includes(stage));
    if (named !== undefined) return named;
  }
  const deployed = list
    .filter((resource) => resource.type === "AWS::ApiGateway::Stage" || resource.type === "AWS::ApiGatewayV2::Stage")
    .map((resource) => resource.physicalId);
  return (
    stages.find((stage) => deployed.includes(stage)) ??
    stages.find((stage) => stage !== "Stage") ??
    stages[0] ??
    "$default"
  );
}

/** The function that an integration invokes, with the alias or version it names; undefined for other integrations. */
export function invokedFunction(integration: string): { functionName: string; qualifier?: string } | undefined {
  const match = /:function:([A-Za-z0-9-_]+)(?::([A-Za-z0-9-_$]+))?(?:\/invocations)?$/.exec(integration);
  const [, functionName, qualifier] = match ?? [];
  if (functionName === undefined) return undefined;
  return { functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

const trimmed = (url: string): string => url.replace(/\/+$/, "");
