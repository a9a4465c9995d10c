// Which context managers let an exception of their block pass, as far as their names tell.
import { standardModules } from "./stdlib.ts";

/** Context managers by whose name it looks as if they swallowed exceptions: `try_import()`, `optional_dependency()`. */
export const maySwallow =
  /try|optional|suppress|ignor|silen|maybe|import|allow|catch(?!_warnings)|guard|raises|swallow|skip|soft/i;

/** Whether a context manager is one of Python's own that lets exceptions pass; of any other that is not known. */
export function letsPass(callee: string | undefined): boolean {
  if (callee === undefined || /(?:^|\.)(?:Async)?ExitStack$/.test(callee)) return false;
  return callee === "open" || (callee.includes(".") && standardModules.has(callee.split(".", 1)[0] ?? callee));
}
