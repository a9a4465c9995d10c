// The directory of a zip archive, read from its end. A damaged archive gives problems as data; only the transport throws.
import { crc32 } from "node:zlib";
import type { ByteReader } from "./reader.ts";

/** One entry of the archive's directory. Sizes and offsets are in bytes. */
export type ZipEntry = {
  /** As the archive spells it, backslashes and control characters included. */
  name: string;
  /** Unix mode with type bits, or undefined when the archive was made on a system that stores none. */
  mode: number | undefined;
  size: number;
  compressedSize: number;
  /** 0 stored, 8 deflated; others are not read. */
  method: number;
  crc: number;
  /** Where the local header starts. */
  offset: number;
  /** Up to where this entry's header and data may reach: the next header or the directory. */
  end: number;
  encrypted: boolean;
};

export type ZipProblemKind =
  | "not-a-zip"
  | "directory-damaged"
  | "directory-too-large"
  | "too-many-entries"
  | "split-archive"
  | "duplicate-name"
  | "entry-encrypted"
  | "entry-damaged"
  | "entry-too-large"
  | "method-unsupported";

/** Something wrong with the archive or one entry; `text` is a whole sentence. */
export type ZipProblem = { kind: ZipProblemKind; path?: string; text: string };

export type ZipDirectory = {
  /** In the directory's order; of entries with one name all are kept, the last one wins when unpacked. */
  entries: ZipEntry[];
  problems: ZipProblem[];
  /** False when the directory could not be read to its end. */
  complete: boolean;
};

export type ZipLimits = {
  /** How many entries are read from the directory at most. */
  maxEntries: number;
  /** How large the directory may be, in bytes. */
  maxDirectoryBytes: number;
};

/** A Lambda package has at most 250 MB unpacked; these bounds leave room for any that could be deployed. */
export const zipLimits: ZipLimits = { maxEntries: 200_000, maxDirectoryBytes: 64 * 1024 * 1024 };

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const entrySignature = 0x02014b50;
const tailBytes = 22 + 0xffff;
const chunkBytes = 512 * 1024;
/** The upper half of code page 437, which a name has when its UTF-8 flag is not set (APPNOTE, appendix D). */
const upperHalf437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

type Span = { offset: number; bytes: number; count: number };

/**
 * Reads the directory: the archive's tail, then whatever of the directory lies before it, in parallel ranges.
 * Never throws for what the archive holds; rejects only when the reader does.
 */
export async function readZipDirectory(reader: ByteReader, limits: ZipLimits = zipLimits): Promise<ZipDirectory> {
  const fail = (kind: ZipProblemKind, text: string): ZipDirectory => ({
    entries: [],
    problems: [{ kind, text }],
    complete: false,
  });
  if (reader.size < 22) return fail("not-a-zip", `The archive has ${reader.size} bytes, too few for a zip file.`);
  const tailStart = Math.max(0, reader.size - tailBytes - 76);
  const tail = await exactly(reader, tailStart, reader.size - tailStart);
  if (tail === undefined) return fail("not-a-zip", "The archive ended before its announced length.");
  const endAt = findEnd(tail);
  if (endAt < 0) {
    return fail("not-a-zip", "No end-of-directory record was found: this is not a zip file, or its end was cut off.");
  }
  const span = await directorySpan(reader, tail, tailStart, endAt);
  if ("text" in span) return { entries: [], problems: [span], complete: false };
  if (span.bytes > limits.maxDirectoryBytes) {
    return fail("directory-too-large", `The archive's directory claims ${span.bytes} bytes, more than is read.`);
  }
  const endOffset = tailStart + endAt;
  if (span.offset + span.bytes > endOffset) {
    return fail("directory-damaged", "The archive's directory lies beyond its own end record.");
  }
  const fromTail = span.offset >= tailStart;
  let directory = fromTail ? tail.subarray(span.offset - tailStart, span.offset - tailStart + span.bytes) : undefined;
  if (directory === undefined) {
    const missing = await readSpan(reader, span.offset, Math.min(span.bytes, tailStart - span.offset));
    if (missing === undefined) return fail("directory-damaged", "The archive ended inside its directory.");
    const rest = tail.subarray(0, Math.max(0, span.offset + span.bytes - tailStart));
    directory = rest.length === 0 ? missing : joinBytes([missing, rest], span.bytes);
  }
  // A program or script put before the zip shifts every offset; then the directory ends right before its end record.
  let shift = 0;
  if (span.count > 0 && u32(directory, 0) !== entrySignature) {
    const shifted = endOffset - span.bytes;
    const moved = shifted > span.offset ? await exactly(reader, shifted, span.bytes) : undefined;
    if (moved === undefined || u32(moved, 0) !== entrySignature) {
      return fail("directory-damaged", "The archive's directory does not start where its end record says.");
    }
    shift = shifted - span.offset;
    directory = moved;
  }
  return parseDirectory(directory, span.count, span.offset + shift, shift, limits);
}

