import { Client, escapeIdentifier } from "pg";
import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import type { ConnectionSettings } from "../../postgres/url.ts";
import { readServer } from "./database-server.ts";
import { coded } from "./database-stages.ts";
import type { OpenStream } from "./database-stream.ts";
import { lookAt, type Asked } from "./database-tables.ts";

type Body = BodyOf<typeof databaseProbe>;

const statementLimitMs = 3_000;

/**
 * One statement after the other in a transaction that may only read. All of it goes by the simple protocol, so that
 * nothing is prepared: a pooler or proxy need not keep anything for it.
 */
export interface ReadOnlySession {
  /** Rows of one statement. */
  rows<Row extends object>(sql: string): Promise<readonly Row[]>;
  /** Rows of several statements, sent in one go. */
  many(statements: readonly string[]): Promise<readonly (readonly object[])[]>;
  /** Begins anew after a statement that failed. */
  restart(): Promise<void>;
}

/** Looks at the server and the tables, in a transaction that may only read. `signal` ends it. */
export async function readDatabase(
  client: Client,
  wanted: {
    readonly tables: readonly string[];
    readonly asked: Asked;
    readonly schema: string | undefined;
  },
  signal: AbortSignal,
): Promise<Pick<Body, "serverVersion" | "server" | "tables">> {
  // Both settings hold for the transaction only, so that a pooler gives the session back as it was.
  const path =
    wanted.schema === undefined ? "" : `; set local search_path = ${escapeIdentifier(wanted.schema)}, public`;
  const begin = `begin read only; set local statement_timeout = ${statementLimitMs}${path}`;
  const session: ReadOnlySession = {
    rows: async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows,
    many: async (statements) => {
      const results = (await client.query(statements.join(";"))) as unknown as
        | { rows: object[] }
        | { rows: object[] }[];
      return [results].flat().map(({ rows }) => rows);
    },
    restart: async () => void (await client.query(`rollback; ${begin}`)),
  };
  // The answer that the stage is named after; whatever follows is more than that.
  const answers = (await client.query(`${begin}; select 1; show server_version`)) as unknown as {
    rows: { server_version?: string }[];
  }[];
  const version = answers.at(-1);
  const server = await readServer(session);
  const tables: Body["tables"] = [];
  for (const name of wanted.tables) {
    if (signal.aborted) break;
    tables.push(await lookAt(session, name, wanted.asked));
  }
  await client.query("rollback");
  const serverVersion = version?.rows[0]?.server_version;
  return { tables, server, ...(serverVersion === undefined ? {} : { serverVersion }) };
}

/** Signs in over a stream that is open already. */
export async function signIn(opened: OpenStream, settings: ConnectionSettings): Promise<Client> {
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
    await Promise.race([foreignAnswer(opened), client.connect()]);
    return client;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/terminated unexpectedly|ECONNRESET/i.test(message)) {
      throw coded("CONNECTION_CLOSED", "The server closed the connection during the sign-in.");
    }
    throw error;
  }
}

/**
 * Rejects where the first byte begins none of the messages with which a server answers the sign-in (AuthenticationXxx,
 * ErrorResponse, NoticeResponse, NegotiateProtocolVersion): pg would wait for the rest of what it takes for a message.
 */
function foreignAnswer({ socket, host }: OpenStream): Promise<never> {
  return new Promise((_resolve, reject) => {
    socket.once("data", (data: Buffer) => {
      if ("RENv".includes(String.fromCharCode(data[0] ?? 0))) return;
      reject(coded("NOT_POSTGRES", `What answers the sign-in at ${host} does not speak the Postgres protocol.`));
    });
  });
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
