// Predicts what Lambda's Python runtime will say when it imports a handler.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { type Part, type View } from "../view.ts";
import { driverImports, ownModules, lateImports, type DriverUse } from "./closure.ts";
import { execute } from "./execute.ts";
import { builtinModules } from "./finder.ts";
import { importModule, isRaised } from "./importer.ts";
import { isImportError, isSyntaxError, type ChainLink, type Machine, type Raised } from "./machine.ts";
import { foreignLibraries } from "./opened.ts";
import { isInView, pathFileFolders } from "./run-path.ts";
import type { PythonTarget } from "./target.ts";

/** A failure as Lambda will log it. */
export type PythonFailure = {
  module: string;
  cause: CauseId;
  /** `Runtime.ImportModuleError`, or the exception's own class. */
  errorType: string;
  /** The text that Lambda logs; `exact` is false where a part of it is not known in advance and stands as "…". */
  message: string;
  exact: boolean;
  file?: string;
  line?: number;
  part?: Part;
  chain: ChainLink[];
  explanation: string;
  /** What mends it, where installing anew does not. */
  mending?: string;
};

export type PythonPrediction = {
  verdict: "will-import" | "will-fail" | "unknown";
  failure?: PythonFailure;
  /** Imports inside functions of the function's own code that will fail when they are reached. */
  lateFailures: PythonFailure[];
  drivers: DriverUse[];
  /** Paths of the function's own modules that the handler reaches, imports inside functions included; absent where it was not followed. */
  ownFiles?: string[];
  notes: string[];
};

export type PythonOptions = {
  target: PythonTarget;
  /** `module.function`; slashes are allowed in the module, as in Lambda. */
  handler?: string;
  /** Modules to import one after another instead of a handler. */
  modules?: readonly string[];
};

/** Steps that are run before the prediction gives up: some ten times those of the largest packages seen. */
const stepBudget = 2_000_000;

/** Follows the imports of a handler (or of modules) through a view; pure, and bounded by a number of steps. */
export function predictImports(view: View, options: PythonOptions): PythonPrediction {
  const { handler } = options;
  const machine = newMachine(view, options.target);
  if (handler === undefined) return predictModules(machine, options.modules ?? []);
  const dot = handler.lastIndexOf(".");
  if (dot < 0) {
    const message = `Bad handler '${handler}': not enough values to unpack (expected 2, got 1)`;
    const explanation = `The handler ${handler} does not name a module and a function with a dot between them.`;
    return failed(machine, [], handlerFailure(handler, "Runtime.MalformedHandlerName", message, explanation));
  }
  const written = handler.slice(0, dot);
  const moduleName = written.replaceAll("/", ".");
  const first = written.split(".", 1)[0] ?? written;
  if (builtinModules.has(first)) {
    const message = `Cannot use built-in module ${written} as a handler module`;
    const explanation = `The handler's module ${written} has the name of a module that is built into Python.`;
    return failed(machine, [], handlerFailure(written, "Runtime.BuiltInModuleConflict", message, explanation));
  }
  const badName = unimportable(moduleName);
  if (badName !== undefined) {
    const { type, message } = badName;
    const explanation = `Lambda imports the handler's module ${written} as ${moduleName === "" ? "an empty name" : moduleName}, which no module of a package can have; write it without a dot or a slash in front.`;
    return failed(machine, [], handlerFailure(written, type, message, explanation));
  }
  const prediction = predictHandlerModule(machine, handler, written, moduleName);
  // Afterwards: by then the search path is as the code leaves it.
  return { ...prediction, ownFiles: ownModules(machine, [moduleName]).map(({ file }) => file.path) };
}

/** What `importlib.import_module` raises for a name that it does not even look for. */
function unimportable(name: string): { type: string; message: string } | undefined {
  if (name === "") return { type: "ValueError", message: "Empty module name" };
  if (!name.startsWith(".")) return undefined;
  const message = `the 'package' argument is required to perform a relative import for '${name}'`;
  return { type: "TypeError", message };
}

function predictHandlerModule(
  machine: Machine,
  handler: string,
  written: string,
  moduleName: string,
): PythonPrediction {
  const loaded = importModule(machine, moduleName);
  const drivers = driverImports(machine, [moduleName]);
  if (isRaised(loaded)) return failed(machine, drivers, lambdaFailure(loaded, written));
  const name = handler.slice(handler.lastIndexOf(".") + 1);
  if (!loaded.names.has(name) && !loaded.open && loaded.givesNames !== true) {
    const message = `Handler '${name}' missing on module '${written}'`;
    const explanation = `${loaded.file?.path ?? moduleName} defines no function ${name}.`;
    const failure = handlerFailure(moduleName, "Runtime.HandlerNotFound", message, explanation);
    return failed(machine, drivers, { ...failure, ...(loaded.file === undefined ? {} : { file: loaded.file.path }) });
  }
  return finished(machine, drivers, [moduleName]);
}

