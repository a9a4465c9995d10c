// Events in JSON: the service's, the runtimes' and the applications'.
import type { ErrorEvent, ParsedEvent } from "./event-types.ts";
import { framesOf, realId, serviceError, thrownText } from "./event-text.ts";
import { levelOfWord, plainText } from "./text.ts";

export type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asText = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const asNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

const stackText = (value: unknown): string =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string").join("\n") : (asText(value) ?? "");

/** The error that an object describes by its own fields, whichever names they have. */
export function errorFrom(fields: Json, requestId: string | undefined): ErrorEvent | undefined {
  const errorType =
    asText(fields["errorType"]) ??
    asText(fields["error_type"]) ??
    asText(fields["exception_name"]) ??
    asText(fields["name"]);
  const errorMessage =
    asText(fields["errorMessage"]) ??
    asText(fields["error_message"]) ??
    asText(fields["message"]) ??
    asText(fields["msg"]);
  if (errorType === undefined && asText(fields["errorMessage"]) === undefined) return undefined;
  const stack = stackText(fields["stackTrace"] ?? fields["stack"] ?? fields["trace"] ?? fields["stack_trace"]);
  return {
    kind: "error",
    level: "error",
    requestId,
    errorType: errorType ?? "Error",
    errorMessage: plainText(errorMessage ?? ""),
    frames: framesOf(stack),
  };
}

const metric = (record: Json, name: string): number | undefined =>
  isObject(record["metrics"]) ? asNumber(record["metrics"][name]) : undefined;

function platformEvent(type: string, record: Json): ParsedEvent {
  const requestId = realId(asText(record["requestId"]));
  const status = asText(record["status"]);
  const errorType = asText(record["errorType"]);
  switch (type) {
    case "platform.start":
      return { kind: "start", requestId, level: undefined, version: asText(record["version"]) };
    case "platform.initStart":
      return { kind: "init-start", requestId, level: undefined, runtimeVersion: asText(record["runtimeVersion"]) };
    case "platform.initReport":
    case "platform.initRuntimeDone":
      return {
        kind: "init-report",
        requestId,
        level: status === "success" || status === undefined ? undefined : "error",
        initMs: metric(record, "durationMs"),
        phase: asText(record["phase"]),
        status: status === "success" ? undefined : status,
        errorType,
      };
    case "platform.report":
      return {
        kind: "report",
        requestId,
        level: status === "success" || status === undefined ? undefined : "error",
        durationMs: metric(record, "durationMs"),
        billedMs: metric(record, "billedDurationMs"),
        memorySizeMb: metric(record, "memorySizeMB"),
        maxMemoryMb: metric(record, "maxMemoryUsedMB"),
        initMs: metric(record, "initDurationMs"),
        status: status === "success" ? undefined : status,
        errorType,
      };
    default:
      return { kind: "platform", type, requestId, level: undefined };
  }
}

/** Keys under which applications log nothing but the class of an exception, as in `{"error":"EXCEPTION","ex":"TypeError"}`. */
const classKeys = ["ex", "exception", "exc_type", "error_class", "exceptionClass", "error"];

/** What a JSON object says as a log event; `undefined` where it has neither a level nor a message. */
export function jsonEvent(fields: Json): ParsedEvent | undefined {
  const type = asText(fields["type"]);
  if (type?.startsWith("platform.") === true && isObject(fields["record"]))
    return platformEvent(type, fields["record"]);
  const id =
    fields["requestId"] ??
    fields["aws_request_id"] ??
    fields["awsRequestId"] ??
    fields["function_request_id"] ??
    fields["request_id"];
  const requestId = realId(asText(id));
  const { message } = fields;
  const wrapped = isObject(message) ? message : undefined;
  const levelText = asText(fields["level"] ?? fields["log_level"] ?? fields["levelname"] ?? fields["severity"]);
  const level = levelText === undefined ? undefined : levelOfWord(levelText);
  if (wrapped !== undefined) {
    const inner = errorFrom(wrapped, requestId);
    if (inner !== undefined) return inner;
  }
  if (fields["errorType"] !== undefined || fields["errorMessage"] !== undefined) {
    const found = errorFrom(fields, requestId);
    // The service reports its own time-outs and exits in the shape of an error.
    if (found !== undefined) return serviceError(found.errorMessage, requestId) ?? found;
  }
  for (const key of ["error", "err", "exception"]) {
    const nested = fields[key];
    const inner = isObject(nested) ? errorFrom(nested, requestId) : undefined;
    if (inner !== undefined) return inner;
  }
  for (const key of classKeys) {
    const name = asText(fields[key]);
    if (name !== undefined && /^(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Timeout|Failure)$/.test(name)) {
      return {
        kind: "error",
        level: "error",
        requestId,
        errorType: name,
        errorMessage: asText(message) ?? "",
        frames: [],
      };
    }
  }
  const text =
    asText(message) ?? asText(fields["msg"]) ?? (wrapped === undefined ? undefined : JSON.stringify(wrapped));
  if (text === undefined && level === undefined) return undefined;
  const traceback = asText(fields["exc_info"] ?? fields["exception"] ?? fields["stack"]);
  const thrown = traceback === undefined ? undefined : thrownText(plainText(traceback));
  if (thrown !== undefined) return { ...thrown, requestId };
  return { kind: "log", requestId, level, message: text ?? "" };
}

/** The object that a text is, where it is one. */
export function tryJson(text: string): Json | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
