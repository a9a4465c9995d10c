import { GetResourcesCommand, GetStageCommand, type Method, type Resource } from "@aws-sdk/client-api-gateway";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { ACCOUNT, type Emulator, REGION } from "./emulator.ts";
import { apiTarget, type ApiTarget } from "./calls.ts";
import type { Reply } from "./front.ts";
import type { FunctionHost } from "./host.ts";

/** API Gateway's own limit for an integration, in milliseconds. */
export const INTEGRATION_MS = 29_000;

/** A resource path such as /a/{id} or /{proxy+} against a request path: its parameters, or undefined. */
export function matchResource(pattern: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const source = pattern
    .split("/")
    .map((part) => {
      const name = /^\{([^}+]+)(\+?)\}$/.exec(part);
      if (name?.[1] === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(name[1]);
      return name[2] === "+" ? "(.+)" : "([^/]+)";
    })
    .join("/");
  const found = new RegExp(`^${source}/?$`).exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? "")]));
}

/** The most specific resource for a path: literal parts before parameters, those before {proxy+}. */
function findResource(resources: readonly Resource[], path: string) {
  const rank = (pattern: string) => (pattern.includes("+}") ? 2 : pattern.includes("{") ? 1 : 0);
  return resources
    .flatMap((resource) => {
      const parameters = matchResource(resource.path ?? "", path);
      return parameters === undefined ? [] : [{ resource, parameters }];
    })
    .sort((a, b) => rank(a.resource.path ?? "") - rank(b.resource.path ?? ""))[0];
}

