import { execa } from "execa";
import { createServer, type AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startMeasuredServer, account } from "../../scripts/measure/server.ts";
import { correctedFor } from "../../src/cli/db-judge.ts";
import type { CheckedDatabase, DatabaseReport } from "../../src/core/database-report.ts";
import type { DatabaseProbe } from "../../src/facts/database.ts";
import { analyseDatabaseUrl } from "../../src/postgres/url.ts";
import { projectRoot, type CliResult } from "../lab/cli.ts";
import { findPostgres } from "../lab/postgres.ts";

const home = mkdtempSync(path.join(tmpdir(), "cscp-db-answers-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function check(input: string, ...args: string[]): Promise<CliResult> {
  const call = [path.join(projectRoot(), "bin", "cscp.js"), "db", "check", "-", ...args];
  const options = { input, cwd: home, env: { HOME: home }, reject: false, stripFinalNewline: false } as const;
  const result = await execa(process.execPath, call, options);
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

async function judged(input: string, ...args: string[]): Promise<CheckedDatabase> {
  const { stdout } = await check(input, "-o", "json", ...args);
  const [database] = (JSON.parse(stdout) as DatabaseReport).databases;
  if (database === undefined) throw new Error("There is no database.");
  return database;
}

/** A server without TLS that answers every sign-in with one error. */
async function answering<Out>(code: string, message: string, use: (url: string) => Promise<Out>): Promise<Out> {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5, "E");
  head.writeInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (data.length === 8) socket.write("N");
      else socket.end(Buffer.concat([head, fields]));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`postgresql://app:pw@127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  } finally {
    server.close();
  }
}

describe("an error at the sign-in", () => {
  it.each([
    [
      "57P03",
      "the database system is starting up",
      "connection-refused",
      /is up and takes no connections yet/,
      /^Wait/,
    ],
    ["XX000", "weird internal thing", null, /an error of which no cause is known \(XX000\)/, /log of the server/],
    ["53200", "out of memory", null, /has run out of memory/, /server's own log/],
    ["57P01", "terminating connection", "connection-dropped", /is shutting down/, /stops or restarts/],
    ["28000", 'no pg_hba.conf entry for host "h", no encryption', "auth-failed", /has no rule/, /entry/],
  ])("%s %s is told for what it is", async (code, message, cause, headline, fix) => {
    const database = await answering(code, message, judged);
    expect(database).toMatchObject({ verdict: "fails", cause });
    expect(database.headline).toMatch(headline);
    expect(database.remedies[0]?.title).toMatch(fix);
    expect(JSON.stringify(database)).not.toMatch(/sslmode=require|Start the database|pooler, keep/);
    const said = database.findings.find((finding) => finding.code === "authenticate")?.message ?? "";
    expect(said).toContain(message);
    expect(said.includes("refuses the user")).toBe(code.startsWith("28"));
  });
});

it("that stays away is told once, and what this machine cannot tell stays open", async () => {
  const silent = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const { exitCode, stdout } = await check(`postgresql://app:pw@127.0.0.1:${port}/x?sslmode=require`);
  silent.close();
  expect(exitCode).toBe(3);
  expect(stdout.match(/does not agree on TLS/g)).toHaveLength(1);
}, 20_000);

it("without TLS is not advised to be asked for it", () => {
  const shape = analyseDatabaseUrl("postgresql://app:pw@copilot.c1a2b3.ap-southeast-1.rds.amazonaws.com/copilot");
  const stages = (["resolve", "connect", "ssl-request"] as const).map((stage) => ({ stage, ok: true, ms: 1 }));
  const corrected = (probe: DatabaseProbe | undefined): string | null =>
    correctedFor({ shape, drivers: [], named: false, probe });
  expect(corrected({ stages, tables: [] })).toBeNull();
  expect(corrected({ stages: [...stages, { stage: "tls", ok: true, ms: 1 }], tables: [] })).toContain(
    "sslmode=require",
  );
  expect(corrected(undefined)).toContain("sslmode=require");
});

describe("the drivers' line", () => {
  const url = "postgresql://app:pw@127.0.0.1:9/x";
  it.each([
    `"${url}"`,
    `jdbc:${url}`,
    `psql '${url}'`,
    `DATABASE_URL=${url}`,
    "postgresql://app:my p@ss/w#rd@127.0.0.1/x",
  ])("is about %s as it was given", async (text) => {
    const { stdout } = await check(text, "--no-connect");
    expect(stdout).toMatch(/✗ (?:form|password): refused by psycopg2, psycopg, pg8000/);
    expect(stdout).not.toMatch(/takes? it as it is/);
    const named = await judged(text, "--no-connect", "--driver", "psycopg2@2.9.9");
    expect(named.drivers[0]?.judgements).toContainEqual(expect.objectContaining({ outcome: "refused" }));
  });

  it("says of a version that nobody knows by which one it was judged, and takes no word for a version", async () => {
    const known = await check(url, "--no-connect", "--driver", "pg8000@1.31.2");
    expect(known.stdout).not.toContain("nothing is known");
    const unknown = await check(url, "--no-connect", "--driver", "pg8000@99");
    expect(unknown.stdout).toMatch(/Of pg8000 99 nothing is known: it was judged by 1\.31\.\d+/);
    const word = await check(url, "--no-connect", "--driver", "pg8000@newest");
    expect([word.exitCode, word.stderr]).toEqual([2, expect.stringContaining("no version of pg8000")]);
  });
});

it("names no port where what stands in its place is none", async () => {
  expect((await judged("postgresql://app:pw@127.0.0.1:54x2/x")).name).toBe("127.0.0.1");
});

it("finds no URL in blanks", async () => {
  const { exitCode, stdout, stderr } = await check("  \n");
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("no URL on standard input");
});

describe.skipIf((await findPostgres()) === undefined)("a server that is to be verified", () => {
  it("is not connected to without a root certificate, as by libpq, unless a driver is named", async () => {
    const server = await startMeasuredServer();
    try {
      await server.set({ tls: true, rules: "any" });
      const url = `postgresql://${account.user}:${account.password}@localhost:${server.port}/${account.database}?sslmode=`;
      const bare = await judged(`${url}verify-full`);
      expect(bare).toMatchObject({ verdict: "fails", cause: "tls-ca-missing" });
      const stage = bare.stages.find(({ ok }) => !ok);
      expect(stage).toMatchObject({ stage: "tls", code: "ROOT_CERTIFICATE_MISSING" });
      expect(stage?.message).toContain(path.join(home, ".postgresql", "root.crt"));
      expect((await judged(`${url}verify-ca&sslrootcert=/nowhere/root.pem`)).cause).toBe("tls-ca-missing");
      const given = `${url}verify-full&sslrootcert=${encodeURIComponent(server.authority)}`;
      expect((await judged(given)).verdict).toBe("works");
      expect((await judged(`${url}require`)).verdict).toBe("works");
      expect((await judged(`${url}verify-full&sslrootcert=/var/task/root.pem`)).verdict).toBe("works");
    } finally {
      await server.remove();
    }
  }, 90_000);
});
