// Libraries that Python code opens by itself, with ctypes or cffi, instead of importing them.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Step } from "../../facts/inventory.ts";
import { isFolder, nodeAt, partName, type ViewFile } from "../view.ts";
import { loadLibrary, nativeOf } from "./dlopen.ts";
import { locationOf, raise, type FailureDetail, type Machine, type Module, type Raised } from "./machine.ts";
import { installedIn, ownerOf } from "./metadata.ts";
import { tagFits } from "./tags.ts";
import { elfMachine, extensionSuffixes } from "./target.ts";

type Opening = Extract<Step, { do: "dlopen" }>;
type Refusal = { text: string; cause: CauseId; explanation: string; file: string; crash?: true };

/** Opens what the step names; gives the OSError of a library that is not there or that the loader refuses. */
export function runDlopen(machine: Machine, module: Module, step: Opening): Raised | undefined {
  if (step.by === "pycryptodome") return openLikePycryptodome(machine, module, step);
  if (step.name === undefined) return openUnnamed(machine, module, step);
  const refused = refuse(machine, module, step.name);
  if (refused === undefined) return undefined;
  const { name, found } = refused;
  if (found.crash === true) return raise(machine, "crash", found.text, detailOf(module, step, found));
  const message = step.by === "ctypes" ? found.text : cffiText(name, found.text);
  return raise(machine, "OSError", message, detailOf(module, step, found));
}

function detailOf(module: Module, step: Opening, found: Omit<Refusal, "text">): Omit<FailureDetail, "chain"> {
  return {
    cause: found.cause,
    module: module.name,
    file: found.file,
    line: step.line,
    ...(module.file === undefined ? {} : { part: module.file.part }),
    explanation: found.explanation,
  };
}

/** cffi looks for what cannot be opened under its plain name, too, and says both. */
function cffiText(name: string, text: string): string {
  const searched = `ctypes.util.find_library() did not manage to locate a library called ${quoted(name)}`;
  return `cannot load library ${quoted(name)}: ${text}.  Additionally, ${searched}`;
}

function quoted(name: string): string {
  return name.includes("'") && !name.includes('"') ? `"${name}"` : `'${name}'`;
}

function folderOf(module: Module): string | undefined {
  return module.file?.path.slice(0, module.file.path.lastIndexOf("/"));
}