function predictModules(machine: Machine, modules: readonly string[]): PythonPrediction {
  for (const name of modules) {
    machine.stack.push({ file: "<import>", line: 1, imports: name });
    const loaded = importModule(machine, name);
    machine.stack.pop();
    if (isRaised(loaded)) return failed(machine, driverImports(machine, modules), plainFailure(loaded));
  }
  return finished(machine, driverImports(machine, modules), modules);
}

function newMachine(view: View, target: PythonTarget): Machine {
  const machine: Machine = {
    view,
    target: { ...target, searchPath: withPathFiles(view, target) },
    modules: new Map(),
    switchedOff: new Set(),
    stack: [],
    maybe: 0,
    unread: new Set(),
    presumed: new Set(),
    notes: new Set(),
    doubts: new Set(),
    openQuestions: new Set(),
    guarded: 0,
    django: { configured: false, ready: false },
    depth: 0,
    budget: stepBudget,
    reached: new Map(),
    execute,
  };
  // What only a deployment knows stands in it as a hole.
  const outside = target.searchPath.find((folder) => !isInView(folder) || folder.includes("${"));
  if (outside !== undefined) machine.elsewhere = `${outside} is searched, too, and is no part of the package`;
  return machine;
}

/** The search path with the folders that `.pth` files add; lines that import something are not followed. */
function withPathFiles(view: View, target: PythonTarget): string[] {
  const path = [...target.searchPath];
  for (const site of target.sites) {
    for (const { folder } of pathFileFolders(view, site)) {
      if (folder !== undefined && !path.includes(folder)) path.push(folder);
    }
  }
  return path;
}

function lambdaFailure(raised: Raised, written: string): PythonFailure {
  const plain = plainFailure(raised);
  if (isImportError(raised.type)) {
    const message = `Unable to import module '${written}': ${raised.message}`;
    return { ...plain, errorType: "Runtime.ImportModuleError", message };
  }
  if (isSyntaxError(raised.type)) {
    const message = `Syntax error in module '${written}': ${raised.message}`;
    return { ...plain, errorType: "Runtime.UserCodeSyntaxError", message };
  }
  return plain;
}

function plainFailure({ type, message, exact, detail }: Raised): PythonFailure {
  return { ...detail, errorType: type === "crash" ? "Runtime.ExitError" : type, message, exact };
}

function handlerFailure(module: string, errorType: string, message: string, explanation: string): PythonFailure {
  return { module, cause: "handler-not-found", errorType, message, exact: true, chain: [], explanation };
}

function failed(machine: Machine, drivers: DriverUse[], failure: PythonFailure): PythonPrediction {
  // Whatever was not found may have led here, past a handler or a flag.
  if (machine.doubts.size > 0) {
    return { verdict: "unknown", lateFailures: [], drivers, notes: [...machine.notes, ...machine.doubts] };
  }
  return { verdict: "will-fail", failure, lateFailures: [], drivers, notes: [...machine.notes] };
}

function finished(machine: Machine, drivers: DriverUse[], roots: readonly string[]): PythonPrediction {
  const lateFailures = lateImports(machine, roots)
    .filter((raised) => raised.doubtful !== true)
    .map(plainFailure);
  const notes = [...machine.notes];
  if (machine.presumed.size > 0) {
    const names = [...machine.presumed].sort().join(", ");
    notes.push(`Of ${names} not all was read; what was not read is presumed to import.`);
  }
  const [first] = machine.unread;
  const questions = [...machine.openQuestions, ...foreignLibraries(machine)];
  if (questions.length > 0) {
    return { verdict: "unknown", lateFailures, drivers, notes: [...notes, ...questions] };
  }
  if (first === undefined && machine.budget > 0) {
    return { verdict: "will-import", lateFailures, drivers, notes };
  }
  if (machine.budget <= 0) notes.push("What the imports do takes more steps than are followed.");
  if (first !== undefined) {
    const more = machine.unread.size > 1 ? ` and ${machine.unread.size - 1} more files` : "";
    notes.push(`${first}${more} would be imported and ${more === "" ? "was" : "were"} not read.`);
  }
  return { verdict: "unknown", lateFailures, drivers, notes };
}
