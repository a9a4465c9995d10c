import { allowedSkewSeconds } from "./clock.ts";
import type { JsonValue } from "../core/json.ts";
import type { SmokeOutcome } from "../facts/smoke.ts";
import { holds, parseCondition } from "./condition.ts";
import type { Expectation } from "./config.ts";
import { gatewayVerdict, recogniseGateway, type Gateway } from "./gateway.ts";

/** The answer to a smoke request, or why there was none. Header names are in lower case. */
export type SmokeResponse =
  | {
      readonly answered: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly bodyTruncated?: boolean;
      /** ISO 8601. */
      readonly sentAt?: string;
      readonly latencyMs?: number;
    }
  | { readonly answered: false; readonly code: string; readonly message: string };

/** What was expected of the answer; `forbid` holds conditions that make a healthy-looking answer a failure. */
export interface Expected {
  readonly expect: Expectation;
  readonly forbid: readonly string[];
  /** Where a document does not satisfy the tool's schema, as the end of a sentence; absent where it has none. */
  readonly fault?: (document: JsonValue) => string | undefined;
}

/** What an answer means. */
export interface Assessment {
  readonly outcome: SmokeOutcome;
  readonly status?: number;
  /** The application's own error code and message, or those of the failed connection. */
  readonly code?: string;
  readonly message?: string;
  /** One sentence that says what the answer shows. */
  readonly detail: string;
  /** One line that shows the answer: status and the beginning of the body. */
  readonly shown: string;
  /** Who answered, as far as the headers tell. */
  readonly gateway: Gateway;
  readonly requestId?: string;
  /** False where no function can have run: nothing was sent, or the gateway kept the request to itself. */
  readonly reached?: false;
  /** How far the server's clock is ahead, in whole seconds; the Date header is no more precise. */
  readonly clockSkewSeconds?: number;
}

/** Tells what an answer to a smoke request means: who answered, and what that says about gateway, function and data. */
export function assess(response: SmokeResponse, expected: Expected): Assessment {
  if (!response.answered) return unanswered(response);
  const { status, headers } = response;
  const gateway = recogniseGateway(headers);
  const skew = clockSkew(response);
  const requestId = headers["x-amzn-requestid"] ?? headers["apigw-requestid"] ?? headers["x-amz-apigw-id"];
  const base = {
    status,
    shown: shownLine(status, response.body),
    gateway,
    ...(requestId === undefined ? {} : { requestId }),
    ...(skew === undefined ? {} : { clockSkewSeconds: skew }),
  };
  const document = parseJson(response.body);
  if (response.bodyTruncated === true && document === undefined && statusFits(status, expected.expect)) {
    const announced = Number(headers["content-length"] ?? "");
    const size = Number.isInteger(announced) && announced > 0 ? ` (${announced} bytes)` : "";
    const detail = `The answer is longer${size} than what is read of it (10 MiB), so that its content could not be judged.`;
    return { ...base, outcome: "too-long", detail };
  }
  const verdict =
    envelopeVerdict(status, document, expected, skew) ??
    gatewayVerdict({ status, headers, document, gateway, latencyMs: response.latencyMs }) ??
    bodyVerdict(status, document, expected, headers["location"]);
  return { ...base, ...verdict };
}

type Verdict = Pick<Assessment, "outcome" | "code" | "message" | "detail" | "reached">;

const plainly: Readonly<Record<string, string>> = {
  INCOMPLETE_ANSWER: "The API's host closed the connection in the middle of its answer.",
  HPE_HEADER_OVERFLOW: "The API's host answers with headers that are longer than any that are read.",
  HPE: "The API's host answers with something that is no HTTP.",
  ECONNRESET: "The API's host closed the connection without an answer.",
  NO_CREDENTIALS: "There are no AWS credentials to sign the request with.",
  NO_URL: "The API has no URL to send a request to.",
};

/** What is wrong with a certificate, by Node's code for it, as the end of a sentence. */
function certificateFault(code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "it has expired";
    case "CERT_NOT_YET_VALID":
      return "it is not valid yet, or this machine's clock is behind";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "it is for another host";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "this machine does not trust the authority that signed it (AWS_CA_BUNDLE names a file of further ones)";
    default:
      return code;
  }
}

