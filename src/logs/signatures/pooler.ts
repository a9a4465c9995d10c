// Poolers and database providers: PgBouncer, RDS Proxy, Neon, Supabase.
import { signature } from "../signature.ts";

export const poolerSignatures = [
  signature({
    id: "pooler-prepared-statement",
    patterns: [
      /prepared statement "?(?<name>[^"\s]*)"? (?:already exists|does not exist)/,
      /prepared statement name is already in use/,
      /prepared statement did not exist/,
      /unnamed prepared statement does not exist/,
      /bind message supplies \d+ parameters, but prepared statement/,
      /cached plan must not change result type/,
      /does not support prepared statements/,
      /only supports prepared statements using/,
      /max prepared statements (?:memory )?limit reached/,
    ],
    tier: "proof",
    causes: (_, about) => {
      if (/cached plan/.test(about.text)) return ["pooler-incompatibility", "stale-connection-reuse"];
      return /bind message supplies/.test(about.text)
        ? ["pooler-incompatibility", "driver-api-mismatch"]
        : ["pooler-incompatibility"];
    },
    decides: "whether the URL names a transaction pooler, and whether the driver prepares statements",
    matches: [
      'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
      'error: prepared statement "lrupsc_1_0" does not exist',
      'bind message supplies 2 parameters, but prepared statement "" requires 1',
      "ERROR: cached plan must not change result type",
    ],
    misses: ["prepared statement of accounts for 2025"],
  }),
  signature({
    id: "pooler-startup-parameter",
    patterns: [
      /unsupported startup parameter(?: in options)?: ?"?(?<parameter>\w+)/,
      /RDS Proxy currently doesn['’]t support/,
      /[Ff]eature not supported: RDS Proxy/,
      /RDS Proxy .{0,300}command-line options/,
    ],
    tier: "proof",
    causes: ({ parameter }) =>
      parameter === "channel_binding"
        ? ["channel-binding", "pooler-incompatibility"]
        : ["pooler-incompatibility", "database-url-parameter-unsupported"],
    decides: "which startup parameters the driver sends, and which the pooler passes on",
    matches: [
      "psycopg2.OperationalError: ERROR:  unsupported startup parameter: search_path",
      "FATAL: unsupported startup parameter in options: statement_timeout",
      "Feature not supported: RDS Proxy currently doesn't support the option search_path",
    ],
    misses: ["startup parameters were applied"],
  }),
  signature({
    id: "pooler-session-state",
    patterns: [
      /Timed out trying to acquire a postgres advisory lock/,
      /pgbouncer with pool_mode set to/,
      /portal "[^"]*" does not exist/,
      /not supported (?:in|with) transaction pool(?:ing)?/,
      /DISCARD ALL cannot run inside/,
      /pooled connection[^\n]{0,300}(?:not supported|does not support)/,
    ],
    causes: ["pooler-incompatibility"],
    decides: "whether what the session remembers (locks, cursors, settings) is used behind a transaction pooler",
    matches: [
      "P1002: Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)).",
      'ERROR:  portal "c1" does not exist',
    ],
    misses: ["advisory lock acquired after 3 ms", "open the portal page"],
  }),
  signature({
    id: "neon-endpoint",
    patterns: [
      /(?:Endpoint|endpoint|Project|project) ID is not specified/,
      /SNI is missing/,
      /Inconsistent (?:project|common) name (?:inferred from|and) SNI/,
      /pass the endpoint ID/,
      // CockroachDB's proxy: neither the server's name nor the options name the cluster.
      /codeParamsRoutingFailed/,
    ],
    tier: "proof",
    causes: ["sni-endpoint-missing"],
    decides: "whether the client sends the server name in the TLS handshake (libpq 14 or newer)",
    matches: [
      "ERROR:  Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support",
      "Inconsistent project name inferred from SNI ('ep-one') and project option ('ep-two').",
      "FATAL: codeParamsRoutingFailed: rejected",
    ],
    misses: ["endpoint ID: ep-one"],
  }),
  signature({
    id: "neon-insecure",
    patterns: [/connection is insecure \(try using/],
    causes: ["tls-required", "sni-endpoint-missing"],
    decides: "the sslmode that the driver really used",
    matches: ["ERROR: connection is insecure (try using `sslmode=require`)"],
    misses: ["The connection is insecure over HTTP"],
  }),
  signature({
    id: "neon-endpoint-unknown",
    patterns: [/requested endpoint could not be found/, /endpoint could not be found, or you don't have access/],
    causes: ["role-or-db-missing", "database-url-malformed"],
    decides: "the endpoint name in the host part of the URL",
    matches: ["ERROR: The requested endpoint could not be found, or you don't have access to it."],
    misses: ["endpoint found"],
  }),
  signature({
    id: "provider-quota",
    patterns: [
      /exceeded the (?<plan>(?:compute time|data transfer|active time|written data|logical size|storage)[\w ]{0,80} (?:quota|limit))/,
      /(?<plan>project size limit) \(/,
      /(?<plan>exceed_\w{1,40}_quota)/,
      /over the (?<plan>storage limit)/,
      /(?<plan>Disk quota) exceeded/,
      /(?:FATAL|ERROR|Error): [^\n]{0,80}(?<plan>quota) (?:has been |was )?exceeded/,
      /(?<plan>could not extend file)/,
    ],
    tier: "proof",
    causes: ["quota-exceeded"],
    decides: "the plan's limits in the provider's console",
    matches: [
      "ERROR: Your project has exceeded the data transfer quota. Upgrade your plan to increase limits.",
      "could not extend file because project size limit (512 MB) has been exceeded",
    ],
    misses: ["quota: 40 % of the compute time used"],
  }),
];
