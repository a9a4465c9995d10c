import * as z from "zod";
import type { SecretToken } from "../../core/secret.ts";
import { defineRequestWith, isoTime } from "./define.ts";

export interface SmokeHow {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent and signed byte for byte. */
  readonly body?: string;
  /** The signing scheme, as the project's configuration holds it. */
  readonly signing: unknown;
  /** Token of the key; the source's vault holds the literal. Absent where there is none to sign with. */
  readonly key?: SecretToken;
  readonly timeoutMs: number;
  /** Milliseconds to let pass before it is sent, where it was sent before and may fare better now. */
  readonly afterMs?: number;
  /** Sign with AWS credentials, beside the scheme. */
  readonly iam?: true;
  /** Sign so that the API must refuse it: with another key, or with a time that is long past. */
  readonly spoil?: "wrong-signature" | "stale-timestamp";
}

/**
 * One request to a tool of the API. What is sent follows from the tool, the case and the configuration; signature and
 * time stamp are made when it is sent and are part of no key.
 */
export const smokeRequest = defineRequestWith<SmokeHow>()(
  "smoke",
  () => z.strictObject({ tool: z.string(), case: z.string(), attempt: z.int().positive() }),
  () =>
    z.discriminatedUnion("answered", [
      z.strictObject({
        answered: z.literal(true),
        status: z.int(),
        /** Lower-case names; only those that say something about gateway, request or clock. */
        headers: z.record(z.string(), z.string()),
        /** Secrets masked. JSON is whole, texts of more than 64 KiB in it shortened to that; of anything else 64 KiB are here. */
        body: z.string(),
        /** More came than is read, so that nobody knows what the whole says. */
        bodyTruncated: z.boolean(),
        sentAt: isoTime,
        latencyMs: z.number(),
        /** How the request was signed: the scheme's name and where its key came from, or why there was none. */
        signedWith: z.string(),
      }),
      z.strictObject({
        answered: z.literal(false),
        /** ETIMEDOUT, ECONNREFUSED, ENOTFOUND, CERT_..., NO_URL, NO_SECRET. */
        code: z.string(),
        message: z.string(),
        sentAt: isoTime,
        latencyMs: z.number(),
      }),
    ]),
  [],
);
