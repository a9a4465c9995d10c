// Calls at module level that matter to imports: those that import by name, ask for metadata, or run a function of the file.
import type { SyntaxNode } from "@lezer/common";
import type { MessagePart, Step, Test } from "../../facts/inventory.ts";
import { resolveAlias, type Aliases } from "./aliases.ts";
import { readTest, relativePath } from "./conditions.ts";
import { placeOf } from "./places.ts";
import { pathCall } from "./search-path.ts";
import { callArguments, childrenOf, dottedName, messageParts, stringValue, textOf, type SourceText } from "./syntax.ts";

/** What SQLAlchemy imports when it makes an engine for a URL of that scheme. */
const engineDrivers: Record<string, string> = {
  "postgresql+psycopg2": "psycopg2",
  "postgresql+psycopg": "psycopg",
  "postgresql+psycopg_async": "psycopg",
  "postgresql+pg8000": "pg8000",
  "postgresql+asyncpg": "asyncpg",
};
/** Of the scheme alone the driver depends on the version: 2.1 changed it. */
const bareSchemes: ReadonlySet<string> = new Set(["postgresql", "postgres"]);
const engineCalls =
  /^(?:sqlalchemy\.(?:ext\.asyncio\.|engine\.)?create_(?:async_)?engine|sqlmodel\.create_engine|dataset\.connect|records\.Database)$/;

const metadataModules = ["importlib.metadata", "importlib_metadata"];
const metadataCalls = new Set(["version", "distribution", "metadata", "files", "requires"]);

/** The steps that an expression's calls take, in source order; function bodies and lambdas inside it do not run. */
export function callSteps(source: SourceText, node: SyntaxNode, aliases: Aliases): Step[] {
  const steps: Step[] = [];
  collect(source, node, aliases, steps);
  return steps;
}

function collect(source: SourceText, node: SyntaxNode, aliases: Aliases, steps: Step[]): void {
  if (node.name === "LambdaExpression" || node.name === "Body") return;
  const children = childrenOf(node);
  const [left, operator, third, , fifth] = children;
  if (node.name === "ConditionalExpression" && left !== undefined && third !== undefined) {
    collect(source, third, aliases, steps);
    pushChoice(steps, readTest(source, third), callSteps(source, left, aliases), callsIn(source, fifth, aliases));
    return;
  }
  if (node.name === "BinaryExpression" && left !== undefined && /^(?:and|or)$/.test(operator?.name ?? "")) {
    collect(source, left, aliases, steps);
    const right = callsIn(source, third, aliases);
    // Of `not a or b` the grammar makes `not (a or b)`.
    const test: Test = node.parent?.name === "UnaryExpression" ? { is: "unknown" } : readTest(source, left);
    pushChoice(steps, test, operator?.name === "and" ? right : [], operator?.name === "or" ? right : []);
    return;
  }
  const comprehension = children.some((child) => child.name === "for");
  const into: Step[] = comprehension ? [] : steps;
  for (const child of children) collect(source, child, aliases, into);
  noteWalrus(source, children, aliases, into);
  if (comprehension && into.length > 0) steps.push({ do: "maybe", body: into });
  if (node.name !== "CallExpression") return;
  const written = dottedName(source, node.firstChild);
  if (written === undefined) return;
  steps.push(...(pathCall({ source, aliases }, node, resolveAlias(written, aliases)) ?? []));
  const step = callStep(source, node, written, aliases);
  if (step !== undefined) steps.push(step);
  if (written === "exec") steps.push(...execSteps(source, node));
}

/** What text that is run as code may do to imports. */
function execSteps(source: SourceText, call: SyntaxNode): Step[] {
  const line = source.lineAt(call.from);
  const [first] = callArguments(source, call).positional;
  const text = stringValue(source, first);
  if (text !== undefined && !/\b(?:import|__import__|import_module|sys|site|exec|eval|open|raise)\b/.test(text))
    return [];
  const changes: Step[] =
    text === undefined || /\b(?:sys|site)\b/.test(text) ? [{ do: "path", line, by: "importer" }] : [];
  return [...changes, { do: "doubt", line, what: "runs text as code, which may import anything" }];
}

