import { compareVersions, type DriverFamily } from "./driver-names.ts";
import {
  measuredFaults,
  measuredRows,
  measuredServers,
  measuredSpellings,
  measuredTexts,
  type MeasuredRow,
} from "./matrix.gen.ts";

export type MeasuredServer = (typeof measuredServers)[number];
export type MeasuredSpelling = (typeof measuredSpellings)[number];
export type MeasuredFault = (typeof measuredFaults)[number];

/** How a row was handed the URL; the last two are what code passes to pg8000 as ssl_context. */
export type MeasuredUsage = "dsn" | "kwargs-forwarded" | "hand-parsed" | "ssl-true" | "ssl-default-context";

/** What came of one connection. "connected": behind a pooler, where it cannot be seen whether the client's part is encrypted. */
export type MeasuredResult =
  | { readonly came: "encrypted" | "plain" | "connected" }
  | { readonly came: "error"; readonly text: string };

function resultOf(code: string | undefined): MeasuredResult | undefined {
  if (code === undefined || code === "-") return undefined;
  if (code === "E") return { came: "encrypted" };
  if (code === "P") return { came: "plain" };
  if (code === "C") return { came: "connected" };
  const text = measuredTexts[Number(code)];
  return text === undefined ? undefined : { came: "error", text };
}

/**
 * The row measured for a driver: of the same minor version if there is one, and of several the newest that is not newer
 * than the given one, else the oldest; without a version the newest. Rows that were measured with a particular version of
 * a dependency are left out.
 */
export function measuredRow(
  family: DriverFamily,
  usage: MeasuredUsage,
  version: string | undefined,
): MeasuredRow | undefined {
  const rows = measuredRows
    .filter((row) => row.driver === family && row.usage === usage && row.with === undefined)
    .toSorted((a, b) => compareVersions(a.version, b.version));
  if (version === undefined) return rows.at(-1);
  return nearestVersion(rows, version);
}

/** The newest version that was measured, where the given one has a higher first number: nothing is known of such a one. */
export function newestBefore(family: DriverFamily, version: string): string | undefined {
  const newest = measuredRows
    .filter(({ driver }) => driver === family)
    .map((row) => row.version)
    .toSorted(compareVersions)
    .at(-1);
  const first = (text: string): number => Number.parseInt(text, 10);
  return newest !== undefined && first(version) > first(newest) ? newest : undefined;
}

/** The entry that stands for a version; `entries` from the oldest version to the newest. */
export function nearestVersion<T extends { readonly version: string }>(
  entries: readonly T[],
  version: string,
): T | undefined {
  const minor = (text: string) => text.split(".", 2).join(".");
  const same = entries.filter((entry) => minor(entry.version) === minor(version));
  const among = same.length === 0 ? entries : same;
  return among.findLast((entry) => compareVersions(entry.version, version) <= 0) ?? among[0];
}

/** What came of a query against a state of the server. */
export function measuredCell(row: MeasuredRow, query: string, server: MeasuredServer): MeasuredResult | undefined {
  return resultOf(row.cells[query]?.split(" ")[measuredServers.indexOf(server)]);
}

/** What came of a spelling of the URL. */
export function measuredSpelling(row: MeasuredRow, spelling: MeasuredSpelling): MeasuredResult | undefined {
  return resultOf(row.spellings?.split(" ")[measuredSpellings.indexOf(spelling)]);
}

/** What the driver says where the connection fails for a reason outside the URL's parameters. */
export function measuredFault(row: MeasuredRow, fault: MeasuredFault): MeasuredResult | undefined {
  return resultOf(row.faults?.split(" ")[measuredFaults.indexOf(fault)]);
}

/** Whether two queries led to the same end against every state that both were measured against. */
export function sameResults(row: MeasuredRow, a: string, b: string): boolean {
  const [left, right] = [row.cells[a]?.split(" "), row.cells[b]?.split(" ")];
  if (left === undefined || right === undefined) return false;
  return left.every((code, i) => code === "-" || right[i] === "-" || code === right[i]);
}
