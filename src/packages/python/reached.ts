// What a file's imports reach: modules by their full names, and libraries that it opens by itself.
import type { Distribution, PythonSource, Step } from "../../facts/inventory.ts";
import { layerRoot, normalise, taskRoot } from "../view.ts";
import { nativesBeside } from "./distributions.ts";
import { inside } from "./functions.ts";
import { hasFile, join, type Index } from "./layout.ts";

/** How a file names modules: its own package's, and what relative imports mean in it. */
function namesFrom(index: Index, path: string): { parent: string; absolute(level: number, module: string): string } {
  const root = index.roots
    .filter((each) => each === "" || path.startsWith(`${each}/`))
    .sort((a, b) => b.length - a.length)[0];
  const inner = root === undefined || root === "" ? path : path.slice(root.length + 1);
  const packageParts = inner.replace(/\.py$/, "").split("/").slice(0, -1);
  return {
    parent: packageParts.join("."),
    absolute(level, module) {
      if (level === 0) return module;
      const base = packageParts.slice(0, packageParts.length - level + 1);
      return [...base, ...(module === "" ? [] : [module])].join(".");
    },
  };
}

/**
 * The modules that a file may import, by full name; for `from a import b` both `a` and `a.b`. What only its functions
 * for other files import is left out, unless the file is the function's own.
 */
export function importsOf(index: Index, path: string, source: PythonSource, own: boolean): string[] {
  const { parent, absolute } = namesFrom(index, path);
  const modules: string[] = /(?:^|\/)__init__\.py$/.test(path) ? [] : [parent];
  modules.push(...importsIn(index, path, source.steps));
  for (const each of Object.values(source.functions ?? {})) {
    if (own || each.exported !== true) modules.push(...importsIn(index, path, each.steps));
  }
  modules.push(...namedModules(source));
  if (own) for (const each of source.later) modules.push(absolute(each.level, each.module));
  return modules.filter((module) => module !== "");
}

/** The modules that steps of a file import. */
function importsIn(index: Index, path: string, block: readonly Step[]): string[] {
  const { absolute } = namesFrom(index, path);
  const modules: string[] = [];
  const visit = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.do === "import") modules.push(step.module);
      else if (step.do === "dlopen" && step.by === "pycryptodome" && step.name !== undefined) modules.push(step.name);
      else if (step.do === "from") {
        const from = absolute(step.level, step.module);
        modules.push(from, ...step.names.filter((each) => each.name !== "*").map((each) => `${from}.${each.name}`));
      } else for (const inner of inside(step)) visit(inner);
    }
  };
  visit(block);
  return modules;
}

/** A function of another file that is called while a file is imported, and the file's texts that may name modules. */
type Call = { module: string; name: string; texts: readonly string[] };

/** The functions of other files that steps of a file call, directly or through the file's own functions. */
function callsFrom(index: Index, path: string, source: PythonSource, block: readonly Step[]): Call[] {
  const { absolute } = namesFrom(index, path);
  const origins = new Map<string, Call>();
  const called = new Set<string>();
  const texts = moduleTexts(source);
  const note = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "from") {
        const module = absolute(step.level, step.module);
        for (const { name, as } of step.names) origins.set(as ?? name, { module, name, texts });
      } else if (step.do === "call") called.add(step.name);
      else for (const inner of inside(step)) note(inner);
    }
  };
  note(source.steps);
  called.clear();
  note(block);
  for (const name of called) note(source.functions?.[name]?.steps ?? []);
  return [...called].flatMap((name) => origins.get(name) ?? []);
}

/** Calls across files: what they import is known once both files were parsed. */
export type Calls = { waiting: Map<string, Call>; done: Set<string> };

/** Notes the functions of other files that a file calls while it is imported. */
export function noteCalls(index: Index, path: string, source: PythonSource, calls: Calls): void {
  for (const call of callsFrom(index, path, source, source.steps)) addCall(calls, call);
}

function addCall({ waiting, done }: Calls, call: Call): void {
  const key = `${call.module}:${call.name}`;
  if (!done.has(key)) waiting.set(key, call);
}

