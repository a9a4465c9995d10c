import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { urlFromFields, urlFromVariables } from "../../src/postgres/composed-url.ts";
import { poolSizeIn } from "../../src/postgres/pool-size.ts";
import { connectionSettings } from "../../src/postgres/url.ts";

describe("urlFromVariables", () => {
  it("holds what libpq would take from the variables", () => {
    const url = urlFromVariables({
      PGHOST: "a.example.com,b.example.com",
      PGPORT: "6432,6433",
      PGUSER: "app",
      PGPASSWORD: "giraffe/42@x",
      PGDATABASE: "copilot",
      PGSSLMODE: "require",
      PGOPTIONS: "-c search_path=reports",
      OTHER: "x",
    });
    expect(connectionSettings(url ?? "")).toEqual({
      ok: true,
      settings: {
        hosts: [
          { host: "a.example.com", port: 6432 },
          { host: "b.example.com", port: 6433 },
        ],
        user: "app",
        password: "giraffe/42@x",
        database: "copilot",
        parameters: { sslmode: "require", options: "-c search_path=reports" },
      },
    });
  });

  it.each([{}, { PGHOST: "db", PGUSER: "app" }, { PGHOST: " ", PGUSER: "app", PGPASSWORD: "x" }])(
    "is nothing without host, user and password: %j",
    (variables) => expect(urlFromVariables(variables)).toBeUndefined(),
  );

  it("gives back every value, whatever is in it", () => {
    const part = fc.string({ minLength: 1, unit: "binary" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(part, part, part, (PGUSER, PGPASSWORD, PGDATABASE) => {
        const url = urlFromVariables({ PGHOST: "db.example.com", PGUSER, PGPASSWORD, PGDATABASE });
        expect(connectionSettings(url ?? "")).toMatchObject({
          ok: true,
          settings: { user: PGUSER, password: PGPASSWORD, database: PGDATABASE },
        });
      }),
    );
  });
});

describe("urlFromFields", () => {
  it("reads a secret as RDS writes it", () => {
    const url = urlFromFields({
      engine: "postgres",
      host: "db.example.com",
      port: "5432",
      username: "app",
      password: "p@ss",
      dbname: "copilot",
      dbInstanceIdentifier: "copilot",
    });
    expect(connectionSettings(url ?? "")).toMatchObject({
      ok: true,
      settings: { hosts: [{ host: "db.example.com", port: 5432 }], user: "app", password: "p@ss", database: "copilot" },
    });
  });

  it("is nothing for another engine, and without a password", () => {
    const fields = { host: "db.example.com", username: "app", password: "x" };
    expect(urlFromFields({ ...fields, engine: "mysql" })).toBeUndefined();
    expect(urlFromFields({ host: "db.example.com", username: "app" })).toBeUndefined();
    expect(urlFromFields(fields)).toBeDefined();
  });
});

describe("poolSizeIn", () => {
  it.each([
    ["engine = create_engine(url, pool_size=3, max_overflow=2)", 5],
    ["engine = create_engine(url, pool_size=3)", 13],
    ["engine = create_engine(url, max_overflow=0)", 5],
    ["pool = ConnectionPool(url, min_size=1, max_size=8)", 8],
    ["pool = psycopg2.pool.ThreadedConnectionPool(1, 20, dsn)", 20],
    ["const pool = new Pool({ connectionString, max: 4 })", 4],
    ["conn = psycopg2.connect(url)", undefined],
    ["create_engine(url, poolclass=NullPool)", undefined],
  ])("reads %s", (line, connections) => expect(poolSizeIn(line)?.connections).toBe(connections));
});
