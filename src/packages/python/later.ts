// What a file may do about imports when its functions are called, and by which names it knows other files' things.
import type { SyntaxNode } from "@lezer/common";
import type { PythonSource } from "../../facts/inventory.ts";
import type { Aliases } from "./aliases.ts";
import { readImport } from "./import-statement.ts";
import { standardModules } from "./stdlib.ts";
import { childrenOf, type SourceText } from "./syntax.ts";

type Reading = { source: SourceText; later: PythonSource["later"] };

/** Collects the imports inside a function; `guarded` says that their failure may be caught or prevented. */
export function collectLater(reading: Reading, node: SyntaxNode, guarded: boolean): void {
  for (const child of childrenOf(node)) {
    if (child.name === "ImportStatement") {
      for (const step of readImport(reading.source, child)) {
        if (step.do === "import") reading.later.push({ line: step.line, level: 0, module: step.module, guarded });
        else if (step.do === "from") {
          reading.later.push({ line: step.line, level: step.level, module: step.module, guarded });
        }
      }
    } else collectLater(reading, child, guarded || child.name === "TryStatement");
  }
}

/** Names that stand for something of another file, the standard library's aside. */
export function importedNames(aliases: Aliases): string[] {
  return [...aliases].flatMap(([name, target]) =>
    !target.startsWith(".") && standardModules.has(target.split(".", 1)[0] ?? target) ? [] : [name],
  );
}
