import {
  access,
  appendFile,
  chmod,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache-folder.ts";

/** Nothing that a project keeps by hand comes near this, in bytes. */
const usualLimit = 4 * 1024 * 1024;

/** The text of a file; undefined where there is none, it cannot be read, or it is too large to be what was meant. */
export async function readTextFile(file: string, maxBytes: number = usualLimit): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > maxBytes) return undefined;
    return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch {
    return undefined;
  }
}

/** What the user must mend: shown as its message and hint alone, exit code 2. */
export interface SourceUsageError extends Error {
  readonly usage: true;
  readonly hint?: string;
}

export function sourceUsageError(message: string, hint?: string): SourceUsageError {
  return Object.assign(new Error(message), { usage: true as const, ...(hint === undefined ? {} : { hint }) });
}

/** Why a file could not be read or written, as the end of a sentence. */
export function fileReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case "ENOENT":
      return "it is not there";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "a part of its path is no folder";
    case "ENOSPC":
      return "the disk is full";
    case "EROFS":
      return "the disk is read-only";
    default:
      return code ?? "of an unknown error";
  }
}

function unwritable(file: string, how: "could not" | "cannot", error: unknown): SourceUsageError {
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  // Folders such as /proc take no files, and say that there are none.
  const missing = existsSync(path.dirname(file)) ? "its folder takes no files" : "its folder is not there";
  return sourceUsageError(`${file} ${how} be written, since ${isMissing ? missing : fileReason(error)}.`);
}

/**
 * Writes a file whole or not at all: beside its place first, then moved there.
 * @throws a usage error when it cannot be written.
 */
export async function writeTextFile(file: string, text: string): Promise<void> {
  await writeWhole(file, Buffer.from(text, "utf8"));
}

/**
 * Adds to the end of a file, which is made where there is none.
 * @throws a usage error when it cannot be written.
 */
export async function appendTextFile(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text, "utf8");
  } catch (error) {
    throw unwritable(file, "could not", error);
  }
}

/** Writes bytes as `writeTextFile` does text; `mode` are the file's permission bits. */
export async function writeWhole(file: string, bytes: Uint8Array, mode?: number): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    const special = await stat(file).then(
      (found) => !found.isFile(),
      () => false,
    );
    // A pipe or terminal is written to; it cannot be replaced.
    if (special) {
      await writeFile(file, bytes);
      return;
    }
    await writeFile(beside, bytes, mode === undefined ? {} : { mode });
    if (mode !== undefined) await chmod(beside, mode);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw unwritable(file, "could not", error);
  }
}

/**
 * Sees to it before a long run that a file can be written at its end, as far as that can be told.
 * @throws a usage error when it cannot.
 */
export async function requireWritable(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  try {
    if (found?.isDirectory() === true) throw Object.assign(new Error(file), { code: "EISDIR" });
    // A file is put in its place whole, which takes its folder.
    await access(found === undefined || found.isFile() ? path.dirname(file) : file, constants.W_OK);
  } catch (error) {
    throw unwritable(file, "cannot", error);
  }
}

/** Makes a folder and those above it. */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  await mkdir(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
}

/** Names of the folders inside a folder, sorted; none where it cannot be read. */
export async function listFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** Where inventories are kept between runs; undefined where they are not (see `cacheFolder`). */
export function inventoryCacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return cacheFolder(env, "inventory-v1");
}

/** The path of a file that comes with this package, whether run from its source or as it is published. */
export function packageFile(relative: string): string {
  return path.join(packageRoot(), relative);
}

function packageRoot(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const parts = here.split(path.sep);
  // Sources lie in src/source, the built files in dist or below it.
  const top = Math.max(parts.lastIndexOf("src"), parts.lastIndexOf("dist"));
  return top < 1 ? path.dirname(here) : parts.slice(0, top).join(path.sep);
}
