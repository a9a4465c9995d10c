/** What kind of value a libpq parameter takes; "secret" and "identity" values are never shown. */
export type ParameterKind = "secret" | "identity" | "choice" | "number" | "plain" | "path" | "free";

/** One parameter that libpq's connection strings know. `since` is the libpq major version that brought it, if after 12. */
export interface LibpqParameter {
  readonly kind: ParameterKind;
  readonly since?: number;
  readonly choices?: readonly string[];
}

const onOff = ["0", "1"];
const tlsVersions = ["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** The values of `sslmode`, weakest first (libpq documentation, "SSL Mode Descriptions"). */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

/** The values of `channel_binding`. */
export const channelBindings = ["disable", "prefer", "require"] as const;
export type ChannelBinding = (typeof channelBindings)[number];

/** Every connection parameter of libpq 12 to 18 (PostgreSQL documentation, "Parameter Key Words"). */
export const libpqParameters: Readonly<Record<string, LibpqParameter>> = {
  host: { kind: "plain" },
  hostaddr: { kind: "plain" },
  port: { kind: "plain" },
  dbname: { kind: "plain" },
  user: { kind: "identity" },
  password: { kind: "secret" },
  passfile: { kind: "path" },
  require_auth: { kind: "plain", since: 16 },
  channel_binding: { kind: "choice", since: 13, choices: channelBindings },
  connect_timeout: { kind: "number" },
  client_encoding: { kind: "plain" },
  options: { kind: "free" },
  application_name: { kind: "plain" },
  fallback_application_name: { kind: "plain" },
  keepalives: { kind: "choice", choices: onOff },
  keepalives_idle: { kind: "number" },
  keepalives_interval: { kind: "number" },
  keepalives_count: { kind: "number" },
  tcp_user_timeout: { kind: "number" },
  replication: { kind: "plain" },
  gssencmode: { kind: "choice", choices: ["disable", "prefer", "require"] },
  sslmode: { kind: "choice", choices: sslModes },
  sslnegotiation: { kind: "choice", since: 17, choices: ["postgres", "direct"] },
  sslcompression: { kind: "choice", choices: onOff },
  sslcert: { kind: "path" },
  sslkey: { kind: "path" },
  sslkeylogfile: { kind: "path", since: 18 },
  sslpassword: { kind: "secret", since: 13 },
  sslcertmode: { kind: "choice", since: 16, choices: ["disable", "allow", "require"] },
  sslrootcert: { kind: "path" },
  sslcrl: { kind: "path" },
  sslcrldir: { kind: "path", since: 14 },
  sslsni: { kind: "choice", since: 14, choices: onOff },
  requirepeer: { kind: "plain" },
  ssl_min_protocol_version: { kind: "choice", since: 13, choices: tlsVersions },
  ssl_max_protocol_version: { kind: "choice", since: 13, choices: tlsVersions },
  min_protocol_version: { kind: "plain", since: 18 },
  max_protocol_version: { kind: "plain", since: 18 },
  krbsrvname: { kind: "plain" },
  gsslib: { kind: "plain" },
  gssdelegation: { kind: "choice", since: 16, choices: onOff },
  scram_client_key: { kind: "secret", since: 18 },
  scram_server_key: { kind: "secret", since: 18 },
  service: { kind: "plain" },
  servicefile: { kind: "path", since: 18 },
  target_session_attrs: {
    kind: "choice",
    choices: ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
  },
  load_balance_hosts: { kind: "choice", since: 16, choices: ["disable", "random"] },
  oauth_issuer: { kind: "plain", since: 18 },
  oauth_client_id: { kind: "identity", since: 18 },
  oauth_client_secret: { kind: "secret", since: 18 },
  oauth_scope: { kind: "plain", since: 18 },
};

/**
 * Parameters that other drivers or tools put into a URL and that libpq refuses, with whom they belong to.
 * Taken from those projects' documentation of their connection strings.
 */
export const foreignParameters: Readonly<Record<string, string>> = {
  pgbouncer: "Prisma",
  connection_limit: "Prisma",
  pool_timeout: "Prisma",
  socket_timeout: "Prisma",
  schema: "Prisma",
  sslaccept: "Prisma",
  sslidentity: "Prisma",
  single_use_connections: "Prisma",
  statement_cache_size: "Prisma and asyncpg",
  max_idle_connection_lifetime: "Prisma",
  max_connection_lifetime: "Prisma",
  prepared_statement_cache_size: "SQLAlchemy over asyncpg",
  prepared_statement_name_func: "SQLAlchemy over asyncpg",
  async_fallback: "SQLAlchemy over asyncpg",
  command_timeout: "asyncpg",
  server_settings: "asyncpg",
  ssl: "node-postgres and JDBC",
  uselibpqcompat: "node-postgres",
  enablechannelbinding: "node-postgres",
  statement_timeout: "node-postgres",
  query_timeout: "node-postgres",
  lock_timeout: "node-postgres",
  idle_in_transaction_session_timeout: "node-postgres",
  connectiontimeoutmillis: "node-postgres",
  idletimeoutmillis: "node-postgres",
  keepalive: "node-postgres",
  encoding: "node-postgres",
  max: "node-postgres and postgres.js",
  idle_timeout: "postgres.js",
  max_lifetime: "postgres.js",
  prepare: "postgres.js",
  fetch_types: "postgres.js",
  currentschema: "JDBC",
  applicationname: "JDBC",
  sslfactory: "JDBC",
  sockettimeout: "JDBC",
  logintimeout: "JDBC",
  preparethreshold: "JDBC",
  stringtype: "JDBC",
  rewritebatchedinserts: "JDBC",
  search_path: "the server (it belongs in options as -c search_path=...)",
  timezone: "the server (it belongs in options as -c timezone=...)",
  supa: "Supabase's integration for Vercel",
  workaround: "Supabase's integration for Vercel",
  pool_mode: "PgBouncer",
  pool_size: "SQLAlchemy's create_engine",
  max_overflow: "SQLAlchemy's create_engine",
  pool_pre_ping: "SQLAlchemy's create_engine",
  driver: "another database's connection string",
  usessl: "MySQL",
  serverversion: "Doctrine",
  charset: "MySQL",
};

/** What libpq knows of a parameter name; libpq compares names exactly, capitals included. */
export function libpqParameter(name: string): LibpqParameter | undefined {
  return Object.hasOwn(libpqParameters, name) ? libpqParameters[name] : undefined;
}

/** Whom a parameter that libpq refuses belongs to, or undefined for a name nobody is known to use. */
export function parameterOwner(name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(foreignParameters, key) ? foreignParameters[key] : undefined;
}

/** Whether a name is one that connection strings of any known driver use; only such names are always safe to show. */
export function isKnownName(name: string): boolean {
  return libpqParameter(name.toLowerCase()) !== undefined || parameterOwner(name) !== undefined;
}

/** The text that stands for a value that is not shown. */
export const masked = "***";

const plainValue = /^[A-Za-z0-9_.,:/+\- ]{0,80}$/;
const safeOptions =
  /^(?:\s*(?:-c\s*|--)?(?:endpoint|project|search_path|statement_timeout|lock_timeout|timezone|idle_in_transaction_session_timeout|geqo|jit|work_mem)=[A-Za-z0-9_.,:\-/]{0,60})+\s*$/i;

/**
 * The decoded value of a parameter as it may be shown: the value itself where the parameter is known to hold no secret
 * and the value looks like what the parameter takes, the mask otherwise.
 */
export function shownValue(name: string, value: string): string {
  const kind = libpqParameter(name.toLowerCase())?.kind;
  if (kind === "secret" || kind === "identity") return value === "" ? "" : masked;
  if (kind === "free") return safeOptions.test(value) ? value : masked;
  if (kind === undefined && parameterOwner(name) === undefined) return value === "" ? "" : masked;
  return plainValue.test(value) ? value : masked;
}
