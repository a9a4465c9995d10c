// Predicts what Lambda's Node.js runtime will say when it loads a handler.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { NodeImport } from "../../facts/inventory.ts";
import { nodeDrivers } from "../drivers.ts";
import { loadLibrary } from "../python/dlopen.ts";
import type { DriverUse } from "../python/closure.ts";
import type { ChainLink } from "../python/machine.ts";
import type { PythonFailure, PythonPrediction } from "../python/resolve.ts";
import { lambdaSystem } from "../python/target.ts";
import type { Architecture, Runtime } from "../runtimes.ts";
import { isFolder, isReadable, nodeAt, partName, taskRoot, type Part, type View, type ViewFile } from "../view.ts";
import { joinPath, locateNode, parentOf, splitSpecifier, type NodeFiles } from "./locate.ts";

export type NodeOptions = {
  runtime: Runtime;
  architecture: Architecture;
  handler: string;
  environment?: Readonly<Record<string, string>>;
};

type Loading = {
  view: View;
  options: NodeOptions;
  files: NodeFiles;
  fallbacks: string[];
  loaded: Map<string, ChainLink[]>;
  drivers: Map<string, DriverUse>;
  notes: Set<string>;
  unread: Set<string>;
  /** Files on the way to the one being loaded, the handler's first. */
  stack: ChainLink[];
};

const runtimeEntry = "/var/runtime/index.mjs";

/** Follows the imports of a handler through a view; every file once, failures inside `try` left to the code. */
export function predictNode(view: View, options: NodeOptions): PythonPrediction {
  const { handler, runtime } = options;
  const fileAt = (path: string): ViewFile | undefined => {
    const node = nodeAt(view, path);
    return isFolder(node) ? undefined : node;
  };
  const files: NodeFiles = {
    isFile: (path) => fileAt(path) !== undefined,
    isFolder: (path) => isFolder(nodeAt(view, path)),
    packageAt(path) {
      const file = fileAt(path);
      return file?.part.inventory.node.packages[file.stored];
    },
  };
  const loading: Loading = {
    view,
    options,
    files,
    fallbacks: [
      `/opt/nodejs/node${runtime.version}/node_modules`,
      "/opt/nodejs/node_modules",
      "/var/runtime/node_modules",
      taskRoot,
    ],
    loaded: new Map(),
    drivers: new Map(),
    notes: new Set(),
    unread: new Set(),
    stack: [],
  };
  const entry = handlerFile(loading, handler);
  if ("failure" in entry) return result(loading, entry.failure);
  const failure = loadFile(loading, entry.path) ?? missingExport(loading, entry);
  return result(loading, failure);
}

function result(loading: Loading, failure: PythonFailure | undefined): PythonPrediction {
  const drivers = [...loading.drivers.values()];
  const notes = [...loading.notes];
  if (failure !== undefined) return { verdict: "will-fail", failure, lateFailures: [], drivers, notes };
  const [first] = loading.unread;
  if (first !== undefined) notes.push(`${first} would be loaded and was not read.`);
  return { verdict: first === undefined ? "will-import" : "unknown", lateFailures: [], drivers, notes };
}

type Entry = { path: string; name: string; file: string };

/** `dir/file.export` to the file that the runtime tries: without extension, .js, .mjs, .cjs. */
function handlerFile(loading: Loading, handler: string): Entry | { failure: PythonFailure } {
  const slash = handler.lastIndexOf("/") + 1;
  const dot = handler.indexOf(".", slash);
  if (dot < 0) {
    const message = "Bad handler";
    const explanation = `The handler ${handler} does not name a file and an export with a dot between them.`;
    return { failure: failureOf("Runtime.MalformedHandlerName", message, "handler-not-found", handler, explanation) };
  }
  const module = handler.slice(0, dot);
  const base = joinPath(taskRoot, module);
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const path = base + extension;
    if (loading.files.isFile(path)) return { path, name: handler.slice(dot + 1), file: handler.slice(slash, dot) };
  }
  const message = `Error: Cannot find module '${module.slice(slash)}'\nRequire stack:\n- ${runtimeEntry}`;
  const explanation = `There is no file ${module}.js, .mjs or .cjs in the package.`;
  return { failure: failureOf("Runtime.ImportModuleError", message, "handler-file-missing", module, explanation) };
}

function failureOf(
  errorType: string,
  message: string,
  cause: CauseId,
  module: string,
  explanation: string,
  more: Partial<PythonFailure> = {},
): PythonFailure {
  return { errorType, message, exact: true, cause, module, explanation, chain: [], ...more };
}

