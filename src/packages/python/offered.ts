// Which functions of a file are kept for other files to call while they are imported.
import type { SyntaxNode } from "@lezer/common";
import { mayChangePath } from "./search-path.ts";
import { textOf, type SourceText } from "./syntax.ts";

/** A file's functions by name; `own` says that it is the function's own code. */
type Definitions = { source: SourceText; functions: ReadonlyMap<string, SyntaxNode>; own: boolean };

/** What a function's text has where calling it may import something. */
const mayImport = /\bimport|\bdlopen\b|\bCDLL\b|\bLoadLibrary\b/;

/** In published packages longer functions are not kept for other files: those that are called on import are short. */
const longFunction = 2500;

/** The functions that may import something when they are called by another file; of the function's own code also those that call such a one. */
export function offeredFunctions({ source, functions, own }: Definitions): string[] {
  const left = new Map([...functions].map(([name, node]) => [name, textOf(source, node)]));
  const offered: string[] = [];
  for (const [name, text] of left) {
    if (!(mayImport.test(text) || mayChangePath.test(text)) || (!own && text.length > longFunction)) continue;
    offered.push(name);
    left.delete(name);
  }
  if (!own) return offered;
  for (let before = -1; before !== offered.length;) {
    before = offered.length;
    for (const [name, text] of left) {
      if (!offered.some((each) => text.includes(`${each}(`))) continue;
      offered.push(name);
      left.delete(name);
    }
  }
  return offered;
}
