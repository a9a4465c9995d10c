// Which failures are produced, how, and which cause each has.
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import type { ServerState } from "../measure/server.ts";

/** Python environments of scripts/measure/cases.ts, and Node's packages. */
export type Environment = "newest" | "reference" | "older" | "node";
export type Driver = "psycopg2" | "psycopg" | "pg8000" | "asyncpg" | "sqlalchemy" | "pg" | "postgres";

export interface RuntimeCase {
  readonly failure: string;
  readonly driver: Driver | "none";
  readonly environment: Environment;
  readonly state: ServerState;
  /** Causes that are right; any of them may come first. */
  readonly expected: readonly CauseId[];
  /** What the handler is told besides the account. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Ends the session from outside while its statement runs. */
  readonly killed?: boolean;
}

const open: ServerState = { tls: true, rules: "any" };
const python: readonly (readonly [Driver, Environment])[] = [
  ["psycopg2", "newest"],
  ["psycopg", "newest"],
  ["pg8000", "newest"],
  ["pg8000", "reference"],
  ["pg8000", "older"],
  ["asyncpg", "newest"],
  ["sqlalchemy", "newest"],
  ["sqlalchemy", "older"],
];
const node: readonly (readonly [Driver, Environment])[] = [
  ["pg", "node"],
  ["postgres", "node"],
];
const all = [...python, ...node];
const demanding = all.filter(([driver]) => driver !== "sqlalchemy");

interface Shared {
  readonly expected: readonly CauseId[];
  readonly state?: ServerState;
  readonly killed?: boolean;
}

function each(
  failure: string,
  drivers: readonly (readonly [Driver, Environment])[],
  shared: Shared,
  event: Readonly<Record<string, unknown>> = {},
): readonly RuntimeCase[] {
  const { expected, state = open, killed } = shared;
  return drivers.map(([driver, environment]) => ({
    failure,
    driver,
    environment,
    state,
    expected,
    event: { tls: "plain", sql: ["select 1"], ...event },
    ...(killed === true ? { killed } : {}),
  }));
}

const of = (...names: readonly Driver[]): readonly (readonly [Driver, Environment])[] =>
  all.filter(([driver]) => names.includes(driver));
const dropped: readonly CauseId[] = ["stale-connection-reuse", "connection-dropped"];
const unsupported: readonly CauseId[] = ["database-url-parameter-unsupported"];

export const runtimeCases: readonly RuntimeCase[] = [
  ...each("wrong-password", all, { expected: ["auth-failed"] }, { password: "not-that-one" }),
  ...each("missing-database", all, { expected: ["role-or-db-missing"] }, { database: "nowhere_db" }),
  ...each("missing-table", all, { expected: ["schema-missing"] }, { sql: ["select * from usage_summaries"] }),
  ...each("missing-column", all, { expected: ["schema-missing"] }, { sql: ["select owner from pg_class"] }),
  ...each("forbidden-table", all, { expected: ["permission-denied-db"] }, { sql: ["select * from forbidden"] }),
  ...each(
    "statement-timeout",
    all,
    { expected: ["statement-timeout"] },
    { sql: ["set statement_timeout = 100", "select pg_sleep(5)"] },
  ),
  ...each(
    "tls-refused",
    demanding,
    { expected: ["tls-not-supported"], state: { tls: false, rules: "any" } },
    { tls: "require" },
  ),
  // From 1.31 on pg8000 tries TLS by itself.
  ...each(
    "tls-required",
    all.filter(([driver, environment]) => driver !== "pg8000" || environment !== "newest"),
    { expected: ["tls-required"], state: { tls: true, rules: "tls-only" } },
  ),
  ...each(
    "ca-unknown",
    demanding,
    { expected: ["tls-verify-failed"], state: { ...open, certificate: "self-signed" } },
    { tls: "verify" },
  ),
  ...each(
    "certificate-expired",
    of("psycopg2", "psycopg", "asyncpg"),
    { expected: ["tls-verify-failed"], state: { ...open, certificate: "expired" } },
    { tls: "verify" },
  ),
  ...each(
    "ca-missing",
    of("psycopg2", "psycopg", "asyncpg"),
    { expected: ["tls-ca-missing"] },
    { tls: "verify", ca: "/var/task/no-such-ca.pem" },
  ),
  ...each("too-many-connections", all, { expected: ["too-many-connections"] }, { crowded: true }),
  ...each("killed-mid-query", all, { expected: dropped, killed: true }, { sql: ["select pg_sleep(20)"] }),
  ...each(
    "killed-between",
    all,
    { expected: dropped },
    { sql: ["select pg_terminate_backend(pg_backend_pid())", "select 1"] },
  ),
  ...each("dns", all, { expected: ["dns-failed"] }, { host: "db.nowhere.invalid" }),
  ...each("refused", all, { expected: ["connection-refused"] }, { refused: true }),
  // What Node prints names a property only, so that nothing says it was a row's.
  ...each("no-row", python, { expected: ["null-result-unhandled"] }),
  ...each(
    "parameter-pgbouncer",
    of("psycopg2", "psycopg", "asyncpg"),
    { expected: unsupported },
    { parameter: "pgbouncer=true" },
  ),
  ...each("parameter-sslmode", of("pg8000"), { expected: unsupported }, { parameter: "sslmode=require" }),
  ...each(
    "parameter-sslmode",
    of("sqlalchemy"),
    { expected: unsupported },
    { through: "pg8000", parameter: "sslmode=require" },
  ),
  ...each(
    "channel-binding",
    of("psycopg2", "psycopg", "asyncpg", "pg8000"),
    { expected: ["channel-binding"] },
    { parameter: "channel_binding=require" },
  ),
  ...each(
    "context-manager",
    python.filter(([driver, environment]) => driver !== "sqlalchemy" || environment === "newest"),
    { expected: ["driver-api-mismatch", "event-loop-misuse"] },
  ),
  // postgres.js prepares a statement anew that is not there, and names them at random, as asyncpg does within a process.
  ...each("pooled-moved", of("asyncpg", "psycopg"), { expected: ["pooler-incompatibility"] }, { pooled: true }),
  ...each("pooled-twice", of("psycopg", "pg"), { expected: ["pooler-incompatibility"] }, { pooled: true }),
  ...each("other-loop", of("asyncpg"), { expected: ["event-loop-misuse"] }),
  ...each("called-as-function", of("postgres"), { expected: ["driver-api-mismatch"] }),
  ...each(
    "url-port",
    of("psycopg2", "psycopg", "asyncpg", "pg", "postgres"),
    { expected: ["database-url-malformed"] },
    { url: "postgresql://app:pa/ss@db.example.com:5432/app" },
  ),
  ...["date", "set"].flatMap((value) =>
    each("unserialisable", [["psycopg2", "newest"]], { expected: ["serialization-error"] }, { value }),
  ),
  ...each("unserialisable", [["asyncpg", "newest"]], { expected: ["event-loop-misuse"] }, { value: "coroutine" }),
  ...each("unserialisable", of("pg"), { expected: ["serialization-error"] }),
];

