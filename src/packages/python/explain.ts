// Why a module or a name is missing: what the package holds instead, and who asked for it.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { isFolder, nodeAt, partName, taskRoot, type ViewFile } from "../view.ts";
import { isStandard, standardRange } from "./finder.ts";
import { locationOf, type FailureDetail, type Machine, type Module } from "./machine.ts";
import { distributionOf, fileAt, findDistribution, ownerOf, type Installed } from "./metadata.ts";
import { explainMisplaced } from "./misplaced.ts";
import { nativeOf } from "./dlopen.ts";
import { parseTag } from "./tags.ts";
import { elfMachine } from "./target.ts";

type Detail = Omit<FailureDetail, "chain">;

/** Explains `No module named '<name>'`. */
export function explainMissing(machine: Machine, name: string): Detail {
  const native = explainForeignNative(machine, name);
  if (native !== undefined) return native;
  const dot = name.indexOf(".");
  return dot < 0 ? explainTopLevel(machine, name) : explainSubmodule(machine, name);
}

/** Explains `cannot import name '<name>' from '<module>'`. */
export function explainMissingName(machine: Machine, from: Module, name: string): Detail {
  const full = `${from.name}.${name}`;
  const native = explainForeignNative(machine, full) ?? explainForeignNative(machine, from.name);
  if (native !== undefined) return native;
  const here = from.file === undefined ? {} : { file: from.file.path, part: from.file.part };
  if (from.standard === true) {
    const explanation = `Python 3.${machine.target.minor}'s ${from.name} has no ${name}.`;
    return { cause: "stdlib-module-removed", module: full, explanation };
  }
  if (from.file === undefined && from.folders !== undefined) {
    const folder = from.folders[0] ?? from.name;
    const explanation = `${folder} has no __init__.py, so that ${from.name} is an empty namespace package.`;
    const part = firstPart(machine, folder);
    return { cause: "corrupt-artifact", module: full, explanation, ...(part === undefined ? {} : { part }) };
  }
  const importer = machine.stack.at(-1)?.file;
  if (importer === from.file?.path) {
    const explanation = `${importer} imports ${from.name}, but that name is the file itself, which hides the package.`;
    return { cause: "circular-import-or-name-missing", module: full, explanation, ...here };
  }
  if (from.loading) {
    const explanation = `${locationOf(from)} is imported again before it has defined ${name}: the modules import each other.`;
    return { cause: "circular-import-or-name-missing", module: full, explanation, ...here };
  }
  const owner = from.file === undefined ? undefined : ownerOf(machine, from.file.path);
  const asker = importer === undefined ? undefined : ownerOf(machine, importer);
  if (owner !== undefined && asker?.distribution.name !== owner.distribution.name) {
    const { name: dist, version } = owner.distribution;
    const explanation = `${dist} ${version} has no ${name} in ${from.name}; whoever imports it was written for another version.`;
    return { cause: "dependency-conflict", module: full, explanation, ...here };
  }
  const explanation = `${locationOf(from)} defines no ${name}.`;
  return { cause: "circular-import-or-name-missing", module: full, explanation, ...here };
}

/** Explains that a distribution's metadata is not there. */
export function explainMissingMetadata(machine: Machine, name: string): Detail {
  const module = name.replaceAll("-", "_");
  const there = machine.target.searchPath.some((path) => nodeAt(machine.view, `${path}/${module}`) !== undefined);
  return {
    cause: there ? "corrupt-artifact" : "transitive-dependency-missing",
    module: name,
    explanation: there
      ? `${module} is there without its ${module}-*.dist-info folder, which it reads its version from.`
      : `Neither ${module} nor its metadata is in the package or its layers.`,
  };
}

/** Explains an exception that the code raises by itself. */
export function explainRaise(module: Module, line: number, message = ""): Detail {
  if (message.includes("add_dll_directory")) {
    const explanation = `${locationOf(module)} is of a wheel for Windows: it asks for a function that only Windows has.`;
    const here = module.file === undefined ? {} : { file: module.file.path, part: module.file.part };
    return { cause: "wrong-platform-windows", module: module.name, line, explanation, ...here };
  }
  return {
    cause: "init-crash",
    module: module.name,
    ...(module.file === undefined ? {} : { file: module.file.path, part: module.file.part }),
    ...(line === 0 ? {} : { line }),
    explanation: `${locationOf(module)} raises it while it is imported.`,
  };
}

