import { compareVersions, type DriverInUse } from "./driver-names.ts";
import { measuredBlocks } from "./matrix.gen.ts";
import { nearestVersion } from "./matrix.ts";

/** What `with` does to a connection or a cursor of a Python driver. */
export interface BlockBehaviour {
  /** The driver and version that this was measured with, or that the documentation speaks of. */
  readonly driver: string;
  readonly connection:
    | { readonly supported: true; readonly commits: boolean; readonly closes: boolean }
    | { readonly supported: false; readonly error: string };
  readonly cursor: { readonly supported: true } | { readonly supported: false; readonly error: string };
  readonly basis: "measured" | "documented";
}

/** The wording of a missing protocol in the Python of `version` ("3.12"): CPython changed it in 3.11. */
export function missingProtocol(type: string, version: string): string {
  return compareVersions(version, "3.11") >= 0
    ? `TypeError: '${type}' object does not support the context manager protocol`
    : "AttributeError: __enter__";
}

/** Since 3.10 Python names a method's class in errors about its arguments. */
const qualified = (name: string, python: string): string =>
  compareVersions(python, "3.10") >= 0 ? `Connection.${name}` : name;

/**
 * How `with connection` and `with connection.cursor()` behave. Names are as the code imports them: `pg8000` is the module's
 * own connect(), whose cursors have `with`; `pg8000.dbapi`'s have not. `python` is the version that words the errors.
 * Undefined for drivers of which nothing is known.
 */
export function cursorWith({ name, version }: DriverInUse, python: string): BlockBehaviour | undefined {
  const key = name.toLowerCase().replace(/-binary$|\[.*$/, "");
  if (key === "asyncpg") {
    return {
      driver: "asyncpg",
      connection: { supported: false, error: missingProtocol("Connection", python) },
      // Its cursor() belongs to a query; code written for other drivers calls it without one.
      cursor: {
        supported: false,
        error: `TypeError: ${qualified("cursor()", python)} missing 1 required positional argument: 'query'`,
      },
      basis: "documented",
    };
  }
  if (key === "pg8000.native") {
    return {
      driver: "pg8000.native",
      connection: { supported: true, commits: false, closes: true },
      cursor: { supported: false, error: "AttributeError: 'Connection' object has no attribute 'cursor'" },
      basis: "documented",
    };
  }
  const measured = measuredBlocks
    .filter((block) => block.driver === (key === "psycopg3" ? "psycopg" : key))
    .toSorted((a, b) => compareVersions(a.version, b.version));
  const block = version === undefined ? measured.at(-1) : nearestVersion(measured, version);
  if (block === undefined || "error" in block.connection) return undefined;
  const driver = `${block.driver} ${block.version}`;
  const connection = { supported: true, ...block.connection } as const;
  if (block.cursor === undefined) {
    const error = "AttributeError: 'Connection' object has no attribute 'cursor'";
    return { driver, connection, cursor: { supported: false, error }, basis: "measured" };
  }
  const type = /'(\w+)' object/.exec(block.cursor.error ?? "")?.[1] ?? "Cursor";
  return {
    driver,
    connection,
    cursor:
      block.cursor.error === null ? { supported: true } : { supported: false, error: missingProtocol(type, python) },
    basis: "measured",
  };
}
