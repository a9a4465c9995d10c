import type { Level } from "./text.ts";
import { levelOfWord, plainText } from "./text.ts";

/** One place in a stack, the outermost call first as Python writes it, the innermost first as Node does. */
export interface Frame {
  readonly file: string;
  readonly line: number | undefined;
  readonly function: string | undefined;
}

interface Common {
  readonly requestId: string | undefined;
  readonly level: Level | undefined;
}

export interface StartEvent extends Common {
  readonly kind: "start";
  readonly version: string | undefined;
}
export interface EndEvent extends Common {
  readonly kind: "end";
}
export interface ReportEvent extends Common {
  readonly kind: "report";
  readonly durationMs: number | undefined;
  readonly billedMs: number | undefined;
  readonly memorySizeMb: number | undefined;
  readonly maxMemoryMb: number | undefined;
  readonly initMs: number | undefined;
  /** `error`, `timeout`; undefined where the line has none, which means success. */
  readonly status: string | undefined;
  readonly errorType: string | undefined;
}
export interface InitStartEvent extends Common {
  readonly kind: "init-start";
  /** For example `python:3.12.v36`. */
  readonly runtimeVersion: string | undefined;
}
export interface InitReportEvent extends Common {
  readonly kind: "init-report";
  readonly initMs: number | undefined;
  readonly phase: string | undefined;
  readonly status: string | undefined;
  readonly errorType: string | undefined;
}
export interface TimeoutEvent extends Common {
  readonly kind: "timeout";
  readonly seconds: number;
}
export interface ExitEvent extends Common {
  readonly kind: "exit";
  /** For example `exit status 1`, `signal: killed`; empty where the service gives none. */
  readonly reason: string;
}
export interface ErrorEvent extends Common {
  readonly kind: "error";
  readonly errorType: string;
  /** Empty where only the class of the exception was logged. */
  readonly errorMessage: string;
  readonly frames: readonly Frame[];
}
export interface LogEvent extends Common {
  readonly kind: "log";
  readonly message: string;
}
/** Anything else of the service: extensions, telemetry, platform events without news. */
export interface PlatformEvent extends Common {
  readonly kind: "platform";
  readonly type: string;
}
export type ParsedEvent =
  | StartEvent
  | EndEvent
  | ReportEvent
  | InitStartEvent
  | InitReportEvent
  | TimeoutEvent
  | ExitEvent
  | ErrorEvent
  | LogEvent
  | PlatformEvent;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asText = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const asNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
/** Request ids of an init phase are written as nothing, `undefined` or `null`. */
const realId = (text: string | undefined): string | undefined =>
  text === undefined || /^(?:undefined|null|-|)$/.test(text) ? undefined : text;