/** The refusal of a library by its name, as the loader looks for it, or by a path. */
function refuse(machine: Machine, module: Module, written: string): { name: string; found: Refusal } | undefined {
  const folder = folderOf(module);
  if (folder === undefined) return undefined;
  const relative = /^\.{1,2}\//.test(written);
  const name = relative ? `${folder}/${written.replace(/^(?:\.\/)+/, "")}` : written;
  if (!name.includes("/")) return refuseByName(machine, name);
  // What lies outside the function's folders is not known.
  if (!/^\/(?:var\/task|opt)\//.test(name)) return undefined;
  const node = nodeAt(machine.view, name);
  if (node === undefined || isFolder(node)) return { name, found: absent(name, locationOf(module)) };
  const found = loadLibrary(machine, node);
  return found === undefined ? undefined : { name, found: { ...found, file: found.file ?? node.path } };
}

function refuseByName(machine: Machine, name: string): { name: string; found: Refusal } | undefined {
  for (const folder of machine.target.libraryPath) {
    const node = nodeAt(machine.view, `${folder}/${name}`);
    if (node === undefined || isFolder(node)) continue;
    const found = loadLibrary(machine, node);
    return found === undefined ? undefined : { name, found: { ...found, file: found.file ?? node.path } };
  }
  const there = machine.target.hasLibrary(name);
  if (there === undefined) machine.notes.add(`Whether the system has ${name}, which is opened by name, is not known.`);
  return there === false ? { name, found: absent(name, name) } : undefined;
}

function absent(name: string, file: string): Refusal {
  return {
    text: `${name}: cannot open shared object file: No such file or directory`,
    cause: "shared-library-missing",
    explanation: `${name} is neither in the package and its layers nor on the system.`,
    file,
  };
}

/**
 * A library whose name is made up while the code runs: where all the libraries that its distribution brought are for
 * another system or processor, none of them can be the one.
 */
function openUnnamed(machine: Machine, module: Module, step: Opening): Raised | undefined {
  const owner = module.file === undefined ? undefined : ownerOf(machine, module.file.path);
  if (owner === undefined) return undefined;
  const libraries = owner.distribution.natives.flatMap((path) => {
    const node = nodeAt(machine.view, `${owner.folder}/${path}`);
    return node === undefined || isFolder(node) ? [] : [node];
  });
  const [first] = libraries;
  const reasons = libraries.map((file) => foreignness(machine, file));
  if (first === undefined || reasons.includes(undefined)) return undefined;
  const cause = reasons[0] ?? "wrong-platform-unspecified";
  const explanation = `${locationOf(module)} opens a library of its package; those that ${partName(owner.part)} has, ${first.path} among them, are for another system.`;
  return raise(machine, "OSError", "…", detailOf(module, step, { cause, explanation, file: first.path }), {
    exact: false,
  });
}

/**
 * Sentences on loaded packages that bring no compiled modules but libraries, all for another system: such libraries are
 * opened by code, at a time that is not always seen.
 */
export function foreignLibraries(machine: Machine): string[] {
  return installedIn(machine).flatMap(({ distribution, folder, part }) => {
    if (!distribution.topLevel.some((top) => machine.reached.has(top))) return [];
    const files = distribution.natives.flatMap((path) => {
      const node = nodeAt(machine.view, `${folder}/${path}`);
      return node === undefined || isFolder(node) ? [] : [node];
    });
    const [first] = files;
    const foreign = files.every((file) => !isModule(file) && foreignness(machine, file) !== undefined);
    if (first === undefined || !foreign) return [];
    return `${partName(part)} has ${distribution.name} with libraries for another system, ${first.path} among them; when they are opened is not known.`;
  });
}

function isModule(file: ViewFile): boolean {
  const facts = nativeOf(file);
  return (facts?.format === "elf" && facts.inits.length > 0) || /\.abi3\.so$|\.pyd$|\.cpython-[^/]*$/.test(file.path);
}

/** Why a library is for another system; undefined where it may be for this one. */
function foreignness(machine: Machine, file: ViewFile): CauseId | undefined {
  const facts = nativeOf(file);
  if (facts?.format === "macho") return "wrong-platform-macos";
  if (facts?.format === "pe") return "wrong-platform-windows";
  if (facts?.format === "elf")
    return facts.machine === elfMachine(machine.target.architecture) ? undefined : "wrong-arch";
  if (file.path.endsWith(".dylib")) return "wrong-platform-macos";
  if (/\.(?:dll|pyd)$/.test(file.path)) return "wrong-platform-windows";
  return tagFits(file.path, machine.target) === false ? "wrong-platform-unspecified" : undefined;
}

/** pycryptodome's loader tries a module's file with every suffix of extension modules and tells what each said. */
function openLikePycryptodome(machine: Machine, module: Module, step: Opening): Raised | undefined {
  const [top, ...rest] = (step.name ?? "").split(".");
  const last = rest.pop();
  const helper = machine.modules.get(`${top}.Util._raw_api`);
  const here = helper === undefined ? undefined : folderOf(helper);
  if (last === undefined || here === undefined) return undefined;
  const withCffi = machine.modules.has("cffi");
  const attempts: string[] = [];
  let told: Refusal | undefined;
  for (const suffix of extensionSuffixes(machine.target)) {
    const path = `${here}/../${[...rest, last + suffix].join("/")}`;
    const node = nodeAt(machine.view, path);
    if (node === undefined || isFolder(node)) {
      attempts.push(`Not found '${last}${suffix}'`);
      continue;
    }
    const found = loadLibrary(machine, node);
    if (found === undefined) return undefined;
    const text = found.text.replaceAll(node.path, path);
    told ??= { ...found, file: found.file ?? node.path };
    if (found.crash === true) return raise(machine, "crash", found.text, detailOf(module, step, told));
    attempts.push(`Cannot load '${last}${suffix}': ${withCffi ? cffiText(path, text) : text}`);
  }
  const detail = told ?? missingNative(machine, `${here}/../${rest.join("/")}`, last, module);
  const message = `Cannot load native module '${step.name}': ${attempts.join(", ")}`;
  return raise(machine, "OSError", message, detailOf(module, step, detail));
}

/** What lies in the folder instead of a module's compiled file. */
function missingNative(machine: Machine, folder: string, stem: string, module: Module): Omit<Refusal, "text"> {
  const node = nodeAt(machine.view, folder);
  const files = isFolder(node) ? [...node.children.values()] : [];
  for (const file of files) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    if (isFolder(file) || !name.startsWith(`${stem}.`) || !/\.(?:so|pyd|dylib|dll)$/.test(name)) continue;
    const cause = foreignness(machine, file) ?? "wrong-python-abi";
    return { cause, file: file.path, explanation: `${file.path} is for another system or another Python.` };
  }
  const explanation = `The compiled file ${stem} that ${locationOf(module)} opens is not in the package.`;
  return { cause: "native-extension-missing", file: locationOf(module), explanation };
}
