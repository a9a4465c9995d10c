// The import statement: parents first, one load a module, names looked up in modules that may still be loading.
import { isReadable, type ViewFile } from "../view.ts";
import { noteUnread } from "./unread.ts";
import { thirdPartyModules } from "../drivers.ts";
import { isNativeName } from "../native.ts";
import { loadNative, nativeOf } from "./dlopen.ts";
import { explainMissing, explainMissingName } from "./explain.ts";
import { builtinModules, findModule, isStandard, standardHasName } from "./finder.ts";
import { ownerOf } from "./metadata.ts";
import { afterPanic, undecided, withoutNumpy } from "./special.ts";
import { searchedElsewhere } from "./run-path.ts";
import { tabText } from "./indentation.ts";
import { locationOf, raise, sourceOf, type Machine, type Module, type Raised } from "./machine.ts";

const standardPackages = new Set(
  `asyncio collections concurrent ctypes curses dbm distutils email encodings ensurepip html http idlelib importlib json
  lib2to3 logging multiprocessing pydoc_data re sqlite3 sysconfig tkinter tomllib unittest urllib venv wsgiref xml
  xmlrpc zipfile zoneinfo`.split(/\s+/),
);

export function isRaised(result: Module | Raised): result is Raised {
  return "detail" in result;
}

/** A module that nothing is known of yet. */
export function newModule(name: string, part: Partial<Module>): Module {
  return {
    name,
    names: new Set(["__name__", "__doc__", "__package__", "__spec__", "__loader__"]),
    values: new Map(),
    open: false,
    published: false,
    loading: false,
    functions: {},
    lists: new Map(),
    texts: new Map(),
    origins: new Map(),
    modules: new Map(),
    caught: [],
    ...part,
  };
}

/** Imports a module by its full name, its parents before it; gives the module itself, not its top-level parent. */
export function importModule(machine: Machine, name: string): Module | Raised {
  if (machine.switchedOff.has(name)) {
    const explanation = `sys.modules[${JSON.stringify(name)}] was set to None, which makes each import of ${name} fail.`;
    const message = `import of ${name} halted; None in sys.modules`;
    const detail = { cause: "module-missing" as const, module: name, explanation };
    return raise(machine, "ModuleNotFoundError", message, detail);
  }
  const known = machine.modules.get(name);
  if (known !== undefined) return known;
  const dot = name.lastIndexOf(".");
  let searchPath: readonly string[] | undefined = machine.target.searchPath;
  let parent: Module | undefined;
  if (dot >= 0) {
    const above = importModule(machine, name.slice(0, dot));
    if (isRaised(above)) return above;
    parent = above;
    // Importing the parent may have imported this one.
    const again = machine.modules.get(name);
    if (again !== undefined) return again;
    if (parent.standard === true) return standardSubmodule(machine, parent, name);
    searchPath = parent.folders;
    if (searchPath === undefined) {
      // Sources and compiled modules may make modules as they run; what a file that was not read does is not presumed.
      const made = parent.file === undefined || sourceOf(parent.file) !== undefined || isNativeName(parent.file.path);
      if (parent.open && made) return remember(machine, newModule(name, { open: true }), parent);
      return missing(machine, name, `No module named '${name}'; '${parent.name}' is not a package`);
    }
  }
  const module = loadModule(machine, name, searchPath);
  if (!isRaised(module) && parent !== undefined) parent.names.add(name.slice(dot + 1));
  return module;
}

function remember(machine: Machine, module: Module, parent?: Module): Module {
  machine.modules.set(module.name, module);
  parent?.names.add(module.name.slice(module.name.lastIndexOf(".") + 1));
  return module;
}

function standardSubmodule(machine: Machine, parent: Module, name: string): Module | Raised {
  if (isStandard(name, machine.target.minor) === false) return missing(machine, name);
  const outside = `${machine.target.standardLibrary}/${name.replaceAll(".", "/")}.py`;
  return remember(machine, newModule(name, { open: true, standard: true, outside }), parent);
}

