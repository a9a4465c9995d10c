import path from "node:path";
import { readTextFile } from "../source/files.ts";
import { usageError } from "./exit.ts";
import type { Surroundings } from "./surroundings.ts";

/** What an earlier run had measured of a tool, in milliseconds. */
export interface Measured {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/**
 * The times of an earlier run, from the file that its `-o json=FILE` wrote. A file that is not there yet is a note: the
 * first run of a series has nothing before it.
 * @throws UsageError for a file that is no report of a smoke run
 */
export async function readBefore(
  file: string,
  { cwd }: Surroundings,
): Promise<{ readonly tools: ReadonlyMap<string, Measured>; readonly notes: readonly string[] }> {
  const text = await readTextFile(path.resolve(cwd, file));
  if (text === undefined) {
    return { tools: new Map(), notes: [`There is no ${file} to compare with yet; -o json=${file} writes it.`] };
  }
  const wrong = usageError(`${file} is no report of cscp smoke in JSON.`, `cscp smoke -o json=${file} writes one`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw wrong;
  }
  const list = (document as { smoke?: { tools?: unknown } } | null)?.smoke?.tools;
  if (!Array.isArray(list)) throw wrong;
  const tools = list.flatMap(
    (one: { tool?: unknown; p50Ms?: unknown; p95Ms?: unknown } | null): [string, Measured][] => {
      const { tool, p50Ms, p95Ms } = one ?? {};
      return typeof tool === "string" && typeof p50Ms === "number" && typeof p95Ms === "number"
        ? [[tool, { p50Ms, p95Ms }]]
        : [];
    },
  );
  return { tools: new Map(tools), notes: [] };
}
