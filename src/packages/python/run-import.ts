// Statements that import: what they load, and which names they bind to what.
import type { Step } from "../../facts/inventory.ts";
import { findModule } from "./finder.ts";
import { absoluteName, importModule, importName, isRaised } from "./importer.ts";
import type { Machine, Module, Raised, Value } from "./machine.ts";
import { noteDoubt } from "./open-questions.ts";
import { runStar } from "./star.ts";

/** Acts with a statement on the chain that leads to a failure. */
export function at(
  machine: Machine,
  module: Module,
  line: number,
  imports: string,
  act: () => Raised | undefined,
): Raised | undefined {
  machine.stack.push({ file: module.file?.path ?? module.name, line, imports });
  const outcome = act();
  machine.stack.pop();
  return outcome;
}

/** Binds a name of the module itself to what it holds. */
export function setValue(module: Module, name: string, value: Value): void {
  module.names.add(name);
  module.values.set(name, value);
  module.origins.delete(name);
}

/** `import module`: binds its first part, or the name that it is given. */
export function runImport(machine: Machine, module: Module, step: Extract<Step, { do: "import" }>): Raised | undefined {
  const loaded = importModule(machine, step.module);
  if (isRaised(loaded)) return loaded;
  const top = step.module.split(".", 1)[0] ?? step.module;
  setValue(module, step.as ?? top, "object");
  module.modules.set(step.as ?? top, step.as === undefined ? top : step.module);
  return undefined;
}

/** Imports what a name holds; where that is not known nothing can be told. */
export function runLoad(machine: Machine, module: Module, step: Extract<Step, { do: "load" }>): Raised | undefined {
  const held = module.values.get(step.name);
  if (typeof held !== "string" || held === "object" || !/^[A-Za-z_][\w.]*$/.test(held)) {
    noteDoubt(machine, module, step.line, "imports a module whose name is made up while it runs");
    return undefined;
  }
  return runFrom(machine, module, { do: "from", line: step.line, level: 0, module: held, names: [] });
}

/** `from module import names`. */
export function runFrom(machine: Machine, module: Module, step: Extract<Step, { do: "from" }>): Raised | undefined {
  return at(machine, module, step.line, `${".".repeat(step.level)}${step.module}`, () => {
    const name = absoluteName(machine, module, step.level, step.module);
    if (typeof name !== "string") return name;
    const link = machine.stack.at(-1);
    if (link !== undefined) link.imports = name;
    const from = importModule(machine, name);
    if (isRaised(from)) return from;
    const early = step.names.length < 2 ? undefined : importParts(machine, from, step.names, link);
    if (early !== undefined) return early;
    for (const wanted of step.names) {
      if (wanted.name === "*") {
        const raised = runStar(machine, module, from);
        if (raised !== undefined) return raised;
        continue;
      }
      if (link !== undefined && from.folders !== undefined && !from.names.has(wanted.name)) {
        link.imports = `${name}.${wanted.name}`;
      }
      const raised = importName(machine, from, wanted.name);
      if (raised !== undefined) return raised;
      const bound = wanted.as ?? wanted.name;
      const value = machine.modules.has(`${from.name}.${wanted.name}`) ? "object" : from.values.get(wanted.name);
      module.names.add(bound);
      module.origins.set(bound, { module: from.name, name: wanted.name });
      if (value === "object") module.modules.set(bound, `${from.name}.${wanted.name}`);
      if (value === undefined) module.values.delete(bound);
      else module.values.set(bound, value);
    }
    return undefined;
  });
}

/** Of several names all that are modules are imported before the first is looked up. */
function importParts(
  machine: Machine,
  from: Module,
  names: readonly { name: string }[],
  link: Machine["stack"][number] | undefined,
): Raised | undefined {
  for (const { name } of names) {
    const { folders } = from;
    if (folders === undefined || from.open || from.names.has(name)) continue;
    if (findModule(machine.view, machine.target, name, folders) === undefined) continue;
    if (link !== undefined) link.imports = `${from.name}.${name}`;
    const loaded = importModule(machine, `${from.name}.${name}`);
    if (isRaised(loaded)) return loaded;
  }
  return undefined;
}