function missing(machine: Machine, name: string, message = `No module named '${name}'`): Raised {
  const detail = explainMissing(machine, name);
  const elsewhere = searchedElsewhere(machine, name);
  if (elsewhere !== undefined)
    machine.doubts.add(`${name} is in no folder that is known to be searched; ${elsewhere}.`);
  const doubtful = elsewhere !== undefined;
  return raise(machine, "ModuleNotFoundError", message, detail, { missing: name, doubtful });
}

function loadModule(machine: Machine, name: string, searchPath: readonly string[]): Module | Raised {
  const { target, view } = machine;
  const last = name.slice(name.lastIndexOf(".") + 1);
  const standard = name === last ? isStandard(name, target.minor) : undefined;
  const outside = standardPackages.has(name) ? `${name}/__init__.py` : `${name}.py`;
  const standardModule = () =>
    remember(machine, newModule(name, { open: true, standard: true, outside: `${target.standardLibrary}/${outside}` }));
  if (standard === true && (builtinModules.has(name) || target.preloaded.has(name))) return standardModule();
  const found = findModule(view, target, last, searchPath);
  if (standard === true && (found === undefined || found.kind === "namespace")) return standardModule();
  if (found === undefined || found.kind === "namespace") {
    // What the runtime brings comes after the view, but a regular package there precedes a namespace here.
    if (name === last && target.provided.has(name)) return remember(machine, newModule(name, { open: true }));
    if (name === last && target.perhaps.has(name) && target.minor < 12) {
      machine.notes.add(`Some images of the runtime bring ${name}; the package should bring its own.`);
      return remember(machine, newModule(name, { open: true }));
    }
  }
  if (found === undefined) return missing(machine, name);
  if (machine.narrowed !== undefined && name === last) {
    machine.openQuestions.add(`${machine.narrowed}; whether ${name} is still found is not known.`);
  }
  if (found.kind === "namespace") return remember(machine, newModule(name, { folders: found.folders }));
  const module = newModule(name, {
    file: found.file,
    published: thirdPartyModules.has(name.split(".", 1)[0] ?? name) || ownerOf(machine, found.file.path) !== undefined,
    loading: true,
    ...(found.folders === undefined ? {} : { folders: found.folders }),
  });
  module.names.add("__file__");
  remember(machine, module);
  const chain = [...machine.stack];
  const raised = runModule(machine, module, found.kind, found.file);
  module.loading = false;
  if (raised !== undefined) {
    machine.modules.delete(name);
    return raised;
  }
  if (machine.maybe === 0 || !machine.reached.has(name)) machine.reached.set(name, chain);
  return module;
}

function runModule(
  machine: Machine,
  module: Module,
  kind: "source" | "bytecode" | "native",
  file: ViewFile,
): Raised | undefined {
  if (kind === "native") {
    module.open = true;
    return loadNative(machine, module.name, file) ?? importMentioned(machine, file);
  }
  if (!isReadable(file)) {
    return raise(machine, "PermissionError", `[Errno 13] Permission denied: '${file.path}'`, {
      cause: "permission-denied-files",
      module: module.name,
      file: file.path,
      part: file.part,
      explanation: `${file.path} is not readable by the function's user: its mode is ${octal(file.mode)}.`,
    });
  }
  const source = kind === "source" ? sourceOf(file) : undefined;
  if (source === undefined) {
    noteUnread(machine, module.name, file);
    module.open = true;
    return undefined;
  }
  const { grammar, syntaxError } = source;
  const tooNew = grammar !== undefined && grammar.minor > machine.target.minor ? grammar : undefined;
  const wrong = tooNew ?? syntaxError;
  if (wrong !== undefined) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    const misses = tooNew !== undefined && machine.target.minor === 11 && /^(?:async\s+)?def\b/.test(tooNew.text);
    const said = misses ? "expected '('" : "invalid syntax";
    const text = tooNew === undefined ? (syntaxError?.text ?? said) : said;
    return raise(
      machine,
      text === tabText ? "TabError" : "SyntaxError",
      `${text} (${name}, line ${wrong.line})`,
      {
        cause: "syntax-error",
        module: module.name,
        file: file.path,
        line: wrong.line,
        part: file.part,
        explanation:
          tooNew === undefined
            ? `Line ${wrong.line} of ${file.path} is not valid Python 3.${machine.target.minor}.`
            : `Line ${wrong.line} of ${file.path} needs Python 3.${tooNew.minor}; the runtime has 3.${machine.target.minor}.`,
      },
      { exact: false },
    );
  }
  module.functions = source.functions ?? {};
  return machine.execute(machine, module, source.steps);
}

