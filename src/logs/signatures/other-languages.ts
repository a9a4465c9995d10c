// The same failures as Go, Rust, Java, Ruby, .NET and PHP word them.
import { signature } from "../signature.ts";

export const otherLanguageSignatures = [
  signature({
    id: "other-url-malformed",
    patterns: [
      /invalid port "?:[^"\s]*"? after host/,
      /failed to parse as (?:URL|DSN|keyword)/,
      /net\/url: invalid userinfo/,
      /first path segment in URL cannot contain colon/,
      /relative URL without a base/,
      /error with configuration: (?:invalid port|empty host|invalid)/,
    ],
    tier: "proof",
    causes: ["database-url-malformed", "database-url-empty"],
    decides: "the shape of the URL, and whether a Postgres server answers at that host and port",
    matches: [
      'cannot parse `postgres://app:xxxxx@db`: failed to parse as URL (parse "postgres://app": invalid port ":pa" after host)',
      'parse "db.example.com:5432": first path segment in URL cannot contain colon',
      "net/url: invalid userinfo",
      "error with configuration: relative URL without a base",
      "error with configuration: empty host",
    ],
    misses: ["the URL was parsed"],
  }),
  signature({
    id: "other-not-postgres",
    patterns: [
      /received invalid response to SSL negotiation/,
      /expected authentication request from server, but received/,
    ],
    tier: "proof",
    causes: ["database-url-malformed", "not-postgres", "database-url-empty"],
    decides: "whether a Postgres server answers at the URL's host and port",
    matches: [
      "received invalid response to SSL negotiation: H",
      "psycopg2.OperationalError: expected authentication request from server, but received H",
    ],
    misses: ["the server was reached"],
  }),
  signature({
    id: "other-url-empty",
    patterns: [
      /dial tcp: missing address/,
      /dial unix \S*\.s\.PGSQL\.\d+/,
      /connect ENOENT \S*\.s\.PGSQL\.\d+/,
      /Dialect needs to be explicitly supplied/,
      /Required configuration option 'client' is missing/,
      /Either connection "url" or "host"/,
      /invalid connection string: (?:empty|no host)/,
      /No database host or connection string was set/,
    ],
    tier: "proof",
    causes: ["database-url-empty", "database-url-malformed"],
    decides: "the variable that holds the URL in the function's environment",
    matches: [
      "dial tcp: missing address",
      "dial unix /var/run/postgresql/.s.PGSQL.5432: connect: no such file or directory",
      "Error: connect ENOENT /tmp/.s.PGSQL.5432",
      "Error: Dialect needs to be explicitly supplied as of v4.0.0",
      "Error: knex: Required configuration option 'client' is missing.",
      'Error: Either connection "url" or "host", "database" are required for PostgreSQL database connection',
      "invalid connection string: empty",
      "Error: No database host or connection string was set, and key parameters have default values",
    ],
    misses: ["address missing in the order"],
  }),
  signature({
    id: "other-driver-missing",
    patterns: [
      /No suitable driver(?: found for jdbc:\w+)?/,
      /could not find driver/,
      /isn't an available database backend/,
      /unknown driver "?(?:postgres|pgx)"?/,
      /ClassNotFoundException: org\.postgresql/,
    ],
    tier: "proof",
    causes: ["driver-backend-missing", "module-missing"],
    decides: "whether the driver is in the package and registered",
    matches: [
      "java.sql.SQLException: No suitable driver found for jdbc:postgresql://db.example.com/app",
      "PDOException: could not find driver",
      "django.core.exceptions.ImproperlyConfigured: 'django.db.backends.postgis' isn't an available database backend.",
      'sql: unknown driver "postgres" (forgotten import?)',
      "java.lang.ClassNotFoundException: org.postgresql.Driver",
    ],
    misses: ["no driver was free for the delivery"],
  }),
  signature({
    id: "other-module-missing",
    patterns: [
      /cannot load such file -- (?<module>[\w./-]+)/,
      /NoClassDefFoundError: (?<class>[\w./$]+)/,
      /ClassNotFoundException: (?<main>(?!org\.postgresql)[\w.$]+)/,
      /Unable to import module '(?<handler>[^']+)': Error\b/,
      /can't open file '(?<file>[^']+)': \[Errno 2\]/,
      /Unable to access jarfile (?<jar>\S+)/,
      /[Cc]ould not find or load main class (?<main>[\w.$]+)/,
      /Error loading class (?<loading>[\w.$]+)/,
    ],
    causes: ({ class: name, file, jar, main, loading }) => {
      if (loading !== undefined) return ["transitive-dependency-missing", "module-missing", "dependency-conflict"];
      if (file !== undefined || jar !== undefined || main !== undefined)
        return ["handler-file-missing", "module-missing"];
      return name === undefined
        ? ["module-missing", "handler-file-missing", "transitive-dependency-missing"]
        : ["transitive-dependency-missing", "module-missing", "dependency-conflict"];
    },
    decides: "whether that file or class is in the package",
    matches: [
      "LoadError: cannot load such file -- pg",
      "java.lang.ClassNotFoundException: com.example.Reports",
      "java.lang.NoClassDefFoundError: org/slf4j/LoggerFactory",
      "Unable to import module 'index': Error\n    at Function.Module._resolveFilename (module.js:325:15)",
      "Error: python3: can't open file '/var/task/worker.py': [Errno 2] No such file or directory",
    ],
    misses: ["file loaded"],
  }),
  signature({
    id: "other-runtime-version",
    patterns: [
      /UnsupportedClassVersionError/,
      /has been compiled by a more recent version of the Java Runtime/,
      /dataclass\(\) got an unexpected keyword argument '(?:slots|kw_only|match_args)'/,
      /module 'asyncio' has no attribute '(?:run|to_thread|TaskGroup|timeout|Runner)'/,
      /ERR_UNKNOWN_BUILTIN_MODULE/,
      /(?:Object\.groupBy|Promise\.(?:withResolvers|any|try)|Array\.fromAsync|\.(?:replaceAll|toSorted|toReversed|findLast)) is not a function/,
      /ReferenceError: (?:fetch|structuredClone|ReadableStream|FormData|Headers|AbortController|File|crypto) is not defined/,
      /'str' object has no attribute 'remove(?:prefix|suffix)'/,
      /module 'datetime' has no attribute 'UTC'/,
    ],
    tier: "proof",
    causes: ["wrong-runtime-configured", "dependency-conflict"],
    decides: "the version that the code was written or built for against the function's runtime",
    matches: [
      "java.lang.UnsupportedClassVersionError: com/example/Handler",
      "Error: com/example/Handler has been compiled by a more recent version of the Java Runtime (class file version 65.0)",
      "TypeError: dataclass() got an unexpected keyword argument 'slots'",
      "AttributeError: module 'asyncio' has no attribute 'to_thread'",
      "Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite",
      "TypeError: Object.groupBy is not a function",
      "ReferenceError: File is not defined",
      "AttributeError: 'str' object has no attribute 'removeprefix'",
      "AttributeError: module 'datetime' has no attribute 'UTC'",
    ],
    misses: ["class version 3 of the schema"],
  }),
  signature({
    id: "other-connection",
    patterns: [
      /NpgsqlException[^\n]{0,300}Failed to connect to/,
      /The connection attempt failed/,
      /Read timeout on endpoint URL/,
      /Timeout during reading attempt/,
      /Exception while reading from stream/,
      /operation has timed out[\s\S]{0,1500}?Npgsql\w*\.<?(?:Raw)?(?:Connect|Open)/,
      /Communications link failure/,
      /InterfaceError[^\n]{0,300}communication error/,
      /PG::ConnectionBad/,
    ],
    tier: "effect",
    causes: (_, { text }) => {
      if (/reading from stream|communication error/.test(text))
        return ["connection-dropped", "stale-connection-reuse", "tls-not-supported"];
      return ["connect-timeout", "connection-refused", "network-unreachable"];
    },
    decides: "the inner exception: refused, timed out, reset or unknown host",
    matches: [
      "Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.0.0.5:5432",
      "org.postgresql.util.PSQLException: The connection attempt failed.",
      'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://ssm.eu-west-1.amazonaws.com/"',
      "System.TimeoutException: Timeout during reading attempt",
      "Npgsql.NpgsqlException: Exception while reading from stream",
      "System.TimeoutException: The operation has timed out.\n   at Npgsql.NpgsqlConnector.RawOpen(NpgsqlTimeout timeout)",
      "pg8000.exceptions.InterfaceError: communication error",
      "PG::ConnectionBad: could not connect to server",
    ],
    misses: ["connection attempt 1 succeeded"],
  }),
];
