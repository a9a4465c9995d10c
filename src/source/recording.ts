import * as z from "zod";
import type { Reply, Request } from "../core/reply.ts";
import { requests, type AnyRequestDef } from "../facts/requests/index.ts";

/** What a recording's manifest says it is. */
export const recordingFormat = "cscp-recording";
/** Raised whenever older recordings can no longer be read. */
export const recordingVersion = 1;

/** Files of a recording, whether a folder or an archive. */
export const manifestFile = "manifest.json";
export const repliesFile = "replies.json";
export const inventoryFolder = "inventories";

export const manifestSchema = z.object({
  format: z.literal(recordingFormat),
  version: z.int(),
  tool: z.object({ name: z.string(), version: z.string() }),
  /** ISO 8601. */
  startedAt: z.string(),
  createdAt: z.string(),
  durationMs: z.number(),
  /** Requests that the recorded run sent, retries included. */
  requests: z.int(),
  /** Calls that had to be sent again; absent where none was. */
  repeated: z.object({ throttled: z.int(), broken: z.int() }).optional(),
  replies: z.int(),
  /** What was replaced by tokens and marks, and how often. */
  replaced: z.array(z.object({ what: z.string(), count: z.int() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** One request with its reply. The body of an inventory is a reference to a file of its own. */
export interface Entry {
  readonly request: Request;
  readonly reply: Reply<unknown>;
}

const requestSchema = z.object({ kind: z.string(), params: z.record(z.string(), z.json()) });
const replySchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ok"), body: z.unknown() }),
  z.object({ status: z.literal("denied"), action: z.string(), message: z.string() }),
  z.object({ status: z.literal("failed"), code: z.string(), message: z.string() }),
  z.object({ status: z.literal("not-recorded") }),
]);
export const repliesSchema = z.array(z.object({ request: requestSchema, reply: replySchema }));

/** In place of an inventory's body: the file that holds it. */
export const inventoryReference = z.strictObject({ $file: z.string() });

const byKind = new Map<string, AnyRequestDef>(Object.values(requests).map((def) => [def.kind, def as AnyRequestDef]));

/** The definition of a kind of request; undefined for one of another version of this program. */
export function definitionOf(kind: string): AnyRequestDef | undefined {
  return byKind.get(kind);
}

/**
 * Every word that the forms of requests and replies are themselves made of: names of fields and fixed values. They are
 * the same in every recording, so that a secret which happens to be such a word is not given away by it.
 */
export function vocabulary(): ReadonlySet<string> {
  const words = new Set([
    "kind",
    "params",
    "request",
    "reply",
    "status",
    "ok",
    "denied",
    "failed",
    "body",
    "action",
    "code",
    "message",
    "$file",
  ]);
  const walk = (schema: unknown): void => {
    if (Array.isArray(schema)) for (const inner of schema) walk(inner);
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return;
    const fields = schema as Readonly<Record<string, unknown>>;
    for (const name of Object.keys((fields["properties"] ?? {}) as object)) words.add(name);
    for (const fixed of [fields["const"], ...((fields["enum"] as unknown[] | undefined) ?? [])]) {
      if (typeof fixed === "string") words.add(fixed);
    }
    for (const inner of Object.values(fields)) walk(inner);
  };
  for (const def of byKind.values()) {
    words.add(def.kind);
    for (const schema of [def.params, def.body]) walk(z.toJSONSchema(schema, { unrepresentable: "any" }));
  }
  return words;
}
