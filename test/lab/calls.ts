import type { IncomingHttpHeaders } from "node:http";

/** The error protocol that a service speaks. */
export type Protocol = "json" | "query-xml" | "rest-json" | "rest-xml" | "gateway";

/** One call to AWS as the front sees it. */
export type AwsCall = {
  /** The signing name: "lambda", "logs", "cloudformation", "apigateway", "ssm", "sts", "iam", ... */
  readonly service: string;
  /** The operation: "GetFunction", "FilterLogEvents", ... "unknown" when the path is not in the table. */
  readonly action: string;
  readonly protocol: Protocol;
  readonly method: string;
  /** Path and query, as received. */
  readonly path: string;
  readonly accessKeyId: string;
  /** The caller's temporary session belongs to a function's role when this is "function". */
  readonly caller: "function" | "client";
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Milliseconds since 1970. */
  readonly at: number;
};

type Route = readonly [method: string, path: RegExp, action: string];

const FN = "/functions/[^/]+";

/** Lambda's REST paths without their date. */
const LAMBDA: readonly Route[] = [
  ["GET", /^\/functions\/?$/, "ListFunctions"],
  ["POST", /^\/functions\/?$/, "CreateFunction"],
  ["GET", new RegExp(`^${FN}$`), "GetFunction"],
  ["GET", new RegExp(`^${FN}/configuration$`), "GetFunctionConfiguration"],
  ["PUT", new RegExp(`^${FN}/configuration$`), "UpdateFunctionConfiguration"],
  ["PUT", new RegExp(`^${FN}/code$`), "UpdateFunctionCode"],
  ["POST", new RegExp(`^${FN}/invocations$`), "Invoke"],
  ["GET", new RegExp(`^${FN}/policy$`), "GetPolicy"],
  ["GET", new RegExp(`^${FN}/versions$`), "ListVersionsByFunction"],
  ["POST", new RegExp(`^${FN}/versions$`), "PublishVersion"],
  ["GET", new RegExp(`^${FN}/aliases$`), "ListAliases"],
  ["GET", new RegExp(`^${FN}/aliases/[^/]+$`), "GetAlias"],
  ["GET", new RegExp(`^${FN}/concurrency$`), "GetFunctionConcurrency"],
  ["GET", new RegExp(`^${FN}/event-invoke-config$`), "GetFunctionEventInvokeConfig"],
  ["GET", new RegExp(`^${FN}/url$`), "GetFunctionUrlConfig"],
  ["GET", /^\/layers$/, "ListLayers"],
  ["GET", /^\/layers\/[^/]+\/versions$/, "ListLayerVersions"],
  ["POST", /^\/layers\/[^/]+\/versions$/, "PublishLayerVersion"],
  ["GET", /^\/layers\/[^/]+\/versions\/\d+$/, "GetLayerVersion"],
  ["GET", /^\/layers\/[^/]+\/versions\/\d+\/policy$/, "GetLayerVersionPolicy"],
  ["GET", /^\/event-source-mappings\/?$/, "ListEventSourceMappings"],
  ["GET", /^\/account-settings\/?$/, "GetAccountSettings"],
];

const API = "/restapis/[^/]+";

