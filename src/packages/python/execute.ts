// Runs a module's steps in order. Where a condition cannot be told, both ways are tried and a failure of one alone is no certainty.
import type { ExceptHandler, PythonFunction, Step } from "../../facts/inventory.ts";
import { newModule } from "./importer.ts";
import { mayCatch } from "./exceptions.ts";
import type { Machine, Module, Raised, Value } from "./machine.ts";
import { runDlopen } from "./opened.ts";
import { runAppend, runMetadata, runNeed, runRaise, type Handled } from "./raises.ts";
import { noteChances, noteDoubt, noteTexts, runLazy } from "./open-questions.ts";
import { runDjango } from "./django.ts";
import { runPath, runUnpath } from "./run-path.ts";
import { at, runFrom, runImport, runLoad, setValue } from "./run-import.ts";
import { truth, valueOf } from "./truth.ts";
import { certainFailure, distinct, isJump, landing, leaves, onwards, raisesOr, type Ways } from "./ways.ts";

/** Runs the steps of a module; gives what it raises for certain, if anything. */
export function execute(machine: Machine, module: Module, steps: readonly Step[]): Raised | undefined {
  const ways = run(machine, module, steps, []);
  const certain = certainFailure(ways);
  if (certain === undefined) noteChances(machine, module, ways.exits);
  return certain;
}

/** `handling` holds the exceptions of the `except` blocks around the steps, the innermost last. */
function run(machine: Machine, module: Module, steps: readonly Step[], handling: Handled[]): Ways {
  let exits: Ways["exits"] = [];
  for (const [index, step] of steps.entries()) {
    if (machine.budget-- <= 0) {
      module.open = true;
      return onwards;
    }
    const ways = runStep(machine, module, step, handling);
    exits = ways.exits.length === 0 ? exits : distinct([...ways.exits, ...exits]);
    if (!ways.through) return { exits, through: false };
    if (!ways.exits.some(isJump)) continue;
    // It may have been left: what follows is no longer certain to run.
    const rest = attempt(machine, module, steps.slice(index + 1), handling);
    return { exits: distinct([...rest.exits, ...exits]), through: rest.through };
  }
  return { exits, through: true };
}

function runStep(machine: Machine, module: Module, step: Step, handling: Handled[]): Ways {
  switch (step.do) {
    case "import":
      return raisesOr(at(machine, module, step.line, step.module, () => runImport(machine, module, step)));
    case "from":
      return raisesOr(runFrom(machine, module, step));
    case "bind":
      for (const name of step.names) {
        module.names.add(name);
        module.values.delete(name);
        module.origins.delete(name);
      }
      return onwards;
    case "unbind":
      if (machine.maybe === 0) for (const name of step.names) module.names.delete(name);
      for (const name of step.names) module.values.delete(name);
      return onwards;
    case "const":
      setValue(module, step.name, step.value);
      return onwards;
    case "test": {
      const value = valueOf(machine, module, step.test);
      module.names.add(step.name);
      module.origins.delete(step.name);
      if (value === undefined) module.values.delete(step.name);
      else module.values.set(step.name, value);
      return onwards;
    }
    case "list":
      setValue(module, step.name, false);
      module.lists.set(step.name, { texts: [], exact: true });
      return onwards;
    case "append":
      runAppend(machine, module, step, handling);
      return onwards;
    case "open":
      if (step.late === true) {
        module.givesNames = true;
        return onwards;
      }
      module.open = true;
      // Whatever gives names that cannot be told may change what the known ones hold.
      module.values.clear();
      return onwards;
    case "return":
    case "break":
    case "continue":
      return leaves(step.do);
    case "metadata":
      return raisesOr(
        at(machine, module, step.line, step.distribution, () => runMetadata(machine, module, step.distribution)),
      );
    case "path":
      runPath(machine, module, step);
      return onwards;
    case "unpath":
      runUnpath(machine, module, step);
      return onwards;
    case "doubt":
      noteDoubt(machine, module, step.line, step.what);
      return onwards;
    case "texts":
      noteTexts(machine, module, step);
      return onwards;
    case "lazy":
      runLazy(machine, module, step);
      return onwards;
    case "environment":
      if (machine.maybe === 0 && (step.onlyUnset !== true || machine.target.environment[step.name] === undefined)) {
        machine.target.environment = { ...machine.target.environment, [step.name]: step.value };
      }
      return onwards;
    case "django":
      return raisesOr(at(machine, module, step.line, "django", () => runDjango(machine, module, step)));
    case "alias":
      if (step.to === "nothing") machine.switchedOff.delete(step.module);
      else if (step.to === "none" && machine.maybe === 0) machine.switchedOff.add(step.module);
      if (step.to !== undefined) return onwards;
      if (machine.maybe === 0 || !machine.modules.has(step.module)) {
        machine.modules.set(step.module, newModule(step.module, { open: true }));
      }
      return onwards;
    case "load":
      return raisesOr(runLoad(machine, module, step));
    case "dlopen":
      return raisesOr(at(machine, module, step.line, step.name ?? "a library", () => runDlopen(machine, module, step)));
    case "call":
      return runCall(machine, module, step, handling);
    case "need":
      return raisesOr(runNeed(machine, module, step));
    case "raise":
      return raisesOr(runRaise(machine, module, step, handling));
    case "try":
      return runTry(machine, module, step, handling);
    case "if": {
      const value = truth(machine, module, step.test);
      // Names for type checkers alone: published packages often set them from another module when they are ready.
      if (module.published && step.test.is === "const" && value === false) bindAll(module, step.body);
      if (value !== undefined) return run(machine, module, value ? step.body : step.orElse, handling);
      const then = attempt(machine, module, step.body, handling);
      const orElse = attempt(machine, module, step.orElse, handling);
      // Whichever way it goes, it may fail: then the first way's failure stands for both.
      return { exits: distinct([...then.exits, ...orElse.exits]), through: then.through || orElse.through };
    }
    case "maybe":
      return { exits: attempt(machine, module, step.body, handling).exits, through: true };
    case "loop":
      return runLoop(machine, module, step, handling);
  }
}