function missingExport({ view }: Loading, { path, name, file }: Entry): PythonFailure | undefined {
  const node = nodeAt(view, path);
  const source = node === undefined || isFolder(node) ? undefined : node.part.inventory.node.sources[node.stored];
  const first = name.split(".", 1)[0] ?? name;
  if (source === undefined || source.open || source.exports.includes(first)) return undefined;
  const explanation = `${path} exports no ${name}.`;
  return failureOf(
    "Runtime.HandlerNotFound",
    `${file}.${name} is undefined or not exported`,
    "handler-not-found",
    path,
    explanation,
    {
      file: path,
    },
  );
}

/** Whether a .js file is an ES module, by the nearest package.json. */
function isModule({ files }: Loading, path: string): boolean {
  if (path.endsWith(".mjs")) return true;
  if (!path.endsWith(".js")) return false;
  for (let at = parentOf(path); ; at = parentOf(at)) {
    const manifest = files.packageAt(`${at}/package.json`);
    if (manifest !== undefined) return manifest.type === "module";
    if (at === "" || at.endsWith("/node_modules")) return false;
  }
}

function loadFile(loading: Loading, path: string): PythonFailure | undefined {
  if (loading.loaded.has(path)) return undefined;
  loading.loaded.set(path, [...loading.stack]);
  const node = nodeAt(loading.view, path);
  if (node === undefined || isFolder(node)) return undefined;
  const chain = [...loading.stack];
  if (!isReadable(node)) {
    const explanation = `${path} is not readable by the function's user.`;
    const message = `EACCES: permission denied, open '${path}'`;
    return failureOf("Error", message, "permission-denied-files", path, explanation, {
      file: path,
      part: node.part,
      chain,
    });
  }
  if (path.endsWith(".node")) return loadNativeFile(loading, node);
  if (path.endsWith(".json")) return undefined;
  const source = node.part.inventory.node.sources[node.stored];
  if (source === undefined) {
    if (!path.includes("/node_modules/")) loading.unread.add(path);
    else loading.notes.add(`Of ${packageOf(path)} not all was read; what was not read is presumed to load.`);
    return undefined;
  }
  const module = isModule(loading, path);
  const wrong = syntaxFailure(loading, node, source, module);
  if (wrong !== undefined) return wrong;
  for (const each of source.imports) {
    loading.stack.push({ file: path, line: each.line, imports: each.specifier });
    const failure = follow(loading, node, each);
    loading.stack.pop();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function syntaxFailure(
  loading: Loading,
  file: ViewFile,
  source: { syntax: string; syntaxError?: { line: number; text: string } | undefined },
  module: boolean,
): PythonFailure | undefined {
  const at = { file: file.path, part: file.part, chain: [...loading.stack] };
  const { version } = loading.options.runtime;
  if (source.syntaxError !== undefined) {
    const { line, text } = source.syntaxError;
    const explanation = `Line ${line} of ${file.path} is not valid JavaScript.`;
    const message = `SyntaxError: ${text}`;
    return failureOf("Runtime.UserCodeSyntaxError", message, "syntax-error", file.path, explanation, {
      ...at,
      line,
      exact: false,
    });
  }
  // From Node 22 on, a .js file without a type that uses import is taken for a module by itself.
  if (source.syntax === "esm" && !module && (version < 22 || file.path.endsWith(".cjs"))) {
    const explanation = `${file.path} uses import or export, and is loaded as CommonJS: its package.json has no "type": "module".`;
    const message = "SyntaxError: Cannot use import statement outside a module";
    return failureOf("Runtime.UserCodeSyntaxError", message, "esm-cjs-mismatch", file.path, explanation, {
      ...at,
      exact: false,
    });
  }
  return undefined;
}

function loadNativeFile(loading: Loading, file: ViewFile): PythonFailure | undefined {
  const { runtime, architecture, environment } = loading.options;
  const target = lambdaSystem(runtime, architecture, environment ?? {});
  const complaint = loadLibrary({ view: loading.view, target, notes: loading.notes }, file);
  if (complaint === undefined) return undefined;
  const { text, cause, explanation } = complaint;
  const type = complaint.crash === true ? "Runtime.ExitError" : "Error";
  const more = { file: complaint.file ?? file.path, part: file.part, chain: [...loading.stack] };
  return failureOf(type, text, cause, file.path, explanation, more);
}

function follow(loading: Loading, file: ViewFile, each: NodeImport): PythonFailure | undefined {
  const { specifier } = each;
  const how = each.how === "require" ? "require" : "import";
  const found = locateNode(loading.files, parentOf(file.path), specifier, how, loading.fallbacks);
  const { name } = splitSpecifier(specifier);
  const inOwnCode = !file.path.includes("/node_modules/");
  if (inOwnCode && nodeDrivers.has(name)) noteDriver(loading, name, found.kind === "file" ? found.path : undefined);
  if (each.when !== "load") return undefined;
  if (found.kind === "builtin" || isProvided(loading, name)) return undefined;
  if (found.kind === "file") return loadFile(loading, found.path);
  const chain = [...loading.stack];
  const third = inOwnCode ? undefined : packageOf(file.path);
  const cause: CauseId = /^[./]/.test(specifier)
    ? "module-missing"
    : third === undefined
      ? "module-missing"
      : "transitive-dependency-missing";
  if (found.kind === "bad-main") {
    const message = `Error: Cannot find module '${found.path}'. Please verify that the package.json has a valid "main" entry`;
    const explanation = `${found.manifest} names a main file that is not in the package.`;
    return failureOf("Runtime.ImportModuleError", message, "corrupt-artifact", name, explanation, {
      file: found.manifest,
      chain,
    });
  }
  if (found.kind === "not-exported") {
    const what =
      found.subpath === "."
        ? 'No "exports" main defined'
        : `Package subpath '${found.subpath}' is not defined by "exports"`;
    const explanation = `${found.manifest} does not export what ${file.path} asks for.`;
    return failureOf("Error", `${what} in ${found.manifest}`, "dependency-conflict", name, explanation, { chain });
  }
  const explanation = missingText(loading, file, specifier, name, third);
  if (how === "require") {
    const stack = chain.map((link) => `- ${link.file}`).reverse();
    const message = `Error: Cannot find module '${specifier}'\nRequire stack:\n${[...stack, `- ${runtimeEntry}`].join("\n")}`;
    return failureOf("Runtime.ImportModuleError", message, cause, name, explanation, {
      chain,
      file: file.path,
      line: each.line,
    });
  }
  const what = /^[./]/.test(specifier)
    ? `Cannot find module '${joinPath(parentOf(file.path), specifier)}' imported from ${file.path}`
    : `Cannot find package '${name}' imported from ${file.path}`;
  return failureOf("Error", what, cause, name, explanation, { chain, file: file.path, line: each.line });
}

function missingText(
  loading: Loading,
  file: ViewFile,
  specifier: string,
  name: string,
  third: string | undefined,
): string {
  const inLayer = loading.fallbacks.some((folder) => loading.files.isFolder(`${folder}/${name}`));
  if (inLayer && !/^[./]/.test(specifier)) {
    return `${name} is in a layer, which \`import\` does not search: only \`require\` follows NODE_PATH.`;
  }
  if (/^[./]/.test(specifier)) return `${file.path} asks for ${specifier}, which is not in ${partName(file.part)}.`;
  const by = third === undefined ? "" : ` ${third} needs it.`;
  return `${name} is neither in the package's node_modules nor in a layer's.${by}`;
}

function packageOf(path: string): string {
  const inner = path.slice(path.lastIndexOf("/node_modules/") + "/node_modules/".length);
  return splitSpecifier(inner).name;
}

/** The AWS SDK that the runtimes bring: version 3 from Node 18 on. */
function isProvided(loading: Loading, name: string): boolean {
  const { version } = loading.options.runtime;
  return version >= 18 ? name.startsWith("@aws-sdk/") || name.startsWith("@smithy/") : name === "aws-sdk";
}

function noteDriver(loading: Loading, name: string, path: string | undefined): void {
  if (loading.drivers.has(name)) return;
  const use: DriverUse = { name, module: name, imported: path !== undefined, chain: [...loading.stack] };
  const marker = `/node_modules/${name}/`;
  const root = path === undefined ? undefined : path.slice(0, path.lastIndexOf(marker) + marker.length);
  const version = root === undefined ? undefined : loading.files.packageAt(`${root}package.json`)?.version;
  if (version !== undefined) use.version = version;
  const node = path === undefined ? undefined : nodeAt(loading.view, path);
  const part: Part | undefined = node === undefined || isFolder(node) ? undefined : node.part;
  if (part !== undefined) use.part = part;
  loading.drivers.set(name, use);
}
