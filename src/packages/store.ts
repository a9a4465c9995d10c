// One way to read a package, whether it is an archive or a folder: what files there are, and the bytes of some of them.
import type { InventoryProblem } from "../facts/inventory.ts";
import type { ByteReader, FolderFile } from "./reader.ts";
import { readEntries, wantBytes, type ReadLimits, type ZipWant } from "./zip-read.ts";
import { readZipDirectory, type ZipEntry, type ZipLimits } from "./zip.ts";

type StoredFile = { size: number; mode: number | undefined };
export type StoredBytes = { bytes: Uint8Array; complete: boolean };
export type Want = { path: string; head?: number };

export type Store = {
  kind: "zip" | "folder";
  bytes: number;
  /** Every file by its path. */
  files: ReadonlyMap<string, StoredFile>;
  folderModes: Record<string, number>;
  problems: InventoryProblem[];
  /** What reading it costs, in bytes of the archive or the file. */
  cost(want: Want): number;
  /** Reads the wanted files; a damaged one becomes a problem and is left out. */
  read(wants: readonly Want[]): Promise<Map<string, StoredBytes>>;
  /** Bytes read so far. */
  bytesRead(): number;
};

/** Opens an archive: its directory is read, nothing else. The text is why it cannot be read at all. */
export async function openZip(
  reader: ByteReader,
  limits: { zip: ZipLimits; read: ReadLimits },
): Promise<Store | InventoryProblem> {
  let bytesRead = 0;
  const counting: ByteReader = {
    size: reader.size,
    async read(offset, length) {
      const bytes = await reader.read(offset, length);
      bytesRead += bytes.length;
      return bytes;
    },
  };
  const directory = await readZipDirectory(counting, limits.zip);
  const problems: InventoryProblem[] = [...directory.problems];
  const [first] = problems;
  if (!directory.complete && directory.entries.length === 0 && first !== undefined) return first;
  const byPath = new Map<string, ZipEntry>();
  const folderModes: Record<string, number> = {};
  for (const entry of directory.entries) {
    const path = entryPath(entry.name, problems);
    if (path === undefined) continue;
    if (entry.name.endsWith("/")) {
      if (entry.mode !== undefined && (entry.mode & 0o777) !== 0o755) folderModes[path] = entry.mode & 0o7777;
    } else byPath.set(path, entry);
  }
  const wantOf = ({ path, head }: Want): ZipWant | undefined => {
    const entry = byPath.get(path);
    if (entry === undefined) return undefined;
    return head === undefined || head >= entry.compressedSize ? { entry } : { entry, head };
  };
  return {
    kind: "zip",
    bytes: reader.size,
    files: byPath,
    folderModes,
    problems,
    cost(want) {
      const found = wantOf(want);
      return found === undefined ? 0 : wantBytes(found);
    },
    async read(wants) {
      const found = new Map<string, StoredBytes>();
      const paths = new Map<ZipEntry, string>();
      const entries = wants.flatMap((want) => {
        const entry = wantOf(want);
        if (entry !== undefined) paths.set(entry.entry, want.path);
        return entry === undefined ? [] : [entry];
      });
      await readEntries(
        counting,
        entries,
        (entry, result) => {
          if ("problem" in result) {
            const { kind, path } = result.problem;
            if (!problems.some((told) => told.kind === kind && told.path === path)) problems.push(result.problem);
          } else found.set(paths.get(entry) ?? entry.name, result);
        },
        limits.read,
      );
      return found;
    },
    bytesRead: () => bytesRead,
  };
}

/** The path under which an entry is unpacked; names that lead out of the package are reported and left out. */
function entryPath(name: string, problems: InventoryProblem[]): string | undefined {
  if (!/[\u0000-\u001f\u007f]|^\/|\/\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)/.test(name)) return name;
  if (/[\u0000-\u001f\u007f]/.test(name)) {
    problems.push({ kind: "name-control-characters", path: name, text: "The entry's name has control characters." });
  }
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..")) {
    problems.push({ kind: "name-outside", path: name, text: "The entry's name leads out of the package." });
    return undefined;
  }
  return parts.join("/");
}

/** A folder's files as a store. */
export function openFolder(files: readonly FolderFile[], maxFileBytes: number): Store {
  let bytesRead = 0;
  const problems: InventoryProblem[] = [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  return {
    kind: "folder",
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    files: byPath,
    folderModes: {},
    problems,
    cost: ({ path }) => byPath.get(path)?.size ?? 0,
    async read(wants) {
      const found = new Map<string, StoredBytes>();
      for (const { path } of wants) {
        const file = byPath.get(path);
        if (file === undefined) continue;
        if (file.size > maxFileBytes) {
          problems.push({ kind: "entry-too-large", path, text: `The file has ${file.size} bytes, more than is read.` });
          continue;
        }
        const bytes = await file.read();
        bytesRead += bytes.length;
        found.set(path, { bytes, complete: true });
      }
      return found;
    },
    bytesRead: () => bytesRead,
  };
}
