// Measures what Postgres drivers do with the parameters of a DATABASE_URL, and writes src/postgres/matrix.gen.ts:
//   node scripts/run.mjs scripts/measure-drivers.ts
// Needs Postgres server binaries, openssl, python3 with PyPI and npm; PgBouncer's column is filled where it is installed.
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cachedFolder, findPython } from "../test/lab/python.ts";
import {
  faults,
  nodePackages,
  nodeRows,
  pythonEnvironments,
  queries,
  servers,
  spellingPasswords,
  spellingUser,
  spellings,
  type FaultName,
  type Row,
  type Server,
  type Spelling,
} from "./measure/cases.ts";
import { startProbe, type Answer, type Job, type Probe } from "./measure/probe.ts";
import { masker, renderMatrix, type Block, type Measured } from "./measure/render.ts";
import { account, crowdedUser, md5User, startMeasuredServer, type MeasuredServer } from "./measure/server.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const script = (name: string) => path.join(root, "scripts", "measure", name);

type Setting = {
  readonly rows: readonly Row[];
  readonly start: (env: Record<string, string>) => Promise<Probe>;
  readonly blocksOf?: (url: string, env: Record<string, string>) => Promise<readonly Block[]>;
};

async function settings(): Promise<readonly Setting[]> {
  const interpreter = await findPython();
  if (interpreter === undefined) throw new Error("No Python of at least 3.10 with venv is on the PATH.");
  const found: Setting[] = [];
  for (const { name, pins, rows } of pythonEnvironments) {
    const folder = await cachedFolder(
      `drivers-${name}-${pins.join("-").replace(/[^A-Za-z0-9.]+/g, "_")}`,
      async (target) => {
        await execa(interpreter.executable, ["-m", "venv", target]);
        await execa(path.join(target, "bin", "python"), [
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          ...pins,
        ]);
      },
    );
    const python = path.join(folder, "bin", "python");
    found.push({
      rows,
      start: (env) => startProbe([python, script("probe.py")], env),
      blocksOf: async (url, env) =>
        JSON.parse(
          (await execa(python, [script("blocks.py"), url], { env, extendEnv: false })).stdout,
        ) as readonly Block[],
    });
  }
  const node = await cachedFolder(
    `drivers-node-${nodePackages.join("-").replace(/[^A-Za-z0-9.]+/g, "_")}`,
    async (target) => {
      await writeFile(path.join(target, "package.json"), "{}");
      await execa("npm", ["install", "--silent", "--no-audit", "--no-fund", ...nodePackages], { cwd: target });
    },
  );
  found.push({ rows: nodeRows, start: (env) => startProbe([process.execPath, script("probe.mjs"), node], env) });
  return found;
}

function urlFor(server: MeasuredServer, how: Server, query: string): string | undefined {
  const port = how.through === "pooler" ? server.pooler : server.port;
  if (port === undefined) return undefined;
  const user = how.login === "md5" ? md5User : account.user;
  const filled = query.replace("{ca}", server.authority);
  return `postgresql://${user}:${account.password}@localhost:${port}/${account.database}${filled === "" ? "" : `?${filled}`}`;
}

function faultJob(server: MeasuredServer, fault: FaultName): Pick<Job, "url" | "sql"> {
  const url = ({
    user = account.user as string,
    password = account.password as string,
    host = "localhost",
    port = server.port,
    database = account.database as string,
  } = {}) => `postgresql://${user}:${password}@${host}:${port}/${database}`;
  switch (fault) {
    case "wrong-password":
      return { url: url({ password: "another" }) };
    case "missing-role":
      return { url: url({ user: "nobody_here" }) };
    case "missing-database":
      return { url: url({ database: "no_such_database" }) };
    case "connection-limit":
      return { url: url({ user: crowdedUser }) };
    case "statement-timeout":
      return { url: url(), sql: "select pg_sleep(3)" };
    case "missing-table":
      return { url: url(), sql: "select 1 from no_such_table" };
    case "refused":
      // Port 1 is reserved; nothing listens there.
      return { url: url({ port: 1 }) };
    case "unknown-host":
      return { url: url({ host: "db.example.invalid" }) };
  }
}

function spelled(server: MeasuredServer, name: Spelling): string {
  const user = spellingPasswords[name] === undefined ? account.user : spellingUser(name);
  const place = { host: "localhost", port: server.port, dbname: account.database };
  const pairs = Object.entries({ ...place, user, password: account.password }).map(([key, value]) => `${key}=${value}`);
  return spellings[name]({
    start: (password) => `${user}:${password}@`,
    rest: `${place.host}:${place.port}/${place.dbname}`,
    pairs: pairs.join(" "),
  });
}

