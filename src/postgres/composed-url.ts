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

/** How people name the parts of a connection in the environment, libpq's own names first, the host's before the others. */
const families: readonly RegExp[] = [
  /^PG(?<part>HOST|PORT|USER|PASSWORD|DATABASE)$/,
  /^DB_(?<part>HOST(?:NAME)?|ENDPOINT|PORT|USER(?:NAME)?|PASS(?:WORD)?|NAME|DATABASE|SSLMODE)$/,
  /^DATABASE_(?<part>HOST(?:NAME)?|ENDPOINT|PORT|USER(?:NAME)?|PASS(?:WORD)?|NAME|SSLMODE)$/,
  /^POSTGRES(?:QL)?_(?<part>HOST(?:NAME)?|PORT|USER(?:NAME)?|PASS(?:WORD)?|DB|DATABASE|NAME|SSLMODE)$/,
  /^PG_(?<part>HOST|PORT|USER(?:NAME)?|PASS(?:WORD)?|DB|DATABASE|NAME|SSLMODE)$/,
  /^RDS_(?<part>HOST(?:NAME)?|ENDPOINT|PORT|USER(?:NAME)?|PASS(?:WORD)?|DB_NAME|DATABASE|SSLMODE)$/,
];

type Part = "host" | "port" | "user" | "password" | "database" | "sslmode";

function partOf(name: string): Part {
  if (/^(?:HOST|ENDPOINT)/.test(name)) return "host";
  if (name.startsWith("PASS")) return "password";
  if (name.startsWith("USER")) return "user";
  return name === "PORT" ? "port" : name === "SSLMODE" ? "sslmode" : "database";
}

/** The variables of one family that say where the database is and how to get in, by the part of a connection. */
function familyIn(names: readonly string[]): Readonly<Partial<Record<Part, string>>> | undefined {
  for (const family of families) {
    const found: Partial<Record<Part, string>> = {};
    for (const name of names) {
      const part = family.exec(name)?.groups?.["part"];
      if (part !== undefined) found[partOf(part)] ??= name;
    }
    if (found.host !== undefined) return found;
  }
  return undefined;
}

/**
 * The variable that names the database's host where no variable holds a whole URL: PGHOST, DB_HOST and their like.
 * Undefined where none does, and where they are of another kind of database.
 */
export function hostVariable(variables: Readonly<Record<string, unknown>>): string | undefined {
  const filled = Object.entries(variables).filter(([, value]) => typeof value !== "string" || value.trim() !== "");
  const other = filled.some(
    ([name, value]) =>
      (/(?:^|_)(?:DB|DATABASE|RDS)_(?:ENGINE|CONNECTION|TYPE|DRIVER|DIALECT)$/.test(name) &&
        /mysql|maria|mssql|sqlserver|oracle|mongo|sqlite/i.test(String(value))) ||
      (/^(?:DB|DATABASE|RDS)_PORT$/.test(name) && /^(?:3306|1433|1521|27017)$/.test(String(value))),
  );
  const found = familyIn(filled.map(([name]) => name))?.host;
  return other && found !== "PGHOST" ? undefined : found;
}

/**
 * The parts of a connection that variables hold apart from the password, by the names that RDS gives the fields of its
 * secrets: what a secret with no more than user and password in it lacks. Undefined where no host is among them.
 */
export function partsIn(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  if (hostVariable(variables) === undefined) return undefined;
  const names = familyIn(Object.keys(variables)) ?? {};
  const fields = { host: "host", port: "port", user: "username", database: "dbname", sslmode: "sslmode" } as const;
  const found = Object.entries(fields).flatMap(([part, field]) => {
    const value = variables[names[part as Part] ?? ""];
    return typeof value === "string" && value.trim() !== "" ? [[field, value] as const] : [];
  });
  return found.some(([field]) => field === "host") ? Object.fromEntries(found) : undefined;
}

/** Whether the variables that name a database's host also hold a password for it. */
export function holdsPassword(variables: Readonly<Record<string, unknown>>): boolean {
  return familyIn(Object.keys(variables))?.password !== undefined;
}

/** The URL that such variables amount to; undefined where a host, user or password is missing. */
export function urlFromParts(variables: Texts): string | undefined {
  if (hostVariable(variables) === undefined) return undefined;
  const names = familyIn(Object.keys(variables).filter((name) => (variables[name] ?? "").trim() !== "")) ?? {};
  const of = (part: Part): string | undefined => {
    const name = names[part];
    return name === undefined ? undefined : variables[name];
  };
  // RDS gives its address as host:port in some places.
  const [, host = of("host"), port] = /^([^:[\]]+):(\d{1,5})$/.exec(of("host") ?? "") ?? [];
  return composed(
    { host, user: of("user"), password: of("password") },
    [
      ["port", of("port") ?? port],
      ["sslmode", of("sslmode")],
    ],
    of("database"),
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
