// Assignments at module level: which names they bind, and what those hold as far as imports depend on it.
import type { SyntaxNode } from "@lezer/common";
import type { MessagePart, Step } from "../../facts/inventory.ts";
import { resolveAlias, type Aliases } from "./aliases.ts";
import { callSteps, environmentStep, urlScheme } from "./calls.ts";
import { isUnknown, readTest, relativePath } from "./conditions.ts";
import { placeOf } from "./places.ts";
import { pathAssignment } from "./search-path.ts";
import { textsAssigned } from "./texts.ts";
import {
  childrenOf,
  dottedName,
  messageParts,
  namesIn,
  stringList,
  stringValue,
  textOf,
  type Place,
  type SourceText,
} from "./syntax.ts";

/** What is known of a file's names while it is read. */
type Known = { source: SourceText; aliases: Aliases; messages: Map<string, MessagePart[]> };

/** The steps of an assignment: what its value calls, and what its names hold then, where that is known. */
export function readAssignment({ source, aliases, messages }: Known, node: SyntaxNode): Step[] {
  const parts = childrenOf(node);
  const last = parts.findLastIndex((part) => part.name === "AssignOp");
  // An annotation alone binds nothing.
  if (last < 0) return [];
  const targets = parts.slice(0, last);
  const values = parts.slice(last + 1);
  const names = targets.flatMap((target) => namesIn(source, target));
  const steps = values.flatMap((value) => callSteps(source, value, aliases));
  const module = targets.some((target) => /^(?:globals\(\)|vars\(\)|sys\.modules)\s*\[/.test(textOf(source, target)));
  if (module || names.includes("__getattr__")) steps.push({ do: "open" });
  steps.push(...pathAssignment({ source, aliases }, node));
  const [name] = names;
  const [value] = values;
  for (const each of names)
    notePlace(source, node, each, names.length > 1 ? undefined : placeOf({ source, aliases }, value));
  steps.push(...environmentSet(source, targets[0], value, aliases));
  if (name === undefined || value === undefined) return steps;
  if (names.length > 1 || values.length > 1) return [...steps, ...pairs(source, names, values)];
  if (value.name === "LambdaExpression" && /import/.test(textOf(source, value))) source.lambdas.add(name);
  else source.lambdas.delete(name);
  steps.push(...textsAssigned(source, name, value));
  const attribute = attributeRead(source, value, aliases);
  if (attribute !== undefined) steps.push(attribute);
  const message = messageParts(source, value, messages);
  if (message !== undefined) messages.set(name, message);
  const list = stringList(source, value);
  if (list !== undefined) source.lists.set(name, list);
  if (value.name === "ArrayExpression" && list?.length === 0) {
    source.empty.add(name);
    return [...steps, { do: "list", name }];
  }
  const path = value.name === "CallExpression" ? relativePath(source, value) : undefined;
  if (path !== undefined) source.paths.set(name, path);
  // Assigned twice, it may be either.
  const scheme = urlScheme(textOf(source, value)) ?? "";
  source.schemes.set(name, (source.schemes.get(name) ?? scheme) === scheme ? scheme : "");
  if (value.name === "None") return [...steps, { do: "const", name, value: null }];
  if (value.name === "Boolean") return [...steps, { do: "const", name, value: textOf(source, value) === "True" }];
  const literal = stringValue(source, value);
  if (literal !== undefined && literal.length <= 40) return [...steps, { do: "const", name, value: literal }];
  const test = readTest(source, value);
  if (value.name !== "Number" && value.name !== "VariableName" && !isUnknown(test)) {
    return [...steps, { do: "test", name, test }];
  }
  return [...steps, { do: "bind", names }];
}

/** `os.environ["X"] = "y"`. */
function environmentSet(
  source: SourceText,
  target: SyntaxNode | undefined,
  value: SyntaxNode | undefined,
  aliases: Aliases,
): Step[] {
  if (target?.name !== "MemberExpression") return [];
  const [object, open, key] = childrenOf(target);
  if (open?.name !== "[" || resolveAlias(dottedName(source, object) ?? "", aliases) !== "os.environ") return [];
  const step = environmentStep(stringValue(source, key), stringValue(source, value), false);
  return step === undefined ? [] : [step];
}

/** `x = package.part.name` with an imported package: it must have the part. */
function attributeRead(source: SourceText, value: SyntaxNode, aliases: Aliases): Step | undefined {
  const [name, attribute] = (dottedName(source, value) ?? "").split(".");
  if (name === undefined || attribute === undefined || !aliases.has(name)) return undefined;
  return { do: "need", line: source.lineAt(value.from), name, attribute };
}

/** `a, b = "x", "y"`: each name with its text. */
function pairs(source: SourceText, names: string[], values: readonly SyntaxNode[]): Step[] {
  const [only] = values;
  const written = values.filter((value) => value.name !== ",").map((value) => stringValue(source, value));
  const texts = values.length === 1 ? (stringList(source, only) ?? []) : written;
  if (texts.length !== names.length || texts.includes(undefined)) return [{ do: "bind", names }];
  return names.map((name, index) => ({ do: "const", name, value: texts[index] ?? "" }));
}

/** Notes the path that a name holds; under a condition it may hold another one still. */
function notePlace(source: SourceText, node: SyntaxNode, name: string, place: Place | undefined): void {
  const { parent } = node;
  const plain = parent?.name === "Script" || parent?.parent?.name === "FunctionDefinition";
  const before = source.places.get(name);
  const other = source.places.has(name) && JSON.stringify(before) !== JSON.stringify(place);
  source.places.set(name, !plain && other ? undefined : place);
}
