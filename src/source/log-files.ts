import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { fileReason, sourceUsageError } from "./files.ts";

/** Large enough that the calls for reading cost nothing beside the search, in bytes. */
const chunkSize = 1 << 20;
/** How much of a log's beginning is looked at to see that it is text. */
const headSize = 8_192;

/** Makes sure that every file is there, so that a misspelt name does not pass for a log without failures. */
export async function requireLogFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await stat(file).catch((error: unknown) => error);
    if (found instanceof Error) {
      if ((found as NodeJS.ErrnoException).code !== "ENOENT") continue;
      throw sourceUsageError(`The log file ${file} is not there.`);
    }
    if ((found as { isDirectory(): boolean }).isDirectory()) {
      throw sourceUsageError(`${file} is a folder.`, `name the files in it: ${file.replace(/\/$/, "")}/*`);
    }
  }
}

/**
 * Hands the bytes of a log file to `take`, about 1 MB at a time; the bytes are only good until it returns. Gzipped logs
 * are unpacked and UTF-16 is turned into UTF-8.
 * @returns why not all of it could be read, as one sentence; undefined where it was.
 */
export async function readLogFile(
  file: string,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => void,
): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    return `It could not be opened, since ${fileReason(error)}.`;
  }
  try {
    return await readLog(chunksOf(handle), signal, take);
  } finally {
    await handle.close();
  }
}

/** While a chunk is being searched, the next one is read by another thread. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  let [current, next] = [new Uint8Array(chunkSize), new Uint8Array(chunkSize)];
  let reading = handle.read(current, 0, chunkSize);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = handle.read(next, 0, chunkSize);
      // Awaited only when it is its turn: until then a failure is nobody's.
      reading.catch(() => undefined);
      yield current.subarray(0, bytesRead);
      [current, next] = [next, current];
    }
  } finally {
    await reading.catch(() => undefined);
  }
}

/** As `readLogFile`, for bytes that come from elsewhere, such as standard input. */
export async function readLog(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => void,
): Promise<string | undefined> {
  const chunks = input[Symbol.asyncIterator]();
  try {
    const head = await headOf(chunks);
    const rest = whole(head, chunks);
    if (head[0] === 0x1f && head[1] === 0x8b) {
      // The unpacker reads on while the bytes before are being searched: each chunk must be its own.
      const packed = Readable.from(copies(rest), { objectMode: false });
      const unpacked: AsyncIterable<Uint8Array> = packed.pipe(createGunzip({ chunkSize: 1 << 18 }));
      packed.on("error", (error) => (unpacked as Readable & AsyncIterable<Uint8Array>).destroy(error));
      const inner = unpacked[Symbol.asyncIterator]();
      const innerHead = await headOf(inner);
      return await readText(innerHead, whole(innerHead, inner), signal, take);
    }
    return await readText(head, rest, signal, take);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
    return /^Z_|^ERR_ZLIB/.test(code)
      ? "It is cut off or damaged: only what could be unpacked was read."
      : `Only a part could be read, since ${fileReason(error)}.`;
  } finally {
    await chunks.return?.();
  }
}

async function readText(
  head: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => void,
): Promise<string | undefined> {
  const wide = wideEncoding(head);
  if (wide === "" && head.includes(0)) return "It is no text: its beginning holds NUL bytes.";
  const decoder = wide === "" ? undefined : new TextDecoder(wide);
  const encoder = new TextEncoder();
  let marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  for await (const chunk of chunks) {
    if (decoder !== undefined) take(encoder.encode(decoder.decode(chunk, { stream: true })));
    else take(marked ? chunk.subarray(3) : chunk);
    marked = false;
    if (signal.aborted) break;
  }
  return signal.aborted ? "The run was interrupted before its end was read." : undefined;
}

/** UTF-16 by its mark or, without one, by every second byte of its beginning being 0, as in text of mostly ASCII. */
function wideEncoding(head: Uint8Array): "utf-16le" | "utf-16be" | "" {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 3 && even === 0) return "utf-16le";
  return even > head.length / 3 && odd === 0 ? "utf-16be" : "";
}

/** The first bytes, as many as tell what the log is, where there are that many. */
async function headOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  while (head.length < headSize) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  return head;
}

async function* whole(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) return;
    yield value;
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice();
}
