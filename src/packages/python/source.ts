// Python source to what importing it does. The grammar's tables are loaded on the first use: most runs never need them.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { ExceptHandler, MessagePart, PythonFunction, PythonSource, Step } from "../../facts/inventory.ts";
import { readAssignment } from "./assignment.ts";
import { noteAliases, noteImported, resolveAlias, type Aliases } from "./aliases.ts";
import { callSteps } from "./calls.ts";
import {
  globalNames,
  isOfModule,
  isPlainDefinition,
  keepsBody,
  runsLater,
  timesBound,
  isMethod,
  noteConstructor,
} from "./definitions.ts";
import { readImport } from "./import-statement.ts";
import { exceptionNames, letsPass, maySwallow } from "./managers.ts";
import { readLoop, readMatch } from "./loops.ts";
import { noteGrammar } from "./grammar.ts";
import type { Parsed } from "./mend.ts";
import { collectLater, importedNames } from "./later.ts";
import { discreetFunctions, discreetSteps } from "./discreet.ts";
import { calledFunctions, compact, withoutNames } from "./functions.ts";
import { readTest } from "./conditions.ts";
import { childrenOf, dottedName, lastPart, messageParts, namesIn, sourceText, textOf } from "./syntax.ts";
import { offeredFunctions } from "./offered.ts";
import { mayChangePath, onlyChangesPath, pathAssignment, pathDeletion } from "./search-path.ts";
import { textsCall, textsChanged } from "./texts.ts";
import { callArguments, type SourceText } from "./syntax.ts";

/** A loaded Python parser. */
export type PythonParser = { parse(text: string): Tree };

/** What is kept while one file is read. */
type Reading = {
  source: SourceText;
  aliases: Aliases;
  messages: Map<string, MessagePart[]>;
  later: PythonSource["later"];
  functions: Map<string, SyntaxNode>;
  /** Functions whose names may stand for something else when they are called. */
  unsure: Set<string>;
  own: boolean;
};

