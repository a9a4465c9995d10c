// JavaScript source to what loading it asks for. The grammar's tables are loaded on the first use.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { NodeImport, NodeSource } from "../../facts/inventory.ts";

/** What reads JavaScript, once it is loaded: the grammar, and the lexer that Node itself knows CommonJS exports by. */
export type NodeReader = {
  parse(text: string, typescript: boolean): Tree;
  lex(text: string): NodeSource["lexed"];
};

export async function loadNodeReader(): Promise<NodeReader> {
  const [{ parser }, lexer] = await Promise.all([import("@lezer/javascript"), import("cjs-module-lexer")]);
  await lexer.init();
  const typed = parser.configure({ dialect: "ts" });
  return {
    parse: (text, typescript) => (typescript ? typed : parser).parse(withoutAttributes(text)),
    lex(text) {
      try {
        const { exports, reexports } = lexer.parse(text);
        return { names: exports, from: reexports };
      } catch {
        return undefined;
      }
    },
  };
}

/** The text with `with { type: "json" }` of imports blanked out: the grammar does not know them. */
function withoutAttributes(text: string): string {
  return text.replaceAll(importAttributes, (_whole, start: string, attributes: string) => {
    return start + attributes.replaceAll(/[^\n]/g, " ");
  });
}

const importAttributes = /(\b(?:from|import)\s*(?:"[^"\n]*"|'[^'\n]*')\s*)((?:with|assert)\s*\{[^}]*\})/g;

type When = NodeImport["when"];
type Slice = (node: SyntaxNode) => string;

/** Reads what loading a file asks for and what it exports. Damaged source gives a `syntaxError`. */
export function readNode(tree: Tree, text: string): NodeSource {
  const found: NodeSource = { imports: [], exports: [], open: false, syntax: "either" };
  const exported = new Set<string>();
  let esm = false;
  let cjs = false;
  const lineAt = lineCounter(text);
  const slice: Slice = (node) => text.slice(node.from, node.to);
  const literal = (node: SyntaxNode | null | undefined): string | undefined =>
    node?.name === "String" ? slice(node).slice(1, -1) : undefined;
  const add = (node: SyntaxNode, specifier: string | undefined, how: NodeImport["how"], when: When, more = {}) => {
    if (specifier !== undefined) found.imports.push({ line: lineAt(node.from), specifier, how, when, ...more });
  };
  const need = (node: SyntaxNode, name: "require" | "module" | "exports", when: When) => {
    if (when === "load") found.needs ??= { name, line: lineAt(node.from) };
  };
  const visit = (node: SyntaxNode, when: When): void => {
    let inner = when;
    switch (node.name) {
      case "ImportDeclaration":
        esm = true;
        if (/^import\s+type\s+(?!from\b|,)/.test(slice(node))) return;
        add(node, literal(node.getChild("String")), "import", "load", takenBy(node, slice, text));
        return;
      case "ExportDeclaration": {
        esm = true;
        // `export default "text"` is no import.
        const specifier = node.getChild("from") === null ? undefined : literal(node.getChild("String"));
        add(node, specifier, "import", "load", takenBy(node, slice, text));
        if (node.getChild("Star") !== null && !/^export\s*\*\s*as\b/.test(slice(node))) {
          found.open = true;
          if (specifier !== undefined) (found.stars ??= []).push(specifier);
        }
        for (const name of esmExports(node, slice)) exported.add(name);
        break;
      }
      case "DynamicImport":
        add(
          node,
          literal(node.getChild("String") ?? node.nextSibling?.getChild("String")),
          "dynamic",
          isAwaited(node) ? when : later(when),
        );
        break;
      case "CallExpression": {
        const callee = node.firstChild;
        const list = node.getChild("ArgList");
        if (callee !== null && slice(callee) === "require") {
          add(node, literal(list?.getChild("String")), "require", when);
          need(node, "require", when);
        }
        // What bundlers write for the exports of a module.
        if (callee !== null && slice(callee) === "__export") for (const name of keysIn(list, slice)) exported.add(name);
        if (callee !== null && slice(callee) === "Object.defineProperty") {
          const name = literal(list?.getChild("String"));
          if (name !== undefined && /^\(\s*exports\b/.test(list === null ? "" : slice(list))) exported.add(name);
        } else if (list !== null && /^\((?:[^()]*,)?\s*(?:module\.)?exports\b/.test(slice(list))) {
          // Handed to a function, which may add anything.
          found.open = true;
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
        if (/^(?:module\.)?exports\b/.test(target)) {
          cjs = true;
          need(node, target.startsWith("module") ? "module" : "exports", when);
        } else if (node.lastChild !== null && /^(?:module\.)?exports$/.test(slice(node.lastChild))) found.open = true;
        break;
      }
      case "VariableDeclaration":
        if (/=\s*(?:module\.)?exports\b/.test(slice(node).slice(0, 400))) found.open = true;
        break;
      case "AwaitExpression":
        if (when !== "later") found.awaits ??= { line: lineAt(node.from) };
        break;
      case "ForStatement":
        if (when !== "later" && node.getChild("await") !== null) {
          found.awaits ??= { line: lineAt(node.from), loop: true };
        }
        break;
      case "TryStatement":
        if (when !== "later") inner = "guarded";
        break;
      // What stands under a condition is not known to be reached.
      case "IfStatement":
      case "SwitchStatement":
      case "ConditionalExpression":
        // Parts for other systems are there for those that run on them.
        if (when === "load")
          inner = /\bprocess\.(?:platform|arch|versions?)\b/.test(slice(node)) ? "guarded" : "perhaps";
        break;
      case "BinaryExpression":
        if (when === "load" && node.getChild("LogicOp") !== null) inner = "perhaps";
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
  if (found.needs !== undefined && declares(text, found.needs.name)) delete found.needs;
  // A function named so may stand in CommonJS.
  if (found.awaits !== undefined && /\b(?:function|const|let|var)\s+await\b/.test(text)) delete found.awaits;
  if (esm !== cjs) found.syntax = esm ? "esm" : "cjs";
  return found;
}

const later = (when: When): When => (when === "load" ? "later" : when);

/** `await import("./x.js")`: outside functions what it imports is loaded with the module. */
const isAwaited = (node: SyntaxNode): boolean => node.parent?.name === "AwaitExpression";

/** Whether a file gives one of the names of CommonJS a meaning of its own: `const require = createRequire(...)`. */
function declares(text: string, name: string): boolean {
  return new RegExp(`\\b(?:var|let|const|function|import)\\s+(?:\\{[^}]*\\b)?${name}\\b`).test(text);
}

/** The names that an import or re-export takes of the other module. */
function takenBy(node: SyntaxNode, slice: Slice, whole: string): Pick<NodeImport, "names" | "clause" | "json"> {
  const text = slice(node).replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  const braces = /^(?:import|export)\b[^"'{]*(\{[^}]*\})\s*from\b/.exec(text)?.[1];
  // The attributes lie behind the node, or at its end.
  const rest = whole.slice(node.from, node.to + 60).replace(/;[^]*$/, "");
  const json = /["']\s*(?:with|assert)\s*\{\s*["']?type["']?\s*:\s*["']json["']/.test(rest);
  const names = (braces ?? "")
    .slice(1, -1)
    .split(",")
    .flatMap((part) => {
      const name = part.trim().split(/\s+as\s+/, 1)[0] ?? "";
      return name === "" || /^type\s/.test(name) || name === "default" || /^["']/.test(name) ? [] : [name];
    });
  return {
    ...(names.length === 0 ? {} : { names }),
    ...(braces === undefined || braces.includes("\n") || names.length === 0 ? {} : { clause: braces }),
    ...(json ? { json: true as const } : {}),
  };
}

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

function esmExports(node: SyntaxNode, slice: Slice): string[] {
  const names: string[] = node.getChild("default") === null ? [] : ["default"];
  const renamed = /^export\s*\*\s*as\s+([\w$]+)/.exec(slice(node))?.[1];
  if (renamed !== undefined) names.push(renamed);
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
      for (const pattern of ["ObjectPattern", "ArrayPattern"])
        for (const found of declaration.getChildren(pattern)) names.push(...(slice(found).match(/[\w$]+/g) ?? []));
    }
  }
  return names;
}

/** The property names of the object literals directly in a node. */
function keysIn(node: SyntaxNode | null, slice: Slice): string[] {
  return (node?.getChildren("ObjectExpression") ?? []).flatMap((object) =>
    object.getChildren("Property").flatMap((property) => {
      const key = property.getChild("PropertyDefinition");
      return key === null ? [] : [slice(key)];
    }),
  );
}
