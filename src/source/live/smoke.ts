import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { smokeRequest, SmokeHow } from "../../facts/requests/smoke.ts";
import { signingSchema, type SigningScheme } from "../../smoke/config.ts";
import { describeSigning, sign } from "../../smoke/signing.ts";
import { requestAgents } from "../agents.ts";
import { factsOf, failed, isStop, stopReply } from "../errors.ts";
import type { LiveContext } from "./context.ts";

type Body = BodyOf<typeof smokeRequest>;

/** How much of an answer is kept, in bytes. */
const maxBody = 64 * 1024;

/** Headers that say something about gateway, request or clock; cookies and the application's own stay out. */
const telling =
  /^(?:date|content-type|content-length|content-encoding|location|retry-after|server|via|allow|www-authenticate|x-amzn-.*|x-amz-apigw-id|apigw-requestid|x-amz-cf-.*|x-cache|x-request-id|x-correlation-id|access-control-allow-.*)$/;

export function answerSmokeRequest(context: LiveContext): Answer<typeof smokeRequest> {
  let agents: ReturnType<typeof requestAgents> | undefined;
  return async (_params, how) => {
    const scheme = signingSchema.safeParse(how.signing);
    if (!scheme.success) return failed("SIGNING_INVALID", "The signing scheme of the configuration is not valid.");
    agents ??= requestAgents(context.env);
    try {
      if (how.afterMs !== undefined) await context.clock.sleep(how.afterMs, context.signal);
    } catch (reason) {
      return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, "a smoke request");
    }
    const sentAt = context.clock.now();
    const unanswered = (code: string, message: string): Body => ({
      answered: false,
      code,
      message: context.vault.scrub(message),
      sentAt: new Date(sentAt).toISOString(),
      latencyMs: context.clock.now() - sentAt,
    });
    const url = httpUrl(how.url);
    if (url === undefined)
      return { status: "ok", body: unanswered("NO_URL", "The API has no URL to send a request to.") };
    const secret = how.key === undefined ? undefined : context.vault.reveal(how.key);
    if (how.key !== undefined && secret === undefined) {
      return { status: "ok", body: unanswered("NO_SECRET", "The signing key is not among the secrets of this run.") };
    }
    context.count("smoke", "smoke:Request");
    try {
      const sent = signed(how, url, scheme.data, secret, sentAt);
      for (const value of sent.signatures) context.vault.hide(value);
      const response = await exchange(how, url, sent.headers, await agents, context.signal);
      noteSkew(context, response.headers["date"]);
      const headers = Object.entries(response.headers).filter(([name]) => telling.test(name));
      return {
        status: "ok",
        body: {
          answered: true,
          status: response.status,
          headers: context.vault.scrubAll(Object.fromEntries(headers)),
          body: context.vault.scrub(response.body),
          bodyTruncated: response.truncated,
          sentAt: new Date(sentAt).toISOString(),
          latencyMs: context.clock.now() - sentAt,
          signedWith: sent.with,
        },
      };
    } catch (error) {
      if (context.signal.aborted) {
        const { reason } = context.signal as { reason: unknown };
        return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, `the request to ${url.host}`);
      }
      const { code, message } = factsOf(error);
      return { status: "ok", body: unanswered(code || "FAILED", sentenceFor(code, message, url, how.timeoutMs)) };
    }
  };
}

/** The header counts whole seconds, so that less than two of them say nothing. */
function noteSkew({ skew, clock }: LiveContext, date: string | undefined): void {
  const ahead = Date.parse(date ?? "") - clock.now();
  if (!Number.isNaN(ahead)) skew.ms = Math.abs(ahead) < 2_000 ? 0 : ahead;
}

function httpUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : undefined;
}

function signed(how: SmokeHow, url: URL, scheme: SigningScheme, secret: string | undefined, now: number) {
  const own = sign(
    scheme,
    {
      method: how.method,
      host: url.host,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      body: how.body ?? "",
    },
    { now, secret, nonce: randomUUID() },
  );
  const description =
    scheme.scheme === "none" || secret !== undefined ? describeSigning(scheme) : "nothing, since no key was found";
  return {
    headers: { ...how.headers, ...own },
    signatures: Object.values(own).filter((value) => value.length >= 20),
    with: description,
  };
}

interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly truncated: boolean;
}

/** One request to exactly this URL: a redirect is an answer like any other, so that no signature travels on. */
async function exchange(
  how: SmokeHow,
  url: URL,
  headers: Readonly<Record<string, string>>,
  agents: Awaited<ReturnType<typeof requestAgents>>,
  signal: AbortSignal,
): Promise<Exchanged> {
  const secure = url.protocol === "https:";
  const { request } = await (secure ? import("node:https") : import("node:http"));
  const limit = AbortSignal.timeout(how.timeoutMs);
  const body = how.body === undefined ? undefined : Buffer.from(how.body, "utf8");
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = request(
        url,
        {
          method: how.method,
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
      sending.on("error", reject);
      sending.end(body);
    });
    return {
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : (value ?? ""),
        ]),
      ),
      ...(await readBody(response)),
    };
  } catch (error) {
    if (limit.aborted && !signal.aborted) {
      throw Object.assign(new Error("No answer came in time."), { code: "ETIMEDOUT" });
    }
    throw error;
  }
}

async function readBody(response: IncomingMessage): Promise<{ body: string; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBody) break;
  }
  const whole = Buffer.concat(chunks);
  const kept = whole.subarray(0, maxBody);
  const text = await decoded(kept, response.headers["content-encoding"]);
  return { body: text, truncated: whole.length > maxBody };
}

/** Some servers compress though they were asked not to; what cannot be unpacked is shown as it came. */
async function decoded(bytes: Buffer, encoding: string | undefined): Promise<string> {
  if (encoding === undefined || encoding === "identity" || bytes.length === 0) return bytes.toString("utf8");
  const zlib = await import("node:zlib");
  const options = { maxOutputLength: maxBody, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  try {
    if (encoding === "br") return zlib.brotliDecompressSync(bytes, { maxOutputLength: maxBody }).toString("utf8");
    return zlib.unzipSync(bytes, options).toString("utf8");
  } catch {
    return bytes.toString("utf8");
  }
}

function sentenceFor(code: string, message: string, url: URL, timeoutMs: number): string {
  switch (code) {
    case "ETIMEDOUT":
      return `${url.host} did not answer within ${Math.round(timeoutMs / 1000)} s.`;
    case "ECONNREFUSED":
      return `${url.host} refuses connections.`;
    case "ENOTFOUND":
      return `The host name ${url.hostname} does not resolve.`;
    case "ECONNRESET":
      return `${url.host} closed the connection without an answer.`;
    default:
      return `The request to ${url.host} failed: ${message.replace(/\.$/, "")}.`;
  }
}
