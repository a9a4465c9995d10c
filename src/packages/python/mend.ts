// Forms of valid Python that the parser's grammar does not know, rewritten to ones that it does before the text is parsed again.
import type { Tree } from "@lezer/common";

/** What `loadPythonParser` gives. */
type Parser = { parse(text: string): Tree };

/** Where the tree has its first error; undefined where it has none. */
function firstError(tree: Tree): number | undefined {
  let at: number | undefined;
  tree.iterate({
    enter(node) {
      if (at === undefined && node.type.isError) at = node.from;
      return at === undefined;
    },
  });
  return at;
}

const continued = (lines: string): string => "\\\n".repeat(lines.split("\n").length - 1);

/** Rewritings that keep the lines, and the names that are bound as far as imports depend on them. */
const gaps: readonly (readonly [RegExp, (found: readonly string[]) => string])[] = [
  // A bare `yield`.
  [/\byield\b(?=[^\S\n]*(?:[)\]},;#\n]|$))/g, () => "yield 0"],
  // `1.` as a number.
  [/(?<![\w.])\d+\.(?![\d\w.])/g, ([number = ""]) => `${number}0`],
  // `with a as (b, c):` binds `b` here.
  [/\bas\s*\(\s*(\w+)[^()]*\)(?=\s*[:,)])/g, ([whole = "", name = ""]) => `as ${name}${continued(whole)}`],
  // `with a as self.b:`
  [/\bas\s+(\w+)(?:\.\w+)+(?=\s*[:,)])/g, ([, name = ""]) => `as ${name}`],
  // `with (` and one item on each line.
  [
    /\bwith\s*\(\n((?:[^\n]+\bas\s+\w+,?\n)+)[^\S\n]*\)(?=\s*:)/g,
    ([, items = ""]) => `with \\\n${items.replace(/,?\n$/, "\n").replaceAll("\n", " \\\n")}`,
  ],
  // `for a, *b in c`
  [/,[^\S\n]*\*(?=\w+(?:[^\S\n]*,[^\S\n]*\*?\w+)*[^\S\n]+in\b)/g, () => ", "],
  // `case Name():`
  [/^[^\S\n]*case\b[^\n]*\(\)[^\n]*$/gm, ([line = ""]) => line.replaceAll("()", "(_)")],
];

/** A parsed source: the text is the one that the tree is of, `wrongFrom` the first place that the grammar refuses. */
export type Parsed = { tree: Tree; text: string; wrongFrom?: number };

/** Parses a source; where the grammar refuses it, once more with the known gaps mended. */
export function parsePython(parser: Parser, text: string): Parsed {
  const tree = parser.parse(text);
  const first = firstError(tree);
  if (first === undefined) return { tree, text };
  const mended = mend(tree, text);
  const again = mended === text ? tree : parser.parse(mended);
  const left = mended === text ? first : firstError(again);
  if (left === undefined) return { tree: again, text: mended };
  // What is no better was no gap: the text as it is written tells the place.
  return left <= first ? { tree, text, wrongFrom: first } : { tree: again, text: mended, wrongFrom: left };
}

/** A backslash before two braces in a format string, whose first brace the parser takes for escaped. */
const bracesAfterBackslash = /\\(?=\{\{)/g;

function mend(tree: Tree, text: string): string {
  const changes: { from: number; to: number; text: string }[] = [];
  for (const match of text.matchAll(bracesAfterBackslash)) {
    if (!tree.resolveInner(match.index, 1).name.startsWith("Format")) continue;
    changes.push({ from: match.index, to: match.index + 1, text: " " });
  }
  for (const [gap, instead] of gaps) {
    for (const match of text.matchAll(gap)) {
      // Texts and comments stay as they are: messages are made of them.
      if (/String|Comment/.test(tree.resolveInner(match.index, 1).name)) continue;
      changes.push({ from: match.index, to: match.index + match[0].length, text: instead(match) });
    }
  }
  let mended = "";
  let at = 0;
  for (const change of changes.sort((a, b) => a.from - b.from)) {
    if (change.from < at) continue;
    mended += text.slice(at, change.from) + change.text;
    at = change.to;
  }
  return mended + text.slice(at);
}