const statementSchema = z.object({
  Effect: z.string(),
  Principal: z.union([z.string(), z.record(z.string(), z.unknown())]),
  Action: z.union([z.string(), z.array(z.string())]),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const policySchema = z.object({ Statement: z.array(statementSchema) });

function arnLike(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

/** Whether the function's resource policy lets this API call it. */
async function mayInvoke(
  emulator: Emulator,
  name: string,
  qualifier: string | undefined,
  sourceArn: string,
): Promise<boolean> {
  const reply = await emulator.root.lambda
    .send(new GetPolicyCommand({ FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) }))
    .catch(() => undefined);
  if (reply?.Policy === undefined) return false;
  const policy = policySchema.parse(JSON.parse(reply.Policy));
  return policy.Statement.some((statement) => {
    const { Principal: principal, Condition: condition } = statement;
    const service = typeof principal === "string" ? principal : principal["Service"];
    const actions = [statement.Action].flat();
    const source = condition?.["ArnLike"] ?? condition?.["StringEquals"] ?? condition?.["StringLike"];
    const wanted = source?.["AWS:SourceArn"] ?? source?.["aws:SourceArn"];
    return (
      statement.Effect === "Allow" &&
      (service === "*" || [service].flat().includes("apigateway.amazonaws.com")) &&
      actions.some((action) => ["lambda:InvokeFunction", "lambda:*", "*"].includes(action)) &&
      (typeof wanted !== "string" || arnLike(wanted, sourceArn))
    );
  });
}

const proxyReplySchema = z.object({
  statusCode: z.union([z.number().int(), z.string().regex(/^\d{3}$/)]),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** The function's payload as an HTTP reply; undefined when it is not what a proxy integration must return. */
function proxyReply(payload: Buffer, own: Record<string, string>): Reply | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
  const parsed = proxyReplySchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const all: Record<string, string | string[]> = { "content-type": "application/json" };
  for (const [name, item] of Object.entries(headers ?? {})) all[name.toLowerCase()] = String(item);
  for (const [name, items] of Object.entries(multiValueHeaders ?? {})) all[name.toLowerCase()] = items.map(String);
  return {
    status: Number(statusCode),
    headers: { ...all, ...own },
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** The event of a REST proxy integration, payload format 1.0. */
function proxyEvent(facts: {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly target: ApiTarget;
  readonly resource: Resource;
  readonly parameters: Record<string, string>;
  readonly requestId: string;
  readonly variables: Record<string, string> | undefined;
}): Buffer {
  const { incoming, body, target, resource, parameters, requestId } = facts;
  const query = new URL(incoming.url ?? "/", "http://front").searchParams;
  const headers: Record<string, string> = {};
  const multi: Record<string, string[]> = {};
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? "";
    const value = incoming.rawHeaders[at + 1] ?? "";
    headers[name] = value;
    multi[name] = [...(multi[name] ?? []), value];
  }
  const names = [...new Set(query.keys())];
  const single = Object.fromEntries(names.map((name) => [name, query.getAll(name).at(-1) ?? ""]));
  const several = Object.fromEntries(names.map((name) => [name, query.getAll(name)]));
  const now = new Date();
  return Buffer.from(
    JSON.stringify({
      resource: resource.path,
      path: target.path,
      httpMethod: incoming.method,
      headers,
      multiValueHeaders: multi,
      queryStringParameters: names.length === 0 ? null : single,
      multiValueQueryStringParameters: names.length === 0 ? null : several,
      pathParameters: Object.keys(parameters).length === 0 ? null : parameters,
      stageVariables: facts.variables ?? null,
      requestContext: {
        resourceId: resource.id,
        resourcePath: resource.path,
        httpMethod: incoming.method,
        extendedRequestId: requestId,
        requestTime: now.toUTCString(),
        requestTimeEpoch: now.getTime(),
        path: `/${target.stage}${target.path}`,
        accountId: ACCOUNT,
        protocol: "HTTP/1.1",
        stage: target.stage,
        domainPrefix: target.api,
        domainName: `${target.api}.execute-api.${REGION}.amazonaws.com`,
        requestId,
        identity: { sourceIp: "127.0.0.1", userAgent: incoming.headers["user-agent"] ?? null },
        apiId: target.api,
      },
      body: body.length === 0 ? null : body.toString("utf8"),
      isBase64Encoded: false,
    }),
  );
}

function integrationOf(method: Method | undefined) {
  const uri = method?.methodIntegration?.uri ?? "";
  const arn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1] ?? "";
  const [, name, qualifier] = /:function:([^:]+)(?::(.+))?$/.exec(arn) ?? [];
  return { type: method?.methodIntegration?.type, name, qualifier };
}

/**
 * Answers a request to a deployed REST API as API Gateway does. Undefined for other integrations than a function's, which
 * the emulator answers itself (it loses the headers of SAM's MOCK for CORS).
 */
export async function gateway(input: {
  readonly emulator: Emulator;
  readonly host: FunctionHost;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  /** Milliseconds until an integration is given up. */
  readonly limit: number;
}): Promise<Reply | undefined> {
  const { emulator, host, incoming, body, limit } = input;
  const target = apiTarget(incoming.url ?? "/", incoming.headers.host ?? "");
  if (target === undefined) return undefined;
  const requestId = randomUUID();
  const own = {
    "x-amzn-requestid": requestId,
    "x-amz-apigw-id": randomBytes(11).toString("base64url") + "=",
    "x-amzn-trace-id": `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`,
  };
  const refuse = (status: number, type: string, message: string, tight = false): Reply => ({
    status,
    headers: { ...own, "content-type": "application/json", "x-amzn-errortype": type },
    body: Buffer.from(tight ? `{"message":"${message}"}` : `{"message": "${message}"}`),
  });
  const broken = (status: number) => refuse(status, "InternalServerErrorException", "Internal server error");

  const [resources, stage] = await Promise.all([
    emulator.root.apigateway
      .send(new GetResourcesCommand({ restApiId: target.api, embed: ["methods"], limit: 500 }))
      .catch(() => undefined),
    emulator.root.apigateway
      .send(new GetStageCommand({ restApiId: target.api, stageName: target.stage }))
      .catch(() => undefined),
  ]);
  if (resources === undefined || stage === undefined) return refuse(403, "ForbiddenException", "Forbidden", true);
  const found = findResource(resources.items ?? [], target.path);
  const methods = found?.resource.resourceMethods ?? {};
  const verb = incoming.method ?? "GET";
  const method = methods[verb] ?? methods["ANY"];
  if (found === undefined || method === undefined) {
    return refuse(403, "MissingAuthenticationTokenException", "Missing Authentication Token", true);
  }
  const integration = integrationOf(method);
  if (integration.type !== "AWS_PROXY") return undefined;
  if (integration.name === undefined) return broken(500);
  const { resource, parameters } = found;
  const sourceArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${target.api}/${target.stage}/${verb}${resource.path ?? "/"}`;
  if (!(await mayInvoke(emulator, integration.name, integration.qualifier, sourceArn))) return broken(500);

  const event = proxyEvent({
    incoming,
    body,
    target,
    resource,
    parameters,
    requestId,
    variables: stage.variables,
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), limit);
  });
  const result = await Promise.race([host.invoke(integration.name, integration.qualifier, event), tooLate]);
  clearTimeout(timer);
  if (result === "late") {
    return refuse(504, "InternalServerErrorException", "Endpoint request timed out");
  }
  if (result === undefined) return broken(500);
  if (result.functionError !== undefined) return broken(502);
  return proxyReply(result.payload, own) ?? broken(502);
}