/** `(name := value)`, also as an argument. */
function noteWalrus(source: SourceText, children: readonly SyntaxNode[], aliases: Aliases, steps: Step[]): void {
  for (const [index, operator] of children.entries()) {
    if (operator.name !== "AssignOp" || textOf(source, operator) !== ":=") continue;
    const target = children[index - 1];
    if (target?.name !== "VariableName") continue;
    const name = textOf(source, target);
    source.places.set(name, placeOf({ source, aliases }, children[index + 1]));
    steps.push({ do: "bind", names: [name] });
  }
}

function callsIn(source: SourceText, node: SyntaxNode | undefined, aliases: Aliases): Step[] {
  return node === undefined ? [] : callSteps(source, node, aliases);
}

function pushChoice(steps: Step[], test: Test, body: Step[], orElse: Step[]): void {
  if (body.length + orElse.length > 0) steps.push({ do: "if", test, body, orElse });
}

function callStep(source: SourceText, call: SyntaxNode, written: string, aliases: Aliases): Step | undefined {
  const callee = resolveAlias(written, aliases);
  const line = source.lineAt(call.from);
  if (callee === "importlib.import_module" || callee === "__import__") {
    return importStep(source, call, line, callee);
  }
  const asked = djangoCalls.get(callee);
  if (asked !== undefined) return { do: "django", line, wants: asked };
  if (/^runpy\.run_(?:module|path)$/.test(callee)) return { do: "doubt", line, what: "runs code by its name" };
  if (/^(?:\w+\.)*(?:LazyLoader|lazy_import)$/.test(written)) return lazyStep(source, call, line);
  if (callee === "os.environ.setdefault") {
    const [name, value] = callArguments(source, call).positional;
    return environmentStep(stringValue(source, name), stringValue(source, value), true);
  }
  if (engineCalls.test(callee)) return engineStep(source, call, line);
  if (written === "concurrency._concurrency_shim._initialize") return needsGreenlet(line);
  const opened = openedLibrary(source, call, callee, line, aliases);
  if (opened !== undefined) return opened;
  // An interface of cffi loads its compiled part when it is made.
  if (callee === "cffi.FFI") return { do: "from", line, level: 0, module: "_cffi_backend", names: [] };
  if (callee === "sys.exit" || callee === "exit" || callee === "quit") return { do: "raise", line, type: "SystemExit" };
  if (callee === "eval" && /__import__|import_module/.test(textOf(source, call))) {
    return { do: "doubt", line, what: "evaluates text that imports" };
  }
  if (callee === "exec" || callee === "globals" || callee === "vars" || callee === "setattr") return { do: "open" };
  // An importer of the module's own: six and its like make modules that no file has.
  if (callee.startsWith("sys.meta_path.")) return { do: "open" };
  const metadata = metadataModules.find((module) => callee.startsWith(`${module}.`));
  if (metadata !== undefined && metadataCalls.has(callee.slice(metadata.length + 1))) {
    const distribution = distributionName(source, callArguments(source, call).positional[0]);
    return distribution === undefined ? undefined : { do: "metadata", line, distribution };
  }
  // What repaired Windows wheels do to find their libraries.
  if (callee === "os.add_dll_directory") {
    return { do: "raise", line, type: "AttributeError", message: ["module 'os' has no attribute 'add_dll_directory'"] };
  }
  const collected = /^(\w+)\.append$/.exec(written)?.[1];
  if (collected !== undefined && source.empty.has(collected)) {
    const message = messageParts(source, callArguments(source, call).positional[0], new Map());
    return { do: "append", name: collected, message: message ?? [{ fill: "" }] };
  }
  if (source.lambdas.has(written)) return { do: "doubt", line, what: "calls a lambda that imports" };
  // `util.load()`: of what it is is known once `util` is loaded.
  if (written.includes(".") && source.imported?.has(written.split(".", 1)[0] ?? "") !== true) return undefined;
  if (callee === "gevent._util.import_c_accel") return compiledHalf(source, call, line);
  const given = callArguments(source, call).positional.map((part): MessagePart => {
    return stringValue(source, part) ?? { fill: textOf(source, part) };
  });
  return given.length === 0 ? { do: "call", line, name: written } : { do: "call", line, name: written, given };
}

