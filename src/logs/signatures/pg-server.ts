// What a Postgres server answers: by message, by SQLSTATE and by the class that drivers make of the SQLSTATE.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";
import { byCondition, bySqlState } from "./sqlstates.ts";

const sqlStates = Object.keys(bySqlState).join("|");

/** Without a host part that is about encryption, an entry is missing for the user, the database or the address. */
const noHbaEntry = (encryption: string | undefined): readonly CauseId[] =>
  encryption !== undefined && /off|no encryption/.test(encryption) ? ["tls-required"] : ["auth-failed", "tls-required"];

export const serverSignatures = [
  signature({
    id: "pg-authentication",
    patterns: [
      /(?:\w+ )?authentication failed for (?:user|the role|role) ?["'`]?(?<user>[^"'`\s,]*)/,
      /password authentication failed/,
      /Authentication failed against database server/,
      /SCRAM authentication requires libpq/,
      /[Aa]uthentication (?:method|type):? 10 (?:is )?not supported/,
      /unknown authentication type: 10/,
      /no password supplied/,
      /client password must be a (?:non-empty )?string/,
      /role "(?<role>[^"]+)" is not permitted to log in/,
      /SASL authentication failed/,
      /SASL: SCRAM-SERVER-FINAL-MESSAGE/,
      /has no credentials for the role/,
      /RDS Proxy supports only IAM/,
      /password (?:that was )?provided for the role/,
      /(?:MD5 )?password authentication, but no password was provided/,
      /none of the server's SASL authentication mechanisms are supported/,
      /error received from server in SCRAM exchange/,
      /This IP address \S+ is not allowed to connect/,
      /Address not in tenant allow_list/,
      /canceling authentication due to timeout/,
      /no password was (?:provided|specified)/,
      /No password has been provided but the backend requires one/,
      /(?<![=&?/])\binvalid_password\b/,
    ],
    tier: "root",
    causes: (_, about) => {
      const text = about.text;
      if (/client password must be|no password supplied|no password was|No password has been/.test(text))
        return ["database-url-malformed", "auth-failed", "database-url-empty"];
      // The client is of before 2017, so that no password helps.
      if (/requires libpq|10 (?:is )?not supported|type: 10/.test(text)) return ["auth-failed", "dependency-conflict"];
      if (/connection is insecure/.test(text)) return ["sni-endpoint-missing", "tls-required", "auth-failed"];
      // libpq tries with and without TLS and shows both refusals.
      return /no encryption|SSL off/.test(text) ? ["auth-failed", "tls-required"] : ["auth-failed"];
    },
    decides: "the user and password that the function uses, and when the secret was last rotated",
    matches: [
      'psycopg2.OperationalError: connection to server at "db.example.com" (10.0.0.9), port 5432 failed: FATAL:  password authentication failed for user "app"',
      'FATAL: PAM authentication failed for user "lambda_iam"',
      "P1000: Authentication failed against database server at `db.example.com`, the provided database credentials for `app` are not valid.",
      "Error: SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
      "pq: unknown authentication type: 10",
      "OperationalError: SCRAM authentication requires libpq version 10 or above",
      "The IAM authentication failed for the role app_user. Check the IAM token for this role and try again.",
      "RDS Proxy supports only IAM, MD5, or SCRAM authentication, not the one that was asked for.",
    ],
    misses: ['LOG:  connection authenticated: identity="app" method=scram-sha-256', "user authentication succeeded"],
  }),
  signature({
    id: "pg-no-hba-entry",
    patterns: [
      /(?:no pg_hba\.conf entry|pg_hba\.conf rejects connection) for host "(?<host>[^"]*)"(?:, user "[^"]*")?(?:, database "[^"]*")?(?:, (?<encryption>SSL off|SSL on|no encryption|SSL encryption|GSS encryption))?/,
    ],
    causes: ({ encryption }) => noHbaEntry(encryption),
    decides: "whether the connection was encrypted, and which entries pg_hba.conf has",
    matches: [
      'FATAL:  no pg_hba.conf entry for host "10.1.2.3", user "app", database "app", no encryption',
      'error: no pg_hba.conf entry for host "10.1.2.3", user "app", database "app", SSL off',
      'FATAL:  no pg_hba.conf entry for host "10.1.2.3", user "app", database "other", SSL encryption',
    ],
    misses: ["HINT: see pg_hba.conf entry 4"],
  }),
  signature({
    id: "pg-role-or-database",
    patterns: [
      /\b(?:role|user|database|Role|Database|User) ["'`](?<name>[^"'`\n]+)["'`] does not exist/,
      /no such (?:database|user): ?(?<pooled>\S*)/,
      /Tenant or user not found/,
      /We could not find your database: (?<missing>\S+)/,
      /tenant\/user \S+ not found/,
    ],
    tier: "proof",
    causes: ({ name }, about) => {
      if (/[Tt]enant/.test(about.text)) return ["role-or-db-missing", "auth-failed", "database-url-malformed"];
      // A name with characters of a URL is a piece of one that was cut at the wrong place.
      return /[?=&/:@%\s]/.test(name ?? "")
        ? ["database-url-malformed", "role-or-db-missing"]
        : ["role-or-db-missing", "database-url-malformed"];
    },
    decides: "the user and database names in the URL against those of the server",
    matches: [
      'FATAL:  database "app_prod" does not exist',
      'psycopg2.OperationalError: FATAL:  role "reporter" does not exist',
      "P1003: Database `app` does not exist on the database server at `db.example.com:5432`.",
      "FATAL: Tenant or user not found",
      "ERROR: no such database: app",
    ],
    misses: ['relation "users" does not exist', "user 17 does not exist in the CRM"],
  }),
  signature({
    id: "pg-schema",
    patterns: [
      /\b(?:relation|column|schema|type|sequence|materialized view|view|function|operator|collation|extension|text search configuration) ["'`]?(?<name>[\w.$"'`()[\], ]+?)["'`]? does not exist/,
      /[Tt]able [`"'](?<table>[\w.]+)[`"'] does not exist/,
      /The column [`"'][^`"']+[`"'] does not exist/,
      /no schema has been selected to create in/,
      /could not open extension control file/,
      /Can't locate revision identified by/,
      /Target database is not up to date/,
      /found failed migrations in the target database/,
      /The (?:underlying )?table (?:for model )?[`"'][^`"']+[`"'] does not exist/,
    ],
    causes: ["schema-missing"],
    decides: "whether the migrations ran on that database, and the search_path of the connection",
    matches: [
      'psycopg2.errors.UndefinedTable: relation "usage_summaries" does not exist',
      'asyncpg.exceptions.UndefinedColumnError: column "arr" does not exist',
      "P2021: The table `public.contracts` does not exist in the current database.",
      'error: type "vector" does not exist',
      "ERROR: function gen_random_uuid() does not exist",
    ],
    misses: [
      'prepared statement "s1" does not exist',
      'database "x" does not exist',
      "the page does not exist",
      'NOTICE:  relation "a" does not exist, skipping',
    ],
  }),
  signature({
    id: "pg-permission",
    patterns: [
      /permission denied (?:to \w+ \w+|for (?:table|relation|schema|sequence|database|function|view|materialized view|language|foreign server|type|column|large object)) ?"?(?<name>[\w.]*)/,
      /must be (?:owner of|superuser)/,
      /violates row-level security policy/,
      /cannot execute \w+(?: \w+)? in a read-only transaction/,
      /was denied access on the database/,
    ],
    tier: "proof",
    causes: ["permission-denied-db"],
    decides: "the grants of the role that the function connects as",
    matches: [
      "psycopg2.errors.InsufficientPrivilege: permission denied for table contracts",
      'new row violates row-level security policy for table "tickets"',
      "ERROR: cannot execute INSERT in a read-only transaction",
      "P1010: User `app` was denied access on the database `app.public`",
    ],
    misses: ["Permission denied: '/var/task/app.py'", "permission denied for this report"],
  }),
  signature({
    id: "pg-too-many-connections",
    patterns: [
      /remaining connection slots are reserved/,
      /too many clients already/,
      /[Tt]oo many (?:database )?connections(?: for (?:role|database|tenant)| opened| to this endpoint|$|[^\w]| attempts)/,
      /(?:max|Max) client(?:s| connections) reached/,
      /EMAXCONNSESSION/,
      /no more connections allowed/,
      /QueuePool limit of size/,
      /Timed out fetching a new connection from the (?:connection )?pool/,
      /query_wait_timeout/,
      /Timeout acquiring a connection/,
      /ResourceRequest timed out/,
      /ConnectionAcquireTimeoutError/,
      /couldn't get a connection after/,
      /connection pool (?:has been )?exhausted/,
      /could not obtain a connection from the pool within/,
      /\bPoolTimedOut\b/,
      /[Tt]imed[- ]out waiting to acquire database connection/,
      /Unable to check out (?:process|connection) from the pool/,
      /Max pools count reached/,
      /limit of concurrently active endpoints/,
      /Failed to acquire permit to connect/,
      /pool timed out while waiting for an open connection/,
      /Connection is not available, request timed out/,
    ],
    tier: "proof",
    // Knex says the same of a pool whose first connection never comes about, and a function has one request at a time.
    causes: (_, { text }) =>
      /Timeout acquiring a connection/.test(text)
        ? ["connect-timeout", "too-many-connections"]
        : ["too-many-connections"],
    decides: "max_connections against the concurrency of the functions and the size of each pool",
    matches: [
      "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
      "psycopg2.OperationalError: FATAL:  sorry, too many clients already",
      'FATAL:  too many connections for role "app"',
      "sqlalchemy.exc.TimeoutError: QueuePool limit of size 2 overflow 0 reached, connection timed out, timeout 30.00",
      "P2024: Timed out fetching a new connection from the connection pool.",
      "FATAL: MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
      "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",
      "KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full.",
    ],
    misses: ["selecting default max_connections ... 100", "LOG: 3 connections reached the pool"],
  }),
  signature({
    id: "pg-statement-timeout",
    patterns: [
      /canceling statement due to (?:statement timeout|user request|lock timeout)/,
      /Query read timeout/,
      /\bquery_timeout\b(?! ?=)/,
      /Operations timed out after/,
      /StatementTimeoutException/,
    ],
    tier: "proof",
    causes: ["statement-timeout"],
    decides: "statement_timeout of the role and what the statement was waiting for",
    matches: [
      "error: canceling statement due to statement timeout",
      "psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout",
      "Error: Query read timeout",
    ],
    misses: ["statement_timeout = 30s"],
  }),
  signature({
    id: "pg-connection-terminated",
    patterns: [
      /terminating connection due to (?<why>administrator command|idle-in-transaction timeout|idle-session timeout|conflict with recovery|unexpected postmaster exit)/,
      /terminating connection because (?<because>of crash|backend initialization completed past serverless)/,
    ],
    tier: "proof",
    causes: ({ why, because }) =>
      because !== undefined || /postmaster|recovery/.test(why ?? "")
        ? ["connection-dropped"]
        : ["stale-connection-reuse", "connection-dropped"],
    decides:
      "how long the connection had been idle, and whether the database restarted or was suspended at that second",
    matches: [
      "FATAL:  terminating connection due to administrator command",
      "psycopg2.errors.IdleInTransactionSessionTimeout: terminating connection due to idle-in-transaction timeout",
      "FATAL: terminating connection due to idle-session timeout",
    ],
    misses: ["terminating worker 4"],
  }),
  signature({
    id: "pg-not-accepting",
    patterns: [
      /the database system is (?<state>starting up|shutting down|in recovery mode|not yet accepting connections|not accepting connections)/,
      /is not currently accepting connections/,
      /[Cc]ontrol plane request failed/,
      /is resuming after being auto-paused/,
      /DatabaseResumingException/,
      /The endpoint has been disabled/,
      /[Cc]ouldn't connect to compute node/,
      /pgbouncer cannot connect to server/,
      /server login has been failing/,
      /server_login_retry/,
    ],
    causes: ["connection-refused", "connect-timeout"],
    decides: "the state of the database instance at that second",
    matches: [
      "FATAL:  the database system is starting up",
      "ERROR: The endpoint has been disabled. Enable it using Neon API and retry.",
      "FATAL: server login has been failing, cached error: connect failed (server_login_retry)",
    ],
    misses: ["LOG:  database system is ready to accept connections"],
  }),
  signature({
    id: "pg-sqlstate",
    patterns: [
      new RegExp(
        String.raw`(?:SQLSTATE|SqlState|sqlstate|sqlState|pgcode|ERROR|FATAL)[ :=([]{1,3}["'(\x60]?(?<code>${sqlStates})\b`,
      ),
      new RegExp(String.raw`(?:pg_code|\b[Cc]ode|'C'|original_?[Cc]ode)["']? ?[:=] ?["'\x60]?(?<code>${sqlStates})\b`),
    ],
    // The message beside it says more, and stands behind it in what some drivers print.
    tier: "effect",
    causes: ({ code }) => bySqlState[code ?? ""] ?? [],
    decides: "the message beside the SQLSTATE",
    matches: [
      'Error { kind: Db, cause: Some(DbError { severity: "ERROR", code: SqlState("42P05") }) }',
      "  [cause]: error: { code: '53300', routine: 'InitProcess' }",
      "(SQLSTATE 3D000)",
    ],
    misses: ["postal code 42501 in Manila"],
  }),
  signature({
    id: "pg-condition-class",
    // The class alone, where the message is gone.
    patterns: [
      new RegExp(String.raw`\b(?:errors|exceptions)\.(?<condition>${Object.keys(byCondition).join("|")})(?:Error)?\b`),
    ],
    tier: "effect",
    causes: ({ condition }) => byCondition[condition ?? ""] ?? [],
    decides: "the message after the class",
    matches: ["asyncpg.exceptions.InvalidCatalogNameError", "psycopg2.errors.UndefinedTable"],
    misses: ["errors.UniqueViolation: duplicate key"],
  }),
];
