// What the drivers and mappers of Go, Rust, Java, Ruby and .NET say of a connection, beside what `other-languages` knows.
import { signature } from "../signature.ts";

export const otherDriverSignatures = [
  signature({
    id: "other-connection-lost",
    patterns: [
      /failed to receive message: unexpected EOF/,
      /I\/O error occurred while sending to the backend/,
      /Error \{ kind: Closed, cause/,
      /EOF occurred in violation of protocol/,
      /hyper::Error\((?:ChannelClosed|IncompleteMessage)\)/,
    ],
    tier: "effect",
    causes: (_, { text }) =>
      /violation of protocol/.test(text)
        ? ["connection-dropped", "tls-not-supported"]
        : ["connection-dropped", "stale-connection-reuse"],
    decides: "whether the connection was opened by an earlier invocation, and what stands between",
    matches: [
      "failed to receive message: unexpected EOF",
      "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
      "Error in PostgreSQL connection: Error { kind: Closed, cause: None }",
      "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:1006)",
      "DispatchFailure { source: ConnectorError { kind: Io, source: hyper::Error(ChannelClosed) } }",
    ],
    misses: ["unexpected EOF in invoice 7"],
  }),
  signature({
    id: "go-connection-state",
    patterns: [
      /\bERROR\b[^\n]{0,80}?\bconn (?<state>closed|busy)\b/,
      /rror: (?:[^\n]{0,80}: )?conn (?<state>closed|busy)\b/,
    ],
    tier: "effect",
    causes: ({ state }) =>
      state === "busy" ? ["driver-api-mismatch"] : ["stale-connection-reuse", "connection-dropped"],
    decides: "whether goroutines share one connection, or an earlier invocation closed it",
    matches: ["ERROR query tickets: conn busy", "error: tickets: conn closed"],
    misses: ["INFO conn closed by the client"],
  }),
  signature({
    id: "go-deadline",
    // The same words stand for every call with a limit; only beside the database's are they told of it.
    patterns: [
      /(?:pgx|postgres|Postgres|sql\.|database|5432)[^\n]{0,200}context deadline exceeded/,
      /dial error \(timeout: /,
      /connect: connection timed out/,
    ],
    tier: "effect",
    causes: ["connect-timeout", "statement-timeout"],
    decides: "whether the connection or a statement took that long, and the limit of the context",
    matches: [
      "failed to ping postgres: context deadline exceeded",
      "failed to connect to `host=db`: dial error (timeout: later)",
      "dial tcp 10.0.0.5:5432: connect: connection timed out",
    ],
    misses: ["upload to the bucket: context deadline exceeded"],
  }),
  signature({
    id: "other-settings",
    patterns: [
      /'url' attribute is not specified/,
      /lookup {2}on /,
      /Failed to determine a suitable (?<driver>driver class)/,
      /claims to (?<wrong>not accept jdbcUrl)/,
      /Format of the (?<wrong>initialization string) does not conform/,
      /\b(?<wrong>RelativeUrlWithoutBase)\b/,
    ],
    tier: "proof",
    causes: ({ driver, wrong }) => {
      if (driver !== undefined) return ["driver-backend-missing", "database-url-empty"];
      return wrong === undefined
        ? ["database-url-empty", "database-url-malformed"]
        : ["database-url-malformed", "database-url-empty"];
    },
    decides: "the variables that hold the URL, and the form in which that driver takes it",
    matches: [
      "Failed to configure a DataSource: 'url' attribute is not specified and none is embedded.",
      "dial tcp: lookup  on 169.254.78.1:53: no such host",
      "Reason: Failed to determine a suitable driver class",
      "java.lang.RuntimeException: Driver org.postgresql.Driver claims to not accept jdbcUrl, postgres:app",
      "System.ArgumentException: Format of the initialization string does not conform to specification starting at index 0.",
      "thread 'main' panicked at src/main.rs:12:5: called `Result::unwrap()` on an `Err` value: Configuration(RelativeUrlWithoutBase)",
    ],
    misses: ["look up on page 7"],
  }),
  signature({
    id: "other-migrations",
    patterns: [/Migrations have failed validation/, /\bError: P30(?:05|09|18)\b/],
    causes: ["schema-missing"],
    decides: "which migrations the database has had, against those of the release",
    matches: ["FlywayValidateException: Validate failed: Migrations have failed validation", "Error: P3018: later"],
    misses: ["Migrations have succeeded"],
  }),
];
