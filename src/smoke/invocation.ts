import type { JsonValue } from "../core/json.ts";
import type { DirectInvoke } from "../facts/smoke.ts";
import { assess, type Expected } from "./assess.ts";
import type { Front } from "./plan.ts";

export interface Invocation {
  /** What the function returned, or its beginning. */
  readonly payload: string;
  readonly payloadTruncated: boolean;
  /** Unhandled or Handled, where the function failed. */
  readonly functionError: string | undefined;
  readonly front: Exclude<Front, "unknown">;
}

/** Tells what a function's answer means, had its API handed it on. */
export function assessInvocation(
  { payload, payloadTruncated, functionError, front }: Invocation,
  expected: Expected,
): Omit<DirectInvoke, "latencyMs"> {
  const document = parsed(payload);
  const shown = shownLine(payload);
  if (functionError !== undefined) {
    const { errorType, errorMessage } = isObject(document) ? document : {};
    return {
      outcome: "function-error",
      shown,
      detail: "Invoked without the API, the function fails as well: the fault is its own.",
      ...(typeof errorType === "string" ? { code: errorType } : {}),
      ...(typeof errorMessage === "string" ? { message: errorMessage } : {}),
    };
  }
  const answer = answerIn(document, payload, front);
  if (answer === undefined) {
    const detail = payloadTruncated
      ? "Invoked without the API, the function returns more than what is read of it."
      : "Invoked without the API, the function ends well and returns something that API Gateway cannot pass on: it wants an object with statusCode and a text as body.";
    return { outcome: "malformed", shown, detail };
  }
  const {
    outcome,
    code,
    message,
    shown: line,
  } = assess({ answered: true, status: answer.status, headers: {}, body: answer.body }, expected);
  const detail =
    outcome === "ok"
      ? "Invoked without the API, the function answers as it should: the fault lies in front of it."
      : `Invoked without the API, the function answers ${answer.status}.`;
  return {
    outcome,
    shown: line,
    detail,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  };
}

/** The answer that the API would make of what the function returned; undefined where it could make none. */
function answerIn(
  document: JsonValue | undefined,
  payload: string,
  front: Invocation["front"],
): { readonly status: number; readonly body: string } | undefined {
  if (front === "invoke" && !(isObject(document) && "statusCode" in document)) return { status: 200, body: payload };
  if (!isObject(document)) return bare(document, front);
  const { statusCode, body = null, isBase64Encoded } = document;
  // With payload format 2.0 an object without a status is the body itself.
  if (statusCode === undefined) return bare(document, front);
  const status = typeof statusCode === "string" && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode;
  if (typeof status !== "number" || !Number.isInteger(status)) return undefined;
  if (body !== null && typeof body !== "string") return undefined;
  return { status, body: isBase64Encoded === true && body !== null ? fromBase64(body) : (body ?? "") };
}

function bare(document: JsonValue | undefined, front: Invocation["front"]) {
  if (front === "rest" || document === undefined) return undefined;
  return { status: 200, body: typeof document === "string" ? document : JSON.stringify(document) };
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shownLine(payload: string): string {
  const line = payload.replace(/\s+/g, " ").trim();
  if (line === "") return "returns nothing";
  return `returns ${line.length > 160 ? `${line.slice(0, 159)}…` : line}`;
}
