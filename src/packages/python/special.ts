// The few packages whose import does something that general resolution cannot see in their source.
import type { FailureDetail, Machine, Module, Raised } from "./machine.ts";
import { ownerOf } from "./metadata.ts";
import { compareVersions } from "./target.ts";

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

/**
 * cryptography's Rust panics where cffi's compiled part is missing, instead of passing the exception on: seen of 40.0.2
 * to 42.0.5, not of 42.0.6 and later.
 */
export function afterPanic(machine: Machine, path: string, raised: Raised): Raised {
  const { name = "", version = "" } = ownerOf(machine, path)?.distribution ?? {};
  const panics =
    name === "cryptography" && compareVersions(version, "40") >= 0 && compareVersions(version, "42.0.6") < 0;
  if (!panics || raised.missing !== "_cffi_backend") return raised;
  const { exact, detail } = raised;
  return { type: "PanicException", message: "Python API call failed", exact, detail };
}
