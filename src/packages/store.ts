// One way to read a package, whether it is an archive or a folder: what files there are, and the bytes of some of them.
import type { InventoryProblem } from "../facts/inventory.ts";
import type { ByteReader, FolderFile } from "./reader.ts";
import { readEntries, wantBytes, type ReadLimits, type ZipWant } from "./zip-read.ts";
import type { ZipEntries } from "./zip-table.ts";
import { readZipDirectory, type ZipEntry, type ZipLimits } from "./zip.ts";

type StoredFile = { size: number; mode: number | undefined };
export type StoredBytes = { bytes: Uint8Array; complete: boolean };
/** The files of a package. They are made when they are asked for: an archive's may be many. */
export type StoredFiles = {
  count: number;
  has(path: string): boolean;
  get(path: string): StoredFile | undefined;
  /** Calls `visit` with each file: its folder's path ("" for the root), its name, its length and mode. */
  each(visit: (folder: string, name: string, size: number, mode: number | undefined) => void): void;
};
export type Want = { path: string; head?: number };

export type Store = {
  kind: "zip" | "folder";
  bytes: number;
  files: StoredFiles;
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
  const { files, folderModes } = filesOf(directory.entries, problems);
  const wantOf = ({ path, head }: Want): ZipWant | undefined => {
    const entry = files.entry(path);
    if (entry === undefined) return undefined;
    return head === undefined || head >= entry.compressedSize ? { entry } : { entry, head };
  };
  return {
    kind: "zip",
    bytes: reader.size,
    files,
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

type ZipFiles = StoredFiles & { entry(path: string): ZipEntry | undefined };

/** A folder of which no name needs a second look, slash at the end; a name in it that does. */
const oddFolder = /[\u0000-\u001f\u007f]|^\/|\/\/|(?:^|\/)\.{1,2}\//;
const oddName = /[\u0000-\u001f\u007f]|^\.{1,2}$/;

/** Sorts the entries into files, by the paths at which they are unpacked, and modes of folders. */
function filesOf(
  entries: ZipEntries,
  problems: InventoryProblem[],
): { files: ZipFiles; folderModes: Record<string, number> } {
  const folderModes: Record<string, number> = {};
  /** Folders by what their entries' names begin with. */
  const folders = new Map<string, { path: string; odd: boolean }>();
  /** Files whose path is not their name; the others are marked as they are. */
  const moved = new Map<string, number>();
  const plain = new Uint8Array(entries.length);
  const folderOf = (prefix: string) => {
    const known = folders.get(prefix) ?? { path: prefix.slice(0, -1), odd: oddFolder.test(prefix) };
    folders.set(prefix, known);
    return known;
  };
  let count = 0;
  for (let index = 0; index < entries.length; index++) {
    const [prefix, name] = [entries.folder(index), entries.base(index)];
    const folder = folderOf(prefix);
    const isOdd = folder.odd || oddName.test(name);
    const path = isOdd ? entryPath(prefix + name, problems) : folder.path;
    if (path === undefined) continue;
    if (name === "") {
      const mode = entries.mode(index);
      if (mode !== undefined && (mode & 0o777) !== 0o755) folderModes[path] = mode & 0o7777;
    } else if (isOdd) moved.set(path, index);
    else if (entries.last(prefix, name) === index) {
      plain[index] = 1;
      count++;
    }
  }
  for (const [path, index] of moved) {
    const known = entries.last(...inTwo(path));
    // Of two entries for one path the last is what is unpacked.
    if (known === undefined || plain[known] !== 1) count++;
    else if (known < index) plain[known] = 0;
    else moved.delete(path);
  }
  const placeOf = (path: string): number | undefined => {
    const place = moved.get(path) ?? entries.last(...inTwo(path));
    return place === undefined || (plain[place] !== 1 && !moved.has(path)) ? undefined : place;
  };
  return {
    folderModes,
    files: {
      count,
      has: (path) => placeOf(path) !== undefined,
      get(path) {
        const place = placeOf(path);
        return place === undefined ? undefined : { size: entries.size(place), mode: entries.mode(place) };
      },
      each(visit) {
        for (const [index, isPlain] of plain.entries()) {
          if (isPlain !== 1) continue;
          visit(folderOf(entries.folder(index)).path, entries.base(index), entries.size(index), entries.mode(index));
        }
        for (const [path, index] of moved) {
          const [prefix, name] = inTwo(path);
          visit(prefix.slice(0, -1), name, entries.size(index), entries.mode(index));
        }
      },
      entry(path) {
        const place = placeOf(path);
        return place === undefined ? undefined : entries.at(place);
      },
    },
  };
}

/** A path in two parts: up to its last slash, that included, and the rest. */
function inTwo(path: string): [prefix: string, name: string] {
  const start = path.lastIndexOf("/") + 1;
  return [path.slice(0, start), path.slice(start)];
}

/** The path under which an entry with an odd name is unpacked; one that leads out of the package is reported and left out. */
function entryPath(name: string, problems: InventoryProblem[]): string | undefined {
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
    files: {
      count: byPath.size,
      has: (path) => byPath.has(path),
      get: (path) => byPath.get(path),
      each(visit) {
        for (const { path, size, mode } of byPath.values()) {
          const [prefix, name] = inTwo(path);
          visit(prefix.slice(0, -1), name, size, mode);
        }
      },
    },
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
