// Which Python a source's grammar needs, and where it is no Python at all.
import type { Tree } from "@lezer/common";
import type { PythonSource } from "../../facts/inventory.ts";
import type { SourceText } from "./syntax.ts";

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
        node.name === "MatchStatement" ? 10 : node.name === "TypeDefinition" || node.name === "TypeParamList" ? 12 : 0;
      if (minor > needs) {
        needs = minor;
        const text = source.text.slice(node.from, node.to).split("\n", 1)[0] ?? "";
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
}
