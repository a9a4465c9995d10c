// The kinds of log events.
import type { Level } from "./text.ts";

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