function runLoop(machine: Machine, module: Module, step: Extract<Step, { do: "loop" }>, handling: Handled[]): Ways {
  let exits: Ways["exits"] = [];
  // Whether the next round is certain to be run, whether there may be one, and whether `break` may have ended it.
  let certain = step.times !== "any";
  let goesOn = true;
  let broken = false;
  for (const round of step.rounds) {
    const way = (certain ? run : attempt)(machine, module, round, handling);
    broken ||= way.exits.includes("break");
    const { exits: out, through } = landing(way, ["continue"]);
    exits = distinct([...out.filter((exit) => exit !== "break"), ...exits]);
    if (out.some(isJump)) certain = false;
    goesOn = through;
    if (!through) break;
  }
  if (step.times === "endless") return { exits, through: broken };
  if (step.times === "all" && !goesOn) return { exits, through: broken };
  const orElse = (certain ? run : attempt)(machine, module, step.orElse, handling);
  const through = broken || orElse.through || step.times === "any";
  return { exits: distinct([...orElse.exits, ...exits]), through };
}

type Called = { owner: Module; body: PythonFunction };

/** The function that a name stands for, in the module itself or where it was imported from. */
function functionOf(machine: Machine, module: Module, name: string, hops = 0): Called | undefined {
  const origin = module.origins.get(name);
  if (origin === undefined) {
    const body = module.functions[name];
    return body === undefined ? undefined : { owner: module, body };
  }
  const from = machine.modules.get(origin.module);
  return from === undefined || hops > 8 ? undefined : functionOf(machine, from, origin.name, hops + 1);
}

/** The function that `util.load` stands for where `util` holds a module of the function's own. */
function functionIn(machine: Machine, module: Module, written: string): Called | undefined {
  const [head = "", ...parts] = written.split(".");
  const name = parts.pop();
  const bound = module.values.get(head) === "object" ? module.modules.get(head) : undefined;
  const owner = bound === undefined ? undefined : machine.modules.get([bound, ...parts].join("."));
  return owner === undefined || owner.published || name === undefined ? undefined : functionOf(machine, owner, name);
}

/** Calls inside calls that are followed; deeper ones are recursion without end, or as good as that. */
const maxDepth = 40;

function runCall(machine: Machine, module: Module, step: Extract<Step, { do: "call" }>, handling: Handled[]): Ways {
  const called = (step.name.includes(".") ? functionIn : functionOf)(machine, module, step.name);
  if (called === undefined || machine.budget <= 0 || machine.depth >= maxDepth) return onwards;
  machine.budget -= 10;
  const { owner, body } = called;
  const given = owner === module ? [...handling] : [];
  // What the function's own names hold is forgotten when it returns.
  const values = new Map(owner.values);
  for (const [index, name] of body.takes.entries()) {
    const value = step.given?.[index];
    const held = value === undefined || typeof value === "string" ? value : module.values.get(value.fill);
    if (typeof held === "string" && held !== "object") owner.values.set(name, held);
    else if (typeof value !== "string") {
      const passed = value === undefined ? undefined : handling.findLast((each) => each.name === value.fill);
      if (passed !== undefined) given.push({ name, raised: passed.raised });
      else owner.values.delete(name);
    }
  }
  machine.depth++;
  const ways = landing(run(machine, owner, body.steps, given), ["return"]);
  machine.depth--;
  const globals = new Map((body.globals ?? []).map((name) => [name, owner.values.get(name)]));
  owner.values.clear();
  for (const [name, value] of values) owner.values.set(name, value);
  for (const [name, value] of globals) {
    if (value === undefined) owner.values.delete(name);
    else owner.values.set(name, value);
  }
  if (body.perhaps !== true) return ways;
  for (const name of globals.keys()) owner.values.delete(name);
  return { exits: ways.exits, through: true };
}

