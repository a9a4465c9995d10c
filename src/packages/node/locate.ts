// Where Node finds a module: files, folders, node_modules and the `exports` of packages. Works over any way to ask for files.
import type { NodePackage } from "../../facts/inventory.ts";

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
  | { kind: "missing" }
  /** The package is there, yet its entry is not: the message says so. */
  | { kind: "bad-main"; path: string; manifest: string }
  | { kind: "not-exported"; manifest: string; subpath: string };

const builtins = new Set(
  `assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events
  fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
  string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib`.split(/\s+/),
);
const extensions = ["", ".js", ".json", ".node"];

export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Joins a relative specifier to a folder, `.` and `..` resolved. */
export function joinPath(folder: string, relative: string): string {
  const parts = folder.split("/");
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
  return { name: parts.slice(0, count).join("/"), subpath: rest === "" ? "." : `./${rest}` };
}

/** Finds what a specifier means in a file of `folder`; `fallbacks` are NODE_PATH's folders, which `import` ignores. */
export function locateNode(
  files: NodeFiles,
  folder: string,
  specifier: string,
  how: "require" | "import",
  fallbacks: readonly string[],
): Located {
  if (specifier.startsWith("node:") || builtins.has(specifier.split("/", 1)[0] ?? specifier))
    return { kind: "builtin" };
  if (/^\.{1,2}(?:\/|$)|^\//.test(specifier)) {
    const path = specifier.startsWith("/") ? specifier : joinPath(folder, specifier);
    if (how === "import") return files.isFile(path) ? { kind: "file", path } : { kind: "missing" };
    return asFile(files, path) ?? asFolder(files, path) ?? { kind: "missing" };
  }
  const { name, subpath } = splitSpecifier(specifier);
  for (const modules of [...moduleFolders(folder), ...(how === "require" ? fallbacks : [])]) {
    const root = joinPath(modules, name);
    if (!files.isFolder(root)) {
      const single = how === "require" && subpath === "." ? asFile(files, root) : undefined;
      if (single !== undefined) return single;
      continue;
    }
    return inPackage(files, root, subpath, how);
  }
  return { kind: "missing" };
}

function moduleFolders(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = parentOf(at)) {
    if (!at.endsWith("/node_modules") && at !== "node_modules")
      folders.push(at === "" ? "node_modules" : `${at}/node_modules`);
    if (at === "") return folders;
  }
}

function inPackage(files: NodeFiles, root: string, subpath: string, how: "require" | "import"): Located {
  const manifest = `${root}/package.json`;
  const exported = files.packageAt(manifest)?.exports;
  if (exported !== undefined && exported !== null) {
    const target = exportTarget(exported, subpath, how);
    if (target === undefined) return { kind: "not-exported", manifest, subpath };
    const path = joinPath(root, target);
    return files.isFile(path) ? { kind: "file", path } : { kind: "missing" };
  }
  if (subpath === ".") return asFolder(files, root) ?? { kind: "missing" };
  const path = joinPath(root, subpath);
  if (how === "import") return files.isFile(path) ? { kind: "file", path } : { kind: "missing" };
  return asFile(files, path) ?? asFolder(files, path) ?? { kind: "missing" };
}

function asFile(files: NodeFiles, path: string): Located | undefined {
  for (const extension of extensions)
    if (files.isFile(path + extension)) return { kind: "file", path: path + extension };
  return undefined;
}

function asFolder(files: NodeFiles, path: string): Located | undefined {
  if (!files.isFolder(path)) return undefined;
  const manifest = `${path}/package.json`;
  const main = files.packageAt(manifest)?.main;
  if (main !== undefined && main !== "") {
    const target = joinPath(path, main);
    const found = asFile(files, target) ?? asFile(files, `${target}/index`);
    if (found !== undefined) return found;
    const index = asFile(files, `${path}/index`);
    return index ?? { kind: "bad-main", path: target, manifest };
  }
  return asFile(files, `${path}/index`);
}

/** The file that `exports` gives for a subpath, by the conditions of Node and of the way it is loaded. */
function exportTarget(exported: unknown, subpath: string, how: "require" | "import"): string | undefined {
  const conditions = new Set(["node", how, "default", "module-sync"]);
  const pick = (value: unknown): string | undefined => {
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return value.map(pick).find((each) => each !== undefined);
    if (typeof value !== "object" || value === null) return undefined;
    for (const [condition, target] of Object.entries(value)) {
      const found = conditions.has(condition) ? pick(target) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const isMap =
    typeof exported === "object" && exported !== null && Object.keys(exported).some((key) => key.startsWith("."));
  if (!isMap) return subpath === "." ? pick(exported) : undefined;
  const entries = Object.entries(exported);
  const exact = entries.find(([key]) => key === subpath);
  if (exact !== undefined) return pick(exact[1]);
  for (const [key, value] of entries.sort((a, b) => b[0].length - a[0].length)) {
    const star = key.indexOf("*");
    if (star < 0) continue;
    const [before, after] = [key.slice(0, star), key.slice(star + 1)];
    if (!subpath.startsWith(before) || !subpath.endsWith(after) || subpath.length < key.length) continue;
    const middle = subpath.slice(before.length, subpath.length - after.length);
    return pick(value)?.replaceAll("*", middle);
  }
  return undefined;
}