const home = await mkdtemp(path.join(tmpdir(), "cscp-measure-home-"));
const server = await startMeasuredServer();
try {
  const all = await settings();
  const plainEnv = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C.UTF-8" };
  const trustedEnv = { ...plainEnv, SSL_CERT_FILE: server.authority, NODE_EXTRA_CA_CERTS: server.authority };
  const cells = new Map<string, Answer>();
  const seen = new Set<string>();
  const rows: Measured["rows"][number][] = [];
  const mask = masker(server);

  const runAll = async (
    env: Record<string, string>,
    jobs: (row: Row) => readonly (Pick<Job, "url" | "sql"> & { readonly cell: string })[],
  ) => {
    await Promise.all(
      all.map(async (setting, index) => {
        const probe = await setting.start(env);
        try {
          for (const row of setting.rows) {
            const version = probe.versions[row.package] ?? "";
            const key = `${row.driver}@${version} ${row.usage} ${row.with ?? ""}`;
            if (!seen.has(key)) {
              seen.add(key);
              rows.push({ key, row, version, order: index * 100 + setting.rows.indexOf(row) });
            }
            for (const { cell, url, sql } of jobs(row)) {
              cells.set(
                `${key}|${cell}`,
                await probe.ask({ driver: row.driver, usage: row.usage, url, ...(sql === undefined ? {} : { sql }) }),
              );
            }
          }
        } finally {
          probe.end();
        }
      }),
    );
  };

  for (const how of servers) {
    await server.set(how.state);
    await runAll(how.trusted === true ? trustedEnv : plainEnv, (row) =>
      how.queries.flatMap((query) => {
        // Parameters that the code does not forward cannot change anything.
        if (query !== "" && row.bare === true) return [];
        const url = urlFor(server, how, query);
        return url === undefined ? [] : [{ cell: `${how.name}|${query}`, url }];
      }),
    );
    process.stderr.write(`${how.name}: ${cells.size} connections so far\n`);
  }
  await server.set({ tls: true, rules: "any" });
  await server.admin(`alter role ${account.user} set statement_timeout = '200ms'`);
  const giveBack = await server.crowd();
  await runAll(plainEnv, (row) =>
    (row.usage === "dsn" && row.bare !== true) || (row.usage === "hand-parsed" && row.with === undefined)
      ? faults.map((fault) => ({ cell: `fault|${fault}`, ...faultJob(server, fault) }))
      : [],
  );
  await giveBack();

  for (const [spelling, password] of Object.entries(spellingPasswords)) {
    await server.admin(`create role ${spellingUser(spelling)} login password '${password}'`);
  }
  await runAll(plainEnv, (row) =>
    (row.usage === "dsn" && row.driver !== "pg8000") || (row.usage === "hand-parsed" && row.with === undefined)
      ? (Object.keys(spellings) as Spelling[]).map((name) => ({ cell: `url|${name}`, url: spelled(server, name) }))
      : [],
  );
  // Python 3.11 words the missing protocol in its own way; older versions' words are in the documentation only.
  await server.admin(`create table blocks (n int); grant all on blocks to public`, account.database);
  await server.admin(`alter role ${account.user} reset statement_timeout`);
  const url = urlFor(server, { name: "tls", state: { tls: true, rules: "any" }, queries: [] }, "") ?? "";
  const blocks: Block[] = [];
  for (const { blocksOf } of all) if (blocksOf !== undefined) blocks.push(...(await blocksOf(url, plainEnv)));

  const measured: Measured = {
    blocks,
    spellings: Object.keys(spellings),
    server: server.version,
    python: (await findPython())?.version ?? "",
    node: process.versions.node,
    rows: rows.toSorted((a, b) => a.order - b.order),
    servers: servers.filter((how) => how.through !== "pooler" || server.pooler !== undefined).map((how) => how.name),
    queries,
    faults,
    cell: (row, column) => cells.get(`${row}|${column}`),
  };
  const target = path.join(root, "src", "postgres", "matrix.gen.ts");
  await writeFile(target, renderMatrix(measured, mask));
  await execa("npx", ["oxfmt", target], { cwd: root });
  process.stderr.write(`${cells.size} connections measured.\n`);
} finally {
  await server.remove();
  await rm(home, { recursive: true, force: true });
}
