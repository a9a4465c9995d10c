import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import type { runStart } from "../../src/facts/requests/run.ts";
import { createLiveSource, type LiveOptions, type LiveSource } from "../../src/source/live.ts";

/** One call as it arrived: its operation by whatever protocol, its parameters as text. */
export interface Call {
  readonly operation: string;
  readonly body: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** How many calls of this operation came before. */
  readonly earlier: number;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly xml?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits so long before answering, in milliseconds. */
  readonly delayMs?: number;
  /** Closes the connection instead of answering, after so many bytes of the body. */
  readonly breakAfter?: number;
  /** Leaves out how long the body is. */
  readonly chunked?: boolean;
}

export interface FakeAws {
  readonly endpoint: string;
  readonly calls: Call[];
  close(): Promise<void>;
}

const restOperations: readonly (readonly [string, RegExp, string])[] = [
  ["GET", /^\/2015-03-31\/functions\/[^/]+$/, "GetFunction"],
  ["GET", /^\/2015-03-31\/functions\/[^/]+\/policy$/, "GetPolicy"],
  ["GET", /^\/2015-03-31\/functions\/[^/]+\/aliases\/[^/]+$/, "GetAlias"],
  ["GET", /^\/2021-10-31\/functions\/[^/]+\/url$/, "GetFunctionUrlConfig"],
  ["GET", /^\/2018-10-31\/layers$/, "GetLayerVersionByArn"],
  ["GET", /^\/2018-10-31\/layers\/[^/]+\/versions$/, "ListLayerVersions"],
  ["GET", /^\/2016-08-19\/account-settings$/, "GetAccountSettings"],
  ["GET", /^\/restapis\/[^/]+$/, "GetRestApi"],
  ["GET", /^\/restapis\/[^/]+\/stages$/, "GetStages"],
  ["GET", /^\/restapis\/[^/]+\/resources$/, "GetResources"],
  ["GET", /^\/v2\/apis\/[^/]+$/, "GetApi"],
  ["GET", /^\/v2\/apis\/[^/]+\/(stages|routes|integrations)$/, "v2"],
];

function operationOf(incoming: IncomingMessage, url: URL, body: string): string {
  const target = incoming.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? target;
  const action = new URLSearchParams(body).get("Action");
  if (action !== null) return action;
  const rest = restOperations.find(
    ([method, path]) => method === incoming.method && path.test(decodeURIComponent(url.pathname)),
  );
  if (rest?.[2] === "v2") return `v2:${url.pathname.split("/").at(-1)}`;
  return rest?.[2] ?? `${incoming.method} ${url.pathname}`;
}

/** An endpoint that speaks each service's protocol and answers as the handler says. */
export async function fakeAws(handler: (call: Call) => Answer | Promise<Answer>): Promise<FakeAws> {
  const calls: Call[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://fake");
      const body = Buffer.concat(chunks).toString("utf8");
      const operation = operationOf(incoming, url, body);
      const earlier = calls.filter((call) => call.operation === operation).length;
      const call: Call = { operation, body, url, headers: incoming.headers, earlier };
      calls.push(call);
      void Promise.resolve(handler(call)).then((answer) => reply(outgoing, answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function reply(outgoing: ServerResponse, answer: Answer): Promise<void> {
  if (answer.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
  if (answer.breakAfter === 0) {
    outgoing.destroy();
    return;
  }
  const type =
    answer.json === undefined ? (answer.xml === undefined ? "application/zip" : "text/xml") : "application/json";
  const body = Buffer.from(answer.bytes ?? answer.xml ?? JSON.stringify(answer.json ?? {}));
  outgoing.writeHead(answer.status ?? 200, {
    "content-type": type,
    ...(answer.chunked === true ? {} : { "content-length": String(body.length) }),
    ...answer.headers,
  });
  if (answer.breakAfter === undefined) outgoing.end(body);
  else outgoing.write(body.subarray(0, answer.breakAfter), () => outgoing.destroy());
}

/** An error as services with JSON protocols give it. */
export function jsonError(type: string, message: string, status = 400): Answer {
  return { status, json: { __type: type, message, Message: message }, headers: { "x-amzn-errortype": type } };
}

/** An error as CloudFormation, IAM and STS give it. */
export function xmlError(code: string, message: string, status = 400): Answer {
  return {
    status,
    xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  };
}

export const run: BodyOf<typeof runStart> = {
  startedAt: "2026-11-23T10:00:00.000Z",
  region: "eu-west-1",
  stackName: "demo",
  endpointOverride: true,
  smoke: true,
  configuration: {},
};

export const credentials = {
  AWS_ACCESS_KEY_ID: "AKIDTESTTESTTESTTEST",
  AWS_SECRET_ACCESS_KEY: "test-secret-access-key",
};

/** A live source that asks the fake endpoint and nothing else. */
export function liveAgainst(endpoint: string, options: Partial<LiveOptions> = {}): LiveSource {
  return createLiveSource({
    region: "eu-west-1",
    endpointUrl: endpoint,
    env: credentials,
    timeoutMs: 15_000,
    run,
    ...options,
  });
}

/** The result of an operation of CloudFormation, IAM or STS. */
export const xmlResult = (operation: string, inner: string): Answer => ({
  xml: `<${operation}Response><${operation}Result>${inner}</${operation}Result></${operation}Response>`,
});

/** Opens an endpoint with a live source on it for each test, and closes both after it. */
export function fakeRuns(afterEach: (close: () => Promise<void>) => void) {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const thing of open.splice(0).toReversed()) await thing.close();
  });
  return async (handler: (call: Call) => Answer) => {
    const aws = await fakeAws(handler);
    const live = liveAgainst(aws.endpoint);
    open.push(aws, live);
    const body = async <T>(kind: string, params: Record<string, unknown>): Promise<T> => {
      const reply = await live.source.ask({ kind, params });
      if (reply.status !== "ok") throw new Error(`The reply to ${kind} is ${JSON.stringify(reply)}.`);
      return reply.body as T;
    };
    return { aws, live, body };
  };
}
