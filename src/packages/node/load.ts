// Loads files as Node does: CommonJS runs its requires in order; ES modules are all found and linked first, then run.
import type { NodeImport, NodeSource } from "../../facts/inventory.ts";
import { loadLibrary } from "../python/dlopen.ts";
import type { PythonFailure } from "../python/resolve.ts";
import { lambdaSystem } from "../python/target.ts";
import { isFolder, isReadable, nodeAt, type ViewFile } from "../view.ts";
import { failureOf, notFound, syntaxFailure } from "./failures.ts";
import { linkGraph } from "./link.ts";
import { isModule, noteUnread, sourceAt, typeAt, type Loading } from "./loading.ts";
import { bindingPath, packageOf, parentOf } from "./locate.ts";
import { resolve } from "./lookup.ts";
import { missingPrebuilt } from "./prebuilt.ts";

/** Loads a file and what it asks for, once; the failure is the first that Node would meet. */
export function loadFile(loading: Loading, path: string, how: "require" | "import"): PythonFailure | undefined {
  if (loading.loaded.has(path)) return undefined;
  const node = nodeAt(loading.view, path);
  if (node === undefined || isFolder(node)) return undefined;
  if (/\.(?:[cm]?[jt]s)$/.test(path) && isModule(loading, path)) {
    if (how === "require" && !loading.requiresModules) return requiredModule(loading, path);
    return linkGraph(loading, path) ?? runModule(loading, path);
  }
  loading.loaded.add(path);
  const outer = loading.requireStack;
  // A file that `import` loads has no parent among the required ones.
  loading.requireStack = how === "import" ? [path] : [path, ...outer];
  const failure = runCommonJs(loading, node);
  loading.requireStack = outer;
  return failure;
}

/** `require` of an ES module, where that is not allowed. */
function requiredModule(loading: Loading, path: string): PythonFailure {
  const parent = loading.stack.at(-1)?.file ?? "";
  const baseOf = (file: string) => file.slice(file.lastIndexOf("/") + 1);
  const start = `require() of ES Module ${path} from ${parent} not supported.\n`;
  const name = baseOf(path) === baseOf(parent) ? path : baseOf(path);
  const dynamic = "dynamic import() which is available in all CommonJS modules";
  const hint = path.endsWith(".mjs")
    ? `Instead change the require of ${path} to a ${dynamic}.`
    : sourceAt(loading, path)?.syntax === "esm"
      ? `Instead change the require of ${name} in ${parent} to a ${dynamic}.`
      : `${name} is treated as an ES module file as it is a .js file whose nearest parent package.json contains "type": "module" which declares all .js files in that package scope as ES modules.\nInstead either rename ${name} to end in .cjs, change the requiring code to use ${dynamic}, or change "type": "module" to "type": "commonjs" in ${manifestAbove(loading, path) ?? "…"} to treat all .js files as CommonJS (using .mjs for all ES modules instead).\n`;
  const explanation = `${path} is an ES module; Lambda's Node ${loading.options.runtime.version} cannot require one: import it.`;
  return failureOf("Error", start + hint, "esm-cjs-mismatch", path, explanation, {
    chain: [...loading.stack],
    file: path,
  });
}

function runCommonJs(loading: Loading, file: ViewFile): PythonFailure | undefined {
  const { path } = file;
  const unreadable = permission(loading, file);
  if (unreadable !== undefined) return unreadable;
  if (path.endsWith(".node")) return loadNativeFile(loading, file);
  if (path.endsWith(".json")) return brokenJson(loading, file);
  const source = sourceAt(loading, path);
  if (source === undefined) {
    noteUnread(loading, path);
    return undefined;
  }
  const wrong = syntaxFailure(loading, file, source, false);
  if (wrong !== undefined) return wrong;
  for (const each of source.imports) {
    loading.stack.push({ file: path, line: each.line, imports: each.specifier });
    const failure = follow(loading, file, each);
    loading.stack.pop();
    if (failure !== undefined) return failure;
  }
  return source.imports.some(isBindingFinder) ? loadBinding(loading, file) : prebuilt(loading, file);
}

/** Of JSON only what is none was noted. */
function brokenJson(loading: Loading, { path, part }: ViewFile): PythonFailure | undefined {
  const { syntaxError } = sourceAt(loading, path) ?? {};
  if (syntaxError === undefined) return undefined;
  const { text, line } = syntaxError;
  const explanation = `${path} is loaded and is not valid JSON.`;
  const more = { file: path, part, line, chain: [...loading.stack], exact: false };
  const message = `SyntaxError: ${path}: ${text}`;
  return failureOf("Runtime.UserCodeSyntaxError", message, "syntax-error", path, explanation, more);
}

function prebuilt(loading: Loading, file: ViewFile): PythonFailure | undefined {
  const failure = missingPrebuilt(loading, file);
  return failure === undefined ? undefined : { ...failure, chain: [...loading.stack] };
}

const isBindingFinder = ({ specifier, when }: NodeImport): boolean =>
  when === "load" && /^(?:@mapbox\/)?node-pre-gyp$/.test(specifier);

