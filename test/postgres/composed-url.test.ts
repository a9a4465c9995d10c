import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  holdsPassword,
  hostVariable,
  partsIn,
  urlFromFields,
  urlFromParts,
  urlFromVariables,
} from "../../src/postgres/composed-url.ts";
import { poolSizeIn, poolSizeOf } from "../../src/postgres/pool-size.ts";
import { analyseDatabaseUrl, connectionSettings } from "../../src/postgres/url.ts";

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

describe("a database's parts in variables of the application's own", () => {
  it.each([
    [{ DB_HOST: "db.example.com", DB_USER: "app", DB_PASSWORD: "p@ss/1", DB_NAME: "shop" }, "DB_HOST"],
    [{ DB_HOST: "db.example.com", DB_USERNAME: "app", DB_PASS: "p@ss/1", DB_DATABASE: "shop" }, "DB_HOST"],
    [
      { RDS_HOSTNAME: "db.example.com", RDS_USERNAME: "app", RDS_PASSWORD: "p@ss/1", RDS_DB_NAME: "shop" },
      "RDS_HOSTNAME",
    ],
    [
      { POSTGRES_HOST: "db.example.com", POSTGRES_USER: "app", POSTGRES_PASSWORD: "p@ss/1", POSTGRES_DB: "shop" },
      "POSTGRES_HOST",
    ],
    [{ DB_HOST: "db.example.com:5432", DB_USER: "app", DB_PASSWORD: "p@ss/1", DB_NAME: "shop" }, "DB_HOST"],
  ])("make one URL: %j", (variables, host) => {
    expect(hostVariable(variables)).toBe(host);
    expect(connectionSettings(urlFromParts(variables) ?? "")).toMatchObject({
      ok: true,
      settings: { hosts: [{ host: "db.example.com", port: 5432 }], user: "app", password: "p@ss/1", database: "shop" },
    });
  });

  it("are none of another kind of database, and none without a host", () => {
    const parts = { DB_HOST: "db", DB_USER: "app", DB_PASSWORD: "x" };
    expect(hostVariable({ ...parts, DB_ENGINE: "mysql" })).toBeUndefined();
    expect(hostVariable({ ...parts, DB_PORT: "3306" })).toBeUndefined();
    expect(urlFromParts({ ...parts, DB_CONNECTION: "mysql" })).toBeUndefined();
    expect(hostVariable({ DB_USER: "app", DB_PASSWORD: "x", DB_HOST: " " })).toBeUndefined();
  });

  it("complete a secret that holds user and password only, as RDS writes it", () => {
    const parts = partsIn({ DB_HOST: "db.example.com", DB_PORT: "5433", DB_NAME: "shop", DB_SECRET_ARN: "arn" });
    expect(parts).toEqual({ host: "db.example.com", port: "5433", dbname: "shop" });
    const url = urlFromFields({ username: "app", password: "p@ss", ...parts });
    expect(connectionSettings(url ?? "")).toMatchObject({
      ok: true,
      settings: { hosts: [{ host: "db.example.com", port: 5433 }], user: "app", password: "p@ss", database: "shop" },
    });
    expect(holdsPassword({ DB_HOST: "x" })).toBe(false);
    expect(holdsPassword({ DB_HOST: "x", DB_PASSWORD: "y" })).toBe(true);
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

describe("poolSizeOf", () => {
  it.each([
    ["sqlalchemy.create_engine", { pool_size: 3, max_overflow: 2 }, 5],
    ["sqlalchemy.create_engine", { pool_size: 3 }, 13],
    ["sqlalchemy.ext.asyncio.create_async_engine", { max_overflow: 0 }, 5],
    ["sqlalchemy.create_engine", {}, undefined],
    ["psycopg_pool.ConnectionPool", { min_size: 1, max_size: 8 }, 8],
    ["psycopg_pool.ConnectionPool", {}, 4],
    ["psycopg_pool.AsyncConnectionPool", { min_size: 2 }, 2],
    ["asyncpg.create_pool", { max_size: 6 }, 6],
    ["asyncpg.create_pool", {}, 10],
    ["psycopg2.pool.ThreadedConnectionPool", { 0: 1, 1: 20 }, 20],
    ["psycopg2.pool.SimpleConnectionPool", { minconn: 1, maxconn: 3 }, 3],
    ["pg.Pool", { max: 4, idleTimeoutMillis: 1000 }, 4],
    ["Pool", {}, undefined],
    ["postgres", { max: 2 }, 2],
    ["PrismaPg", { max: 5 }, 5],
    ["psycopg2.connect", { connect_timeout: 5 }, undefined],
  ])("reads %s with %j", (name, numbers, connections) => {
    expect(poolSizeOf({ name, numbers, keywords: Object.keys(numbers) })?.connections).toBe(connections);
  });

  it("takes no number for one that is computed or unpacked, and none where there is no pool", () => {
    expect(poolSizeOf({ name: "asyncpg.create_pool", keywords: ["max_size"] })).toBeUndefined();
    expect(poolSizeOf({ name: "asyncpg.create_pool", keywords: ["**"] })).toBeUndefined();
    expect(
      poolSizeOf({ name: "sqlalchemy.create_engine", keywords: ["poolclass"], numbers: { pool_size: 3 } }),
    ).toBeUndefined();
  });
});

describe("poolSizeIn", () => {
  it.each([
    ["postgresql://app:x@db.example.com/shop?connection_limit=3&pgbouncer=true", 3],
    ["postgresql://app:x@db.example.com/shop?max=7", 7],
    ["postgresql://app:x@db.example.com/shop?connection_limit=many", undefined],
    ["postgresql://app:x@db.example.com/shop", undefined],
  ])("reads %s", (url, connections) =>
    expect(poolSizeIn(analyseDatabaseUrl(url).parameters)?.connections).toBe(connections),
  );
});
