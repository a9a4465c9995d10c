import type { apiRoutes } from "../../facts/requests/api.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import { withoutPassword } from "../endpoints.ts";
import { answered, present, whenMissing, type LiveContext } from "./context.ts";

type Body = BodyOf<typeof apiRoutes>;
type Routes = Extract<Body, { exists: true }>["routes"];

const action = "apigateway:GET";
const missing = whenMissing({ exists: false } as const);

export function answerApiRoutes(context: LiveContext): Answer<typeof apiRoutes> {
  const shown = (body: Body): Body => {
    if (body.exists) context.vault.spare(...Object.values(body.stageUrls), ...body.routes.map(({ path }) => path));
    return body;
  };
  return ({ apiId, type }) =>
    type === "rest"
      ? answered<Body>(context, action, "API_GATEWAY", async () => shown(await restApi(context, apiId)), missing)
      : answered<Body>(context, action, "APIGATEWAYV2", async () => shown(await httpApi(context, apiId)), missing);
}

async function restApi({ aws }: LiveContext, restApiId: string): Promise<Body> {
  const { sdk, client } = await aws.apiGateway();
  const readRoutes = async (): Promise<Routes> => {
    const routes: Routes = [];
    let position: string | undefined;
    do {
      const page = await aws.send(action, "apigateway.get-resources", (options) =>
        client.send(new sdk.GetResourcesCommand({ restApiId, embed: ["methods"], limit: 500, position }), options),
      );
      for (const resource of page.items ?? []) {
        for (const [method, details] of Object.entries(resource.resourceMethods ?? {})) {
          routes.push({
            method,
            path: resource.path ?? "/",
            apiKeyRequired: details.apiKeyRequired ?? false,
            ...present({
              integration: details.methodIntegration?.uri,
              authorization: details.authorizationType,
            }),
          });
        }
      }
      position = page.position || undefined;
    } while (position !== undefined);
    return routes;
  };
  const [api, stages, routes] = await Promise.all([
    aws.send(action, "apigateway.control", (options) => client.send(new sdk.GetRestApiCommand({ restApiId }), options)),
    aws.send(action, "apigateway.control", (options) => client.send(new sdk.GetStagesCommand({ restApiId }), options)),
    readRoutes(),
  ]);
  const names = (stages.item ?? []).flatMap(({ stageName }) => stageName ?? []);
  return {
    exists: true,
    name: api.name ?? restApiId,
    stages: names,
    stageUrls: Object.fromEntries(
      names.map((stage) => [stage, stageUrl(restApiId, stage, aws.region, aws.endpoint("API_GATEWAY"))]),
    ),
    routes: sortedRoutes(routes),
  };
}

async function httpApi({ aws }: LiveContext, ApiId: string): Promise<Body> {
  const { sdk, client } = await aws.apiGatewayV2();
  const send = <Out>(call: (options: { abortSignal: AbortSignal }) => Promise<Out>): Promise<Out> =>
    aws.send(action, "apigateway.control", call);
  const [api, stages, integrations, routes] = await Promise.all([
    send((options) => client.send(new sdk.GetApiCommand({ ApiId }), options)),
    everyPage((NextToken) => send((options) => client.send(new sdk.GetStagesCommand({ ApiId, NextToken }), options))),
    everyPage((NextToken) =>
      send((options) => client.send(new sdk.GetIntegrationsCommand({ ApiId, NextToken }), options)),
    ),
    everyPage((NextToken) => send((options) => client.send(new sdk.GetRoutesCommand({ ApiId, NextToken }), options))),
  ]);
  const uris = new Map(integrations.map((one) => [one.IntegrationId, one.IntegrationUri]));
  const names = stages.flatMap(({ StageName }) => StageName ?? []);
  const override = aws.endpoint("APIGATEWAYV2");
  return {
    exists: true,
    name: api.Name ?? ApiId,
    stages: names,
    stageUrls: Object.fromEntries(
      names.map((stage) => [
        stage,
        override === undefined && api.ApiEndpoint !== undefined
          ? withStage(api.ApiEndpoint, stage)
          : stageUrl(ApiId, stage, aws.region, override),
      ]),
    ),
    routes: sortedRoutes(
      routes.map((route) => {
        const [method = "ANY", path = "/"] =
          route.RouteKey === "$default" ? ["ANY", "/{proxy+}"] : (route.RouteKey ?? "").split(" ");
        return {
          method,
          path,
          apiKeyRequired: route.ApiKeyRequired ?? false,
          ...present({
            integration: uris.get(route.Target?.replace(/^integrations\//, "")),
            authorization: route.AuthorizationType,
          }),
        };
      }),
    ),
  };
}

async function everyPage<Item>(
  read: (token: string | undefined) => Promise<{ Items?: Item[] | undefined; NextToken?: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    items.push(...(page.Items ?? []));
    token = page.NextToken || undefined;
  } while (token !== undefined);
  return items;
}

function sortedRoutes(routes: Routes): Routes {
  const key = ({ path, method }: Routes[number]): string => `${path} ${method}`;
  return routes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What follows the region in the names of API Gateway's own hosts, by the partition of the region. */
export function domainSuffix(region: string): string {
  if (region.startsWith("cn-")) return "amazonaws.com.cn";
  if (region.startsWith("us-isob-")) return "sc2s.sgov.gov";
  if (region.startsWith("us-isof-")) return "csp.hci.ic.gov";
  if (region.startsWith("eu-isoe-")) return "cloud.adc-e.uk";
  if (region.startsWith("us-iso-")) return "c2s.ic.gov";
  if (region.startsWith("eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

function withStage(base: string, stage: string): string {
  const trimmed = base.replace(/\/+$/, "");
  return stage === "$default" ? trimmed : `${trimmed}/${stage}`;
}

/** Where a stage is called. Emulators serve every API under the address of the endpoint, by the path that they share. */
export function stageUrl(apiId: string, stage: string, region: string, endpoint: string | undefined): string {
  if (endpoint !== undefined)
    return `${withoutPassword(endpoint).replace(/\/+$/, "")}/restapis/${apiId}/${stage}/_user_request_`;
  return withStage(`https://${apiId}.execute-api.${region}.${domainSuffix(region)}`, stage);
}