/** What SQLAlchemy 2.1 does where its asyncio part is imported. */
function needsGreenlet(line: number): Step {
  const text =
    "The SQLAlchemy asyncio module requires that the Python 'greenlet' library is installed.  In order to ensure this dependency is available, use the 'sqlalchemy[asyncio]' install target:  'pip install sqlalchemy[asyncio]'";
  const body: Step[] = [{ do: "from", line, level: 0, module: "greenlet", names: [{ name: "getcurrent" }] }];
  const failing: Step[] = [{ do: "raise", line, type: "ImportError", message: [text] }];
  return { do: "try", body, handlers: [{ catches: ["ImportError"], body: failing }], orElse: [], finally: [] };
}

/** What of Django a call asks for. */
const djangoCalls: ReadonlyMap<string, "setup" | "configure"> = new Map([
  ["django.setup", "setup"],
  ["django.core.wsgi.get_wsgi_application", "setup"],
  ["django.core.asgi.get_asgi_application", "setup"],
  ["django.conf.settings.configure", "configure"],
]);

/** `import_module("x")`; a relative name is seen from the package that is named beside it. */
function importStep(source: SourceText, call: SyntaxNode, line: number, callee: string): Step | undefined {
  const { positional, keywords } = callArguments(source, call);
  const named = positional[0] ?? keywords.get("name");
  if (named === undefined) return undefined;
  const module = joinedText(source, named) ?? source.rounds.get(textOf(source, named));
  if (module === undefined) {
    if (named.name === "VariableName") return { do: "load", line, name: textOf(source, named) };
    return { do: "doubt", line, what: "imports a module whose name is made up while it runs" };
  }
  const level = /^\.*/.exec(module)?.[0].length ?? 0;
  const beside = callee === "__import__" ? undefined : (positional[1] ?? keywords.get("package"));
  if (level > 0 && beside !== undefined && !/^__(?:package|name)__$/.test(textOf(source, beside))) {
    const from = stringValue(source, beside)?.split(".");
    if (from === undefined || level > from.length) {
      return { do: "doubt", line, what: "imports a module whose package is made up while it runs" };
    }
    const full = [...from.slice(0, from.length - level + 1), module.slice(level)].filter((part) => part !== "");
    return { do: "from", line, level: 0, module: full.join("."), names: [] };
  }
  return { do: "from", line, level, module: module.slice(level), names: [] };
}

/** `LazyLoader("name", globals(), "package.module")` and forms like it: the last text is the module. */
function lazyStep(source: SourceText, call: SyntaxNode, line: number): Step | undefined {
  const texts = callArguments(source, call).positional.map((given) => stringValue(source, given));
  const module = texts.findLast((text) => text !== undefined && /^[A-Za-z_][\w.]*$/.test(text));
  return module === undefined ? undefined : { do: "lazy", line, module };
}

/** Variables of the environment that code sets for imports after it; none of them holds a secret. */
const deciding = new Set(["DJANGO_SETTINGS_MODULE", "PSYCOPG_IMPL", "PURE_PYTHON"]);

/** Notes that code sets a variable, if it is one that decides what is imported. */
export function environmentStep(
  name: string | undefined,
  value: string | undefined,
  onlyUnset: boolean,
): Step | undefined {
  if (name === undefined || value === undefined || !deciding.has(name) || !/^[\w.]+$/.test(value)) return undefined;
  return onlyUnset ? { do: "environment", name, value, onlyUnset } : { do: "environment", name, value };
}

