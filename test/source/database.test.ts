import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { databaseProbe } from "../../src/facts/requests/database.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import { findPostgres, startPostgres, type LabPostgres } from "../lab/postgres.ts";
import { liveAgainst } from "./fake-aws.ts";

type Body = BodyOf<typeof databaseProbe>;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function probe(
  url: string,
  params: { tables?: string[]; owner?: string; customer?: string; signal?: AbortSignal } = {},
) {
  const live = liveAgainst("http://127.0.0.1:9", { signal: params.signal });
  open.push(live);
  const token = live.vault.seal("database-url", url);
  const reply = await live.source.ask({
    kind: "db.probe",
    params: {
      fingerprint: token.$secret.fingerprint,
      tables: params.tables ?? [],
      ...(params.owner === undefined ? {} : { owner: params.owner }),
    },
    how: params.customer === undefined ? {} : { customer: params.customer },
  });
  return reply;
}

async function probed(
  url: string,
  params: { tables?: string[]; owner?: string; customer?: string } = {},
): Promise<Body> {
  const reply = await probe(url, params);
  if (reply.status !== "ok") throw new Error(`The probe gave ${JSON.stringify(reply)}.`);
  return reply.body as Body;
}

const shown = ({ stages }: Body): string =>
  stages.map(({ stage, ok, code }) => (ok ? stage : `${stage}!${String(code)}`)).join(" ");

/** A server that does with each connection what a test wants. */
async function server(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      listening.close();
    },
  });
  return (listening.address() as AddressInfo).port;
}

