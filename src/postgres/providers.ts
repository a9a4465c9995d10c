/** Who runs the database, as far as the host's name tells. */
export type ProviderKind =
  | "neon"
  | "supabase"
  | "rds"
  | "rds-proxy"
  | "aurora"
  | "aurora-dsql"
  | "redshift"
  | "cockroach"
  | "azure"
  | "google"
  | "other-cloud"
  | "local"
  | "private"
  | "unknown";

/** What stands between the driver and the database. "transaction-pooler" changes the server connection between transactions. */
export type ProviderAccess = "direct" | "session-pooler" | "transaction-pooler" | "proxy" | "unknown";

export type PitfallId =
  | "endpoint-by-server-name"
  | "startup-options-refused"
  | "prepared-statements"
  | "session-state"
  | "pinning"
  | "ipv6-only"
  | "tenant-in-user"
  | "private-network"
  | "private-authority"
  | "suspends-when-idle"
  | "iam-tokens-expire"
  | "reader-endpoint"
  | "function-itself"
  | "serialization-retries";

/** What is known of a provider from the host's name and port alone. JSON-serialisable, holds no secret. */
export interface Provider {
  readonly kind: ProviderKind;
  /** The name for sentences, such as "Neon's pooler". */
  readonly title: string;
  readonly access: ProviderAccess;
  /** Neon's endpoint id, Supabase's project reference, or the identifier of an RDS instance, cluster or proxy. */
  readonly endpoint?: string;
  readonly region?: string;
  /** What the server answers to a connection without TLS. "depends": a setting of the server decides. */
  readonly plainText: "refused" | "accepted" | "depends" | "unknown";
  /** Whether the server finds the database by the TLS server name (SNI). */
  readonly needsServerName: boolean;
  /** Whether the host resolves to IPv6 addresses only, unless an add-on was bought. */
  readonly ipv6Only: boolean;
  /** From where a Lambda function reaches it: from anywhere, from inside the VPC, or not at all. */
  readonly reach: "public" | "vpc" | "never" | "unknown";
  /** Who signs the server's certificate: an authority that systems trust, the provider's own, or whoever set it up. */
  readonly authority: "public" | "provider" | "unknown";
  readonly pitfalls: readonly PitfallId[];
}

/** One sentence for each pitfall. Sources: the providers' documentation of connections. */
export const pitfallTexts: Readonly<Record<PitfallId, string>> = {
  "endpoint-by-server-name":
    "The server finds the database by the TLS server name; a driver that sends none, or an address instead of the name, must name the endpoint in options.",
  "startup-options-refused": "The pooler refuses start-up options such as search_path or statement_timeout.",
  "prepared-statements":
    "The pooler may give each transaction another server connection; drivers that prepare statements by themselves must be told not to, unless the pooler tracks them.",
  "session-state": "Settings, advisory locks, temporary tables and LISTEN do not outlive a transaction.",
  pinning: "Prepared statements and SET pin a client to one server connection, which takes away what the proxy is for.",
  "ipv6-only":
    "The host resolves to IPv6 addresses only, unless the project has the IPv4 add-on; Lambda outside an IPv6 VPC cannot reach it.",
  "tenant-in-user":
    "The user must be written as user.project, or the pooler answers that it finds no such tenant or user.",
  "private-network":
    "The host is reached from inside its VPC; the function must be attached to it and admitted by its security group.",
  "private-authority":
    "The certificate is signed by the provider's own authority, so verification needs the provider's root certificate in the package.",
  "suspends-when-idle":
    "An idle database is suspended; the first connection after that takes longer, and open connections are dropped.",
  "iam-tokens-expire":
    "Passwords are tokens that are valid for a short time; one that is stored in the environment goes stale.",
  "reader-endpoint": "This is a reader endpoint; writes fail with an error about a read-only transaction.",
  "function-itself": "Inside Lambda this host is the function's own sandbox, where no Postgres runs.",
  "serialization-retries": "Transactions may fail with serialization errors that the application must retry.",
};

