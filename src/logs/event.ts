import { errorFrom, jsonEvent, tryJson } from "./event-json.ts";
import { framesOf, number, realId, serviceError, thrownText } from "./event-text.ts";
import type { ParsedEvent } from "./event-types.ts";
import { levelOfWord } from "./text.ts";

export type * from "./event-types.ts";

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
