// Pieces that the text and the JSON form of an event have in common.
import type { ErrorEvent, ExitEvent, Frame, TimeoutEvent } from "./event-types.ts";

/** The number that a text is, where there is one. */
export const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
/** Request ids of an init phase are written as nothing, `undefined` or `null`. */
export const realId = (text: string | undefined): string | undefined =>
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

const requestIdText = String.raw`(?<id>[0-9a-fA-F-]{8,36})`;
const timedOut = new RegExp(
  String.raw`^(?:\S+[ \t]+)?(?:RequestId: )?(?:${requestIdText})?[ \t]*(?:Error: )?Task timed out after (?<seconds>[\d.]+) seconds`,
);
const exited = new RegExp(
  String.raw`^(?:RequestId: ${requestIdText} )?(?:Error: )?(?:Runtime exited (?:with error: (?<reason>[^\n]*)|without providing a reason)|Process exited before completing request)`,
);

/** The texts by which the service ends an invocation: a time-out or an exit. */
export function serviceError(text: string, requestId: string | undefined): TimeoutEvent | ExitEvent | undefined {
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

const thrownLine = /^(?<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w+)(?: \[[A-Z_\d]+\])?(?:: (?<message>[\s\S]*))?$/;

/** An exception as Python or Node prints it: a traceback that ends in `Type: message`, or `Type: message` and `at` lines. */
export function thrownText(text: string): Omit<ErrorEvent, "requestId"> | undefined {
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
