// The few packages whose import does something that general resolution cannot see in their source.
import type { FailureDetail, Machine, Module, Raised } from "./machine.ts";
import { isFolder, nodeAt, type ViewFile } from "../view.ts";
import { ownerOf } from "./metadata.ts";
import { compareVersions } from "./target.ts";

const implementations = ["c", "binary", "python"];

/**
 * psycopg tries three implementations and lists, when none loads, what each said. Gives that list and the failure that
 * matters: that of a compiled implementation which is in the package, else that no implementation is there.
 */
export function psycopgAttempts(module: Module): { text: string; detail: FailureDetail } | undefined {
  if (module.name !== "psycopg.pq" || module.caught.length === 0) return undefined;
  const lines = module.caught.map((raised, index) => {
    const name = implementations[index] ?? "python";
    return `- couldn't import psycopg '${name}' implementation: ${raised.message}`;
  });
  const compiled = module.caught
    .slice(0, 2)
    .filter((raised) => raised.missing !== "psycopg_c" && raised.missing !== "psycopg_binary");
  const detail = compiled[0]?.detail;
  if (detail !== undefined && detail.file !== undefined) return { text: lines.join("\n"), detail };
  const last = module.caught.at(-1)?.detail;
  return {
    text: lines.join("\n"),
    detail: {
      ...detail,
      cause: "driver-backend-missing",
      module: "psycopg_binary",
      explanation:
        "psycopg needs one of psycopg_c, psycopg_binary or the system's libpq; none of them can be loaded here.",
      chain: last?.chain ?? [],
    },
  };
}

/** What a library says whose numpy is not there; Cython's are taken to need it where their distribution requires it. */
export function withoutNumpy(machine: Machine, name: string, file: ViewFile, raised: Raised): Raised | undefined {
  if (name === "numpy") {
    const requires = ownerOf(machine, file.path)?.distribution.requires ?? [];
    return requires.some((each) => /^numpy(?![\w.-])(?!.*extra\s*==)/i.test(each)) ? raised : undefined;
  }
  const message = `${name} failed to import`;
  return { type: "ImportError", message, exact: raised.exact, detail: raised.detail };
}

/** Libraries that compare themselves with another when they are loaded. */
export function undecided(machine: Machine, file: ViewFile): void {
  if (ownerOf(machine, file.path)?.distribution.name.toLowerCase() !== "xmlsec" || machine.guarded > 0) return;
  machine.openQuestions.add(
    `${file.path} refuses to load beside an lxml with another libxml2; which both have is not known.`,
  );
}

/** Texts of numpy's long message that its own code makes up. */
export function numpyTexts(machine: Machine, module: Module, missing: string | undefined): ReadonlyMap<string, string> {
  if (module.name !== "numpy.core" && module.name !== "numpy._core") return new Map();
  const { executable, minor } = machine.target;
  const version = module.file === undefined ? undefined : ownerOf(machine, module.file.path)?.distribution.version;
  const texts = new Map([
    ["major", "3"],
    ["minor", String(minor)],
    ["sys.version_info[0]", "3"],
    ["sys.version_info[1]", String(minor)],
  ]);
  if (executable !== undefined) texts.set("sys.executable", executable);
  if (version !== undefined) texts.set("__version__", version);
  const info = missing === "numpy._core._multiarray_umath" ? incompatible(machine, module) : "";
  if (info !== undefined) texts.set("bad_c_module_info", info);
  return texts;
}

/** The compiled files that numpy found; of several the order is the file system's. */
function incompatible(machine: Machine, module: Module): string | undefined {
  const names = (module.folders ?? []).flatMap((path) => {
    const folder = nodeAt(machine.view, path);
    return isFolder(folder) ? [...folder.children.keys()].filter((name) => name.startsWith("_multiarray_umath")) : [];
  });
  if (names.length > 1) return undefined;
  if (names.length === 0) return "We found no compiled module, did NumPy build successfully?\n";
  return `The following compiled module files exist, but seem incompatible\nwith with either python 'cpython-3${machine.target.minor}' or the platform 'linux':\n\n  * ${names.join("")}\n`;
}

/**
 * cryptography's Rust panics where cffi's compiled part is missing, instead of passing the exception on: seen of 40.0.2
 * to 42.0.5, not of 42.0.6 and later.
 */
export function afterPanic(machine: Machine, path: string, raised: Raised): Raised {
  const { name = "", version = "" } = ownerOf(machine, path)?.distribution ?? {};
  const panics =
    name === "cryptography" && compareVersions(version, "40") >= 0 && compareVersions(version, "42.0.6") < 0;
  if (!panics || raised.missing !== "_cffi_backend") return raised;
  const { exact, detail } = raised;
  return { type: "PanicException", message: "Python API call failed", exact, detail };
}
