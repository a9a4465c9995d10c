// What a function's definition says about calls of its name.
import type { SyntaxNode } from "@lezer/common";
import type { Step } from "../../facts/inventory.ts";
import { inside } from "./functions.ts";
import { childrenOf, dottedName, lastPart, namesIn, textOf, type SourceText } from "./syntax.ts";

/** Whether a call only makes a coroutine or a generator, whose body does not run by it. */
export function runsLater(definition: SyntaxNode): boolean {
  return definition.getChild("async") !== null || yields(definition.getChild("Body"));
}

function yields(node: SyntaxNode | null): boolean {
  if (node === null || node.name === "FunctionDefinition" || node.name === "LambdaExpression") return false;
  return node.name.startsWith("Yield") || childrenOf(node).some(yields);
}

/** The names that a function's body declares as the module's. */
export function globalNames(source: SourceText, node: SyntaxNode): string[] {
  if (node.name === "FunctionDefinition" || node.name === "ClassDefinition") return [];
  if (node.name !== "ScopeStatement") return childrenOf(node).flatMap((child) => globalNames(source, child));
  return node.getChild("global") === null ? [] : namesIn(source, node);
}

/** Decorators behind which a call still runs the function as it is written. */
const transparent = new Set(["cache", "lru_cache", "wraps", "staticmethod", "no_type_check", "deprecated", "final"]);

/** Whether all decorators of a definition leave a call what it is. */
export function keepsBody(source: SourceText, decorated: SyntaxNode): boolean {
  return decorated.getChildren("Decorator").every((decorator) => {
    const [, name] = childrenOf(decorator);
    const written = decorator.getChildren("VariableName").concat(decorator.getChildren("PropertyName")).at(-1) ?? name;
    return transparent.has(
      lastPart(dottedName(source, written ?? null) ?? source.text.slice(written?.from, written?.to)),
    );
  });
}

/** Whether the definition stands in the module or in a function by itself, under no condition. */
export function isPlainDefinition(definition: SyntaxNode): boolean {
  const around = definition.parent?.name === "DecoratedStatement" ? definition.parent.parent : definition.parent;
  return around?.name === "Script" || around?.parent?.name === "FunctionDefinition";
}

/** How many steps bind a name, however deep. */
export function timesBound(steps: readonly Step[], name: string): number {
  let times = 0;
  for (const step of steps) {
    if (step.do === "bind") times += step.names.filter((each) => each === name).length;
    else if (step.do === "const" || step.do === "test") times += Number(step.name === name);
    else if (step.do === "import") times += Number((step.as ?? step.module) === name);
    else if (step.do === "from") times += step.names.filter((each) => (each.as ?? each.name) === name).length;
    for (const block of inside(step)) times += timesBound(block, name);
  }
  return times;
}

/** Whether a statement stands in the module itself, under conditions or not. */
export function isOfModule(node: SyntaxNode): boolean {
  if (node.name === "FunctionDefinition" || node.name === "ClassDefinition") return false;
  return node.parent === null || isOfModule(node.parent);
}

/** What is known of a file's functions: their definitions, and the names that may stand for something else. */
type Definitions = { source: SourceText; functions: Map<string, SyntaxNode>; unsure: Set<string> };

/** Calling a class of the function's own runs its `__init__`; where it derives from another one, that may do otherwise. */
export function noteConstructor({ source, functions, unsure }: Definitions, node: SyntaxNode): void {
  const name = node.getChild("VariableName");
  const methods = node.getChild("Body")?.getChildren("FunctionDefinition") ?? [];
  const isInit = (method: SyntaxNode) => textOf(source, method.getChild("VariableName") ?? method) === "__init__";
  const init = methods.findLast(isInit);
  if (name === null || init === undefined) return;
  const text = textOf(source, name);
  const bases = node.getChild("ArgList");
  const derives = bases !== null && /\w/.test(textOf(source, bases).replace(/^\(\s*object\s*\)$/, ""));
  if (functions.has(text) || derives || !isPlainDefinition(node)) unsure.add(text);
  if (/\b__(?:new|init)__\b.*\b__(?:new|init)__\b/s.test(textOf(source, node))) unsure.add(text);
  functions.set(text, init);
}

/** Whether a definition is that of a class's `__init__`, which is known by the name of the class. */
export function isMethod(source: SourceText, definition: SyntaxNode, name: string): boolean {
  const own = definition.getChild("VariableName");
  return own !== null && textOf(source, own) !== name;
}
