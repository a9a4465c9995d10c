// Lists of texts that decide what is imported: `__all__`, and the apps of Django's settings.
import type { SyntaxNode } from "@lezer/common";
import type { Step } from "../../facts/inventory.ts";
import { callArguments, childrenOf, dottedName, stringList, stringValue, textOf, type SourceText } from "./syntax.ts";

type Texts = Extract<Step, { do: "texts" }>;

function listNamed(name: string): Texts["name"] | undefined {
  return name === "__all__" || name === "INSTALLED_APPS" ? name : undefined;
}

function listOf(source: SourceText, node: SyntaxNode | null | undefined): string[] | undefined {
  if (node?.name === "BinaryExpression") {
    const [left, operator, right] = childrenOf(node);
    const [first, last] = [listOf(source, left), listOf(source, right)];
    if (operator === undefined || textOf(source, operator) !== "+" || first === undefined) return undefined;
    return last === undefined ? undefined : [...first, ...last];
  }
  if (node?.name === "CallExpression" && /^(?:list|tuple|sorted)$/.test(dottedName(source, node.firstChild) ?? "")) {
    return listOf(source, callArguments(source, node).positional[0]);
  }
  return stringList(source, node);
}

function step(name: Texts["name"], texts: string[] | undefined, add: boolean): Texts {
  return { do: "texts", name, ...(texts === undefined ? {} : { texts }), ...(add ? { add } : {}) };
}

/** `__all__ = [...]`: the step that keeps it, if it is one of these lists. */
export function textsAssigned(source: SourceText, name: string, value: SyntaxNode): Texts[] {
  const list = listNamed(name);
  return list === undefined ? [] : [step(list, listOf(source, value), false)];
}

/** `__all__ += [...]`. */
export function textsChanged(source: SourceText, node: SyntaxNode): Texts[] {
  const [target] = childrenOf(node);
  const list = target === undefined ? undefined : listNamed(textOf(source, target));
  return list === undefined ? [] : [step(list, listOf(source, node.lastChild), true)];
}

/** `__all__.append(...)` and `__all__.extend(...)`; other methods leave open what the list has. */
export function textsCall(source: SourceText, node: SyntaxNode | null): Texts[] {
  const callee = node?.name === "CallExpression" ? dottedName(source, node.firstChild) : undefined;
  const [, name = "", method] = /^(\w+)\.(\w+)$/.exec(callee ?? "") ?? [];
  const list = listNamed(name);
  if (list === undefined || node === null) return [];
  const [first] = callArguments(source, node).positional;
  if (method === "extend") return [step(list, listOf(source, first), true)];
  const text = method === "append" ? stringValue(source, first) : undefined;
  return [step(list, text === undefined ? undefined : [text], true)];
}
