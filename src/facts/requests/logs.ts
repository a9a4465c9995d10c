import * as z from "zod";
import { defineRequest, defineRequestWith, isoTime } from "./define.ts";

const group = () =>
  z.strictObject({
    /** The events' common shape, with what varies masked. */
    shape: z.string(),
    /** One event, whole, secrets masked. */
    example: z.string(),
    count: z.int().positive(),
    first: isoTime,
    last: isoTime,
    requestIds: z.array(z.string()),
  });

/**
 * Error events of one log group, aggregated by shape. `from` is ISO 8601; the end is the run's start, so that
 * the doctor's own requests are not in it. A recording keeps these aggregates and examples, not the log.
 */
export const logErrors = defineRequest(
  "logs.errors",
  () => z.strictObject({ group: z.string(), functionName: z.string(), from: isoTime, to: isoTime }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        scanned: z.int().nonnegative(),
        /** True when a bound on pages or time stopped the reading. */
        truncated: z.boolean(),
        groups: z.array(group()),
      }),
    ]),
  ["logs:FilterLogEvents"],
);

export interface LogRequestHow {
  /** The Lambda request id, or the API's where the function logs that one. */
  readonly requestIds: readonly string[];
  /** ISO 8601: when the smoke request was sent. */
  readonly sentAt: string;
}

/** The log of one request, after a smoke request: late events are waited for within a bound. */
export const logRequest = defineRequestWith<LogRequestHow>()(
  "logs.request",
  () =>
    z.strictObject({
      group: z.string(),
      functionName: z.string(),
      tool: z.string(),
      case: z.string(),
      attempt: z.int(),
    }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        groups: z.array(group()),
        /** The request's own REPORT, in milliseconds: how long it ran, and how long a cold start took before that. */
        report: z.strictObject({ durationMs: z.number().optional(), initMs: z.number().optional() }).optional(),
      }),
    ]),
  ["logs:FilterLogEvents"],
);
