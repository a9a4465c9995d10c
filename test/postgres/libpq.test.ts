import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAsLibpq } from "../../src/postgres/libpq.ts";
import { libpqParameters } from "../../src/postgres/parameters.ts";

type Options = Readonly<Record<string, string>>;

/** Connection strings and what libpq 15 takes from them; null where it refuses. */
const cases: readonly (readonly [string, Options | null])[] = [
  ["", {}],
  ["postgresql://", {}],
  ["postgres:///", {}],
  ["postgres:///shop", { dbname: "shop" }],
  ["postgres://@", {}],
  ["postgres://:@", {}],
  ["postgres://ann@", { user: "ann" }],
  ["postgres://ann:pw@", { user: "ann", password: "pw" }],
  ["postgres://:pw@srv", { password: "pw", host: "srv" }],
  ["postgres://ann:@srv", { user: "ann", host: "srv" }],
  ["postgres://ann:a:b@srv", { user: "ann", password: "a:b", host: "srv" }],
  ["postgres://ann:a@b@srv/shop", { user: "ann", password: "a", host: "b@srv", dbname: "shop" }],
  ["postgres://ann:a/b@srv/shop", { host: "ann", port: "a", dbname: "b@srv/shop" }],
  ["postgres://ann:a?b@srv/shop", { user: "ann", password: "a?b", host: "srv", dbname: "shop" }],
  ["postgres://ann:a#b@srv/shop", { user: "ann", password: "a#b", host: "srv", dbname: "shop" }],
  ["postgres://ann:a b@srv", { user: "ann", password: "a b", host: "srv" }],
  ["postgres://ann:%40%2F%3a@srv", { user: "ann", password: "@/:", host: "srv" }],
  ["postgres://ann:%C3%A9@srv", { user: "ann", password: "é", host: "srv" }],
  ["postgres://ann:100%@srv", null],
  ["postgres://ann:%4@srv", null],
  ["postgres://ann:%gg@srv", null],
  ["postgres://ann:%00@srv", null],
  ["postgresql://srv:6543", { host: "srv", port: "6543" }],
  ["postgresql://srv:/shop", { host: "srv", dbname: "shop" }],
  ["postgresql://:6543/shop", { port: "6543", dbname: "shop" }],
  ["postgresql://srv:six/shop", { host: "srv", port: "six", dbname: "shop" }],
  ["postgresql://a,b,c/shop", { host: "a,b,c", port: ",,", dbname: "shop" }],
  ["postgresql://a:1,b,:3/shop", { host: "a,b,", port: "1,,3", dbname: "shop" }],
  ["postgresql://[::1],[fe80::2]:7/shop", { host: "::1,fe80::2", port: ",7", dbname: "shop" }],
  [
    "postgresql://ann:pw@[2001:db8::5]:6543/shop",
    { user: "ann", password: "pw", host: "2001:db8::5", port: "6543", dbname: "shop" },
  ],
  ["postgresql://[fe80::1%25eth0]/shop", { host: "fe80::1%eth0", dbname: "shop" }],
  ["postgresql://[::1/shop", null],
  ["postgresql://[]/shop", null],
  ["postgresql://[::1]x/shop", null],
  ["postgresql://%2Frun%2Fpostgresql/shop", { host: "/run/postgresql", dbname: "shop" }],
  ["postgresql://a%2Cb/shop", { host: "a,b", dbname: "shop" }],
  ["postgresql:///shop?host=/run/postgresql", { host: "/run/postgresql", dbname: "shop" }],
  ["postgresql://srv/my%20shop", { host: "srv", dbname: "my shop" }],
  ["postgresql://srv/shop/more", { host: "srv", dbname: "shop/more" }],
  ["postgresql://srv/shop#top", { host: "srv", dbname: "shop#top" }],
  ["postgresql://srv/shop?", { host: "srv", dbname: "shop" }],
  ["postgresql://srv/shop?sslmode=require&", { host: "srv", dbname: "shop", sslmode: "require" }],
  ["postgresql://srv/shop?sslmode=require&&connect_timeout=5", null],
  ["postgresql://srv/shop?sslmode=", { host: "srv", dbname: "shop", sslmode: "" }],
  ["postgresql://srv/shop?sslmode=no-such-mode", { host: "srv", dbname: "shop", sslmode: "no-such-mode" }],
  ["postgresql://srv/shop?sslmode=allow&sslmode=require", { host: "srv", dbname: "shop", sslmode: "require" }],
  ["postgresql://srv/shop?ssl=true", { host: "srv", dbname: "shop", sslmode: "require" }],
  ["postgresql://srv/shop?ssl=false", null],
  ["postgresql://srv/shop?sslMode=require", null],
  ["postgresql://srv/shop?ssl%6Dode=require", { host: "srv", dbname: "shop", sslmode: "require" }],
  ["postgresql://srv/shop?pgbouncer=true", null],
  ["postgresql://srv/shop?sslmode", null],
  ["postgresql://srv/shop?sslmode=a=b", null],
  ["postgresql://srv/shop?options=endpoint%3Dep-one", { host: "srv", dbname: "shop", options: "endpoint=ep-one" }],
  [
    "postgresql://srv/shop?host=other&dbname=else&user=bob&password=pw",
    { host: "other", dbname: "else", user: "bob", password: "pw" },
  ],
  ["postgresql://srv?user=a@b", { user: "srv?user=a", host: "b" }],
  ["postgresql://srv/shop?user=a@b", { user: "a@b", host: "srv", dbname: "shop" }],
  ["postgresql://srv/shop?service=main", { host: "srv", dbname: "shop", service: "main" }],
  [" postgresql://srv/shop", null],
  ["postgresql://srv/shop\n", { host: "srv", dbname: "shop\n" }],
  ["POSTGRESQL://srv/shop", null],
  ["postgresql:/srv/shop", null],
  ["postgresql+psycopg2://srv/shop", null],
  ["mysql://srv/shop", null],
  ['"postgresql://srv/shop"', null],
  ["host=srv dbname=shop", { host: "srv", dbname: "shop" }],
  ["  host = srv\tdbname\n=\nshop  ", { host: "srv", dbname: "shop" }],
  ["host=srv password='a b'", { host: "srv", password: "a b" }],
  ["host=srv password='a\\'b\\\\c'", { host: "srv", password: "a'b\\c" }],
  ["host=srv password=a\\ b", { host: "srv", password: "a b" }],
  ["host=srv password=a'b", { host: "srv", password: "a'b" }],
  ["host=srv password=%41", { host: "srv", password: "%41" }],
  ["host='srv'user=bob", { host: "srv", user: "bob" }],
  ["host='srv'bob", null],
  ["host= user=bob", { host: "user=bob" }],
  ["host='' user=bob", { host: "", user: "bob" }],
  ["host=srv password=a b", null],
  ["host=srv password='a b", null],
  ["host=srv search_path=x", null],
  ["host=srv =x", null],
  ["hostess", null],
  ["host=srv\\", { host: "srv" }],
];

