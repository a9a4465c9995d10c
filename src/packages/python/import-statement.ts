// The import statement, from its text: the tree has its words and dots in many shapes.
import type { SyntaxNode } from "@lezer/common";
import type { Step } from "../../facts/inventory.ts";
import { textOf, type SourceText } from "./syntax.ts";

/** The steps of one `import` or `from` statement. */
export function readImport(source: SourceText, node: SyntaxNode): Step[] {
  const line = source.lineAt(node.from);
  const text = textOf(source, node)
    .replaceAll(/#[^\n]*/g, "")
    .replaceAll(/\\?\r?\n|[()]/g, " ")
    .replaceAll(/(\w)\s*\.\s*(\w)/g, "$1.$2")
    .trim();
  const from = /^from\s*(\.[.\s]*)?([^\s.][^\s]*)?\s*\bimport\b\s*([\s\S]*)$/.exec(text);
  const list = (part: string) =>
    part.split(",").flatMap((each) => {
      const [name = "", , as] = each.trim().split(/\s+/);
      return name === "" ? [] : [as === undefined ? { name } : { name, as }];
    });
  if (from !== null) {
    const level = (from[1] ?? "").replaceAll(/\s/g, "").length;
    return [{ do: "from", line, level, module: from[2] ?? "", names: list(from[3] ?? "") }];
  }
  return list(text.replace(/^import\b/, "")).map(({ name, as }) =>
    as === undefined ? { do: "import", line, module: name } : { do: "import", line, module: name, as },
  );
}
