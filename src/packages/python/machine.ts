// The state of a simulated import: which modules are loaded, what names they have, and what went wrong.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Inventory, PythonSource, Step } from "../../facts/inventory.ts";
import type { Part, View, ViewFile } from "../view.ts";
import { mayCatch } from "./exceptions.ts";
import type { PythonTarget } from "./target.ts";

/** One import statement on the way to a failure. `imports` is the module as it is named in full. */
export type ChainLink = { file: string; line: number; imports: string };

/** The innermost reason of a failure: what is wrong, and with which file. */
export type FailureDetail = {
  cause: CauseId;
  /** The module that could not be imported. */
  module: string;
  /** The file that is wrong, as the function sees it, where there is one. */
  file?: string;
  /** The line of `file`, for a fault in source. */
  line?: number;
  /** The package or layer that the file is in or should have been in. */
  part?: Part;
  explanation: string;
  /** What mends it, where installing anew does not. */
  mending?: string;
  chain: ChainLink[];
};

/** An exception as the simulation raises it. */
export type Raised = {
  type: string;
  /** What `str()` of it gives. */
  message: string;
  /** False when a part of the message depends on what only the running function knows. */
  exact: boolean;
  /** The missing module of a ModuleNotFoundError. */
  missing?: string;
  /** It met what looks as if it caught it. */
  mostlyCaught?: true;
  /** What is missing may be in a folder that cannot be told. */
  doubtful?: true;
  detail: FailureDetail;
};

export type Value = boolean | string | null | "object";

export type Module = {
  name: string;
  /** The file that it came from; undefined for namespace packages and modules outside the view. */
  file?: ViewFile;
  /** A path outside the view, for messages. */
  outside?: string;
  standard?: true;
  /** `__path__` of a package. */
  folders?: string[];
  /** Where its `__path__` is changed in a way that cannot be followed. */
  elsewhere?: string;
  names: Set<string>;
  values: Map<string, Value>;
  /** Further names may exist. */
  open: boolean;
  /** Its functions may give it further names. */
  givesNames?: true;
  /** It belongs to an installed distribution or a well-known package. */
  published: boolean;
  loading: boolean;
  functions: NonNullable<PythonSource["functions"]>;
  /** The texts of lists that decide what is imported; undefined where they cannot be told. */
  texts: Map<string, string[] | undefined>;
  /** Lists that texts were put into, and the reason of the first. */
  lists: Map<string, { texts: string[]; exact: boolean; detail?: FailureDetail }>;
  /** Names that it took from other modules and has not bound anew: where they come from. */
  origins: Map<string, { module: string; name: string }>;
  /** Names that imports bound to modules, by the modules' full names. */
  modules: Map<string, string>;
  /** Exceptions that its own code caught, in order. */
  caught: Raised[];
};

export type Machine = {
  view: View;
  target: PythonTarget;
  modules: Map<string, Module>;
  /** Modules that code switched off: None stands for them in `sys.modules`. */
  switchedOff: Set<string>;
  stack: ChainLink[];
  /** Above 0 while steps run that may not run in truth. */
  maybe: number;
  /** Files whose content decides something and was not recorded. */
  unread: Set<string>;
  /** Top-level packages that were not read and are presumed to import. */
  presumed: Set<string>;
  notes: Set<string>;
  /** Where the search path is changed in a way that cannot be followed, if it is. */
  elsewhere?: string;
  /** Sentences on modules that were not found and may be where the search could not follow. */
  doubts: Set<string>;
  /** Sentences on what was taken for granted and may fail all the same. */
  openQuestions: Set<string>;
  /** Where folders were taken from the search path so that what is left cannot be told, if they were. */
  narrowed?: string;
  /** Above 0 inside a `try` that would catch a failing import. */
  guarded: number;
  /** Whether Django was given settings by code, and whether it was set up. */
  django: { configured: boolean; ready: boolean };
  /** How many functions are being called, one inside the other. */
  depth: number;
  /** How many steps are left before the simulation gives up. */
  budget: number;
  /** For each module that was loaded from the view, how it was first reached. */
  reached: Map<string, ChainLink[]>;
  execute(machine: Machine, module: Module, steps: readonly Step[]): Raised | undefined;
};

/** The record of a file's Python source. */
export function sourceOf(file: ViewFile): Inventory["python"][string] | undefined {
  return file.part.inventory.python[file.stored];
}

/** An exception with its detail; the chain is where the simulation stands. */
export function raise(
  machine: Machine,
  type: string,
  message: string,
  detail: Omit<FailureDetail, "chain">,
  more: { exact?: boolean; missing?: string; doubtful?: boolean } = {},
): Raised {
  return {
    type,
    message,
    exact: more.exact ?? true,
    ...(more.missing === undefined ? {} : { missing: more.missing }),
    ...(more.doubtful === true ? { doubtful: true } : {}),
    detail: { ...detail, chain: [...machine.stack] },
  };
}

/** The path that messages give for a module, or `unknown location`. */
export function locationOf(module: Module): string {
  return module.file?.path ?? module.outside ?? "unknown location";
}

/** Whether an exception makes Lambda say that the module could not be imported. */
export function isImportError(type: string): boolean {
  return mayCatch(["ImportError"], type) === true;
}

/** Whether an exception makes Lambda speak of a syntax error. */
export function isSyntaxError(type: string): boolean {
  return mayCatch(["SyntaxError"], type) === true;
}
