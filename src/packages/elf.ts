// Linux libraries: what the dynamic loader reads before it runs anything, from the program headers (sections may be stripped).
import type { ElfFacts } from "../facts/inventory.ts";

const machines: Record<number, string> = { 3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64" };
const types: Record<number, ElfFacts["type"]> = { 1: "relocatable", 2: "executable", 3: "shared", 4: "core" };

type Segment = { type: number; offset: number; address: number; fileSize: number };

/**
 * Reads an ELF file from its first bytes. `fileSize` is the whole file's length, `bytes` may be a head of it;
 * what lies beyond the head is left out and `partial` is set. Returns undefined when the magic is not ELF's.
 */
export function parseElf(bytes: Uint8Array, fileSize: number): ElfFacts | undefined {
  if (bytes.length < 16 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    return undefined;
  }
  const little = bytes[5] === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bits = bytes[4] === 1 ? 32 : 64;
  const facts: ElfFacts = {
    format: "elf",
    size: fileSize,
    bits,
    machine: bytes.length >= 20 ? machineName(view.getUint16(18, little)) : "unknown",
    type: (bytes.length >= 20 ? types[view.getUint16(16, little)] : undefined) ?? "other",
    needed: [],
    versions: [],
    inits: [],
  };
  if (!little) facts.bigEndian = true;
  // Files for other word sizes and byte orders are refused by the loader at this point; nothing further matters.
  if (bits !== 64 || !little || bytes.length < 64) return bytes.length < 64 ? { ...facts, headerOnly: true } : facts;
  const segments = readSegments(view, bytes.length);
  if (segments === undefined) {
    if (bytes.length >= fileSize) facts.unreadable = "its program headers lie beyond its end";
    else facts.partial = true;
    return facts;
  }
  const loads = segments.filter((segment) => segment.type === 1);
  if (loads.length === 0) facts.unreadable = "it has no loadable segment";
  const mustReach = Math.max(0, ...segments.map((segment) => segment.offset + segment.fileSize));
  if (mustReach > fileSize) facts.missingBytes = mustReach - fileSize;
  const dynamic = segments.find((segment) => segment.type === 2);
  if (dynamic !== undefined) readDynamic(view, bytes, fileSize, dynamic, loads, facts);
  return facts;
}

function machineName(code: number): string {
  return machines[code] ?? `machine ${code}`;
}

function readSegments(view: DataView, length: number): Segment[] | undefined {
  const at = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (size < 56 || at + size * count > length) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const entry = at + index * size;
    return {
      type: view.getUint32(entry, true),
      offset: Number(view.getBigUint64(entry + 8, true)),
      address: Number(view.getBigUint64(entry + 16, true)),
      fileSize: Number(view.getBigUint64(entry + 32, true)),
    };
  });
}

function readDynamic(
  view: DataView,
  bytes: Uint8Array,
  fileSize: number,
  dynamic: Segment,
  loads: readonly Segment[],
  facts: ElfFacts,
): void {
  const beyond = (end: number): boolean => {
    if (end <= bytes.length) return false;
    if (bytes.length < fileSize) facts.partial = true;
    return true;
  };
  if (beyond(dynamic.offset + dynamic.fileSize)) return;
  const tags = new Map<number, number>();
  const needed: number[] = [];
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.fileSize; at += 16) {
    const tag = Number(view.getBigInt64(at, true));
    const value = Number(view.getBigUint64(at + 8, true));
    if (tag === 0) break;
    if (tag === 1) needed.push(value);
    else tags.set(tag, value);
  }
  const toOffset = (address: number | undefined): number | undefined => {
    if (address === undefined) return undefined;
    const load = loads.find((part) => address >= part.address && address < part.address + part.fileSize);
    return load === undefined ? undefined : address - load.address + load.offset;
  };
  const strings = toOffset(tags.get(5));
  const stringBytes = tags.get(10) ?? 0;
  if (strings === undefined || beyond(strings + stringBytes)) return;
  const table = Buffer.from(bytes.buffer, bytes.byteOffset + strings, stringBytes);
  const text = (at: number | undefined): string | undefined => {
    if (at === undefined || at >= table.length) return undefined;
    const end = table.indexOf(0, at);
    return table.toString("latin1", at, end < 0 ? table.length : end);
  };
  facts.needed = needed.map(text).filter((name) => name !== undefined);
  const soname = text(tags.get(14));
  if (soname !== undefined) facts.soname = soname;
  const rpath = text(tags.get(15));
  if (rpath !== undefined) facts.rpath = rpath.split(":");
  const runpath = text(tags.get(29));
  if (runpath !== undefined) facts.runpath = runpath.split(":");
  facts.inits = initNames(table);
  const versions = toOffset(tags.get(0x6ffffffe));
  if (versions !== undefined && !beyond(versions + 16)) {
    facts.versions = readVersions(view, versions, tags.get(0x6fffffff) ?? 0, text);
  }
}

/** The module names that the file exports an initialiser for, from its symbol names. */
function initNames(table: Buffer): string[] {
  const names: string[] = [];
  for (let at = table.indexOf("PyInit"); at >= 0; at = table.indexOf("PyInit", at + 6)) {
    if (at > 0 && table[at - 1] !== 0) continue;
    const end = table.indexOf(0, at);
    const match = /^PyInitU?_(.+)$/.exec(table.toString("latin1", at, end < 0 ? table.length : end));
    if (match?.[1] !== undefined) names.push(match[1]);
  }
  return names;
}

/** The version needs in the file's own order, which is the order in which the loader complains. */
function readVersions(
  view: DataView,
  start: number,
  count: number,
  text: (at: number) => string | undefined,
): ElfFacts["versions"] {
  const found: ElfFacts["versions"] = [];
  let at = start;
  for (let index = 0; index < Math.min(count, 1000) && at + 16 <= view.byteLength; index++) {
    const names: string[] = [];
    let aux = at + view.getUint32(at + 8, true);
    for (let each = 0; each < view.getUint16(at + 2, true) && aux + 16 <= view.byteLength; each++) {
      const name = text(view.getUint32(aux + 8, true));
      // A weak need (flag 2) that is not met is only a warning.
      if (name !== undefined && (view.getUint16(aux + 4, true) & 2) === 0) names.push(name);
      aux += view.getUint32(aux + 12, true);
    }
    const library = text(view.getUint32(at + 4, true));
    if (library !== undefined) found.push({ library, names });
    const next = view.getUint32(at + 12, true);
    if (next === 0) break;
    at += next;
  }
  return found;
}