const pythonFrame = /File "(?<file>[^"\n]+)",? [Ll]ine (?<line>\d+)(?:, in (?<function>[^\n]+))?/g;
const nodeFrame =
  /^\s*at (?:(?:async )?(?<function>[^\s(][^(\n]*?) \((?<file>[^()\n]+?):(?<line>\d+)(?::\d+)?\)|(?:async )?(?<bare>\/?[^\s()]+?):(?<bareLine>\d+):\d+)$/gm;

/** The frames that a stack names, Python's or Node's, in the order they are written. */
export function framesOf(stack: string): readonly Frame[] {
  const python = [...stack.matchAll(pythonFrame)].map(({ groups }) => ({
    file: groups?.["file"] ?? "",
    line: number(groups?.["line"]),
    function: groups?.["function"]?.trim(),
  }));
  if (python.length > 0) return python;
  return [...stack.matchAll(nodeFrame)].map(({ groups }) => ({
    file: (groups?.["file"] ?? groups?.["bare"] ?? "").replace(/^file:\/\//, ""),
    line: number(groups?.["line"] ?? groups?.["bareLine"]),
    function: groups?.["function"],
  }));
}

const stackText = (value: unknown): string =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string").join("\n") : (asText(value) ?? "");

function errorFrom(fields: Json, requestId: string | undefined): ErrorEvent | undefined {
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

function jsonEvent(fields: Json): ParsedEvent | undefined {
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

const requestIdText = String.raw`(?<id>[0-9a-fA-F-]{8,36})`;
const timedOut = new RegExp(
  String.raw`^(?:\S+[ \t]+)?(?:RequestId: )?(?:${requestIdText})?[ \t]*(?:Error: )?Task timed out after (?<seconds>[\d.]+) seconds`,
);
const exited = new RegExp(
  String.raw`^(?:RequestId: ${requestIdText} )?(?:Error: )?(?:Runtime exited (?:with error: (?<reason>[^\n]*)|without providing a reason)|Process exited before completing request)`,
);

/** The texts by which the service ends an invocation: a time-out or an exit. */
function serviceError(text: string, requestId: string | undefined): TimeoutEvent | ExitEvent | undefined {
  const late = timedOut.exec(text)?.groups;
  if (late !== undefined)
    return { kind: "timeout", level: "error", requestId: late["id"] ?? requestId, seconds: Number(late["seconds"]) };
  const gone = exited.exec(text);
  if (gone !== null)
    return {
      kind: "exit",
      level: "error",
      requestId: gone.groups?.["id"] ?? requestId,
      reason: gone.groups?.["reason"]?.trim() ?? "",
    };
  return undefined;
}

const field = (text: string, name: string): string | undefined =>
  new RegExp(
    String.raw`(?:^|[\t ])${name}: ([^\t\n]+?)(?= (?:ms|MB)\b|[\t\n]|$| (?:Phase|Status|Error Type|Duration|Billed|Memory|Max|Init)\b)`,
  ).exec(text)?.[1];

function platformText(text: string): ParsedEvent | undefined {
  const word =
    /^(START|END|REPORT|INIT_START|INIT_REPORT|INIT_RUNTIME_DONE|EXTENSION|TELEMETRY|LOGS|RESTORE_START|RESTORE_REPORT|XRAY)\b[ \t]/.exec(
      text,
    )?.[1];
  if (word === undefined) return undefined;
  const requestId = realId(/RequestId: ([0-9a-zA-Z-]+)/.exec(text)?.[1]);
  const status = field(text, "Status");
  const errorType = field(text, "Error Type");
  const level = status === "error" || status === "timeout" ? "error" : undefined;
  switch (word) {
    case "START":
      return requestId === undefined
        ? undefined
        : { kind: "start", requestId, level: undefined, version: /Version: (\S+)/.exec(text)?.[1] };
    case "END":
      return requestId === undefined ? undefined : { kind: "end", requestId, level: undefined };
    case "REPORT":
      return {
        kind: "report",
        requestId,
        level,
        durationMs: number(field(text, "Duration")),
        billedMs: number(field(text, "Billed Duration")),
        memorySizeMb: number(field(text, "Memory Size")),
        maxMemoryMb: number(field(text, "Max Memory Used")),
        initMs: number(field(text, "Init Duration")),
        status,
        errorType,
      };
    case "INIT_START":
      return {
        kind: "init-start",
        requestId,
        level: undefined,
        runtimeVersion: /Runtime Version: (\S+)/.exec(text)?.[1],
      };
    case "INIT_REPORT":
      return {
        kind: "init-report",
        requestId,
        level,
        initMs: number(field(text, "Init Duration")),
        phase: field(text, "Phase"),
        status,
        errorType,
      };
    default:
      return {
        kind: "platform",
        type: word,
        requestId,
        level: /State: (?:\w*Error|Exited)/.test(text) ? "error" : undefined,
      };
  }
}

const thrownLine = /^(?<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w+)(?: \[[A-Z_\d]+\])?(?:: (?<message>[\s\S]*))?$/;

/** An exception as Python or Node prints it: a traceback that ends in `Type: message`, or `Type: message` and `at` lines. */
function thrownText(text: string): Omit<ErrorEvent, "requestId"> | undefined {
  const traceback = text.indexOf("Traceback (most recent call last):");
  if (traceback !== -1) {
    const lines = text.slice(traceback).trimEnd().split("\n");
    const from = lines.findLastIndex((line) => !line.startsWith(" ") && thrownLine.test(line));
    const found = from < 1 ? undefined : thrownLine.exec(lines.slice(from).join("\n"))?.groups;
    const before = thrownLine.exec(text.slice(0, traceback).trim())?.groups;
    const groups = found ?? before;
    if (groups === undefined) return undefined;
    return {
      kind: "error",
      level: "error",
      errorType: groups["type"] ?? "Error",
      errorMessage: groups["message"]?.trim() ?? "",
      frames: framesOf(text),
    };
  }
  const stack = /\n\s+at \S/.exec(text);
  if (stack === null) return undefined;
  const head =
    thrownLine.exec(text.slice(0, stack.index).trim().split("\n").slice(-3).join("\n"))?.groups ??
    thrownLine.exec(text.slice(0, stack.index).trim())?.groups;
  if (head === undefined) return undefined;
  return {
    kind: "error",
    level: "error",
    errorType: head["type"] ?? "Error",
    errorMessage: head["message"]?.trim() ?? "",
    frames: framesOf(text),
  };
}

function tryJson(text: string): Json | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const pythonUncaught =
  /^\[ERROR\] (?<type>[\w.]+)(?:: (?<message>[\s\S]*?))?(?:\n?Traceback \(most recent call last\):(?<stack>[\s\S]*))?$/;
const pythonLogger = /^\[(?<level>[A-Z]+)\]\t(?<time>\S+Z)\t(?<id>[^\t]*)\t(?<message>[\s\S]*)$/;
const nodeLine =
  /^\d{4}-\d\d-\d\dT[\d:.]+Z\t(?<id>[^\t]*)\t(?<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t(?<message>[\s\S]*)$/;
const nodeUncaught = /^(?:Uncaught Exception|Invoke Error|Unhandled Promise Rejection)\s*\t\s*(?<json>\{[\s\S]*\})\s*$/;

/**
 * What one log event of a Lambda function says, whichever runtime and format wrote it (text or JSON, the service's own
 * lines or the application's). A text that fits nothing is a `log` event without a level. Never throws.
 */
export function parseEvent(message: string): ParsedEvent {
  const raw = message.trimEnd();
  const fields = tryJson(raw.trimStart());
  const json = fields === undefined ? undefined : jsonEvent(fields);
  if (json !== undefined) return json;
  const text = plainLines(raw);
  const platform = platformText(text) ?? serviceError(text, undefined);
  if (platform !== undefined) return platform;

  const node = nodeLine.exec(text)?.groups;
  if (node !== undefined) {
    const requestId = realId(node["id"]);
    const body = node["message"] ?? "";
    const thrown = tryJson(nodeUncaught.exec(body)?.groups?.["json"] ?? "");
    const error = thrown === undefined ? undefined : errorFrom(thrown, requestId);
    if (error !== undefined) return error;
    const application = tryJson(body.trim());
    const inner = application === undefined ? undefined : jsonEvent(application);
    if (inner?.kind === "error") return { ...inner, requestId: inner.requestId ?? requestId };
    const stack = thrownText(body);
    if (stack !== undefined) return { ...stack, requestId };
    return { kind: "log", requestId, level: levelOfWord(node["level"] ?? ""), message: body };
  }

  const logger = pythonLogger.exec(text)?.groups;
  if (logger !== undefined) {
    const requestId = realId(logger["id"]);
    const thrown = thrownText(logger["message"] ?? "");
    if (thrown !== undefined) return { ...thrown, requestId };
    return { kind: "log", requestId, level: levelOfWord(logger["level"] ?? ""), message: logger["message"] ?? "" };
  }

  const uncaught = pythonUncaught.exec(text)?.groups;
  if (uncaught !== undefined) {
    return {
      kind: "error",
      level: "error",
      requestId: undefined,
      errorType: uncaught["type"] ?? "Error",
      errorMessage: uncaught["message"]?.trim() ?? "",
      frames: framesOf(uncaught["stack"] ?? ""),
    };
  }
  const thrown = thrownText(text);
  if (thrown !== undefined) return { ...thrown, requestId: undefined };
  return { kind: "log", requestId: undefined, level: undefined, message: text };
}

/** Line ends and spaces as everybody else writes them; unlike `plainText`, escapes and quotes stay as they are. */
function plainLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\u00a0", " ");
}
