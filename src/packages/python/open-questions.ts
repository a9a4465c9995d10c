// What is taken for granted and may fail all the same: a verdict that rests on it is no certain one.
import type { Step } from "../../facts/inventory.ts";
import { importModule, isRaised } from "./importer.ts";
import type { Machine, Module } from "./machine.ts";

/** Notes that a line of the function's own code imports something that cannot be told, where nothing catches its failure. */
export function noteDoubt(machine: Machine, module: Module, line: number, what: string): void {
  // Published packages do so where they look for plugins and optional parts, and mostly get along without them.
  if (module.published || machine.guarded > 0) return;
  machine.openQuestions.add(`${module.file?.path ?? module.name}, line ${line}, ${what}.`);
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
