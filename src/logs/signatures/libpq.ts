// libpq and everything that speaks through it (psycopg2, psycopg, psql), plus the URL parsing of the other drivers.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

/** Parameters that people copy between drivers and providers; anything of the kind is about the URL. */
const channelBinding = (name: string | undefined): readonly CauseId[] =>
  name === "channel_binding"
    ? ["channel-binding", "database-url-parameter-unsupported"]
    : ["database-url-parameter-unsupported"];

/** Host names without a dot are typing errors or leftovers of a URL, except those that container networks use. */
export function hostNameCauses(host: string | undefined): readonly CauseId[] {
  const name = (host ?? "").trim().replace(/:\d+$/, "");
  if (
    name === "" ||
    name === "base" ||
    /^(?:undefined|null|none|nan|host|hostname|your[-_].{0,300}|localport|example)$/i.test(name)
  )
    return ["database-url-malformed", "database-url-empty"];
  if (/[@%/?#\s<>${}]/.test(name) || /^(?:postgres(?:ql)?|https?)(?::|$)/.test(name) || /^\d+$/.test(name)) {
    return name === "postgres" ? ["dns-failed", "database-url-malformed"] : ["database-url-malformed", "dns-failed"];
  }
  if (/^db\.\w+\.supabase\.co$/.test(name)) return ["dns-failed", "network-unreachable"];
  if (!name.includes(".") && !/^(?:localhost|db|database|postgresql|pg|pgbouncer|db-.*|.*-db|.*_db)$/.test(name))
    return ["dns-failed", "database-url-malformed"];
  return ["dns-failed"];
}

const isLoopback = (text: string): boolean => /(?:localhost|127\.0\.0\.1|\(::1\)|::1[:\s)"])/.test(text);
const refused = (found: string): readonly CauseId[] =>
  isLoopback(found) ? ["connection-refused", "database-url-empty"] : ["connection-refused"];

export const libpqSignatures = [
  signature({
    id: "libpq-host-unknown",
    patterns: [
      /could not translate host name "(?<host>[^"\n]*)" to address/,
      /failed to resolve host '(?<name>[^'\n]*)'/,
    ],
    tier: "proof",
    causes: ({ host, name }, { text }) =>
      // The resolver was given a port that is none.
      /Servname not supported/.test(text) ? ["database-url-malformed", "dns-failed"] : hostNameCauses(host ?? name),
    decides: "the host in the database URL, and whether the function's subnets have a resolver",
    matches: [
      'psycopg2.OperationalError: could not translate host name "db.internal.example" to address: Name or service not known',
      'could not translate host name "word@db.example.com" to address: Name or service not known',
      "psycopg.OperationalError: failed to resolve host 'db.example.com': [Errno -2] Name or service not known",
      "psycopg.OperationalError: failed to resolve host 'app': [Errno -8] Servname not supported for ai_socktype",
    ],
    misses: ["translated 40 host names"],
  }),
  signature({
    id: "libpq-socket",
    patterns: [
      /connection to server on socket "(?<socket>[^"]*)" failed/,
      /connections on (?:Unix domain socket "(?<old>[^"]*)"|that socket\?)/,
    ],
    causes: ({ socket, old }) => {
      const path = socket ?? old ?? "";
      return path !== "" && !/\.s\.PGSQL\.\d+$/.test(path)
        ? ["database-url-malformed", "database-url-empty"]
        : ["database-url-empty", "connection-refused"];
    },
    decides: "whether a host reached libpq at all: without one it tries the local socket",
    matches: [
      'psycopg2.OperationalError: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?',
      'could not connect to server: No such file or directory\n\tIs the server running locally and accepting\n\tconnections on Unix domain socket "/tmp/.s.PGSQL.5432"?',
    ],
    misses: ['listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"'],
  }),
  signature({
    id: "libpq-refused",
    patterns: [
      /(?:could not connect to server|connection to server at [^\n]{0,300}? failed|connect(?:ion)?(?: to [^\n]{0,300})?): Connection refused[^\n]{0,300}(?:\n[^\n]{0,300}on host "?(?<host>[^"\s]+))?/,
      /No connection could be made because the target machine actively refused it/,
      /Connection to (?<jdbc>\S+) refused/,
    ],
    tier: "proof",
    causes: (_, about) => refused(about.text),
    decides: "whether a server listens on that host and port",
    matches: [
      'connection to server at "10.0.3.4", port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?',
      'could not connect to server: Connection refused\n\tIs the server running on host "localhost" (127.0.0.1) and accepting\n\tTCP/IP connections on port 5432?',
    ],
    misses: ["Refused Connection header"],
  }),
  signature({
    id: "libpq-timeout",
    patterns: [
      /(?:connection|server|connect|connecting|Error|failed|psql)[^\n]{0,300}: (?:connection )?timeout expired/,
      /(?:could not connect to server|connection to server[^\n]{0,300}failed|could not receive data from server|SSL SYSCALL error): (?:Connection|Operation) timed out/,
      /connection timeout expired/,
      /Connect timeout reached while/,
    ],
    tier: "proof",
    causes: (_, about) =>
      /could not receive data from server|SSL SYSCALL/.test(about.text)
        ? ["connection-dropped", "connect-timeout"]
        : ["connect-timeout", "network-unreachable"],
    decides: "the route and security groups between the function's subnets and the database",
    matches: [
      'connection to server at "db.example.com" (10.1.2.3), port 5432 failed: timeout expired',
      "psycopg2.OperationalError: could not connect to server: Connection timed out",
      "psycopg.errors.ConnectionTimeout: connection timeout expired",
    ],
    misses: ["the session timeout expired after 30 minutes"],
  }),
  signature({
    id: "libpq-unreachable",
    patterns: [
      /Network is unreachable/,
      /No route to host/,
      /Address family not supported by protocol/,
      /Cannot assign requested address/,
      /\b(?:ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)\b/,
      // A firewall of the client's own machine.
      /(?:port \d{1,5} failed|could not connect to server): Permission denied/,
    ],
    causes: ["network-unreachable"],
    decides: "whether the address is IPv6 (Lambda without dual-stack has IPv4 only) and the subnets' routes",
    matches: [
      'connection to server at "db.abcdef.supabase.co" (2600:1f18::1), port 5432 failed: Network is unreachable',
      "Error: connect ENETUNREACH 2a05:d014::1:5432 - Local (:::0)",
      "OSError: [Errno 113] No route to host",
      'connection to server at "10.0.0.9", port 5432 failed: Permission denied (0x0000271D/10013)',
    ],
    misses: ["the network is reachable"],
  }),
  signature({
    id: "libpq-server-closed",
    patterns: [/server closed the connection unexpectedly/],
    tier: "effect",
    causes: (_, about) =>
      /consuming input failed|idle/.test(about.text)
        ? ["stale-connection-reuse", "connection-dropped"]
        : ["connection-dropped", "stale-connection-reuse"],
    decides: "whether the connection was opened by an earlier invocation, and how long it had been idle",
    matches: [
      "psycopg2.OperationalError: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
    ],
    misses: ["the server closed the session as asked"],
  }),
  signature({
    id: "libpq-ssl-closed",
    patterns: [
      /SSL SYSCALL error: (?:EOF detected|Connection reset by peer|Broken pipe|Success|Socket is not connected|Bad file descriptor|Bad address)/,
      /SSL connection has been closed unexpectedly/,
      /unexpected eof while reading/,
      /could not (?:receive data from|send data to) server: (?:Connection reset|Broken pipe|Software caused|Socket is not|Bad file)/,
      /no connection to the server/,
      /bad record mac/,
      /PGRES_TUPLES_OK and no message/,
      /message contents do not agree with length/,
      /insufficient data in "\w" message/,
    ],
    tier: "effect",
    causes: (_, about) =>
      /SSL connection has been closed|no connection to the server|Broken pipe|Bad file|bad record mac|PGRES_TUPLES_OK/.test(
        about.text,
      )
        ? ["stale-connection-reuse", "connection-dropped"]
        : ["connection-dropped", "stale-connection-reuse"],
    decides: "whether the connection was opened by an earlier invocation; the server's log at that second",
    matches: [
      "(psycopg2.OperationalError) SSL SYSCALL error: EOF detected",
      "psycopg2.OperationalError: SSL connection has been closed unexpectedly",
    ],
    misses: ["SSL connection (protocol: TLSv1.3, cipher: TLS_AES_256_GCM_SHA384)"],
  }),
  signature({
    id: "url-parameter",
    patterns: [
      /invalid URI query parameter: "(?<query>\w*)"/,
      /invalid connection option "(?<option>\w*)"/,
      /unrecognized configuration parameter "(?<setting>[\w.]*)"/,
      /invalid (?:sslmode|channel_binding) value: "(?<value>[^"]*)"/,
      /weak sslmode "\w+" may not be used with/,
      /unsupported sslmode "(?<unsupported>\w*)"/,
      /`?sslmode`? parameter must be one of/,
      /unknown (?:configuration |connection )?(?:option|parameter):? [`'"](?<unknown>\w+)[`'"]/,
      /unsupported configuration parameter:? "?(?<foreign>\w+)/,
      /invalid value for parameter "(?<setting>\w+)"/,
    ],
    tier: "proof",
    causes: ({ query, option, setting, unknown, foreign }) =>
      // A keyword of another driver's connect(): libpq says `dbname`.
      option === "database"
        ? ["driver-api-mismatch", "database-url-parameter-unsupported"]
        : channelBinding(query ?? option ?? setting ?? unknown ?? foreign),
    decides: "which driver reads the URL, and which of its parameters that driver knows",
    matches: [
      'psycopg2.ProgrammingError: invalid dsn: invalid URI query parameter: "pgbouncer"',
      'invalid connection option "schema"',
      'asyncpg.exceptions.UndefinedObjectError: unrecognized configuration parameter "connection_limit"',
    ],
    misses: ["query parameter: page=2"],
  }),
  signature({
    id: "url-malformed",
    patterns: [
      /invalid port number: "(?<port>[^"]*)"/,
      /invalid integer value "(?<integer>[^"]*)" for connection option "(?<option>\w+)"/,
      /missing "=" after "(?<word>[^"]*)" in connection info string/,
      /unterminated quoted string in connection info string/,
      /(?:extra|missing) key\/value separator/,
      /invalid percent-encoded token/,
      /forbidden value %00/,
      /IPv6 host address (?:may not be empty )?in URI/,
      /unexpected character "?.?"? (?:at|in) position \d+ in URI/,
      /Port could not be cast to integer value/,
      /Invalid IPv6 URL/,
      /the connection string is not valid/,
      /could not match \d+ (?:host names|port numbers)/,
      /provided database string is invalid/,
      /invalid connection URI/,
      /database name is missing from the connection string/,
      /Port out of range 0-65535/,
      /invalid dsn: (?!invalid (?:URI query|connection option))/,
      /invalid literal for int\(\) with base 10: '(?<literal>[^'\n]*)'(?=[\s\S]{0,8000}(?:make_url|_parse_url|_parse_hostlist|urlparse|urllib\/parse\.py|rfc1738))/,
      /(?:make_url|_parse_url|_parse_hostlist|urlparse|urllib\/parse\.py|rfc1738)[\s\S]{0,2000}invalid literal for int\(\) with base 10: '(?<literal>[^'\n]*)'/,
    ],
    tier: "proof",
    causes: ({ word, option }, about) => {
      if (word === "") return ["database-url-empty", "database-url-malformed"];
      // A libpq older than 9.2 takes a whole URL for a keyword.
      if (word !== undefined && /^postgres(?:ql)?:\/\//.test(word))
        return ["database-url-malformed", "database-url-parameter-unsupported", "driver-api-mismatch"];
      const inParameters =
        /URI query parameter|key\/value separator/.test(about.text) || (option !== undefined && option !== "port");
      return inParameters
        ? ["database-url-malformed", "database-url-parameter-unsupported"]
        : ["database-url-malformed"];
    },
    decides: "the shape of the URL: reserved characters of the password must be percent-encoded",
    matches: [
      'psql: error: invalid integer value "se/cret" for connection option "port"',
      'psycopg2.ProgrammingError: invalid dsn: missing "=" after "db.example.com" in connection info string',
      "ValueError: Port could not be cast to integer value as 'pa'",
      'invalid percent-encoded token: "%ZZ"',
      "ValueError: Invalid IPv6 URL",
      "P1013: The provided database string is invalid. invalid domain character in database URL",
    ],
    misses: [
      "invalid port number of containers in the shipment",
      "ValueError: invalid literal for int() with base 10: 'abc'",
    ],
  }),
  signature({
    id: "url-empty",
    patterns: [
      /Could not parse (?:SQLAlchemy|rfc1738) URL from (?:given URL )?string(?: '{1,2}(?<url>[^'\n]*))?/,
      /Expected string or URL object, got None/,
      /resolved to an empty string/,
      /(?:must )?provide a nonempty (?:URL|direct URL)/,
      /Environment variable not found: (?<variable>\w+)/,
      /No database connection string was provided/,
      /missing_connection_string/,
      /settings\.DATABASES is improperly configured/,
      /could not determine (?:the database address|user name) to connect/,
      /scheme is expected to be either "postgresql" or "postgres", got '(?<scheme>[^']*)'/,
    ],
    tier: "proof",
    causes: ({ url, scheme }) =>
      (url ?? scheme ?? "") === ""
        ? ["database-url-empty", "database-url-malformed"]
        : ["database-url-malformed", "database-url-empty"],
    decides: "the length of the variable that holds the URL in the function's environment",
    matches: [
      "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string ''",
      "error: Error validating datasource `db`: You must provide a nonempty URL. The environment variable `DATABASE_URL` resolved to an empty string.",
      "sqlalchemy.exc.ArgumentError: Expected string or URL object, got None",
      "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string 'db.example.com/app'",
    ],
    misses: ["parsed URL from string"],
  }),
];
