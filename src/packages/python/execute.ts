// Runs a module's steps in order. Where a condition cannot be told, both ways are tried and a failure of one alone is no certainty.
import type { MessagePart, Step } from "../../facts/inventory.ts";
import { explainMissingMetadata, explainRaise } from "./explain.ts";
import { absoluteName, importModule, importName, isRaised } from "./importer.ts";
import { catches, raise, type FailureDetail, type Machine, type Module, type Raised, type Value } from "./machine.ts";
import { findDistribution } from "./metadata.ts";
import { psycopgAttempts } from "./special.ts";
import { truth, valueOf } from "./truth.ts";

type Outcome = Raised | "return" | undefined;

/** Runs the steps of a module; gives what it raises, if anything. */
export function execute(machine: Machine, module: Module, steps: readonly Step[]): Raised | undefined {
  const outcome = run(machine, module, steps, []);
  return outcome === "return" ? undefined : outcome;
}

/** `handling` holds the exceptions of the `except` blocks around the steps, the innermost last. */
function run(machine: Machine, module: Module, steps: readonly Step[], handling: Handled[]): Outcome {
  for (const step of steps) {
    if (machine.budget-- <= 0) return undefined;
    const outcome = runStep(machine, module, step, handling);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

type Handled = { name: string | undefined; raised: Raised };

function runStep(machine: Machine, module: Module, step: Step, handling: Handled[]): Outcome {
  switch (step.do) {
    case "import":
      return at(machine, module, step.line, step.module, () => runImport(machine, module, step));
    case "from":
      return runFrom(machine, module, step);
    case "bind":
      for (const name of step.names) {
        module.names.add(name);
        module.values.delete(name);
      }
      return undefined;
    case "const":
      setValue(module, step.name, step.value);
      return undefined;
    case "test": {
      const value = valueOf(machine, module, step.test);
      module.names.add(step.name);
      if (value === undefined) module.values.delete(step.name);
      else module.values.set(step.name, value);
      return undefined;
    }
    case "open":
      module.open = true;
      return undefined;
    case "return":
      return "return";
    case "metadata":
      return at(machine, module, step.line, step.distribution, () => runMetadata(machine, module, step.distribution));
    case "call":
      return runCall(machine, module, step, handling);
    case "need":
      return runNeed(machine, module, step.name);
    case "raise":
      return runRaise(machine, module, step, handling);
    case "try":
      return runTry(machine, module, step, handling);
    case "if": {
      const value = truth(machine, module, step.test);
      // Names for type checkers alone: published packages often set them from another module when they are ready.
      if (module.published && step.test.is === "const" && value === false) bindAll(module, step.body);
      if (value !== undefined) return run(machine, module, value ? step.body : step.orElse, handling);
      const then = attempt(machine, module, step.body, handling);
      const orElse = attempt(machine, module, step.orElse, handling);
      // Whichever way it goes, it fails: then the first way's failure stands for both.
      return then !== undefined && orElse !== undefined && step.orElse.length > 0 ? then : undefined;
    }
    case "maybe":
      attempt(machine, module, step.body, handling);
      return undefined;
  }
}

function runCall(machine: Machine, module: Module, step: Extract<Step, { do: "call" }>, handling: Handled[]): Outcome {
  const called = module.functions[step.name];
  if (called === undefined || machine.budget <= 0) return undefined;
  machine.budget -= 10;
  const given = [...handling];
  for (const [index, name] of called.takes.entries()) {
    const value = step.given?.[index];
    if (typeof value === "string") module.values.set(name, value);
    else if (value !== undefined) {
      const passed = handling.findLast((each) => each.name === value.fill);
      if (passed !== undefined) given.push({ name, raised: passed.raised });
      else module.values.delete(name);
    }
  }
  const outcome = run(machine, module, called.steps, given);
  return outcome === "return" ? undefined : outcome;
}

/** Runs steps that may not run in truth. */
function attempt(machine: Machine, module: Module, steps: readonly Step[], handling: Handled[]): Raised | undefined {
  const before = new Map(module.values);
  machine.maybe++;
  const outcome = run(machine, module, steps, handling);
  machine.maybe--;
  for (const [name, value] of module.values) {
    if (before.get(name) !== value) module.values.delete(name);
  }
  if (outcome === undefined || outcome === "return") return undefined;
  bindAll(module, steps);
  return outcome;
}

function at(machine: Machine, module: Module, line: number, imports: string, act: () => Outcome): Outcome {
  machine.stack.push({ file: module.file?.path ?? module.name, line, imports });
  const outcome = act();
  machine.stack.pop();
  return outcome;
}

function setValue(module: Module, name: string, value: Value): void {
  module.names.add(name);
  module.values.set(name, value);
}

function runImport(machine: Machine, module: Module, step: Extract<Step, { do: "import" }>): Outcome {
  const loaded = importModule(machine, step.module);
  if (isRaised(loaded)) return loaded;
  setValue(module, step.as ?? step.module.split(".", 1)[0] ?? step.module, "object");
  return undefined;
}

function runFrom(machine: Machine, module: Module, step: Extract<Step, { do: "from" }>): Outcome {
  return at(machine, module, step.line, `${".".repeat(step.level)}${step.module}`, () => {
    const name = absoluteName(machine, module, step.level, step.module);
    if (typeof name !== "string") return name;
    const link = machine.stack.at(-1);
    if (link !== undefined) link.imports = name;
    const from = importModule(machine, name);
    if (isRaised(from)) return from;
    for (const wanted of step.names) {
      if (wanted.name === "*") {
        if (from.open) module.open = true;
        for (const each of from.names) if (!each.startsWith("__")) module.names.add(each);
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
      if (value === undefined) module.values.delete(bound);
      else module.values.set(bound, value);
    }
    return undefined;
  });
}

function runMetadata(machine: Machine, module: Module, written: string): Outcome {
  const parent =
    module.folders === undefined ? module.name.slice(0, Math.max(0, module.name.lastIndexOf("."))) : module.name;
  const name = written === "__name__" ? module.name : written === "__package__" ? parent : written;
  if (findDistribution(machine, name) !== undefined) return undefined;
  // Before 3.10 the exception has no text of its own: its argument is the name.
  const message = machine.target.minor < 10 ? name : `No package metadata was found for ${name}`;
  return raise(machine, "PackageNotFoundError", message, explainMissingMetadata(machine, name), { missing: name });
}

/** Names that Python 2 had built in; others may come from anywhere and are not judged. */
const goneNames = new Set(["unicode", "basestring", "long", "xrange", "raw_input", "unichr", "reduce", "file", "cmp"]);

function runNeed(machine: Machine, module: Module, name: string): Outcome {
  if (module.names.has(name) || module.open) return undefined;
  if (!goneNames.has(name) && !/^__[A-Z_]+__$/.test(name)) return undefined;
  return raise(machine, "NameError", `name '${name}' is not defined`, explainRaise(module, 0));
}

function runTry(machine: Machine, module: Module, step: Extract<Step, { do: "try" }>, handling: Handled[]): Outcome {
  let outcome = run(machine, module, step.body, handling);
  if (outcome === undefined) {
    // What else the block may raise is not known: names that its handlers would bind may exist.
    for (const handler of step.handlers) {
      if (!handler.catches.every((name) => name === "ImportError" || name === "ModuleNotFoundError")) {
        bindAll(module, handler.body);
      }
    }
    outcome = run(machine, module, step.orElse, handling);
  } else if (outcome !== "return") {
    const raised = outcome;
    const handler = step.handlers.find((each) => catches(each.catches, raised.type));
    if (handler !== undefined) {
      module.caught.push(raised);
      outcome = run(machine, module, handler.body, [...handling, { name: handler.as, raised }]);
    }
  }
  const last = run(machine, module, step.finally, handling);
  return last ?? outcome;
}

/** Binds every name that the steps could bind, without running them. */
function bindAll(module: Module, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.do === "bind") for (const name of step.names) module.names.add(name);
    else if (step.do === "const" || step.do === "test") module.names.add(step.name);
    else if (step.do === "import") module.names.add(step.as ?? step.module.split(".", 1)[0] ?? step.module);
    else if (step.do === "from") for (const { name, as } of step.names) module.names.add(as ?? name);
    else if (step.do === "if") bindAll(module, [...step.body, ...step.orElse]);
    else if (step.do === "try") {
      bindAll(module, [...step.body, ...step.orElse, ...step.handlers.flatMap((handler) => handler.body)]);
    } else if (step.do === "maybe") bindAll(module, step.body);
  }
}

function runRaise(
  machine: Machine,
  module: Module,
  step: Extract<Step, { do: "raise" }>,
  handling: Handled[],
): Outcome {
  const current = handling.at(-1);
  if (step.type === "" || handling.some((handled) => handled.name === step.type)) {
    return handling.findLast((handled) => step.type === "" || handled.name === step.type)?.raised;
  }
  const attempts = psycopgAttempts(module);
  const written = (step.message ?? []).map((part) => (typeof part === "string" ? part : "")).join("");
  const detail: Omit<FailureDetail, "chain"> & { chain?: FailureDetail["chain"] } =
    attempts?.detail ?? current?.raised.detail ?? explainRaise(module, step.line, written);
  let exact = true;
  const fill = (part: MessagePart): string => {
    if (typeof part === "string") return part;
    const handled = handling.find((each) => each.name === part.fill);
    if (handled !== undefined) {
      exact &&= handled.raised.exact;
      return handled.raised.message;
    }
    if (part.fill === "__name__") return module.name;
    const held = module.values.get(part.fill);
    if (typeof held === "string" && held !== "object") return held;
    if (part.fill === "sattempts" && attempts !== undefined) return attempts.text;
    exact = false;
    return "…";
  };
  const message = (step.message ?? []).map(fill).join("");
  const raised = raise(machine, step.type, message, detail, { exact });
  // The chain leads to what went wrong first, not to where it was reworded.
  if (detail.chain !== undefined) raised.detail.chain = detail.chain;
  return raised;
}
