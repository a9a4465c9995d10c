import * as z from "zod";
import { defineRequestWith, isoTime } from "./define.ts";

/** The polls of one run count from 1, so that each has a key of its own and a recording holds them all. */
const poll = () => z.int().positive();

export interface PollHow {
  /** Milliseconds to let pass before asking. */
  readonly afterMs: number;
}

/** The status of a stack while a run waits for it to settle. */
export const stackStatus = defineRequestWith<PollHow>()(
  "cfn.status",
  () => z.strictObject({ stack: z.string(), poll: poll() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({ exists: z.literal(true), status: z.string(), updated: isoTime.optional() }),
    ]),
  ["cloudformation:DescribeStacks"],
);

/** The state of a function while a run waits for it to settle. */
export const functionState = defineRequestWith<PollHow>()(
  "lambda.state",
  () => z.strictObject({ name: z.string(), poll: poll() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({ exists: z.literal(true), state: z.string(), lastUpdateStatus: z.string() }),
    ]),
  ["lambda:GetFunction"],
);
