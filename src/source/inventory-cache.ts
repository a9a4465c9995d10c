import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { inventorySchema, inventoryVersion, type Inventory } from "../facts/inventory.ts";
import { makeFolder, readTextFile, writeWhole } from "./files.ts";
import { isHash } from "./stand-in-hash.ts";

/** The name of an inventory's file: the package's hash in hexadecimal digits, which every file system takes. */
export function inventoryFileName(codeSha256: string): string {
  const bytes = Buffer.from(codeSha256, "base64");
  const hex = bytes.length === 32 ? bytes.toString("hex") : createHash("sha256").update(codeSha256).digest("hex");
  return `${hex}.json`;
}

/** A layer is read for what functions import from it: an inventory for each set of names. */
function cacheFileName(codeSha256: string, modules: readonly string[]): string {
  const name = inventoryFileName(codeSha256);
  if (modules.length === 0) return name;
  const names = createHash("sha256").update(JSON.stringify(modules)).digest("hex");
  return name.replace(".json", `-${names.slice(0, 32)}.json`);
}

/** Whether an earlier run has looked into the same content, for whichever modules. */
export async function isCached(folder: string | undefined, codeSha256: string): Promise<boolean> {
  if (folder === undefined || !isHash(codeSha256)) return false;
  const beginning = inventoryFileName(codeSha256).replace(".json", "");
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.startsWith(beginning));
}

/**
 * An inventory that an earlier run made of the same content for the same modules; undefined where there is none that
 * still fits.
 */
export async function readCached(
  folder: string | undefined,
  codeSha256: string,
  modules: readonly string[],
): Promise<Inventory | undefined> {
  if (folder === undefined || !isHash(codeSha256)) return undefined;
  const file = path.join(folder, cacheFileName(codeSha256, modules));
  // At once, since most are not there and others wait for what a package holds.
  if (!existsSync(file)) return undefined;
  const text = await readTextFile(file, 32 * 1024 * 1024);
  if (text === undefined) return undefined;
  try {
    const cached = JSON.parse(text) as { version?: unknown; codeSha256?: unknown; inventory?: unknown };
    if (cached.version !== inventoryVersion || cached.codeSha256 !== codeSha256) return undefined;
    const inventory = inventorySchema.safeParse(cached.inventory);
    return inventory.success ? inventory.data : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an inventory for later runs. A cache that cannot be written costs time and nothing else. */
export async function writeCached(
  folder: string | undefined,
  codeSha256: string,
  modules: readonly string[],
  inventory: Inventory,
): Promise<void> {
  if (folder === undefined || !isHash(codeSha256)) return;
  try {
    await makeFolder(folder, 0o700);
    const text = JSON.stringify({ version: inventoryVersion, codeSha256, inventory });
    await writeWhole(path.join(folder, cacheFileName(codeSha256, modules)), Buffer.from(text, "utf8"), 0o600);
  } catch {
    // The next run makes it again.
  }
}
