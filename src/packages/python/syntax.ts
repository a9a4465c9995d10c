// Helpers over the syntax tree of Python source: children, literals, dotted names. Nothing here knows what a statement means.
import type { SyntaxNode } from "@lezer/common";
import type { MessagePart } from "../../facts/inventory.ts";

/** A path: from the folder of the file that names it `up` folders up and then down by `rest`, or as it is written. */
export type Place = { up: number; rest: string } | string;

/** One file's text and where its lines start, and what is known of its names while it is read. */
export type SourceText = {
  text: string;
  lineAt(offset: number): number;
  /** Names that were assigned a path relative to the file. */
  paths: Map<string, string>;
  /** Names that were assigned a path; undefined where it may be more than one, or cannot be told any more. */
  places: Map<string, Place | undefined>;
  /** Names that were assigned a URL, by its scheme. */
  schemes: Map<string, string>;
  /** Names that were assigned an empty list. */
  empty: Set<string>;
  /** Names that were assigned a list of texts. */
  lists: Map<string, string[]>;
  /** Names that imports bind, where calls of what is in them are followed: in the function's own code. */
  imported?: Set<string>;
  /** Names of lambdas that import something. */
  lambdas: Set<string>;
  /** Loop variables by the text that they hold in the round being read. */
  rounds: Map<string, string>;
};

/** Prepares a text so that offsets can be told as line numbers, counted from 1. */
export function sourceText(text: string): SourceText {
  const starts: number[] = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return {
    text,
    paths: new Map(),
    places: new Map(),
    schemes: new Map(),
    empty: new Set(),
    lists: new Map(),
    lambdas: new Set(),
    rounds: new Map(),
    lineAt(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return low + 1;
    },
  };
}

/** The direct children of a node, in order. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** The text of a node. */
export function textOf(source: SourceText, node: SyntaxNode): string {
  return source.text.slice(node.from, node.to);
}

/** `a.b.c` for a name or a chain of attributes, with the spaces and line breaks between them left out; else undefined. */
export function dottedName(source: SourceText, node: SyntaxNode | null | undefined): string | undefined {
  if (node === null || node === undefined) return undefined;
  if (node.name === "VariableName" || node.name === "PropertyName") return textOf(source, node);
  if (node.name !== "MemberExpression") return undefined;
  const parts: string[] = [];
  for (const child of childrenOf(node)) {
    if (child.name === ".") continue;
    const name = dottedName(source, child);
    if (name === undefined) return undefined;
    parts.push(name);
  }
  return parts.join(".");
}

/** The last part of a dotted name. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** The positional and keyword arguments of a call; `**` stands for a dictionary that is unpacked. */
export function callArguments(
  source: SourceText,
  call: SyntaxNode,
): { positional: SyntaxNode[]; keywords: Map<string, SyntaxNode | undefined> } {
  const positional: SyntaxNode[] = [];
  const keywords = new Map<string, SyntaxNode | undefined>();
  const list = call.getChild("ArgList");
  const parts = list === null ? [] : childrenOf(list);
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part === undefined || /^[(),]$|^Comment$|^\*$/.test(part.name)) continue;
    if (part.name === "**") {
      keywords.set("**", parts[at + 1]);
      at++;
    } else if (parts[at + 1]?.name === "AssignOp" && textOf(source, parts[at + 1] ?? part) === ":=") {
      const value = parts[at + 2];
      if (value !== undefined) positional.push(value);
      at += 2;
    } else if (parts[at + 1]?.name === "AssignOp") {
      keywords.set(textOf(source, part), parts[at + 2]);
      at += 2;
    } else positional.push(part);
  }
  return { positional, keywords };
}

const escapes: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "0": "\0",
  a: "\u0007",
};

