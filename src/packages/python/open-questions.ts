// What is taken for granted and may fail all the same: a verdict that rests on it is no certain one.
import type { Step } from "../../facts/inventory.ts";
import { importModule, isRaised } from "./importer.ts";
import { isImportError, isSyntaxError, type Machine, type Module } from "./machine.ts";
import { isJump, type Ways } from "./ways.ts";

/** Notes that a line of the function's own code imports something that cannot be told, where nothing catches its failure. */
export function noteDoubt(machine: Machine, module: Module, line: number, what: string): void {
  // Published packages do so where they look for plugins and optional parts, and mostly get along without them.
  if (module.published || machine.guarded > 0) return;
  machine.openQuestions.add(`${module.file?.path ?? module.name}, line ${line}, ${what}.`);
}

/**
 * Notes the imports of the function's own code that fail where it cannot be told whether they run, or whether something
 * catches the failure. What code raises itself is not judged: nearly always it is there for a case that does not come.
 */
export function noteChances(machine: Machine, module: Module, exits: Ways["exits"]): void {
  // Published packages have many such imports, for systems and versions that are not these.
  if (module.published || machine.guarded > 0 || machine.maybe > 0) return;
  for (const exit of exits) {
    if (isJump(exit) || exit.mostlyCaught === true || !(isImportError(exit.type) || isSyntaxError(exit.type))) continue;
    const link = exit.detail.chain.findLast(({ file }) => file === module.file?.path);
    if (link === undefined) continue;
    const line = `${link.file}, line ${link.line}, imports ${link.imports}, which fails`;
    machine.openQuestions.add(`${line}: ${exit.message}; whether that line runs, and uncaught, is not known.`);
  }
}

/** Keeps the texts of a list that decides what is imported. */
export function noteTexts(machine: Machine, module: Module, step: Extract<Step, { do: "texts" }>): void {
  module.names.add(step.name);
  const before = step.add === true ? module.texts.get(step.name) : [];
  const { texts } = step;
  const known = texts !== undefined && before !== undefined && machine.maybe === 0;
  module.texts.set(step.name, known ? [...before, ...texts] : undefined);
}

/** A module that is loaded when it is first used: where it is there and would fail, whoever uses it fails. */
export function runLazy(machine: Machine, module: Module, { module: name, line }: Extract<Step, { do: "lazy" }>): void {
  machine.maybe++;
  const loaded = importModule(machine, name);
  machine.maybe--;
  if (!isRaised(loaded) || loaded.missing === name || machine.guarded > 0) return;
  machine.openQuestions.add(
    `${module.file?.path ?? module.name}, line ${line}, loads ${name} when it is first used, which fails: ${loaded.message}.`,
  );
}
