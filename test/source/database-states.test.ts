import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { account, md5User, startMeasuredServer, type MeasuredServer } from "../../scripts/measure/server.ts";
import type { databaseProbe } from "../../src/facts/requests/database.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import { findPostgres } from "../lab/postgres.ts";
import { liveAgainst } from "./fake-aws.ts";

type Body = BodyOf<typeof databaseProbe>;

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

async function probed(url: string): Promise<Body> {
  const live = liveAgainst("http://127.0.0.1:9");
  open.push(live);
  const { fingerprint } = live.vault.seal("database-url", url).$secret;
  const reply = await live.source.ask({ kind: "db.probe", params: { fingerprint, tables: [] } });
  if (reply.status !== "ok") throw new Error(`The probe gave ${JSON.stringify(reply)}.`);
  return reply.body as Body;
}

const shown = ({ stages }: Body): string =>
  stages.map(({ stage, ok, code }) => (ok ? stage : `${stage}!${String(code)}`)).join(" ");

const through = "resolve connect ssl-request tls authenticate query";
const upToTls = "resolve connect ssl-request tls";

describe.skipIf((await findPostgres()) === undefined)("a server in every state", () => {
  let server: MeasuredServer;
  beforeAll(async () => {
    server = await startMeasuredServer();
  }, 60_000);
  afterAll(() => server.remove());

  const url = (rest: string, { user = account.user as string, port = server.port, host = "localhost" } = {}): string =>
    `postgresql://${user}:${account.password}@${host}:${port}/${account.database}?${rest}`;
  const verifying = (mode: string): string => `sslmode=${mode}&sslrootcert=${encodeURIComponent(server.authority)}`;

  it("verifies a certificate of the authority that the URL names", async () => {
    await server.set({ tls: true, rules: "any" });
    const body = await probed(url(verifying("verify-full")));
    expect(shown(body)).toBe(through);
    expect(body.tls?.certificate).toMatchObject({ trusted: true, matchesHost: true });
  });

  it("finds one that expired, and tells so where nothing is verified", async () => {
    await server.set({ tls: true, certificate: "expired", rules: "any" });
    const strict = await probed(url(verifying("verify-ca")));
    expect(shown(strict)).toBe(`${upToTls}!CERT_HAS_EXPIRED`);
    expect(strict.tls?.certificate).toMatchObject({ trusted: false, fault: "CERT_HAS_EXPIRED" });
    expect(strict.tls?.certificate?.validTo).toMatch(/^2021-/);
    const lax = await probed(url("sslmode=require"));
    expect(shown(lax)).toBe(through);
    expect(lax.tls?.certificate?.validTo).toMatch(/^2021-/);
    // As in libpq, require verifies where it is given an authority.
    expect(shown(await probed(url(verifying("require"))))).toBe(`${upToTls}!CERT_HAS_EXPIRED`);
  });

  it("finds one that is made out to another name, in verify-full alone", async () => {
    await server.set({ tls: true, certificate: "wrong-name", rules: "any" });
    expect(shown(await probed(url(verifying("verify-full"))))).toBe(`${upToTls}!ERR_TLS_CERT_ALTNAME_INVALID`);
    const body = await probed(url(verifying("verify-ca")));
    expect(shown(body)).toBe(through);
    expect(body.tls?.certificate).toMatchObject({ trusted: true, matchesHost: false, names: ["db.example.com"] });
  });

  it("finds one that signed itself, and leaves open what it cannot judge", async () => {
    await server.set({ tls: true, certificate: "self-signed", rules: "any" });
    expect(shown(await probed(url(verifying("verify-full"))))).toBe(`${upToTls}!DEPTH_ZERO_SELF_SIGNED_CERT`);
    // The file is in the function's package and not here: nobody can tell whether it fits.
    const body = await probed(url("sslmode=verify-full&sslrootcert=/var/task/certs/bundle.pem"));
    expect(shown(body)).toBe(through);
    expect(body.tls?.certificate?.trusted).toBeUndefined();
    expect(body.tls?.certificate?.fault).toBeUndefined();
  });

  it("goes the way of libpq where the server wants TLS or has none", async () => {
    await server.set({ tls: true, rules: "tls-only" });
    expect(shown(await probed(url("sslmode=disable")))).toBe("resolve connect authenticate!28000");
    const allowed = await probed(url("sslmode=allow"));
    expect(shown(allowed)).toBe(through);
    expect(allowed.firstTry).toMatchObject({ encrypted: false, stage: "authenticate", code: "28000" });
    await server.set({ tls: false, rules: "any" });
    expect(shown(await probed(url("sslmode=require")))).toBe("resolve connect ssl-request!SSL_NOT_SUPPORTED");
    const preferred = await probed(url("sslmode=prefer"));
    expect(shown(preferred)).toBe("resolve connect ssl-request authenticate query");
    expect(preferred.encrypted).toBe(false);
  });

  it("signs in with a password that is kept as MD5", async () => {
    await server.set({ tls: true, rules: "any" });
    expect(shown(await probed(url("sslmode=require", { user: md5User })))).toBe(through);
  });

  it("goes through PgBouncer in transaction mode, again and again", async ({ skip }) => {
    await server.set({ tls: true, rules: "any" });
    const { pooler } = server;
    if (pooler === undefined) return skip("pgbouncer is not installed on this machine");
    for (let turn = 0; turn < 3; turn += 1) {
      const body = await probed(url("sslmode=require", { port: pooler }));
      expect(shown(body)).toBe(through);
      expect(body.server?.unread).toEqual([]);
      // The pooler ends the encryption: the server itself sees none.
      expect(body.server?.encryption).toEqual({ on: false });
    }
    const refused = await probed(url("sslmode=require&options=-c%20search_path%3Dx", { port: pooler }));
    expect(shown(refused)).toMatch(/^resolve connect ssl-request tls authenticate!/);
    expect(refused.stages.at(-1)?.message).toMatch(/unsupported startup parameter/);
  });
});