/** What gives a module names that no statement shows. */
const givesNames =
  /\b(?:globals|vars)\(\)\s*(?:\[|\.\s*(?:update|setdefault)\b)|\bsetattr\(\s*sys\.modules\[\s*__name__|sys\.modules\[\s*__name__\s*\]\.__dict__/;

/** Loads the parser; about 26 ms the first time, and nothing after it. */
export async function loadPythonParser(): Promise<PythonParser> {
  const { parser } = await import("@lezer/python");
  return parser;
}

/**
 * Reads what importing a file of Python source does; `own` says that it is the function's own code. Damaged source gives
 * a `syntaxError`, never an exception.
 */
export function readPython({ tree, text, wrongFrom }: Parsed, own: boolean): PythonSource {
  const source = sourceText(text);
  if (own) source.imported = new Set();
  const reading: Reading = {
    source,
    aliases: new Map(),
    messages: new Map(),
    later: [],
    functions: new Map(),
    unsure: new Set(),
    own,
  };
  const read = wrongFrom === undefined ? readBlock(reading, tree.topNode) : readUpTo(reading, tree, wrongFrom);
  // Whichever of its functions does so may run while it is imported.
  const steps: Step[] = givesNames.test(text) ? [{ do: "open", late: true }, ...read] : read;
  const functions = calledFunctions(steps, offeredFunctions(reading), (name) => {
    const definition = reading.functions.get(name);
    const body = definition?.getChild("Body") ?? null;
    if (definition === undefined || body === null || runsLater(definition)) return undefined;
    // Its imports are already among the later ones. Functions inside it are known by their names from here on.
    const takes = definition.getChild("ParamList")?.getChildren("VariableName") ?? [];
    const places = new Map(source.places);
    for (const each of takes) places.set(textOf(source, each), undefined);
    const names = new Set(takes.map((each) => textOf(source, each)));
    const imported = source.imported && new Set([...source.imported].filter((each) => !names.has(each)));
    const inner: Reading = {
      ...reading,
      source: { ...source, places, ...(imported === undefined ? {} : { imported }) },
      later: [],
      messages: new Map(reading.messages),
    };
    const globals = globalNames(source, body);
    return {
      takes: takes.slice(isMethod(source, definition, name) ? 1 : 0).map((each) => textOf(source, each)),
      steps: readBlock(inner, body),
      ...(globals.length === 0 ? {} : { globals }),
      ...(reading.unsure.has(name) || timesBound(steps, name) > 1 || definition.to >= (wrongFrom ?? text.length + 1)
        ? { perhaps: true }
        : {}),
    };
  });
  const callable = new Set([...functions.keys(), ...importedNames(reading.aliases)]);
  const found: PythonSource = { steps: discreetSteps(compact(steps, callable), functions), later: reading.later };
  if (functions.size > 0) {
    const bodies = [...functions].map(([name, body]): [string, PythonFunction] => [
      name,
      { ...body, steps: compact(body.steps, callable) },
    ]);
    found.functions = discreetFunctions(steps, new Map(bodies));
  }
  noteGrammar(tree, source, found);
  return found;
}

/** From the first place on that the grammar does not understand, what is read may be something else, or elsewhere. */
function readUpTo(reading: Reading, tree: Tree, wrongFrom: number): Step[] {
  const sure: Step[] = [];
  const unsure: Step[] = [];
  for (const child of childrenOf(tree.topNode)) {
    (child.to < wrongFrom ? sure : unsure).push(...readStatement(reading, child));
  }
  return [...sure, { do: "open" }, { do: "maybe", body: unsure }];
}

function readBlock(reading: Reading, block: SyntaxNode): Step[] {
  return childrenOf(block).flatMap((child) => readStatement(reading, child));
}

function readStatement(reading: Reading, node: SyntaxNode): Step[] {
  const { source } = reading;
  switch (node.name) {
    case "StatementGroup":
      return readBlock(reading, node);
    case "ImportStatement": {
      const steps = readImport(source, node);
      for (const step of steps) {
        noteAliases(reading.aliases, step);
        noteImported(source, step);
      }
      return steps;
    }
    case "AssignStatement":
      return readAssignment(reading, node);
    case "IfStatement":
      return readIf(reading, node);
    case "TryStatement":
      return readTry(reading, node);
    case "WithStatement":
      return readWith(reading, node);
    case "ForStatement":
    case "WhileStatement":
      return readLoop(source, node, (block) => readBlock(reading, block));
    case "MatchStatement":
      return readMatch(node, (block) => readBlock(reading, block));
    case "BreakStatement":
      return [{ do: "break" }];
    case "ContinueStatement":
      return [{ do: "continue" }];
    case "DecoratedStatement": {
      const ofClass = node.getChild("ClassDefinition")?.getChild("VariableName") ?? null;
      const defined = ofClass ?? node.getChild("FunctionDefinition")?.getChild("VariableName") ?? null;
      if (defined !== null && (ofClass !== null || !keepsBody(source, node)))
        reading.unsure.add(textOf(source, defined));
      return childrenOf(node).flatMap((child) =>
        child.name === "Decorator" ? decoratorSteps(reading, child) : readStatement(reading, child),
      );
    }
    case "FunctionDefinition":
      return readFunction(reading, node);
    case "ClassDefinition":
      return readClass(reading, node);
    case "RaiseStatement":
      return [readRaise(reading, node)];
    case "ReturnStatement":
      return [...callSteps(source, node, reading.aliases), { do: "return" }];
    case "DeleteStatement":
      return [
        ...pathDeletion(reading, node),
        ...(isOfModule(node) ? [{ do: "unbind" as const, names: namesIn(source, node) }] : []),
      ];
    case "TypeDefinition":
      return [{ do: "bind", names: namesIn(source, node).slice(0, 1) }];
    case "ScopeStatement":
      return [{ do: "bind", names: namesIn(source, node) }];
    case "ExpressionStatement": {
      const only = node.firstChild;
      if (only?.name !== "VariableName")
        return [...callSteps(source, node, reading.aliases), ...textsCall(source, only)];
      return [{ do: "need", line: source.lineAt(node.from), name: textOf(source, only) }];
    }
    case "UpdateStatement": {
      const changed = pathAssignment(reading, node);
      for (const name of node.firstChild === null ? [] : namesIn(source, node.firstChild)) {
        source.places.set(name, undefined);
        source.lists.delete(name);
      }
      return [...callSteps(source, node, reading.aliases), ...changed, ...textsChanged(source, node)];
    }
    case "AssertStatement":
      return callSteps(source, node, reading.aliases);
    default:
      return [];
  }
}

function readIf(reading: Reading, node: SyntaxNode): Step[] {
  type Branch = { test: SyntaxNode | undefined; body: SyntaxNode | undefined };
  const branches: Branch[] = [];
  for (const child of childrenOf(node)) {
    if (child.name === "if" || child.name === "elif" || child.name === "else") {
      branches.push({ test: undefined, body: undefined });
    } else if (child.name !== "Comment") {
      const branch = branches.at(-1);
      if (branch === undefined) continue;
      if (child.name === "Body") branch.body = child;
      else branch.test = child;
    }
  }
  let orElse: Step[] = [];
  for (const branch of branches.reverse()) {
    const body = branch.body === undefined ? [] : readBlock(reading, branch.body);
    if (branch.test === undefined) orElse = body;
    else {
      const before = callSteps(reading.source, branch.test, reading.aliases);
      // A folder that is there already is searched all the same.
      if (onlyChangesPath(textOf(reading.source, branch.test), body)) {
        orElse = [...before, ...body];
        continue;
      }
      orElse = [...before, { do: "if", test: readTest(reading.source, branch.test), body, orElse }];
    }
  }
  return orElse;
}

function readTry(reading: Reading, node: SyntaxNode): Step[] {
  const { source } = reading;
  const step: Extract<Step, { do: "try" }> = { do: "try", body: [], handlers: [], orElse: [], finally: [] };
  let part = "try";
  let handler: ExceptHandler | undefined;
  let afterAs = false;
  for (const child of childrenOf(node)) {
    if (/^(?:try|except|else|finally)$/.test(child.name)) {
      part = child.name;
      afterAs = false;
      handler = part === "except" ? { catches: [], body: [] } : undefined;
      if (handler !== undefined) step.handlers.push(handler);
    } else if (child.name === "as") afterAs = true;
    else if (child.name === "Body") {
      const body = readBlock(reading, child);
      if (handler !== undefined) handler.body = body;
      else if (part === "try") step.body = body;
      else if (part === "else") step.orElse = body;
      else step.finally = body;
    } else if (handler !== undefined && afterAs) handler.as = textOf(source, child);
    else if (handler !== undefined && child.name !== "Comment") handler.catches.push(...exceptionNames(source, child));
  }
  return [step];
}

function readWith(reading: Reading, node: SyntaxNode): Step[] {
  const { source } = reading;
  const before: Step[] = [];
  let body: Step[] = [];
  let suppressed: string[] | undefined;
  let swallowed = false;
  // It may swallow as well as not.
  let unknown = false;
  let afterAs = false;
  for (const child of childrenOf(node)) {
    if (child.name === "Body") body = readBlock(reading, child);
    else if (child.name === "as") afterAs = true;
    else if (afterAs) {
      before.push({ do: "bind", names: namesIn(source, child) });
      afterAs = false;
    } else if (child.name === "CallExpression") {
      const written = dottedName(source, child.firstChild);
      const callee = written === undefined ? undefined : resolveAlias(written, reading.aliases);
      if (callee !== undefined && lastPart(callee) === "suppress") {
        suppressed = callArguments(source, child).positional.flatMap((part) => exceptionNames(source, part));
      } else if (callee !== undefined && maySwallow.test(lastPart(callee))) swallowed = true;
      else {
        unknown ||= reading.own && !letsPass(callee);
        before.push(...callSteps(source, child, reading.aliases));
      }
    } else if (reading.own && /^(?:VariableName|MemberExpression)$/.test(child.name)) unknown = true;
  }
  const handlers: ExceptHandler[] = [];
  if (suppressed !== undefined) handlers.push({ catches: suppressed, body: [] });
  else if (swallowed) handlers.push({ catches: [], body: [], perhaps: true });
  if (unknown) handlers.push({ catches: ["BaseException"], body: [], perhaps: true });
  if (handlers.length === 0) return [...before, ...body];
  return [...before, { do: "try", body, handlers, orElse: [], finally: [] }];
}

function decoratorSteps(reading: Reading, node: SyntaxNode): Step[] {
  const name = dottedName(reading.source, node.lastChild?.prevSibling?.name === "At" ? node.lastChild : null);
  const bare: Step[] =
    name !== undefined && !name.includes(".") ? [{ do: "call", line: reading.source.lineAt(node.from), name }] : [];
  return [...callSteps(reading.source, node, reading.aliases), ...bare];
}

function readFunction(reading: Reading, node: SyntaxNode): Step[] {
  const { source } = reading;
  const name = node.getChild("VariableName");
  // What it imports may be in a folder that it adds itself.
  collectLater(reading, node, mayChangePath.test(textOf(source, node)));
  // Default values are made when the function is.
  const defaults = (node.getChild("ParamList")?.getChildren("AssignOp") ?? []).flatMap(({ nextSibling }) =>
    nextSibling === null ? [] : callSteps(source, nextSibling, reading.aliases),
  );
  if (name === null) return defaults;
  const text = textOf(source, name);
  if (reading.functions.has(text) || !isPlainDefinition(node)) reading.unsure.add(text);
  reading.functions.set(text, node);
  return [...defaults, text === "__getattr__" ? { do: "open" } : { do: "bind", names: [text] }];
}

/** A class body runs when the module does, but its names are its own. */
function readClass(reading: Reading, node: SyntaxNode): Step[] {
  const steps: Step[] = [];
  if (reading.own) noteConstructor(reading, node);
  const functions = new Map(reading.functions);
  for (const child of childrenOf(node)) {
    if (child.name === "ArgList") {
      steps.push(...callSteps(reading.source, child, reading.aliases));
      const bases = childrenOf(child).map((base) =>
        resolveAlias(dottedName(reading.source, base) ?? "", reading.aliases),
      );
      if (bases.includes("django.db.models.Model")) {
        steps.push({ do: "django", line: reading.source.lineAt(node.from), wants: "models" });
      }
    } else if (child.name === "Body") steps.push(...withoutNames(readBlock({ ...reading, functions }, child)));
    else if (child.name === "VariableName") steps.push({ do: "bind", names: [textOf(reading.source, child)] });
  }
  return steps;
}

function readRaise(reading: Reading, node: SyntaxNode): Step {
  const { source } = reading;
  const line = source.lineAt(node.from);
  const raised = node.firstChild?.nextSibling ?? null;
  if (raised === null) return { do: "raise", line, type: "" };
  if (raised.name === "CallExpression") {
    const type = lastPart(dottedName(source, raised.firstChild) ?? "Exception");
    const message = messageParts(source, callArguments(source, raised).positional[0], reading.messages);
    return message === undefined ? { do: "raise", line, type } : { do: "raise", line, type, message };
  }
  return { do: "raise", line, type: lastPart(dottedName(source, raised) ?? "Exception") };
}
