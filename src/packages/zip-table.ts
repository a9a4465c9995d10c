// The entries of a directory in columns: as objects those of a large layer would take most of what reading it needs.
import type { ZipEntry } from "./zip.ts";

/** Entries in the directory's order. They are made anew whenever they are asked for. */
export type ZipEntries = Iterable<ZipEntry> & {
  readonly length: number;
  at(index: number): ZipEntry;
  /** The two parts of a name: up to its last slash, that included, and the rest. */
  folder(index: number): string;
  base(index: number): string;
  /** Length when unpacked. */
  size(index: number): number;
  mode(index: number): number | undefined;
  /** The last entry of a name, which is the one that stays when the archive is unpacked. */
  last(folder: string, base: string): number | undefined;
};

/** What an entry has but its `end`; its name is in two parts, the first ends in a slash or is empty. */
export type NewEntry = Omit<ZipEntry, "name" | "end"> & { folder: string; base: string };

export type ZipTable = ZipEntries & {
  /** Adds an entry; true when there was one of its name. */
  add(entry: NewEntry): boolean;
  /** Says of every entry how far its data may reach; the directory lies at `directoryOffset`. */
  close(directoryOffset: number): void;
};

const numbersEach = 4;
const [sizeAt, compressedAt, offsetAt, endAt] = [0, 1, 2, 3];

/** FNV-1a over the characters of a text, from the hash of what stands before it. */
function hashed(text: string, from: number): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** A table for at most `capacity` entries. */
export function zipTable(capacity: number): ZipTable {
  const numbers = new Float64Array(capacity * numbersEach);
  const sums = new Uint32Array(capacity);
  const modes = new Uint16Array(capacity);
  const methods = new Uint16Array(capacity);
  const encrypted = new Uint8Array(capacity);
  const bases: string[] = [];
  const folders: string[] = [];
  const folderIds = new Map<string, number>();
  const folderOf = new Uint32Array(capacity);
  // Entries by name, with open addresses: a Map of as many names would take several times as much.
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * capacity + 2)));
  const number = (index: number, which: number): number => numbers[index * numbersEach + which] ?? 0;
  // No entry has the mode 0: it stands for none.
  const modeOf = (index: number): number | undefined => (modes[index] === 0 ? undefined : modes[index]);
  const folder = (index: number): string => folders[folderOf[index] ?? 0] ?? "";
  const base = (index: number): string => bases[index] ?? "";
  /** Where an entry of the name is, or would be. */
  const slotOf = (id: number, name: string): number => {
    let slot = hashed(name, Math.imul(id + 1, 0x9e3779b1)) & (slots.length - 1);
    for (let held = slots[slot] ?? 0; held !== 0; held = slots[slot] ?? 0) {
      if (folderOf[held - 1] === id && bases[held - 1] === name) break;
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  };
  const at = (index: number): ZipEntry => ({
    name: folder(index) + base(index),
    mode: modeOf(index),
    size: number(index, sizeAt),
    compressedSize: number(index, compressedAt),
    method: methods[index] ?? 0,
    crc: sums[index] ?? 0,
    offset: number(index, offsetAt),
    end: number(index, endAt),
    encrypted: encrypted[index] === 1,
  });
  return {
    get length() {
      return bases.length;
    },
    at,
    folder,
    base,
    size: (index) => number(index, sizeAt),
    mode: modeOf,
    last(above, name) {
      const id = folderIds.get(above);
      const held = id === undefined ? 0 : (slots[slotOf(id, name)] ?? 0);
      return held === 0 ? undefined : held - 1;
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < bases.length; index++) yield at(index);
    },
    add(entry) {
      const index = bases.length;
      numbers[index * numbersEach + sizeAt] = entry.size;
      numbers[index * numbersEach + compressedAt] = entry.compressedSize;
      numbers[index * numbersEach + offsetAt] = entry.offset;
      sums[index] = entry.crc;
      modes[index] = entry.mode ?? 0;
      methods[index] = entry.method;
      encrypted[index] = entry.encrypted ? 1 : 0;
      let id = folderIds.get(entry.folder);
      if (id === undefined) {
        id = folders.push(entry.folder) - 1;
        folderIds.set(entry.folder, id);
      }
      folderOf[index] = id;
      bases.push(entry.base);
      const slot = slotOf(id, entry.base);
      const doubled = slots[slot] !== 0;
      slots[slot] = index + 1;
      return doubled;
    },
    close(directoryOffset) {
      const order = new Uint32Array(bases.length).map((_, index) => index);
      let ordered = true;
      for (let index = 1; index < order.length; index++) {
        if (number(index, offsetAt) < number(index - 1, offsetAt)) ordered = false;
      }
      if (!ordered) order.sort((a, b) => number(a, offsetAt) - number(b, offsetAt));
      // An entry's data can reach up to the next local header, whatever its own header says.
      let [here, next] = [directoryOffset, directoryOffset];
      for (const index of order.reverse()) {
        const offset = number(index, offsetAt);
        if (offset < here) [here, next] = [offset, here];
        numbers[index * numbersEach + endAt] = offset < directoryOffset ? next : offset;
      }
    },
  };
}
