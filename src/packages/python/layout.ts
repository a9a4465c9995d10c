// How a package's files lie for Python: folders, where modules may start, and which top-level names belong to whom.
import type { Distribution, FileRow, Inventory } from "../../facts/inventory.ts";
import { thirdPartyModules } from "../drivers.ts";
import { isMetadataFolder } from "./distributions.ts";

export type Index = {
  /** The files of each folder, by its path. */
  folders: ReadonlyMap<string, readonly FileRow[]>;
  /** Where modules may start: the package's root and the layer's Python folders. */
  roots: string[];
  /** Folders at and below a root's child, by that child's path: those of one top-level package. */
  packages: Map<string, string[]>;
  /** Every library by its file's name: where the loader may find it. */
  libraries: ReadonlyMap<string, readonly string[]>;
};

/** Lays an inventory's files out. */
export function indexOf(inventory: Inventory): Index {
  const folders = new Map(Object.entries(inventory.folders));
  const roots = new Set([""]);
  for (const path of folders.keys()) {
    if (path === "python" || path.startsWith("python/")) roots.add("python");
    const site = /^python\/lib\/python3\.\d+\/site-packages(?=\/|$)/.exec(path)?.[0];
    if (site !== undefined) roots.add(site);
  }
  const index: Index = { folders, roots: [], packages: new Map(), libraries: librariesIn(folders) };
  for (const root of roots) addRoot(index, root);
  return index;
}

/** Notes a folder where modules may start; false where it was noted before or is not there. */
export function addRoot({ folders, roots, packages }: Index, root: string): boolean {
  if (roots.includes(root)) return false;
  let there = root === "" || folders.has(root);
  for (const path of folders.keys()) {
    if (root !== "" && !path.startsWith(`${root}/`)) continue;
    there = true;
    const start = root === "" ? 0 : root.length + 1;
    const end = path.indexOf("/", start);
    const top = end < 0 ? path : path.slice(0, end);
    const known = packages.get(top);
    if (known === undefined) packages.set(top, [path]);
    else known.push(path);
  }
  if (there) roots.push(root);
  return there;
}

export const join = (folder: string, name: string) => (folder === "" ? name : `${folder}/${name}`);

/** Whether there is a file at that path. */
export function hasFile(index: Index, path: string): boolean {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  return (index.folders.get(slash < 0 ? "" : path.slice(0, slash)) ?? []).some(([each]) => each === name);
}

/** The function's own sources: no distribution lists them, and they are of no well-known package. */
export function ownSources(index: Index, distributions: readonly Distribution[]): string[] {
  const owned = ownedFolders(distributions);
  const isOwn = (path: string, top: string) => !owned.has(path) && !thirdPartyModules.has(top);
  const own: string[] = [];
  for (const root of index.roots) {
    for (const [name] of index.folders.get(root) ?? []) {
      if (name.endsWith(".py") && isOwn(join(root, name.slice(0, -3)), name.slice(0, -3))) own.push(join(root, name));
    }
  }
  for (const [path, folders] of index.packages) {
    const top = path.slice(path.lastIndexOf("/") + 1);
    // Folders that lead to a root are seen from that root.
    if (index.roots.some((root) => root !== "" && (root === path || root.startsWith(`${path}/`)))) continue;
    if (!isOwn(path, top) || isMetadataFolder(top) || top === "node_modules") continue;
    for (const folder of folders) {
      for (const [name] of index.folders.get(folder) ?? []) if (name.endsWith(".py")) own.push(join(folder, name));
    }
  }
  // Files near the root first: what is deep is more likely a package whose metadata was stripped.
  return own.sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
}

/** Paths of the top-level packages and modules that distributions own, without `.py`. */
function ownedFolders(distributions: readonly Distribution[]): Set<string> {
  return new Set(
    distributions.flatMap(({ path, topLevel }) => {
      const slash = path.lastIndexOf("/");
      const root = slash < 0 ? "" : path.slice(0, slash);
      return topLevel.map((top) => join(root, top));
    }),
  );
}

/** The files that may be a module: a package's `__init__`, a source, natives of any tag. */
export function candidateFiles(index: Index, path: string, sources: Set<string>, natives: Set<string>): void {
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "" : path.slice(0, slash);
  const last = path.slice(slash + 1);
  const take = (rows: readonly FileRow[] | undefined, at: string, stem: string) => {
    for (const [name] of rows ?? []) {
      if (name === `${stem}.py`) sources.add(join(at, name));
      else if (name.startsWith(`${stem}.`) && /\.(?:so|pyd)$/.test(name)) natives.add(join(at, name));
    }
  };
  take(index.folders.get(path), path, "__init__");
  take(index.folders.get(folder), folder, last);
}

function librariesIn(folders: Index["folders"]): Map<string, string[]> {
  const libraries = new Map<string, string[]>();
  for (const [folder, rows] of folders) {
    for (const row of rows) {
      const name = row[0];
      if (!name.includes(".so") && !name.endsWith(".dylib")) continue;
      const known = libraries.get(name);
      if (known === undefined) libraries.set(name, [join(folder, name)]);
      else known.push(join(folder, name));
    }
  }
  return libraries;
}

/** Bytes of Python source of a top-level package or module. */
export function sourceBytes(index: Index, root: string, top: string): number {
  const rows = (index.packages.get(join(root, top)) ?? []).flatMap((folder) => index.folders.get(folder) ?? []);
  const single = (index.folders.get(root) ?? []).filter(([name]) => name === `${top}.py`);
  return [...rows, ...single].reduce((sum, [name, size]) => sum + (name.endsWith(".py") ? size : 0), 0);
}
