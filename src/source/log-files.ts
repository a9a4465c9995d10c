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
  if (isUtf32(head)) {
    return "It is written in UTF-32, which is not read: iconv -f UTF-32 -t UTF-8 makes UTF-8 of it.";
  }
  const wide = wideEncoding(head);
  if (wide === "" && isBinary(head)) return "It is no text: most of its beginning is binary.";
  const decoder = wide === "" ? undefined : new TextDecoder(wide);
  const encoder = new TextEncoder();
  const start = decoder === undefined ? head : encoder.encode(new TextDecoder(wide).decode(head));
  const endsByReturn = !start.includes(lineFeed) && start.includes(carriageReturn);
  let marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  for await (const chunk of chunks) {
    const plain =
      decoder === undefined ? chunk.subarray(marked ? 3 : 0) : encoder.encode(decoder.decode(chunk, { stream: true }));
    takeOutNuls(plain);
    if (endsByReturn && !plain.includes(lineFeed)) endLines(plain);
    take(plain);
    marked = false;
    if (signal.aborted) break;
  }
  return signal.aborted ? "The run was interrupted before its end was read." : undefined;
}

const lineFeed = 10;
const carriageReturn = 13;
/** So many NUL bytes side by side are a hole: what a log that was cut while it was written to begins with. */
const hole = 8;

/** Whether bytes are no text: a third of them, holes apart, are no characters or control something else than lines. */
function isBinary(head: Uint8Array): boolean {
  if (!head.includes(0)) return false;
  const text = new TextDecoder("utf-8").decode(head).replaceAll(new RegExp(`\0{${hole},}`, "g"), "");
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const odd = text.match(/[\0-\u0007\u000e-\u001a\u001c-\u001f\ufffd]/g)?.length ?? 0;
  return odd * 3 > text.length;
}

/** Puts a space for a NUL byte, and line ends for a hole, in place. */
function takeOutNuls(bytes: Uint8Array): void {
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at)) {
    let end = at + 1;
    while (bytes[end] === 0) end += 1;
    bytes.fill(end - at < hole ? 32 : lineFeed, at, end);
    at = end;
  }
}

/** Makes the line ends of old Macs and of progress bars those of everybody else, in place. */
function endLines(bytes: Uint8Array): void {
  for (let at = bytes.indexOf(carriageReturn); at !== -1; at = bytes.indexOf(carriageReturn, at)) bytes[at] = lineFeed;
}

/** UTF-32 by its mark; the one of little-endian begins as that of UTF-16 does. */
function isUtf32(head: Uint8Array): boolean {
  const [first, second, third, fourth] = head;
  return (
    (first === 0xff && second === 0xfe && third === 0 && fourth === 0) ||
    (first === 0 && second === 0 && third === 0xfe && fourth === 0xff)
  );
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
