// How much of a package is read at most. Every bound that was met is told in the inventory's `cut`.
import { readLimits, type ReadLimits } from "./zip-read.ts";
import { zipLimits, type ZipLimits } from "./zip.ts";

export type InventoryLimits = {
  zip: ZipLimits;
  read: ReadLimits;
  /** Source files parsed, and their length altogether, in bytes. Parsing takes about 0.3 s a megabyte. */
  maxSources: number;
  maxSourceBytes: number;
  /** Of a layer, whose importers are not known here: bytes of source parsed besides what drivers need. */
  maxUnaskedBytes: number;
  /** Native files of which a head is read although nothing that was followed imports them. */
  maxUnreachedNatives: number;
  /** Bytes of content read from an archive of `size` bytes whose directory took `spent`. */
  contentBudget(size: number, spent: number): number;
};

/** Archives up to this may be read whole. */
export const wholeBytes = 24 * 1024 * 1024;

export const inventoryLimits: InventoryLimits = {
  zip: zipLimits,
  read: readLimits,
  maxSources: 4000,
  maxSourceBytes: 12 * 1024 * 1024,
  maxUnaskedBytes: 3 * 1024 * 1024,
  maxUnreachedNatives: 64,
  // Small packages may be read whole; of a large one the directory and the content together stay near 2 %.
  contentBudget: (size, spent) =>
    size <= wholeBytes ? wholeBytes : Math.max(1.25 * 1024 * 1024, Math.min(wholeBytes, size * 0.018 - spent)),
};
