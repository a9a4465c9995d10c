import { open, readdir, readFile, realpath, stat, lstat } from "node:fs/promises";
import path from "node:path";
import type { ByteReader, FolderFile } from "../packages/reader.ts";
import { fileReason, sourceUsageError } from "./files.ts";

/** A package on this machine, open for reading. */
export type LocalPackage =
  | { readonly kind: "folder"; readonly files: readonly FolderFile[] }
  | { readonly kind: "zip"; readonly reader: ByteReader; readonly close: () => Promise<void> };

/** What a version control system or SAM keeps beside the code, and no package holds. */
const keptOut = new Set([".git", ".hg", ".svn", ".aws-sam"]);
/** Lambda takes 250 MB unpacked; a folder with more files than this was hardly meant. */
const maxFiles = 200_000;

/** Whether there is a file or folder of this path. */
export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** The path with every link followed; the path itself where it is not there. */
export async function realPath(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

/**
 * Opens a folder, or a file as an archive; whether it is one is told when it is read.
 * @throws a usage error when it is not there or may not be read
 */
export async function openLocalPackage(file: string): Promise<LocalPackage> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return { kind: "folder", files: await filesIn(file) };
    if (!found.isFile()) throw sourceUsageError(`${file} is neither a folder nor a file.`);
    return await openArchive(file);
  } catch (error) {
    throw asUsageError(file, error);
  }
}

function asUsageError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || "usage" in error || !("code" in error)) return error;
  // Of a folder the one file or folder that may not be read is named.
  const at = "path" in error && typeof error.path === "string" ? error.path : file;
  return sourceUsageError(`${at} could not be read, since ${fileReason(error)}.`);
}

async function openArchive(file: string): Promise<LocalPackage> {
  const handle = await open(file, "r");
  const { size } = await handle.stat();
  return {
    kind: "zip",
    reader: {
      size,
      async read(offset, length) {
        const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        let filled = 0;
        while (filled < buffer.length) {
          const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
    },
    close: () => handle.close(),
  };
}

/**
 * Every file below a folder as a package would hold it. Links are followed, as SAM and the AWS CLI do when they pack;
 * one that leads nowhere is no file to whoever imports it, and is left out.
 */
async function filesIn(root: string): Promise<readonly FolderFile[]> {
  const files: FolderFile[] = [];
  const walk = async (folder: string, relative: string, above: readonly string[]): Promise<void> => {
    const here = await realpath(folder);
    // A link to a folder above would never end.
    if (above.includes(here)) return;
    const names = (await readdir(folder)).toSorted();
    for (const name of names) {
      if (keptOut.has(name)) continue;
      const full = path.join(folder, name);
      const below = relative === "" ? name : `${relative}/${name}`;
      const found = await stat(full).catch(() => lstat(full));
      if (found.isDirectory()) await walk(full, below, [...above, here]);
      else if (found.isFile()) {
        if (files.length >= maxFiles) throw sourceUsageError(`${root} holds more than ${maxFiles} files.`);
        files.push({ path: below, mode: found.mode, size: found.size, read: () => contentOf(full) });
      }
    }
  };
  await walk(root, "", []);
  return files;
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw asUsageError(file, error);
  }
}
