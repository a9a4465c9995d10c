// One event as it is shown in text: without what every line repeats, the service's own lines in a few words.
import type { TailTone } from "../../core/tail.ts";
import { parseEvent } from "../event.ts";
import { tryJson } from "../event-json.ts";
import type { ParsedEvent, ReportEvent } from "../event-types.ts";
import type { Level } from "../text.ts";

export interface Line {
  readonly tone: TailTone;
  readonly lines: readonly string[];
  /** A line of the service that tells of a request as a whole, not of its own failure. */
  readonly service: boolean;
}

const ofService = /^(?:START|END|REPORT|INIT_|EXTENSION|TELEMETRY|LOGS|RESTORE_|XRAY)/;
/** What is not worth a parse: no JSON, no logger's prefix, no line of the service. */
const simple = /^[^[{\d\s]/;

/**
 * What is shown of an event; undefined for lines of the service that say nothing by themselves.
 * @param fails whether it may tell of a failure
 */
export function lineOf(message: string, fails: boolean, verbose: boolean): Line | undefined {
  if (!fails && simple.test(message) && !ofService.test(message))
    return { tone: "plain", lines: linesOf(message), service: false };
  const parsed = parseEvent(message);
  switch (parsed.kind) {
    case "start":
    case "end":
    case "platform":
    case "init-start":
      if (parsed.level === "error") return { tone: "error", lines: linesOf(message), service: false };
      return verbose ? { tone: "faint", lines: linesOf(message), service: true } : undefined;
    case "report":
      return { ...reportOf(parsed), service: true };
    case "init-report": {
      const failed = parsed.status !== undefined;
      // What is tried again within a request is told by its REPORT.
      if (failed && parsed.phase === "invoke" && !verbose) return undefined;
      const took = parsed.initMs === undefined ? "" : ` ${failed ? "after " : ""}${milliseconds(parsed.initMs)}`;
      const why = parsed.errorType === undefined ? "" : `: ${parsed.errorType}`;
      const what = parsed.status === "timeout" ? "init timed out" : failed ? "init failed" : "cold start";
      return { tone: failed ? "error" : "faint", lines: [`${what}${took}${why}`], service: true };
    }
    case "timeout":
      return { tone: "error", lines: [`timed out after ${parsed.seconds} s`], service: false };
    case "exit":
      return {
        tone: "error",
        lines: [`the runtime exited${parsed.reason === "" ? "" : `: ${parsed.reason}`}`],
        service: false,
      };
    case "error":
      return { tone: "error", lines: errorLines(message, parsed), service: false };
    case "log": {
      const lines = logLines(message, parsed);
      return { tone: toneOf(parsed.level), lines: verbose ? lines : lines.map(withoutAdvice), service: false };
    }
  }
}

function linesOf(message: string): readonly string[] {
  const text = message.trimEnd();
  return text.includes("\n") || text.includes("\r") ? text.split(/\r\n?|\n/) : [text];
}

function toneOf(level: Level | undefined): TailTone {
  switch (level) {
    case "error":
      return "error";
    case "warn":
      return "warning";
    case "debug":
      return "faint";
    case "info":
    case undefined:
      return "plain";
  }
}

/** An error in JSON by its type, message and frames; one in text as it stands. */
function errorLines(
  message: string,
  { errorType, errorMessage, frames }: Extract<ParsedEvent, { kind: "error" }>,
): readonly string[] {
  if (!message.trimStart().startsWith("{") && !message.includes("\t{")) return linesOf(withoutPrefix(message));
  const head = errorMessage === "" ? errorType : `${errorType}: ${errorMessage}`;
  const places = frames.map(
    ({ file, line, function: name }) =>
      `  ${file}${line === undefined ? "" : `:${line}`}${name === undefined ? "" : ` in ${name}`}`,
  );
  return [...linesOf(head), ...places];
}

/** The level, time and request id that Lambda's loggers put before a line; the level is told by its colour and mark. */
function withoutPrefix(message: string): string {
  return message
    .replace(/^\[[A-Z]+\]\t\S+Z\t[^\t]*\t/, "")
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[^\t]*\t[A-Z]+\t/, "")
    .replace(/^\[ERROR\] (?=[\w.]+(?:Error|Exception|:))/, "");
}

/** What Lambda says in general of every exception, in five lines of a terminal; the exception itself is told by its own line. */
const withoutAdvice = (line: string): string =>
  line.replace(
    /(LAMBDA_WARNING: Unhandled exception)\. The most likely cause is an issue in the function code\. [^"]*/,
    "$1",
  );

/** Fields of a log line in JSON that are told otherwise. */
const told = new Set(["timestamp", "time", "level", "log_level", "requestId", "message", "msg"]);

function logLines(message: string, parsed: Extract<ParsedEvent, { kind: "log" }>): readonly string[] {
  const word = parsed.level === undefined || parsed.level === "info" ? "" : `${parsed.level.toUpperCase()} `;
  const fields = tryJson(message.trim());
  if (fields === undefined) return linesOf(word + withoutPrefix(message));
  if (parsed.level === undefined || parsed.message === "") return linesOf(message);
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !told.has(name)));
  const more = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
  return linesOf(word + parsed.message + more);
}

/** `done in 128 ms · 87 of 512 MB · cold start 812 ms`. */
function reportOf(report: ReportEvent): Pick<Line, "tone" | "lines"> {
  const { durationMs, maxMemoryMb, memorySizeMb, initMs, status, errorType } = report;
  const what = status === undefined ? "done" : status === "timeout" ? "timed out" : "failed";
  const full = maxMemoryMb !== undefined && memorySizeMb !== undefined && maxMemoryMb >= 0.95 * memorySizeMb;
  const parts = [
    durationMs === undefined ? what : `${what} ${status === undefined ? "in" : "after"} ${milliseconds(durationMs)}`,
    ...(errorType === undefined ? [] : [errorType]),
    ...(maxMemoryMb === undefined ? [] : [`${maxMemoryMb} of ${memorySizeMb ?? "?"} MB`]),
    ...(initMs === undefined ? [] : [`cold start ${milliseconds(initMs)}`]),
  ];
  return { tone: status !== undefined ? "error" : full ? "warning" : "faint", lines: [parts.join(" · ")] };
}

function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
