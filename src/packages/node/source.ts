// JavaScript source to what loading it asks for. The grammar's tables are loaded on the first use.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { NodeImport, NodeSource } from "../../facts/inventory.ts";

/** A loaded JavaScript parser. */
export type NodeParser = { parse(text: string): Tree };

export async function loadNodeParser(): Promise<NodeParser> {
  const { parser } = await import("@lezer/javascript");
  return parser;
}

type When = NodeImport["when"];

/** Reads what loading a file asks for and what it exports. Damaged source gives a `syntaxError`. */
export function readNode(tree: Tree, text: string): NodeSource {
  const found: NodeSource = { imports: [], exports: [], open: false, syntax: "either" };
  const exported = new Set<string>();
  let esm = false;
  let cjs = false;
  const lineAt = lineCounter(text);
  const slice = (node: SyntaxNode) => text.slice(node.from, node.to);
  const literal = (node: SyntaxNode | null | undefined): string | undefined =>
    node?.name === "String" ? slice(node).slice(1, -1) : undefined;
  const add = (node: SyntaxNode, specifier: string | undefined, how: NodeImport["how"], when: When) => {
    if (specifier !== undefined) found.imports.push({ line: lineAt(node.from), specifier, how, when });
  };
  const visit = (node: SyntaxNode, when: When): void => {
    let inner = when;
    switch (node.name) {
      case "ImportDeclaration":
        esm = true;
        add(node, literal(node.getChild("String")), "import", "load");
        return;
      case "ExportDeclaration":
        esm = true;
        add(node, literal(node.getChild("String")), "import", "load");
        if (node.getChild("Star") !== null) found.open = true;
        for (const name of esmExports(node, slice)) exported.add(name);
        break;
      case "DynamicImport":
        add(node, literal(node.getChild("String") ?? node.nextSibling?.getChild("String")), "dynamic", later(when));
        break;
      case "CallExpression": {
        const callee = node.firstChild;
        const list = node.getChild("ArgList");
        if (callee !== null && slice(callee) === "require")
          add(node, literal(list?.getChild("String")), "require", when);
        // What bundlers write for the exports of a module.
        if (callee !== null && slice(callee) === "__export") for (const name of keysIn(list, slice)) exported.add(name);
        if (callee !== null && slice(callee) === "Object.defineProperty") {
          const name = literal(list?.getChild("String"));
          if (name !== undefined && /^\(\s*exports\b/.test(list === null ? "" : slice(list))) exported.add(name);
        }
        break;
      }
      case "AssignmentExpression": {
        const target = node.firstChild === null ? "" : slice(node.firstChild).replaceAll(/\s/g, "");
        const named = /^(?:module\.)?exports\.([\w$]+)$/.exec(target)?.[1];
        if (named !== undefined) exported.add(named);
        if (target === "module.exports") {
          const value = node.lastChild;
          if (value?.name === "ObjectExpression") {
            for (const name of keysIn(node, slice)) exported.add(name);
            if (slice(value).includes("...")) found.open = true;
          } else if (value !== null && !slice(value).startsWith("__toCommonJS(")) found.open = true;
        }
        if (/^(?:module\.)?exports\b/.test(target)) cjs = true;
        break;
      }
      case "TryStatement":
        if (when === "load") inner = "guarded";
        break;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunction":
      case "MethodDeclaration":
        inner = "later";
        break;
    }
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child, inner);
  };
  visit(tree.topNode, "load");
  tree.iterate({
    enter(node) {
      if (node.type.isError && found.syntaxError === undefined) {
        found.syntaxError = { line: lineAt(node.from), text: "Invalid or unexpected token" };
      }
    },
  });
  found.exports = [...exported];
  if (esm !== cjs) found.syntax = esm ? "esm" : "cjs";
  return found;
}

const later = (when: When): When => (when === "load" ? "later" : when);

function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    if (offset < counted) {
      line = 1;
      counted = 0;
    }
    for (; counted < offset; counted++) if (text.charCodeAt(counted) === 10) line++;
    return line;
  };
}

function esmExports(node: SyntaxNode, slice: (node: SyntaxNode) => string): string[] {
  const names: string[] = node.getChild("default") === null ? [] : ["default"];
  const group = node.getChild("ExportGroup");
  if (group !== null) {
    for (const part of slice(group).slice(1, -1).split(",")) {
      const name = part
        .trim()
        .split(/\s+as\s+/)
        .at(-1);
      if (name !== undefined && name !== "") names.push(name);
    }
  }
  for (const kind of ["VariableDeclaration", "FunctionDeclaration", "ClassDeclaration"]) {
    for (const declaration of node.getChildren(kind)) {
      for (const name of declaration.getChildren("VariableDefinition")) names.push(slice(name));
    }
  }
  return names;
}

/** The property names of the object literals directly in a node. */
function keysIn(node: SyntaxNode | null, slice: (node: SyntaxNode) => string): string[] {
  return (node?.getChildren("ObjectExpression") ?? []).flatMap((object) =>
    object.getChildren("Property").flatMap((property) => {
      const key = property.getChild("PropertyDefinition");
      return key === null ? [] : [slice(key)];
    }),
  );
}
