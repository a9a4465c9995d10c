// Node's drivers and mappers complaining about how they are used or set up: pg, postgres.js, Neon, Prisma, TypeORM, Sequelize, Knex.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

/** Prisma's error codes (its reference of errors); those about data or the schema's own rules are left out. */
const byPrismaCode: Readonly<Record<string, readonly CauseId[]>> = {
  P1000: ["auth-failed"],
  P1001: ["connect-timeout", "connection-refused", "network-unreachable"],
  P1002: ["connect-timeout", "pooler-incompatibility"],
  P1003: ["role-or-db-missing"],
  P1008: ["statement-timeout", "connect-timeout"],
  P1010: ["permission-denied-db", "auth-failed"],
  P1011: ["tls-verify-failed", "tls-not-supported"],
  P1012: ["database-url-empty", "database-url-malformed"],
  P1013: ["database-url-malformed"],
  P1014: ["schema-missing"],
  P1017: ["connection-dropped", "stale-connection-reuse"],
  P2021: ["schema-missing"],
  P2022: ["schema-missing"],
  P2024: ["too-many-connections"],
  P2025: ["null-result-unhandled"],
  P2028: ["statement-timeout", "too-many-connections", "pooler-incompatibility"],
  P2037: ["too-many-connections"],
  P6002: ["auth-failed"],
  P6004: ["statement-timeout"],
  P6008: ["connect-timeout", "connection-refused"],
};

/** What Sequelize's classes say of a failed connection. */
const bySequelizeClass: Readonly<Record<string, readonly CauseId[]>> = {
  AccessDeniedError: ["auth-failed"],
  ConnectionRefusedError: ["connection-refused"],
  HostNotFoundError: ["dns-failed", "database-url-malformed"],
  HostNotReachableError: ["network-unreachable", "connect-timeout"],
  InvalidConnectionError: ["database-url-malformed", "database-url-empty"],
  ConnectionError: ["connection-refused", "connect-timeout", "auth-failed"],
};

