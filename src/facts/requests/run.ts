import * as z from "zod";
import { defineRequest, isoTime } from "./define.ts";

/** The run itself: its clock, its place and what the user asked for. Recorded, so that a replay judges by the same clock. */
export const runStart = defineRequest(
  "run.start",
  () => z.strictObject({}),
  () =>
    z.strictObject({
      startedAt: isoTime,
      region: z.string(),
      stackName: z.string(),
      profile: z.string().optional(),
      /** True when another endpoint than AWS's own answers. */
      endpointOverride: z.boolean(),
      /** The endpoint that the user gave by a flag: commands that are run by hand need it too. */
      endpointUrl: z.string().optional(),
      /** False with `--no-smoke`. */
      smoke: z.boolean(),
      /** How far back the logs are read, in seconds, where the user said so. */
      sinceSeconds: z.number().positive().optional(),
      /** How the wait for the stack to settle ended, where the user asked for one; it was over before the run began. */
      waited: z
        .strictObject({
          /** Between the first look and the last. */
          seconds: z.number().nonnegative(),
          polls: z.int().positive(),
          /** What had not settled when the time was up: `cs-copilot-backend (UPDATE_IN_PROGRESS)`. */
          pending: z.array(z.string()),
        })
        .optional(),
      /** Base URL of the API, where the user gave one. */
      apiUrl: z.string().optional(),
      /** The part of the project configuration that decides what is asked and how it is judged. */
      configuration: z.json(),
    }),
  [],
);

/** Who asks: account and ARN of the caller. */
export const callerIdentity = defineRequest(
  "sts.identity",
  () => z.strictObject({}),
  () => z.strictObject({ account: z.string(), arn: z.string() }),
  ["sts:GetCallerIdentity"],
);
