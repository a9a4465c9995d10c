// Where Python finds a module: the rules of its path finder over a view, and what the standard library has.
import { isFolder, isReadable, nodeAt, type View, type ViewFile, type ViewFolder } from "../view.ts";
import { changedModules, changedNames, standardModules } from "./stdlib.ts";
import { extensionSuffixes, type PythonTarget } from "./target.ts";

/** What an import name leads to. `folders` are a package's `__path__`. */
export type Found =
  | { kind: "source"; file: ViewFile; folders?: string[] }
  | { kind: "bytecode"; file: ViewFile; folders?: string[] }
  | { kind: "native"; file: ViewFile; folders?: string[] }
  | { kind: "namespace"; folders: string[] }
  | { kind: "standard" };

/** Looks a module up in folders, in order: package, native module, source, byte code; else a namespace package. */
export function findModule(
  view: View,
  target: PythonTarget,
  name: string,
  searchPath: readonly string[],
): Extract<Found, { kind: "source" | "bytecode" | "native" | "namespace" }> | undefined {
  const suffixes = extensionSuffixes(target);
  const portions: string[] = [];
  for (const path of searchPath) {
    const folder = nodeAt(view, path);
    if (!isFolder(folder) || !isReadable(folder)) continue;
    const child = folder.children.get(name);
    if (isFolder(child)) {
      const inside = isReadable(child) ? findIn(child, "__init__", suffixes) : undefined;
      if (inside !== undefined) return { ...inside, folders: [child.path] };
    }
    const here = findIn(folder, name, suffixes);
    if (here !== undefined) return here;
    if (isFolder(child)) portions.push(child.path);
  }
  return portions.length > 0 ? { kind: "namespace", folders: portions } : undefined;
}

function findIn(
  folder: ViewFolder,
  name: string,
  suffixes: readonly string[],
): { kind: "source" | "bytecode" | "native"; file: ViewFile } | undefined {
  const file = (suffix: string): ViewFile | undefined => {
    const child = folder.children.get(name + suffix);
    return isFolder(child) ? undefined : child;
  };
  for (const suffix of suffixes) {
    const native = file(suffix);
    if (native !== undefined) return { kind: "native", file: native };
  }
  const source = file(".py");
  if (source !== undefined) return { kind: "source", file: source };
  const bytecode = file(".pyc");
  return bytecode === undefined ? undefined : { kind: "bytecode", file: bytecode };
}

const changed = new Map<string, [number, number]>();
for (const [range, modules] of Object.entries(changedModules)) {
  for (const module of modules.split(" ")) changed.set(module, parseRange(range));
}

function parseRange(range: string): [number, number] {
  const [first = "", last = ""] = range.split("-");
  return [first === "" ? 0 : Number(first), last === "" ? Number.POSITIVE_INFINITY : Number(last)];
}

/** Whether this Python's standard library has the module; undefined when it is no standard module of any version. */
export function isStandard(module: string, minor: number): boolean | undefined {
  const range = changed.get(module);
  if (range !== undefined) return minor >= range[0] && minor <= range[1];
  const top = module.split(".", 1)[0] ?? module;
  if (top !== module) return isStandard(top, minor);
  return standardModules.has(module) ? true : undefined;
}

/** Whether a standard module has a name in this version; undefined when no version's change is known. */
export function standardHasName(module: string, name: string, minor: number): boolean | undefined {
  const ranges = changedNames[module];
  if (ranges === undefined) return undefined;
  for (const [range, names] of Object.entries(ranges)) {
    if (!names.split(" ").includes(name)) continue;
    const [first, last] = parseRange(range);
    return minor >= first && minor <= last;
  }
  return undefined;
}

/** In which minor versions a standard module exists, when not in all: `[first, last]`. */
export function standardRange(module: string): readonly [number, number] | undefined {
  return changed.get(module) ?? changed.get(module.split(".", 1)[0] ?? module);
}

/** Standard modules that are compiled into the interpreter and therefore found before any file. */
export const builtinModules: ReadonlySet<string> = new Set(
  `_abc _ast _codecs _collections _functools _imp _io _locale _operator _signal _sre _stat _string _symtable _thread
  _tracemalloc _warnings _weakref atexit builtins errno faulthandler gc itertools marshal posix pwd sys time`.split(
    /\s+/,
  ),
);
