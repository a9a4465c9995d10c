import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, gzipSync } from "node:zlib";

/** What an archive may unpack to: a recording of a hundred functions has a few tens of megabytes. */
export interface ArchiveLimits {
  readonly totalBytes: number;
  readonly entryBytes: number;
  readonly entries: number;
}

export const archiveLimits: ArchiveLimits = {
  totalBytes: 256 * 1024 * 1024,
  entryBytes: 64 * 1024 * 1024,
  entries: 5_000,
};

/** Thrown for an archive that cannot be unpacked; `text` is the end of a sentence about it. */
export interface ArchiveFault {
  readonly archiveFault: true;
  readonly text: string;
}

export function isArchiveFault(value: unknown): value is ArchiveFault {
  return typeof value === "object" && value !== null && "archiveFault" in value;
}

const fault = (text: string): ArchiveFault => ({ archiveFault: true, text });

/** Packs texts into a gzipped tar. The same contents and time give the same bytes. */
export async function packArchive(contents: ReadonlyMap<string, string>, at: Date): Promise<Buffer> {
  const { pack } = await import("./tar.ts");
  const tar = pack();
  for (const [name, text] of contents) tar.entry({ name, mode: 0o600, mtime: at }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

/**
 * Unpacks the files for which `wanted` gives a name, within limits. Links, devices and everything else are passed over:
 * nothing is written anywhere.
 * @throws ArchiveFault for what is no archive, is cut off, or unpacks to more than the limits.
 */
export async function unpackArchive(
  bytes: Uint8Array,
  wanted: (name: string) => string | undefined,
  limits: ArchiveLimits = archiveLimits,
): Promise<ReadonlyMap<string, string>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw fault("is not a gzipped archive");
  const { extract } = await import("./tar.ts");
  const contents = new Map<string, string>();
  const tar = extract();
  let total = 0;
  let entries = 0;
  const unpacking = pipeline(
    Readable.from([bytes]),
    createGunzip(),
    async function* bounded(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        total += chunk.length;
        if (total > limits.totalBytes) throw fault("unpacks to more than a recording ever holds");
        yield chunk;
      }
    },
    tar,
  );
  const reading = (async () => {
    for await (const entry of tar) {
      entries += 1;
      if (entries > limits.entries) throw fault("holds more files than a recording ever does");
      const { name, type = "file", size = 0 } = entry.header;
      const key = type === "file" ? wanted(name) : undefined;
      if (key !== undefined && size > limits.entryBytes)
        throw fault(`holds a file of ${size} bytes, more than is read`);
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) if (key !== undefined) chunks.push(chunk);
      if (key !== undefined) contents.set(key, Buffer.concat(chunks).toString("utf8"));
    }
  })();
  const [unpacked, read] = await Promise.allSettled([unpacking, reading]);
  for (const outcome of [read, unpacked]) {
    if (outcome.status === "fulfilled") continue;
    const reason: unknown = outcome.reason;
    if (isArchiveFault(reason)) throw reason;
  }
  if (unpacked.status === "rejected" || read.status === "rejected") throw fault("is cut off or damaged");
  return contents;
}
