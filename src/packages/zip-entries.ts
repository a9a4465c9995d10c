// Entries of a zip directory, parsed as its bytes come in: the parsing hides behind the transfer.
import { crc32 } from "node:zlib";
import { zipTable, type NewEntry } from "./zip-table.ts";
import type { ZipDirectory, ZipLimits, ZipProblem, ZipProblemKind } from "./zip.ts";

export const entrySignature = 0x02014b50;
/** The upper half of code page 437, which a name has when its UTF-8 flag is not set (APPNOTE, appendix D). */
const upperHalf437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

export type DirectoryParser = { push(bytes: Uint8Array): void; finish(): ZipDirectory };

/**
 * Parses `count` entries of a directory at `directoryOffset`; `shift` is what precedes the archive in its file.
 * Bytes are pushed in order, in pieces of any length.
 */
export function directoryParser(
  count: number,
  directoryOffset: number,
  shift: number,
  limits: ZipLimits,
): DirectoryParser {
  const entries = zipTable(Math.min(count, limits.maxEntries));
  const problems: ZipProblem[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let index = 0;
  let stopped = false;
  const stop = (kind: ZipProblemKind, text: string) => {
    problems.push({ kind, text });
    stopped = true;
  };
  return {
    push(piece) {
      if (stopped) return;
      const bytes =
        rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]);
      let at = 0;
      while (index < count && at + 46 <= bytes.length) {
        if (index >= limits.maxEntries) {
          return stop("too-many-entries", `The archive announces ${count} entries; the first ${index} were read.`);
        }
        if (bytes.readUInt32LE(at) !== entrySignature) break;
        const nameLength = bytes.readUInt16LE(at + 28);
        const extraLength = bytes.readUInt16LE(at + 30);
        const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
        if (next > bytes.length) break;
        const entry = parseEntry(bytes, at, nameLength, extraLength, shift);
        if (typeof entry === "string") return stop("entry-damaged", entry);
        report(entry, entries.add(entry), directoryOffset, problems);
        at = next;
        index++;
      }
      rest = bytes.subarray(at);
    },
    finish() {
      if (!stopped && index < count) {
        stop("directory-damaged", `The archive's directory breaks off after ${index} of ${count} entries.`);
      }
      entries.close(directoryOffset);
      return { entries, problems, complete: !stopped };
    },
  };
}

function parseEntry(
  bytes: Buffer,
  at: number,
  nameLength: number,
  extraLength: number,
  shift: number,
): NewEntry | string {
  const flags = bytes.readUInt16LE(at + 8);
  const host = bytes[at + 5];
  const mode = bytes.readUInt16LE(at + 40);
  const { folder, base } = nameOf(bytes, at + 46, nameLength, (flags & 0x800) !== 0);
  // Fields by name: a spread makes objects of another kind, five times as large.
  const entry: NewEntry = {
    folder,
    base,
    // Hosts that store a Unix mode: 3 is Unix, 19 is macOS (APPNOTE 4.4.2).
    mode: (host === 3 || host === 19) && mode !== 0 ? mode : undefined,
    size: bytes.readUInt32LE(at + 24),
    compressedSize: bytes.readUInt32LE(at + 20),
    method: bytes.readUInt16LE(at + 10),
    crc: bytes.readUInt32LE(at + 16),
    offset: bytes.readUInt32LE(at + 42),
    encrypted: (flags & 1) !== 0,
  };
  const extraStart = at + 46 + nameLength;
  if (extraLength >= 4) readExtra(bytes, extraStart, extraStart + extraLength, at + 46, entry);
  entry.offset += shift;
  const tooLarge = Math.max(entry.size, entry.compressedSize, entry.offset) > Number.MAX_SAFE_INTEGER;
  return tooLarge ? "An entry's zip64 sizes are larger than any archive." : entry;
}

/** Fields that replace what the entry's fixed part has no room for: zip64 sizes (1) and a Unicode name (0x7075). */
function readExtra(bytes: Buffer, from: number, to: number, nameAt: number, entry: NewEntry): void {
  for (let field = from; field + 4 <= to;) {
    const id = bytes.readUInt16LE(field);
    const start = field + 4;
    const end = start + bytes.readUInt16LE(field + 2);
    if (end > to) return;
    if (id === 1) {
      let value = start;
      for (const key of ["size", "compressedSize", "offset"] as const) {
        if (entry[key] !== 0xffffffff || value + 8 > end) continue;
        entry[key] = u64(bytes, value);
        value += 8;
      }
    } else if (id === 0x7075 && end - start >= 6 && bytes[start] === 1) {
      if (bytes.readUInt32LE(start + 1) === crc32(bytes.subarray(nameAt, from)) >>> 0) {
        Object.assign(entry, inTwo(bytes.toString("utf8", start + 5, end)));
      }
    }
    field = end;
  }
}

/** Tells what is wrong with an entry; `doubled` says that there was one of its name before. */
function report(entry: NewEntry, doubled: boolean, directoryOffset: number, problems: ZipProblem[]): void {
  const tell = (kind: ZipProblemKind, text: string) => {
    problems.push({ kind, path: entry.folder + entry.base, text });
  };
  if (entry.offset + 30 > directoryOffset) {
    tell("entry-damaged", "The entry's data would lie beyond the archive's directory.");
  }
  if (doubled) tell("duplicate-name", "The archive has this name twice; the last one is unpacked.");
  if (entry.encrypted) tell("entry-encrypted", "The entry is encrypted; Lambda cannot unpack it.");
  else if (entry.method !== 0 && entry.method !== 8) {
    const text = `The entry is compressed with method ${entry.method}; Lambda unpacks stored and deflated entries.`;
    tell("method-unsupported", text);
  }
}

type Name = Pick<NewEntry, "folder" | "base">;

function nameOf(bytes: Buffer, at: number, length: number, isUtf8: boolean): Name {
  const end = at + length;
  let start = at;
  // Nearly every name is ASCII, whichever way it is marked.
  for (let each = at; each < end; each++) {
    const byte = bytes[each] ?? 0;
    if (byte >= 0x80) return inTwo(longName(bytes, at, end, isUtf8));
    if (byte === 0x2f) start = each + 1;
  }
  return { folder: bytes.toString("latin1", at, start), base: bytes.toString("latin1", start, end) };
}

/** A name in two parts; a folder's own entry has an empty base. */
function inTwo(name: string): Name {
  const start = name.lastIndexOf("/") + 1;
  return { folder: name.slice(0, start), base: name.slice(start) };
}

/** A name that is not ASCII alone. */
function longName(bytes: Buffer, from: number, to: number, isUtf8: boolean): string {
  if (isUtf8) return bytes.toString("utf8", from, to);
  const text = bytes.toString("latin1", from, to);
  return text.replaceAll(/[\u0080-\u00ff]/g, (char) => upperHalf437.charAt(char.charCodeAt(0) - 0x80));
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

export function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 0x1_0000_0000;
}
