// Tabs and spaces that indent the lines of one block in ways that agree for one width of a tab only: Python refuses them.
import type { SyntaxNode, Tree } from "@lezer/common";
import { childrenOf, type SourceText } from "./syntax.ts";

/** What the interpreter says of them, in an exception of its own class. */
export const tabText = "inconsistent use of tabs and spaces in indentation";

type Indent = { wide: number; narrow: number };

/** The first line whose indentation depends on how wide a tab is. */
export function mixedTabs(tree: Tree, source: SourceText): number | undefined {
  if (!source.text.includes("\t")) return undefined;
  return mixedIn(source, tree.topNode, undefined);
}

function mixedIn(source: SourceText, block: SyntaxNode, around: Indent | undefined): number | undefined {
  let first: Indent | undefined;
  for (const node of childrenOf(block)) {
    if (node.name === "Comment" || node.name === ":") continue;
    const indent = indentOf(source, node);
    if (indent !== undefined) {
      const deeper = around === undefined || indent.narrow > around.narrow;
      const same = first === undefined || (indent.wide === first.wide && indent.narrow === first.narrow);
      if (!deeper || !same) return source.lineAt(node.from);
      first ??= indent;
    }
    const inner = mixedInside(source, node, indent ?? first);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The blocks of a statement, and the lines that stand between them: `else:`, `except E:`. */
function mixedInside(source: SourceText, statement: SyntaxNode, indent: Indent | undefined): number | undefined {
  for (const child of childrenOf(statement)) {
    if (child.name === "Body") {
      const line = mixedIn(source, child, indent);
      if (line !== undefined) return line;
    } else if (/^(?:elif|else|except|finally)$/.test(child.name)) {
      const here = indentOf(source, child);
      if (here !== undefined && indent !== undefined && here.wide === indent.wide && here.narrow !== indent.narrow) {
        return source.lineAt(child.from);
      }
    } else if (/^(?:FunctionDefinition|ClassDefinition)$/.test(child.name)) {
      const line = mixedInside(source, child, indent);
      if (line !== undefined) return line;
    }
  }
  return undefined;
}

/** How far a node that begins its line is indented, with tabs to every eighth column and with tabs of one. */
function indentOf(source: SourceText, node: SyntaxNode): Indent | undefined {
  const start = source.text.lastIndexOf("\n", node.from - 1) + 1;
  const before = source.text.slice(start, node.from);
  // After a backslash the line is no line of its own.
  if (!/^[\t ]*$/.test(before) || source.text.charAt(start - 2) === "\\") return undefined;
  let wide = 0;
  for (const each of before) wide = each === "\t" ? (Math.floor(wide / 8) + 1) * 8 : wide + 1;
  return { wide, narrow: before.length };
}
