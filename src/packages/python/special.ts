// The few packages whose import does something that general resolution cannot see in their source.
import type { FailureDetail, Module } from "./machine.ts";

const implementations = ["c", "binary", "python"];

/**
 * psycopg tries three implementations and lists, when none loads, what each said. Gives that list and the failure that
 * matters: that of a compiled implementation which is in the package, else that no implementation is there.
 */
export function psycopgAttempts(module: Module): { text: string; detail: FailureDetail } | undefined {
  if (module.name !== "psycopg.pq" || module.caught.length === 0) return undefined;
  const lines = module.caught.map((raised, index) => {
    const name = implementations[index] ?? "python";
    return `- couldn't import psycopg '${name}' implementation: ${raised.message}`;
  });
  const compiled = module.caught
    .slice(0, 2)
    .filter((raised) => raised.missing !== "psycopg_c" && raised.missing !== "psycopg_binary");
  const detail = compiled[0]?.detail;
  if (detail !== undefined && detail.file !== undefined) return { text: lines.join("\n"), detail };
  const last = module.caught.at(-1)?.detail;
  return {
    text: lines.join("\n"),
    detail: {
      ...detail,
      cause: "driver-backend-missing",
      module: "psycopg_binary",
      explanation:
        "psycopg needs one of psycopg_c, psycopg_binary or the system's libpq; none of them can be loaded here.",
      chain: last?.chain ?? [],
    },
  };
}
