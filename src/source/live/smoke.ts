import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { smokeRequest } from "../../facts/requests/smoke.ts";
import { requestAgents } from "../agents.ts";
import { factsOf, isStop, stopReply, failed } from "../errors.ts";
import { turns } from "../turns.ts";
import type { LiveContext } from "./context.ts";
import { exchange } from "./exchange.ts";
import { keptOf } from "./kept-answer.ts";
import { signedRequest } from "./signed-request.ts";

type Body = BodyOf<typeof smokeRequest>;

/** Headers that say something about gateway, request or clock; cookies and the application's own stay out. */
const telling =
  /^(?:date|content-type|content-length|content-encoding|location|retry-after|server|via|allow|www-authenticate|x-amzn-.*|x-amz-apigw-id|apigw-requestid|x-amz-cf-.*|x-cache|x-request-id|x-correlation-id|access-control-allow-.*)$/;

/** @param parallel how many requests are under way at once; as many as are asked for where it is left out. */
export function answerSmokeRequest(context: LiveContext, parallel?: number): Answer<typeof smokeRequest> {
  let agents: ReturnType<typeof requestAgents> | undefined;
  const turn = turns(parallel);
  return async (_params, how) => {
    const connections = (agents ??= requestAgents(context.env));
    try {
      if (how.afterMs !== undefined) await context.clock.sleep(how.afterMs, context.signal);
    } catch (reason) {
      return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, "a smoke request");
    }
    return turn(async () => {
      const sentAt = context.clock.now();
      const unanswered = (code: string, message: string): { status: "ok"; body: Body } => ({
        status: "ok",
        body: {
          answered: false,
          code,
          message: context.vault.scrub(message),
          sentAt: new Date(sentAt).toISOString(),
          latencyMs: context.clock.now() - sentAt,
        },
      });
      const url = httpUrl(how.url);
      if (url === undefined) return unanswered("NO_URL", "The API has no URL to send a request to.");
      const sent = await signedRequest(context, how, url, sentAt);
      if ("code" in sent) {
        return sent.code === "SIGNING_INVALID" ? failed(sent.code, sent.message) : unanswered(sent.code, sent.message);
      }
      context.count("smoke", "smoke:Request");
      // Credentials may have had to be fetched: the answer's time counts from the sending.
      const startedAt = context.clock.now();
      try {
        const response = await exchange({ ...how, headers: sent.headers }, url, await connections, context.signal);
        const latencyMs = context.clock.now() - startedAt;
        noteSkew(context, response.headers["date"]);
        const body = await keptOf(response.body, context.vault, !response.truncated);
        const headers = Object.entries(response.headers).filter(([name]) => telling.test(name));
        return {
          status: "ok",
          body: {
            answered: true,
            status: response.status,
            headers: context.vault.scrubAll(Object.fromEntries(headers)),
            body,
            bodyTruncated: response.truncated,
            sentAt: new Date(startedAt).toISOString(),
            latencyMs,
            signedWith: sent.with,
          },
        };
      } catch (error) {
        if (context.signal.aborted) {
          const { reason } = context.signal as { reason: unknown };
          return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, `the request to ${url.host}`);
        }
        const { code, message } = factsOf(error);
        return unanswered(code || "FAILED", sentenceFor(code, message, url, how.timeoutMs));
      }
    });
  };
}

/** The header counts whole seconds, so that less than two of them say nothing. */
function noteSkew({ skew, clock, onSkew }: LiveContext, date: string | undefined): void {
  const ahead = Date.parse(date ?? "") - clock.now();
  if (Number.isNaN(ahead)) return;
  skew.ms = Math.abs(ahead) < 2_000 ? 0 : ahead;
  onSkew?.(skew.ms);
}

function httpUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : undefined;
}

function sentenceFor(code: string, message: string, url: URL, timeoutMs: number): string {
  const seconds = timeoutMs < 10_000 ? timeoutMs / 1000 : Math.round(timeoutMs / 1000);
  switch (code) {
    case "ETIMEDOUT":
      return `${url.host} did not answer within ${seconds} s.`;
    case "SLOW_ANSWER":
      return `${url.host} began to answer and did not come to an end within ${seconds} s.`;
    case "INCOMPLETE_ANSWER":
      return `${url.host} closed the connection in the middle of its answer, before all that it had announced was sent.`;
    case "ECONNREFUSED":
      return `${url.host} refuses connections.`;
    case "ENOTFOUND":
      return `The host name ${url.hostname} does not resolve.`;
    case "ECONNRESET":
      return `${url.host} closed the connection without an answer.`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return `${url.host} does not speak TLS as https needs it: ${lastPart(message)}.`;
    case "HPE_HEADER_OVERFLOW":
      return `${url.host} answers with headers that are longer than any that are read (16 KiB).`;
    default:
      if (code.startsWith("HPE_")) return `${url.host} answers with something that is no HTTP: ${lastPart(message)}.`;
      return `The request to ${url.host} failed: ${message.replace(/\.$/, "")}.`;
  }
}

/** OpenSSL and the parser put where in their own code it was before what it was. */
function lastPart(message: string): string {
  const said = message
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/[.:]+$/, "");
  return /:SSL routines:[^:]*:([^:]+)/.exec(said)?.[1] ?? said;
}