interface Row {
  readonly pattern: RegExp;
  readonly provider: (match: RegExpExecArray, port: number) => Partial<Provider> & Pick<Provider, "kind" | "title">;
}

const pooled: readonly PitfallId[] = ["prepared-statements", "session-state"];
const inVpc = { reach: "vpc", plainText: "depends", authority: "provider" } as const;

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  if (value !== undefined) found[key] = value;
  return found;
}

const rows: readonly Row[] = [
  {
    pattern: /^(ep-[a-z0-9-]+?)(-pooler)?\.(?:c-\d+\.)?([a-z0-9-]+)\.[a-z]+\.neon\.(?:tech|build)$/,
    provider: ([, endpoint, pooler, region]) => ({
      kind: "neon",
      title: pooler ? "Neon's pooler" : "Neon",
      access: pooler ? "transaction-pooler" : "direct",
      ...optional("endpoint", endpoint),
      ...optional("region", region),
      ...neon,
      pitfalls: [
        "endpoint-by-server-name",
        "suspends-when-idle",
        ...(pooler ? (["startup-options-refused", ...pooled] as const) : []),
      ],
    }),
  },
  {
    pattern: /\.neon\.(?:tech|build)$/,
    provider: () => ({ kind: "neon", title: "Neon", ...neon, pitfalls: ["endpoint-by-server-name"] }),
  },
  {
    pattern: /^db\.([a-z0-9]+)\.supabase\.(?:co|com|in|red)$/,
    provider: ([, endpoint], port) => ({
      kind: "supabase",
      title: port === 6543 ? "Supabase's dedicated pooler" : "Supabase's direct connection",
      access: port === 6543 ? "transaction-pooler" : "direct",
      ...optional("endpoint", endpoint),
      ...supabase,
      ipv6Only: true,
      pitfalls: ["ipv6-only", ...(port === 6543 ? pooled : [])],
    }),
  },
  {
    pattern: /^(?:aws-\d+-)?([a-z0-9-]+)\.pooler\.supabase\.(?:com|co)$/,
    provider: ([, region], port) => ({
      kind: "supabase",
      title: port === 6543 ? "Supabase's transaction pooler" : "Supabase's session pooler",
      access: port === 6543 ? "transaction-pooler" : "session-pooler",
      ...optional("region", region),
      ...supabase,
      pitfalls: ["tenant-in-user", ...(port === 6543 ? pooled : [])],
    }),
  },
  {
    pattern: /^([a-z0-9-]+)(?:\.endpoint)?\.proxy-[a-z0-9-]+\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/,
    provider: ([, endpoint, region]) => ({
      kind: "rds-proxy",
      title: "RDS Proxy",
      access: "proxy",
      ...optional("endpoint", endpoint),
      ...optional("region", region),
      ...inVpc,
      authority: "public",
      pitfalls: ["private-network", "pinning"],
    }),
  },
  {
    pattern: /^([a-z0-9-]+)\.cluster-(ro-|custom-)?[a-z0-9]+\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/,
    provider: ([, endpoint, role, region]) => ({
      kind: "aurora",
      title: role === "ro-" ? "Aurora's reader endpoint" : "Aurora",
      access: "direct",
      ...optional("endpoint", endpoint),
      ...optional("region", region),
      ...inVpc,
      pitfalls: ["private-network", "private-authority", ...(role === "ro-" ? (["reader-endpoint"] as const) : [])],
    }),
  },
  {
    pattern: /^([a-z0-9-]+)\.[a-z0-9]+\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/,
    provider: ([, endpoint, region]) => ({
      kind: "rds",
      title: "RDS",
      access: "direct",
      ...optional("endpoint", endpoint),
      ...optional("region", region),
      ...inVpc,
      pitfalls: ["private-network", "private-authority"],
    }),
  },
  {
    pattern: /^([a-z0-9]+)\.dsql\.([a-z0-9-]+)\.on\.aws$/,
    provider: ([, endpoint, region]) => ({
      kind: "aurora-dsql",
      title: "Aurora DSQL",
      access: "direct",
      ...optional("endpoint", endpoint),
      ...optional("region", region),
      plainText: "refused",
      needsServerName: true,
      reach: "public",
      authority: "public",
      pitfalls: ["iam-tokens-expire", "serialization-retries"],
    }),
  },
  {
    pattern: /\.redshift(?:-serverless)?\.amazonaws\.com(?:\.cn)?$/,
    provider: () => ({
      kind: "redshift",
      title: "Redshift",
      access: "direct",
      ...inVpc,
      authority: "public",
      pitfalls: ["private-network"],
    }),
  },
  {
    pattern: /\.cockroachlabs\.cloud$/,
    provider: () => ({
      kind: "cockroach",
      title: "CockroachDB",
      access: "direct",
      plainText: "refused",
      needsServerName: true,
      reach: "public",
      authority: "public",
      pitfalls: ["serialization-retries"],
    }),
  },
  {
    pattern: /\.postgres(?:\.cosmos)?\.(?:database\.)?azure\.com$/,
    provider: () => ({
      kind: "azure",
      title: "Azure Database for PostgreSQL",
      plainText: "depends",
      reach: "public",
      authority: "public",
    }),
  },
  {
    pattern: /\.sql\.goog$/,
    provider: () => ({
      kind: "google",
      title: "Cloud SQL",
      plainText: "depends",
      authority: "provider",
      pitfalls: ["private-authority"],
    }),
  },
  {
    pattern:
      /\.(?:db\.ondigitalocean\.com|aivencloud\.com|tsdb\.cloud\.timescale\.com|postgres\.render\.com|rlwy\.net|xata\.sh|prisma\.io)$|-postgres\.render\.com$/,
    provider: () => ({ kind: "other-cloud", title: "A hosted Postgres", reach: "public" }),
  },
];