/** Runs steps that may not run in truth. */
function attempt(machine: Machine, module: Module, steps: readonly Step[], handling: Handled[]): Ways {
  const before = new Map(module.values);
  machine.maybe++;
  const ways = run(machine, module, steps, handling);
  machine.maybe--;
  forgetChanges(module, before);
  if (ways.exits.length > 0) bindAll(module, steps);
  return ways;
}

/** Values that differ from those before are not known to hold. */
function forgetChanges(module: Module, before: ReadonlyMap<string, Value>): void {
  for (const [name, value] of module.values) {
    if (before.get(name) !== value) module.values.delete(name);
  }
}

function runTry(machine: Machine, module: Module, step: Extract<Step, { do: "try" }>, handling: Handled[]): Ways {
  const before = new Map(module.values);
  const catching = step.handlers.some(({ catches, perhaps }) =>
    perhaps === true ? module.published : mayCatch(catches, "ModuleNotFoundError") !== false,
  );
  if (catching) machine.guarded++;
  const body = run(machine, module, step.body, handling);
  if (catching) machine.guarded--;
  const caught = handleExits(machine, module, step, body, handling);
  let exits = caught.exits;
  let { through } = caught;
  if (body.through) {
    // What else the block may raise is not known: names that its handlers would bind may exist.
    for (const handler of step.handlers) {
      if (!handler.catches.every((name) => name === "ImportError" || name === "ModuleNotFoundError")) {
        bindAll(module, handler.body);
      }
    }
    const certain = !caught.any && !body.exits.some(isJump);
    const orElse = (certain ? run : attempt)(machine, module, step.orElse, handling);
    exits = distinct([...orElse.exits, ...exits]);
    through ||= orElse.through;
    if (caught.any) forgetChanges(module, before);
  }
  const last = run(machine, module, step.finally, handling);
  if (!last.through) return last;
  return { exits: distinct([...last.exits, ...exits]), through };
}

/** What becomes of a block's exceptions in its handlers; `any` says that one of them may run. */
function handleExits(
  machine: Machine,
  module: Module,
  step: Extract<Step, { do: "try" }>,
  body: Ways,
  handling: Handled[],
): Ways & { any: boolean } {
  const out: (Raised | "return" | "break" | "continue")[] = [];
  const handled: { handler: ExceptHandler; raised: Raised }[] = [];
  let surely = !body.through;
  for (const exit of body.exits) {
    let escapes = true;
    let likely = false;
    for (const handler of isJump(exit) ? [] : step.handlers) {
      const catching = isJump(exit)
        ? false
        : handler.perhaps === true
          ? undefined
          : mayCatch(handler.catches, exit.type);
      if (catching === false || isJump(exit)) continue;
      if (!handled.some((each) => each.handler === handler)) handled.push({ handler, raised: exit });
      escapes = catching === undefined;
      if (!escapes) break;
      // A variable full of classes, or a manager that swallows by its name.
      likely ||= handler.perhaps !== true || handler.catches.length === 0;
    }
    if (escapes) out.push(likely && !isJump(exit) ? { ...exit, mostlyCaught: true } : exit);
  }
  surely &&= out.length === 0 && handled.length === 1;
  let through = false;
  const exits: (typeof out)[number][] = [];
  for (const { handler, raised } of handled) {
    if (surely) module.caught.push(raised);
    const within = [...handling, { name: handler.as, raised }];
    const ways = (surely ? run : attempt)(machine, module, handler.body, within);
    exits.push(...ways.exits);
    through ||= ways.through;
  }
  return { exits: distinct([...exits, ...out]), through, any: handled.length > 0 };
}

/** Binds every name that the steps could bind, without running them. */
function bindAll(module: Module, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.do === "bind") for (const name of step.names) module.names.add(name);
    else if (step.do === "const" || step.do === "test" || step.do === "list") module.names.add(step.name);
    else if (step.do === "import") module.names.add(step.as ?? step.module.split(".", 1)[0] ?? step.module);
    else if (step.do === "from") for (const { name, as } of step.names) module.names.add(as ?? name);
    else if (step.do === "if") bindAll(module, [...step.body, ...step.orElse]);
    else if (step.do === "try") {
      bindAll(module, [...step.body, ...step.orElse, ...step.handlers.flatMap((handler) => handler.body)]);
    } else if (step.do === "maybe") bindAll(module, step.body);
    else if (step.do === "loop") bindAll(module, [...step.rounds.flat(), ...step.orElse]);
  }
}
