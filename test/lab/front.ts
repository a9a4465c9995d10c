import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import {
  type AwsCall,
  deniedReply,
  type ErrorReply,
  failedReply,
  headerText,
  parseCall,
  throttledReply,
} from "./calls.ts";
import { ACCOUNT, type Emulator, REGION, ROOT } from "./emulator.ts";
import { authorizationOnAws } from "./enforcement.ts";
import { gateway, INTEGRATION_MS } from "./gateway.ts";
import type { FunctionHost } from "./host.ts";
import { keepUpload, presignedReply, rewriteLinks } from "./links.ts";
import { refusedUser } from "./users.ts";

/** What a rule does with the calls it matches. */
export type Response =
  | { readonly kind: "deny" }
  | { readonly kind: "throttle" }
  | { readonly kind: "delay"; readonly ms: number }
  /** Lets the call through and keeps only the first bytes of the answer, as a connection that breaks. */
  | { readonly kind: "truncate"; readonly bytes: number }
  /** Lets the call through and changes the text of the answer. */
  | { readonly kind: "rewrite"; readonly change: (text: string) => string }
  | { readonly kind: "fail"; readonly status: number };

/**
 * A scenario rule for calls to AWS, for requests to a deployed API (service "execute-api", action "POST /tool") and for
 * package links (service "presigned", action "lambda-code" or "lambda-layers"). The first that matches decides; a delay lets the call
 * go on afterwards.
 */
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

/** Passes a request on as it came, Host header included, because the signature covers it, or with other credentials. */
function forward(
  emulator: Emulator,
  incoming: IncomingMessage,
  body: Buffer,
  credentials: { readonly authorization?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: "127.0.0.1",
        port: emulator.port,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          ...credentials,
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

/** Starts the proxy that stands for AWS: the emulator, with what it does differently from AWS done here. */
export async function startFront(emulator: Emulator, packages: Map<string, Buffer>): Promise<Front> {
  let rules: { readonly rule: Rule; left: number }[] = [];
  let log: LoggedCall[] = [];
  let host: FunctionHost | undefined;
  let limit = INTEGRATION_MS;
  let port = 0;

  const whole = ({ status, headers, body }: ErrorReply): Reply => ({ status, headers, body: Buffer.from(body) });

  const applyRules = async (call: AwsCall, incoming: IncomingMessage): Promise<Reply | undefined> => {
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
      case "truncate": {
        const reply = await serve(call, incoming);
        return { ...reply, body: reply.body.subarray(0, respond.bytes) };
      }
      case "rewrite": {
        const reply = await serve(call, incoming);
        return { ...reply, body: Buffer.from(respond.change(reply.body.toString("utf8"))) };
      }
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

  const download = async (call: AwsCall, incoming: IncomingMessage): Promise<Reply> => {
    const sha = new URL(call.path, "http://front").searchParams.get("X-Lab-Sha256") ?? "";
    let content = packages.get(sha);
    if (content === undefined && call.method === "GET") {
      const fetched = await forward(emulator, incoming, call.body);
      if (fetched.status !== 200) return fetched;
      content = fetched.body;
    }
    return presignedReply(call.method, headerText(call.headers, "range"), content ?? Buffer.alloc(0));
  };

  const serve = async (call: AwsCall, incoming: IncomingMessage): Promise<Reply> => {
    if (call.service === "presigned") return download(call, incoming);
    if (call.service === "execute-api" && host !== undefined) {
      const routed = await gateway({ emulator, host, incoming, body: call.body, limit });
      if (routed !== undefined) return routed;
    }
    if (call.service === "lambda" && call.action === "Invoke") return invoke(call, incoming);
    const asked = authorizationOnAws(call);
    if (asked !== undefined) {
      const refused = await refusedUser(emulator.root, call.accessKeyId, asked.action, asked.resource);
      if (refused !== undefined) return whole(deniedReply(call, refused));
      const authorization = headerText(call.headers, "authorization").replace(call.accessKeyId, ROOT.accessKeyId);
      return rewriteLinks(await forward(emulator, incoming, call.body, { authorization }), port);
    }
    return rewriteLinks(await forward(emulator, incoming, call.body), port);
  };

  const answer = async (incoming: IncomingMessage, body: Buffer): Promise<Reply> => {
    const path = incoming.url ?? "/";
    const method = incoming.method ?? "GET";
    const call = parseCall({ method, path, headers: incoming.headers, body });
    keepUpload(packages, call);
    const index = log.push({ ...pick(call), status: 0 }) - 1;
    const kept = log;
    const reply = (await applyRules(call, incoming)) ?? (await serve(call, incoming));
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

/** A name, partial ARN or ARN, with or without a qualifier, as name and qualifier. */
function splitFunctionName(text: string): [string, string | undefined] {
  const parts = text.split(":");
  const at = parts.indexOf("function");
  const own = at === -1 ? parts : parts.slice(at + 1);
  return [own[0] ?? "", own[1]];
}
