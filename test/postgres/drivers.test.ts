import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driverFamily } from "../../src/postgres/driver-names.ts";
import { judgeUrl } from "../../src/postgres/drivers.ts";
import type { DriverUsage, Judgement, UrlOutcome } from "../../src/postgres/judgement.ts";
import { judgeSslContext } from "../../src/postgres/tls.ts";
import { analyseDatabaseUrl } from "../../src/postgres/url.ts";

const neon = "ep-one-two-12.eu-central-1.aws.neon.tech";
const neonPooler = "ep-one-two-12-pooler.eu-central-1.aws.neon.tech";
const rds = "app.abcdefghijkl.eu-central-1.rds.amazonaws.com";
const plain = "db.example.com";

function judge(name: string, version: string | undefined, host: string, query: string, usage: DriverUsage = "unknown") {
  const shape = analyseDatabaseUrl(`postgresql://ann:pw@${host}/shop${query === "" ? "" : `?${query}`}`);
  return judgeUrl({ name, ...(version === undefined ? {} : { version }) }, shape, usage);
}
const about = (judgements: readonly Judgement[], parameter: string) =>
  judgements.find((one) => one.parameter === parameter);

/** Driver, version, usage, host, query, the parameter, what becomes of it, and what the error says if one follows. */
const table: readonly (readonly [string, string, DriverUsage, string, string, string, UrlOutcome, RegExp?])[] = [
  ["psycopg2-binary", "2.9.9", "dsn", neon, "sslmode=require", "sslmode", "accepted"],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "", "sslmode", "weaker-than-it-looks"],
  ["psycopg2-binary", "2.9.9", "dsn", plain, "sslmode=disable", "sslmode", "plain-text"],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "sslmode=disable", "sslmode", "refused", /no encryption/],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "sslmode=verify-full", "sslmode", "refused", /root certificate file/],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "sslmode=verify-full&sslrootcert=system", "sslmode", "accepted"],
  [
    "psycopg2-binary",
    "2.9.9",
    "dsn",
    rds,
    "sslmode=verify-full&sslrootcert=system",
    "sslmode",
    "refused",
    /certificate verify failed/,
  ],
  ["psycopg2-binary", "2.9.9", "dsn", rds, "sslmode=verify-full&sslrootcert=/var/task/rds.pem", "sslmode", "accepted"],
  [
    "psycopg2-binary",
    "2.9.9",
    "dsn",
    neon,
    "sslmode=require&sslrootcert=system",
    "sslmode",
    "refused",
    /weak sslmode "require"/,
  ],
  [
    "psycopg2-binary",
    "2.9.9",
    "dsn",
    neon,
    "sslmode=required",
    "sslmode",
    "refused",
    /invalid sslmode value: "required"/,
  ],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "channel_binding=require", "channel_binding", "accepted"],
  [
    "psycopg2-binary",
    "2.9.9",
    "dsn",
    neon,
    "pgbouncer=true",
    "pgbouncer",
    "refused",
    /invalid dsn: invalid URI query parameter: "pgbouncer"/,
  ],
  [
    "psycopg2-binary",
    "2.9.9",
    "kwargs-forwarded",
    neon,
    "pgbouncer=true",
    "pgbouncer",
    "refused",
    /invalid connection option "pgbouncer"/,
  ],
  ["psycopg2-binary", "2.9.9", "dsn", neon, "sslnegotiation=direct", "sslnegotiation", "refused", /sslnegotiation/],
  [
    "psycopg2-binary",
    "2.9.13",
    "dsn",
    neon,
    "max_protocol_version=3.2",
    "max_protocol_version",
    "refused",
    /max_protocol_version/,
  ],
  ["psycopg", "3.3.1", "dsn", neon, "max_protocol_version=3.2", "max_protocol_version", "accepted"],
  [
    "psycopg",
    "3.2.0",
    "dsn",
    neon,
    "another_key=1",
    "another_key",
    "refused",
    /^ProgrammingError: invalid URI query parameter: "another_key"/,
  ],
  [
    "psycopg",
    "3.2.0",
    "dsn",
    neonPooler,
    "options=-c%20statement_timeout%3D5000",
    "options",
    "refused",
    /unsupported startup parameter/,
  ],
  ["psycopg", "3.2.0", "dsn", neonPooler, "options=endpoint%3Dep-one-two-12", "options", "accepted"],
  ["psycopg", "3.2.0", "dsn", neon, "options=-c%20statement_timeout%3D5000", "options", "accepted"],
  ["pg8000", "1.30.5", "hand-parsed", plain, "sslmode=require", "sslmode", "ignored"],
  ["pg8000", "1.30.5", "unknown", neon, "sslmode=require&channel_binding=require", "channel_binding", "ignored"],
  ["pg8000", "1.30.5", "hand-parsed", plain, "", "sslmode", "plain-text"],
  ["pg8000", "1.30.5", "hand-parsed", neon, "", "sslmode", "refused", /no encryption/],
  ["pg8000", "1.31.0", "hand-parsed", plain, "", "sslmode", "weaker-than-it-looks"],
  [
    "pg8000",
    "1.30.5",
    "kwargs-forwarded",
    neon,
    "sslmode=require",
    "sslmode",
    "refused",
    /unexpected keyword argument 'sslmode'/,
  ],
  [
    "pg8000",
    "1.31.2",
    "kwargs-forwarded",
    neon,
    "channel_binding=require",
    "channel_binding",
    "refused",
    /unexpected keyword argument 'channel_binding'/,
  ],
  ["pg8000", "1.30.5", "kwargs-forwarded", neon, "application_name=app", "application_name", "accepted"],
  [
    "pg8000",
    "1.30.5",
    "kwargs-forwarded",
    neon,
    "another_key=1",
    "another_key",
    "refused",
    /unexpected keyword argument 'another_key'/,
  ],
  ["asyncpg", "0.29.0", "dsn", neon, "sslmode=require", "sslmode", "accepted"],
  ["asyncpg", "0.30.0", "dsn", neon, "sslmode=verify-full", "sslmode", "refused", /root certificate file/],
  [
    "asyncpg",
    "0.30.0",
    "dsn",
    neon,
    "channel_binding=require",
    "channel_binding",
    "refused",
    /unrecognized configuration parameter "channel_binding"/,
  ],
  [
    "asyncpg",
    "0.30.0",
    "dsn",
    neon,
    "another_key=1",
    "another_key",
    "refused",
    /unrecognized configuration parameter "another_key"/,
  ],
  ["asyncpg", "0.30.0", "dsn", neon, "search_path=app", "search_path", "accepted"],
  [
    "asyncpg",
    "0.30.0",
    "dsn",
    neonPooler,
    "search_path=app",
    "search_path",
    "refused",
    /unsupported startup parameter: search_path/,
  ],
  [
    "asyncpg",
    "0.30.0",
    "kwargs-forwarded",
    neon,
    "sslmode=require",
    "sslmode",
    "refused",
    /unexpected keyword argument 'sslmode'/,
  ],
  ["SQLAlchemy", "2.0.30", "dsn", neon, "sslmode=require&channel_binding=require", "channel_binding", "accepted"],
  [
    "sqlalchemy+pg8000",
    "2.0.30",
    "dsn",
    neon,
    "sslmode=require",
    "sslmode",
    "refused",
    /unexpected keyword argument 'sslmode'/,
  ],
  [
    "sqlalchemy+asyncpg",
    "2.0.30",
    "dsn",
    neon,
    "sslmode=require",
    "sslmode",
    "refused",
    /unexpected keyword argument 'sslmode'/,
  ],
  [
    "sqlalchemy+asyncpg",
    "2.0.30",
    "dsn",
    neon,
    "prepared_statement_cache_size=0",
    "prepared_statement_cache_size",
    "accepted",
  ],
  ["pg", "8.23.1", "dsn", neon, "sslmode=require", "sslmode", "accepted"],
  ["pg", "8.23.1", "dsn", rds, "sslmode=require", "sslmode", "refused", /unable to verify the first certificate/],
  ["pg", "8.23.1", "dsn", rds, "sslmode=require&uselibpqcompat=true", "sslmode", "accepted"],
  ["pg", "8.23.1", "dsn", rds, "sslmode=no-verify", "sslmode", "accepted"],
  ["pg", "8.23.1", "dsn", plain, "", "sslmode", "plain-text"],
  ["pg", "8.23.1", "dsn", neon, "channel_binding=require", "channel_binding", "ignored"],
  ["pg", "8.23.1", "dsn", neon, "pgbouncer=true", "pgbouncer", "ignored"],
  ["pg", "8.23.1", "dsn", neon, "application_name=app", "application_name", "accepted"],
  ["pg", "8.23.1", "dsn", neon, "sslrootcert=system", "sslmode", "refused", /ENOENT.*'system'/],
  ["postgres", "3.4.9", "dsn", neon, "sslmode=require", "sslmode", "accepted"],
  [
    "postgres",
    "3.4.9",
    "dsn",
    neon,
    "channel_binding=require",
    "channel_binding",
    "refused",
    /unrecognized configuration parameter/,
  ],
  ["@prisma/client", "6.1.0", "dsn", neon, "sslmode=verify-full", "sslmode", "weaker-than-it-looks"],
  ["@prisma/client", "6.1.0", "dsn", neon, "pgbouncer=true", "pgbouncer", "accepted"],
  ["prisma", "7.0.0", "dsn", neon, "sslmode=verify-full", "sslmode", "accepted"],
  ["prisma", "7.0.0", "dsn", neon, "pgbouncer=true", "pgbouncer", "ignored"],
];

