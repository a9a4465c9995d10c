// Conditions that decide which imports run: versions, platforms, environment, and flags set by earlier statements.
import type { SyntaxNode } from "@lezer/common";
import type { Test } from "../../facts/inventory.ts";
import { callArguments, childrenOf, dottedName, lastPart, stringValue, textOf, type SourceText } from "./syntax.ts";

type Platform = Extract<Test, { is: "platform" }>["of"];

const unknown: Test = { is: "unknown" };
const platforms: Record<string, Platform> = {
  "sys.platform": "sys",
  "os.name": "os",
  "platform.system": "system",
  "platform.python_implementation": "implementation",
  "sys.implementation.name": "implementation",
};
const flipped: Record<string, string> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!=" };

/** Reads a condition as far as it depends on things known before the function runs. */
export function readTest(source: SourceText, node: SyntaxNode | null | undefined): Test {
  if (node === null || node === undefined) return unknown;
  switch (node.name) {
    case "ParenthesizedExpression":
      return readTest(source, node.firstChild?.nextSibling);
    case "NamedExpression":
      return readTest(source, node.lastChild);
    case "Boolean":
      return { is: "const", value: textOf(source, node) === "True" };
    case "Number":
      return { is: "const", value: Number(textOf(source, node)) !== 0 };
    case "None":
      return { is: "const", value: false };
    case "VariableName":
    case "MemberExpression":
      return readName(source, node);
    case "UnaryExpression":
      return node.firstChild?.name === "not" ? readNot(source, node.lastChild) : unknown;
    case "BinaryExpression":
      return readBinary(source, node);
    case "CallExpression":
      return readCall(source, node);
    default:
      return unknown;
  }
}

/** True when nothing in the condition can be told. */
export function isUnknown(test: Test): boolean {
  switch (test.is) {
    case "unknown":
      return true;
    case "not":
      return isUnknown(test.test);
    case "and":
    case "or":
      return test.tests.every(isUnknown);
    case "const":
    case "version":
    case "platform":
    case "name":
    case "none":
    case "env":
    case "equals":
    case "library":
    case "path":
    case "distribution":
      return false;
  }
}

/** The grammar binds `not a or b` as `not (a or b)`, Python as `(not a) or b`. */
function readNot(source: SourceText, operand: SyntaxNode | null): Test {
  const [left, operator, right] = operand?.name === "BinaryExpression" ? childrenOf(operand) : [];
  if (operator?.name !== "and" && operator?.name !== "or") return negate(readTest(source, operand));
  return { is: operator.name, tests: [readNot(source, left ?? null), readTest(source, right)] };
}

function negate(test: Test): Test {
  if (test.is === "const") return { is: "const", value: !test.value };
  if (test.is === "unknown") return test;
  return { is: "not", test };
}

function readName(source: SourceText, node: SyntaxNode): Test {
  const name = dottedName(source, node);
  if (name === undefined) return unknown;
  if (name === "TYPE_CHECKING" || name.endsWith(".TYPE_CHECKING") || name === "MYPY")
    return { is: "const", value: false };
  if (name === "__debug__") return { is: "const", value: true };
  return name.includes(".") ? unknown : { is: "name", name };
}

function readBinary(source: SourceText, node: SyntaxNode): Test {
  const parts = childrenOf(node);
  const [left, operator, third, fourth] = parts;
  if (left === undefined || operator === undefined || third === undefined) return unknown;
  if (operator.name === "and" || operator.name === "or") {
    return { is: operator.name, tests: [readTest(source, left), readTest(source, third)] };
  }
  const words = parts
    .slice(1, -1)
    .map((part) => textOf(source, part))
    .join(" ");
  const right = fourth ?? third;
  if (words === "is" || words === "is not") {
    const name = dottedName(source, left);
    if (right.name !== "None" || name === undefined || name.includes(".")) return unknown;
    return words === "is" ? { is: "none", name } : { is: "not", test: { is: "none", name } };
  }
  if (words === "in" || words === "not in") {
    const test = readMembership(source, left, right);
    return words === "in" ? test : negate(test);
  }
  return readComparison(source, left, words, right);
}

function readMembership(source: SourceText, left: SyntaxNode, right: SyntaxNode): Test {
  const key = stringValue(source, left);
  if (key !== undefined && dottedName(source, right)?.endsWith("environ") === true) return { is: "env", name: key };
  const of = platformOf(source, left);
  if (of === undefined || !/^(?:Tuple|Array|Set)Expression$/.test(right.name)) return unknown;
  const values = childrenOf(right).map((child) => stringValue(source, child));
  const tests = values
    .filter((value) => value !== undefined)
    .map((value): Test => ({ is: "platform", of, op: "==", value }));
  return { is: "or", tests };
}

