import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type Invocation = {
  readonly requestId: string;
  readonly body: Buffer;
  readonly functionArn: string;
  readonly traceId: string;
  /** Milliseconds since 1970 at which the function is out of time. */
  readonly deadline: number;
};

/** What the runtime client said, in the order in which it said it. */
export type RuntimeEvent =
  | { readonly kind: "ready" }
  | { readonly kind: "init-error"; readonly type: string; readonly body: Buffer }
  | { readonly kind: "response"; readonly requestId: string; readonly body: Buffer }
  | {
      readonly kind: "error";
      readonly requestId: string;
      readonly type: string;
      readonly body: Buffer;
    };

export type RuntimeApi = {
  /** host:port, as AWS_LAMBDA_RUNTIME_API has it. */
  readonly address: string;
  /** The next thing the client says. */
  readonly next: () => Promise<RuntimeEvent>;
  /** Answers the client's waiting request for work; call it after "ready". */
  readonly give: (invocation: Invocation) => void;
  readonly close: () => void;
};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The Lambda Runtime API (2018-06-01) for one sandbox. */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const events: RuntimeEvent[] = [];
  const waiting: ((event: RuntimeEvent) => void)[] = [];
  let hungry: ServerResponse | undefined;
  const say = (event: RuntimeEvent) => {
    const taker = waiting.shift();
    if (taker === undefined) events.push(event);
    else taker(event);
  };
  const accept = (reply: ServerResponse) => {
    reply.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}\n');
  };
  const server = createServer(async (request, reply) => {
    const url = request.url ?? "";
    const header = request.headers["lambda-runtime-function-error-type"];
    const type = typeof header === "string" ? header : "Unhandled";
    const body = await bodyOf(request);
    const done = /\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url);
    if (url.endsWith("/runtime/invocation/next")) {
      hungry = reply;
      say({ kind: "ready" });
    } else if (url.endsWith("/runtime/init/error")) {
      accept(reply);
      say({ kind: "init-error", type, body });
    } else if (done?.[1] !== undefined && done[2] === "response") {
      accept(reply);
      say({ kind: "response", requestId: done[1], body });
    } else if (done?.[1] !== undefined) {
      accept(reply);
      say({ kind: "error", requestId: done[1], type, body });
    } else {
      reply.writeHead(404).end();
    }
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  return {
    address: `127.0.0.1:${address.port}`,
    next: () => {
      const event = events.shift();
      if (event !== undefined) return Promise.resolve(event);
      return new Promise((resolve) => waiting.push(resolve));
    },
    give: (invocation) => {
      hungry?.writeHead(200, {
        "content-type": "application/json",
        "content-length": invocation.body.length,
        "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
        "Lambda-Runtime-Deadline-Ms": String(invocation.deadline),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.functionArn,
        "Lambda-Runtime-Trace-Id": invocation.traceId,
      });
      hungry?.end(invocation.body);
      hungry = undefined;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