/** Packages whose handler cannot be loaded: their files, and the handler that is asked for. */
export interface ImportCase {
  readonly failure: string;
  readonly handler: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly expected: readonly CauseId[];
}

const handler = "def handler(event, context):\n    return 1\n";
const machO = Uint8Array.from([0xcf, 0xfa, 0xed, 0xfe, ...Array.from({ length: 200 }, () => 0)]);
const imports = (module: string): string => `import ${module}\n\n\n${handler}`;

export const importCases: readonly ImportCase[] = [
  {
    failure: "module-missing",
    handler: "app.handler",
    files: { "app.py": imports("nowhere_to_be_found") },
    expected: ["module-missing"],
  },
  {
    failure: "handler-file-missing",
    handler: "tools.app.handler",
    files: { "other.py": handler },
    expected: ["handler-file-missing"],
  },
  {
    failure: "handler-not-found",
    handler: "app.lambda_handler",
    files: { "app.py": handler },
    expected: ["handler-not-found"],
  },
  { failure: "handler-malformed", handler: "app", files: { "app.py": handler }, expected: ["handler-not-found"] },
  {
    failure: "syntax-error",
    handler: "app.handler",
    files: { "app.py": "def handler(event, context:\n    return 1\n" },
    expected: ["syntax-error"],
  },
  {
    failure: "indentation",
    handler: "app.handler",
    files: { "app.py": "def handler(event, context):\nreturn 1\n" },
    expected: ["syntax-error"],
  },
  {
    failure: "relative-import",
    handler: "app.handler",
    files: { "app.py": `from .db import connect\n${handler}`, "db.py": "connect = 1\n" },
    expected: ["relative-import-error"],
  },
  {
    failure: "circular-import",
    handler: "app.handler",
    files: {
      "app.py": `import one\n${handler}`,
      "one.py": "from two import b\na = 1\n",
      "two.py": "from one import a\nb = 1\n",
    },
    expected: ["circular-import-or-name-missing"],
  },
  {
    failure: "name-missing",
    handler: "app.handler",
    files: { "app.py": `from db import connect\n${handler}`, "db.py": "other = 1\n" },
    expected: ["circular-import-or-name-missing"],
  },
  {
    failure: "stdlib-removed",
    handler: "app.handler",
    files: { "app.py": imports("ConfigParser") },
    expected: ["stdlib-module-removed"],
  },
  {
    failure: "module-level-error",
    handler: "app.handler",
    files: { "app.py": `RATE = 1 / 0\n${handler}` },
    expected: ["init-crash"],
  },
  {
    failure: "variable-missing",
    handler: "app.handler",
    files: { "app.py": `import os\nURL = os.environ["DATABASE_URL"]\n${handler}` },
    expected: ["database-url-empty"],
  },
  {
    failure: "compiled-part-missing",
    handler: "app.handler",
    files: { "app.py": imports("psycopg2"), "psycopg2/__init__.py": "from psycopg2._psycopg import connect\n" },
    expected: ["native-extension-missing", "wrong-platform-macos", "wrong-python-abi", "wrong-arch"],
  },
  {
    failure: "macos-file",
    handler: "app.handler",
    files: { "app.py": imports("fastthing"), "fastthing.so": machO },
    expected: ["wrong-platform-macos"],
  },
  {
    failure: "empty-file",
    handler: "app.handler",
    files: { "app.py": imports("fastthing"), "fastthing.so": "" },
    expected: ["corrupt-artifact"],
  },
  {
    failure: "null-bytes",
    handler: "app.handler",
    files: { "app.py": imports("db"), "db.py": "a = 1\n\0\0" },
    expected: ["corrupt-artifact"],
  },
  {
    failure: "exit",
    handler: "app.handler",
    files: { "app.py": `import sys\nsys.exit(3)\n${handler}` },
    expected: ["runtime-exit"],
  },
];
