import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import { present } from "./context.ts";
import type { ReadOnlySession } from "./database-session.ts";
import { milliseconds } from "../stopwatch.ts";

type Server = NonNullable<BodyOf<typeof databaseProbe>["server"]>;

/** One question to the server: the statement, of which the first row is taken or all of them, and what it tells. */
interface Question {
  readonly what: string;
  readonly sql: string;
  readonly read: (rows: readonly Readonly<Record<string, unknown>>[]) => Partial<Server>;
}

const utc = (expression: string): string => `to_char((${expression}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

// Sessions of clients only, and not this one; the column came with Postgres 10.
const others = "pg_catalog.pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";

const questions: readonly Question[] = [
  {
    what: "settings of the session",
    // Of the time limit the value that sessions begin with: in this one it was just set.
    sql: `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') = 'on' as read_only,
                 current_setting('search_path') as search_path, array_to_json(current_schemas(false)) as schemas,
                 (select reset_val::float8 from pg_catalog.pg_settings where name = 'statement_timeout') as timeout`,
    read: ([row]) =>
      present({
        standby: boolean(row?.["standby"]),
        readOnly: boolean(row?.["read_only"]),
        searchPath: text(row?.["search_path"]),
        schemas: Array.isArray(row?.["schemas"]) ? row["schemas"].map(String) : undefined,
        statementTimeoutMs: number(row?.["timeout"]),
      }),
  },
  {
    what: "encryption",
    sql: "select ssl, version, cipher from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()",
    read: ([row]) => {
      const on = boolean(row?.["ssl"]);
      if (on === undefined) return {};
      return { encryption: { on, ...present({ protocol: text(row?.["version"]), cipher: text(row?.["cipher"]) }) } };
    },
  },
  {
    what: "rights of the role",
    sql: `select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication,
                 coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as creates,
                 case when isfinite(rolvaliduntil) then ${utc("rolvaliduntil")} end as valid_until
            from pg_catalog.pg_roles where rolname = current_user`,
    read: ([row]) =>
      row === undefined
        ? {}
        : {
            role: {
              superuser: row["rolsuper"] === true,
              createDatabase: row["rolcreatedb"] === true,
              createRole: row["rolcreaterole"] === true,
              bypassRowSecurity: row["rolbypassrls"] === true,
              replication: row["rolreplication"] === true,
              createsTables: row["creates"] === true,
              ...present({ validUntil: text(row["valid_until"]) }),
            },
          },
  },
  {
    what: "connections",
    sql: `select current_setting('max_connections')::int as max,
                 current_setting('superuser_reserved_connections')::int
                   + coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int as reserved,
                 (select count(*)::int from ${others}) as used,
                 (select count(*)::int from ${others} and usename = current_user) as of_role,
                 (select count(*)::int from ${others} and datname = current_database()) as of_database,
                 (select nullif(rolconnlimit, -1) from pg_catalog.pg_roles where rolname = current_user) as role_limit,
                 (select nullif(datconnlimit, -1) from pg_catalog.pg_database where datname = current_database())
                   as database_limit`,
    read: ([row]) => {
      const max = number(row?.["max"]);
      if (row === undefined || max === undefined) return {};
      return {
        connections: {
          max,
          reserved: number(row["reserved"]) ?? 0,
          used: number(row["used"]) ?? 0,
          ofRole: number(row["of_role"]) ?? 0,
          ofDatabase: number(row["of_database"]) ?? 0,
          ...present({ roleLimit: number(row["role_limit"]), databaseLimit: number(row["database_limit"]) }),
        },
      };
    },
  },
  {
    what: "open transactions",
    sql: `select count(xact_start)::int as open,
                 (count(*) filter (where state like 'idle in transaction%'))::int as idle,
                 coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as oldest,
                 (count(*) filter (where state is null))::int as hidden
            from ${others}`,
    read: ([row]) =>
      row === undefined
        ? {}
        : {
            transactions: {
              open: number(row["open"]) ?? 0,
              idle: number(row["idle"]) ?? 0,
              oldestSeconds: Math.round(Math.max(0, number(row["oldest"]) ?? 0)),
              hidden: number(row["hidden"]) ?? 0,
            },
          },
  },
  {
    what: "extensions",
    sql: `select e.extname as name, e.extversion as version, n.nspname as schema
            from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace order by 1`,
    read: (rows) => ({
      extensions: rows.map((row) => ({
        name: String(row["name"]),
        version: String(row["version"]),
        schema: String(row["schema"]),
      })),
    }),
  },
];

/**
 * What the server tells of itself. Everything is asked in one go; where that fails, as with products that only resemble
 * Postgres, one question after the other, and what stays unanswered is listed.
 */
export async function readServer(session: ReadOnlySession): Promise<Server> {
  const unread: Server["unread"] = [];
  const from = Date.now();
  const began = milliseconds();
  const first = await session.rows<{ version: string; now: number }>(
    "select version() as version, extract(epoch from clock_timestamp())::float8 * 1000 as now",
  );
  const took = milliseconds() - began;
  const said = first[0]?.version ?? "";
  const product = productOf(said);
  const now = first[0]?.now;
  const clock =
    now === undefined ? {} : { clockAheadMs: Math.round(now - (from + took / 2)), clockWithinMs: Math.ceil(took / 2) };
  const basis = { product, version: said.slice(0, 120), ...clock };
  const parts: Partial<Server>[] = [];
  try {
    const answers = await session.many(questions.map(({ sql }) => sql));
    questions.forEach(({ read }, at) => parts.push(read((answers[at] ?? []) as readonly Record<string, unknown>[])));
  } catch (error) {
    stateOf(error);
    await session.restart();
    parts.length = 0;
    for (const { what, sql, read } of questions) {
      try {
        parts.push(read(await session.rows<Record<string, unknown>>(sql)));
      } catch (one) {
        unread.push({ what, code: stateOf(one) });
        await session.restart();
      }
    }
  }
  return Object.assign({ ...basis, unread }, ...parts) as Server;
}

/**
 * The SQLSTATE of an error that is the statement's own.
 * @throws the error itself where the connection or the server is at fault: nothing more can be asked then.
 */
function stateOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || /^(?:08|53|57P|58)/.test(code)) throw error;
  return code;
}

function productOf(version: string): Server["product"] {
  if (/CockroachDB/i.test(version)) return "cockroachdb";
  if (/Redshift/i.test(version)) return "redshift";
  if (/-YB-/i.test(version)) return "yugabyte";
  return version.startsWith("PostgreSQL") ? "postgres" : "other";
}

const boolean = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const number = (value: unknown): number | undefined => {
  const figure = typeof value === "string" ? Number(value) : value;
  return typeof figure === "number" && Number.isFinite(figure) ? figure : undefined;
};
