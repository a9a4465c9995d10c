import * as z from "zod";
import { defineRequest, isoTime } from "./define.ts";

/** Where the key that requests are signed with is to be taken from. A file's path is told to the source alone. */
export const keySource = () =>
  z.discriminatedUnion("from", [
    z.strictObject({ from: z.literal("env"), name: z.string().min(1) }),
    z.strictObject({ from: z.literal("ssm"), name: z.string().min(1) }),
    z.strictObject({ from: z.literal("secrets-manager"), id: z.string().min(1), field: z.string().min(1).optional() }),
    z.strictObject({ from: z.literal("file"), path: z.string().min(1) }),
    z.strictObject({ from: z.literal("stdin") }),
  ]);
export type KeySource = z.infer<ReturnType<typeof keySource>>;

/** What a run of the smoke test was told, beyond what the doctor's few requests take. */
const smokeRun = () =>
  z.strictObject({
    /** False for a run that asks AWS nothing: the API's URL is all that is known of the stack. */
    aws: z.boolean(),
    /** Names of the tools to call; all of them where it is empty. */
    tools: z.array(z.string()),
    /** Names of tools to call although they may write; `all` for every one. */
    include: z.array(z.string()),
    /** How many requests of each tool are measured. */
    repeat: z.int().positive(),
    /** Whether a first request goes before those that are measured. */
    warm: z.boolean(),
    customerId: z.string().optional(),
    ownerUserId: z.string().optional(),
    /** Values of the bodies, by their path: `params.periodDays`. */
    set: z.record(z.string(), z.json()),
    /** Whether wrong signatures are tried. */
    negative: z.boolean(),
    /** Whether a function behind a failing route may be invoked without the API. */
    invoke: z.boolean(),
    /** How long a first success is waited for, in seconds. */
    waitSeconds: z.number().positive().optional(),
    key: keySource().optional(),
  });
export type SmokeRun = z.infer<ReturnType<typeof smokeRun>>;

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
      /** Only in a run of the smoke test itself. */
      smokeRun: smokeRun().optional(),
      /** Of a run that is about the database only: the functions whose databases are meant; all of them where it is empty. */
      databaseRun: z.strictObject({ functions: z.array(z.string()) }).optional(),
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