describe("the probe ends at the stage that fails", () => {
  it("with a URL that libpq refuses", async () => {
    const body = await probed("postgresql://app:giraffe-42@[db.example.com/app");
    expect(shown(body)).toBe("resolve!INVALID_URL");
    expect(JSON.stringify(body)).not.toContain("giraffe");
  });

  it("with a URL that libpq would take elsewhere: no piece of a password goes to DNS", async () => {
    const body = await probed("postgresql://app:zebra@giraffe-42@db.example.com/app");
    expect(shown(body)).toBe("resolve!INVALID_URL");
    expect(body.stages[0]?.message).toMatch(/unencoded @/);
    expect(JSON.stringify(body)).not.toMatch(/giraffe|zebra/);
  });

  it("with a host that does not resolve", async () => {
    const body = await probed("postgresql://app:giraffe-42@db.nothing.invalid/app");
    expect(shown(body)).toMatch(/^resolve!(ENOTFOUND|EAI_AGAIN)$/);
    expect(body.stages[0]?.message).toMatch(/^The host name db\.nothing\.invalid does not resolve \(.*\)\.$/);
  });

  it("with a socket instead of a host", async () => {
    expect(shown(await probed("postgresql://app:pw@/app"))).toBe("resolve!UNIX_SOCKET");
  });

  it("with a port that is closed", async () => {
    expect(shown(await probed("postgresql://app:pw@127.0.0.1:9/app"))).toBe("resolve connect!ECONNREFUSED");
  });

  it("with a server that has no TLS where it is demanded, and goes on where it is not", async () => {
    const port = await server((socket) => socket.once("data", () => socket.write("N")));
    expect(shown(await probed(`postgresql://app:pw@127.0.0.1:${port}/app?sslmode=require`))).toBe(
      "resolve connect ssl-request!SSL_NOT_SUPPORTED",
    );
    const closing = await server((socket) =>
      socket.once("data", () => {
        socket.write("N");
        socket.once("data", () => socket.destroy());
      }),
    );
    expect(shown(await probed(`postgresql://app:pw@127.0.0.1:${closing}/app?sslmode=prefer`))).toBe(
      "resolve connect ssl-request authenticate!CONNECTION_CLOSED",
    );
  });

  it("with something that is no Postgres", async () => {
    const port = await server((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const body = await probed(`postgresql://app:pw@127.0.0.1:${port}/app?sslmode=require`);
    expect(shown(body)).toBe("resolve connect ssl-request!NOT_POSTGRES");
    expect(body.stages.at(-1)?.message).toMatch(/it is a web server\.$/);
  });

  it("with a server that closes when it is asked for TLS", async () => {
    const port = await server((socket) => socket.once("data", () => socket.destroy()));
    expect(shown(await probed(`postgresql://app:pw@127.0.0.1:${port}/app`))).toBe(
      "resolve connect ssl-request!ECONNRESET",
    );
  });

  it("with a proxy that resets the connection in the middle of the handshake", async () => {
    const port = await server((socket) =>
      socket.once("data", () => {
        socket.write("S");
        socket.once("data", () => socket.resetAndDestroy());
      }),
    );
    const body = await probed(`postgresql://app:pw@127.0.0.1:${port}/app?sslmode=require`);
    expect(shown(body)).toBe("resolve connect ssl-request tls!ECONNRESET");
    expect(body.stages.at(-1)?.message).toMatch(/during the (?:TLS )?handshake\.$/);
  });

  it("with whatever says nothing: before TLS, during the handshake, at the sign-in, each within its time limit", async () => {
    const silent = await server(() => undefined);
    const agreeing = await server((socket) => socket.once("data", () => socket.write("S")));
    const from = Date.now();
    const [before, during, signing] = await Promise.all([
      probed(`postgresql://app:pw@127.0.0.1:${silent}/app?sslmode=require`),
      probed(`postgresql://app:pw@127.0.0.1:${agreeing}/app?sslmode=require`),
      probed(`postgresql://app:pw@127.0.0.1:${silent}/app?sslmode=disable`),
    ]);
    expect(shown(before)).toBe("resolve connect ssl-request!ETIMEDOUT");
    expect(before.stages.at(-1)?.message).toMatch(/took the connection and said nothing/);
    expect(shown(during)).toBe("resolve connect ssl-request tls!ETIMEDOUT");
    expect(shown(signing)).toBe("resolve connect authenticate!ETIMEDOUT");
    expect(Date.now() - from).toBeLessThan(11_000);
  });

  it("with a URL that names no user", async () => {
    const port = await server(() => undefined);
    expect(shown(await probed(`postgresql://127.0.0.1:${port}/app?sslmode=disable`))).toBe(
      "resolve connect authenticate!NO_USER",
    );
  });

  it("at once when the run is interrupted", async () => {
    const port = await server(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const from = Date.now();
    expect(await probe(`postgresql://app:pw@127.0.0.1:${port}/app`, { signal: controller.signal })).toMatchObject({
      status: "failed",
      code: "INTERRUPTED",
    });
    expect(Date.now() - from).toBeLessThan(3_000);
  });

  it("and is a failure for a database of another run", async () => {
    const live = liveAgainst("http://127.0.0.1:9");
    open.push(live);
    expect(
      await live.source.ask({ kind: "db.probe", params: { fingerprint: "0123456789ab", tables: [] } }),
    ).toMatchObject({ status: "failed", code: "NO_SECRET" });
  });
});

const binaries = await findPostgres();

describe.skipIf(binaries === undefined)("against a real server with TLS", () => {
  let postgres: LabPostgres;
  let folder = "";
  const url = (rest = "sslmode=require", user = "app:giraffe%2F42", host = "127.0.0.1") =>
    `postgresql://${user}@${host}:${postgres.port}/copilot?${rest}`;

  beforeAll(async () => {
    postgres = await startPostgres({
      role: "app",
      password: "giraffe/42",
      database: "copilot",
      names: ["localhost"],
      sql: [
        "create table usage_summaries (owner_user_id text, trend text)",
        "insert into usage_summaries select case when n < 3 then 'public' else 'ada' end, 'up' from generate_series(1, 12000) n",
        `create table "Mixed Case" (id int)`,
        "create table contracts (owner_user_id text, company_external_id text); insert into contracts values ('public', 'acme-001'), ('ada', 'globex-2')",
        "create schema reports; create table reports.monthly (owner_user_id uuid)",
      ],
    });
    await postgres.admin("create table hidden (id int); create schema closed; create table closed.inner (id int)");
    folder = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
    await writeFile(path.join(folder, "ca.pem"), postgres.ca);
  }, 60_000);
  afterAll(async () => {
    await postgres.remove();
    await rm(folder, { recursive: true });
  });

  it("goes through every stage and counts rows, up to its bound, and the owner's", async () => {
    const body = await probed(url(), {
      tables: [
        "usage_summaries",
        "public.usage_summaries",
        "reports.monthly",
        "Mixed Case",
        "hidden",
        "closed.inner",
        "absent",
        "absent.absent",
        `odd'"name`,
      ],
      owner: "public",
    });
    expect(shown(body)).toBe("resolve connect ssl-request tls authenticate query");
    expect(body.encrypted).toBe(true);
    expect(body.serverVersion).toMatch(/^\d+/);
    expect(body.tables).toEqual([
      { name: "usage_summaries", exists: true, readable: true, rows: 10_000, ownerRows: 2 },
      { name: "public.usage_summaries", exists: true, readable: true, rows: 10_000, ownerRows: 2 },
      { name: "reports.monthly", exists: true, readable: true, rows: 0, ownerRows: 0 },
      { name: "Mixed Case", exists: true, readable: true, rows: 0 },
      { name: "hidden", exists: true, readable: false },
      { name: "closed.inner", exists: true, readable: false },
      { name: "absent", exists: false, readable: false },
      { name: "absent.absent", exists: false, readable: false },
      { name: `odd'"name`, exists: false, readable: false },
    ]);
  });

  it.each([
    ["public", "acme-001", { ownerRows: 1, customerRows: 1 }],
    ["public", "globex-2", { ownerRows: 1, customerRows: 0 }],
    ["nobody", "acme-001", { ownerRows: 0, publicRows: 1 }],
    [undefined, "o'hara", { customerRows: 0 }],
  ])("counts what %s has of the customer %s", async (owner, customer, wanted) => {
    const body = await probed(url(), { tables: ["contracts"], ...(owner === undefined ? {} : { owner }), customer });
    expect(body.tables).toEqual([{ name: "contracts", exists: true, readable: true, rows: 2, ...wanted }]);
  });

  it("writes nothing and waits for nothing: the session is read-only and its statements are limited", async () => {
    await postgres.admin(
      `create view trap as select 1 as x from pg_sleep(30); grant select on trap to app;
       create function touch() returns bigint language sql as 'insert into usage_summaries values (''written'', ''x''); select 1::bigint';
       create view writer as select touch() as x from usage_summaries where touch() > 0; grant select on writer to app`,
    );
    const from = Date.now();
    const body = await probed(url(), { tables: ["trap", "writer", "usage_summaries"], owner: "written" });
    expect(shown(body)).toBe("resolve connect ssl-request tls authenticate query");
    expect(body.tables).toEqual([
      { name: "trap", exists: true, readable: true },
      { name: "writer", exists: true, readable: false },
      { name: "usage_summaries", exists: true, readable: true, rows: 10_000, ownerRows: 0, publicRows: 2 },
    ]);
    expect(Date.now() - from).toBeLessThan(6_000);
  });

  const modes: readonly (readonly [string, string, boolean | undefined])[] = [
    ["sslmode=disable", "resolve connect authenticate query", false],
    ["sslmode=prefer", "resolve connect ssl-request tls authenticate query", true],
    ["", "resolve connect ssl-request tls authenticate query", true],
    ["sslmode=require", "resolve connect ssl-request tls authenticate query", true],
    ["sslmode=require&channel_binding=require", "resolve connect ssl-request tls authenticate query", true],
    ["sslmode=verify-ca", "resolve connect ssl-request tls!UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined],
    ["sslmode=verify-full", "resolve connect ssl-request tls!UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined],
  ];
  it.each(modes)("reads %s as libpq does", async (rest, stages, encrypted) => {
    const body = await probed(url(rest));
    expect(shown(body)).toBe(stages);
    expect(body.encrypted).toBe(encrypted);
  });

  it("verifies with the certificates that the URL names, and the name too where that is asked", async () => {
    const ca = encodeURIComponent(path.join(folder, "ca.pem"));
    expect(shown(await probed(url(`sslmode=verify-full&sslrootcert=${ca}`, "app:giraffe%2F42", "localhost")))).toBe(
      "resolve connect ssl-request tls authenticate query",
    );
    expect(shown(await probed(url(`sslmode=verify-ca&sslrootcert=${ca}`, "app:giraffe%2F42", "127.0.0.2")))).toMatch(
      /^resolve connect(!| ssl-request tls authenticate query)/,
    );
    const other = await probed(
      `postgresql://app:giraffe%2F42@elsewhere.example:${postgres.port}/copilot?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${ca}`,
    );
    expect(shown(other)).toBe("resolve connect ssl-request tls!ERR_TLS_CERT_ALTNAME_INVALID");
    expect(other.stages.at(-1)?.message).toMatch(/the certificate is made out to another name\.$/);
    expect(
      shown(
        await probed(
          `postgresql://app:giraffe%2F42@elsewhere.example:${postgres.port}/copilot?hostaddr=127.0.0.1&sslmode=verify-ca&sslrootcert=${ca}`,
        ),
      ),
    ).toBe("resolve connect ssl-request tls authenticate query");
  });

  it("tells a wrong password, a missing one, and a database that is not there", async () => {
    const wrong = await probed(url("sslmode=require", "app:zebra"));
    expect(shown(wrong)).toBe("resolve connect ssl-request tls authenticate!28P01");
    expect(wrong.stages.at(-1)?.message).toBe('password authentication failed for user "app".');
    expect(shown(await probed(url("sslmode=require", "app")))).toBe(
      "resolve connect ssl-request tls authenticate!NO_PASSWORD",
    );
    expect(shown(await probed(url().replace("/copilot", "/absent")))).toBe(
      "resolve connect ssl-request tls authenticate!3D000",
    );
  });

  it("tells both families of addresses, the certificate, and what the server says of itself", async () => {
    const body = await probed(url("sslmode=require", "app:giraffe%2F42", "localhost"));
    expect(body.addresses).toContainEqual({ host: "localhost", address: "127.0.0.1", family: 4 });
    expect(body.connectedTo).toEqual({ host: "localhost", address: "127.0.0.1", port: postgres.port });
    expect(body.tls).toMatchObject({
      protocol: "TLSv1.3",
      serverName: true,
      certificate: {
        subject: "localhost",
        issuer: "cscp lab authority",
        names: ["localhost", "127.0.0.1"],
        trusted: false,
        matchesHost: true,
      },
    });
    expect(body.server).toMatchObject({
      product: "postgres",
      encryption: { on: true, protocol: "TLSv1.3" },
      role: { superuser: false, createDatabase: false, createsTables: true },
      standby: false,
      readOnly: false,
      searchPath: '"$user", public',
      schemas: ["public"],
      statementTimeoutMs: 0,
      connections: { max: 50, reserved: 3 },
      unread: [],
    });
    expect(Math.abs(body.server?.clockAheadMs ?? 1e9)).toBeLessThan(5_000);
    expect(body.server?.extensions?.map(({ name }) => name)).toEqual(["plpgsql"]);
  });

  it("sees a role that is read-only, limited and whose password ends, a path that leads nowhere, and who holds a transaction", async () => {
    await postgres.admin(
      `create role narrow login password 'giraffe/42' connection limit 3 valid until '2031-05-06 07:08:09+00';
       alter role narrow set default_transaction_read_only = on; alter role narrow set search_path = nowhere, reports;
       alter role narrow set statement_timeout = '7s'; grant usage on schema reports to narrow`,
    );
    const holder = new Client({ connectionString: url("sslmode=disable", "narrow:giraffe%2F42") });
    await holder.connect();
    open.push({ close: () => holder.end() });
    await holder.query("begin; select 1");
    const body = await probed(url("sslmode=require", "narrow:giraffe%2F42"), {
      tables: ["usage_summaries", "monthly"],
    });
    expect(body.server).toMatchObject({
      readOnly: true,
      searchPath: "nowhere, reports",
      schemas: ["reports"],
      statementTimeoutMs: 7_000,
      role: { createsTables: false, validUntil: "2031-05-06T07:08:09Z" },
      connections: { ofRole: 1, roleLimit: 3 },
      transactions: { open: 1, idle: 1 },
    });
    expect(body.tables).toEqual([
      { name: "usage_summaries", exists: false, readable: false, elsewhere: ["public.usage_summaries"] },
      { name: "monthly", exists: true, readable: false },
    ]);
  });

  it("connects by a URL with parameters of another driver, and looks where they say", async () => {
    const body = await probed(url("sslmode=require&pgbouncer=true&schema=reports&no_such=1"), { tables: ["monthly"] });
    expect(shown(body)).toBe("resolve connect ssl-request tls authenticate query");
    expect(body.leftOut).toEqual(["pgbouncer", "schema", "no_such"]);
    expect(body.tables).toMatchObject([{ name: "monthly", exists: true }]);
  });

  it("prepares nothing", async () => {
    const seen: string[] = [];
    const port = await server((socket) => {
      const upstream = connect(postgres.port, "127.0.0.1");
      open.push({ close: () => upstream.destroy() });
      socket.on("data", (data: Buffer) => {
        // Of messages of the protocol the first byte says what it is; the start-up message alone has none.
        for (let at = 0; at < data.length;) {
          const start = data[at] === 0;
          if (!start) seen.push(String.fromCharCode(data[at] ?? 0));
          at += (start ? 0 : 1) + data.readUInt32BE(at + (start ? 0 : 1));
        }
        upstream.write(data);
      });
      upstream.pipe(socket);
      upstream.on("error", () => socket.destroy());
    });
    const body = await probed(`postgresql://app:giraffe%2F42@127.0.0.1:${port}/copilot?sslmode=disable`, {
      tables: ["usage_summaries", "absent"],
      owner: "public",
    });
    expect(shown(body)).toBe("resolve connect authenticate query");
    // Queries, what answers to the password's challenge, and the end: no Parse, Bind or Execute.
    expect([...new Set(seen)].toSorted()).toEqual(["Q", "p"]);
  });

  it("takes the first of several hosts that answers", async () => {
    const body = await probed(
      `postgresql://app:giraffe%2F42@127.0.0.1:9,127.0.0.1:${postgres.port}/copilot?sslmode=require`,
    );
    expect(shown(body)).toBe("resolve connect ssl-request tls authenticate query");
  });

  it("uses nothing of this machine's own settings", async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      PGPASSWORD: "giraffe/42",
      PGUSER: "app",
      PGDATABASE: "copilot",
      PGOPTIONS: "-c no.such=1 -c search_path=nowhere",
      PGSSLMODE: "disable",
    });
    try {
      expect(shown(await probed(url("sslmode=require", "app")))).toBe(
        "resolve connect ssl-request tls authenticate!NO_PASSWORD",
      );
      expect((await probed(url(), { tables: ["usage_summaries"] })).tables[0]).toMatchObject({ exists: true });
    } finally {
      process.env = before;
    }
  });
});