export const nodeDriverUseSignatures = [
  signature({
    id: "node-driver-calls",
    patterns: [
      /Client was passed a null or undefined query/,
      /Passing a function as the first parameter to pool\.query is not supported/,
      /Prepared statements must be unique - '/,
      /not supported in (?:pipeline mode|the neon-http driver|neon-http driver)/,
      /No transactions support in neon-http/,
      /Only use sql\.begin, sql\.reserved or max: 1/,
      /requires a driver adapter to connect to your database/,
      /requires either "adapter" or "accelerateUrl"/,
      /The Driver Adapter `[^`]{1,80}`, based on `[^`]{1,40}`, is not compatible/,
      /Unknown property \w+ provided to PrismaClient constructor/,
      /is a tag function, please use it like/,
      /Undefined binding\(s\) detected when compiling/,
      /Transaction query already complete/,
      /Client has an active query\b/,
      /No metadata for "[^"]{1,120}" was found/,
      /(?:Connection|DataSource) (?:"[^"]{1,60}" was not found|is not (?:set|established|initialized))/,
      /connection is not yet established/,
      /(?:because c|C)onnection to the database (?:is )?already established/,
      /Received unexpected \w+ message from backend/,
      /Cannot read properties of undefined \(reading '(?:referencedTable|searchPath|findFirst|findMany|findUnique)'\)/,
      /Invalid `(?:prisma|\w+)\.\w+\.\w+\(\)` invocation[\s\S]{0,1500}(?:Unknown (?:argument|field|arg) `|Argument `\w+` is missing)/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/yet established|not established/.test(text)) return ["driver-api-mismatch", "stale-connection-reuse"];
      if (/Received unexpected|Prepared statements must be unique/.test(text))
        return ["driver-api-mismatch", "pooler-incompatibility", "connection-dropped"];
      return ["driver-api-mismatch"];
    },
    decides: "the version of the driver or mapper in the package, and the calls that its documentation shows",
    matches: [
      "TypeError: Client was passed a null or undefined query",
      "Error: Passing a function as the first parameter to pool.query is not supported",
      "Error: Prepared statements must be unique - 'tickets' was used for a different statement",
      "Error: transactions are not supported in the neon-http driver",
      "Error: No transactions support in neon-http driver",
      "Error: UNSAFE_TRANSACTION: Only use sql.begin, sql.reserved or max: 1",
      "PrismaClientInitializationError: PrismaClient requires a driver adapter to connect to your database, but none was provided.",
      'PrismaClientConstructorValidationError: Using engine type "client" requires either "adapter" or "accelerateUrl" to be provided',
      "PrismaClientInitializationError: The Driver Adapter `@prisma/adapter-pg`, based on `postgres`, is not compatible with the provider `mysql`",
      "PrismaClientConstructorValidationError: Unknown property datasources provided to PrismaClient constructor.",
      "PrismaClientValidationError: `$queryRaw` is a tag function, please use it like the following:",
      "Error: Undefined binding(s) detected when compiling SELECT. Undefined column(s): [owner]",
      "Error: Transaction query already complete, run with DEBUG=knex:tx for more info",
      'EntityMetadataNotFoundError: No metadata for "Ticket" was found.',
      'ConnectionNotFoundError: Connection "default" was not found.',
      'CannotExecuteNotConnectedError: Cannot execute operation on "default" connection because connection is not yet established.',
      'CannotConnectAlreadyConnectedError: Cannot create a "default" connection because connection to the database already established.',
      "Error: Received unexpected commandComplete message from backend.",
      "TypeError: Cannot read properties of undefined (reading 'referencedTable')",
      "PrismaClientValidationError: \nInvalid `prisma.ticket.findMany()` invocation:\n\nUnknown argument `owner_id`. Did you mean `ownerId`?",
    ],
    misses: [
      "prepared statements are unique by name",
      "TypeError: Cannot read properties of undefined (reading 'title')",
    ],
  }),
  signature({
    id: "node-neon-websocket",
    patterns: [
      /All attempts to open a WebSocket to connect to the database failed/,
      /invalid upgrade header[\s\S]{0,600}neondatabase/,
      /InvalidArgumentError: invalid upgrade header/,
      /XMLHttpRequest is not defined[\s\S]{0,600}neondatabase/,
      /WebSocket is not defined/,
    ],
    tier: "proof",
    causes: ["driver-api-mismatch", "network-unreachable", "connect-timeout"],
    decides: "whether neonConfig.webSocketConstructor is set: Node before 22 has no WebSocket of its own",
    matches: [
      "Error: All attempts to open a WebSocket to connect to the database failed. Please refer to the documentation.",
      "InvalidArgumentError: invalid upgrade header\n    at Client.connect (/var/task/node_modules/@neondatabase/serverless/index.js:43:1)",
      "ReferenceError: XMLHttpRequest is not defined\n    at /var/task/node_modules/@neondatabase/serverless/index.js:1:1",
      "ReferenceError: WebSocket is not defined",
    ],
    misses: ["WebSocket closed after 30 s"],
  }),
  signature({
    id: "node-password-not-text",
    // The stack goes through the driver's answer to the request for a password: there was none, or it was no text.
    patterns: [
      /(?:TypeError|ERR_INVALID_ARG_TYPE)[\s\S]{0,1500}(?:_checkPgPass|_handleAuth(?:CleartextPassword|MD5Password|SASL)|cleartextPassword|postgresMd5PasswordHash)/,
      /Password must be a string/,
    ],
    causes: ["database-url-malformed", "auth-failed", "database-url-empty"],
    decides: "whether the URL or the configuration has a password at all, as text",
    matches: [
      "TypeError: q.split is not a function\n    at Client._checkPgPass (/var/task/index.js:9:1)",
      "TypeError: Password must be a string",
    ],
    misses: ["TypeError: q.split is not a function\n    at Cart.total (/var/task/index.js:9:1)"],
  }),
  signature({
    id: "node-sasl",
    patterns: [
      /SASL: (?!SCRAM-SERVER-FIRST-MESSAGE: client password)[^\n]{3,200}/,
      /SASL_SIGNATURE_MISMATCH/,
      /Auth type \d+ not implemented/,
      /Unknown authenticationOk message type/,
    ],
    causes: (_, { text }): readonly CauseId[] =>
      /hannel binding|PLUS/.test(text) ? ["channel-binding", "auth-failed"] : ["auth-failed", "database-url-malformed"],
    decides: "the password, and which methods of authentication the driver's version knows",
    matches: [
      "Error: SASL: Last message was not SASLResponse",
      "Error: SASL_SIGNATURE_MISMATCH: The server did not return the correct signature",
      "Error: AUTH_TYPE_NOT_IMPLEMENTED: Auth type 9 not implemented",
      "Error: Unknown authenticationOk message type 42",
    ],
    misses: ["SASL: ok"],
  }),
  signature({
    id: "node-pg-settings",
    patterns: [
      /Invalid sslnegotiation value/,
      /sslnegotiation=direct requires SSL/,
      /Both useLibpqCompat and uselibpqcompat are set/,
      /Using sslmode=verify-ca requires specifying a CA/,
    ],
    tier: "proof",
    causes: ["database-url-parameter-unsupported", "tls-ca-missing"],
    decides: "the parameters of the URL, and which of them pg-connection-string reads",
    matches: [
      'Error: Invalid sslnegotiation value: "yes". Valid values are "postgres" and "direct".',
      "Error: sslnegotiation=direct requires SSL to be enabled",
      "Error: Both useLibpqCompat and uselibpqcompat are set. Please use only one of them.",
      "Error: Using sslmode=verify-ca requires specifying a CA with sslrootcert.",
    ],
    misses: ["sslnegotiation is postgres"],
  }),
  signature({
    id: "node-no-postgres-there",
    patterns: [/received invalid response: \d{1,3}\b/, /There was an error establishing an SSL connection/],
    causes: (_, { text }): readonly CauseId[] =>
      /SSL connection/.test(text)
        ? ["tls-not-supported", "tls-verify-failed"]
        : ["database-url-malformed", "tls-not-supported"],
    decides: "what answers at that host and port: it does not speak Postgres's protocol",
    matches: [
      "DatabaseError: received invalid response: 48",
      "Error: There was an error establishing an SSL connection",
    ],
    misses: ["received invalid response: the body was empty"],
  }),
  signature({
    id: "node-pool-ended",
    patterns: [
      /Called end on pool more than once/,
      /ConnectionManager\.getConnection was called after the connection manager was closed/,
      /Unable to acquire a connection/,
      /pool is draining/,
      /Driver not Connected/,
    ],
    tier: "effect",
    causes: ["stale-connection-reuse", "driver-api-mismatch"],
    decides: "whether an earlier invocation ended the pool that the module keeps",
    matches: [
      "Error: Called end on pool more than once",
      "Error: ConnectionManager.getConnection was called after the connection manager was closed!",
      "Error: Unable to acquire a connection\n    at Client_PG.acquireConnection (/var/task/node_modules/knex/lib/client.js:312:15)",
      "Error: pool is draining and cannot accept work",
      "DriverNotConnectedError: Driver not Connected",
    ],
    misses: ["the swimming pool is drained"],
  }),
  signature({
    id: "node-mapper-unset",
    patterns: [
      /Invalid value undefined for datasource/,
      /Wrong driver: "?undefined/,
      /[Uu]nknown configuration option 'client' value undefined/,
    ],
    tier: "proof",
    causes: ["database-url-empty", "database-url-malformed"],
    decides: "the variable that the mapper's configuration reads",
    matches: [
      'PrismaClientConstructorValidationError: Invalid value undefined for datasource "db" provided to PrismaClient constructor.',
      'MissingDriverError: Wrong driver: "undefined" given. Supported drivers are: "postgres".',
      "Error: knex: Unknown configuration option 'client' value undefined.",
    ],
    misses: ["datasource db is valid"],
  }),
  signature({
    id: "node-mapper-driver",
    patterns: [/Wrong driver: "(?!undefined)(?<named>[\w-]{1,40})" given/],
    tier: "proof",
    causes: ["driver-backend-missing", "database-url-malformed"],
    decides: "the type in the configuration against the names that the mapper has for its drivers",
    matches: ['MissingDriverError: Wrong driver: "postgresql" given. Supported drivers are: "postgres".'],
    misses: ['Wrong driver: "undefined" given'],
  }),
  signature({
    id: "node-prisma-engine-failed",
    patterns: [
      /Query engine process killed with signal/,
      /Make sure that the engine binary at/,
      /[Cc]ould(?:n't| not) find [^\n]{1,60} engine in /,
      /Could not find query-engine binary/,
      /to exist but n(?:one|either) were found or could not be executed|Try running prisma py fetch/,
      /ENOENT: no such file or directory, \w+ '[^'\n]{0,300}(?:libquery_engine|query-engine|schema-engine)/,
      /No such file or directory: '(?:openssl|prisma)'/,
      /PrismaClientRustPanicError/,
      /(?:WASM query compiler was|The loaded wasm module was) unexpectedly/,
      /query_(?:engine|compiler)_(?:fast_|small_)?bg[\w.-]{0,40}\.(?:wasm|js)/,
      /Response from the Engine was empty/,
    ],
    causes: (_, { text }): readonly CauseId[] =>
      /SIGKILL/.test(text)
        ? ["lambda-oom", "engine-binary-missing", "runtime-exit"]
        : ["engine-binary-missing", "runtime-exit"],
    decides: "the engine file beside the client, its permissions, and the memory left",
    matches: [
      "PrismaClientInitializationError: Query engine process killed with signal SIGKILL for unknown reason.",
      "Error: Make sure that the engine binary at /var/task/query-engine-rhel-openssl-3.0.x is not corrupt.",
      "Error: Could not find query-engine engine in /var/task",
      "Error: Could not find query-engine binary. Searched in /var/task",
      "Error: ENOENT: no such file or directory, open '/var/task/libquery_engine-rhel-openssl-3.0.x.so.node'",
      "prisma.engine.errors.BinaryNotFoundError: Expected one of two files\nTry running prisma py fetch",
      "FileNotFoundError: [Errno 2] No such file or directory: 'openssl'",
      "PrismaClientRustPanicError: timer has gone away",
      "PrismaClientInitializationError: WASM query compiler was unexpectedly `undefined`",
      "Error: ENOENT: no such file or directory, open '/var/task/query_engine_bg.wasm'",
      "Error: Response from the Engine was empty",
    ],
    misses: ["the query engine answered in 3 ms"],
  }),
  signature({
    id: "prisma-code",
    patterns: [
      /(?:\b[Cc]ode|errorCode|Error)["']?\s?[:=]?\s?["'`(]{0,2}(?<code>P(?:10|20|60)\d\d)\b/,
      /\b(?<code>P(?:10|20|60)\d\d): [A-Z`]/,
    ],
    tier: "envelope",
    causes: ({ code }, { text }) =>
      // The limit is that of waiting for a connection, not that of the transaction.
      code === "P2028" && text.includes("Unable to start a transaction")
        ? ["too-many-connections", "statement-timeout", "connect-timeout"]
        : (byPrismaCode[code ?? ""] ?? []),
    decides: "the message beside the code",
    matches: [
      "PrismaClientKnownRequestError { code: 'P2024', clientVersion: '6.1.0' }",
      "P1008: The operation timed out",
    ],
    misses: ["article code: P1999 is sold out", "code: 'P2002'"],
  }),
  signature({
    id: "sequelize-class",
    patterns: [
      /Sequelize(?<class>AccessDeniedError|ConnectionRefusedError|HostNotFoundError|HostNotReachableError|InvalidConnectionError|ConnectionError)\b/,
    ],
    tier: "envelope",
    causes: ({ class: name }) => bySequelizeClass[name ?? ""] ?? [],
    decides: "the driver's message after the class",
    matches: ["SequelizeHostNotReachableError: the way is barred"],
    misses: ["SequelizeValidationError: title is required"],
  }),
  signature({
    id: "node-fetch-failed",
    patterns: [
      /UND_ERR_(?<undici>CONNECT_TIMEOUT|SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT)/,
      /(?:TypeError|cause)[^\n]{0,20}: fetch failed/,
    ],
    tier: "effect",
    causes: ({ undici }, { text }): readonly CauseId[] => {
      if (undici === "CONNECT_TIMEOUT") return ["connect-timeout", "network-unreachable"];
      if (undici === "SOCKET") return ["connection-dropped", "stale-connection-reuse"];
      if (/other side closed/.test(text)) return [];
      return undici === undefined
        ? ["network-unreachable", "connect-timeout", "dns-failed"]
        : ["connect-timeout", "statement-timeout"];
    },
    decides: "the cause that fetch keeps apart: its code names a refusal, a time-out or an unknown host",
    matches: [
      "  [cause]: HeadersTimeoutError: too late { code: 'UND_ERR_HEADERS_TIMEOUT' }",
      "TypeError: fetch failed\n    at node:internal/deps/undici/undici:1:1",
    ],
    misses: ["fetch failed requests again at noon"],
  }),
  signature({
    id: "bundler-unresolved",
    patterns: [
      /Could not resolve "(?<module>[^"\n]{1,120})"/,
      /Module not found: (?:Error: )?Can't resolve '(?<module>[^'\n]{1,120})'/,
    ],
    causes: ["module-missing", "transitive-dependency-missing"],
    decides: "whether the package is installed where the bundle is made, or is marked as external",
    matches: [
      '✘ [ERROR] Could not resolve "pg-native"',
      "Module not found: Error: Can't resolve 'pg-native' in '/build/node_modules/pg/lib/native'",
    ],
    misses: ["Could not resolve the dispute"],
  }),
];
