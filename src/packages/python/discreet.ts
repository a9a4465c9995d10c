// What a module's steps keep of its texts: those that an import's message or a condition shows, and none that may be secret.
import type { MessagePart, PythonFunction, Step, Test } from "../../facts/inventory.ts";
import { isSecretName, masked, mayBeSecret } from "../excerpt.ts";
import { inside } from "./functions.ts";

type Functions = ReadonlyMap<string, PythonFunction>;

/** Names whose texts are needed, and names that are handed to functions of other files. */
type Used = { used: ReadonlySet<string>; handed: ReadonlySet<string> };

/** A text that a function of another file may import: nothing but the full name of a module. */
const modulePath = /^[A-Za-z_]\w{0,40}(?:\.[A-Za-z_]\w{0,40}){1,6}$/;

function mayName(text: string, name: string, { used, handed }: Used): boolean {
  if (isSecret(name, text)) return false;
  return used.has(name) || (handed.has(name) && modulePath.test(text));
}

/** Names whose texts are shown in messages or compared in conditions. */
function usedNames(blocks: readonly (readonly Step[])[], functions: Functions): Used {
  const used = new Set<string>();
  const handed = new Set<string>();
  const visitTest = (test: Test): void => {
    if (test.is === "equals") used.add(test.name);
    else if (test.is === "not") visitTest(test.test);
    else if (test.is === "and" || test.is === "or") for (const each of test.tests) visitTest(each);
  };
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "raise" || step.do === "append")
        for (const part of step.message ?? []) if (typeof part !== "string") used.add(part.fill);
      if (step.do === "if" || step.do === "test") visitTest(step.test);
      if (step.do === "load") used.add(step.name);
      for (const block of inside(step)) visit(block);
    }
  };
  for (const block of blocks) visit(block);
  // Names that are passed on to where they are used.
  const passed = (steps: readonly Step[]): void => {
    for (const step of steps) {
      for (const block of inside(step)) passed(block);
      if (step.do !== "call") continue;
      const takes = functions.get(step.name)?.takes;
      for (const [index, part] of (step.given ?? []).entries()) {
        if (typeof part === "string") continue;
        if (takes === undefined) handed.add(part.fill);
        else if (used.has(takes[index] ?? "")) used.add(part.fill);
      }
    }
  };
  for (let before = -1; before !== used.size;) {
    before = used.size;
    for (const block of blocks) passed(block);
  }
  return { used, handed };
}

/** The same steps without texts that nothing needs or that may be secret. */
export function discreetSteps(steps: readonly Step[], functions: Functions): Step[] {
  const used = usedNames([steps, ...[...functions.values()].map((each) => each.steps)], functions);
  return steps.map((step) => discreet(step, used, functions));
}

/** The functions' bodies in the same form. */
export function discreetFunctions(steps: readonly Step[], functions: Functions): Record<string, PythonFunction> {
  const used = usedNames([steps, ...[...functions.values()].map((each) => each.steps)], functions);
  return Object.fromEntries(
    [...functions].map(([name, body]) => [
      name,
      { ...body, steps: body.steps.map((step) => discreet(step, used, functions)) },
    ]),
  );
}

function discreet(step: Step, used: Used, functions: Functions): Step {
  const all = (steps: readonly Step[]) => steps.map((each) => discreet(each, used, functions));
  switch (step.do) {
    case "const": {
      const keep = typeof step.value !== "string" || mayName(step.value, step.name, used);
      return keep ? step : { do: "bind", names: [step.name] };
    }
    case "call": {
      const takes = functions.get(step.name)?.takes;
      const given = step.given?.map((part, index): MessagePart => {
        if (takes === undefined)
          return typeof part !== "string" || (modulePath.test(part) && !mayBeSecret(part)) ? part : { fill: "" };
        const name = takes[index];
        const keep = typeof part !== "string" || (name !== undefined && mayName(part, name, used));
        return keep ? part : { fill: "" };
      });
      return given === undefined ? step : { ...step, given };
    }
    case "list":
      return used.used.has(step.name) ? step : { do: "bind", names: [step.name] };
    case "append":
      if (!used.used.has(step.name)) return { do: "bind", names: [] };
      return { ...step, message: step.message.map((part) => (typeof part === "string" ? masked(part) : part)) };
    case "raise": {
      const message = step.message?.map((part) => (typeof part === "string" ? masked(part) : part));
      return message === undefined ? step : { ...step, message };
    }
    case "test":
      return { ...step, test: discreetTest(step.test) };
    case "if":
      return { ...step, test: discreetTest(step.test), body: all(step.body), orElse: all(step.orElse) };
    case "try":
      return {
        ...step,
        body: all(step.body),
        handlers: step.handlers.map((handler) => ({ ...handler, body: all(handler.body) })),
        orElse: all(step.orElse),
        finally: all(step.finally),
      };
    case "maybe":
      return { ...step, body: all(step.body) };
    case "loop":
      return { ...step, rounds: step.rounds.map(all), orElse: all(step.orElse) };
    case "path":
      return step.folders?.some(mayBeSecret) === true ? { do: "path", line: step.line, by: step.by } : step;
    case "import":
    case "from":
    case "alias":
    case "unbind":
    case "bind":
    case "open":
    case "return":
    case "break":
    case "continue":
    case "need":
    case "metadata":
    case "dlopen":
    case "load":
    case "doubt":
    case "lazy":
    case "environment":
    case "django":
      return step;
    case "texts":
      return step.texts?.some(mayBeSecret) === true ? { do: "texts", name: step.name } : step;
    case "unpath":
      return step.folder !== undefined && mayBeSecret(step.folder) ? { do: "unpath", line: step.line } : step;
  }
}

function discreetTest(test: Test): Test {
  if (test.is === "equals") return isSecret(test.name, test.value) ? { is: "unknown" } : test;
  if (test.is === "not") return { is: "not", test: discreetTest(test.test) };
  if (test.is === "and" || test.is === "or") return { ...test, tests: test.tests.map(discreetTest) };
  return test;
}

function isSecret(name: string, value: string): boolean {
  return isSecretName(name) || mayBeSecret(value);
}
