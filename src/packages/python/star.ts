// `from module import *`: what `__all__` lists, submodules among it, else every name that no underscore hides.
import { explainMissingName } from "./explain.ts";
import { findModule } from "./finder.ts";
import { importModule, isRaised } from "./importer.ts";
import { raise, type Machine, type Module, type Raised } from "./machine.ts";

/** Takes a module's names over into another; gives what a name of its `__all__` that is not there raises. */
export function runStar(machine: Machine, module: Module, from: Module): Raised | undefined {
  if (from.open) module.open = true;
  if (from.givesNames === true) module.givesNames = true;
  const listed = from.texts.get("__all__");
  if (listed === undefined || from.published) {
    // Where the list is not known, it may have names that an underscore would hide.
    const hidden = from.texts.has("__all__") || from.published ? "__" : "_";
    for (const each of from.names) if (!each.startsWith(hidden)) module.names.add(each);
    return undefined;
  }
  for (const name of listed) {
    const raised = from.names.has(name) ? undefined : fromList(machine, from, name);
    if (raised !== undefined) return raised;
    module.names.add(name);
  }
  return undefined;
}

function fromList(machine: Machine, from: Module, name: string): Raised | undefined {
  if (from.folders !== undefined && findModule(machine.view, machine.target, name, from.folders) !== undefined) {
    const loaded = importModule(machine, `${from.name}.${name}`);
    return isRaised(loaded) ? loaded : undefined;
  }
  if (from.open || from.givesNames === true) return undefined;
  const detail = explainMissingName(machine, from, name);
  return raise(machine, "AttributeError", `module '${from.name}' has no attribute '${name}'`, detail);
}