const API_GATEWAY: readonly Route[] = [
  ["GET", /^\/restapis$/, "GetRestApis"],
  ["GET", new RegExp(`^${API}$`), "GetRestApi"],
  ["GET", new RegExp(`^${API}/resources$`), "GetResources"],
  ["GET", new RegExp(`^${API}/resources/[^/]+$`), "GetResource"],
  ["GET", new RegExp(`^${API}/resources/[^/]+/methods/[^/]+$`), "GetMethod"],
  ["GET", new RegExp(`^${API}/resources/[^/]+/methods/[^/]+/integration$`), "GetIntegration"],
  ["GET", new RegExp(`^${API}/stages$`), "GetStages"],
  ["GET", new RegExp(`^${API}/stages/[^/]+$`), "GetStage"],
  ["GET", new RegExp(`^${API}/stages/[^/]+/exports/[^/]+$`), "GetExport"],
  ["GET", new RegExp(`^${API}/deployments$`), "GetDeployments"],
  ["GET", new RegExp(`^${API}/authorizers$`), "GetAuthorizers"],
  ["GET", /^\/domainnames$/, "GetDomainNames"],
  ["GET", /^\/domainnames\/[^/]+\/basepathmappings$/, "GetBasePathMappings"],
  ["GET", /^\/account$/, "GetAccount"],
  ["GET", /^\/v2\/apis$/, "GetApis"],
  ["GET", /^\/v2\/apis\/[^/]+$/, "GetApi"],
  ["GET", /^\/v2\/apis\/[^/]+\/routes$/, "GetRoutes"],
  ["GET", /^\/v2\/apis\/[^/]+\/integrations$/, "GetIntegrations"],
  ["GET", /^\/v2\/apis\/[^/]+\/integrations\/[^/]+$/, "GetIntegration"],
  ["GET", /^\/v2\/apis\/[^/]+\/stages$/, "GetStages"],
];

function find(routes: readonly Route[], method: string, path: string): string {
  return routes.find(([verb, shape]) => verb === method && shape.test(path))?.[2] ?? "unknown";
}

export type ApiTarget = { readonly api: string; readonly stage: string; readonly path: string };

/** The API, stage and path that a request names, by path as emulators do or by host as AWS does. */
export function apiTarget(url: string, hostHeader: string): ApiTarget | undefined {
  const [path = "/"] = url.split("?");
  const plain = /^\/_aws\/execute-api\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path);
  const legacy = /^\/restapis\/([^/]+)\/([^/]+)\/_user_request_(\/.*)?$/.exec(path);
  const host = /^([a-z0-9]+)\.execute-api\./.exec(hostHeader);
  const byHost = host === null ? null : /^\/([^/]+)(\/.*)?$/.exec(path);
  const found = plain ?? legacy;
  if (found?.[1] !== undefined && found[2] !== undefined) {
    return { api: found[1], stage: found[2], path: found[3] ?? "/" };
  }
  if (host?.[1] !== undefined && byHost?.[1] !== undefined) {
    return { api: host[1], stage: byHost[1], path: byHost[2] ?? "/" };
  }
  return undefined;
}

