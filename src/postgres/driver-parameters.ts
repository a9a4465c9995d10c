import { compareVersions } from "./driver-names.ts";
import type { JudgedDriver } from "./judgement.ts";
import { libpqParameter } from "./parameters.ts";

/**
 * libpq's major version in the drivers' own wheels, newest driver first, by the name of the library that the wheel holds;
 * versions in between count as the older neighbour.
 */
const bundledLibpq: Readonly<Record<"psycopg2" | "psycopg", readonly (readonly [string, number])[]>> = {
  psycopg2: [
    ["2.9.11", 17],
    ["2.9.9", 16],
    ["2.9.5", 15],
    ["2.9.3", 14],
    ["2.9", 13],
    ["0", 11],
  ],
  psycopg: [
    ["3.3.0", 18],
    ["3.2.3", 17],
    ["3.1.12", 16],
    ["3.1", 15],
    ["0", 14],
  ],
};

/** The major version of the libpq that the driver's own wheel brings along; undefined for drivers that do without libpq. */
export function libpqVersion({ family, version }: Pick<JudgedDriver, "family" | "version">): number | undefined {
  const of = family === "psycopg2" || family === "psycopg" ? bundledLibpq[family] : undefined;
  // Of SQLAlchemy's driver the version is not known.
  if (of === undefined || version === undefined) return undefined;
  return of.find(([since]) => compareVersions(version, since) >= 0)?.[1];
}

const usesLibpq = (family: JudgedDriver["family"]): boolean =>
  ["psycopg2", "psycopg", "sqlalchemy", "sqlalchemy+psycopg2", "sqlalchemy+psycopg"].includes(family);

/** Parameters of a URL that node-postgres acts on (pg-connection-string's and pg's documentation). */
const pgParameters = new Set([
  "user",
  "password",
  "host",
  "port",
  "database",
  "application_name",
  "fallback_application_name",
  "client_encoding",
  "encoding",
  "options",
  "statement_timeout",
  "query_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "connectionTimeoutMillis",
  "keepAlive",
  "keepAliveInitialDelayMillis",
  "replication",
  "ssl",
  "sslmode",
  "sslcert",
  "sslkey",
  "sslrootcert",
  "sslnegotiation",
  "uselibpqcompat",
]);

/** Parameters that asyncpg takes out of a URL itself (its documentation of connect()). */
const asyncpgParameters = new Set([
  "host",
  "port",
  "user",
  "password",
  "passfile",
  "database",
  "dbname",
  "sslmode",
  "sslcert",
  "sslkey",
  "sslrootcert",
  "sslcrl",
  "sslpassword",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
  "sslnegotiation",
  "target_session_attrs",
  "krbsrvname",
  "gsslib",
  "service",
  "servicefile",
]);

/** Settings that the server takes from a client when it connects, which asyncpg and postgres.js pass on. */
const serverSettings = new Set([
  "application_name",
  "search_path",
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
  "timezone",
  "client_encoding",
  "datestyle",
  "work_mem",
  "jit",
  "default_transaction_isolation",
  "options",
]);

/** Options of postgres.js that it also takes from the URL. */
const postgresJsOptions = new Set([
  "sslmode",
  "ssl",
  "max",
  "idle_timeout",
  "connect_timeout",
  "max_lifetime",
  "prepare",
  "fetch_types",
  "target_session_attrs",
]);

/** Whether a parameter after which everything went on as before is one that the driver does nothing with. */
export function ignoredBy({ family }: JudgedDriver, name: string): boolean {
  return family === "pg" && !pgParameters.has(name);
}

function understood(driver: JudgedDriver, name: string): boolean | "needs-newer-libpq" {
  const { family, usage } = driver;
  if (usesLibpq(family)) {
    const known = libpqParameter(name);
    const bundled = libpqVersion(driver);
    if (known?.since !== undefined && bundled !== undefined && bundled < known.since) return "needs-newer-libpq";
    return known !== undefined;
  }
  if (family === "pg") return pgParameters.has(name);
  if (family === "asyncpg" && usage === "dsn")
    return asyncpgParameters.has(name) || serverSettings.has(name.toLowerCase());
  if (family === "postgres.js") return postgresJsOptions.has(name) || serverSettings.has(name.toLowerCase());
  return false;
}

/** The error that follows from a parameter which the driver does not know. */
function message({ family, usage }: JudgedDriver, name: string): string {
  const invalid =
    usage === "kwargs-forwarded" || family.startsWith("sqlalchemy")
      ? "invalid connection option"
      : "invalid URI query parameter";
  const dsn = family === "psycopg2" || family === "sqlalchemy+psycopg2" ? "invalid dsn: " : "";
  return `ProgrammingError: ${dsn}${invalid} "${name}"`;
}

export const forwarded = {
  understood,
  message,
  keyword: (name: string): string => `TypeError: connect() got an unexpected keyword argument '${name}'`,
};
