import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { z } from "zod";
import {
  type AwsCall,
  deniedReply,
  type ErrorReply,
  failedReply,
  headerText,
  parseCall,
  throttledReply,
} from "./calls.ts";
import { ACCOUNT, type Emulator, REGION } from "./emulator.ts";
import { gateway, INTEGRATION_MS } from "./gateway.ts";
import type { FunctionHost } from "./host.ts";
import { refusedUser } from "./users.ts";
import { codeSha256 } from "./zip.ts";

/** What a rule does with the calls it matches. */
export type Response =
  | { readonly kind: "deny" }
  | { readonly kind: "throttle" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "fail"; readonly status: number };

/** A scenario rule. The first that matches decides; a delay lets the call go on afterwards. */
export type Rule = {
  readonly match: (call: AwsCall) => boolean;
  readonly respond: Response;
  /** How many calls it answers; without it, all. */
  readonly times?: number;
};

/** A call in the front's log: what was asked and how it was answered. */
export type LoggedCall = Pick<AwsCall, "service" | "action" | "method" | "path" | "caller" | "at"> & {
  readonly status: number;
};

export type Front = {
  /** What the CLI gets as AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  readonly port: number;
  /** The calls seen since the last clear, in order of arrival. */
  readonly calls: () => readonly LoggedCall[];
  readonly clearCalls: () => void;
  /** Replaces the scenario rules. */
  readonly setRules: (rules: readonly Rule[]) => void;
  /** Sets after how many milliseconds an API gives up on its function; without a figure, API Gateway's own limit. */
  readonly setIntegrationLimit: (ms?: number) => void;
  /** The function host is made after the front, because functions are told the front's address. */
  readonly useHost: (host: FunctionHost) => void;
  readonly stop: () => Promise<void>;
};

