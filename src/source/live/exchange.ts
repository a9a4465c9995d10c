// One HTTP request to a server that may be anything: bounded in time and memory, whatever it sends.
import type { IncomingMessage } from "node:http";
import type { requestAgents } from "../agents.ts";

/**
 * How much of an answer is read, in bytes, as it came and as it was unpacked. API Gateway hands on 10 MB, a function
 * returns 6 MB at most: what is longer comes from something else.
 */
export const maxBody = 10 * 1024 * 1024;

export interface ExchangeRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole of it: name, connection, TLS, headers and body. */
  readonly timeoutMs: number;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly truncated: boolean;
}

/**
 * One request to exactly this URL: a redirect is an answer like any other, so that no signature travels on.
 * @throws what went wrong, with a `code`: Node's own, ETIMEDOUT where the time was up, SLOW_ANSWER where it was up in the
 * middle of an answer, and INCOMPLETE_ANSWER where the connection was closed there.
 */
export async function exchange(
  { method, headers, body: text, timeoutMs }: ExchangeRequest,
  url: URL,
  agents: Awaited<ReturnType<typeof requestAgents>>,
  signal: AbortSignal,
): Promise<Exchanged> {
  const secure = url.protocol === "https:";
  const { request } = await (secure ? import("node:https") : import("node:http"));
  const limit = AbortSignal.timeout(timeoutMs);
  const body = text === undefined ? undefined : Buffer.from(text, "utf8");
  let response: IncomingMessage | undefined;
  try {
    response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = request(
        url,
        {
          method,
          agent: secure ? agents.httpsAgent : agents.httpAgent,
          signal: AbortSignal.any([signal, limit]),
          headers: {
            "accept-encoding": "identity",
            ...headers,
            ...(body === undefined ? {} : { "content-length": String(body.length) }),
          },
        },
        resolve,
      );
      // Stays for the whole exchange: what comes behind the answer may still break the parser.
      sending.on("error", reject);
      sending.end(body);
    });
    const read = await readBody(response);
    // An answer whose length is not told ends with its connection, and so seems whole where this end closes it.
    if (limit.aborted || signal.aborted) throw fault("SLOW_ANSWER", "The answer did not end in time.");
    return {
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : (value ?? ""),
        ]),
      ),
      ...read,
    };
  } catch (error) {
    if (limit.aborted && !signal.aborted) {
      throw response === undefined
        ? fault("ETIMEDOUT", "No answer came in time.")
        : fault("SLOW_ANSWER", "The answer did not end in time.");
    }
    if (response !== undefined && !signal.aborted) {
      throw fault("INCOMPLETE_ANSWER", "The connection was closed in the middle of the answer.");
    }
    throw error;
  }
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

async function readBody(response: IncomingMessage): Promise<{ body: string; truncated: boolean }> {
  const { kept, more } = await firstBytes(response);
  const encoding = response.headers["content-encoding"]?.trim().toLowerCase();
  if (encoding === undefined || encoding === "" || encoding === "identity" || kept.length === 0) {
    return { body: kept.toString("utf8"), truncated: more };
  }
  const unpacked = await unpack(kept, encoding);
  // What cannot be unpacked is shown as it came.
  if (unpacked === undefined) return { body: kept.toString("utf8"), truncated: more };
  return { body: unpacked.kept.toString("utf8"), truncated: more || unpacked.more };
}

/** The first bytes of a stream, and whether more would have come. The rest is neither read nor waited for. */
async function firstBytes(stream: AsyncIterable<Buffer>): Promise<{ kept: Buffer; more: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBody) break;
  }
  return { kept: Buffer.concat(chunks).subarray(0, maxBody), more: size > maxBody };
}

/**
 * Some servers compress though they were asked not to. Unpacked piece by piece, so that a few bytes which would become
 * gigabytes cost no more than what is read.
 */
async function unpack(bytes: Buffer, encoding: string): Promise<{ kept: Buffer; more: boolean } | undefined> {
  const zlib = await import("node:zlib");
  const decoder =
    encoding === "br"
      ? zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH })
      : zlib.createUnzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
  decoder.end(bytes);
  try {
    return await firstBytes(decoder);
  } catch {
    return undefined;
  }
}
