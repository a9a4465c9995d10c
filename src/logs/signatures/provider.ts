// What stands between the function and Postgres, in its own words: PgBouncer, Supavisor, Neon's proxy; and what libpq says of a server that is not what it expected.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

const erlangReasons: Readonly<Record<string, readonly CauseId[]>> = {
  eaddrnotavail: ["network-unreachable", "connection-refused"],
  enetunreach: ["network-unreachable"],
  ehostunreach: ["network-unreachable"],
  econnrefused: ["connection-refused"],
  etimedout: ["connect-timeout"],
  timeout: ["connect-timeout", "connection-dropped"],
  closed: ["connection-dropped"],
};

/** Supavisor's codes, which stand in parentheses before its messages. */
const supavisorCodes: Readonly<Record<string, readonly CauseId[]>> = {
  CHECKOUTTIMEOUT: ["too-many-connections", "statement-timeout"],
  CIRCUITBREAKER: ["auth-failed", "too-many-connections"],
  AUTHQUERY: ["auth-failed", "role-or-db-missing"],
  DBHANDLEREXITED: ["connection-dropped", "role-or-db-missing"],
  SSLREQUIRED: ["tls-required"],
  ADDRNOTALLOWED: ["auth-failed"],
};

export const providerSignatures = [
  signature({
    id: "supavisor-code",
    patterns: [
      /\(E(?<code>CHECKOUTTIMEOUT|CIRCUITBREAKER|AUTHQUERY|DBHANDLEREXITED|SSLREQUIRED|ADDRNOTALLOWED)\)/,
      /Pool checkout timeout\. Request was dropped/,
      /(?:DbHandler exited|DbHandler #PID[^\n]{1,60} exited|connection to database closed\. Check logs)/,
      /Terminating with reason [^\n]{1,300} when state was/,
      /Connection closed when state was authentication/,
      /Tenant is not allowed to connect without SSL/,
      /Too many authentication failures/,
      /[Cc]ircuit breaker open/,
      /Unsupported or invalid secret format/,
      /connection failure during authentication/,
      /no tenant identifier|no tenant identifier provided/,
    ],
    causes: ({ code }, { text }): readonly CauseId[] => {
      if (code !== undefined) return supavisorCodes[code] ?? [];
      if (/ircuit breaker|secret format/.test(text)) return ["auth-failed", "too-many-connections"];
      if (/checkout timeout/.test(text)) return ["too-many-connections", "statement-timeout"];
      if (/without SSL/.test(text)) return ["tls-required"];
      if (/state was authentication|authentication failures/.test(text))
        return ["auth-failed", "role-or-db-missing", "connection-dropped"];
      if (/during authentication/.test(text)) return ["connect-timeout", "auth-failed"];
      return /tenant identifier/.test(text)
        ? ["role-or-db-missing", "database-url-malformed"]
        : ["connection-dropped", "stale-connection-reuse"];
    },
    decides: "the user name with its project's reference, and what the pooler logged at that second",
    matches: [
      "FATAL: (ECIRCUITBREAKER) new connections are held back for a while",
      "ERROR: Pool checkout timeout. Request was dropped after 15000ms in Transaction mode.",
      "ERROR: DbHandler exited. Check logs for more information",
      "DbHandler: Terminating with reason {:timeout, 15000} when state was :busy",
      "[error] Connection closed when state was authentication",
      "[error] ClientHandler: Tenant is not allowed to connect without SSL, user app",
      "FATAL: Too many authentication failures, new connections are temporarily blocked",
      "FATAL: connection failure during authentication",
      "FATAL: no tenant identifier provided (external_id or sni_hostname required)",
    ],
    misses: ["Terminating the contract with reason: moved", "tenant identifier is abc"],
  }),
  signature({
    id: "erlang-socket",
    patterns: [/\{:error, :(?<reason>eaddrnotavail|enetunreach|ehostunreach|econnrefused|etimedout|timeout|closed)\}/],
    causes: ({ reason }) => erlangReasons[reason ?? ""] ?? [],
    decides: "whether the database's address answers from where the pooler or the function runs",
    matches: ["Connection failed {:error, :eaddrnotavail} to 'db.example.com':5432"],
    misses: ["{:error, :enoent}"],
  }),
  signature({
    id: "server-fields",
    // The fields of a server's error as a client that does not read them prints them.
    patterns: [
      /["']SFATAL["'], ?(?:["']VFATAL["'], ?)?["']C(?<code>[0-9A-Z]{5})["'], ?["']M(?<message>[^\]]{0,200})/,
      /\(67, "(?<code>[0-9A-Z]{5})"\),?\s*\(77, "(?<message>[^"\n]{0,200})/,
    ],
    tier: "proof",
    causes: ({ code }): readonly CauseId[] => {
      switch (code) {
        case "3D000":
          return ["role-or-db-missing"];
        case "28P01":
          return ["auth-failed"];
        case "28000":
          return ["auth-failed", "tls-required"];
        case "53300":
          return ["too-many-connections"];
        case "57P03":
          return ["connection-refused"];
        default:
          return [];
      }
    },
    decides: "the message after the letter M (77)",
    matches: [
      '[error] Error auth response ["SFATAL", "VFATAL", "C3D000", "Mno database by the name of app"]',
      'error=ErrorResponse { fields: [ (83, "FATAL"), (67, "28P01"), (77, "the word was not the one agreed on"),',
    ],
    misses: ['["SFATAL", "VFATAL", "C99999", "M"]'],
  }),
  signature({
    id: "pgbouncer-words",
    patterns: [
      /\bclient_login_timeout\b/,
      /bouncer resources exhaustion/,
      /(?:client_idle_timeout|idle transaction timeout|client idle timeout)\b/,
      /TLS connection required/,
      /server DNS lookup failed/,
      /database "?[\w-]+"? is disabled/,
      /(?:login rejected|auth failed)\b/,
      // libpq asks for GSSAPI first where Kerberos is set up; poolers answer in the language of TLS.
      /invalid response to GSSAPI negotiation/,
      /unexpected response from login query/,
      /pooler error: (?!server conn crashed)[^\n]{1,200}/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/idle_timeout|idle transaction|client idle/.test(text))
        return ["stale-connection-reuse", "connection-dropped"];
      if (/GSSAPI negotiation/.test(text)) return ["pooler-incompatibility", "database-url-parameter-unsupported"];
      if (/login query/.test(text)) return ["auth-failed", "pooler-incompatibility", "role-or-db-missing"];
      if (/TLS connection required/.test(text)) return ["tls-required"];
      if (/DNS lookup/.test(text)) return ["dns-failed"];
      if (/is disabled/.test(text)) return ["role-or-db-missing"];
      if (/login_timeout|exhaustion/.test(text))
        return ["too-many-connections", "connect-timeout", "connection-refused"];
      if (/login rejected|auth failed/.test(text))
        return /pgbouncer|FATAL|ERROR:|psycopg|asyncpg|postgres/.test(text) ? ["auth-failed"] : [];
      return ["connection-dropped", "pooler-incompatibility"];
    },
    decides: "PgBouncer's own log, which says what its server connections met",
    matches: [
      "asyncpg.exceptions.ProtocolViolationError: client_login_timeout (server down)",
      "FATAL: bouncer resources exhaustion",
      "FATAL: client_idle_timeout",
      "FATAL: TLS connection required",
      "FATAL: server DNS lookup failed",
      'FATAL: database "app" is disabled',
      "FATAL: login rejected",
      "FATAL: unexpected response from login query",
      "psql: error: received invalid response to GSSAPI negotiation: S",
      "ERROR: pooler error: the server went its own way",
    ],
    misses: ["auth failed for the door badge", "client_idle_timeouts = 30"],
  }),
  signature({
    id: "neon-proxy-words",
    patterns: [
      /[Cc]onsole request failed/,
      /Malformed password message/,
      /Query cancelled, connection was terminated/,
      /re(?:quest|sponse) is too large \(max is \d+ bytes\)/,
      /Network connection lost/,
      /[Aa]uthentication timed out/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/onsole request/.test(text)) return ["connection-refused", "connect-timeout"];
      if (/password message/.test(text)) return ["auth-failed", "database-url-malformed"];
      if (/too large/.test(text)) return ["quota-exceeded"];
      return /timed out/.test(text) ? ["auth-failed", "connect-timeout"] : ["connection-dropped"];
    },
    decides: "the state of the project in the provider's console at that second",
    matches: [
      "ERROR: Console request failed",
      "ERROR: Malformed password message",
      "NeonDbError: Query cancelled, connection was terminated",
      "NeonDbError: response is too large (max is 10485760 bytes)",
      "NeonDbError: Error connecting to database: Error: Network connection lost.",
      "FATAL: Authentication timed out",
    ],
    misses: ["the request is too large for the form"],
  }),
  signature({
    id: "scram-refused",
    patterns: [
      /failed SASL auth/,
      /(?:could not verify server signature|incorrect server signature|The server signature doesn't match|server nonce doesn't match|invalid SCRAM )/,
      /malformed SCRAM message/,
      /authentication method requirement "[^"]*" failed/,
      /(?:error in SASL authentication|error sending password authentication)/,
      /server did not complete authentication/,
      /unsupported (?:SASL Authentication methods?|authentication method) requested by the server/,
      /Authentication method \d+ not (?:supported|recognized) by pg8000/,
      /Authentication method \d+ not supported/,
      /(?:connection requires a valid client certificate|empty password returned by client)/,
      /Hash algorithm \S+ not supported by hashlib/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/method requirement/.test(text)) return ["auth-failed", "database-url-parameter-unsupported"];
      if (/not (?:supported|recognized)|unsupported/.test(text)) return ["auth-failed", "driver-api-mismatch"];
      return /empty password/.test(text)
        ? ["database-url-malformed", "auth-failed", "database-url-empty"]
        : ["auth-failed", "connection-dropped"];
    },
    decides: "the password that the function uses, and the method that the server asks for",
    matches: [
      "failed to connect to `host=db.example.com user=app database=app`: failed SASL auth (the server said no)",
      "asyncpg.exceptions._base.InterfaceError: could not verify server signature for SCRAM authentication: scram-sha-256",
      "psycopg2.OperationalError: malformed SCRAM message (empty message)",
      'psycopg2.OperationalError: authentication method requirement "md5" failed: server did not complete it',
      "psycopg2.OperationalError: fe_sendauth: error in SASL authentication",
      "psycopg2.OperationalError: server did not complete authentication",
      "asyncpg.exceptions._base.InterfaceError: unsupported authentication method requested by the server: 7",
      "pg8000.exceptions.InterfaceError: Authentication method 7 not recognized by pg8000.",
      "pg8000.core.InterfaceError: Authentication method 7 not supported",
      "FATAL:  empty password returned by client",
      "scramp.core.ScramException: Hash algorithm sha256 not supported by hashlib",
    ],
    misses: ["authentication was completed"],
  }),
  signature({
    id: "libpq-target-session",
    patterns: [/(?<!only if )\bsession is (?:not )?read-only$/m, /server is (?:not )?in hot standby mode/],
    causes: ["database-url-parameter-unsupported", "permission-denied-db"],
    decides: "target_session_attrs in the URL against which of the hosts is the primary",
    matches: [
      "psycopg2.OperationalError: session is read-only",
      "psycopg2.OperationalError: server is in hot standby mode",
    ],
    misses: ["the session is read-only for guests"],
  }),
  signature({
    id: "libpq-service-file",
    patterns: [
      /definition of service "[^"]*" not found/,
      /service file "[^"]*" not found/,
      /Unix-domain socket path "[^"]*" is too long/,
      /unexpected response from server; first received character was/,
      /host name must be specified(?: for a verified SSL connection)?$/m,
    ],
    tier: "proof",
    causes: (_, { text }): readonly CauseId[] =>
      /host name must/.test(text)
        ? ["database-url-empty", "database-url-malformed", "tls-verify-failed"]
        : ["database-url-malformed", "database-url-empty"],
    decides: "what reached libpq as host and service",
    matches: [
      'psycopg2.OperationalError: definition of service "app" not found',
      'psycopg2.OperationalError: service file "/home/app/.pg_service.conf" not found',
      'psycopg2.OperationalError: Unix-domain socket path "/postgres://app/.s.PGSQL.5432" is too long (maximum 107 bytes)',
      'psycopg2.OperationalError: unexpected response from server; first received character was "H"',
      "psycopg2.OperationalError: host name must be specified for a verified SSL connection",
    ],
    misses: ["the host name must be specified in the order form"],
  }),
  signature({
    id: "libpq-key-file",
    patterns: [
      /private key file "[^"]*" (?:has group or world access|is not a regular file|does not exist)/,
      /could not (?:load|read|stat) private (?:SSL )?key (?:file )?"/,
      /certificate present, but not private key file/,
      /could not get home directory to locate root certificate file/,
    ],
    tier: "proof",
    causes: (_, { text }): readonly CauseId[] =>
      /world access/.test(text) ? ["permission-denied-files", "tls-ca-missing"] : ["tls-ca-missing"],
    decides: "whether the key and certificate files are in the package, and their permission bits",
    matches: [
      'psycopg2.OperationalError: private key file "/var/task/client.key" has group or world access; file must have permissions u=rw (0600) or less',
      'psycopg2.OperationalError: could not load private key file "/var/task/client.key": bad password read',
      'psycopg2.OperationalError: certificate present, but not private key file "/var/task/client.key"',
      "psycopg2.OperationalError: could not get home directory to locate root certificate file",
    ],
    misses: ["the private key file is readable"],
  }),
  signature({
    id: "libpq-out-of-step",
    patterns: [
      /lost synchronization with server/,
      /message type 0x[0-9a-f]{2} arrived from server while idle/,
      /received unencrypted data after SSL (?:response|request)/,
      /direct SSL connection was established without ALPN/,
      /could not send startup packet/,
      /mismatched message length: consumed/,
      /error with no message from the libpq/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/SSL/.test(text)) return ["tls-not-supported", "database-url-parameter-unsupported"];
      return /startup packet/.test(text)
        ? ["connection-dropped", "connection-refused"]
        : ["connection-dropped", "stale-connection-reuse", "event-loop-misuse"];
    },
    decides: "whether two threads or a forked process share the connection",
    matches: [
      'psycopg2.OperationalError: lost synchronization with server: got message type "0", length 0',
      "message type 0x5a arrived from server while idle is an error",
      "psycopg2.OperationalError: received unencrypted data after SSL response",
      "psycopg2.OperationalError: direct SSL connection was established without ALPN protocol negotiation extension",
      "psycopg2.OperationalError: could not send startup packet: Broken link",
      "psycopg2.OperationalError: mismatched message length: consumed 4, expected 8",
    ],
    misses: ["the calendar lost synchronization with the phone"],
  }),
  signature({
    id: "server-resources",
    patterns: [
      /could not fork new process for connection/,
      /FATAL: {1,2}out of memory/,
      /out of shared memory/,
      /cannot connect to invalid database/,
      /must be (?:a )?member of role/,
      /database is not accepting commands/,
    ],
    causes: (_, { text }): readonly CauseId[] => {
      if (/invalid database/.test(text)) return ["role-or-db-missing"];
      if (/member of role/.test(text)) return ["permission-denied-db"];
      return /fork/.test(text)
        ? ["too-many-connections", "quota-exceeded"]
        : ["quota-exceeded", "too-many-connections"];
    },
    decides: "memory and connections of the database instance at that second",
    matches: [
      "FATAL:  could not fork new process for connection: Cannot allocate",
      "FATAL:  out of memory",
      "psycopg2.errors.OutOfMemory: out of shared memory",
      'FATAL:  cannot connect to invalid database "app"',
      'ERROR:  must be member of role "owner"',
      "ERROR:  database is not accepting commands to avoid wraparound data loss",
    ],
    misses: ["each must be a member of the team"],
  }),
];
