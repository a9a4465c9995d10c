import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import type { FunctionRef, ToolRef } from "../core/subject.ts";
import { apis, tools, type Api } from "../facts/api.ts";
import { configuration } from "../facts/configuration.ts";
import { functions } from "../facts/functions.ts";
import { project } from "../facts/project.ts";
import { functionUrl } from "../facts/requests/api.ts";
import { ask } from "../facts/requests/index.ts";
import { run } from "../facts/run.ts";
import { resources } from "../facts/stack.ts";
import { template, type Template } from "../facts/template.ts";
import { plannedRequest, smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import type { PlannedRequest, Route } from "../smoke/plan.ts";
import { invokedFunction } from "./api.ts";

export const collectSmokeConfiguration = collector(smokeConfiguration, async (context) => {
  const [base, at] = await Promise.all([context.get(configuration, null), context.get(run, null)]);
  if (base.state === "unreadable") return base;
  const { smokeOf } = await import("../smoke/project-configuration.ts");
  const told = at.state === "known" ? at.value.smokeRun : undefined;
  try {
    const config = smokeOf(base.value);
    return known({
      ...config,
      ...(told?.customerId === undefined ? {} : { customerId: told.customerId }),
      ...(told?.ownerUserId === undefined ? {} : { ownerUserId: told.ownerUserId }),
    });
  } catch (error) {
    return unreadable(
      "failed",
      "the configuration of the smoke test",
      error instanceof Error ? error.message : String(error),
    );
  }
});

export const collectSmokePlan = collector(smokePlan, async (context) => {
  const [config, api, at] = await Promise.all([
    context.get(smokeConfiguration, null),
    context.get(apis, null),
    context.get(run, null),
  ]);
  if (config.state === "unreadable") return config;
  if (at.state === "unreadable") return at;
  const { apiUrl, smokeRun: told } = at.value;
  // Tools that the configuration names, or the template's events, can be called where the API's routes may not be read.
  const fallback = api.state === "unreadable" && apiUrl !== undefined ? await templateRoutes(context) : [];
  const named = config.value.tools.length + config.value.probes.length + (told?.tools.length ?? 0);
  const canDoWithout = apiUrl !== undefined && named + fallback.length > 0;
  if (api.state === "unreadable" && !canDoWithout) return api;
  const list = api.state === "known" ? api.value : [];
  const ofApis = api.state === "known" ? await apiRoutesOf(context, list) : fallback;
  const routes = [...ofApis, ...(await urlRoutes(context))];
  const { planSmoke } = await import("../smoke/plan.ts");
  const plan = planSmoke(config.value, routes, {
    only: told?.tools ?? [],
    include: told?.include ?? [],
    set: told?.set ?? {},
    mayInvoke: told?.aws === true,
  });
  const url = list[0]?.url ?? apiUrl?.replace(/\/+$/, "") ?? "";
  return known({ url, ...plan, requests: await namedByLogicalId(context, plan.requests) });
});

async function apiRoutesOf(context: CollectContext, list: readonly Api[]): Promise<readonly Route[]> {
  const refs = await refsOf(context);
  return list.flatMap(({ url, type, routes }) =>
    routes.map(({ method, path, functionName, authorization }): Route => {
      const id = refs.find((fn) => fn.functionName === functionName)?.id;
      return {
        method,
        path,
        base: url,
        front: type,
        ...(authorization === "AWS_IAM" ? { iam: true } : {}),
        ...(id === undefined ? {} : { function: id }),
      };
    }),
  );
}

/**
 * The functions of the stack that have a URL of their own, each under the function's name; one whose URL cannot be read is a
 * tool all the same, of which nothing is known.
 */
async function urlRoutes(context: CollectContext): Promise<readonly Route[]> {
  const [list, refs] = await Promise.all([context.get(resources, null), refsOf(context)]);
  if (list.state === "unreadable") return [];
  const urls = list.value.filter(({ type }) => type === "AWS::Lambda::Url");
  const routes = await Promise.all(
    urls.map(async ({ physicalId }): Promise<Route> => {
      const target = invokedFunction(physicalId) ?? { functionName: physicalId };
      const { functionName: name, qualifier } = target;
      const params = { name, ...(qualifier === undefined ? {} : { qualifier }) };
      const reply = await ask(context, functionUrl, params);
      const id = refs.find((fn) => fn.functionName === name)?.id;
      const what = `the URL of the function ${name}`;
      const route: Route = {
        method: "ANY",
        path: "/",
        front: "function-url",
        name: snakeCase(id ?? name),
        ...(id === undefined ? {} : { function: id }),
      };
      if (reply.status !== "ok") return { ...route, unread: unreadableReply(reply, what) };
      if (!reply.body.exists)
        return { ...route, unread: unreadable("failed", what, `The function ${name} has no URL any more.`) };
      const { url, authorization } = reply.body;
      return { ...route, base: url.replace(/\/+$/, ""), ...(authorization === "AWS_IAM" ? { iam: true } : {}) };
    }),
  );
  return routes;
}

/** `GetCustomerUsage` as tools are named: get_customer_usage. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}

/** What the template says of the API's routes: as it was deployed, else as the project has it. */
async function templateRoutes(context: CollectContext): Promise<readonly Route[]> {
  const [deployed, folder] = await Promise.all([context.get(template, null), context.get(project, null)]);
  const own = folder.state === "known" ? folder.value?.template?.parsed : undefined;
  const found: Template | undefined = deployed.state === "known" ? deployed.value : own;
  return (found?.functions ?? []).flatMap(({ logicalId, events }) =>
    events.map(({ method, path, api }): Route => ({ method, path, front: api, function: logicalId })),
  );
}

async function refsOf(context: CollectContext): Promise<readonly FunctionRef[]> {
  const list = await context.get(functions, null);
  return list.state === "known" ? list.value : [];
}

/** A function that the configuration names by its physical name is the same one. */
async function namedByLogicalId(
  context: CollectContext,
  requests: readonly PlannedRequest[],
): Promise<readonly PlannedRequest[]> {
  if (requests.every(({ front }) => front !== "invoke")) return requests;
  const refs = await refsOf(context);
  return requests.map((request) => {
    const ref = refs.find((fn) => fn.functionName === request.function);
    return request.front !== "invoke" || ref === undefined ? request : { ...request, function: ref.id };
  });
}

export const collectTools = collector(tools, async (context) => {
  const plan = await context.get(smokePlan, null);
  if (plan.state === "unreadable") return plan;
  return known(plan.value.requests.map(toolOf));
});

function toolOf({ tool, method, path, function: functionId }: PlannedRequest): ToolRef {
  return { kind: "tool", id: tool, label: tool, method, path, ...(functionId === undefined ? {} : { functionId }) };
}

export const collectPlannedRequest = collector(plannedRequest, async (context, tool): Promise<Fact<PlannedRequest>> => {
  const plan = await context.get(smokePlan, null);
  if (plan.state === "unreadable") return plan;
  const request = plan.value.requests.find((candidate) => candidate.tool === tool.id);
  return request === undefined
    ? unreadable("failed", `the request for ${tool.label}`, `No request is planned for ${tool.label}.`)
    : known(request);
});
