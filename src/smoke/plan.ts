import type { Expectation, SmokeConfig, Tool } from "./config.ts";
import { toolSchema } from "./config.ts";

/** One route of the API, as it is deployed. `function` is the logical id of the function behind it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly function?: string;
}

/** One request to send. `path` holds the query; `body` is sent and signed byte for byte. */
export interface PlannedRequest {
  readonly tool: string;
  readonly case: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expect: Expectation;
  readonly forbid: readonly string[];
  readonly usesDatabase?: boolean;
  readonly latencyMs?: number;
  readonly timeoutMs: number;
  readonly function?: string;
}

/** A route that is not called, with the reason as one sentence. */
export interface SkippedRoute {
  readonly tool: string;
  readonly method: string;
  readonly path: string;
  readonly function?: string;
  readonly reason: string;
}

export interface SmokePlan {
  readonly requests: readonly PlannedRequest[];
  readonly skipped: readonly SkippedRoute[];
}

/** Words that, anywhere in a path, say that a call changes something for everyone. */
const dangerous = new Set(
  "admin delete destroy drop erase flush kill migrate migration purge remove reset rollback seed terminate truncate wipe".split(
    " ",
  ),
);

/** Verbs that, at the head of a path's segment, say that a call changes something. */
const writing = new Set(
  "add apply approve archive assign book cancel charge clear close create deploy disable edit enable execute import insert invite merge move notify open order pay post publish push put rebuild refund register reindex rename replace restore revoke rotate run save send set signup start stop store submit subscribe sync transfer trigger unsubscribe update upload upsert write".split(
    " ",
  ),
);

/** Words in a path that say that a call with POST only reads or computes. */
const reading = new Set(
  "analyse analyze ask calculate check compare compute count describe diff echo estimate evaluate explain export fetch filter find forecast generate get health healthcheck info inspect list lookup match overview ping predict preview query read recommend render report resolve retrieve score search show simulate stats status suggest summarise summarize summary translate validate verify version view".split(
    " ",
  ),
);

/** The words of a path or name, split at punctuation and capitals: `/v1/getUsage` gives v1, get, usage. */
function wordsOf(text: string): readonly string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** The name of the tool that a path leads to: its last segment that is no parameter. */
export function toolName(path: string): string {
  const segments = path
    .split(/[?#]/, 1)
    .join("")
    .split("/")
    .filter((segment) => segment !== "");
  return segments.findLast((segment) => !segment.startsWith("{")) ?? "";
}

/**
 * Which requests to send and which routes to leave alone: configured tools first, in their order, then the routes that no
 * tool covers, in theirs. Nothing that may write is ever planned unless the configuration calls it safe.
 */
export function planSmoke(config: SmokeConfig, routes: readonly Route[]): SmokePlan {
  const requests: PlannedRequest[] = [];
  const skipped: SkippedRoute[] = [];
  const open = routes.filter((route) => route.method.toUpperCase() !== "OPTIONS");
  const covered = new Set<Route>();
  const consider = (tool: Tool, path: string, configured: boolean, route: Route | undefined) => {
    const at = {
      tool: tool.name,
      method: tool.method,
      path,
      ...(route?.function === undefined ? {} : { function: route.function }),
    };
    const reason = config.skip.includes(tool.name)
      ? "The configuration lists it under smoke.skip."
      : reasonToSkip(tool, path, configured);
    if (reason !== undefined) {
      skipped.push({ ...at, reason });
      return;
    }
    const body = bodyOf(tool, config);
    requests.push({
      ...at,
      case: "default",
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...tool.headers },
      ...(body === undefined ? {} : { body }),
      expect: tool.expect,
      forbid: tool.forbid,
      ...(tool.usesDatabase === undefined ? {} : { usesDatabase: tool.usesDatabase }),
      ...(tool.latencyMs === undefined ? {} : { latencyMs: tool.latencyMs }),
      timeoutMs: tool.timeoutMs ?? config.timeoutMs,
    });
  };

  for (const tool of config.tools) {
    const path = tool.path ?? `/${tool.name}`;
    const same = open.filter((route) => route.path === path.split("?", 1)[0] && fits(route.method, tool.method));
    for (const route of same) covered.add(route);
    consider(tool, path, true, same[0]);
  }
  for (const route of open) {
    if (covered.has(route)) continue;
    const name = toolName(route.path);
    const method = toolSchema.shape.method.safeParse(route.method.toUpperCase());
    if (!method.success || name === "") {
      const any = /^(?:ANY|\*|X-AMAZON-APIGATEWAY-ANY-METHOD)$/i.test(route.method) || name === "";
      const reason = any
        ? "It takes any request; name the calls worth making under smoke.tools."
        : `The method ${route.method} is not one that is known to be safe.`;
      skipped.push({ tool: name === "" ? route.path : name, ...route, reason });
      continue;
    }
    consider(toolSchema.parse({ name, method: method.data }), route.path, false, route);
  }
  return { requests, skipped };
}

const fits = (route: string, method: string): boolean =>
  route.toUpperCase() === method || /^(?:ANY|\*|X-AMAZON-APIGATEWAY-ANY-METHOD)$/i.test(route);

/** Why a tool is not called, or undefined if it may be. */
function reasonToSkip(tool: Tool, path: string, configured: boolean): string | undefined {
  if (tool.safe === false) return "The configuration says that it is not safe to call.";
  if (/\{[^}]*\}/.test(path)) return "Its path has a parameter; name a full path under smoke.tools to call it.";
  if (tool.safe === true) return undefined;
  const allow = configured ? "set safe: true on it to call it" : "name it under smoke.tools with safe: true to call it";
  const segments = [...path.split("/"), tool.name].map(wordsOf);
  const words = segments.flat();
  const heads = segments.flatMap((segment) => segment.slice(0, 1));
  const writes = words.find((word) => dangerous.has(word)) ?? heads.find((word) => writing.has(word));
  if (writes !== undefined) return `The word "${writes}" in its path says that it may write; ${allow}.`;
  switch (tool.method) {
    case "GET":
    case "HEAD":
      return undefined;
    case "POST":
      return configured || words.some((word) => reading.has(word))
        ? undefined
        : `Nothing in its name says that it only reads; ${allow}.`;
    case "PUT":
    case "PATCH":
    case "DELETE":
      return `The method ${tool.method} may write; ${allow}.`;
  }
}

function bodyOf(tool: Tool, config: SmokeConfig): string | undefined {
  if (typeof tool.body === "string") return tool.body;
  if (tool.body !== undefined) return JSON.stringify(tool.body);
  if (tool.method === "GET" || tool.method === "HEAD" || tool.method === "DELETE") return undefined;
  const period = wordsOf(tool.name).includes("usage") ? { periodDays: config.periodDays } : {};
  return JSON.stringify({ customerId: config.customerId, params: { ownerUserId: config.ownerUserId, ...period } });
}