/** A reply in full. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
};

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Passes a request on as it came, Host header included, because the signature covers it. */
function forward(emulator: Emulator, incoming: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: "127.0.0.1",
        port: emulator.port,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          connection: "close",
        },
        setHost: false,
      },
      async (reply) => {
        const headers: Record<string, string | string[]> = {};
        for (const [name, value] of Object.entries(reply.headers)) {
          const hop = ["connection", "transfer-encoding", "content-length", "keep-alive"].includes(name);
          if (value !== undefined && !hop) headers[name] = value;
        }
        try {
          resolve({ status: reply.statusCode ?? 502, headers, body: await bodyOf(reply) });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Serves the bytes behind a presigned link as S3 does: one range, suffix ranges, and GET only. */
export function presignedReply(method: string, range: string, content: Buffer): Reply {
  const xml = { "content-type": "application/xml" };
  if (method !== "GET") {
    const body = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    return { status: 403, headers: xml, body: Buffer.from(method === "HEAD" ? "" : body) };
  }
  const headers = { "content-type": "application/zip", "accept-ranges": "bytes" };
  const found = /^bytes=(\d*)-(\d*)$/.exec(range);
  if (found === null || (found[1] === "" && found[2] === "")) {
    return { status: 200, headers, body: content };
  }
  const [, from = "", to = ""] = found;
  const size = content.length;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(size - 1, Number(to));
  if (start >= size || end < start) {
    const body = "<Error><Code>InvalidRange</Code></Error>";
    return { status: 416, headers: { ...xml, "content-range": `bytes */${size}` }, body: Buffer.from(body) };
  }
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` },
    body: content.subarray(start, end + 1),
  };
}

/** Starts the proxy that stands for AWS: the emulator, with what it does differently from AWS done here. */
export async function startFront(emulator: Emulator, packages: Map<string, Buffer>): Promise<Front> {
  let rules: { readonly rule: Rule; left: number }[] = [];
  let log: LoggedCall[] = [];
  let host: FunctionHost | undefined;
  let limit = INTEGRATION_MS;
  let port = 0;

  /** Links lead to the front, and name the package by its digest, so that a version's link gives that version's code. */
  const rewriteLinks = (reply: Reply): Reply => {
    const text = reply.body.toString("utf8");
    if (!text.includes("/_ministack/lambda-")) return reply;
    const parsed: unknown = JSON.parse(text);
    const visit = (value: unknown, sha: string): unknown => {
      if (Array.isArray(value)) return value.map((item) => visit(item, sha));
      if (typeof value !== "object" || value === null) {
        if (typeof value !== "string" || !value.includes("/_ministack/lambda-")) return value;
        const link = new URL(value);
        link.port = String(port);
        if (sha !== "") link.searchParams.set("X-Lab-Sha256", sha);
        return link.toString();
      }
      const entries = Object.entries(value);
      const own = new Map(entries).get("CodeSha256");
      const digest = typeof own === "string" ? own : sha;
      return Object.fromEntries(entries.map(([key, item]) => [key, visit(item, digest)]));
    };
    const configuration =
      typeof parsed === "object" && parsed !== null && "Configuration" in parsed ? parsed.Configuration : undefined;
    const sha =
      typeof configuration === "object" && configuration !== null && "CodeSha256" in configuration
        ? String(configuration.CodeSha256)
        : "";
    return { ...reply, body: Buffer.from(JSON.stringify(visit(parsed, sha))) };
  };

  const whole = ({ status, headers, body }: ErrorReply): Reply => ({ status, headers, body: Buffer.from(body) });

  const applyRules = async (call: AwsCall): Promise<Reply | undefined> => {
    const entry = rules.find(({ rule, left }) => left > 0 && rule.match(call));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    const { respond } = entry.rule;
    switch (respond.kind) {
      case "deny":
        return whole(deniedReply(call, `arn:aws:iam::${ACCOUNT}:user/ci-deploy`));
      case "throttle":
        return whole(throttledReply(call));
      case "fail":
        return whole(failedReply(call, respond.status));
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, respond.ms));
        return undefined;
    }
  };

  const invoke = async (call: AwsCall, incoming: IncomingMessage): Promise<Reply> => {
    const url = new URL(call.path, "http://front");
    const name = decodeURIComponent(/functions\/([^/]+)\//.exec(url.pathname)?.[1] ?? "");
    const type = headerText(call.headers, "x-amz-invocation-type") || "RequestResponse";
    if (host === undefined || type !== "RequestResponse") return forward(emulator, incoming, call.body);
    const [plain = "", fromName] = splitFunctionName(name);
    const resource = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${plain}`;
    const refused = await refusedUser(emulator.root, call.accessKeyId, "lambda:InvokeFunction", resource);
    if (refused !== undefined) return whole(deniedReply(call, refused));
    const qualifier = url.searchParams.get("Qualifier") ?? fromName;
    const result = await host.invoke(plain, qualifier, call.body.length === 0 ? Buffer.from("{}") : call.body);
    if (result === undefined) return forward(emulator, incoming, call.body);
    const tail = headerText(call.headers, "x-amz-log-type") === "Tail";
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amzn-requestid": result.requestId,
        "x-amz-executed-version": result.version,
        ...(result.functionError === undefined ? {} : { "x-amz-function-error": result.functionError }),
        ...(tail ? { "x-amz-log-result": Buffer.from(result.logTail).toString("base64") } : {}),
      },
      body: result.payload,
    };
  };

  const answer = async (incoming: IncomingMessage, body: Buffer): Promise<Reply> => {
    const path = incoming.url ?? "/";
    const method = incoming.method ?? "GET";
    if (path.startsWith("/_ministack/lambda-")) {
      const sha = new URL(path, "http://front").searchParams.get("X-Lab-Sha256") ?? "";
      const known = packages.get(sha);
      const content = known ?? (method === "GET" ? await forward(emulator, incoming, body) : undefined);
      if (content !== undefined && !Buffer.isBuffer(content) && content.status !== 200) return content;
      const bytes = Buffer.isBuffer(content) ? content : (content?.body ?? Buffer.alloc(0));
      return presignedReply(method, headerText(incoming.headers, "range"), bytes);
    }
    if (host !== undefined) {
      const routed = await gateway({ emulator, host, incoming, body, limit });
      if (routed !== undefined) {
        return routed === "forward" ? forward(emulator, incoming, body) : routed;
      }
    }
    const call = parseCall({ method, path, headers: incoming.headers, body });
    keepUpload(packages, call);
    const index = log.push({ ...pick(call), status: 0 }) - 1;
    const kept = log;
    const reply =
      (await applyRules(call)) ??
      (call.service === "lambda" && call.action === "Invoke"
        ? await invoke(call, incoming)
        : rewriteLinks(await forward(emulator, incoming, body)));
    kept[index] = { ...pick(call), status: reply.status };
    return reply;
  };

  const server = createServer(async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    try {
      const body = await bodyOf(incoming);
      const reply = await answer(incoming, body);
      outgoing.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
      outgoing.end(incoming.method === "HEAD" ? undefined : reply.body);
    } catch (error) {
      outgoing.writeHead(500, { "content-type": "text/plain" });
      outgoing.end(`The lab's front failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  port = address.port;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    calls: () => log,
    clearCalls: () => {
      log = [];
    },
    setRules: (next) => {
      rules = next.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    },
    setIntegrationLimit: (ms = INTEGRATION_MS) => {
      limit = ms;
    },
    useHost: (next) => {
      host = next;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function pick(call: AwsCall) {
  const { service, action, method, path, caller, at } = call;
  return { service, action, method, path, caller, at };
}

const uploadSchema = z.object({
  ZipFile: z.string().optional(),
  Code: z.object({ ZipFile: z.string().optional() }).optional(),
  Content: z.object({ ZipFile: z.string().optional() }).optional(),
});

/** Remembers a package that a client uploads inline, because the emulator keeps only a function's newest. */
function keepUpload(packages: Map<string, Buffer>, call: AwsCall): void {
  if (!["CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"].includes(call.action)) return;
  const found = uploadSchema.safeParse(JSON.parse(call.body.toString("utf8")));
  const text = found.data?.ZipFile ?? found.data?.Code?.ZipFile ?? found.data?.Content?.ZipFile;
  if (text === undefined) return;
  const archive = Buffer.from(text, "base64");
  packages.set(codeSha256(archive), archive);
}

/** A name, partial ARN or ARN, with or without a qualifier, as name and qualifier. */
export function splitFunctionName(text: string): [string, string | undefined] {
  const parts = text.split(":");
  const at = parts.indexOf("function");
  const own = at === -1 ? parts : parts.slice(at + 1);
  return [own[0] ?? "", own[1]];
}