function unanswered({ code, message }: { readonly code: string; readonly message: string }): Assessment {
  const timedOut = /TIMEDOUT|TIMEOUT|ABORT|SLOW_ANSWER/i.test(code);
  const seconds = / within (\d[\d.]* s)\./.exec(message)?.[1];
  const limit = `the time limit${seconds === undefined ? "" : ` of ${seconds}`}`;
  const detail = timedOut
    ? code === "SLOW_ANSWER"
      ? `An answer began and did not come to its end within ${limit}.`
      : `No answer came within ${limit}.`
    : /NOTFOUND|EAI_AGAIN/.test(code)
      ? "The name of the API's host cannot be resolved."
      : /EPROTO|ERR_SSL/i.test(code)
        ? "The API's host does not speak TLS as https needs it."
        : /CERT|TLS|SELF_SIGNED|ISSUER|VERIFY/i.test(code)
          ? `The API's certificate cannot be verified: ${certificateFault(code)}.`
          : (plainly[code] ?? (code.startsWith("HPE_") ? plainly["HPE"] : undefined) ?? "The API cannot be reached.");
  const outcome = timedOut ? "timeout" : "unreachable";
  // Of what broke off in the middle nobody knows how far it came.
  const reached =
    timedOut || /^(?:HPE|INCOMPLETE_ANSWER|ECONNRESET|EPIPE|FAILED)/.test(code) ? {} : { reached: false as const };
  return { outcome, code, message, detail, shown: code, gateway: "none", ...reached };
}

/** The verdict on an answer of the application itself, in its envelope. */
function envelopeVerdict(
  status: number,
  document: JsonValue | undefined,
  expected: Expected,
  skew: number | undefined,
): Verdict | undefined {
  if (!isObject(document) || typeof document["ok"] !== "boolean") return undefined;
  if (!document["ok"]) {
    const error = errorOf(document["error"]);
    const code = error.code?.toUpperCase() ?? "";
    if (status === 401 || /UNAUTHORI[SZ]ED|SIGNATURE|UNAUTHENTICATED/.test(code)) {
      return { outcome: "unauthorized", ...error, detail: `The function refused the signature.${skewRemark(skew)}` };
    }
    if (status === 403 || code === "FORBIDDEN")
      return { outcome: "forbidden", ...error, detail: "The function refused the caller." };
    if (status === 429)
      return { outcome: "throttled", ...error, detail: "The function refused the request for its rate." };
    return { outcome: "tool-error", ...error, detail: `The function answered that it failed${named(error.code)}.` };
  }
  for (const text of expected.forbid) {
    const condition = parseCondition(text);
    if (!("error" in condition) && holds(condition, document)) {
      return {
        outcome: "masked-failure",
        detail: `The answer says ok, but ${text}: neutral values stand where data should be.`,
      };
    }
  }
  if (!statusFits(status, expected.expect)) {
    return { outcome: "bad-envelope", detail: `The answer says ok, but its status is ${status}.` };
  }
  if (expected.expect.envelope === "ok-data-error" && (document["data"] === undefined || document["data"] === null)) {
    return { outcome: "bad-envelope", detail: "The answer says ok, but holds no data." };
  }
  return unmet(document, expected) ?? { outcome: "ok", detail: "The tool answered as expected." };
}

