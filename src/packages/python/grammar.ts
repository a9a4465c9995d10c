// Which Python a source's grammar needs, and where it is no Python at all.
import type { Tree } from "@lezer/common";
import type { PythonSource } from "../../facts/inventory.ts";
import type { SourceText } from "./syntax.ts";

/**
 * Forms of valid Python that this parser's grammar does not know (a bare `yield`, `1.` as a number, some patterns):
 * an error near one of them proves nothing.
 */
const unknownForms = /\byield\b|\d\.(?!\d)|\bcase\b|\bas\s*\(|,\s*\*\w+\s+in\b/;

/** Notes the newest grammar that the source needs, and its first error, into what was read of it. */
export function noteGrammar(tree: Tree, source: SourceText, found: PythonSource): void {
  const lines = source.text.split("\n");
  let needs = 0;
  tree.iterate({
    enter(node) {
      const minor =
        node.name === "MatchStatement" ? 10 : node.name === "TypeDefinition" || node.name === "TypeParamList" ? 12 : 0;
      if (minor > needs) {
        needs = minor;
        const text = source.text.slice(node.from, node.to).split("\n", 1)[0] ?? "";
        found.grammar = { minor, line: source.lineAt(node.from), text: text.slice(0, 120) };
      }
      if (found.syntaxError !== undefined) return;
      if (node.name === "PrintStatement") {
        const text = "Missing parentheses in call to 'print'. Did you mean print(...)?";
        found.syntaxError = { line: source.lineAt(node.from), text };
      } else if (node.type.isError) {
        const line = source.lineAt(node.from);
        const near = lines.slice(Math.max(0, line - 2), line).join("\n");
        if (!unknownForms.test(near)) found.syntaxError = { line, text: "invalid syntax" };
      }
    },
  });
}
