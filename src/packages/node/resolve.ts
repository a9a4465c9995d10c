// Predicts what Lambda's Node.js runtime will say when it loads a handler, or Node when it loads a package.
import type { PythonFailure, PythonPrediction } from "../python/resolve.ts";
import { taskRoot, type View } from "../view.ts";
import { failureOf, notFound, runtimeEntry } from "./failures.ts";
import { exportsOf } from "./link.ts";
import { loadFile } from "./load.ts";
import { isModule, newLoading, sourceAt, typeAt, type Loading, type NodeOptions } from "./loading.ts";
import { joinPath, locateNode, parentOf } from "./locate.ts";
import { missingEngine } from "./prisma.ts";

export type { NodeOptions } from "./loading.ts";

/** Follows the imports of a handler (or of packages) through a view; failures inside `try` are left to the code. */
export function predictNode(view: View, options: NodeOptions): PythonPrediction {
  const loading = newLoading(view, options);
  if (options.handler === undefined) return result(loading, loadPackages(loading, options.modules ?? []));
  return result(loading, loadHandler(loading, options.handler));
}

function result(loading: Loading, failure: PythonFailure | undefined): PythonPrediction {
  const drivers = [...loading.drivers.values()];
  const notes = [...loading.notes];
  if (failure !== undefined) return { verdict: "will-fail", failure, lateFailures: [], drivers, notes };
  const [first] = loading.unread;
  if (first !== undefined) notes.push(`${first} would be loaded and was not read.`);
  notes.push(...loading.conditions);
  const engine = missingEngine(loading);
  const lateFailures = engine === undefined ? [] : [engine];
  const open = first !== undefined || loading.conditions.size > 0;
  return { verdict: open ? "unknown" : "will-import", lateFailures, drivers, notes };
}

/** Each package as a file of the function would load it: by `require`, and by `import` what only that can load. */
function loadPackages(loading: Loading, modules: readonly string[]): PythonFailure | undefined {
  const { version } = loading.options.runtime;
  const file = { path: `${taskRoot}/index.mjs`, size: 0, mode: undefined, part: loading.view.parts[0], stored: "" };
  for (const specifier of modules) {
    const asking = { version, fallbacks: loading.fallbacks };
    const required = locateNode(loading.files, taskRoot, specifier, { ...asking, how: "require" });
    const importOnly =
      required.kind === "not-exported" ||
      (required.kind === "file" && isModule(loading, required.path) && !loading.requiresModules);
    const how: "require" | "import" = importOnly ? "import" : "require";
    const found = importOnly ? locateNode(loading.files, taskRoot, specifier, { ...asking, how }) : required;
    if (found.kind === "builtin") continue;
    loading.stack = [];
    loading.requireStack = [];
    if (found.kind !== "file") {
      const each = { line: 1, specifier, how, when: "load" as const };
      if (file.part === undefined) return undefined;
      const failure = notFound(loading, { ...file, part: file.part }, each, how, found);
      const { file: _file, line: _line, ...rest } = failure;
      return { ...rest, message: rest.message.replace(` imported from ${file.path}`, "") };
    }
    const failure = loadFile(loading, found.path, how);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

type Entry = { path: string; name: string };

function loadHandler(loading: Loading, handler: string): PythonFailure | undefined {
  const entry = handlerFile(loading, handler);
  if ("failure" in entry) return entry.failure;
  loading.requireStack = [runtimeEntry];
  const how = entry.how;
  return loadFile(loading, entry.path, how) ?? missingExport(loading, entry, handler);
}

/** `dir/file.export` to the file that the runtime tries, in its order: by name alone, .js, .mjs, .cjs, and TypeScript's from Node 24 on. */
function handlerFile(
  loading: Loading,
  handler: string,
): (Entry & { how: "require" | "import" }) | { failure: PythonFailure } {
  const malformed = (message: string, explanation: string) => ({
    failure: failureOf("Runtime.MalformedHandlerName", message, "handler-not-found", handler, explanation),
  });
  if (handler.includes("..")) {
    const message = `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`;
    return malformed(message, `The handler ${handler} leads out of the package.`);
  }
  const slash = handler.lastIndexOf("/") + 1;
  const dot = handler.indexOf(".", slash);
  if (dot < 0) {
    return malformed(
      "Bad handler",
      `The handler ${handler} does not name a file and an export with a dot between them.`,
    );
  }
  const module = handler.slice(0, dot);
  const name = handler.slice(dot + 1);
  const base = joinPath(taskRoot, module);
  const esm = typeAt(loading, parentOf(base)) === "module";
  const typed = loading.options.runtime.version >= 24;
  const tried: [string, "require" | "import"][] = [
    ["", "require"],
    [".js", esm ? "import" : "require"],
    [".mjs", "import"],
    [".cjs", "require"],
    ...(typed
      ? ([
          [".ts", esm ? "import" : "require"],
          [".mts", "import"],
          [".cts", "require"],
        ] as [string, "require" | "import"][])
      : []),
  ];
  for (const [extension, how] of tried) {
    if (loading.files.isFile(base + extension)) return { path: base + extension, name, how };
  }
  const short = module.slice(slash);
  // What is left is looked for as any package is.
  const asking = { how: "require" as const, version: loading.options.runtime.version, fallbacks: loading.fallbacks };
  const found = locateNode(loading.files, taskRoot, short, asking);
  if (found.kind === "file") return { path: found.path, name, how: "require" };
  const message = `Error: Cannot find module '${short}'\nRequire stack:\n- ${runtimeEntry}`;
  const typescript = [".ts", ".mts", ".cts"].find((extension) => loading.files.isFile(base + extension));
  const explanation =
    typescript === undefined
      ? `There is no file ${module}.js, .mjs or .cjs in the package.`
      : `The package has ${module}${typescript} and no ${module}.js: this runtime loads no TypeScript, it must be compiled first.`;
  return {
    failure: failureOf("Runtime.ImportModuleError", message, "handler-file-missing", module, explanation),
  };
}

function missingExport(loading: Loading, { path, name }: Entry, handler: string): PythonFailure | undefined {
  const source = sourceAt(loading, path);
  const first = name.split(".", 1)[0] ?? name;
  if (source === undefined || source.exports.includes(first)) return undefined;
  // Of a module that hands on all names of others those are known where the others are.
  const known = source.open && isModule(loading, path) ? exportsOf(loading, path, new Set()) : undefined;
  if (source.open && (known === undefined || known.has(first))) return undefined;
  // A CommonJS file that `import` loads has its exports under `default`, too; only its own names are told here.
  const explanation = `${path} exports no ${name}.`;
  const message = `${handler} is undefined or not exported`;
  return failureOf("Runtime.HandlerNotFound", message, "handler-not-found", path, explanation, { file: path });
}