const asObject = (text: string): Options | null => {
  const reading = readAsLibpq(text);
  return reading.ok ? Object.fromEntries(reading.options) : null;
};

describe("readAsLibpq", () => {
  it.each(cases)("reads %j as libpq does", (text, expected) => {
    expect(asObject(text)).toEqual(expected);
  });

  it("says where libpq stops", () => {
    expect(readAsLibpq("postgres://ann:x%4z@srv")).toEqual({
      ok: false,
      refusal: { code: "bad-percent", at: 16, length: 1 },
    });
    expect(readAsLibpq("postgres://srv/shop?a=b")).toEqual({
      ok: false,
      refusal: { code: "unknown-parameter", at: 20, length: 1 },
    });
    expect(readAsLibpq("host=srv password='a")).toEqual({
      ok: false,
      refusal: { code: "unterminated-quote", at: 18, length: 2 },
    });
  });
});

interface FromLibpq {
  readonly version: number;
  readonly read: readonly (Options | null)[];
}

function askLibpq(texts: readonly string[]): FromLibpq | undefined {
  const script = fileURLToPath(new URL("libpq_parse.py", import.meta.url));
  const run = spawnSync("python3", [script], { input: JSON.stringify(texts), encoding: "utf8" });
  return run.status === 0 ? (JSON.parse(run.stdout) as FromLibpq) : undefined;
}

const libpq = askLibpq([]);
// Before 18 libpq keeps blanks inside a URL's values, as this reader does.
const comparable = libpq !== undefined && libpq.version < 180_000;

describe.skipIf(!comparable)("libpq itself (skipped without python3 and libpq 12 to 17)", () => {
  it("reads the table as the table says", () => {
    expect(askLibpq(cases.map(([text]) => text))?.read).toEqual(cases.map(([, expected]) => expected));
  });

  it("reads arbitrary texts as readAsLibpq does", () => {
    const names = Object.entries(libpqParameters)
      .filter(([, known]) => known.since === undefined)
      .map(([name]) => name);
    const signs = fc.constantFrom(
      ..."postgresql://:@/?#%&=[],' \\\n\tabz019.-",
      "%41",
      "%2F",
      "é",
      "=",
      "'",
      "sslmode=",
      ...names,
    );
    const tail = fc.array(signs, { maxLength: 16 }).map((parts) => parts.join(""));
    const start = fc.constantFrom(
      "postgres://",
      "postgresql://",
      "postgres://ann:pw@srv/shop?",
      "host=srv ",
      "host='",
      "",
    );
    const texts = fc.sample(
      fc.tuple(start, tail).map((parts) => parts.join("")),
      4000,
    );
    const read = askLibpq(texts)?.read ?? [];
    const ours = texts.map((text) => asObject(text));
    texts.forEach((text, i) => expect([text, ours[i]]).toEqual([text, read[i]]));
    // The comparison is worth something only if many of the texts are readable.
    expect(ours.filter((options) => options !== null).length).toBeGreaterThan(400);
  });
});