function firstPart(machine: Machine, folder: string): ViewFile["part"] | undefined {
  const node = nodeAt(machine.view, folder);
  if (!isFolder(node)) return undefined;
  for (const child of node.children.values()) if (!isFolder(child)) return child.part;
  return undefined;
}

/** A compiled file of that module which this Python does not accept: another version's, processor's or system's. */
function explainForeignNative(machine: Machine, name: string): Detail | undefined {
  const { target, view } = machine;
  const dot = name.lastIndexOf(".");
  const last = name.slice(dot + 1);
  const parent = dot < 0 ? undefined : machine.modules.get(name.slice(0, dot));
  const folders = dot < 0 ? target.searchPath : (parent?.folders ?? []);
  for (const path of folders) {
    const folder = nodeAt(view, path);
    if (!isFolder(folder)) continue;
    const candidates = [...folder.children.values()].filter(
      (child): child is ViewFile =>
        !isFolder(child) &&
        child.path.slice(path.length + 1).startsWith(`${last}.`) &&
        /\.(?:so|pyd)$/.test(child.path),
    );
    const judged = candidates
      .map((file) => ({ file, ...foreignCause(machine, file) }))
      .sort((a, b) => a.distance - b.distance);
    const [best] = judged;
    if (best === undefined) continue;
    const { file, cause, what } = best;
    const explanation = `${file.path} is ${what}; Lambda runs Linux ${target.architecture} with Python 3.${target.minor}.`;
    return { cause, module: name, file: file.path, part: file.part, explanation };
  }
  const listed = distributionOf(machine, name.split(".", 1)[0] ?? name);
  return listed === undefined ? undefined : explainListedNative(name, listed);
}

function foreignCause(machine: Machine, file: ViewFile): { cause: CauseId; what: string; distance: number } {
  const { target } = machine;
  const tag = parseTag(file.path);
  const facts = nativeOf(file);
  const cpu = facts?.format === "elf" ? facts.machine : tag.cpu;
  const version = tag.minor === undefined ? "" : ` for Python 3.${tag.minor}`;
  if (facts?.format === "macho" || tag.system === "macos") {
    const cpus = facts?.format === "macho" ? ` (${facts.cpus.join(", ")})` : "";
    return { cause: "wrong-platform-macos", what: `a macOS${cpus} library${version}`, distance: 3 };
  }
  if (facts?.format === "pe" || tag.system === "windows") {
    const machineName = facts?.format === "pe" ? ` (${facts.machine})` : "";
    return { cause: "wrong-platform-windows", what: `a Windows${machineName} library${version}`, distance: 4 };
  }
  if (cpu !== undefined && cpu !== elfMachine(target.architecture)) {
    return { cause: "wrong-arch", what: `a Linux ${cpu} library${version}`, distance: 2 };
  }
  if (tag.system === "musl") return { cause: "wrong-libc-musl", what: `a musl Linux library${version}`, distance: 1 };
  if (tag.minor !== undefined && tag.minor !== target.minor) {
    return { cause: "wrong-python-abi", what: `a Linux library${version}`, distance: 0 };
  }
  return { cause: "native-extension-missing", what: "no module that this Python accepts", distance: 5 };
}

/** A compiled file that the distribution's RECORD lists and the package lacks. */
function explainListedNative(name: string, { distribution, part }: Installed): Detail | undefined {
  const path = name.replaceAll(".", "/");
  const listed = distribution.natives.find((file) => file.startsWith(`${path}.`));
  if (listed === undefined) return undefined;
  const tag = parseTag(listed);
  const foreign = tag.system === "macos" || tag.system === "windows" ? tag.system : undefined;
  return {
    cause: foreign === undefined ? "native-extension-missing" : `wrong-platform-${foreign}`,
    module: name,
    part,
    explanation: `${distribution.name} ${distribution.version} was installed with ${listed}, which is not in ${partName(part)}.`,
  };
}