/** A library's own imports, which run when it is initialised. */
function importMentioned(machine: Machine, file: ViewFile): Raised | undefined {
  const facts = nativeOf(file);
  undecided(machine, file);
  const folder = file.stored.slice(0, file.stored.lastIndexOf("/") + 1);
  const linked = (facts?.format === "elf" ? facts.needed : []).flatMap((library) => {
    const beside = file.part.inventory.native[folder + library];
    return beside?.format === "elf" ? (beside.mentions ?? []).filter((name) => name.startsWith("numpy")) : [];
  });
  for (const name of facts?.format === "elf" ? new Set([...(facts.mentions ?? []), ...linked]) : []) {
    if (file.path.includes(`/${name}.`)) continue;
    const loaded = importModule(machine, name);
    if (!isRaised(loaded)) continue;
    if (name.startsWith("numpy")) return withoutNumpy(machine, name, file, loaded);
    return afterPanic(machine, file.path, loaded);
  }
  return undefined;
}

function octal(mode: number | undefined): string {
  return mode === undefined ? "unknown" : `0${(mode & 0o777).toString(8)}`;
}

/** The full name that a relative import means in a module; an ImportError where there is none. */
export function absoluteName(machine: Machine, module: Module, level: number, name: string): string | Raised {
  if (level === 0) return name;
  const dot = module.name.lastIndexOf(".");
  const packageName = module.folders !== undefined ? module.name : dot < 0 ? "" : module.name.slice(0, dot);
  const relative = (message: string): Raised =>
    raise(machine, "ImportError", message, {
      cause: "relative-import-error",
      module: module.name,
      ...(module.file === undefined ? {} : { file: module.file.path, part: module.file.part }),
      explanation: `${locationOf(module)} is imported as ${module.name}, from where \`from ${".".repeat(level)}${name}\` leads nowhere.`,
    });
  if (packageName === "") return relative("attempted relative import with no known parent package");
  const parts = packageName.split(".");
  if (level > parts.length) return relative("attempted relative import beyond top-level package");
  const base = parts.slice(0, parts.length - level + 1).join(".");
  return name === "" ? base : `${base}.${name}`;
}

/** `from module import name`: an attribute, else a submodule, else an ImportError. */
export function importName(machine: Machine, from: Module, name: string): Raised | undefined {
  if (from.names.has(name)) return undefined;
  if (from.standard === true) {
    if (standardHasName(from.name, name, machine.target.minor) !== false) return undefined;
    return missingName(machine, from, name);
  }
  const full = `${from.name}.${name}`;
  if (machine.modules.has(full)) return undefined;
  if (from.folders !== undefined && findModule(machine.view, machine.target, name, from.folders) !== undefined) {
    // A name that an open module may have hides the submodule; then a failing submodule is no certain failure.
    if (from.open) machine.maybe++;
    const loaded = importModule(machine, full);
    if (from.open) machine.maybe--;
    return isRaised(loaded) && !from.open ? loaded : undefined;
  }
  return from.open || from.givesNames === true ? undefined : missingName(machine, from, name);
}

function missingName(machine: Machine, from: Module, name: string): Raised {
  const location = locationOf(from);
  const detail = explainMissingName(machine, from, name);
  const message = from.loading
    ? `cannot import name '${name}' from partially initialized module '${from.name}' (most likely due to a circular import) (${location})`
    : `cannot import name '${name}' from '${from.name}' (${location})`;
  return raise(machine, "ImportError", message, detail);
}
