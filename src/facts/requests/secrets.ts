import * as z from "zod";
import { defineRequest, defineRequestWith, isoTime, value } from "./define.ts";

/** One SSM parameter, decrypted; its value arrives as a token. A version, where asked for, is a number. */
export const ssmParameter = defineRequest(
  "ssm.parameter",
  () => z.strictObject({ name: z.string(), version: z.string().optional() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false), reason: z.string() }),
      z.strictObject({
        exists: z.literal(true),
        name: z.string(),
        arn: z.string().optional(),
        type: z.string(),
        version: z.int(),
        lastModified: isoTime.optional(),
        value,
      }),
    ]),
  ["ssm:GetParameter"],
);

/** One secret of Secrets Manager; a JSON secret arrives as its fields, each a token or readable text. */
export const secretValue = defineRequest(
  "secretsmanager.secret",
  () =>
    z.strictObject({
      id: z.string(),
      versionStage: z.string().optional(),
      versionId: z.string().optional(),
      /** What is known from elsewhere of the database that it signs in to, by the names of such secrets' fields. */
      parts: z.record(z.string(), z.string()).optional(),
    }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false), reason: z.string() }),
      z.strictObject({
        exists: z.literal(true),
        arn: z.string(),
        name: z.string(),
        /** When the version that was read was made: that is told with its value, and takes no further permission. */
        created: isoTime.optional(),
        value: value.optional(),
        fields: z.record(z.string(), value).optional(),
        /** The database URL that the fields amount to, where they are the parts of one. */
        databaseUrl: value.optional(),
      }),
    ]),
  ["secretsmanager:GetSecretValue"],
);

/** A secret that the user gave to cscp itself, by the first of these environment variables that is set. */
export const callerSecret = defineRequest(
  "caller.secret",
  () => z.strictObject({ names: z.array(z.string()) }),
  () =>
    z.discriminatedUnion("found", [
      z.strictObject({ found: z.literal(false) }),
      z.strictObject({ found: z.literal(true), name: z.string(), value }),
    ]),
  [],
);

/** A key that the user keeps in a file, or hands over on standard input. The file's path is no part of the recording. */
export const callerKey = defineRequestWith<{ readonly path?: string }>()(
  "caller.key",
  () => z.strictObject({ from: z.enum(["file", "stdin"]) }),
  () =>
    z.discriminatedUnion("found", [
      z.strictObject({ found: z.literal(false), reason: z.string() }),
      z.strictObject({ found: z.literal(true), value }),
    ]),
  [],
);