/** The verdict on an answer that neither has the envelope nor is the gateway's own. */
function bodyVerdict(
  status: number,
  document: JsonValue | undefined,
  expected: Expected,
  location: string | undefined,
): Verdict {
  if (isObject(document) && typeof document["errorType"] === "string") {
    const message = typeof document["errorMessage"] === "string" ? { message: document["errorMessage"] } : {};
    return {
      outcome: "function-error",
      code: document["errorType"],
      ...message,
      detail: "The answer is the function's uncaught error.",
    };
  }
  if (isObject(document) && typeof document["statusCode"] === "number" && "body" in document) {
    const detail = "The answer is the function's proxy response itself: the integration does not unpack it.";
    return { outcome: "bad-envelope", detail };
  }
  const error = isObject(document) ? errorOf(document["error"] ?? document) : {};
  if (status >= 300 && status < 400 && !statusFits(status, expected.expect)) {
    const to = location === undefined || location === "" ? "elsewhere" : `to ${location.split("?", 1)[0] ?? ""}`;
    return { outcome: "redirected", detail: `The API redirects ${to}. The request was not sent there.` };
  }
  if (status === 401)
    return { outcome: "unauthorized", ...error, detail: "The request was refused as not authorized." };
  if (status === 403) return { outcome: "forbidden", ...error, detail: "The request was refused as forbidden." };
  if (status === 404 || status === 405)
    return { outcome: "route-missing", ...error, detail: "Nothing answers at this path and method." };
  if (status === 429) return { outcome: "throttled", ...error, detail: "The request was refused for its rate." };
  if (status >= 200 && status < 300 && !statusFits(status, expected.expect)) {
    const detail =
      status === 204
        ? "The answer says that there is nothing to answer with (204 No Content)."
        : `The answer is no failure, and its status ${status} is not the expected one.`;
    return { outcome: "bad-envelope", ...error, detail };
  }
  if (!statusFits(status, expected.expect)) {
    const outcome = status === 504 ? "timeout" : status === 502 || status === 503 ? "gateway-error" : "tool-error";
    return { outcome, ...error, detail: `The status ${status} is not the expected one.` };
  }
  if (expected.expect.envelope === "none") {
    return unmet(document ?? null, expected) ?? { outcome: "ok", detail: "The tool answered as expected." };
  }
  const detail =
    document === undefined ? "The answer is not JSON." : "The answer lacks the envelope with ok, data and error.";
  return { outcome: "bad-envelope", detail };
}

function unmet(document: JsonValue, expected: Expected): Verdict | undefined {
  for (const text of expected.forbid) {
    const condition = parseCondition(text);
    if (!("error" in condition) && holds(condition, document)) {
      return { outcome: "masked-failure", detail: `The answer meets a condition that it must not: ${text}.` };
    }
  }
  for (const text of expected.expect.where) {
    const condition = parseCondition(text);
    if ("error" in condition || !holds(condition, document)) {
      return { outcome: "bad-envelope", detail: `The answer does not meet the condition ${text}.` };
    }
  }
  const fault = expected.fault?.(document);
  return fault === undefined
    ? undefined
    : { outcome: "bad-envelope", detail: `The answer does not satisfy the tool's schema: ${fault}.` };
}

function statusFits(status: number, { status: wanted }: Expectation): boolean {
  return typeof wanted === "number" ? status === wanted : wanted.includes(status);
}

const isObject = (value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } =>
  value !== undefined && value !== null && typeof value === "object" && !Array.isArray(value);

/** The code and message of an error, which may be an object, a text, or absent. */
function errorOf(error: JsonValue | undefined): { readonly code?: string; readonly message?: string } {
  if (typeof error === "string") return { message: error };
  if (!isObject(error)) return {};
  const text = (...names: readonly string[]) =>
    names.map((name) => error[name]).find((value) => typeof value === "string" && value !== "");
  const code = text("code", "type", "name");
  const message = text("message", "detail", "reason");
  return { ...(typeof code === "string" ? { code } : {}), ...(typeof message === "string" ? { message } : {}) };
}

const named = (code: string | undefined): string => (code === undefined ? "" : ` with ${code}`);

/**
 * Seconds by which the Date header is ahead of the middle of the exchange by this machine's clock. The header counts whole
 * seconds, so half a second is added to it.
 */
function clockSkew(response: SmokeResponse & { readonly answered: true }): number | undefined {
  const server = Date.parse(response.headers["date"] ?? "");
  const sent = Date.parse(response.sentAt ?? "");
  if (Number.isNaN(server) || Number.isNaN(sent)) return undefined;
  return Math.round((server + 500 - (sent + (response.latencyMs ?? 0) / 2)) / 1000);
}

function skewRemark(skew: number | undefined): string {
  if (skew === undefined || Math.abs(skew) < allowedSkewSeconds * 0.8) return "";
  return ` The server's clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} this machine's, and signatures are refused from about ${allowedSkewSeconds} s on.`;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function shownLine(status: number, body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  return line === "" ? `${status} (empty)` : `${status} ${line.length > 160 ? `${line.slice(0, 159)}…` : line}`;
}
