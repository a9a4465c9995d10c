import * as z from "zod";
import { defineRequest, defineRequestWith, isoTime, value } from "./define.ts";
import type { SmokeHow } from "./smoke.ts";

/** Configuration of a function as the API really invokes it: at its qualifier, layers in order. */
export const lambdaFunction = defineRequest(
  "lambda.function",
  () => z.strictObject({ name: z.string(), qualifier: z.string().optional() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        name: z.string(),
        arn: z.string(),
        version: z.string(),
        packageType: z.enum(["Zip", "Image"]),
        runtime: z.string().optional(),
        handler: z.string().optional(),
        architecture: z.string(),
        role: z.string(),
        timeoutSeconds: z.number(),
        memoryMb: z.number(),
        lastModified: isoTime,
        codeSha256: z.string(),
        /** Bytes of the zipped package. */
        codeSize: z.number(),
        environment: z.record(z.string(), value),
        /** Lambda could not decrypt the environment. */
        environmentError: z.strictObject({ code: z.string(), message: z.string() }).optional(),
        layers: z.array(z.strictObject({ arn: z.string(), codeSize: z.number() })),
        state: z.string().optional(),
        stateReason: z.string().optional(),
        stateReasonCode: z.string().optional(),
        lastUpdateStatus: z.string().optional(),
        lastUpdateStatusReason: z.string().optional(),
        lastUpdateStatusReasonCode: z.string().optional(),
        logGroup: z.string(),
        logFormat: z.enum(["Text", "JSON"]),
        vpcId: z.string().optional(),
        subnetIds: z.array(z.string()).optional(),
        securityGroupIds: z.array(z.string()).optional(),
        /** Whether it may go out by IPv6 from subnets that have both. */
        ipv6Allowed: z.boolean().optional(),
        /** How many of it may run at once, where the function has a share of the account's limit to itself. */
        reservedConcurrency: z.int().optional(),
        /** The URL that libpq's own variables (PGHOST and its like) amount to, where they hold a password too. */
        pgVariables: value.optional(),
        kmsKeyArn: z.string().optional(),
        imageUri: z.string().optional(),
      }),
    ]),
  ["lambda:GetFunction"],
);

/** Where an alias leads: its version, and those that get a share of its requests meanwhile. */
export const lambdaAlias = defineRequest(
  "lambda.alias",
  () => z.strictObject({ name: z.string(), alias: z.string() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        version: z.string(),
        /** Shares between 0 and 1. */
        shifted: z.array(z.strictObject({ version: z.string(), share: z.number() })),
      }),
    ]),
  ["lambda:GetAlias"],
);

/** One layer version: what it is made for, and the hash that names its content. */
export const lambdaLayerVersion = defineRequest(
  "lambda.layer-version",
  () => z.strictObject({ arn: z.string() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        created: isoTime.optional(),
        runtimes: z.array(z.string()),
        architectures: z.array(z.string()),
        codeSha256: z.string(),
        codeSize: z.number(),
      }),
    ]),
  ["lambda:GetLayerVersion"],
);

/** All versions of a layer that the caller may list, newest first. */
export const lambdaLayerVersions = defineRequest(
  "lambda.layer-versions",
  () => z.strictObject({ layerArn: z.string() }),
  () => z.array(z.strictObject({ arn: z.string(), version: z.int(), created: isoTime.optional() })),
  ["lambda:ListLayerVersions"],
);

/** What an invocation needs beside its key: the request that the API would have handed on, and which API that is. */
export interface InvokeHow extends SmokeHow {
  readonly front: "rest" | "http" | "function-url" | "invoke";
  readonly stage: string;
}

/**
 * One invocation of a function without the API in front of it, with the event that the API would have made of the request.
 * It happens only in a run of the smoke test.
 */
export const lambdaInvoke = defineRequestWith<InvokeHow>()(
  "lambda.invoke",
  () => z.strictObject({ name: z.string(), qualifier: z.string().optional(), tool: z.string(), case: z.string() }),
  () =>
    z.strictObject({
      /** Unhandled or Handled, where the function failed. */
      functionError: z.string().optional(),
      /** Secrets masked. JSON is whole, texts of more than 64 KiB in it shortened to that. */
      payload: z.string(),
      payloadTruncated: z.boolean(),
      latencyMs: z.number(),
    }),
  ["lambda:InvokeFunction"],
);
