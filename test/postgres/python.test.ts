import { describe, expect, it } from "vitest";
import { driverConflicts } from "../../src/postgres/conflicts.ts";
import { cursorWith } from "../../src/postgres/cursor-with.ts";

describe("cursorWith", () => {
  it("tells what the block does to the connection, and in which words a missing protocol fails", () => {
    expect(cursorWith({ name: "psycopg2-binary", version: "2.9.9" }, "3.12")).toMatchObject({
      connection: { supported: true, commits: true, closes: false },
      cursor: { supported: true },
    });
    expect(cursorWith({ name: "psycopg" }, "3.12")?.connection).toEqual({
      supported: true,
      commits: true,
      closes: true,
    });
    expect(cursorWith({ name: "pg8000.dbapi", version: "1.30.5" }, "3.12")).toMatchObject({
      driver: "pg8000.dbapi 1.30.5",
      connection: { supported: true, commits: false, closes: true },
      cursor: { supported: false, error: "TypeError: 'Cursor' object does not support the context manager protocol" },
      basis: "measured",
    });
    expect(cursorWith({ name: "pg8000.dbapi" }, "3.9")?.cursor).toEqual({
      supported: false,
      error: "AttributeError: __enter__",
    });
    expect(cursorWith({ name: "pg8000" }, "3.12")?.cursor).toEqual({ supported: true });
    expect(cursorWith({ name: "sqlalchemy" }, "3.12")?.cursor).toMatchObject({ supported: false });
    expect(cursorWith({ name: "asyncpg" }, "3.12")?.connection).toMatchObject({ supported: false });
    expect(cursorWith({ name: "mysqlclient" }, "3.12")).toBeUndefined();
  });
});

describe("driverConflicts", () => {
  it("finds pg8000 with a scramp that lacks what it calls", () => {
    const [conflict] = driverConflicts({ pg8000: "1.30.5", scramp: "1.5.0" });
    expect(conflict).toMatchObject({
      message: "AttributeError: module 'scramp' has no attribute 'make_channel_binding'",
    });
    expect(conflict?.pins[0]).toBe("pg8000==1.30.5 scramp<1.5");
    expect(driverConflicts({ pg8000: "1.30.5", scramp: "1.4.18" })).toEqual([]);
    expect(driverConflicts({ pg8000: "1.31.6", scramp: "1.5.0" })).toEqual([]);
    expect(driverConflicts({ psycopg2: "2.9.9" })).toEqual([]);
  });
});
