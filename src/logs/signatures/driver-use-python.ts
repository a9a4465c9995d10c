// Python's drivers complaining about how they are used: calls in the wrong order, pools that are not open, arguments.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

/**
 * What a driver's own exception class says where the message tells nothing known. The classes that drivers make of a
 * server's answer are left out: those messages have signatures, and what remains is the application's.
 */
const byDriverClass: Readonly<Record<string, readonly CauseId[]>> = {
  InterfaceError: ["driver-api-mismatch", "stale-connection-reuse", "connection-dropped"],
  NotSupportedError: ["driver-api-mismatch", "pooler-incompatibility"],
  UnsupportedClientFeatureError: ["driver-api-mismatch"],
  InternalClientError: ["event-loop-misuse", "driver-api-mismatch"],
  ClientConfigurationError: ["database-url-malformed", "database-url-parameter-unsupported"],
  OperationalError: ["connection-dropped", "connect-timeout", "auth-failed"],
  PoolError: ["driver-api-mismatch", "too-many-connections"],
};

export const pythonDriverUseSignatures = [
  signature({
    id: "python-driver-calls",
    patterns: [
      /(?:named|positional) placeholders [^\n]{0,60}require a (?:mapping|sequence) of parameters/,
      /(?:raw queries require a sequence|query parameters should be a sequence or a mapping)/,
      /There's a placeholder '[^']{1,80}' in the query, but no matching keyword argument/,
      /can't change '?\w+'? now: connection/,
      /(?:autocommit|set_session|set_isolation_level) cannot be used inside a transaction/,
      /(?:[Ee]xplicit )?(?:commit|rollback)\(\) (?:forbidden within|cannot be used)/,
      /can't use a named cursor outside of transactions/,
      /cursor cannot be created outside of a transaction/,
      /cannot (?:start|commit|rollback|manually commit|use Connection\.transaction\(\))[; ][^\n]{0,30}(?:transaction is (?:already|in error|not yet)|`async with` block|manually started)/,
      /cannot be used in asynchronous mode/,
      /trying to put unkeyed connection/,
      /the pool '?[\w-]*'? is not open yet/,
      /pool is (?:not initialized|being initialized)/,
      /you can't specify both 'database' and 'dbname'/,
      /(?:attempting to use unexecuted cursor|A query hasn't been issued)/,
      /unsupported format character '.'[^\n]{0,80}/,
      /(?:ColumnClause|TextClause|Select|Table)[^\n]{0,30}object (?:is not callable|is not iterable)/,
      /Neither '[\w.]+' object nor 'Comparator' object [^\n]{0,120}has an attribute/,
      /autobegin is disabled on this Session/,
      /(?:This Session's transaction has been rolled back|Can't operate on closed transaction)/,
      /Instance <[^>\n]{1,120}> is not bound to a Session/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/not bound to a Session|has been rolled back|closed transaction/.test(text))
        return ["driver-api-mismatch", "stale-connection-reuse"];
      // Formatting with % fails in any program; only where a statement is being executed is it the driver's.
      if (/unsupported format character/.test(text) && !/execut|cursor|psycopg|\bcur\b|SELECT|INSERT/.test(text))
        return [];
      return ["driver-api-mismatch"];
    },
    decides: "which driver that object is from, and the order of calls that it asks for",
    matches: [
      "TypeError: named placeholders require a mapping of parameters",
      "TypeError: positional placeholders (%s) require a sequence of parameters",
      "TypeError: query parameters should be a sequence or a mapping, got int",
      "pg8000.exceptions.InterfaceError: There's a placeholder 'owner' in the query, but no matching keyword argument.",
      "psycopg.ProgrammingError: can't change 'autocommit' now: connection in transaction status INTRANS",
      "psycopg2.ProgrammingError: set_session cannot be used inside a transaction",
      "psycopg.ProgrammingError: Explicit commit() forbidden within a Transaction context.",
      "psycopg2.ProgrammingError: can't use a named cursor outside of transactions",
      "asyncpg.exceptions.NoActiveSQLTransactionError: cursor cannot be created outside of a transaction",
      "asyncpg.exceptions._base.InterfaceError: cannot start; the transaction is already started",
      "psycopg2.ProgrammingError: commit cannot be used in asynchronous mode",
      "psycopg2.pool.PoolError: trying to put unkeyed connection",
      "psycopg_pool.PoolClosed: the pool 'pool-1' is not open yet",
      "asyncpg.exceptions._base.InterfaceError: pool is not initialized",
      "TypeError: you can't specify both 'database' and 'dbname' arguments",
      "pg8000.exceptions.ProgrammingError: attempting to use unexecuted cursor",
      "ValueError: unsupported format character 'Y' (0x59) at index 41\n    cur.execute(query, (owner,))",
      "TypeError: 'Table' object is not callable",
      "AttributeError: Neither 'InstrumentedAttribute' object nor 'Comparator' object associated with Ticket.owner has an attribute 'title'",
      "sqlalchemy.exc.InvalidRequestError: autobegin is disabled on this Session; please call session.begin() to start a new transaction",
      "sqlalchemy.exc.PendingRollbackError: This Session's transaction has been rolled back due to a previous exception during flush.",
      "sqlalchemy.orm.exc.DetachedInstanceError: Instance <Ticket at 0x7f01> is not bound to a Session; attribute refresh operation cannot proceed",
    ],
    misses: [
      "the pool 'pool-1' is open",
      "ValueError: unsupported format character 'Y' (0x59) at index 41\n    title = pattern % name",
    ],
  }),
  signature({
    id: "python-driver-closed",
    patterns: [
      /\b(?:the cursor is closed|[Cc]ursor (?:is )?closed)/,
      /the pool '?[\w-]*'? is (?:already )?closed/,
      /(?:pool is clos(?:ed|ing)|connection pool is closed|acquire connection after closing pool|pool has already been opened\/closed)/,
      /connection (?:pointer is NULL|not open)\b/,
      /(?:sending query|sending query and params|sending prepared query|consuming input|flushing|executing query) failed: /,
      /connection socket closed/,
      /couldn't reset connection/,
    ],
    tier: "effect",
    causes: (_, { text }): readonly CauseId[] =>
      /ursor (?:is )?closed/.test(text)
        ? ["driver-api-mismatch", "stale-connection-reuse"]
        : ["stale-connection-reuse", "connection-dropped", "driver-api-mismatch"],
    decides: "where the connection or pool was closed: at the end of an earlier invocation, or by a `with` that ended",
    matches: [
      "psycopg.InterfaceError: the cursor is closed",
      "psycopg_pool.PoolClosed: the pool 'pool-1' is already closed",
      "asyncpg.exceptions._base.InterfaceError: pool is closed",
      "psycopg2.OperationalError: connection pointer is NULL",
      "psycopg.OperationalError: sending query failed: ",
      "psycopg.OperationalError: connection socket closed",
      "psycopg.OperationalError: couldn't reset connection",
    ],
    misses: ["the precursor is closed source"],
  }),
  signature({
    id: "python-pool-not-filled",
    patterns: [
      /pool initialization incomplete after [\d.]+ sec/,
      /error connecting in 'pool-\d+'(?:: (?<reason>[^\n]{0,300}))?/,
    ],
    tier: "effect",
    causes: ["connect-timeout", "auth-failed", "connection-refused"],
    decides: "the warnings of the pool before it, each of which ends in the reason of one attempt",
    matches: [
      "psycopg_pool.PoolTimeout: pool initialization incomplete after 30.0 sec",
      "ERROR:psycopg.pool:error connecting in 'pool-1': the host gave no sign",
    ],
    misses: ["pool initialization took 0.3 sec"],
  }),
  signature({
    id: "python-statement-cache",
    patterns: [
      /cached statement plan is invalid due to a database schema or configuration change/,
      /OutdatedSchemaCacheError/,
    ],
    causes: ["pooler-incompatibility", "stale-connection-reuse", "schema-missing"],
    decides: "whether a migration ran while the connection was open, or a pooler handed it to another session",
    matches: [
      "asyncpg.exceptions.InvalidCachedStatementError: cached statement plan is invalid due to a database schema or configuration change",
      "asyncpg.exceptions._base.OutdatedSchemaCacheError: unexpected number of attributes of composite type: 4, expected 3",
    ],
    misses: ["the statement was cached"],
  }),
  signature({
    id: "python-asyncpg-lost",
    patterns: [
      /unexpected connection_lost\(\) call/,
      /connection (?:was )?closed during (?:pool initialization|TLS handshake)/,
      /could not get the socket for transport/,
      /server socket closed/,
      /server conn crashed\?/,
    ],
    tier: "effect",
    causes: (_, { text }): readonly CauseId[] =>
      /TLS handshake/.test(text)
        ? ["connection-dropped", "tls-not-supported", "connection-refused"]
        : ["connection-dropped", "stale-connection-reuse"],
    decides: "what the server or the pooler logged when it closed the connection",
    matches: [
      "ConnectionError: unexpected connection_lost() call",
      "ConnectionError: connection closed during TLS handshake",
      "ConnectionError: could not get the socket for transport <TCPTransport closed=True>",
    ],
    misses: ["connection_lost was handled"],
  }),
  signature({
    id: "python-loop-of-another",
    patterns: [
      /is bound to a different event loop/,
      /Task was destroyed but it is pending/,
      /Event loop stopped before Future completed/,
      /a connection is already acquired/,
      /the connection cannot be re-entered recursively/,
      /cannot switch to (?:"idle" )?state/,
      /Leaving task <[^\n]{0,200} does not match the current task/,
      /open with no running loop/,
    ],
    tier: "proof",
    causes: ["event-loop-misuse"],
    decides: "where the connection or pool was made, and which loop runs the handler",
    matches: [
      "RuntimeError: <asyncio.locks.Event object at 0x7f00 [unset]> is bound to a different event loop",
      "ERROR:asyncio:Task was destroyed but it is pending!",
      "RuntimeError: Event loop stopped before Future completed.",
      "asyncpg.exceptions._base.InterfaceError: a connection is already acquired",
      "psycopg2.ProgrammingError: the connection cannot be re-entered recursively",
      "asyncpg.exceptions._base.InternalClientError: cannot switch to state 12; another result is being read",
      "RuntimeError: Leaving task <Task pending name='Task-2'> does not match the current task <Task pending name='Task-1'>.",
      "RuntimeError: AsyncConnectionPool open with no running loop",
    ],
    misses: ["the event loop ran for 3 ms"],
  }),
  signature({
    id: "python-driver-unset",
    patterns: [
      /The 'user' connection parameter cannot be None/,
      /one of host(?:, sock)? or unix_sock must be provided/,
      /missing dsn and no parameters/,
      /no connection options were specified/,
      /could not look up local user ID \d+/,
      /local user with ID \d+ does not exist/,
      /no PostgreSQL user name specified in startup packet/,
      /could not determine database name to connect to/,
    ],
    tier: "proof",
    causes: ["database-url-empty", "database-url-malformed"],
    decides: "the variables that hold URL, host and user in the function's environment",
    matches: [
      "pg8000.exceptions.InterfaceError: The 'user' connection parameter cannot be None",
      "pg8000.exceptions.InterfaceError: one of host, sock or unix_sock must be provided",
      "TypeError: missing dsn and no parameters",
      "ValueError: no connection options were specified",
      "psycopg2.OperationalError: could not look up local user ID 993: Success",
      "psycopg2.OperationalError: local user with ID 993 does not exist",
      "FATAL:  no PostgreSQL user name specified in startup packet",
      "asyncpg.exceptions._base.ClientConfigurationError: could not determine database name to connect to",
    ],
    misses: ["the user with ID 993 exists"],
  }),
  signature({
    id: "python-driver-class",
    patterns: [
      /(?<!except \(?)\b(?:psycopg2?(?:\.extensions|\.pool)?|pg8000(?:\.exceptions|\.core)?|asyncpg\.exceptions\._base|asyncpg\.exceptions|aiopg)\.(?<class>InterfaceError|NotSupportedError|UnsupportedClientFeatureError|InternalClientError|ClientConfigurationError|OperationalError|PoolError)(?:\)|:) \S/,
    ],
    tier: "envelope",
    causes: ({ class: name }) => byDriverClass[name ?? ""] ?? [],
    decides: "the message of the driver, which is not one of those known here",
    matches: [
      "psycopg2.OperationalError: the wheel has come off",
      "(asyncpg.exceptions._base.InterfaceError) a thing of another kind was expected",
    ],
    misses: [
      "except psycopg2.OperationalError as error:",
      "import psycopg2.OperationalError",
      "psycopg2.OperationalError is tried again by the decorator",
    ],
  }),
];
