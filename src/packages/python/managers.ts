// Which exceptions a block names, and which context managers let those of their block pass, as far as their names tell.
import type { SyntaxNode } from "@lezer/common";
import { standardModules } from "./stdlib.ts";
import { childrenOf, dottedName, lastPart, type SourceText } from "./syntax.ts";

/** Context managers by whose name it looks as if they swallowed exceptions: `try_import()`, `optional_dependency()`. */
export const maySwallow =
  /try|optional|suppress|ignor|silen|maybe|import|allow|catch(?!_warnings)|guard|raises|swallow|skip|soft/i;

/** Whether a context manager is one of Python's own that lets exceptions pass; of any other that is not known. */
export function letsPass(callee: string | undefined): boolean {
  if (callee === undefined || /(?:^|\.)(?:Async)?ExitStack$/.test(callee)) return false;
  return callee === "open" || (callee.includes(".") && standardModules.has(callee.split(".", 1)[0] ?? callee));
}

/** The classes in an `except` clause or an argument, by the last part of each name. */
export function exceptionNames(source: SourceText, node: SyntaxNode): string[] {
  const name = dottedName(source, node);
  if (name !== undefined) return [lastPart(name)];
  return childrenOf(node).flatMap((child) => exceptionNames(source, child));
}