/** One header as text, "" when absent. */
export function headerText(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** Reads service and operation from a signed request: the credential scope, then target header, form or path. */
export function parseCall(request: {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}): AwsCall {
  const { method, path, headers, body } = request;
  const url = new URL(path, "http://front");
  const credential =
    /Credential=([^,\s]+)/.exec(headerText(headers, "authorization"))?.[1] ??
    url.searchParams.get("X-Amz-Credential") ??
    "";
  const scope = decodeURIComponent(credential).split("/");
  const accessKeyId = scope[0] ?? "";
  let service = scope[3] ?? "none";
  const target = headerText(headers, "x-amz-target");
  const cbor = /\/service\/[^/]+\/operation\/([^/]+)$/.exec(url.pathname)?.[1];
  const form = headerText(headers, "content-type").startsWith("application/x-www-form-urlencoded");
  let action = "unknown";
  let protocol: Protocol = "rest-json";
  const api = apiTarget(path, headerText(headers, "host"));
  const link = /^\/_ministack\/(lambda-code|lambda-layers)\//.exec(url.pathname)?.[1];
  if (api !== undefined) {
    service = "execute-api";
    action = `${method} ${api.path}`;
    protocol = "gateway";
  } else if (link !== undefined) {
    service = "presigned";
    action = link;
    protocol = "rest-xml";
  } else if (target !== "") {
    action = target.split(".").at(-1) ?? "unknown";
    protocol = "json";
  } else if (cbor !== undefined) {
    action = cbor;
    protocol = "json";
  } else if (form || url.searchParams.has("Action")) {
    const fields = form ? new URLSearchParams(body.toString("utf8")) : url.searchParams;
    action = fields.get("Action") ?? "unknown";
    protocol = "query-xml";
  } else if (service === "lambda") {
    const plain = decodeURIComponent(url.pathname).replace(/^\/20\d\d-\d\d-\d\d/, "");
    const byArn = /^\/layers\/?$/.test(plain) && url.searchParams.get("find") === "LayerVersion";
    action = byArn ? "GetLayerVersionByArn" : find(LAMBDA, method, plain);
  } else if (service === "apigateway") {
    action = find(API_GATEWAY, method, url.pathname);
  } else if (service === "s3") protocol = "rest-xml";
  const caller = accessKeyId.startsWith("ASIA") ? "function" : "client";
  return {
    service,
    action,
    protocol,
    method,
    path,
    accessKeyId,
    caller,
    headers,
    body,
    at: Date.now(),
  };
}

export type ErrorReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

function errorReply(call: AwsCall, status: number, code: string, message: string): ErrorReply {
  const id = "00000000-0000-4000-8000-000000000000";
  const common = { "x-amzn-requestid": id };
  switch (call.protocol) {
    case "json":
      return {
        status: status === 403 || status === 429 ? 400 : status,
        headers: { ...common, "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify({ __type: code, message, Message: message }),
      };
    case "rest-json":
      return {
        status,
        headers: { ...common, "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ message, Message: message, Type: status < 500 ? "User" : "Service" }),
      };
    case "query-xml":
      return {
        status: status === 429 ? 400 : status,
        headers: { ...common, "content-type": "text/xml" },
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`,
      };
    case "rest-xml":
      return {
        status: status === 429 ? 503 : status,
        headers: { ...common, "content-type": "application/xml" },
        body: `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${id}</RequestId></Error>`,
      };
    case "gateway":
      return {
        status,
        headers: { ...common, "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ message }),
      };
  }
}

/** The answer to a caller whose policies do not allow the call; of a package link, the answer when it has expired. */
export function deniedReply(call: AwsCall, principal: string): ErrorReply {
  if (call.service === "presigned") return errorReply(call, 403, "AccessDenied", "Request has expired");
  if (call.protocol === "gateway") return errorReply(call, 403, "ForbiddenException", "Forbidden");
  const verb = call.service === "apigateway" ? call.method : call.action.replace(/^Invoke$/, "InvokeFunction");
  const allowed = `${call.service}:${verb.replace("GetLayerVersionByArn", "GetLayerVersion")}`;
  const message = `User: ${principal} is not authorized to perform: ${allowed} because no identity-based policy allows the ${allowed} action`;
  const xml = call.protocol === "query-xml" || call.protocol === "rest-xml";
  return errorReply(call, 403, xml ? "AccessDenied" : "AccessDeniedException", message);
}

const THROTTLED: Readonly<Record<Protocol, readonly [code: string, message: string]>> = {
  json: ["ThrottlingException", "Rate exceeded"],
  "query-xml": ["Throttling", "Rate exceeded"],
  "rest-json": ["TooManyRequestsException", "Rate exceeded"],
  "rest-xml": ["SlowDown", "Please reduce your request rate."],
  gateway: ["TooManyRequestsException", "Too Many Requests"],
};

/** The answer to a caller that is over its rate. */
export function throttledReply(call: AwsCall): ErrorReply {
  return errorReply(call, 429, ...THROTTLED[call.protocol]);
}

const FAILED: Readonly<Record<Protocol, readonly [code: string, message: string]>> = {
  json: ["InternalFailure", "The service is unavailable."],
  "query-xml": ["InternalFailure", "The service is unavailable."],
  "rest-json": ["ServiceException", "The service is unavailable."],
  "rest-xml": ["InternalError", "The service is unavailable."],
  gateway: ["InternalServerErrorException", "Internal server error"],
};

/** The answer of a service that is broken. */
export function failedReply(call: AwsCall, status: number): ErrorReply {
  return errorReply(call, status, ...FAILED[call.protocol]);
}
