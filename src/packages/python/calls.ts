// Calls at module level that matter to imports: those that import by name, ask for metadata, or run a function of the file.
import type { SyntaxNode } from "@lezer/common";
import type { MessagePart, Step, Test } from "../../facts/inventory.ts";
import { readTest } from "./conditions.ts";
import { callArguments, childrenOf, dottedName, stringValue, textOf, type SourceText } from "./syntax.ts";

/** Which local names stand for what of the standard library, from the imports seen so far. */
export type Aliases = Map<string, string>;

/** What SQLAlchemy imports when it makes an engine for a URL of that scheme; the bare scheme's driver depends on its version. */
const engineDrivers: Record<string, string> = {
  "postgresql+psycopg2": "psycopg2",
  "postgresql+psycopg": "psycopg",
  "postgresql+psycopg_async": "psycopg",
  "postgresql+pg8000": "pg8000",
  "postgresql+asyncpg": "asyncpg",
};
const engineCalls = /^sqlalchemy\.(?:ext\.asyncio\.|engine\.)?create_(?:async_)?engine$/;

const metadataModules = ["importlib.metadata", "importlib_metadata"];
const metadataCalls = new Set(["version", "distribution", "metadata", "files", "requires"]);

/** Notes what names an import brings, as far as calls through them are understood. */
export function noteAliases(aliases: Aliases, step: Step): void {
  if (step.do === "import") {
    if (step.as !== undefined) aliases.set(step.as, step.module);
  } else if (step.do === "from" && step.level === 0) {
    for (const { name, as } of step.names) aliases.set(as ?? name, `${step.module}.${name}`);
  }
}

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
  if (comprehension && into.length > 0) steps.push({ do: "maybe", body: into });
  if (node.name !== "CallExpression") return;
  const written = dottedName(source, node.firstChild);
  if (written === undefined) return;
  const step = callStep(source, node, written, resolveAlias(written, aliases));
  if (step !== undefined) steps.push(step);
}

function callsIn(source: SourceText, node: SyntaxNode | undefined, aliases: Aliases): Step[] {
  return node === undefined ? [] : callSteps(source, node, aliases);
}

function pushChoice(steps: Step[], test: Test, body: Step[], orElse: Step[]): void {
  if (body.length + orElse.length > 0) steps.push({ do: "if", test, body, orElse });
}

function resolveAlias(written: string, aliases: Aliases): string {
  const dot = written.indexOf(".");
  const head = dot < 0 ? written : written.slice(0, dot);
  const target = aliases.get(head);
  return target === undefined ? written : target + written.slice(head.length);
}

function callStep(source: SourceText, call: SyntaxNode, written: string, callee: string): Step | undefined {
  const line = source.lineAt(call.from);
  if (callee === "importlib.import_module" || callee === "__import__") {
    const [named] = callArguments(source, call).positional;
    const module = stringValue(source, named) ?? source.rounds.get(named === undefined ? "" : textOf(source, named));
    if (module === undefined) return undefined;
    const level = /^\.*/.exec(module)?.[0].length ?? 0;
    return { do: "from", line, level, module: module.slice(level), names: [] };
  }
  if (engineCalls.test(callee)) {
    const scheme = /^\w*["']+([\w+]+):/.exec(textOf(source, callArguments(source, call).positional[0] ?? call))?.[1];
    const module = scheme === undefined ? undefined : engineDrivers[scheme];
    return module === undefined ? undefined : { do: "from", line, level: 0, module, names: [] };
  }
  if (callee === "sys.exit" || callee === "exit" || callee === "quit") return { do: "raise", line, type: "SystemExit" };
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
  if (written.includes(".")) return undefined;
  const given = callArguments(source, call).positional.map((part): MessagePart => {
    return stringValue(source, part) ?? { fill: textOf(source, part) };
  });
  return given.length === 0 ? { do: "call", line, name: written } : { do: "call", line, name: written, given };
}

function distributionName(source: SourceText, node: SyntaxNode | undefined): string | undefined {
  const literal = stringValue(source, node);
  if (literal !== undefined || node === undefined) return literal;
  const name = textOf(source, node);
  return name === "__name__" || name === "__package__" ? name : undefined;
}
