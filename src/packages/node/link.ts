// Finds and links the ES modules that one leads to, before any of them runs: what is missing anywhere fails first.
import type { NodeImport } from "../../facts/inventory.ts";
import type { ChainLink } from "../python/machine.ts";
import type { PythonFailure } from "../python/resolve.ts";
import { isFolder, nodeAt, type ViewFile } from "../view.ts";
import { failureOf, notFound, syntaxFailure } from "./failures.ts";
import { isModule, noteUnread, sourceAt, type Loading } from "./loading.ts";
import { locateNode, parentOf } from "./locate.ts";
import { resolve } from "./lookup.ts";

type Waiting = { path: string; chain: ChainLink[] };

/** The first failure of finding or linking the modules that `entry` leads to. */
export function linkGraph(loading: Loading, entry: string): PythonFailure | undefined {
  const outer = loading.stack;
  const seen = new Set<string>([entry]);
  const order: Waiting[] = [];
  // Before Node 24 a file's imports are all looked up before those of the files that they lead to.
  const deepFirst = loading.options.runtime.version >= 24;
  const waiting: Waiting[] = [{ path: entry, chain: [...outer] }];
  const visit = (next: Waiting): PythonFailure | undefined => {
    order.push(next);
    return lookUp(loading, next, (found) => {
      if (seen.has(found.path)) return undefined;
      seen.add(found.path);
      if (deepFirst) return visit(found);
      waiting.push(found);
      return undefined;
    });
  };
  let failure: PythonFailure | undefined;
  for (let next = waiting.shift(); next !== undefined && failure === undefined; next = waiting.shift()) {
    failure = visit(next);
  }
  for (const { path, chain } of order.toReversed()) failure ??= missingName(loading, path, chain);
  loading.stack = outer;
  return failure;
}

/** Looks up what one file imports, and hands on the ES modules among it. */
function lookUp(
  loading: Loading,
  { path, chain }: Waiting,
  take: (found: Waiting) => PythonFailure | undefined,
): PythonFailure | undefined {
  const node = nodeAt(loading.view, path);
  const source = sourceAt(loading, path);
  if (node === undefined || isFolder(node)) return undefined;
  if (source === undefined) {
    noteUnread(loading, path);
    return undefined;
  }
  loading.stack = chain;
  const wrong = syntaxFailure(loading, node, source, true);
  if (wrong !== undefined) return wrong;
  for (const each of source.imports) {
    if (each.how === "dynamic") resolve(loading, node, each, "import");
    if (each.how !== "import") continue;
    loading.stack = [...chain, { file: path, line: each.line, imports: each.specifier }];
    const found = resolve(loading, node, each, "import");
    if (found.kind === "builtin") continue;
    if (found.kind !== "file") return notFound(loading, node, each, "import", found);
    const unloadable = refused(loading, node, each, found.path);
    if (unloadable !== undefined) return unloadable;
    const deeper = isModule(loading, found.path) ? take({ path: found.path, chain: loading.stack }) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Files that `import` does not take, or not without saying of what kind they are. */
function refused(loading: Loading, file: ViewFile, each: NodeImport, path: string): PythonFailure | undefined {
  const more = { chain: [...loading.stack], file: file.path, line: each.line };
  const { version } = loading.options.runtime;
  if (path.endsWith(".json") && each.json !== true) {
    const type = version >= 22 ? '"type: json"' : 'type "json"';
    const message = `Module "${path}" needs an import attribute of ${type}`;
    const explanation = `${file.path} imports JSON without \`with { type: "json" }\`.`;
    return failureOf("TypeError", message, "esm-cjs-mismatch", each.specifier, explanation, more);
  }
  const extension = /\.\w+$/.exec(path)?.[0] ?? "";
  if (/^\.(?:[cm]?js|json)$/.test(extension) || (version >= 24 && /^\.[cm]?ts$/.test(extension))) return undefined;
  if (extension === "") return undefined;
  const explanation = `\`import\` does not take ${extension} files; ${file.path} imports ${path}.`;
  const message = `Unknown file extension "${extension}" for ${path}`;
  return failureOf("TypeError", message, "esm-cjs-mismatch", each.specifier, explanation, more);
}

/** A name that a module imports and the other one does not export. */
function missingName(loading: Loading, path: string, chain: ChainLink[]): PythonFailure | undefined {
  const node = nodeAt(loading.view, path);
  const source = sourceAt(loading, path);
  if (source === undefined || node === undefined || isFolder(node)) return undefined;
  for (const each of source.imports) {
    if (each.how !== "import" || each.names === undefined) continue;
    const found = resolve(loading, node, each, "import");
    if (found.kind !== "file" || found.path.endsWith(".json")) continue;
    const known = exportsOf(loading, found.path, new Set());
    const name = known === undefined ? undefined : each.names.find((wanted) => !known.has(wanted));
    if (name === undefined) continue;
    const more = {
      chain: [...chain, { file: path, line: each.line, imports: each.specifier }],
      file: path,
      line: each.line,
    };
    const { specifier } = each;
    if (isModule(loading, found.path)) {
      const message = `SyntaxError: The requested module '${specifier}' does not provide an export named '${name}'`;
      const explanation = `${found.path} exports no ${name}, which ${path} imports.`;
      return failureOf("Runtime.UserCodeSyntaxError", message, "dependency-conflict", specifier, explanation, more);
    }
    const example = each.clause === undefined ? "" : `const ${each.clause.replaceAll(/\s+as\s+/g, ": ")} = pkg;\n`;
    const message = `SyntaxError: Named export '${name}' not found. The requested module '${specifier}' is a CommonJS module, which may not support all module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\nimport pkg from '${specifier}';\n${example}`;
    const explanation = `${specifier} is CommonJS and shows no ${name} before it runs; import it whole, then take ${name} of it.`;
    return failureOf("Runtime.UserCodeSyntaxError", message, "esm-cjs-mismatch", specifier, explanation, more);
  }
  return undefined;
}

/** The names that a module exports; undefined where they are not all known. */
export function exportsOf(loading: Loading, path: string, seen: Set<string>): Set<string> | undefined {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const source = sourceAt(loading, path);
  if (source === undefined) return undefined;
  const module = isModule(loading, path);
  if (module && source.open && source.stars === undefined) return undefined;
  if (!module && source.lexed === undefined) return undefined;
  const names = new Set(module ? source.exports : source.lexed?.names);
  for (const specifier of (module ? source.stars : source.lexed?.from) ?? []) {
    const found = locateNode(loading.files, parentOf(path), specifier, {
      how: module ? "import" : "require",
      version: loading.options.runtime.version,
      fallbacks: module ? [] : loading.fallbacks,
    });
    if (found.kind !== "file") return undefined;
    const inner = exportsOf(loading, found.path, seen);
    if (inner === undefined) return undefined;
    for (const name of inner) names.add(name);
  }
  return names;
}
