import type { JsonValue } from "../core/json.ts";
import type { Front } from "./plan.ts";

/** A request as it would have come to the API. Header names keep their spelling. */
export interface EventRequest {
  readonly front: Exclude<Front, "unknown">;
  readonly method: string;
  readonly host: string;
  /** With the stage where the API has one in its URL, without the query. */
  readonly rawPath: string;
  /** Behind the stage. */
  readonly path: string;
  readonly stage: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The event that the API would have made of the request: of a REST API in payload format 1.0, of an HTTP API or a
 * function URL in 2.0 (Lambda's developer guide), and the body itself where a function is invoked with nothing before it.
 */
export function invokeEvent(request: EventRequest): string {
  switch (request.front) {
    case "invoke":
      return request.body ?? "{}";
    case "rest":
      return JSON.stringify(restEvent(request));
    case "http":
    case "function-url":
      return JSON.stringify(httpEvent(request));
  }
}

function restEvent({ method, host, path, stage, query, headers, body, requestId, now }: EventRequest): JsonValue {
  const parameters = parametersIn(query);
  const names = Object.keys(parameters);
  return {
    resource: path,
    path,
    httpMethod: method,
    headers: { ...headers, Host: host },
    multiValueHeaders: Object.fromEntries(
      Object.entries({ ...headers, Host: host }).map(([name, text]) => [name, [text]]),
    ),
    queryStringParameters:
      names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, parameters[name]?.at(-1) ?? ""])),
    multiValueQueryStringParameters: names.length === 0 ? null : parameters,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      resourcePath: path,
      httpMethod: method,
      path: `/${stage}${path}`,
      protocol: "HTTP/1.1",
      stage,
      domainName: host,
      requestId,
      requestTimeEpoch: now,
      identity: { sourceIp: "127.0.0.1", userAgent: "cscp" },
    },
    body: body ?? null,
    isBase64Encoded: false,
  };
}

function httpEvent({
  front,
  method,
  host,
  rawPath,
  path,
  stage,
  query,
  headers,
  body,
  requestId,
  now,
}: EventRequest): JsonValue {
  const parameters = parametersIn(query);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
  const { cookie, ...others } = lower;
  const isUrl = front === "function-url";
  // A function URL has one route for everything.
  const routeKey = isUrl ? "$default" : `${method} ${path}`;
  const [prefix = ""] = host.split(/[.:]/, 1);
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers: { ...others, host },
    ...(query === ""
      ? {}
      : {
          queryStringParameters: Object.fromEntries(
            Object.entries(parameters).map(([name, values]) => [name, values.join(",")]),
          ),
        }),
    requestContext: {
      ...(isUrl ? { accountId: "anonymous" } : {}),
      apiId: prefix,
      domainName: host,
      domainPrefix: prefix,
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "cscp" },
      requestId,
      routeKey,
      stage: isUrl ? "$default" : stage,
      time: clfTime(now),
      timeEpoch: now,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

/** A time as servers' logs write it: `20/Nov/2026:10:00:40 +0000`. */
function clfTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

function parametersIn(query: string): Readonly<Record<string, readonly string[]>> {
  const found = new URLSearchParams(query);
  return Object.fromEntries([...new Set(found.keys())].map((name) => [name, found.getAll(name)]));
}
