import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { canonicalJson } from "../core/json.ts";
import type { Reply, Request, Source } from "../core/reply.ts";
import { secretTypes, type SecretType } from "../core/secret.ts";
import { packArchive } from "./archive.ts";
import { makeFolder, requireWritable, sourceUsageError, writeWhole } from "./files.ts";
import { inventoryFileName } from "./inventory-cache.ts";
import {
  definitionOf,
  inventoryFolder,
  manifestFile,
  recordingFormat,
  recordingVersion,
  repliesFile,
  vocabulary,
  type Entry,
  type Manifest,
} from "./recording.ts";
import { marker, type Vault } from "./vault.ts";

/** A source that keeps every reply that passes through it. */
export interface Recorder {
  readonly source: Source;
  /** What was asked and answered so far, each request once. */
  entries(): readonly Entry[];
}

/** Wraps a source so that its replies can be written as a recording. Nothing is written before `writeRecording`. */
export function recorder(source: Source): Recorder {
  const entries = new Map<string, Entry>();
  return {
    source: {
      async ask(request: Request): Promise<Reply<unknown>> {
        const reply = await source.ask(request);
        const { kind, params } = request;
        entries.set(canonicalJson({ kind, params }), { request: { kind, params }, reply });
        return reply;
      },
    },
    entries: () => [...entries.values()],
  };
}

export interface RecordingOptions {
  readonly vault: Vault;
  /** Version of this program. */
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly requests: number;
  readonly repeated?: Manifest["repeated"];
  /** Replaces an earlier recording of the same name. */
  readonly force: boolean;
}

export interface Written {
  readonly replies: number;
  readonly replaced: readonly { readonly what: string; readonly count: number }[];
}

const isArchive = (file: string): boolean => /\.(?:tgz|tar\.gz)$/i.test(file);

/**
 * Writes a recording: an archive where the name ends in `.tgz` or `.tar.gz`, else a folder; readable by its owner only.
 * Every text passes the vault's scrubber once more, since secrets may have become known after a text was read.
 * @throws a usage error when the place is taken or cannot be written, and when a secret would still be in it.
 */
export async function writeRecording(file: string, recording: Recorder, options: RecordingOptions): Promise<Written> {
  const files = recordingFiles(recording.entries(), options);
  await requirePlace(file, options.force);
  if (isArchive(file)) {
    await writeWhole(file, await packArchive(files.contents, new Date(options.startedAt)), 0o600);
  } else {
    await makeFolder(path.join(file, inventoryFolder), 0o700);
    await removeStale(file, files.contents);
    for (const [name, text] of files.contents)
      await writeWhole(path.join(file, name), Buffer.from(text, "utf8"), 0o600);
  }
  return { replies: files.manifest.replies, replaced: files.manifest.replaced };
}

/** The files of a recording, by name, in the order in which they are written. */
export function recordingFiles(
  entries: readonly Entry[],
  { vault, version, startedAt, durationMs, requests, repeated }: Omit<RecordingOptions, "force">,
): { readonly contents: ReadonlyMap<string, string>; readonly manifest: Manifest } {
  const words = vocabulary();
  const scrubbed = entries.map((entry) => scrubEntry(entry, vault, words));
  const contents = new Map<string, string>();
  const replies: Entry[] = [];
  for (const { request, reply } of scrubbed.toSorted(byRequest)) {
    if (request.kind !== "package.inventory" || reply.status !== "ok") {
      replies.push({ request, reply });
      continue;
    }
    const name = `${inventoryFolder}/${inventoryFileName(String(request.params["codeSha256"]))}`;
    contents.set(name, pretty(reply.body));
    replies.push({ request, reply: { status: "ok", body: { $file: name } } });
  }
  contents.set(repliesFile, pretty(replies));
  const manifest: Manifest = {
    format: recordingFormat,
    version: recordingVersion,
    tool: { name: "cscp", version },
    startedAt,
    createdAt: new Date(Date.parse(startedAt) + durationMs).toISOString(),
    durationMs: Math.round(durationMs),
    requests,
    ...(repeated === undefined || repeated.throttled + repeated.broken === 0 ? {} : { repeated }),
    replies: replies.length,
    replaced: replacedIn(scrubbed),
  };
  return { contents: new Map([[manifestFile, pretty(manifest)], ...contents]), manifest };
}

