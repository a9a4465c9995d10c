import type { JsonValue } from "../core/json.ts";

/**
 * A body with values set at their paths (`params.periodDays`); objects on the way are made where there are none. A body
 * that is text and no JSON object is given back as it is.
 */
export function withValues(body: string, values: Readonly<Record<string, JsonValue>>): string {
  if (Object.keys(values).length === 0) return body;
  const document = objectIn(body);
  if (document === undefined) return body;
  let changed: JsonObject = document;
  for (const [path, value] of Object.entries(values)) changed = withValue(changed, path.split("."), value);
  return JSON.stringify(changed);
}

interface JsonObject {
  readonly [key: string]: JsonValue;
}

function withValue(object: JsonObject, [name = "", ...rest]: readonly string[], value: JsonValue): JsonObject {
  const inside = Object.hasOwn(object, name) ? object[name] : undefined;
  // Computed from entries, so that no name, not even __proto__, is anything but a field.
  const next = rest.length === 0 ? value : withValue(isObject(inside) ? inside : {}, rest, value);
  const entries = Object.entries(object);
  const there = entries.some(([other]) => other === name);
  return Object.fromEntries(
    there ? entries.map(([other, before]) => [other, other === name ? next : before]) : [...entries, [name, next]],
  );
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(text) as JsonValue;
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