/** The texts of a tuple or list that holds nothing but string literals. */
export function stringList(source: SourceText, node: SyntaxNode | null | undefined): string[] | undefined {
  if (node?.name === "VariableName") return source.lists.get(textOf(source, node));
  if (node?.name !== "TupleExpression" && node?.name !== "ArrayExpression") return undefined;
  const items = childrenOf(node).filter((child) => !/^[()[\],]$|^Comment$/.test(child.name));
  const values = items.map((item) => stringValue(source, item));
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The value of a plain string literal (implicitly joined ones too), or undefined for anything else. */
export function stringValue(source: SourceText, node: SyntaxNode | null | undefined): string | undefined {
  if (node === null || node === undefined) return undefined;
  if (node.name === "ParenthesizedExpression") return stringValue(source, node.firstChild?.nextSibling);
  if (node.name === "String") return literal(textOf(source, node));
  if (node.name !== "ContinuedString") return undefined;
  const parts = childrenOf(node).filter((child) => child.name !== "Comment");
  const values = parts.map((part) => stringValue(source, part));
  return values.every((value) => value !== undefined) ? values.join("") : undefined;
}

function literal(text: string): string {
  const match = /^([a-zA-Z]*)("""|'''|"|')/.exec(text);
  if (match === null) return text;
  const [opening, prefix = "", quote = ""] = match;
  const body = text.endsWith(quote) ? text.slice(opening.length, -quote.length) : text.slice(opening.length);
  return /r/i.test(prefix) ? body : unescape(body);
}

function unescape(body: string): string {
  return body.replaceAll(/\\(\r?\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}|[\s\S])/g, (whole: string, code: string) => {
    if (code.startsWith("\n") || code.startsWith("\r")) return "";
    if (/^[xu].+$/.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    return escapes[code] ?? whole;
  });
}

/**
 * The text that an expression gives, in pieces: literals, and what is filled in at run time.
 * `known` holds the texts of names assigned before. Undefined when the expression's form is not understood.
 */
export function messageParts(
  source: SourceText,
  node: SyntaxNode | null | undefined,
  known: ReadonlyMap<string, MessagePart[]>,
): MessagePart[] | undefined {
  if (node === null || node === undefined) return undefined;
  const plain = stringValue(source, node);
  if (plain !== undefined) return [plain];
  switch (node.name) {
    case "ParenthesizedExpression":
      return messageParts(source, node.firstChild?.nextSibling, known);
    case "ContinuedString": {
      const parts = childrenOf(node)
        .filter((child) => child.name !== "Comment")
        .map((child) => messageParts(source, child, known));
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case "FormatString":
      return formatParts(source, node);
    case "VariableName":
      return known.get(textOf(source, node)) ?? [{ fill: textOf(source, node) }];
    case "MemberExpression":
      return [{ fill: textOf(source, node) }];
    case "BinaryExpression":
      return binaryParts(source, node, known);
    case "CallExpression": {
      const callee = dottedName(source, node.firstChild);
      const first = callArguments(source, node).positional[0];
      if (callee === "str" && first !== undefined) return messageParts(source, first, known);
      if (callee !== undefined) return undefined;
      return methodParts(source, node, known);
    }
    default:
      return undefined;
  }
}

function formatParts(source: SourceText, node: SyntaxNode): MessagePart[] {
  const text = textOf(source, node);
  const match = /^([a-zA-Z]*)("""|'''|"|')/.exec(text);
  const opening = match?.[0].length ?? 0;
  const closing = match?.[2]?.length ?? 0;
  const raw = /r/i.test(match?.[1] ?? "");
  const parts: MessagePart[] = [];
  let at = node.from + opening;
  const push = (to: number) => {
    const piece = source.text.slice(at, to).replaceAll("{{", "{").replaceAll("}}", "}");
    if (piece !== "") parts.push(raw ? piece : unescape(piece));
  };
  for (const hole of node.getChildren("FormatReplacement")) {
    push(hole.from);
    const inside = childrenOf(hole)[1];
    parts.push({ fill: inside === undefined ? "" : textOf(source, inside) });
    at = hole.to;
  }
  push(node.to - closing);
  return parts;
}

/** `"..." % value` and `"..." + value`. */
function binaryParts(
  source: SourceText,
  node: SyntaxNode,
  known: ReadonlyMap<string, MessagePart[]>,
): MessagePart[] | undefined {
  const [left, operator, right] = childrenOf(node);
  if (operator === undefined || right === undefined) return undefined;
  const start = messageParts(source, left, known);
  if (start === undefined) return undefined;
  if (textOf(source, operator) === "+") {
    const end = messageParts(source, right, known);
    return end === undefined ? undefined : [...start, ...end];
  }
  if (textOf(source, operator) !== "%") return undefined;
  const values =
    right.name === "TupleExpression"
      ? childrenOf(right).filter((child) => !/^[(),]$|^Comment$/.test(child.name))
      : [right];
  return fillIn(start, /%(?:[-+ #0]*\d*(?:\.\d+)?[sdr]|%)/, (hole) =>
    hole === "%%" ? "%" : { fill: textOf(source, values.shift() ?? right) },
  );
}

/** `"...".format(value)`, and `"...".join(list)`. */
function methodParts(
  source: SourceText,
  call: SyntaxNode,
  known: ReadonlyMap<string, MessagePart[]>,
): MessagePart[] | undefined {
  const callee = call.firstChild;
  if (callee?.name !== "MemberExpression") return undefined;
  const method = callee.lastChild;
  const start = messageParts(source, callee.firstChild, known);
  const { positional, keywords } = callArguments(source, call);
  if (start === undefined || method === null) return undefined;
  if (textOf(source, method) === "join") {
    const [list] = positional;
    const [join = "", ...more] = start;
    if (list?.name !== "VariableName" || typeof join !== "string" || more.length > 0) return undefined;
    return [{ fill: textOf(source, list), join }];
  }
  if (textOf(source, method) !== "format") return undefined;
  let next = 0;
  return fillIn(start, /\{([^{}]*)\}/, (hole) => {
    const key = hole.slice(1, -1).replace(/[!:].*$/, "");
    const value = key === "" ? positional[next++] : /^\d+$/.test(key) ? positional[Number(key)] : keywords.get(key);
    return { fill: value === undefined ? hole : textOf(source, value) };
  });
}

function fillIn(parts: MessagePart[], hole: RegExp, value: (hole: string) => MessagePart): MessagePart[] {
  return parts.flatMap((part) => {
    if (typeof part !== "string") return [part];
    const found: MessagePart[] = [];
    let rest = part;
    for (let match = hole.exec(rest); match !== null; match = hole.exec(rest)) {
      if (match.index > 0) found.push(rest.slice(0, match.index));
      found.push(value(match[0]));
      rest = rest.slice(match.index + match[0].length);
    }
    if (rest !== "") found.push(rest);
    return found;
  });
}

/** Names that a target binds; attributes and items of other objects bind none. */
export function namesIn(source: SourceText, node: SyntaxNode): string[] {
  if (node.name === "VariableName") return [textOf(source, node)];
  if (node.name === "MemberExpression" || node.name === "TypeDef" || node.name === "CallExpression") return [];
  return childrenOf(node).flatMap((child) => namesIn(source, child));
}