function engineStep(source: SourceText, call: SyntaxNode, line: number): Step | undefined {
  const { positional, keywords } = callArguments(source, call);
  const scheme = schemeOf(source, positional[0] ?? keywords.get("url"));
  const driver = (module: string): Step => ({ do: "from", line, level: 0, module, names: [] });
  if (scheme === undefined || !bareSchemes.has(scheme)) {
    const module = scheme === undefined ? undefined : engineDrivers[scheme];
    return module === undefined ? undefined : driver(module);
  }
  const test: Test = { is: "distribution", name: "SQLAlchemy", op: "<", value: [2, 1] };
  return { do: "if", test, body: [driver("psycopg2")], orElse: [driver("psycopg")] };
}

/** The scheme of a URL that is written out at least at its start, here or where its name was assigned. */
function schemeOf(source: SourceText, node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.name === "VariableName") return source.schemes.get(textOf(source, node));
  // `URL.create("postgresql+psycopg2", ...)`
  if (node.name === "CallExpression" && /(?:^|\.)URL\.create$/.test(dottedName(source, node.firstChild) ?? "")) {
    const { positional, keywords } = callArguments(source, node);
    return stringValue(source, positional[0] ?? keywords.get("drivername"));
  }
  return urlScheme(textOf(source, node));
}

/** The scheme at the start of a literal's text. */
export function urlScheme(literal: string): string | undefined {
  return /^\(?\s*\w*["']+([a-z][\w+]*):\/\//.exec(literal)?.[1];
}

/** gevent's modules put their compiled halves in their own places, unless told not to. */
function compiledHalf(source: SourceText, call: SyntaxNode, line: number): Step | undefined {
  const name = stringValue(source, callArguments(source, call).positional[1]);
  if (name === undefined) return undefined;
  const module = name.startsWith("gevent._gevent_c") ? name : name.replace("gevent._", "gevent._gevent_c");
  const test: Test = { is: "env", name: "PURE_PYTHON" };
  return { do: "if", test, body: [], orElse: [{ do: "from", line, level: 0, module, names: [] }] };
}

const openers = new Set(["ctypes.CDLL", "ctypes.PyDLL", "ctypes.cdll.LoadLibrary", "ctypes.pydll.LoadLibrary"]);

/** A call that opens a library instead of importing it. */
function openedLibrary(
  source: SourceText,
  call: SyntaxNode,
  callee: string,
  line: number,
  aliases: Aliases,
): Step | undefined {
  const { positional, keywords } = callArguments(source, call);
  const [first] = positional;
  // Handed to a function that will open one.
  const handed = [...positional, ...keywords.values()].some((given) => {
    const name = dottedName(source, given);
    return name !== undefined && openers.has(resolveAlias(name, aliases));
  });
  if (handed) return { do: "dlopen", line, by: "ctypes" };
  const last = callee.slice(callee.lastIndexOf(".") + 1);
  if (last === "load_pycryptodome_raw_lib") {
    const name = stringValue(source, first);
    return name === undefined ? undefined : { do: "dlopen", line, by: "pycryptodome", name };
  }
  const by = openers.has(callee) ? "ctypes" : last === "dlopen" && callee !== "dlopen" ? "cffi" : undefined;
  // The process itself.
  if (by === undefined || first === undefined || first.name === "None") return undefined;
  const name = relativePath(source, first);
  return name === undefined ? { do: "dlopen", line, by } : { do: "dlopen", line, by, name };
}

function distributionName(source: SourceText, node: SyntaxNode | undefined): string | undefined {
  const literal = stringValue(source, node);
  if (literal !== undefined || node === undefined) return literal;
  const name = textOf(source, node);
  return name === "__name__" || name === "__package__" ? name : undefined;
}

/** A text that is written out, in one piece or in several that are added up. */
function joinedText(source: SourceText, node: SyntaxNode | undefined): string | undefined {
  const parts = node?.name === "BinaryExpression" ? messageParts(source, node, new Map()) : undefined;
  return parts?.every((part) => typeof part === "string") === true ? parts.join("") : stringValue(source, node);
}
