/**
 * The variables that libpq takes its settings from where the connection string has none, with the key words that they
 * stand for (PostgreSQL's documentation, "Environment Variables"; those that say how and where a client connects).
 */
const keyWords: Readonly<Record<string, string>> = {
  PGHOSTADDR: "hostaddr",
  PGOPTIONS: "options",
  PGAPPNAME: "application_name",
  PGCONNECT_TIMEOUT: "connect_timeout",
  PGSSLMODE: "sslmode",
  PGSSLNEGOTIATION: "sslnegotiation",
  PGSSLROOTCERT: "sslrootcert",
  PGSSLCERT: "sslcert",
  PGSSLKEY: "sslkey",
  PGSSLSNI: "sslsni",
  PGSSLMINPROTOCOLVERSION: "ssl_min_protocol_version",
  PGCHANNELBINDING: "channel_binding",
  PGREQUIREAUTH: "require_auth",
  PGGSSENCMODE: "gssencmode",
  PGTARGETSESSIONATTRS: "target_session_attrs",
};

type Texts = Readonly<Record<string, string | undefined>>;

/**
 * The URL that these variables amount to, or undefined where they name no host, user or password: a password that comes
 * from elsewhere is not known here, and without it nobody can sign in.
 */
export function urlFromVariables(variables: Texts): string | undefined {
  const parameters = Object.entries(keyWords).map(([variable, name]) => [name, variables[variable]] as const);
  return composed(
    { host: variables["PGHOST"], user: variables["PGUSER"], password: variables["PGPASSWORD"] },
    [["port", variables["PGPORT"]], ...parameters],
    variables["PGDATABASE"],
  );
}

/** Names of the fields of a secret that holds the parts of a connection, as RDS writes such secrets and as people do. */
const fieldNames = {
  host: /^(?:host|hostname|endpoint|server|PGHOST|DB_HOST)$/i,
  user: /^(?:username|user|PGUSER|DB_USER)$/i,
  password: /^(?:password|PGPASSWORD|DB_PASSWORD)$/i,
  port: /^(?:port|PGPORT|DB_PORT)$/i,
  database: /^(?:dbname|database|db_name|PGDATABASE|DB_NAME)$/i,
  sslmode: /^(?:sslmode|PGSSLMODE|DB_SSLMODE)$/i,
} as const;

/** The URL that the fields of a secret amount to; undefined where a host, user or password is missing, or it is not Postgres. */
export function urlFromFields(fields: Texts): string | undefined {
  const of = (part: keyof typeof fieldNames): string | undefined =>
    Object.entries(fields).find(([name]) => fieldNames[part].test(name))?.[1];
  const engine = fields["engine"] ?? "postgres";
  if (!/postgres|aurora$|redshift/i.test(engine)) return undefined;
  return composed(
    { host: of("host"), user: of("user"), password: of("password") },
    [
      ["port", of("port")],
      ["sslmode", of("sslmode")],
    ],
    of("database"),
  );
}

function composed(
  { host = "", user = "", password = "" }: Texts,
  parameters: readonly (readonly [string, string | undefined])[],
  database: string | undefined,
): string | undefined {
  if (host.trim() === "" || user === "" || password === "") return undefined;
  // The host as a parameter, which takes lists and paths of sockets as well.
  const given = [["host", host] as const, ...parameters].flatMap(([name, text = ""]) =>
    text === "" ? [] : [`${name}=${encodeURIComponent(text)}`],
  );
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@/${encodeURIComponent(database ?? "")}?${given.join("&")}`;
}
