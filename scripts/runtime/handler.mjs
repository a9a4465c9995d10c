// A function that fails as it is asked to, for Node's drivers. It prints the error as Lambda's runtime client for Node
// does, whose own package needs a compiler to install. Arguments: the folder of packages and the event as JSON.
import { createRequire } from "node:module";
import path from "node:path";

const [folder, text] = process.argv.slice(2);
const event = JSON.parse(text);
const require = createRequire(path.join(folder, "package.json"));
const id = "6f1c2d1e-77a0-4000-8000-5a5a13579bdf";

function report(error) {
  const { name, message, code, stack } = error;
  const fields = { errorType: name, errorMessage: message, ...(code === undefined ? {} : { code }) };
  const line = JSON.stringify({ ...fields, stack: String(stack).split("\n") });
  console.log(`${new Date().toISOString()}\t${id}\tERROR\tInvoke Error \t${line}`);
  process.exit(0);
}
process.on("uncaughtException", report);

const secure = { require: { rejectUnauthorized: false }, verify: true }[event.tls] ?? false;
const { user, password, host, port, database } = event;

async function overPg() {
  const { Client } = require("pg");
  if (event.failure === "pooled-twice") {
    // As Prisma's engine names them: s0, s1, ... in each of its connections.
    for (let times = 0; times < 2; times += 1) {
      const client = new Client({ user, password, host, port, database });
      await client.connect();
      await client.query({ name: "s0", text: "select 1" });
    }
    return "ok";
  }
  const client = new Client(
    event.url === undefined
      ? { user, password, host, port, database, ssl: secure, connectionTimeoutMillis: 3_000 }
      : { connectionString: event.url },
  );
  await client.connect();
  if (event.failure === "no-row") return (await client.query("select 1 where false")).rows[0].owner;
  for (const sql of event.sql) await client.query(sql);
  return "ok";
}

async function overPostgres() {
  const postgres = require("postgres");
  const options = { max: 1, connect_timeout: 3, ssl: secure };
  const sql =
    event.url === undefined
      ? postgres({ user, password, host, port, database, ...options })
      : postgres(event.url, options);
  for (const each of event.sql) await sql.unsafe(each);
  if (event.failure === "called-as-function") return await sql("select 1");
  return "ok";
}

try {
  if (event.failure === "unserialisable") JSON.stringify({ count: 12n });
  const answer = await (event.driver === "pg" ? overPg() : overPostgres());
  console.log(`answered ${JSON.stringify(answer)}`);
  process.exit(0);
} catch (error) {
  report(error);
}
