// Of a file's functions only those are kept that importing the file calls and that do something about imports.
import type { PythonFunction, Step } from "../../facts/inventory.ts";

/**
 * The bodies of the functions that `steps` call, directly or through each other, and of those that `offered` names for
 * other files to call.
 * `readBody` gives a function's steps, or undefined for a name that is no function of the file.
 */
export function calledFunctions(
  steps: readonly Step[],
  offered: readonly string[],
  readBody: (name: string) => PythonFunction | undefined,
): Map<string, PythonFunction> {
  const bodies = new Map<string, PythonFunction>();
  const read = (queue: string[], exported: boolean): void => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const body = bodies.has(name) ? undefined : readBody(name);
      if (body === undefined) continue;
      bodies.set(name, exported ? { ...body, exported } : body);
      queue.push(...namesCalled(body.steps));
    }
  };
  read(namesCalled(steps), false);
  read([...offered], true);
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, body] of bodies) {
      if (body.globals !== undefined || matters(body.steps, bodies, name)) continue;
      bodies.delete(name);
      changed = true;
    }
  }
  return bodies;
}

function namesCalled(steps: readonly Step[]): string[] {
  return steps.flatMap((step) =>
    step.do === "call" ? [step.name] : inside(step).flatMap((block) => namesCalled(block)),
  );
}

/** The blocks of steps inside a step. */
export function inside(step: Step): Step[][] {
  if (step.do === "try") return [step.body, ...step.handlers.map((handler) => handler.body), step.orElse, step.finally];
  if (step.do === "if") return [step.body, step.orElse];
  if (step.do === "loop") return [...step.rounds, step.orElse];
  return step.do === "maybe" ? [step.body] : [];
}

/** Steps that may fail by themselves. */
const deciding: ReadonlySet<Step["do"]> = new Set([
  "import",
  "from",
  "raise",
  "metadata",
  "dlopen",
  "load",
  "path",
  "unpath",
  "alias",
  "doubt",
  "lazy",
  "django",
]);

function matters(steps: readonly Step[], bodies: ReadonlyMap<string, PythonFunction>, self: string): boolean {
  return steps.some((step) => {
    if (deciding.has(step.do)) return true;
    if (step.do === "call") return step.name.includes(".") || (step.name !== self && bodies.has(step.name));
    return inside(step).some((block) => matters(block, bodies, self));
  });
}

type Known = Pick<ReadonlySet<string>, "has">;

/** Leaves out calls of functions that do nothing about imports, and joins names that are bound one after another. */
export function compact(steps: readonly Step[], functions: Known): Step[] {
  const kept: Step[] = [];
  for (const step of steps) {
    if (step.do === "call") {
      if (functions.has(step.name) || step.name.includes(".")) kept.push(step);
    } else if (step.do === "maybe") {
      const body = compact(step.body, functions);
      if (body.length > 0) kept.push({ ...step, body });
    } else if (step.do === "loop") {
      const rounds = step.rounds.map((round) => compact(round, functions));
      const orElse = compact(step.orElse, functions);
      // A loop of nothing but jumps inside itself does nothing.
      if ([...rounds.flat(), ...orElse].some(doesMore)) kept.push({ ...step, rounds, orElse });
    } else if (step.do === "if") {
      const body = compact(step.body, functions);
      const orElse = compact(step.orElse, functions);
      if (body.length + orElse.length > 0) kept.push({ ...step, body, orElse });
    } else if (step.do === "try") {
      kept.push({
        do: "try",
        body: compact(step.body, functions),
        handlers: step.handlers.map((handler) => ({ ...handler, body: compact(handler.body, functions) })),
        orElse: compact(step.orElse, functions),
        finally: compact(step.finally, functions),
      });
    } else if (step.do === "bind") {
      const last = kept.at(-1);
      if (last?.do === "bind") last.names.push(...step.names);
      else if (step.names.length > 0) kept.push({ do: "bind", names: [...step.names] });
    } else kept.push(step);
  }
  return kept;
}

function doesMore(step: Step): boolean {
  if (step.do === "break" || step.do === "continue") return false;
  const blocks = inside(step).flat();
  return blocks.length === 0 || blocks.some(doesMore);
}

/** The steps without what they bind: names of a class's own. */
export function withoutNames(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.do === "bind" || step.do === "const" || step.do === "test" || step.do === "open") return [];
    if (step.do === "list" || step.do === "append") return [];
    if (step.do === "if") return [{ ...step, body: withoutNames(step.body), orElse: withoutNames(step.orElse) }];
    return [step];
  });
}