function explainTopLevel(machine: Machine, name: string): Detail {
  const { target } = machine;
  const standard = isStandard(name, target.minor);
  if (standard === false) {
    const [first, last] = standardRange(name) ?? [0, 0];
    const gone = target.minor > last;
    return {
      cause: gone ? "stdlib-module-removed" : "wrong-runtime-configured",
      module: name,
      explanation: gone
        ? `Python's ${name} was removed after 3.${last}; the runtime has 3.${target.minor}.`
        : `Python has ${name} only from 3.${first} on; the runtime has 3.${target.minor}.`,
    };
  }
  const misplaced = explainMisplaced(machine, name);
  if (misplaced !== undefined)
    return { module: name, ...misplaced, ...packedWithFolder(machine, name, misplaced.file) };
  if (machine.stack.length === 0) {
    const explanation = `There is no file for the handler's module ${name} in the package.`;
    return { cause: "handler-file-missing", module: name, explanation };
  }
  const owner = ownerOf(machine, machine.stack.at(-1)?.file ?? "");
  if (owner !== undefined || isThirdParty(machine)) {
    const by = owner === undefined ? machine.stack.at(-1)?.file : owner.distribution.name;
    const explanation = `${by} imports ${name}, which is neither in the package nor in its layers.`;
    return { cause: "transitive-dependency-missing", module: name, explanation };
  }
  return {
    cause: "module-missing",
    module: name,
    explanation: `${name} is neither in the package nor in its layers.`,
  };
}

/** Whether the import stands in a package that user code imports by another top-level name than its own folders'. */
function isThirdParty(machine: Machine): boolean {
  const file = fileAt(machine, machine.stack.at(-1)?.file ?? "");
  return (
    file !== undefined &&
    /^(?:python\/(?:lib\/python3\.\d+\/site-packages\/)?)?(?:pg8000|scramp|asn1crypto|psycopg\w*|asyncpg|sqlalchemy|dateutil)\//.test(
      file.stored,
    )
  );
}

/** The archive was made of the project's folder instead of what is in it: the handler's module lies one folder down. */
function packedWithFolder(
  machine: Machine,
  name: string,
  file: string | undefined,
): Pick<Detail, "cause" | "explanation" | "mending"> | undefined {
  const folder = file === undefined ? undefined : /^\/var\/task\/([^/]+)\/[^/]+(?:\/__init__\.py)?$/.exec(file)?.[1];
  if (file === undefined || folder === undefined || machine.stack.length > 0) return undefined;
  const root = nodeAt(machine.view, taskRoot);
  const hasModules = isFolder(root) && [...root.children.keys()].some((child) => child.endsWith(".py"));
  if (hasModules || ownerOf(machine, file) !== undefined) return undefined;
  return {
    cause: "handler-file-missing",
    explanation: `${name} is in the folder ${folder} of the package, and nothing beside that folder is a module: the folder was packed with what is in it.`,
    mending: `Pack the contents of ${folder}, not the folder itself, or name the folder in the handler: ${folder}/${name} in place of ${name}.`,
  };
}

function explainSubmodule(machine: Machine, name: string): Detail {
  const dot = name.lastIndexOf(".");
  const parent = machine.modules.get(name.slice(0, dot));
  const here = parent?.file === undefined ? {} : { file: parent.file.path, part: parent.file.part };
  if (machine.stack.length === 0) {
    const explanation = `There is no file for the handler's module ${name} in the package.`;
    return { cause: "handler-file-missing", module: name, explanation };
  }
  if (parent !== undefined && parent.folders === undefined) {
    const explanation = `${locationOf(parent)} is a file, not a package: it hides the package that has ${name}.`;
    const mending = `Rename ${locationOf(parent)} and the imports that mean it, or take it out.`;
    return { cause: "module-missing", module: name, explanation, mending, ...here };
  }
  const owner = parent?.file === undefined ? undefined : ownerOf(machine, parent.file.path);
  const asker = ownerOf(machine, machine.stack.at(-1)?.file ?? "");
  const last = name.slice(dot + 1);
  const compiled = last.startsWith("_") && owner !== undefined && owner.distribution.natives.length > 0;
  if (compiled) {
    const explanation = `The compiled module ${name} of ${owner.distribution.name} is not in ${partName(owner.part)}.`;
    return { cause: "native-extension-missing", module: name, explanation, ...here };
  }
  if (owner !== undefined && asker?.distribution.name === owner.distribution.name) {
    const explanation = `${owner.distribution.name} imports its own module ${name}, which is not in ${partName(owner.part)}.`;
    return { cause: "corrupt-artifact", module: name, explanation, ...here };
  }
  if (owner !== undefined) {
    const explanation = `${owner.distribution.name} ${owner.distribution.version} has no module ${name}.`;
    return { cause: "dependency-conflict", module: name, explanation, ...here };
  }
  const metadata = findDistribution(machine, name.split(".", 1)[0] ?? name);
  const hint = last.startsWith("_") && metadata === undefined ? "native-extension-missing" : "module-missing";
  return { cause: hint, module: name, explanation: `${name} is neither in the package nor in its layers.`, ...here };
}