describe("judgeUrl", () => {
  for (const [name, version, usage, host, query, parameter, outcome, message] of table) {
    it(`${name} ${version} (${usage}) at ${host} with "${query}": ${parameter} is ${outcome}`, () => {
      const judgement = about(judge(name, version, host, query, usage), parameter);
      expect(judgement).toMatchObject({ parameter, outcome });
      expect(judgement?.explanation).toMatch(/^\S.*\.$/);
      if (message) expect(judgement?.message).toMatch(message);
      if (outcome === "accepted") expect(judgement?.message).toBeUndefined();
    });
  }

  const spelled = (name: string, raw: string, usage: DriverUsage = "dsn") =>
    judgeUrl({ name }, analyseDatabaseUrl(raw), usage);

  it.each([
    ["psycopg2", "postgresql+asyncpg://ann:pw@srv/shop", "scheme", /missing "="/],
    ["asyncpg", "postgresql+asyncpg://ann:pw@srv/shop", "scheme", /scheme is expected/],
    ["sqlalchemy", "postgres://ann:pw@srv/shop", "scheme", /sqlalchemy.dialects:postgres/],
    ["asyncpg", "host=srv user=ann password=pw dbname=shop", "form", /scheme is expected/],
    ["pg", "host=srv user=ann password=pw dbname=shop", "form", /ENOTFOUND base/],
    ["pg", "postgresql://ann:pw@srv,two/shop", "hosts", /Invalid URL/],
    ["prisma", "host=srv user=ann password=pw dbname=shop", "scheme", /must start with the protocol/],
  ] as const)("%s refuses %s for its %s", (name, raw, parameter, message) => {
    expect(about(spelled(name, raw), parameter)).toMatchObject({
      outcome: "refused",
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["psycopg2", "dsn", "#", "accepted"],
    ["psycopg2", "dsn", "@", "refused"],
    ["psycopg2", "dsn", "/", "refused"],
    ["psycopg2", "dsn", "%", "refused"],
    ["psycopg", "dsn", " ", "refused"],
    ["psycopg2", "dsn", " ", "accepted"],
    ["pg8000", "hand-parsed", "#", "refused"],
    ["pg8000", "hand-parsed", "@", "accepted"],
    ["psycopg2", "kwargs-forwarded", "#", "refused"],
    ["asyncpg", "dsn", "?", "refused"],
    ["sqlalchemy", "dsn", "/", "accepted"],
    ["pg", "dsn", "#", "refused"],
    ["pg", "dsn", "[", "accepted"],
    ["postgres", "dsn", "%", "refused"],
  ] as const)("%s (%s) with an unencoded %s in the password: %s", (name, usage, sign, outcome) => {
    expect(about(spelled(name, `postgresql://ann:p${sign}w@srv/shop`, usage), "password")).toMatchObject({
      outcome,
      basis: "measured",
    });
  });

  it("takes SQLAlchemy's driver from the URL and its default from its version", () => {
    const shape = analyseDatabaseUrl("postgresql+asyncpg://ann:pw@srv/shop?sslmode=require");
    expect(driverFamily({ name: "SQLAlchemy" }, shape)).toBe("sqlalchemy+asyncpg");
    expect(about(judgeUrl({ name: "SQLAlchemy", version: "2.0.1" }, shape), "sslmode")?.outcome).toBe("refused");
    const bare = (version: string) => about(judge("sqlalchemy", version, neon, "pgbouncer=true"), "pgbouncer")?.message;
    expect(bare("2.0.1")).toContain("invalid dsn:");
    expect(bare("2.1.0")).not.toContain("invalid dsn:");
  });

  it("knows nothing of an unknown driver, an empty value and a text that is no URL", () => {
    expect(judge("mysqlclient", "1", neon, "sslmode=require")).toEqual([]);
    expect(judgeUrl({ name: "psycopg2" }, analyseDatabaseUrl(""))).toEqual([]);
    expect(judgeUrl({ name: "psycopg2" }, analyseDatabaseUrl("undefined"))).toEqual([]);
  });

  it("never shows a password, whatever the driver", () => {
    const secret = fc
      .array(fc.constantFrom(..."0189qwzQWZ@:/#%?&= ['"), { minLength: 8, maxLength: 20 })
      .map((c) => `Zq${c.join("")}9w`);
    const driver = fc.constantFrom(
      "psycopg2",
      "psycopg",
      "pg8000",
      "asyncpg",
      "sqlalchemy",
      "pg",
      "postgres",
      "prisma",
    );
    const usage = fc.constantFrom<DriverUsage>("dsn", "kwargs-forwarded", "hand-parsed", "unknown");
    fc.assert(
      fc.property(secret, driver, usage, (password, name, how) => {
        const shape = analyseDatabaseUrl(
          `postgresql://ann:${password}@${neon}/shop?sslmode=require&sslpassword=${password}`,
        );
        const shown = JSON.stringify(judgeUrl({ name }, shape, how));
        for (let i = 0; i + 6 <= password.length; i += 1) {
          const stretch = password.slice(i, i + 6);
          if (/[qwzQWZ]/.test(stretch) && /[0189@#%?&]/.test(stretch)) expect(shown).not.toContain(stretch);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("judgeSslContext", () => {
  const shape = (host: string) => analyseDatabaseUrl(`postgresql://ann:pw@${host}/shop`);

  it.each([
    ["1.30.5", "none", plain, "plain-text"],
    ["1.30.5", "none", neon, "refused"],
    ["1.30.5", "true", rds, "refused"],
    ["1.30.5", "default-context", neon, "accepted"],
    ["1.31.6", "none", plain, "weaker-than-it-looks"],
    ["1.31.6", "true", rds, "accepted"],
    ["1.31.6", "default-context", rds, "refused"],
  ] as const)("pg8000 %s with %s at %s is %s", (version, context, host, outcome) => {
    expect(judgeSslContext(version, context, shape(host))).toMatchObject({ parameter: "ssl_context", outcome });
  });
});
