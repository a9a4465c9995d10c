// What a file's imports reach: modules by their full names, and libraries that it opens by itself.
import type { Distribution, PythonSource, Step } from "../../facts/inventory.ts";
import { nativesBeside } from "./distributions.ts";
import { inside } from "./functions.ts";
import { hasFile, type Index } from "./layout.ts";

/** The modules that a file may import, by full name; for `from a import b` both `a` and `a.b`. */
export function importsOf(index: Index, path: string, source: PythonSource, own: boolean): string[] {
  const root = index.roots
    .filter((each) => each === "" || path.startsWith(`${each}/`))
    .sort((a, b) => b.length - a.length)[0];
  const inner = root === undefined || root === "" ? path : path.slice(root.length + 1);
  const parts = inner.replace(/\.py$/, "").split("/");
  const isPackage = parts.at(-1) === "__init__";
  const packageParts = parts.slice(0, -1);
  const modules: string[] = isPackage ? [] : [packageParts.join(".")];
  const absolute = (level: number, module: string): string => {
    if (level === 0) return module;
    const base = packageParts.slice(0, packageParts.length - level + 1);
    return [...base, ...(module === "" ? [] : [module])].join(".");
  };
  const visit = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.do === "import") modules.push(step.module);
      else if (step.do === "dlopen" && step.by === "pycryptodome" && step.name !== undefined) modules.push(step.name);
      else if (step.do === "from") {
        const from = absolute(step.level, step.module);
        modules.push(from, ...step.names.filter((each) => each.name !== "*").map((each) => `${from}.${each.name}`));
      } else for (const block of inside(step)) visit(block);
    }
  };
  visit(source.steps);
  for (const each of Object.values(source.functions ?? {})) visit(each.steps);
  modules.push(...namedModules(source));
  if (own) for (const each of source.later) modules.push(absolute(each.level, each.module));
  return modules.filter((module) => module !== "");
}

/** Where a file imports what a name holds: the texts that may be the name of a module. */
function namedModules(source: PythonSource): string[] {
  const blocks = [source.steps, ...Object.values(source.functions ?? {}).map((each) => each.steps)];
  const texts: string[] = [];
  let loads = false;
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "load") loads = true;
      else if (step.do === "const" && typeof step.value === "string") texts.push(step.value);
      else if (step.do === "call") texts.push(...(step.given ?? []).filter((part) => typeof part === "string"));
      else for (const block of inside(step)) visit(block);
    }
  };
  for (const block of blocks) visit(block);
  return loads ? texts.filter((text) => /^[A-Za-z_]\w*(?:\.\w+)+$|^[a-z_]\w*$/.test(text)) : [];
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

/** The path in the package of a library that is named as seen from a folder. */
function openedPath(folder: string, name: string): string[] {
  if (!/^\.{1,2}\//.test(name)) return [];
  const parts: string[] = [];
  for (const part of `${folder}/${name}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return [parts.join("/")];
}
