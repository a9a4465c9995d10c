// Which Python a source's grammar needs, and where it is no Python at all.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { PythonSource } from "../../facts/inventory.ts";
import { mixedTabs, tabText } from "./indentation.ts";
import { childrenOf, textOf, type SourceText } from "./syntax.ts";

/**
 * Forms of valid Python that this parser's grammar does not know: where the first error is near one of them it proves
 * nothing, and those that follow may follow from it.
 */
const unknownForms = /\byield\b|\d\.(?!\d)|\bcase\b|\bas\s*\(|\bas\s+\w+\.|\bwith\s*\(|,\s*\*\w+\b[^\n]*\bin\b/;

/** Notes the newest grammar that the source needs, and its first error, into what was read of it. */
export function noteGrammar(tree: Tree, source: SourceText, found: PythonSource): void {
  const lines = source.text.split("\n");
  let needs = 0;
  let judged = false;
  tree.iterate({
    enter(node) {
      const minor =
        node.name === "MatchStatement"
          ? 10
          : node.name === "TypeDefinition" ||
              node.name === "TypeParamList" ||
              (node.name === "FormatReplacement" && needsNewFormat(source, node.node))
            ? 12
            : 0;
      if (minor > needs) {
        needs = minor;
        // Of a function's type parameters Python says another thing than of a class's.
        const of = node.name === "TypeParamList" ? (node.node.parent ?? node) : node;
        const text = source.text.slice(of.from, of.to).split("\n", 1)[0] ?? "";
        found.grammar = { minor, line: source.lineAt(node.from), text: text.slice(0, 120) };
      }
      if (judged) return;
      if (node.name === "PrintStatement") {
        const text = "Missing parentheses in call to 'print'. Did you mean print(...)?";
        found.syntaxError = { line: source.lineAt(node.from), text };
        judged = true;
      } else if (node.type.isError) {
        judged = true;
        const line = source.lineAt(node.from);
        const near = lines.slice(Math.max(0, line - 2), line).join("\n");
        if (!unknownForms.test(near)) found.syntaxError = { line, text: "invalid syntax" };
      }
    },
  });
  const mixed = judged ? undefined : mixedTabs(tree, source);
  if (mixed !== undefined) {
    found.syntaxError = { line: mixed, text: tabText };
    return;
  }
  const late = judged ? undefined : lateFuture(tree, source);
  if (late !== undefined) {
    found.syntaxError = { line: late, text: "from __future__ imports must occur at the beginning of the file" };
  }
}

/** Whether a format string's hole has what none might have before 3.12: the string's own quotes, or a backslash. */
function needsNewFormat(source: SourceText, node: SyntaxNode): boolean {
  if (node.name !== "FormatReplacement" || node.parent?.name !== "FormatString") return false;
  // `\\{{` is no hole: the grammar takes the backslash for an escape of the first brace.
  if (source.text.charAt(node.from - 1) === "{") return false;
  const quotes = /^[a-zA-Z]*("""|'''|"|')/.exec(textOf(source, node.parent))?.[1];
  const [, value] = childrenOf(node);
  if (quotes === undefined || value === undefined) return false;
  const text = textOf(source, value);
  return text.includes(quotes) || text.includes("\\");
}

/** The line of the first import from `__future__` that does not stand before everything but the module's docstring. */
function lateFuture(tree: Tree, source: SourceText): number | undefined {
  let begun = false;
  for (const [index, node] of childrenOf(tree.topNode)
    .filter((child) => child.name !== "Comment")
    .entries()) {
    for (const each of node.name === "StatementGroup" ? childrenOf(node) : [node]) {
      if (each.name === "ImportStatement" && /^from\s+__future__\s/.test(textOf(source, each))) {
        if (begun) return source.lineAt(each.from);
      } else if (each.name !== ";" && !(index === 0 && isDocstring(each))) begun = true;
    }
  }
  return undefined;
}

const isDocstring = (node: SyntaxNode): boolean =>
  node.name === "ExpressionStatement" && /^(?:String|ContinuedString)$/.test(node.firstChild?.name ?? "");