const neon = { plainText: "refused", needsServerName: true, reach: "public", authority: "public" } as const;
const supabase = { plainText: "depends", reach: "public", authority: "provider" } as const;

/**
 * Recognises the provider from the first host of a connection string. `port` is the one given or 5432.
 * An empty host or a path is a socket on the machine itself.
 */
export function recogniseProvider(host: string, port: number): Provider {
  const name = host.toLowerCase().replace(/\.$/, "");
  const unknown = {
    access: "unknown",
    plainText: "unknown",
    needsServerName: false,
    ipv6Only: false,
    reach: "unknown",
    authority: "unknown",
    pitfalls: [],
  } as const;
  if (name === "" || name.startsWith("/") || name.startsWith("@") || isLoopback(name)) {
    const pitfalls = ["function-itself"] as const;
    return {
      ...unknown,
      kind: "local",
      title: "The machine itself",
      access: "direct",
      plainText: "depends",
      reach: "never",
      pitfalls,
    };
  }
  for (const row of rows) {
    const match = row.pattern.exec(name);
    if (match) return { ...unknown, ...row.provider(match, port) };
  }
  if (isPrivate(name)) {
    return {
      ...unknown,
      kind: "private",
      title: "A host in a private network",
      reach: "vpc",
      pitfalls: ["private-network"],
    };
  }
  return { ...unknown, kind: "unknown", title: "A Postgres server" };
}

function isLoopback(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    name === "0.0.0.0" ||
    /^127\.\d+\.\d+\.\d+$/.test(name) ||
    name === "host.docker.internal"
  );
}

/** Private IPv4 and IPv6 ranges (RFC 1918, RFC 4193), names without a dot, and suffixes of private zones. */
function isPrivate(name: string): boolean {
  if (/^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)[\d.]+$/.test(name)) return true;
  if (/^f[cd][0-9a-f]{2}:/.test(name)) return true;
  return (!name.includes(".") && !name.includes(":")) || /\.(?:internal|local|lan|svc)$/.test(name);
}
