// The directory of a zip archive, read from its end. A damaged archive gives problems as data; only the transport throws.
import type { ByteReader } from "./reader.ts";
import { directoryParser, entrySignature, u16, u32, u64 } from "./zip-entries.ts";
import { zipTable, type ZipEntries } from "./zip-table.ts";

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
  entries: ZipEntries;
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
const tailBytes = 22 + 0xffff;
const chunkBytes = 512 * 1024;

type Span = { offset: number; bytes: number; count: number };

/**
 * Reads the directory: the archive's tail, then whatever of the directory lies before it, in parallel ranges.
 * Never throws for what the archive holds; rejects only when the reader does.
 */
export async function readZipDirectory(reader: ByteReader, limits: ZipLimits = zipLimits): Promise<ZipDirectory> {
  const fail = (kind: ZipProblemKind, text: string): ZipDirectory => ({
    entries: zipTable(0),
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
  if ("text" in span) return { entries: zipTable(0), problems: [span], complete: false };
  if (span.bytes > limits.maxDirectoryBytes) {
    return fail("directory-too-large", `The archive's directory claims ${span.bytes} bytes, more than is read.`);
  }
  const endOffset = tailStart + endAt;
  if (span.offset + span.bytes > endOffset) {
    return fail("directory-damaged", "The archive's directory lies beyond its own end record.");
  }
  const pieces = readPieces(reader, span, tail, tailStart);
  let parser = directoryParser(span.count, span.offset, 0, limits);
  for (const [index, promise] of pieces.entries()) {
    const piece = await promise;
    if (piece === undefined) return fail("directory-damaged", "The archive ended inside its directory.");
    if (index === 0 && span.count > 0 && u32(piece, 0) !== entrySignature) {
      // A program or script put before the zip shifts every offset; then the directory ends right before its end record.
      const shifted = endOffset - span.bytes;
      const moved = shifted > span.offset ? await exactly(reader, shifted, span.bytes) : undefined;
      if (moved === undefined || u32(moved, 0) !== entrySignature) {
        return fail("directory-damaged", "The archive's directory does not start where its end record says.");
      }
      parser = directoryParser(span.count, shifted, shifted - span.offset, limits);
      parser.push(moved);
      break;
    }
    parser.push(piece);
  }
  return parser.finish();
}

/** The directory's bytes in order: in ranges asked for at once, and what of it the tail holds. */
function readPieces(
  reader: ByteReader,
  span: Span,
  tail: Uint8Array,
  tailStart: number,
): Promise<Uint8Array | undefined>[] {
  const end = span.offset + span.bytes;
  const pieces: Promise<Uint8Array | undefined>[] = [];
  for (let at = span.offset; at < Math.min(end, tailStart); at += chunkBytes) {
    pieces.push(exactly(reader, at, Math.min(chunkBytes, end - at, tailStart - at)));
  }
  if (end > tailStart) {
    pieces.push(Promise.resolve(tail.subarray(Math.max(0, span.offset - tailStart), end - tailStart)));
  }
  // They are awaited in order: a later one may fail before its turn comes.
  for (const piece of pieces) piece.catch(() => undefined);
  return pieces;
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

async function exactly(reader: ByteReader, offset: number, length: number): Promise<Uint8Array | undefined> {
  const bytes = await reader.read(offset, length);
  return bytes.length === length ? bytes : undefined;
}