function findEnd(tail: Uint8Array): number {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || u32(tail, at) !== endSignature) continue;
    if (at + 22 + u16(tail, at + 20) <= tail.length) return at;
  }
  return -1;
}

const damaged = (text: string): ZipProblem => ({ kind: "directory-damaged", text });

async function directorySpan(
  reader: ByteReader,
  tail: Uint8Array,
  tailStart: number,
  endAt: number,
): Promise<Span | ZipProblem> {
  const disk = u16(tail, endAt + 4);
  const span = { count: u16(tail, endAt + 10), bytes: u32(tail, endAt + 12), offset: u32(tail, endAt + 16) };
  const locatorAt = endAt - 20;
  const wants64 = span.count === 0xffff || span.bytes === 0xffffffff || span.offset === 0xffffffff;
  const has64 = locatorAt >= 0 && u32(tail, locatorAt) === locator64Signature;
  if (!wants64 || !has64) {
    if (disk === 0 || disk === 0xffff) return span;
    return { kind: "split-archive", text: "The archive is one part of a split zip file." };
  }
  const recordAt = u64(tail, locatorAt + 8);
  if (recordAt + 56 > tailStart + locatorAt) return damaged("The archive's zip64 record lies beyond its own locator.");
  const record =
    recordAt >= tailStart
      ? tail.subarray(recordAt - tailStart, recordAt - tailStart + 56)
      : await exactly(reader, recordAt, 56);
  if (record === undefined || u32(record, 0) !== end64Signature) {
    return damaged("The archive's zip64 record is not where its locator says.");
  }
  return { count: u64(record, 32), bytes: u64(record, 40), offset: u64(record, 48) };
}

async function readSpan(reader: ByteReader, offset: number, length: number): Promise<Uint8Array | undefined> {
  const parts: Promise<Uint8Array | undefined>[] = [];
  for (let at = 0; at < length; at += chunkBytes) {
    parts.push(exactly(reader, offset + at, Math.min(chunkBytes, length - at)));
  }
  const read = await Promise.all(parts);
  return read.every((part) => part !== undefined) ? joinBytes(read, length) : undefined;
}

function parseDirectory(
  bytes: Uint8Array,
  count: number,
  directoryOffset: number,
  shift: number,
  limits: ZipLimits,
): ZipDirectory {
  const entries: ZipEntry[] = [];
  const problems: ZipProblem[] = [];
  let complete = true;
  const stop = (kind: ZipProblemKind, text: string) => {
    problems.push({ kind, text });
    complete = false;
  };
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (index >= limits.maxEntries) {
      stop("too-many-entries", `The archive announces ${count} entries; the first ${index} were read.`);
      break;
    }
    if (at + 46 > bytes.length || u32(bytes, at) !== entrySignature) {
      stop("directory-damaged", `The archive's directory breaks off after ${index} of ${count} entries.`);
      break;
    }
    const nameLength = u16(bytes, at + 28);
    const extraLength = u16(bytes, at + 30);
    const next = at + 46 + nameLength + extraLength + u16(bytes, at + 32);
    if (next > bytes.length) {
      stop("directory-damaged", `The archive's directory breaks off after ${index} of ${count} entries.`);
      break;
    }
    const entry = parseEntry(bytes, at, nameLength, extraLength, shift);
    if (typeof entry === "string") stop("entry-damaged", entry);
    else if (entry.offset + 30 > directoryOffset) {
      problems.push({
        kind: "entry-damaged",
        path: entry.name,
        text: "The entry's data would lie beyond the archive's directory.",
      });
      entries.push({ ...entry, end: entry.offset });
    } else entries.push(entry);
    at = next;
  }
  closeEntries(entries, directoryOffset);
  reportEntries(entries, problems);
  return { entries, problems, complete };
}

