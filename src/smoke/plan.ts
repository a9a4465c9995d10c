import type { Unreadable } from "../core/fact.ts";
import type { JsonValue } from "../core/json.ts";
import { withValues } from "./body.ts";
import type { Expectation, Probe, SmokeConfig, Tool } from "./config.ts";
import { toolSchema } from "./config.ts";

/** What stands between a caller and a function. */
export type Front = "rest" | "http" | "function-url" | "invoke" | "unknown";

/** One route of an API, as it is deployed. `function` is the logical id of the function behind it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly function?: string;
  /** Base URL of the API, stage included; that of the plan where it is left out. */
  readonly base?: string;
  readonly front?: Front;
  /** The route asks for requests that are signed with AWS credentials. */
  readonly iam?: true;
  /** What the tool is called, where its path does not tell. */
  readonly name?: string;
  /** Why it is not known where it is called: no request can be sent. */
  readonly unread?: Unreadable;
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
  readonly base?: string;
  readonly front?: Front;
  readonly iam?: true;
  /** A plain probe: sent without any signature. */
  readonly unsigned?: true;
  /** Why it is not known where to send it. */
  readonly unread?: Unreadable;
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
  /** Every tool that there is, those that the user left out as well. */
  readonly names: readonly string[];
}

/** What the user said on this one call, beyond the configuration. */
export interface PlanOptions {
  /** Names of the tools to call; all where it is empty. */
  readonly only: readonly string[];
  /** Names of tools to call although they may write; `all` for every one. */
  readonly include: readonly string[];
  /** Values of the bodies by their paths. */
  readonly set: Readonly<Record<string, JsonValue>>;
  /** Whether functions may be invoked without an API. */
  readonly mayInvoke: boolean;
}

const nothingSaid: PlanOptions = { only: [], include: [], set: {}, mayInvoke: false };

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
 * tool covers, in theirs, then plain probes. Nothing that may write is ever planned unless the configuration or the user
 * calls it safe.
 */
export function planSmoke(
  config: SmokeConfig,
  routes: readonly Route[],
  options: PlanOptions = nothingSaid,
): SmokePlan {
  const requests: PlannedRequest[] = [];
  const skipped: SkippedRoute[] = [];
  const open = routes.filter((route) => route.method.toUpperCase() !== "OPTIONS");
  const covered = new Set<Route>();
  const names = new Set<string>();
  const wanted = (name: string): boolean => {
    names.add(name);
    return options.only.length === 0 || options.only.includes(name);
  };
  const included = (name: string): boolean => options.include.includes(name) || options.include.includes("all");
  const consider = (tool: Tool, path: string, configured: boolean, route: Route | undefined) => {
    if (!wanted(tool.name)) return;
    const at = {
      tool: tool.name,
      method: tool.method,
      path,
      ...(route?.function === undefined ? {} : { function: route.function }),
    };
    const reason = config.skip.includes(tool.name)
      ? { text: "The configuration lists it under smoke.skip.", final: true }
      : reasonToSkip(tool, path, configured, options);
    if (reason !== undefined && (reason.final || !included(tool.name))) {
      skipped.push({ ...at, reason: reason.text });
      return;
    }
    const body = bodyOf(tool, config, options);
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
      ...placeOf(tool, route),
    });
  };

  for (const tool of toolsOf(config, open, options)) {
    const path = tool.path ?? `/${tool.name}`;
    const same = open.filter((route) => route.path === path.split("?", 1)[0] && fits(route.method, tool.method));
    for (const route of same) covered.add(route);
    consider(tool, path, true, same[0]);
  }
  const taken = new Set(config.tools.map(({ name }) => name));
  for (const route of open) {
    if (covered.has(route)) continue;
    const bare = route.name ?? toolName(route.path);
    const name = bare === "" ? "" : freeName(bare, route, taken);
    taken.add(name);
    const any = /^(?:ANY|\*|X-AMAZON-APIGATEWAY-ANY-METHOD)$/i.test(route.method);
    const method = toolSchema.shape.method.safeParse(
      any && route.front === "function-url" ? "POST" : route.method.toUpperCase(),
    );
    if (!method.success || name === "") {
      const { path, function: id } = route;
      const tool = name === "" ? route.path : name;
      const reason =
        any || name === ""
          ? "It takes any request; name the calls worth making under smoke.tools."
          : `The method ${route.method} is not one that is known to be safe.`;
      if (any && name !== "" && included(name)) {
        consider(toolSchema.parse({ name, method: "POST" }), route.path, false, route);
      } else if (wanted(tool)) {
        skipped.push({ tool, method: route.method, path, ...(id === undefined ? {} : { function: id }), reason });
      }
      continue;
    }
    consider(toolSchema.parse({ name, method: method.data }), route.path, false, route);
  }
  const probes = config.probes.filter(({ name }) => wanted(name)).map((probe) => plannedProbe(probe, config.timeoutMs));
  return { requests: [...requests, ...probes], skipped, names: [...names] };
}

