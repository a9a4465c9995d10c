// What a file's names stand for, from the imports seen so far.
import type { Step } from "../../facts/inventory.ts";
import { standardModules } from "./stdlib.ts";
import type { SourceText } from "./syntax.ts";

/** Which local names stand for what of the standard library, from the imports seen so far. */
export type Aliases = Map<string, string>;

/** Notes what names an import brings, as far as calls through them are understood. */
export function noteAliases(aliases: Aliases, step: Step): void {
  if (step.do === "import") {
    if (step.as !== undefined) aliases.set(step.as, step.module);
  } else if (step.do === "from") {
    const module = step.level === 0 ? step.module : `${".".repeat(step.level)}${step.module}`;
    for (const { name, as } of step.names) aliases.set(as ?? name, `${module}.${name}`);
  }
}

/** A dotted name with its first part replaced by what that stands for. */
export function resolveAlias(written: string, aliases: Aliases): string {
  const dot = written.indexOf(".");
  const head = dot < 0 ? written : written.slice(0, dot);
  const target = aliases.get(head);
  return target === undefined ? written : target + written.slice(head.length);
}

/** Notes the names that may stand for modules of the package. */
export function noteImported({ imported }: SourceText, step: Step): void {
  if (imported === undefined) return;
  if (step.do === "from") for (const { name, as } of step.names) imported.add(as ?? name);
  else if (step.do === "import" && !standardModules.has(step.module.split(".", 1)[0] ?? step.module)) {
    imported.add(step.as ?? step.module.split(".", 1)[0] ?? step.module);
  }
}