/** The compiled part whose place `node-pre-gyp` tells by the package's own package.json, and that is then required. */
function loadBinding(loading: Loading, file: ViewFile): PythonFailure | undefined {
  const root = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.path)?.[0];
  const path = root === undefined ? undefined : bindingPath(root, loading.files.packageAt(`${root}/package.json`));
  if (path === undefined) return undefined;
  loading.stack.push({ file: file.path, line: 1, imports: path });
  const node = nodeAt(loading.view, path);
  const each = { line: 1, specifier: path, how: "require" as const, when: "load" as const };
  const failure =
    node === undefined || isFolder(node)
      ? notFound(loading, file, each, "require", { kind: "missing" })
      : loadFile(loading, path, "require");
  loading.stack.pop();
  if (failure === undefined || !(node === undefined || isFolder(node))) return failure;
  const explanation = `${packageOf(file.path)} has no compiled part: it was installed without its install script, or for another system.`;
  return { ...failure, cause: "native-extension-missing", module: packageOf(file.path), explanation };
}

/** Runs an ES module that is linked: what it imports first, then itself. */
function runModule(loading: Loading, path: string): PythonFailure | undefined {
  if (loading.loaded.has(path)) return undefined;
  loading.loaded.add(path);
  const node = nodeAt(loading.view, path);
  const source = sourceAt(loading, path);
  if (source === undefined || node === undefined || isFolder(node)) return undefined;
  for (const each of source.imports) {
    if (each.how !== "import") continue;
    const found = resolve(loading, node, each, "import");
    if (found.kind !== "file") continue;
    loading.stack.push({ file: path, line: each.line, imports: each.specifier });
    const failure = isModule(loading, found.path)
      ? runModule(loading, found.path)
      : loadFile(loading, found.path, "import");
    loading.stack.pop();
    if (failure !== undefined) return failure;
  }
  const compiled = prebuilt(loading, node);
  if (compiled !== undefined) return compiled;
  if (source.needs !== undefined) return commonJsName(loading, node, source.needs);
  for (const each of source.imports)
    if (each.how === "dynamic" && each.when === "load") noteAwaited(loading, node, each);
  // What `createRequire` made.
  loading.requireStack = [path];
  for (const each of source.imports) {
    if (each.how !== "require") continue;
    loading.stack.push({ file: path, line: each.line, imports: each.specifier });
    const failure = follow(loading, node, each);
    loading.stack.pop();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function commonJsName(
  loading: Loading,
  { path, part }: ViewFile,
  { name, line }: NonNullable<NodeSource["needs"]>,
): PythonFailure {
  const scope = path.endsWith(".js") ? manifestAbove(loading, path) : undefined;
  const why =
    scope === undefined
      ? ""
      : `\nThis file is being treated as an ES module because it has a '.js' file extension and '${scope}' contains "type": "module". To treat it as a CommonJS script, rename it to use the '.cjs' file extension.`;
  const instead = name === "require" ? ", you can use import instead" : "";
  const message = `${name} is not defined in ES module scope${instead}${why}`;
  const explanation = `Line ${line} of ${path} uses ${name}, which an ES module has not.`;
  return failureOf("ReferenceError", message, "esm-cjs-mismatch", path, explanation, {
    chain: [...loading.stack],
    file: path,
    line,
    part,
  });
}

function manifestAbove(loading: Loading, path: string): string | undefined {
  if (typeAt(loading, parentOf(path)) !== "module") return undefined;
  for (let at = parentOf(path); ; at = parentOf(at)) {
    if (loading.files.packageAt(`${at}/package.json`) !== undefined) return `${at}/package.json`;
    if (at === "") return undefined;
  }
}

function permission(loading: Loading, file: ViewFile): PythonFailure | undefined {
  if (isReadable(file)) return undefined;
  const { path, part } = file;
  const explanation = `${path} is not readable by the function's user.`;
  const message = `EACCES: permission denied, open '${path}'`;
  return failureOf("Error", message, "permission-denied-files", path, explanation, {
    file: path,
    part,
    chain: [...loading.stack],
  });
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

/** What the function's own code awaits while it is loaded: whatever stands around it may see to a failure. */
function noteAwaited(loading: Loading, file: ViewFile, each: NodeImport): void {
  const found = resolve(loading, file, each, "import");
  if (file.path.includes("/node_modules/") || found.kind === "builtin") return;
  const failure =
    found.kind === "file" ? loadFile(loading, found.path, "import") : notFound(loading, file, each, "import", found);
  if (failure === undefined) return;
  const [text] = failure.message.split("\n", 1);
  loading.conditions.add(`${file.path}, line ${each.line}, awaits ${each.specifier}, and that fails: ${text}.`);
}

/** What the function's own code asks for under a condition: where it would fail, the condition decides. */
function noteCondition(
  loading: Loading,
  file: ViewFile,
  each: NodeImport,
  how: "require" | "import",
  found: ReturnType<typeof resolve>,
): undefined {
  if (file.path.includes("/node_modules/") || found.kind === "builtin" || each.how === "dynamic") return;
  const loaded = new Set(loading.loaded);
  const failure =
    found.kind === "file" ? loadFile(loading, found.path, how) : notFound(loading, file, each, how, found);
  if (failure === undefined) return;
  loading.loaded = loaded;
  const [text] = failure.message.split("\n", 1);
  loading.conditions.add(
    `${file.path}, line ${each.line}, asks for ${each.specifier} under a condition, and that fails: ${text}.`,
  );
}

function follow(loading: Loading, file: ViewFile, each: NodeImport): PythonFailure | undefined {
  const how = each.how === "require" ? "require" : "import";
  const found = resolve(loading, file, each, how);
  if (found.kind === "builtin") return undefined;
  if (each.when === "perhaps") return noteCondition(loading, file, each, how, found);
  if (each.when !== "load" || each.how === "dynamic") return undefined;
  if (found.kind === "file") return loadFile(loading, found.path, how);
  return notFound(loading, file, each, how, found);
}