function parseEntry(
  bytes: Uint8Array,
  at: number,
  nameLength: number,
  extraLength: number,
  shift: number,
): ZipEntry | string {
  const flags = u16(bytes, at + 8);
  const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
  let size = u32(bytes, at + 24);
  let compressedSize = u32(bytes, at + 20);
  let offset = u32(bytes, at + 42);
  let name: string | undefined;
  const extraStart = at + 46 + nameLength;
  for (let field = extraStart; field + 4 <= extraStart + extraLength;) {
    const id = u16(bytes, field);
    const length = u16(bytes, field + 2);
    const start = field + 4;
    const end = start + length;
    if (end > extraStart + extraLength) break;
    if (id === 1) {
      let value = start;
      const take = (old: number): number => {
        if (old !== 0xffffffff || value + 8 > end) return old;
        value += 8;
        return u64(bytes, value - 8);
      };
      size = take(size);
      compressedSize = take(compressedSize);
      offset = take(offset);
    } else if (id === 0x7075 && length >= 6 && bytes[start] === 1) {
      if (u32(bytes, start + 1) === crc32(nameBytes) >>> 0) name = utf8(bytes.subarray(start + 5, end));
    }
    field = end;
  }
  if (size > Number.MAX_SAFE_INTEGER || compressedSize > Number.MAX_SAFE_INTEGER || offset > Number.MAX_SAFE_INTEGER) {
    return "An entry's zip64 sizes are larger than any archive.";
  }
  const host = bytes[at + 5];
  const mode = u32(bytes, at + 38) >>> 16;
  return {
    name: name ?? decodeName(nameBytes, (flags & 0x800) !== 0),
    // Hosts that store a Unix mode: 3 is Unix, 19 is macOS (APPNOTE 4.4.2).
    mode: (host === 3 || host === 19) && mode !== 0 ? mode : undefined,
    size,
    compressedSize,
    method: u16(bytes, at + 10),
    crc: u32(bytes, at + 16),
    offset: offset + shift,
    end: 0,
    encrypted: (flags & 1) !== 0,
  };
}

/** An entry's data can reach up to the next local header, whatever its own header says. */
function closeEntries(entries: ZipEntry[], directoryOffset: number): void {
  const inside = entries.filter((entry) => entry.offset < directoryOffset);
  const ordered = inside.every((entry, index) => entry.offset >= (inside[index - 1]?.offset ?? 0));
  const sorted = ordered ? inside : inside.sort((a, b) => a.offset - b.offset);
  for (const [index, entry] of sorted.entries()) {
    let next = index + 1;
    while (sorted[next]?.offset === entry.offset) next++;
    entry.end = Math.min(sorted[next]?.offset ?? directoryOffset, directoryOffset);
  }
}

function reportEntries(entries: ZipEntry[], problems: ZipProblem[]): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    const path = entry.name;
    if (seen.has(path)) {
      problems.push({
        kind: "duplicate-name",
        path,
        text: "The archive has this name twice; the last one is unpacked.",
      });
    }
    seen.add(path);
    if (entry.encrypted) {
      problems.push({ kind: "entry-encrypted", path, text: "The entry is encrypted; Lambda cannot unpack it." });
    } else if (entry.method !== 0 && entry.method !== 8) {
      problems.push({
        kind: "method-unsupported",
        path,
        text: `The entry is compressed with method ${entry.method}; Lambda unpacks stored and deflated entries.`,
      });
    }
  }
}

function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  // Nearly every name is ASCII, whichever way it is marked.
  if (!/[\u0080-\u00ff]/.test(text)) return text;
  if (isUtf8) return utf8(bytes);
  return text.replaceAll(/[\u0080-\u00ff]/g, (char) => upperHalf437.charAt(char.charCodeAt(0) - 0x80));
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function exactly(reader: ByteReader, offset: number, length: number): Promise<Uint8Array | undefined> {
  const bytes = await reader.read(offset, length);
  return bytes.length === length ? bytes : undefined;
}

/** Joins byte runs into one of `length` bytes. */
export function joinBytes(parts: readonly (Uint8Array | undefined)[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (part === undefined) continue;
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 0x1_0000_0000;
}
