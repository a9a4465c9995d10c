// What the dynamic loader says of a native module, checked in its own order: the file, its libraries, their versions, the initialiser.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { ElfFacts, NativeFacts } from "../../facts/inventory.ts";
import { isFolder, isReadable, nodeAt, type View, type ViewFile } from "../view.ts";
import { raise, type FailureDetail, type Machine, type Raised } from "./machine.ts";
import { noteUnread } from "./unread.ts";
import { compareVersions, elfMachine, type NativeTarget } from "./target.ts";

/** What the loader works on: also the part of a Python machine that it needs. */
export type Loader = { view: View; target: NativeTarget; notes: Set<string> };

/** What the loader says: the text, why, and whether the process dies of it instead of raising it. */
export type Complaint = { text: string; cause: CauseId; explanation: string; crash?: true; file?: string };
/** A library in the process: its file, and the run-time search paths of those that loaded it. */
type Loaded = { file: ViewFile; named: string; facts: ElfFacts; inherited: string[] };

const cannotOpen = "cannot open shared object file";

/** The record of a native file, or undefined when it was not read. */
export function nativeOf(file: ViewFile): NativeFacts | undefined {
  return file.part.inventory.native[file.stored];
}

/** Loads a native module: gives the exception, or undefined when the loader accepts it. */
export function loadNative(machine: Machine, name: string, file: ViewFile): Raised | undefined {
  const facts = nativeOf(file);
  const complaint = loadLibrary(machine, file);
  const last = name.slice(name.lastIndexOf(".") + 1);
  const detail = (found: Complaint): Omit<FailureDetail, "chain"> => ({
    cause: found.cause,
    module: name,
    file: found.file ?? file.path,
    part: file.part,
    explanation: found.explanation,
  });
  if (complaint !== undefined) {
    return raise(machine, complaint.crash === true ? "crash" : "ImportError", complaint.text, detail(complaint));
  }
  if (facts === undefined) noteUnread(machine, name, file);
  else if (facts.format === "elf" && facts.partial !== true && !facts.inits.includes(last)) {
    const others = facts.inits.length === 0 ? "none" : facts.inits.join(", ");
    return raise(
      machine,
      "ImportError",
      `dynamic module does not define module export function (PyInit_${last})`,
      detail({
        text: "",
        cause: "symbol-mismatch",
        explanation: `${file.path} was renamed or built as another module: it initialises ${others}, not ${last}.`,
      }),
    );
  }
  return undefined;
}

/** What the loader says of a library and of those that it links to; undefined when it loads. */
export function loadLibrary(machine: Loader, file: ViewFile): Complaint | undefined {
  const facts = nativeOf(file);
  return refuseFile(machine, file, facts, file.path) ?? loadElf(machine, file, facts);
}

/** What the loader says of one file before it looks at its libraries; `named` is how it names the file. */
function refuseFile(
  machine: Loader,
  file: ViewFile,
  facts: NativeFacts | undefined,
  named: string,
): Complaint | undefined {
  const say = (text: string, cause: CauseId, explanation: string): Complaint => ({
    text: `${named}: ${text}`,
    cause,
    explanation,
    file: file.path,
  });
  if (!isReadable(file)) {
    const mode = `0${((file.mode ?? 0) & 0o777).toString(8)}`;
    return say(
      `${cannotOpen}: Permission denied`,
      "permission-denied-files",
      `${file.path} is not readable by the function's user: its mode is ${mode}.`,
    );
  }
  const where = `Lambda runs Linux ${machine.target.architecture}`;
  if (facts === undefined) {
    return file.size < 64
      ? say("file too short", "corrupt-artifact", `${file.path} has only ${file.size} bytes.`)
      : undefined;
  }
  if (facts.format !== "elf") {
    const kind = foreignKind(facts);
    const short = facts.size < 64;
    return say(short ? "file too short" : "invalid ELF header", kind.cause, `${file.path} is ${kind.what}; ${where}.`);
  }
  if (facts.headerOnly === true) {
    return say("file too short", "corrupt-artifact", `${file.path} has only ${file.size} bytes: it was cut off.`);
  }
  const foreign = `${file.path} is a Linux ${facts.machine} library of ${facts.bits} bits; ${where}.`;
  if (facts.bits === 32) return say("wrong ELF class: ELFCLASS32", "wrong-arch", foreign);
  if (facts.bigEndian === true) return say("ELF file data encoding not little-endian", "wrong-arch", foreign);
  if (facts.machine !== elfMachine(machine.target.architecture)) {
    return say(`${cannotOpen}: No such file or directory`, "wrong-arch", foreign);
  }
  if (facts.type !== "shared" && facts.type !== "executable") {
    const what = facts.type === "relocatable" ? "an object file that was never linked" : "no shared library";
    return say("only ET_DYN and ET_EXEC can be loaded", "corrupt-artifact", `${file.path} is ${what}.`);
  }
  if (facts.unreadable !== undefined) {
    const text = facts.unreadable.includes("program headers")
      ? "cannot read file data"
      : "object file has no loadable segments";
    return say(text, "corrupt-artifact", `${file.path} is damaged: ${facts.unreadable}.`);
  }
  if (facts.missingBytes !== undefined) {
    const explanation = `${file.path} was cut off: ${facts.missingBytes} bytes that it announces are missing.`;
    // The loader maps the file and dies when it touches what is not there; no exception is raised.
    const text = "Runtime exited with error: signal: bus error";
    return { text, cause: "corrupt-artifact", explanation, crash: true, file: file.path };
  }
  return undefined;
}

