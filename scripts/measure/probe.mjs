// Connects with node-postgres or postgres.js as applications do; the same lines in and out as probe.py.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const limitMs = 8000;
const encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

async function withPg(name, url, sql) {
  const { Client } = require(name);
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    void client.end().catch(() => {});
  }
}

async function withPostgresJs(url, sql) {
  const postgres = require("postgres");
  const client = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    return Object.values((await client.unsafe(sql))[0] ?? {})[0];
  } finally {
    void client.end({ timeout: 0 }).catch(() => {});
  }
}

const drivers = {
  pg: (url, sql) => withPg("pg", url, sql),
  "pg-old": (url, sql) => withPg("pg-old", url, sql),
  "postgres.js": withPostgresJs,
};

async function attempt({ driver, url, sql }) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no end within 8 s"), { name: "TookTooLong" })), limitMs);
  });
  try {
    const value = await Promise.race([drivers[driver](url, sql ?? encrypted), late]);
    return { ok: true, encrypted: value === true };
  } catch (error) {
    // An address that has two forms fails with one error for each.
    const inner = error.errors?.at(-1) ?? error;
    return { ok: false, type: inner.code ?? inner.name, message: inner.message };
  } finally {
    clearTimeout(timer);
  }
}

const version = (name) => JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, "utf8")).version;
const versions = {
  node: process.versions.node,
  pg: version("pg"),
  "pg-old": version("pg-old"),
  "postgres.js": version("postgres"),
};
process.on("unhandledRejection", () => {});
process.stdout.write(`${JSON.stringify({ versions })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ id: job.id, ...(await attempt(job)) })}\n`);
}
process.exit(0);