function readComparison(source: SourceText, left: SyntaxNode, operator: string, right: SyntaxNode): Test {
  const version = versionParts(source, left);
  const value = numbers(source, right);
  if (version !== undefined && value !== undefined) {
    return { is: "version", op: operator, value, ...(version === 0 ? {} : { take: version }) };
  }
  const versionRight = versionParts(source, right);
  const valueLeft = numbers(source, left);
  const op = flipped[operator];
  if (versionRight !== undefined && valueLeft !== undefined && op !== undefined) {
    return { is: "version", op, value: valueLeft, ...(versionRight === 0 ? {} : { take: versionRight }) };
  }
  const of = platformOf(source, left);
  const text = stringValue(source, right);
  if (text === undefined) return unknown;
  const name = dottedName(source, left);
  if (name !== undefined && /^[^._][^.]*$/.test(name)) {
    if (operator === "==") return { is: "equals", name, value: text };
    if (operator === "!=") return { is: "not", test: { is: "equals", name, value: text } };
  }
  if (of !== undefined && (operator === "==" || operator === "!=")) {
    return { is: "platform", of, op: operator, value: text };
  }
  if (dottedName(source, left) === "__name__" && text === "__main__") {
    return { is: "const", value: operator === "!=" };
  }
  return unknown;
}

/** How many parts of `sys.version_info` an expression takes: 0 for all, undefined when it is something else. */
function versionParts(source: SourceText, node: SyntaxNode): number | undefined {
  const text = textOf(source, node).replaceAll(/\s/g, "");
  const match = /^(?:sys\.)?version_info(?:\[(:?)(\d+)(?::(\d+))?\]|\.(major))?$/.exec(text);
  if (match === null) return undefined;
  if (match[4] === "major") return 1;
  if (match[2] === undefined) return 0;
  if (match[1] === ":") return Number(match[2]);
  if (match[2] === "0") return match[3] === undefined ? 1 : Number(match[3]);
  return undefined;
}

function numbers(source: SourceText, node: SyntaxNode): number[] | undefined {
  if (node.name === "Number") return [Number(textOf(source, node))];
  if (node.name !== "TupleExpression") return undefined;
  return childrenOf(node)
    .filter((child) => child.name === "Number")
    .map((child) => Number(textOf(source, child)));
}

function platformOf(source: SourceText, node: SyntaxNode): Platform | undefined {
  const callee = node.name === "CallExpression" ? node.firstChild : node;
  const name = dottedName(source, callee);
  return name === undefined ? undefined : platforms[name];
}

function readCall(source: SourceText, node: SyntaxNode): Test {
  const callee = dottedName(source, node.firstChild);
  // `os.environ.get("X", "").lower()`: whether it is set decides, whatever is made of its letters.
  if (callee === undefined) {
    const object = node.firstChild?.name === "MemberExpression" ? node.firstChild.firstChild : null;
    const inner = object?.name === "CallExpression" ? readCall(source, object) : unknown;
    return inner.is === "env" ? inner : unknown;
  }
  if (lastPart(callee) === "find_libpq_full_path") return { is: "library", name: "pq" };
  const [first, second] = callArguments(source, node).positional;
  if (/^os\.path\.(?:isdir|isfile|exists)$/.test(callee)) {
    const path = relativePath(source, first);
    return path === undefined ? unknown : { is: "path", path };
  }
  const argument = stringValue(source, first);
  if (argument === undefined) return unknown;
  if (/(?:^|\.)(?:environ\.get|getenv)$/.test(callee)) {
    if (second === undefined || second.name === "None") return { is: "env", name: argument };
    const otherwise = stringValue(source, second);
    return otherwise === undefined ? unknown : { is: "env", name: argument, otherwise };
  }
  if (/(?:^|\.)find_library$/.test(callee)) return { is: "library", name: argument };
  if (callee === "sys.platform.startswith") return { is: "platform", of: "sys", op: "startsWith", value: argument };
  return unknown;
}

/** A path written with `os.path` from `__file__`, as seen from the file's folder: `../numpy.libs`. */
export function relativePath(source: SourceText, node: SyntaxNode | undefined): string | undefined {
  if (node?.name === "NamedExpression") return relativePath(source, node.lastChild ?? undefined);
  if (node?.name === "ParenthesizedExpression") return relativePath(source, node.firstChild?.nextSibling ?? undefined);
  const literal = stringValue(source, node);
  if (literal !== undefined || node === undefined) return literal;
  const name = dottedName(source, node);
  if (name === "os.pardir") return "..";
  // The file itself; its folder is one up from it.
  if (name === "__file__") return "./__file__";
  if (node.name === "VariableName") return source.paths.get(textOf(source, node));
  const callee = node.name === "CallExpression" ? dottedName(source, node.firstChild) : undefined;
  const given = callee === undefined ? [] : callArguments(source, node).positional;
  const parts = given.map((each) => relativePath(source, each));
  const [first] = parts;
  if (first === undefined || !parts.every((part) => part !== undefined)) return undefined;
  if (callee === "os.path.abspath" || callee === "os.path.realpath") return first;
  if (callee === "os.path.dirname") return first.slice(0, Math.max(1, first.lastIndexOf("/")));
  return callee === "os.path.join" ? parts.join("/") : undefined;
}