function foreignKind(facts: Exclude<NativeFacts, { format: "elf" }>): { cause: CauseId; what: string } {
  switch (facts.format) {
    case "macho":
      return { cause: "wrong-platform-macos", what: `a macOS (${facts.cpus.join(", ")}) library` };
    case "pe":
      return { cause: "wrong-platform-windows", what: `a Windows (${facts.machine}) library` };
    case "empty":
      return { cause: "corrupt-artifact", what: "an empty file" };
    case "git-lfs-pointer":
      return { cause: "corrupt-artifact", what: "a Git LFS pointer instead of the library itself" };
    case "text":
      return { cause: "corrupt-artifact", what: "a text file" };
    case "archive":
      return { cause: "corrupt-artifact", what: "a static library" };
    case "wasm":
      return { cause: "wrong-platform-unspecified", what: "a WebAssembly module" };
    case "unknown":
      return { cause: "corrupt-artifact", what: "no library of any known system" };
  }
}

function loadElf(machine: Loader, file: ViewFile, facts: NativeFacts | undefined): Complaint | undefined {
  if (facts?.format !== "elf") return undefined;
  const loaded: Loaded[] = [{ file, named: file.path, facts, inherited: [] }];
  const names = new Set<string>([facts.soname ?? "", file.path]);
  for (let at = 0; at < loaded.length; at++) {
    const current = loaded[at];
    if (current === undefined) break;
    for (const name of current.facts.needed) {
      if (names.has(name)) continue;
      names.add(name);
      const found = findLibrary(machine, current, name);
      if (found === undefined || found === "system") continue;
      if ("text" in found) return { ...found, file: file.path };
      loaded.push(found);
    }
  }
  for (const each of loaded) {
    const complaint = missingVersion(machine, each);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function findLibrary(machine: Loader, from: Loaded, name: string): Loaded | Complaint | "system" | undefined {
  const { target, view } = machine;
  const origin = from.named.slice(0, from.named.lastIndexOf("/"));
  const expand = (folders: readonly string[] | undefined) =>
    (folders ?? []).map((folder) => folder.replaceAll(/\$\{?ORIGIN\}?/g, origin));
  const own = expand(from.facts.rpath);
  // A RUNPATH turns RPATHs off, and is not inherited.
  const inherited = from.facts.runpath === undefined ? [...own, ...from.inherited] : [];
  for (const folder of [...inherited, ...target.libraryPath, ...expand(from.facts.runpath)]) {
    // The loader names a library by the path as it is written, `..` and all.
    const named = `${folder}/${name}`;
    const node = nodeAt(view, named);
    if (node === undefined || isFolder(node)) continue;
    const facts = nativeOf(node);
    if (facts?.format === "elf" && facts.machine !== elfMachine(target.architecture) && facts.bits === 64) continue;
    const refused = refuseFile(machine, node, facts, named);
    if (refused !== undefined) return refused;
    if (facts?.format !== "elf") return undefined;
    return { file: node, named, facts, inherited };
  }
  const there = target.hasLibrary(name);
  if (there === true) return "system";
  // Some musl builds link to the C library by the plain name that only musl gives it.
  const musl = name.startsWith("libc.musl-") || name === "libc.so";
  if (there === undefined && !musl && !isBundledName(name)) {
    machine.notes.add(`Whether the system has ${name}, which ${from.file.path} links to, is not known.`);
    return undefined;
  }
  return {
    text: `${name}: ${cannotOpen}: No such file or directory`,
    cause: musl ? "wrong-libc-musl" : "shared-library-missing",
    explanation: musl
      ? `${from.file.path} was built for a musl Linux (Alpine); Lambda's runtimes use glibc.`
      : `${from.file.path} links to ${name}, which is neither in the package and its layers nor on the system.`,
  };
}

/** Wheels carry their libraries under names with a hash of the content, which no system has. */
function isBundledName(name: string): boolean {
  return /-[0-9a-f]{8}\.so|\.libs\//.test(name);
}

function missingVersion(machine: Loader, { file, named, facts }: Loaded): Complaint | undefined {
  const { glibc, glibcPath, symbolVersions } = machine.target;
  const folder = glibcPath.slice(0, glibcPath.lastIndexOf("/"));
  for (const { library, names } of facts.versions) {
    for (const name of names) {
      const [, prefix = "", version = ""] = /^([A-Z]+)_([\d.]+)$/.exec(name) ?? [];
      const offered = prefix === "GLIBC" ? glibc : symbolVersions[prefix];
      const needs = name === "GLIBC_ABI_DT_RELR" ? "2.36" : version;
      const has = name === "GLIBC_ABI_DT_RELR" ? glibc : offered;
      if (has === undefined || needs === "" || compareVersions(needs, has) <= 0) continue;
      const what = prefix === "GLIBC" || prefix === "" ? "glibc" : "libstdc++";
      return {
        text: `${folder}/${library}: version \`${name}' not found (required by ${named})`,
        cause: "glibc-too-old",
        explanation: `${file.path} needs ${what} ${needs}; the runtime's system has ${has}.`,
        file: file.path,
      };
    }
  }
  return undefined;
}
