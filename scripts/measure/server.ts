// The Postgres server that drivers are measured against: one cluster whose TLS, certificate and rules are exchanged by a
// reload, and a PgBouncer before it where the machine has one. All of it on loopback, in a temporary folder.
import { execa } from "execa";
import { spawn, type ChildProcess } from "node:child_process";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { freePort } from "../../test/lab/emulator.ts";
import { findPostgres } from "../../test/lab/postgres.ts";
import { endsWithThis } from "../../test/lab/python.ts";
import { makeAuthority, type Authority } from "./authority.ts";

/** One way for the server to be. */
export type ServerState = {
  readonly tls: boolean;
  readonly certificate?: "good" | "self-signed" | "expired" | "wrong-name";
  readonly rules: "any" | "tls-only";
};

export type MeasuredServer = {
  readonly port: number;
  /** Port of PgBouncer in transaction mode; undefined where it is not installed. */
  readonly pooler: number | undefined;
  /** Files of the authority that signed the good certificate. */
  readonly authority: string;
  readonly version: string;
  readonly set: (state: ServerState) => Promise<void>;
  readonly admin: (sql: string, database?: string) => Promise<void>;
  /** Takes every connection that the crowded role may have; resolves to what gives them back. */
  readonly crowd: () => Promise<() => Promise<void>>;
  readonly remove: () => Promise<void>;
};

export const account = { user: "measured_user", password: "measured-pw-41", database: "measured_db" } as const;
/** A role whose password is stored as MD5, so that the server offers no channel binding. */
export const md5User = "measured_md5";
/** A role that may have this many connections, all of which are taken while faults are measured. */
export const crowdedUser = "measured_crowded";
const crowdedLimit = 3;

async function owner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => execa("id", [flag, "postgres"])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

export async function startMeasuredServer(): Promise<MeasuredServer> {
  const bin = await findPostgres();
  if (bin === undefined) throw new Error("No Postgres server binaries were found on this machine.");
  const user = await owner();
  const folder = await mkdtemp(path.join(tmpdir(), "cscp-measure-"));
  const data = path.join(folder, "data");
  await mkdir(data, { mode: 0o700 });
  const own = async (file: string) => {
    if (user !== undefined) await chown(file, user.uid, user.gid);
  };
  await own(folder);
  await own(data);
  const write = async (file: string, text: string, mode = 0o600) => {
    await writeFile(file, text, { mode });
    await own(file);
  };
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" };
  await execa(
    path.join(bin, "initdb"),
    ["-D", data, "-U", "admin", "--auth-local=trust", "--no-sync", "--no-instructions", "-E", "UTF8"],
    {
      ...user,
      cwd: folder,
      env,
    },
  );
  const authority: Authority = await makeAuthority(folder);
  for (const [name, pair] of Object.entries(authority.certificates)) {
    await write(path.join(data, `${name}.crt`), pair.cert);
    await write(path.join(data, `${name}.key`), pair.key);
  }
  await execa("chmod", ["755", folder]);

  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: 40,
    shared_buffers: "16MB",
    password_encryption: "scram-sha-256",
  };
  await write(path.join(data, "cscp.conf"), "");
  await execa("sh", ["-c", `echo "include 'cscp.conf'" >> "$0/postgresql.conf"`, data]);
  const launch = await endsWithThis([
    path.join(bin, "postgres"),
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const server = spawn(launch.file, launch.args, { ...user, cwd: folder, env, stdio: "ignore" });
  const children: ChildProcess[] = [server];

  const admin = async (sql: string, database = "postgres") => {
    const client = new pg.Client({ host: folder, port, user: "admin", database });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await until(() => admin("select 1"));
  await admin(`create role ${account.user} login password '${account.password}'`);
  await admin(`create role ${crowdedUser} login password '${account.password}' connection limit ${crowdedLimit}`);
  await admin(`set password_encryption = 'md5'; create role ${md5User} login password '${account.password}'`);
  await admin(`create database ${account.database}`);
  const { rows } = await admin("show server_version");

  const set = async (state: ServerState) => {
    const certificate = state.certificate ?? "good";
    await write(
      path.join(data, "cscp.conf"),
      [
        `ssl = ${state.tls ? "on" : "off"}`,
        `ssl_cert_file = '${certificate}.crt'`,
        `ssl_key_file = '${certificate}.key'`,
      ].join("\n"),
    );
    const kind = state.rules === "any" ? "host" : "hostssl";
    const rules = [
      "local all all trust",
      `${kind} all ${md5User} 127.0.0.1/32 md5`,
      `${kind} all all 127.0.0.1/32 scram-sha-256`,
    ];
    await write(path.join(data, "pg_hba.conf"), `${rules.join("\n")}\n`);
    await admin("select pg_reload_conf()");
    await until(async () => {
      const shown = await admin("select current_setting('ssl') as ssl, current_setting('ssl_cert_file') as cert");
      if (shown.rows[0]?.ssl !== (state.tls ? "on" : "off")) throw new Error("not reloaded");
      if (shown.rows[0]?.cert !== `${certificate}.crt`) throw new Error("not reloaded");
    });
    // The postmaster reads the rules for its next child a moment after the settings.
    await new Promise((resolve) => setTimeout(resolve, 150));
  };
  await set({ tls: true, rules: "any" });
  const pooler = await startPooler();

  async function startPooler(): Promise<number | undefined> {
    const found = await execa("sh", ["-c", "command -v pgbouncer"], { reject: false });
    if (found.exitCode !== 0) return undefined;
    const listen = await freePort();
    await write(path.join(folder, "users.txt"), `"${account.user}" "${account.password}"\n`);
    const lines = [
      "[databases]",
      `${account.database} = host=127.0.0.1 port=${port}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${listen}`,
      "unix_socket_dir =",
      "auth_type = scram-sha-256",
      `auth_file = ${folder}/users.txt`,
      "pool_mode = transaction",
      "client_tls_sslmode = allow",
      `client_tls_cert_file = ${data}/good.crt`,
      `client_tls_key_file = ${data}/good.key`,
      "server_tls_sslmode = disable",
    ];
    await write(path.join(folder, "pgbouncer.ini"), `${lines.join("\n")}\n`);
    const started = await endsWithThis([found.stdout, "-q", path.join(folder, "pgbouncer.ini")]);
    children.push(spawn(started.file, started.args, { ...user, cwd: folder, env, stdio: "ignore" }));
    await until(async () => {
      const client = new pg.Client({ host: "127.0.0.1", port: listen, ...account });
      await client.connect();
      await client.end();
    });
    return listen;
  }

  const crowd = async () => {
    const { password, database } = account;
    const clients = Array.from(
      { length: crowdedLimit },
      () => new pg.Client({ host: "127.0.0.1", port, user: crowdedUser, password, database }),
    );
    for (const client of clients) {
      // What ends them with the server is no failure of theirs.
      client.on("error", () => {});
      await client.connect();
    }
    return async () => void (await Promise.all(clients.map((client) => client.end())));
  };

  return {
    port,
    pooler,
    crowd,
    authority: authority.file,
    version: String(rows[0]?.server_version ?? ""),
    set,
    admin: async (sql, database) => void (await admin(sql, database)),
    remove: async () => {
      for (const child of children.reverse()) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGQUIT");
        if (child.exitCode === null && child.signalCode === null) await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
