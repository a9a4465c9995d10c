// What is in a package: its files, and of those that the imports of the function's code reach, what decides them.
import { inventoryVersion, type FileRow, type Inventory, type InventoryCut } from "../facts/inventory.ts";
import { inventoryLimits, type InventoryLimits } from "./limits.ts";
import { gatherNode } from "./node/gather.ts";
import { gatherPython } from "./python/gather.ts";
import type { ByteReader, FolderFile } from "./reader.ts";
import { openFolder, openZip, type Store, type StoredBytes, type Want } from "./store.ts";

export type InventoryOptions = {
  limits?: Partial<InventoryLimits>;
  /**
   * Import names that are followed besides those of the package's own code: what the functions import from a layer. They
   * are waited for only when what is read whatever they are has been read.
   */
  modules?: readonly string[] | Promise<readonly string[]>;
  /** Awaited before each source is parsed, which takes long: lets whatever is more urgent be done first. */
  pause?: () => Promise<void>;
};

/** Either the inventory, or why nothing could be read: a sentence about the archive. */
export type InventoryResult =
  | { ok: true; inventory: Inventory }
  | { ok: false; problem: { kind: string; text: string } };

/** What the gathering of one language works on: reads that are charged against one budget, and notes of what was cut. */
export type Gathering = {
  store: Store;
  limits: InventoryLimits;
  modules: readonly string[] | Promise<readonly string[]>;
  pause(): Promise<void> | undefined;
  inventory: Inventory;
  /** Reads what the budget allows, in the order given; what it does not allow is left out, and told when `needed`. */
  read(wants: readonly Want[], needed: boolean): Promise<Map<string, StoredBytes>>;
  /** What is left of the budget, in bytes. */
  left(): number;
  cut(what: string, limit: number, text: string): void;
};

/**
 * Inventories an archive through ranges: its directory, then what the imports of its own code reach.
 * A damaged archive is a result, not an exception; only the reader's own failures reject.
 */
export async function inventoryOfZip(reader: ByteReader, options: InventoryOptions = {}): Promise<InventoryResult> {
  const limits = { ...inventoryLimits, ...options.limits };
  const store = await openZip(reader, { zip: limits.zip, read: limits.read });
  if ("text" in store) return { ok: false, problem: { kind: store.kind, text: store.text } };
  return { ok: true, inventory: await inventoryOf(store, limits, options) };
}

/** Inventories an unpacked package. */
export async function inventoryOfFolder(
  files: readonly FolderFile[],
  options: InventoryOptions = {},
): Promise<InventoryResult> {
  const limits = { ...inventoryLimits, ...options.limits };
  const store = openFolder(files, limits.read.maxEntryBytes);
  return { ok: true, inventory: await inventoryOf(store, limits, options) };
}

async function inventoryOf(store: Store, limits: InventoryLimits, options: InventoryOptions): Promise<Inventory> {
  const inventory: Inventory = {
    version: inventoryVersion,
    source: store.kind,
    bytes: store.bytes,
    unpackedBytes: 0,
    files: store.files.count,
    folders: {},
    folderModes: store.folderModes,
    problems: store.problems,
    native: {},
    distributions: [],
    python: {},
    pth: {},
    node: { sources: {}, packages: {} },
    sourceFacts: [],
    cut: [],
    bytesRead: 0,
  };
  listFiles(store, inventory);
  const gathering = newGathering(store, limits, options, inventory);
  await gatherPython(gathering);
  await gatherNode(gathering);
  inventory.bytesRead = store.bytesRead();
  return inventory;
}

function listFiles(store: Store, inventory: Inventory): void {
  const folders = new Map<string, FileRow[]>();
  let rowsOf: FileRow[] | undefined;
  let last: string | undefined;
  store.files.each((folder, name, size, mode) => {
    // Nearly always a file lies beside the one before it.
    if (rowsOf === undefined || folder !== last) {
      rowsOf = folders.get(folder) ?? [];
      folders.set(folder, rowsOf);
      last = folder;
    }
    const kept = shownMode(mode);
    rowsOf.push(kept === undefined ? [name, size] : [name, size, kept]);
    inventory.unpackedBytes += size;
  });
  inventory.folders = Object.fromEntries(folders);
}

/** Type bits are kept only for what is no regular file. */
function shownMode(mode: number | undefined): number | undefined {
  if (mode === undefined) return -1;
  const regular = (mode & 0o170000) === 0o100000 || (mode & 0o170000) === 0;
  const shown = regular ? mode & 0o7777 : mode;
  return shown === 0o644 ? undefined : shown;
}

function newGathering(
  store: Store,
  limits: InventoryLimits,
  options: InventoryOptions,
  inventory: Inventory,
): Gathering {
  const budget = store.kind === "zip" ? limits.contentBudget(store.bytes, store.bytesRead()) : Number.POSITIVE_INFINITY;
  let spent = 0;
  const cuts = new Map<string, InventoryCut>();
  const cut = (what: string, limit: number, text: string) => {
    const known = cuts.get(what);
    if (known !== undefined) {
      known.left++;
      return;
    }
    const made = { what, limit, left: 1, text };
    cuts.set(what, made);
    inventory.cut.push(made);
  };
  return {
    store,
    limits,
    modules: options.modules ?? [],
    pause: options.pause ?? (() => undefined),
    inventory,
    left: () => budget - spent,
    cut,
    async read(wants, needed) {
      const allowed = wants.filter((want) => {
        const cost = store.cost(want);
        if (spent + cost > budget) {
          const text = `Of this package only ${Math.round(budget / 1024)} KB were read; ${want.path} and others were not.`;
          if (needed) cut("content", budget, text);
          return false;
        }
        spent += cost;
        return true;
      });
      return store.read(allowed);
    },
  };
}
