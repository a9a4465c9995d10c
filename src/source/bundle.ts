import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { canonicalJson } from "../core/json.ts";
import type { Reply, Source } from "../core/reply.ts";
import { isArchiveFault, unpackArchive } from "./archive.ts";
import { fileReason, readTextFile, sourceUsageError, type SourceUsageError } from "./files.ts";
import {
  definitionOf,
  inventoryFolder,
  inventoryReference,
  manifestFile,
  manifestSchema,
  recordingFormat,
  recordingVersion,
  repliesFile,
  repliesSchema,
  type Manifest,
} from "./recording.ts";

/** A recording that can be asked what the recorded run was answered. */
export interface Bundle {
  readonly source: Source;
  readonly manifest: Manifest;
  readonly durationMs: number;
  /** Requests that the recorded run sent. */
  readonly requests: number;
  readonly repeated: NonNullable<Manifest["repeated"]>;
}

/** Why a recording cannot be read, as one sentence; a usage error. */
export interface BundleError extends SourceUsageError {
  readonly bundle: string;
}

function bundleError(file: string, text: string, hint?: string): BundleError {
  return Object.assign(sourceUsageError(`The recording ${file} ${text}.`, hint), { bundle: file });
}

const maxArchive = 128 * 1024 * 1024;
const maxText = 64 * 1024 * 1024;
const captureHint = "cscp capture makes one";

/**
 * Opens a recording, a folder or a .tgz. All of it is read and checked at once, so that a damaged recording is found
 * before anything is concluded from it. A request that it does not hold is answered with `not-recorded`.
 * @throws BundleError
 */
export async function openBundle(file: string): Promise<Bundle> {
  const read = await reader(file);
  const manifest = readManifest(file, await read(manifestFile));
  const replies = parsed(file, repliesFile, repliesSchema, await read(repliesFile));
  const byKey = new Map<string, Reply<unknown>>();
  for (const { request, reply } of replies) {
    const def = definitionOf(request.kind);
    // A kind of another version of this program answers nothing that this one asks.
    if (def === undefined) continue;
    byKey.set(
      canonicalJson(request),
      reply.status === "ok" ? await checked(request.kind, def.body, reply.body) : reply,
    );
  }

  async function checked(kind: string, schema: z.ZodType, recorded: unknown): Promise<Reply<unknown>> {
    const reference = inventoryReference.safeParse(recorded);
    let body = recorded;
    if (kind === "package.inventory" && reference.success) {
      const name = reference.data.$file;
      if (!inventoryName.test(name)) throw bundleError(file, `is damaged: it refers to a file ${JSON.stringify(name)}`);
      body = json(file, name, await read(name));
    }
    const valid = schema.safeParse(body);
    if (valid.success) return { status: "ok", body: valid.data };
    const [issue] = valid.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw bundleError(file, `does not fit this version of cscp: a reply to ${kind} is not of its form${where}`);
  }

  return {
    source: {
      ask: ({ kind, params }) =>
        Promise.resolve(byKey.get(canonicalJson({ kind, params })) ?? { status: "not-recorded" }),
    },
    manifest,
    durationMs: manifest.durationMs,
    requests: manifest.requests,
    repeated: manifest.repeated ?? { throttled: 0, broken: 0 },
  };
}

const inventoryName = new RegExp(`^${inventoryFolder}/[0-9a-f]{64}\\.json$`);

/** Reads a file of the recording by its name; undefined where there is none. */
type Read = (name: string) => Promise<string | undefined>;

async function reader(file: string): Promise<Read> {
  const found = await stat(file).catch((error: unknown) => {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "is not there"
        : `cannot be read, since ${fileReason(error)}`;
    throw bundleError(file, reason);
  });
  if (found.isDirectory()) return (name) => readTextFile(path.join(file, name), maxText);
  if (found.size > maxArchive) throw bundleError(file, "is larger than a recording ever is");
  const bytes = await readFile(file).catch((error: unknown) => {
    throw bundleError(file, `cannot be read, since ${fileReason(error)}`);
  });
  try {
    const contents = await unpackArchive(bytes, archivedName);
    return (name) => Promise.resolve(contents.get(name));
  } catch (error) {
    if (isArchiveFault(error)) throw bundleError(file, error.text, captureHint);
    throw error;
  }
}

/** The name inside the recording; an archive made of a folder has that folder's name in front. */
function archivedName(name: string): string | undefined {
  const match = /^(?:\.\/)?(?:[^/]+\/)?(manifest\.json|replies\.json|inventories\/[0-9a-f]{64}\.json)$/.exec(name);
  return match?.[1];
}

function readManifest(file: string, text: string | undefined): Manifest {
  if (text === undefined) throw bundleError(file, `is none: it holds no ${manifestFile}`, captureHint);
  const raw = json(file, manifestFile, text);
  const { format, version } = (typeof raw === "object" && raw !== null ? raw : {}) as Partial<Manifest>;
  if (format !== recordingFormat) throw bundleError(file, "was not made by cscp", captureHint);
  if (version !== recordingVersion) {
    const newer = typeof version === "number" && version > recordingVersion;
    throw bundleError(
      file,
      `has the format ${String(version)}, and this version of cscp reads ${recordingVersion}`,
      newer ? "a newer cscp reads it" : "record it again with cscp capture",
    );
  }
  return parsed(file, manifestFile, manifestSchema, text);
}

function json(file: string, name: string, text: string | undefined): unknown {
  if (text === undefined) throw bundleError(file, `is not complete: it holds no ${name}`);
  try {
    return JSON.parse(text);
  } catch {
    throw bundleError(file, `is damaged: its ${name} is no valid JSON`);
  }
}

function parsed<Out>(file: string, name: string, schema: z.ZodType<Out>, text: string | undefined): Out {
  const valid = schema.safeParse(json(file, name, text));
  if (valid.success) return valid.data;
  const [issue] = valid.error.issues;
  throw bundleError(
    file,
    `is damaged: its ${name} is not of the expected form at ${issue?.path.join(".") || "its top"}`,
  );
}
