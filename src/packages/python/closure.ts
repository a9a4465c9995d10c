// The function's own code as far as the handler's imports reach it: which drivers it uses, and what it imports later.
import { pythonDrivers, thirdPartyModules } from "../drivers.ts";
import type { Step } from "../../facts/inventory.ts";
import { isFolder, type Part, type ViewFile } from "../view.ts";
import { findModule } from "./finder.ts";
import { inside } from "./functions.ts";
import { importModule, isRaised } from "./importer.ts";
import { sourceOf, type ChainLink, type Machine, type Raised } from "./machine.ts";
import { installedIn, normalName, ownerOf } from "./metadata.ts";

/** A driver that the function's own code imports. */
export type DriverUse = {
  /** The distribution's name: `psycopg2-binary`. */
  name: string;
  /** The import name: `psycopg2`. */
  module: string;
  version?: string;
  /** Where it is; absent when it is nowhere on the import path. */
  part?: Part;
  /** Whether its import succeeded in the simulation. */
  imported: boolean;
  chain: ChainLink[];
};

type Wanted = { module: string; line: number; later: boolean; guarded: boolean };
type OwnFile = { file: ViewFile; name: string; isPackage: boolean; chain: ChainLink[]; wants: Wanted[] };

/** The function's own modules that are reachable from the roots, imports inside functions included. */
export function ownModules(machine: Machine, roots: readonly string[]): OwnFile[] {
  const found = new Map<string, OwnFile>();
  const queue: { name: string; chain: ChainLink[] }[] = roots.map((name) => ({ name, chain: [] }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, chain } = next;
    for (const part of prefixes(name)) {
      if (found.has(part)) continue;
      const own = ownFile(machine, part, chain);
      if (own === undefined) continue;
      found.set(part, own);
      for (const want of own.wants) {
        queue.push({
          name: want.module,
          chain: [...chain, { file: own.file.path, line: want.line, imports: want.module }],
        });
      }
    }
  }
  return [...found.values()];
}

function prefixes(name: string): string[] {
  const parts = name.split(".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}

function locate(machine: Machine, name: string): { file: ViewFile; isPackage: boolean } | undefined {
  let folders: readonly string[] = machine.target.searchPath;
  let found: ReturnType<typeof findModule>;
  for (const part of name.split(".")) {
    found = findModule(machine.view, machine.target, part, folders);
    if (found === undefined) return undefined;
    folders = found.folders ?? [];
  }
  return found === undefined || found.kind === "namespace"
    ? undefined
    : { file: found.file, isPackage: found.folders !== undefined };
}

/** Whether a file is the function's own: no installed distribution has it, and it is no well-known package. */
function isOwnFile(machine: Machine, file: ViewFile, topLevel: string): boolean {
  return !thirdPartyModules.has(topLevel) && ownerOf(machine, file.path) === undefined;
}

function ownFile(machine: Machine, name: string, chain: ChainLink[]): OwnFile | undefined {
  const top = name.split(".", 1)[0] ?? name;
  const located = thirdPartyModules.has(top) ? undefined : locate(machine, name);
  if (located === undefined || isFolder(located.file) || !isOwnFile(machine, located.file, top)) return undefined;
  const source = sourceOf(located.file);
  if (source === undefined) return undefined;
  const wants: Wanted[] = [];
  const add = (module: string, level: number, line: number, later: boolean, guarded: boolean) => {
    const full = level === 0 ? module : relative(name, located.isPackage, level, module);
    if (full !== undefined && full !== "") wants.push({ module: full, line, later, guarded });
  };
  const visit = (steps: readonly Step[], guarded: boolean) => {
    for (const step of steps) {
      if (step.do === "import") add(step.module, 0, step.line, false, guarded);
      else if (step.do === "from") {
        add(step.module, step.level, step.line, false, guarded);
        // `from package import module` reaches a module as well as a name.
        for (const each of step.names) {
          if (each.name !== "*") {
            const path = step.module === "" ? each.name : `${step.module}.${each.name}`;
            add(path, step.level, step.line, false, true);
          }
        }
      } else for (const block of inside(step)) visit(block, guarded || step.do === "try");
    }
  };
  visit(source.steps, false);
  for (const each of Object.values(source.functions ?? {})) if (each.exported !== true) visit(each.steps, false);
  for (const each of source.later) add(each.module, each.level, each.line, true, each.guarded);
  return { file: located.file, name, isPackage: located.isPackage, chain, wants };
}

function relative(name: string, isPackage: boolean, level: number, module: string): string | undefined {
  const parts = name.split(".");
  const keep = parts.length - level + (isPackage ? 1 : 0);
  if (keep < 1) return undefined;
  const base = parts.slice(0, keep).join(".");
  return module === "" ? base : `${base}.${module}`;
}

/** The drivers that the function's own code imports, at load time or later. */
export function driverImports(machine: Machine, roots: readonly string[]): DriverUse[] {
  const uses = new Map<string, DriverUse>();
  const note = (module: string, chain: ChainLink[]) => {
    const top = module.split(".", 1)[0] ?? module;
    const names = pythonDrivers[top];
    if (names === undefined || uses.has(top)) return;
    const wanted = names.map(normalName);
    const installed = installedIn(machine).find(
      (each) => machine.target.searchPath.includes(each.folder) && wanted.includes(normalName(each.distribution.name)),
    );
    const located = locate(machine, top);
    const part = located?.file.part;
    const use: DriverUse = {
      name: installed?.distribution.name ?? names[0] ?? top,
      module: top,
      imported: machine.modules.has(top),
      chain,
    };
    if (installed !== undefined) use.version = installed.distribution.version;
    if (part !== undefined) use.part = part;
    uses.set(top, use);
  };
  for (const root of roots) note(root, []);
  for (const own of ownModules(machine, roots)) {
    for (const want of own.wants) {
      note(want.module, [...own.chain, { file: own.file.path, line: want.line, imports: want.module }]);
    }
  }
  return [...uses.values()];
}

/** Tries the imports inside functions of the function's own code, and gives what they raise. */
export function lateImports(machine: Machine, roots: readonly string[]): Raised[] {
  const failures = new Map<string, Raised>();
  for (const own of ownModules(machine, roots)) {
    for (const want of own.wants) {
      if (!want.later || want.guarded || failures.has(want.module)) continue;
      machine.stack = [...own.chain, { file: own.file.path, line: want.line, imports: want.module }];
      const loaded = importModule(machine, want.module);
      if (isRaised(loaded)) failures.set(want.module, loaded);
    }
  }
  machine.stack = [];
  return [...failures.values()];
}
