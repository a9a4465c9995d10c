// Where Node finds a module: files, folders, node_modules, and the `exports` and `imports` of packages. Works over any way to ask for files.
import type { NodePackage } from "../../facts/inventory.ts";
import { builtinKind } from "./builtins.ts";
import { isTarget, mapTarget } from "./package-maps.ts";

/** What resolution asks of the files; paths are absolute or relative to one root, always with `/`. */
export type NodeFiles = {
  isFile(path: string): boolean;
  isFolder(path: string): boolean;
  /** The package.json at a path, if it is there and was read. */
  packageAt(path: string): NodePackage | undefined;
};

export type Located =
  | { kind: "file"; path: string }
  | { kind: "builtin" }
  /** `node:` with a name that there is no module of. */
  | { kind: "no-builtin" }
  /** Nothing of the name; `near` is what `require` would have found where `import` does not. */
  | { kind: "missing"; near?: string }
  /** A package or its map leads to a file that is not there. */
  | { kind: "target-missing"; path: string; by: "exports" | "main" }
  /** The package is there, yet its `main` is not: the message of `require` says so. */
  | { kind: "bad-main"; path: string; manifest: string }
  | { kind: "folder"; path: string }
  | { kind: "not-exported"; manifest: string; subpath: string }
  /** The map leads to what may be no target. */
  | { kind: "bad-target"; manifest: string; subpath: string; target: string }
  | { kind: "not-imported"; manifest: string | undefined }
  | { kind: "bad-manifest"; manifest: string };

/** How a module is asked for, and by which Node. */
export type Asking = { how: "require" | "import"; version: number; fallbacks: readonly string[] };

const extensions = ["", ".js", ".json", ".node"];

export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Joins a relative specifier to a folder, `.` and `..` resolved. */
export function joinPath(folder: string, relative: string): string {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** The package's name and the path within it that a bare specifier means. */
export function splitSpecifier(specifier: string): { name: string; subpath: string } {
  const parts = specifier.split("/");
  const count = specifier.startsWith("@") ? 2 : 1;
  const rest = parts.slice(count).join("/");
  return { name: parts.slice(0, count).join("/"), subpath: parts.length <= count ? "." : `./${rest}` };
}

/** Where a package keeps its compiled part, as its `binary` field says for every system alike. */
export function bindingPath(root: string, manifest: NodePackage | undefined): string | undefined {
  const { binary } = manifest ?? {};
  if (binary === undefined) return undefined;
  const folder = binary.path.replaceAll("{napi_build_version}", String(binary.napi ?? 0));
  return folder.includes("{") ? undefined : joinPath(root, `${folder}/${binary.name}.node`);
}

/** The package of node_modules that a file is in. */
export function packageOf(path: string): string {
  const inner = path.slice(path.lastIndexOf("/node_modules/") + "/node_modules/".length);
  return splitSpecifier(inner).name;
}

export const isRelative = (specifier: string): boolean => /^\.{1,2}(?:\/|$)|^\//.test(specifier);

/** Finds what a specifier means in a file of `folder`; the fallbacks are NODE_PATH's folders, which `import` ignores. */
export function locateNode(files: NodeFiles, folder: string, specifier: string, asking: Asking): Located {
  const builtin = builtinKind(specifier, asking.version);
  if (builtin !== undefined) return { kind: builtin === "builtin" ? "builtin" : "no-builtin" };
  if (specifier.startsWith("#")) return ownImport(files, folder, specifier, asking);
  if (isRelative(specifier)) {
    const path = specifier.startsWith("/") ? specifier : joinPath(folder, specifier);
    return asking.how === "import" ? exactly(files, path) : byRequire(files, path, specifier);
  }
  const { name, subpath } = splitSpecifier(specifier);
  const own = selfReference(files, folder, name, subpath, asking);
  if (own !== undefined) return own;
  for (const modules of [...moduleFolders(folder), ...(asking.how === "require" ? asking.fallbacks : [])]) {
    const root = modules === "" ? name : `${modules}/${name}`;
    if (!files.isFolder(root)) {
      const single = asking.how === "require" && subpath === "." ? asFile(files, root) : undefined;
      if (single !== undefined) return single;
      continue;
    }
    const found = inPackage(files, root, subpath, asking);
    // A folder without what is asked for does not end the search of `require`.
    if (found.kind === "missing" && asking.how === "require") continue;
    return found;
  }
  if (asking.how === "require") return { kind: "missing" };
  // Node says what `require` would have found, in the folders of NODE_PATH too.
  const near = locateNode(files, folder, specifier, { ...asking, how: "require" });
  return near.kind === "file" ? { kind: "missing", near: near.path } : { kind: "missing" };
}

/** `import` takes a path as it is written. */
function exactly(files: NodeFiles, path: string): Located {
  if (files.isFile(path)) return { kind: "file", path };
  return files.isFolder(path) ? { kind: "folder", path } : { kind: "missing" };
}

function byRequire(files: NodeFiles, path: string, specifier: string): Located {
  const asGiven = /(?:^|\/)\.{0,2}$/.test(specifier) ? undefined : asFile(files, path);
  return asGiven ?? asFolder(files, path) ?? { kind: "missing" };
}

function moduleFolders(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = parentOf(at)) {
    if (!at.endsWith("/node_modules") && at !== "node_modules")
      folders.push(at === "" ? "node_modules" : `${at}/node_modules`);
    if (at === "") return folders;
  }
}