/** Tools that only the call names are taken at their word where no API says which there are. */
function toolsOf(config: SmokeConfig, routes: readonly Route[], { only }: PlanOptions): readonly Tool[] {
  if (routes.length > 0) return config.tools;
  const named = new Set([...config.tools, ...config.probes].map(({ name }) => name));
  return [...config.tools, ...only.filter((name) => !named.has(name)).map((name) => toolSchema.parse({ name }))];
}

/** A tool's name is its id: two routes of one name are told apart by method and, where that is the same, by path. */
function freeName(name: string, { method, path, front }: Route, taken: ReadonlySet<string>): string {
  const mark = front === "function-url" ? "url" : method.toUpperCase();
  const candidates = [name, `${name}:${mark}`, `${name}:${mark}:${path}`];
  return candidates.find((candidate) => !taken.has(candidate)) ?? `${name}:${taken.size}`;
}

function placeOf(
  tool: Tool,
  route: Route | undefined,
): Pick<PlannedRequest, "base" | "front" | "iam" | "function" | "unread"> {
  if (tool.invoke !== undefined) return { front: "invoke", function: tool.invoke };
  return {
    ...(route?.base === undefined ? {} : { base: route.base }),
    ...(route?.front === undefined ? {} : { front: route.front }),
    ...(route?.iam === undefined ? {} : { iam: true }),
    ...(route?.unread === undefined ? {} : { unread: route.unread }),
  };
}

/** A whole URL is split into base and path, so that it is sent as every other request is. */
function plannedProbe({ name, url, expect, forbid, latencyMs }: Probe, timeoutMs: number): PlannedRequest {
  const [, base, path = "/"] = /^(https?:\/\/[^/?#]+)?([^#]*)/i.exec(url) ?? [];
  return {
    tool: name,
    case: "default",
    method: "GET",
    path: path.startsWith("/") ? path : `/${path}`,
    headers: {},
    expect,
    forbid,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    timeoutMs,
    unsigned: true,
    ...(base === undefined ? {} : { base, front: "unknown" as const }),
  };
}

const fits = (route: string, method: string): boolean =>
  route.toUpperCase() === method || /^(?:ANY|\*|X-AMAZON-APIGATEWAY-ANY-METHOD)$/i.test(route);

/** Why a tool is not called, or undefined if it may be; `final` where no word of the user's on this call changes that. */
function reasonToSkip(
  tool: Tool,
  path: string,
  configured: boolean,
  { mayInvoke }: PlanOptions,
): { readonly text: string; readonly final: boolean } | undefined {
  if (tool.safe === false) return { text: "The configuration says that it is not safe to call.", final: true };
  if (tool.invoke !== undefined && !mayInvoke) {
    return { text: "Its function is invoked without an API, which only cscp smoke does.", final: true };
  }
  if (/\{[^}]*\}/.test(path)) {
    return { text: "Its path has a parameter; name a full path under smoke.tools to call it.", final: true };
  }
  const text = tool.safe === true ? undefined : writingReason(tool, path, configured);
  return text === undefined ? undefined : { text, final: false };
}

function writingReason(tool: Tool, path: string, configured: boolean): string | undefined {
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

function bodyOf(tool: Tool, config: SmokeConfig, { set }: PlanOptions): string | undefined {
  if (typeof tool.body === "string") return withValues(tool.body, set);
  if (tool.body !== undefined) return withValues(JSON.stringify(tool.body), set);
  if (tool.method === "GET" || tool.method === "HEAD" || tool.method === "DELETE") return undefined;
  const period = wordsOf(tool.name).includes("usage") ? { periodDays: config.periodDays } : {};
  const body = { customerId: config.customerId, params: { ownerUserId: config.ownerUserId, ...period } };
  return withValues(JSON.stringify(body), set);
}
