// Statements of the function's own Python code that bear on the database or its secrets.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { SourceFact, SourceFactKind } from "../../facts/inventory.ts";
import { excerpt, sqlTables } from "../excerpt.ts";
import { callArguments, childrenOf, dottedName, lastPart, sourceText, stringValue, textOf } from "./syntax.ts";
import type { SourceText } from "./syntax.ts";

/** At most so many facts of one file are kept; a file of table definitions has hundreds. */
const maxFacts = 200;

const connects = new Set([
  "psycopg2.connect",
  "psycopg.connect",
  "psycopg.Connection.connect",
  "psycopg.AsyncConnection.connect",
  "psycopg_pool.ConnectionPool",
  "psycopg_pool.AsyncConnectionPool",
  "psycopg2.pool.SimpleConnectionPool",
  "psycopg2.pool.ThreadedConnectionPool",
  "pg8000.connect",
  "pg8000.dbapi.connect",
  "pg8000.dbapi.Connection",
  "pg8000.native.Connection",
  "asyncpg.connect",
  "asyncpg.create_pool",
  "aiopg.connect",
  "aiopg.create_pool",
]);
const engines = /^sqlalchemy\.(?:[\w.]+\.)?create_(?:async_)?engine$/;
const connectionName = /(?:^|_)(?:conn|connection|connect|db)$|^(?:get|open|new|make)_?(?:db|conn)/i;

/** Reads the facts of one file; `file` is its path in the package. */
export function pythonSourceFacts(tree: Tree, text: string, file: string): SourceFact[] {
  const source = sourceText(text);
  const lines = text.split("\n");
  const names = importedNames(source, tree);
  const facts: SourceFact[] = [];
  const seen = new Set<string>();
  const add: Add = (kind, node, name, keywords, numbers = {}) => {
    const line = source.lineAt(node.from);
    const key = `${kind} ${line} ${name}`;
    if (seen.has(key) || facts.length >= maxFacts) return;
    seen.add(key);
    const fact: SourceFact = { kind, file, line, text: excerpt(lines[line - 1] ?? ""), name };
    facts.push({
      ...fact,
      ...(keywords === undefined ? {} : { keywords }),
      ...(Object.keys(numbers).length === 0 ? {} : { numbers }),
    });
  };
  tree.iterate({
    enter(at) {
      // A node of its own is made only of what is looked into: there are many others.
      const { name } = at;
      if (name === "WithStatement") readWith(source, at.node, names, add);
      else if (name === "CallExpression") readCall(source, at.node, names, add);
      else if (name === "MemberExpression") readSubscript(source, at.node, names, add);
      else if (name === "String" || name === "ContinuedString" || name === "FormatString") {
        const { node } = at;
        const value = stringValue(source, node) ?? textOf(source, node).replace(/^\w*["']+/, "");
        for (const table of sqlTables(value)) add("sql-table", node, table);
        return name === "FormatString";
      }
      return true;
    },
  });
  return facts;
}

type Add = (
  kind: SourceFactKind,
  node: SyntaxNode,
  name: string,
  keywords?: string[],
  numbers?: Record<string, number>,
) => void;
type Names = ReadonlyMap<string, string>;

/** What each imported local name stands for. */
function importedNames(source: SourceText, tree: Tree): Map<string, string> {
  const names = new Map<string, string>();
  tree.iterate({
    enter(at) {
      if (at.name !== "ImportStatement") return;
      const text = textOf(source, at.node).replaceAll(/#[^\n]*|\\\n|[()]/g, " ");
      const from = /^from\s+([\w.]+)\s+import\s+([\s\S]+)$/.exec(text);
      const list = from?.[2] ?? text.replace(/^import\s/, "");
      for (const part of list.split(",")) {
        const [name = "", , as] = part.trim().split(/\s+/);
        if (from !== null) names.set(as ?? name, `${from[1]}.${name}`);
        else if (as !== undefined) names.set(as, name);
      }
    },
  });
  return names;
}

function fullName(source: SourceText, node: SyntaxNode | null | undefined, names: Names): string | undefined {
  const written = dottedName(source, node);
  if (written === undefined) return undefined;
  const head = written.split(".", 1)[0] ?? written;
  const target = names.get(head);
  return target === undefined ? written : target + written.slice(head.length);
}

function readWith(source: SourceText, node: SyntaxNode, names: Names, add: Add): void {
  for (const item of childrenOf(node)) {
    if (item.name === "Body") break;
    if (item.prevSibling?.name === "as") continue;
    const callee = item.name === "CallExpression" ? item.firstChild : item;
    if (callee === null || (callee.name !== "MemberExpression" && callee.name !== "VariableName")) continue;
    const last = callee.name === "MemberExpression" ? callee.lastChild : callee;
    const name = last === null ? "" : textOf(source, last);
    const written = textOf(source, callee);
    const full = fullName(source, callee, names);
    if (name === "cursor" && item.name === "CallExpression") add("cursor-in-with", item, written);
    else if (connectionName.test(name) || (full !== undefined && connects.has(full))) {
      add("connection-in-with", item, written);
    }
  }
}

function readCall(source: SourceText, node: SyntaxNode, names: Names, add: Add): void {
  const callee = fullName(source, node.firstChild, names);
  if (callee === undefined) return;
  const { positional, keywords } = callArguments(source, node);
  const passed = [...keywords.keys()];
  const last = lastPart(callee);
  if (connects.has(callee)) add("connect-call", node, callee, passed, numbersIn(source, positional, keywords));
  else if (engines.test(callee)) add("engine-call", node, callee, passed, numbersIn(source, positional, keywords));
  else if (callee === "os.getenv" || callee === "os.environ.get") {
    const name = stringValue(source, positional[0]);
    if (name !== undefined) add("env-read", node, name);
  } else if (last === "pop" && positional[0] !== undefined) {
    const name = stringValue(source, positional[0]);
    if (name !== undefined && /^\w+$/.test(name)) add("option-taken", node, name);
  } else if (/^get_parameters?(?:_by_path)?$/.test(last)) {
    const name = stringValue(source, keywords.get("Name") ?? keywords.get("Path") ?? positional[0]);
    add("ssm-read", node, name ?? callee, passed);
  } else if (last === "get_secret_value" || last === "get_secret") {
    const name = stringValue(source, keywords.get("SecretId") ?? positional[0]);
    add("secret-read", node, name ?? callee, passed);
  }
}

/** The whole numbers among a call's arguments. */
function numbersIn(
  source: SourceText,
  positional: readonly SyntaxNode[],
  keywords: ReadonlyMap<string, SyntaxNode | undefined>,
): Record<string, number> {
  const all = [...positional.entries(), ...keywords.entries()];
  return Object.fromEntries(
    all.flatMap(([name, node]) => {
      const figure = node === undefined ? "" : textOf(source, node).replaceAll("_", "");
      return /^\d{1,9}$/.test(figure) ? [[String(name), Number(figure)]] : [];
    }),
  );
}

function readSubscript(source: SourceText, node: SyntaxNode, names: Names, add: Add): void {
  const [object, bracket, key] = childrenOf(node);
  if (bracket?.name !== "[" || fullName(source, object, names) !== "os.environ") return;
  const name = stringValue(source, key);
  if (name !== undefined) add("env-read", node, name);
}
