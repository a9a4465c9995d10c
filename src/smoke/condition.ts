import type { JsonValue } from "../core/json.ts";

const operators = ["==", "!=", "<=", ">=", "<", ">"] as const;
type Operator = (typeof operators)[number];

/** A parsed condition over a JSON document: one path, and what its value is compared with, if anything. */
export interface Condition {
  readonly text: string;
  /** Keys, indexes, or "*" for every element or member. */
  readonly path: readonly (string | number)[];
  readonly everyAt: readonly number[];
  readonly compare?: { readonly operator: Operator; readonly literal: string | number | boolean | null };
}

const step = /^(?:\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\[\s*'([^'\\]*)'\s*\]|(\.\*|\[\*\]))/;

/**
 * Parses `PATH` (true where the path leads to a value) or `PATH OP LITERAL`. A path is `$` followed by `.name`, `["name"]`,
 * `[0]`, `.*` or `[*]`; OP is one of == != < <= > >=; LITERAL is a JSON scalar. The result is an error sentence otherwise.
 */
export function parseCondition(text: string): Condition | { readonly error: string } {
  let rest = text.trim();
  if (!rest.startsWith("$")) return { error: `The condition "${text}" does not begin with $.` };
  rest = rest.slice(1);
  const path: (string | number)[] = [];
  const everyAt: number[] = [];
  for (let match = step.exec(rest); match; match = step.exec(rest)) {
    const [whole, name, index, quoted, single, every] = match;
    if (every !== undefined) everyAt.push(path.length);
    if (quoted !== undefined) {
      const key = parseScalar(quoted);
      if (typeof key !== "string") return { error: `The condition "${text}" has a key that is no JSON string.` };
      path.push(key);
    } else path.push(index === undefined ? (name ?? single ?? "*") : Number(index));
    rest = rest.slice(whole.length);
  }
  rest = rest.trim();
  if (rest === "") return { text, path, everyAt };
  const operator = operators.find((candidate) => rest.startsWith(candidate));
  if (operator === undefined) return { error: `The condition "${text}" cannot be read from "${rest}" on.` };
  const literal = parseScalar(rest.slice(operator.length).trim());
  if (literal === undefined) {
    return {
      error: `The condition "${text}" compares with something else than a string, number, true, false or null.`,
    };
  }
  return { text, path, everyAt, compare: { operator, literal } };
}

function parseScalar(text: string): string | number | boolean | null | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || typeof value !== "object" ? (value as string | number | boolean | null) : undefined;
  } catch {
    return undefined;
  }
}

/** The values at a condition's path; none where the path leads nowhere. */
export function valuesAt(condition: Condition, document: JsonValue): readonly JsonValue[] {
  let values: readonly JsonValue[] = [document];
  condition.path.forEach((key, at) => {
    const every = condition.everyAt.includes(at);
    values = values.flatMap((value) => {
      if (value === null || typeof value !== "object") return [];
      if (every) return Object.values<JsonValue>(value);
      if (Array.isArray(value)) return typeof key === "number" && key < value.length ? [value[key] as JsonValue] : [];
      if (typeof key === "number" || !Object.hasOwn(value, key)) return [];
      return [(value as { readonly [name: string]: JsonValue })[key] ?? null];
    });
  });
  return values;
}

/** Whether any value at the condition's path satisfies it. Values of different types are unequal and in no order. */
export function holds(condition: Condition, document: JsonValue): boolean {
  const values = valuesAt(condition, document);
  const { compare } = condition;
  if (compare === undefined) return values.length > 0;
  return values.some((value) => compares(value, compare.operator, compare.literal));
}

function compares(value: JsonValue, operator: Operator, literal: string | number | boolean | null): boolean {
  if (operator === "==") return value === literal;
  if (operator === "!=") return value !== literal;
  const numbers = typeof value === "number" && typeof literal === "number";
  const strings = typeof value === "string" && typeof literal === "string";
  if (!numbers && !strings) return false;
  switch (operator) {
    case "<":
      return value < literal;
    case "<=":
      return value <= literal;
    case ">":
      return value > literal;
    case ">=":
      return value >= literal;
  }
}
