import { createHash } from "node:crypto";
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ByteReader } from "../../packages/reader.ts";
import type { requestAgents } from "../agents.ts";
import { coded } from "./database-stages.ts";
import { isHash } from "../stand-in-hash.ts";

/** A package to read where it lies: the presigned address and what Lambda says of its size and hash. */
export interface PackageAddress {
  readonly url: string;
  /** Bytes, by the function's CodeSize; 0 where it is not known. */
  readonly size: number;
  /** SHA-256 in base64. */
  readonly codeSha256: string;
}

export interface PackageReader extends ByteReader {
  close(): Promise<void>;
}

interface Fetching {
  readonly agents: Awaited<ReturnType<typeof requestAgents>>;
  readonly signal: AbortSignal;
  /** Called for each request sent. */
  count(): void;
}

/** What a zip's directory is looked for in: the end record, its comment at its longest, and the records before it. */
const tailBytes = 22 + 0xffff + 76;
/** One range, in milliseconds; a stalled connection is tried again. */
const rangeLimitMs = 30_000;
const maxTries = 3;
const maxRedirects = 2;
/** Lambda takes packages of 250 MB unpacked; a zip is hardly ever larger than what is in it. */
const maxDownload = 300 * 1024 * 1024;
/** A whole download larger than this goes to a temporary file. */
const maxInMemory = 48 * 1024 * 1024;

/**
 * Opens a package for reading by ranges. The first request asks for the archive's tail, which also tells whether ranges
 * are served and of what size the whole is; otherwise the package is downloaded once, and its hash compared.
 * @throws an error with a code: URL_EXPIRED, PACKAGE_CHANGED, PACKAGE_TOO_LARGE, HTTP_<status>, or the socket's own.
 */
export async function openPackage(address: PackageAddress, fetching: Fetching): Promise<PackageReader> {
  return (await openRanges(address, fetching)) ?? wholePackage(address, fetching);
}

/** The same for a package whose store serves ranges; undefined for any other. Such a reader need not be closed. */
export async function openRanges(address: PackageAddress, fetching: Fetching): Promise<PackageReader | undefined> {
  const tail = await retried(() => tailOf(address, fetching), fetching.signal);
  return tail === undefined ? undefined : rangeReader(address.url, tail.size, tail, fetching);
}

/** The end of the archive; undefined where the store serves no ranges, or another archive than the one that is meant. */
async function tailOf(address: PackageAddress, fetching: Fetching) {
  const response = await get(address.url, `bytes=-${tailBytes}`, fetching);
  const total = totalOf(response);
  if (response.statusCode === 206 && total !== undefined && (address.size === 0 || total.size === address.size)) {
    const bytes = await collect(response, tailBytes);
    if (bytes.length === total.end - total.start + 1) return { from: total.start, size: total.size, bytes };
  }
  response.destroy();
  return undefined;
}

function rangeReader(
  url: string,
  size: number,
  tail: { readonly from: number; readonly bytes: Buffer },
  fetching: Fetching,
): PackageReader {
  async function once(offset: number, length: number): Promise<Buffer> {
    const response = await get(url, `bytes=${offset}-${offset + length - 1}`, fetching);
    const total = totalOf(response);
    if (response.statusCode !== 206 || total === undefined || total.start !== offset || total.size !== size) {
      response.destroy();
      throw coded("PACKAGE_CHANGED", "The package changed, or its store stopped serving ranges, while it was read.");
    }
    const bytes = await collect(response, length);
    if (bytes.length < length) throw coded("ECONNRESET", "The connection to the package's store broke.");
    return bytes;
  }
  return {
    size,
    async read(offset, length) {
      const wanted = Math.min(length, size - offset);
      if (wanted <= 0) return new Uint8Array();
      if (offset >= tail.from) return tail.bytes.subarray(offset - tail.from, offset - tail.from + wanted);
      return retried(() => once(offset, wanted), fetching.signal);
    },
    close: () => Promise.resolve(),
  };
}

async function retried<Out>(work: () => Promise<Out>, signal: AbortSignal): Promise<Out> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      const broken = code === undefined || /^(?:ECONN|EPIPE|ETIMEDOUT|HTTP_5|EAI_AGAIN|ABORT_ERR)/.test(code);
      if (tries >= maxTries || signal.aborted || !broken) throw error;
      // A store that closed its idle connections closed several: a moment later none of them is taken for open any more.
      await setTimeout(100 * 2 ** tries, undefined, { signal });
    }
  }
}

function totalOf(response: IncomingMessage): { start: number; end: number; size: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers["content-range"] ?? "");
  return match === null ? undefined : { start: Number(match[1]), end: Number(match[2]), size: Number(match[3]) };
}

/** A GET: the address is signed for this method, so nothing is asked with HEAD. */
async function get(
  url: string,
  range: string | undefined,
  fetching: Fetching,
  redirects = 0,
): Promise<IncomingMessage> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const { request } = await (secure ? import("node:https") : import("node:http"));
  fetching.count();
  const limit = AbortSignal.timeout(rangeLimitMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = request(
      target,
      {
        agent: secure ? fetching.agents.httpsAgent : fetching.agents.httpAgent,
        signal: AbortSignal.any(range === undefined ? [fetching.signal] : [fetching.signal, limit]),
        headers: { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) },
      },
      resolve,
    );
    sending.on("error", (error) =>
      reject(
        limit.aborted && !fetching.signal.aborted
          ? coded("ETIMEDOUT", "The package's store did not answer in time.")
          : error,
      ),
    );
    sending.end();
  });
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (status >= 300 && status < 400 && location !== undefined && redirects < maxRedirects) {
    response.destroy();
    return get(new URL(location, target).href, range, fetching, redirects + 1);
  }
  if (status === 200 || status === 206) return response;
  response.destroy();
  // S3 answers 403 for an address that is no longer valid, whichever part of it is to blame.
  if (status === 403 || status === 400) throw coded("URL_EXPIRED", "The package's address is no longer valid.");
  throw coded(`HTTP_${status}`, `The package's store answered with HTTP ${status}.`);
}

async function collect(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks, Math.min(size, limit));
}

async function wholePackage(address: PackageAddress, fetching: Fetching): Promise<PackageReader> {
  if (address.size > maxDownload) throw tooLarge();
  const response = await get(address.url, undefined, fetching);
  const hash = createHash("sha256");
  const announced = address.size || Number(response.headers["content-length"] ?? 0);
  const file = announced > maxInMemory || announced === 0 ? await temporaryFile() : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxDownload) throw tooLarge();
      hash.update(chunk);
      if (file === undefined) chunks.push(chunk);
      else await file.handle.write(chunk);
    }
    if (isHash(address.codeSha256) && hash.digest("base64") !== address.codeSha256) {
      throw coded("PACKAGE_CHANGED", "What was downloaded is not the package that the function runs.");
    }
  } catch (error) {
    await file?.remove();
    throw error;
  }
  if (file === undefined) {
    const bytes = Buffer.concat(chunks, size);
    return {
      size,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: file.remove,
  };
}

function tooLarge(): Error {
  return coded(
    "PACKAGE_TOO_LARGE",
    `The package is larger than ${maxDownload / 1024 / 1024} MB and its store serves no ranges.`,
  );
}

async function temporaryFile(): Promise<{ handle: FileHandle; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "cscp-"));
  const handle = await open(path.join(folder, "package.zip"), "wx+", 0o600);
  return {
    handle,
    remove: async () => {
      await handle.close().catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