/**
 * Scrubs one reply and makes sure of it: nothing in it may show a secret, and it must still be of its form.
 * @throws a usage error, without which a secret would be written.
 */
function scrubEntry({ request, reply }: Entry, vault: Vault, words: ReadonlySet<string>): Entry {
  const fixed = (text: string): boolean => words.has(text);
  const clean = (value: unknown): unknown => mapTexts(value, (text) => (fixed(text) ? text : vault.scrub(text)));
  const entry: Entry = {
    request: { kind: request.kind, params: clean(request.params) as Entry["request"]["params"] },
    reply: clean(reply) as Reply<unknown>,
  };
  eachText([entry.request.params, entry.reply], (text) => {
    if (!fixed(text) && vault.leaks(text)) {
      throw sourceUsageError(
        `Nothing was written: a secret would be in the reply to ${request.kind} in a form that could not be replaced.`,
      );
    }
  });
  if (entry.reply.status !== "ok") return entry;
  const body = definitionOf(request.kind)?.body.safeParse(entry.reply.body);
  if (body?.success === false) {
    throw sourceUsageError(
      `Nothing was written: without its secrets the reply to ${request.kind} is no longer of its form.`,
    );
  }
  return entry;
}

/** Maps every string of a value, and every key that is not of the vocabulary. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((inner: unknown) => mapTexts(inner, map));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [map(key), mapTexts(inner, map)]));
}

function eachText(value: unknown, see: (text: string) => void): void {
  mapTexts(value, (text) => {
    see(text);
    return text;
  });
}

function byRequest(a: Entry, b: Entry): number {
  const [left, right] = [a, b].map(({ request: { kind, params } }) => `${kind} ${canonicalJson(params)}`);
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

/** Keys in one order, whatever order they were made in, so that two recordings of one state compare. */
function pretty(value: unknown): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

const kinds: Readonly<Record<SecretType, string>> = {
  "database-url": "database URLs",
  password: "passwords",
  key: "keys",
  token: "tokens",
  "presigned-url": "signed addresses",
  value: "other secret values",
};

/** Distinct secrets by what they are, and the marks that stand for secrets inside of texts. */
function replacedIn(entries: readonly Entry[]): Manifest["replaced"] {
  const seen = new Map<SecretType, Set<string>>();
  let marks = 0;
  const walk = (value: unknown): void => {
    if (typeof value === "string") marks += value.split(marker).length - 1;
    if (typeof value !== "object" || value === null) return;
    const { $secret: token } = value as { $secret?: { type: SecretType; fingerprint: string } };
    if (token !== undefined && secretTypes.includes(token.type)) {
      seen.set(token.type, (seen.get(token.type) ?? new Set()).add(token.fingerprint));
      return;
    }
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(entries);
  const counted = secretTypes.flatMap((type) => {
    const count = seen.get(type)?.size ?? 0;
    return count === 0 ? [] : [{ what: kinds[type], count }];
  });
  return marks === 0 ? counted : [...counted, { what: "secrets inside of texts", count: marks }];
}

/**
 * Sees whether a recording may be written there; before a run as well, which is made for nothing else.
 * @throws a usage error when something else is there, or an earlier recording and `force` is not given.
 */
export async function requirePlace(file: string, force: boolean): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (isArchive(file)) {
    // The folder of an archive has to be there; that of other recordings is made.
    if (found === undefined || (found.isFile() && force)) return requireWritable(file);
    throw sourceUsageError(`${file} is already there.`, found.isFile() ? "--force replaces it" : undefined);
  }
  if (found === undefined) return;
  if (!found.isDirectory())
    throw sourceUsageError(`${file} is a file, and a recording without .tgz in its name is a folder.`);
  const names = await readdir(file);
  if (names.length === 0) return;
  // Only what is a recording itself is ever replaced.
  if (!names.includes(manifestFile))
    throw sourceUsageError(`The folder ${file} holds something else than a recording.`);
  if (!force) throw sourceUsageError(`${file} is already there.`, "--force replaces it");
}

async function removeStale(folder: string, contents: ReadonlyMap<string, string>): Promise<void> {
  for (const name of await readdir(path.join(folder, inventoryFolder))) {
    const relative = `${inventoryFolder}/${name}`;
    if (/^[0-9a-f]{64}\.json$/.test(name) && !contents.has(relative)) await rm(path.join(folder, relative));
  }
}