/** The modules that the called functions import, of those files that were parsed by now. */
export function importsOfCalls(index: Index, sources: Readonly<Record<string, PythonSource>>, calls: Calls): string[] {
  const modules: string[] = [];
  for (let found = true; found;) {
    found = false;
    for (const [key, { module, name, texts }] of calls.waiting) {
      const base = module.replaceAll(".", "/");
      const path = index.roots
        .flatMap((root) => [`${base}.py`, `${base}/__init__.py`].map((file) => join(root, file)))
        .find((file) => sources[file] !== undefined);
      const source = path === undefined ? undefined : sources[path];
      if (path === undefined || source === undefined) continue;
      found = true;
      calls.waiting.delete(key);
      calls.done.add(key);
      const body = source.functions?.[name]?.steps ?? [{ do: "call" as const, line: 0, name }];
      modules.push(...importsIn(index, path, body), ...(importsByName(source) ? texts : []));
      for (const step of localCalls(source, body)) modules.push(...importsIn(index, path, step));
      for (const call of callsFrom(index, path, source, body)) addCall(calls, call);
    }
  }
  return modules;
}

/** The steps of the file's own functions that steps call, through each other, too. */
function localCalls(source: PythonSource, block: readonly Step[]): (readonly Step[])[] {
  const seen = new Set<string>();
  const found: (readonly Step[])[] = [];
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      for (const inner of inside(step)) visit(inner);
      const body = step.do === "call" && !seen.has(step.name) ? source.functions?.[step.name] : undefined;
      if (step.do !== "call" || body === undefined) continue;
      seen.add(step.name);
      found.push(body.steps);
      visit(body.steps);
    }
  };
  visit(block);
  return found;
}

const blocksOf = (source: PythonSource) => [
  source.steps,
  ...Object.values(source.functions ?? {}).map((each) => each.steps),
];

/** Where a file imports what a name holds: the texts that may be the name of a module. */
function namedModules(source: PythonSource): string[] {
  return importsByName(source) ? moduleTexts(source) : [];
}

function importsByName(source: PythonSource): boolean {
  const loads = (steps: readonly Step[]): boolean =>
    steps.some((step) => step.do === "load" || inside(step).some(loads));
  return blocksOf(source).some(loads);
}

function moduleTexts(source: PythonSource): string[] {
  const texts: string[] = [];
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "const" && typeof step.value === "string") texts.push(step.value);
      else if (step.do === "call") texts.push(...(step.given ?? []).filter((part) => typeof part === "string"));
      else for (const block of inside(step)) visit(block);
    }
  };
  for (const block of blocksOf(source)) visit(block);
  return texts.filter((text) => /^[A-Za-z_]\w*(?:\.\w+)+$|^[a-z_]\w*$/.test(text));
}

/** At most so many libraries of a distribution are read where it is not known which of them is opened. */
const maxOpened = 8;

/** The libraries that a file opens by itself: by their path, or any of its distribution. */
export function openedBy(
  index: Index,
  distributions: readonly Distribution[],
  path: string,
  source: PythonSource,
): string[] {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const found: string[] = [];
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do !== "dlopen") for (const block of inside(step)) visit(block);
      else if (step.name !== undefined) found.push(...openedPath(folder, step.name));
      else found.push(...nativesBeside(distributions, path).slice(0, maxOpened));
    }
  };
  visit(source.steps);
  for (const each of Object.values(source.functions ?? {})) visit(each.steps);
  return found.filter((library) => hasFile(index, library));
}

/** The folders, as they lie in the package, that a file or one of its functions adds to the search path. */
export function foldersAdded(path: string, source: PythonSource): string[] {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const found: string[] = [];
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "path") for (const each of step.folders ?? []) found.push(storedFolder(folder, each));
      else for (const block of inside(step)) visit(block);
    }
  };
  for (const block of blocksOf(source)) visit(block);
  return found;
}

/** Where a folder of a step lies in the package or layer; the step says where it is in the running function. */
function storedFolder(from: string, folder: string): string {
  if (!folder.startsWith("/")) return withoutDots(`${from}/${folder}`);
  const part = [taskRoot, layerRoot].find((root) => folder.startsWith(`${root}/`));
  return withoutDots(part === undefined ? folder : folder.slice(part.length));
}

/** The path in the package of a library that is named as seen from a folder. */
function openedPath(folder: string, name: string): string[] {
  if (!/^\.{1,2}\//.test(name)) return [];
  return [withoutDots(`${folder}/${name}`)];
}

const withoutDots = (path: string): string => normalise(path).slice(1);
