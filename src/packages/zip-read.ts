// The contents of chosen entries: few ranges for many entries, and no more output than was asked for.
import { constants, crc32, inflateRawSync } from "node:zlib";
import type { ByteReader } from "./reader.ts";
import type { ZipEntry, ZipProblem } from "./zip.ts";

/** An entry to read; with `head`, only about that many of its first bytes (after inflating) are needed. */
export type ZipWant = { entry: ZipEntry; head?: number };

/** What an entry holds. `complete` is false when only a head was read. */
export type EntryBytes = { bytes: Uint8Array; complete: boolean } | { problem: ZipProblem };

export type ReadLimits = {
  /** No entry is inflated beyond this many bytes. */
  maxEntryBytes: number;
  /** Entries with at most this many bytes between them are fetched in one range. */
  gap: number;
  /** No range is longer than this unless one entry alone is. */
  maxRange: number;
};

/** A range costs about 50 ms and a gap of 16 KB about 1 ms at 12.5 MB/s; wider gaps would spend bytes on neighbours. */
export const readLimits: ReadLimits = { maxEntryBytes: 64 * 1024 * 1024, gap: 16 * 1024, maxRange: 2 * 1024 * 1024 };

const localSignature = 0x04034b50;
/** A local header, a long path and the extra fields that common tools write fit in this. */
const headerAllowance = 512;

type Piece = { want: ZipWant; from: number; to: number };

/** How many bytes of the archive a want covers: what is charged against a byte budget. */
export function wantBytes(want: ZipWant): number {
  const span = want.entry.end - want.entry.offset;
  return want.head === undefined ? span : Math.min(span, headerAllowance + want.head);
}

/**
 * Reads the wanted entries and hands each to `take` as its range arrives, so that no more than the ranges under way
 * are held in memory. A damaged entry gives a problem; only the reader's own failure rejects.
 */
export async function readEntries(
  reader: ByteReader,
  wants: readonly ZipWant[],
  take: (entry: ZipEntry, result: EntryBytes) => void,
  limits: ReadLimits = readLimits,
): Promise<void> {
  const pieces: Piece[] = [];
  for (const want of wants) {
    const refusal = refuse(want, limits);
    if (refusal !== undefined) take(want.entry, { problem: refusal });
    else pieces.push({ want, from: want.entry.offset, to: want.entry.offset + wantBytes(want) });
  }
  pieces.sort((a, b) => a.from - b.from);
  const ranges: Piece[][] = [];
  let range: Piece[] = [];
  let rangeEnd = 0;
  for (const piece of pieces) {
    const start = range[0]?.from ?? piece.from;
    if (range.length > 0 && (piece.from - rangeEnd > limits.gap || piece.to - start > limits.maxRange)) {
      ranges.push(range);
      range = [];
      rangeEnd = 0;
    }
    range.push(piece);
    rangeEnd = Math.max(rangeEnd, piece.to);
  }
  if (range.length > 0) ranges.push(range);
  await Promise.all(
    ranges.map(async (group) => {
      const from = group[0]?.from ?? 0;
      const to = Math.max(...group.map((piece) => piece.to));
      const bytes = await reader.read(from, to - from);
      for (const piece of group) {
        const slice = bytes.subarray(piece.from - from, piece.to - from);
        take(piece.want.entry, unpack(piece.want, slice));
      }
    }),
  );
}

function refuse({ entry, head }: ZipWant, limits: ReadLimits): ZipProblem | undefined {
  const path = entry.name;
  if (entry.encrypted) {
    return { kind: "entry-encrypted", path, text: "The entry is encrypted; Lambda cannot unpack it." };
  }
  if (entry.method !== 0 && entry.method !== 8) {
    const text = `The entry is compressed with method ${entry.method}; Lambda unpacks stored and deflated entries.`;
    return { kind: "method-unsupported", path, text };
  }
  if (entry.end - entry.offset < 30) {
    return { kind: "entry-damaged", path, text: "The entry's data would lie beyond the archive's directory." };
  }
  if (head === undefined && entry.size > limits.maxEntryBytes) {
    const text = `The entry unpacks to ${entry.size} bytes, more than is read.`;
    return { kind: "entry-too-large", path, text };
  }
  return undefined;
}

/** The content of one entry from the bytes that start at its local header. */
function unpack({ entry, head }: ZipWant, bytes: Uint8Array): EntryBytes {
  const damaged = (text: string): EntryBytes => ({ problem: { kind: "entry-damaged", path: entry.name, text } });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 30 || view.getUint32(0, true) !== localSignature) {
    return damaged("The entry's local header is missing: the archive is cut off or damaged.");
  }
  const start = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const whole = bytes.length >= start + entry.compressedSize;
  if (!whole && head === undefined) return damaged("The entry's data is cut off.");
  const data = bytes.subarray(start, start + entry.compressedSize);
  if (entry.method === 0) {
    if (whole && entry.size !== entry.compressedSize) return damaged("The entry is stored, yet its two sizes differ.");
    return check(entry, data, whole, damaged);
  }
  // Deflate expands at most 1032 times, which bounds what a head can become; a whole entry may not exceed its own size.
  const limit = whole ? entry.size + 1 : data.length * 1032 + 1;
  try {
    const options = { maxOutputLength: Math.max(1, limit), finishFlush: constants.Z_SYNC_FLUSH };
    return check(
      entry,
      inflateRawSync(data, whole ? { maxOutputLength: options.maxOutputLength } : options),
      whole,
      damaged,
    );
  } catch (error) {
    if (error instanceof RangeError)
      return damaged(`The entry unpacks to more than the ${entry.size} bytes it announces.`);
    return damaged("The entry's compressed data is damaged.");
  }
}

function check(entry: ZipEntry, bytes: Uint8Array, whole: boolean, damaged: (text: string) => EntryBytes): EntryBytes {
  if (!whole) return { bytes, complete: false };
  if (bytes.length !== entry.size) {
    return damaged(`The entry unpacks to ${bytes.length} bytes, not to the ${entry.size} it announces.`);
  }
  if (crc32(bytes) >>> 0 !== entry.crc) return damaged("The entry's content does not match its checksum.");
  return { bytes, complete: true };
}
