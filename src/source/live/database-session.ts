import { Client } from "pg";
import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import type { ConnectionSettings } from "../../postgres/url.ts";
import { coded, type OpenStream, type Timed } from "./database-stream.ts";

type Body = BodyOf<typeof databaseProbe>;
type Table = Body["tables"][number];

interface Wanted {
  readonly tables: readonly string[];
  readonly owner: string | undefined;
}

interface Limits {
  readonly timed: Timed;
  readonly statementLimitMs: number;
  readonly maxRows: number;
}

/** Signs in and looks at the tables, in a transaction that may only read. */
export async function readDatabase(
  opened: OpenStream,
  settings: ConnectionSettings,
  wanted: Wanted,
  { timed, statementLimitMs, maxRows }: Limits,
): Promise<Omit<Body, "stages">> {
  const client = await timed("authenticate", () => signIn(opened, settings));
  return timed("query", async () => {
    // Both settings hold for the transaction only, so that a pooler gives the session back as it was.
    const begin = `begin read only; set local statement_timeout = ${statementLimitMs}`;
    const [, , version] = (await client.query(`${begin}; show server_version`)) as unknown as {
      rows: { server_version?: string }[];
    }[];
    const restart = (): Promise<unknown> => client.query(`rollback; ${begin}`);
    const tables: Table[] = [];
    for (const name of wanted.tables) tables.push(await lookAt(client, name, wanted.owner, maxRows, restart));
    await client.query("rollback");
    const serverVersion = version?.rows[0]?.server_version;
    return { encrypted: opened.encrypted, tables, ...(serverVersion === undefined ? {} : { serverVersion }) };
  });
}

async function signIn(opened: OpenStream, settings: ConnectionSettings): Promise<Client> {
  const { user, password, database, parameters } = settings;
  if (user === undefined || user === "") throw coded("NO_USER", "The URL names no user to sign in as.");
  const { socket } = opened;
  const client = new Client({
    host: opened.host,
    port: opened.port,
    user,
    database: database === undefined || database === "" ? user : database,
    // As a function, since pg would else look for a password in this machine's own files.
    password: () => {
      if (password === undefined || password === "")
        throw coded("NO_PASSWORD", "The server asks for a password and the URL has none.");
      return password;
    },
    ssl: false,
    application_name: "cscp",
    enableChannelBinding: opened.encrypted && parameters["channel_binding"] !== "disable",
    stream: () => alreadyConnected(socket),
  });
  // Variables such as PGOPTIONS are this machine's and not the function's.
  Object.assign((client as unknown as { connectionParameters: object }).connectionParameters, {
    options: parameters["options"],
    replication: undefined,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/terminated unexpectedly/i.test(message)) {
      throw coded("CONNECTION_CLOSED", "The server closed the connection during the sign-in.");
    }
    throw error;
  }
}

/** pg opens its stream itself; this one is open already and only says so. */
function alreadyConnected(socket: OpenStream["socket"]): OpenStream["socket"] {
  Object.defineProperty(socket, "connect", {
    configurable: true,
    value: () => {
      setImmediate(() => {
        socket.emit("connect");
        socket.resume();
      });
      return socket;
    },
  });
  return socket;
}

/** A name as SQL reads it: parts that are no plain identifiers are quoted. */
function sqlName(table: string): string {
  return table
    .split(".")
    .map((part) => (/^[A-Za-z_][\w$]*$/.test(part) || /^".*"$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join(".");
}

const columnQuery = `
  select c.oid::regclass::text as name,
         has_table_privilege(c.oid, 'SELECT') as readable,
         exists (select 1 from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attname = 'owner_user_id' and not a.attisdropped) as owned
    from pg_catalog.pg_class c
   where c.oid = coalesce(to_regclass($1), to_regclass($2))`;

async function lookAt(
  client: Client,
  name: string,
  owner: string | undefined,
  maxRows: number,
  restart: () => Promise<unknown>,
): Promise<Table> {
  const quoted = name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
  try {
    const found = await client.query<{ name: string; readable: boolean; owned: boolean }>(columnQuery, [
      sqlName(name),
      quoted,
    ]);
    const [table] = found.rows;
    if (table === undefined) return { name, exists: false, readable: false };
    if (!table.readable) return { name, exists: true, readable: false };
    return { name, exists: true, readable: true, ...(await countRows(client, table, owner, maxRows)) };
  } catch (error) {
    const { code } = error as { code?: unknown };
    // An error of the statement is the table's own; of the connection or the server, the whole stage's.
    if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || /^(?:08|53|57P|58|XX)/.test(code)) throw error;
    await restart();
    // 57014: the count took too long, which shows that the table can be read.
    return { name, exists: true, readable: code === "57014" };
  }
}

async function countRows(
  client: Client,
  table: { readonly name: string; readonly owned: boolean },
  owner: string | undefined,
  maxRows: number,
): Promise<{ rows: number; ownerRows?: number }> {
  const count = (where: string): string =>
    `(select count(*)::int from (select 1 from ${table.name}${where} limit ${maxRows}) as counted)`;
  if (owner === undefined || !table.owned) {
    const { rows } = await client.query<{ rows: number }>(`select ${count("")} as rows`);
    return { rows: rows[0]?.rows ?? 0 };
  }
  const { rows } = await client.query<{ rows: number; owned: number }>(
    `select ${count("")} as rows, ${count(" where owner_user_id::text = $1")} as owned`,
    [owner],
  );
  return { rows: rows[0]?.rows ?? 0, ownerRows: rows[0]?.owned ?? 0 };
}
