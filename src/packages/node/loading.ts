// The state of one simulated loading of JavaScript modules.
import type { NodeSource } from "../../facts/inventory.ts";
import type { DriverUse } from "../python/closure.ts";
import type { ChainLink } from "../python/machine.ts";
import type { Architecture, Runtime } from "../runtimes.ts";
import { isFolder, nodeAt, taskRoot, type View, type ViewFile } from "../view.ts";
import { packageOf, parentOf, type NodeFiles } from "./locate.ts";

export type NodeOptions = {
  runtime: Runtime;
  architecture: Architecture;
  /** Either a handler, or packages to load one after another. */
  handler?: string;
  modules?: readonly string[];
  environment?: Readonly<Record<string, string>>;
};

export type Loading = {
  view: View;
  options: NodeOptions;
  files: NodeFiles;
  /** Folders of NODE_PATH: `require` looks in them last. */
  fallbacks: string[];
  /** Whether `require` may load ES modules, and whether a file's syntax may tell that it is one. */
  requiresModules: boolean;
  detectsModules: boolean;
  loaded: Set<string>;
  drivers: Map<string, DriverUse>;
  notes: Set<string>;
  unread: Set<string>;
  /** Sentences on what would fail if a condition holds. */
  conditions: Set<string>;
  /** Files on the way to the one being loaded, the handler's first. */
  stack: ChainLink[];
  /** CommonJS files on the way, the nearest first: what Node calls the require stack. */
  requireStack: string[];
};

/** A new loading over a view. */
export function newLoading(view: View, options: NodeOptions): Loading {
  const { runtime, environment } = options;
  const fileAt = (path: string): ViewFile | undefined => {
    const node = nodeAt(view, path);
    return isFolder(node) ? undefined : node;
  };
  const given = environment?.["NODE_OPTIONS"] ?? "";
  // Lambda switches both off before Node 24, and a function's NODE_OPTIONS on again (AWS's guide, "Node.js").
  const enabled = (feature: string): boolean =>
    given.includes(`--experimental-${feature}`) ||
    (runtime.version >= 24 && !given.includes(`--no-experimental-${feature}`));
  return {
    view,
    options,
    files: {
      isFile: (path) => fileAt(path) !== undefined,
      isFolder: (path) => isFolder(nodeAt(view, path)),
      packageAt(path) {
        const file = fileAt(path);
        return file?.part.inventory.node.packages[file.stored];
      },
    },
    fallbacks: environment?.["NODE_PATH"]?.split(":").filter((folder) => folder !== "") ?? [
      `/opt/nodejs/node${runtime.version}/node_modules`,
      "/opt/nodejs/node_modules",
      "/var/runtime/node_modules",
      "/var/runtime",
      taskRoot,
    ],
    requiresModules: enabled("require-module"),
    detectsModules: enabled("detect-module"),
    loaded: new Set(),
    drivers: new Map(),
    notes: new Set(),
    unread: new Set(),
    conditions: new Set(),
    stack: [],
    requireStack: [],
  };
}

/** The source of a file as far as it was read. */
export function sourceAt({ view }: Loading, path: string): NodeSource | undefined {
  const node = nodeAt(view, path);
  return node === undefined || isFolder(node) ? undefined : node.part.inventory.node.sources[node.stored];
}

/** What the nearest package.json says of a folder's `.js` files; undefined where none says anything. */
export function typeAt({ files }: Loading, folder: string): string | undefined {
  for (let at = folder; ; at = parentOf(at)) {
    if (at.endsWith("/node_modules")) return undefined;
    const manifest = files.packageAt(`${at}/package.json`);
    if (manifest !== undefined) return manifest.type;
    if (at === "") return undefined;
  }
}

/** Whether a file is an ES module: by its name, by the nearest package.json, else by its syntax where that is asked. */
export function isModule(loading: Loading, path: string): boolean {
  if (/\.m[jt]s$/.test(path)) return true;
  if (!/\.[jt]s$/.test(path)) return false;
  const type = typeAt(loading, parentOf(path));
  if (type !== undefined) return type === "module";
  const source = sourceAt(loading, path);
  return loading.detectsModules && (source?.syntax === "esm" || source?.awaits !== undefined);
}

/** Notes that a file would be loaded and was not read; a published package is presumed whole. */
export function noteUnread(loading: Loading, path: string): void {
  if (!path.includes("/node_modules/")) loading.unread.add(path);
  else loading.notes.add(`Of ${packageOf(path)} not all was read; what was not read is presumed to load.`);
}
