import type { JsonValue } from "../core/json.ts";
import type { KeySource } from "../facts/requests/run.ts";
import { usageError } from "./exit.ts";

/**
 * Reads `--set key=value`: a value that is JSON as what it is, any other as text.
 * @throws UsageError
 */
export function bodyValues(list: readonly string[]): Record<string, never> {
  const values: Record<string, JsonValue> = {};
  for (const text of list) {
    const equals = text.indexOf("=");
    const key = text.slice(0, equals);
    if (equals < 1 || key.split(".").some((part) => part === "")) {
      throw usageError(`--set ${text} names no value.`, "--set params.periodDays=7");
    }
    values[key] = valueOf(text.slice(equals + 1));
  }
  return values as Record<string, never>;
}

function valueOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/**
 * Reads `--key`: env:NAME, ssm:NAME, secret:ID or secret:ID#FIELD, file:PATH, stdin (or -). The key itself is never an
 * argument, where every user of the machine could read it.
 * @throws UsageError
 */
export function keySourceOf(text: string): KeySource {
  if (text === "stdin" || text === "-") return { from: "stdin" };
  const [, kind, rest = ""] = /^(env|ssm|secret|file):(.+)$/s.exec(text) ?? [];
  switch (kind) {
    case "env":
      return { from: "env", name: rest };
    case "ssm":
      return { from: "ssm", name: rest };
    case "file":
      return { from: "file", path: rest };
    case "secret": {
      const [id = "", field] = rest.split("#", 2);
      if (id !== "") return { from: "secrets-manager", id, ...(field ? { field } : {}) };
      break;
    }
    default:
  }
  // What was given may be the key itself, and is not repeated.
  throw usageError(
    "--key says where the key is and not what it is.",
    "one of env:NAME, ssm:NAME, secret:ID, secret:ID#FIELD, file:PATH, stdin",
  );
}