/** The manifest of the package that a folder is in. */
function scopeOf(files: NodeFiles, folder: string): { root: string; manifest: string } | undefined {
  for (let at = folder; ; at = parentOf(at)) {
    if (at.endsWith("/node_modules") || at === "node_modules") return undefined;
    const manifest = at === "" ? "package.json" : `${at}/package.json`;
    if (files.packageAt(manifest) !== undefined) return { root: at, manifest };
    if (at === "") return undefined;
  }
}

/** A package may import itself by its name, as far as it exports anything. */
function selfReference(
  files: NodeFiles,
  folder: string,
  name: string,
  subpath: string,
  asking: Asking,
): Located | undefined {
  const scope = scopeOf(files, folder);
  const own = scope === undefined ? undefined : files.packageAt(scope.manifest);
  if (scope === undefined || own?.name !== name || own.exports === undefined || own.exports === null) return undefined;
  return exported(files, scope.root, scope.manifest, own.exports, subpath, asking);
}

/** `#name`: what the `imports` of the package around it make of it. */
function ownImport(files: NodeFiles, folder: string, specifier: string, asking: Asking): Located {
  const scope = scopeOf(files, folder);
  const map = scope === undefined ? undefined : files.packageAt(scope.manifest)?.imports;
  const target = map === undefined ? undefined : mapTarget(map, specifier, asking);
  if (scope === undefined || target === undefined) return { kind: "not-imported", manifest: scope?.manifest };
  if (!target.startsWith("./")) return locateNode(files, scope.root, target, asking);
  const path = joinPath(scope.root, target);
  return files.isFile(path) ? { kind: "file", path } : { kind: "target-missing", path, by: "exports" };
}

function exported(
  files: NodeFiles,
  root: string,
  manifest: string,
  exports: unknown,
  subpath: string,
  asking: Asking,
): Located {
  const target = mapTarget(exports, subpath, asking);
  if (target === undefined) return { kind: "not-exported", manifest, subpath };
  if (!isTarget(target)) return { kind: "bad-target", manifest, subpath, target };
  const path = joinPath(root, target);
  return files.isFile(path) ? { kind: "file", path } : { kind: "target-missing", path, by: "exports" };
}

function inPackage(files: NodeFiles, root: string, subpath: string, asking: Asking): Located {
  const manifest = `${root}/package.json`;
  const own = files.packageAt(manifest);
  if (own?.damaged === true) return { kind: "bad-manifest", manifest };
  if (own?.exports !== undefined && own.exports !== null) {
    return exported(files, root, manifest, own.exports, subpath, asking);
  }
  if (asking.how === "require") {
    if (subpath === "." || subpath === "./") return asFolder(files, root) ?? { kind: "missing" };
    return byRequire(files, joinPath(root, subpath), subpath);
  }
  if (subpath === ".") return legacyMain(files, root, own?.main);
  const found = exactly(files, joinPath(root, subpath));
  if (found.kind !== "missing") return found;
  const near = byRequire(files, joinPath(root, subpath), subpath);
  return near.kind === "file" ? { kind: "missing", near: near.path } : found;
}

/** What `import` makes of a package without `exports`. */
function legacyMain(files: NodeFiles, root: string, main: string | undefined): Located {
  const named = main === undefined || main === "" ? undefined : joinPath(root, main);
  const tried = [
    ...(named === undefined
      ? []
      : ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"].map((end) => named + end)),
    ...["index.js", "index.json", "index.node"].map((name) => `${root}/${name}`),
  ];
  const path = tried.find((each) => files.isFile(each));
  return path === undefined
    ? { kind: "target-missing", path: named ?? `${root}/index.js`, by: "main" }
    : { kind: "file", path };
}

function asFile(files: NodeFiles, path: string): Located | undefined {
  for (const extension of extensions)
    if (files.isFile(path + extension)) return { kind: "file", path: path + extension };
  return undefined;
}

function asFolder(files: NodeFiles, path: string): Located | undefined {
  if (!files.isFolder(path)) return undefined;
  const manifest = `${path}/package.json`;
  const own = files.packageAt(manifest);
  if (own?.damaged === true) return { kind: "bad-manifest", manifest };
  const index = asIndex(files, path);
  if (own?.main === undefined || own.main === "") return index;
  const target = joinPath(path, own.main);
  const found = asFile(files, target) ?? asIndex(files, target);
  return found ?? index ?? { kind: "bad-main", path: target, manifest };
}

function asIndex(files: NodeFiles, folder: string): Located | undefined {
  for (const extension of extensions.slice(1)) {
    const path = `${folder}/index${extension}`;
    if (files.isFile(path)) return { kind: "file", path };
  }
  return undefined;
}
