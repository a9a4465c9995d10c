import { describe, expect, it } from "vitest";
import type { FaultCode } from "../../src/postgres/fault.ts";
import { correctedUrl, urlText } from "../../src/postgres/corrected-url.ts";
import { analyseDatabaseUrl, connectionSettings } from "../../src/postgres/url.ts";

const good = "postgresql://ann:pw12@db.example.com:5432/shop?sslmode=require";

/** A text in which « and » enclose the place of each expected fault, and the faults' codes in order. */
const faulty: readonly (readonly [string, readonly FaultCode[]])[] = [
  [good, []],
  ["host=db.example.com port=5432 user=ann password='p w' dbname=shop", []],
  ["service=main", []],
  ["postgresql://ann:pw@db.example.com,db2.example.com:6432/shop", []],
  ["postgresql://ann:p«@»w@db.example.com/shop", ["unescaped-at"]],
  ["postgresql://ann:p«/»w@db.example.com/shop", ["unescaped-slash"]],
  ["postgresql://ann:p«:»w@db.example.com/shop", ["unescaped-colon"]],
  ["postgresql://ann:p«#»w@db.example.com/shop", ["unescaped-hash"]],
  ["postgresql://ann:p«?»w@db.example.com/shop", ["unescaped-question-mark"]],
  ["postgresql://ann:p«%»w@db.example.com/shop", ["bad-percent"]],
  ["postgresql://ann:p«%00»w@db.example.com/shop", ["nul-percent"]],
  ["postgresql://ann:p«[»w@db.example.com/shop", ["unescaped-bracket"]],
  ["postgresql://ann:p« »w@db.example.com/shop", ["unescaped-blank"]],
  ["postgresql://ann:p«\n»w@db.example.com/shop", ["unescaped-control"]],
  [
    "postgresql://ann:p«@»«#»«/»«?»x«%»@db.example.com/shop",
    ["unescaped-at", "unescaped-hash", "unescaped-slash", "unescaped-question-mark", "bad-percent"],
  ],
  ["postgresql://an«@»n:pw@db.example.com/shop", ["unescaped-at"]],
  ["postgresql://ann:«<password>»@db.example.com/shop", ["placeholder"]],
  ["postgresql://ann:«[YOUR-PASSWORD]»@db.example.com/shop", ["placeholder"]],
  ["postgresql://ann:«${DB_PASSWORD}»@db.example.com/shop", ["placeholder"]],
  ["postgresql://ann:«****************»@db.example.com/shop", ["hidden-password"]],
  ["postgresql://ann:pw@«<host>»/«[database]»", ["placeholder", "placeholder"]],
  ["postgresql://ann:pw@db.example.com:«${PORT}»/shop", ["placeholder"]],
  ["postgresql://ann«»@db.example.com/shop", ["password-missing"]],
  ["postgresql://«»db.example.com/shop", ["user-missing"]],
  ["postgresql://ann:«s3cret»/shop", ["port-not-a-number", "credentials-missing-at"]],
  ["postgresql://ann:pw@«»/shop", ["host-missing"]],
  ["postgresql://ann:pw@db.example.com«»", ["database-missing"]],
  ["postgresql://ann:pw@db.example.com/«»", ["database-missing"]],
  ["postgresql://ann:pw@db.example.com:«543x»/shop", ["port-not-a-number"]],
  ["postgresql://ann:pw@db.example.com:«70000»/shop", ["port-out-of-range"]],
  ["postgresql://ann:pw@db.example.com:«3306»/shop", ["port-foreign"]],
  ["postgresql://ann:pw@«db example.com»/shop", ["unescaped-blank"]],
  ["postgresql://ann:pw@«db(1).example.com»/shop", ["host-unreadable"]],
  ["postgresql://ann:pw@«[::1»/shop", ["bracket-unclosed"]],
  ["postgresql://ann:pw@db.example.com/shop«/»more", ["database-slash"]],
  ["postgresql://ann:pw@db.example.com/shop«#»top", ["fragment"]],
  ["«mysql»://ann:pw@db.example.com/shop", ["scheme-wrong"]],
  ["«https»://ann:pw@db.example.com/shop", ["scheme-wrong"]],
  ["«jdbc:postgresql»://db.example.com/shop?user=ann&password=pw", ["scheme-wrong"]],
  ["«Postgres»://ann:pw@db.example.com/shop", ["scheme-capitals"]],
  ["postgresql«:/»ann:pw@db.example.com/shop", ["scheme-separator"]],
  ["«»ann:pw@db.example.com/shop", ["scheme-missing"]],
  ["«»//ann:pw@db.example.com/shop", ["scheme-missing"]],
  ["postgresql+asyncpg://ann:pw@db.example.com/shop", []],
  [`${good}&«pgbouncer»=true`, ["unknown-parameter"]],
  [`${good}&«pgbouncer»=true&«connection_limit»=1`, ["unknown-parameter", "unknown-parameter"]],
  [`${good}&«sslmode»=disable`, ["duplicate-parameter"]],
  [`${good}&«connect_timeout»`, ["parameter-without-value"]],
  [`${good}&connect_timeout=«soon»`, ["bad-value"]],
  [`${good}&«amp;channel_binding»=require`, ["html-escaped"]],
  [`${good}&«Channel_Binding»=require`, ["parameter-capitals"]],
  ["postgresql://ann:pw@db.example.com/shop?sslmode=«required»", ["bad-value"]],
  ["postgresql://ann:pw@db.example.com/shop?sslmode=«require»&sslrootcert=system", ["weak-sslmode"]],
  ["postgresql://ann:pw@db.example.com/shop?options=a«=»b", ["extra-separator"]],
  ["postgresql://db.example.com?user=a«@»b&dbname=shop", ["at-in-query"]],
  [`«export DATABASE_URL=»${good}`, ["assignment-pasted"]],
  [`«DATABASE_URL=»«"»${good}«"»`, ["assignment-pasted", "quotes-pasted", "quotes-pasted"]],
  [`«$env:DATABASE_URL = »«'»${good}«'»`, ["assignment-pasted", "quotes-pasted", "quotes-pasted"]],
  [`«psql »«'»${good}«'»`, ["command-pasted", "quotes-pasted", "quotes-pasted"]],
  [`«psql -d »${good}`, ["command-pasted"]],
  [`«"»${good}`, ["quotes-pasted"]],
  [`${good}«'»`, ["quotes-pasted"]],
  [`“${good}”`.replace(/^./, "«“»").replace(/.$/, "«”»"), ["quotes-pasted", "quotes-pasted"]],
  [`« »${good}«\n»`, ["blank-around", "line-break-around"]],
  [`«\ufeff»${good}`, ["invisible-character"]],
  ["«undefined»", ["literal-null"]],
  ["«{{resolve:ssm-secure:/app/url}}»", ["unresolved-reference"]],
  ["«arn:aws:secretsmanager:eu-west-1:111122223333:secret:url»", ["secret-reference"]],
  ['«{"username":"ann","password":"pw"}»', ["json-pasted"]],
  ["«<your database url>»", ["placeholder"]],
  ["«db.example.com»", ["not-a-url"]],
  ["host=db.example.com user=ann dbname=shop password=p «w»", ["missing-equals"]],
  ["host=db.example.com user=ann dbname=shop password=«'pw»", ["unterminated-quote"]],
  ["host=db.example.com user=ann dbname=shop «search_path»=x", ["unknown-parameter"]],
  ["host=db.example.com user=ann dbname=shop port=5432,«x»", ["port-not-a-number"]],
  ["user=ann dbname=shop«»", ["host-missing"]],
];

function places(marked: string): { readonly raw: string; readonly at: readonly (readonly [number, number])[] } {
  const at: [number, number][] = [];
  let raw = "";
  for (const piece of marked.split(/(«[^»]*»)/u)) {
    const inner = piece.startsWith("«") ? piece.slice(1, -1) : piece;
    if (piece.startsWith("«")) at.push([raw.length, inner.length]);
    raw += inner;
  }
  return { raw, at };
}

describe("the faults of a DATABASE_URL", () => {
  it.each(faulty)("%j", (marked, codes) => {
    const { raw, at } = places(marked);
    const { faults } = analyseDatabaseUrl(raw);
    expect(faults.map((f) => f.code)).toEqual(codes);
    const found = faults.map((f) => [f.at, f.length]);
    for (const place of at) expect(found).toContainEqual(place);
    for (const { message } of faults) expect(message).toMatch(/^[A-Z].*\.$/);
  });

  it("tells what a fault does: refused, misread, or wrong for other readers only", () => {
    const effect = (raw: string) => analyseDatabaseUrl(raw).faults.map((f) => f.effect);
    expect(effect("postgresql://ann:p@w@db.example.com/shop")).toEqual(["misread"]);
    expect(effect("postgresql://ann:p#w@db.example.com/shop")).toEqual(["fragile"]);
    expect(effect("postgresql://ann:p%w@db.example.com/shop")).toEqual(["refused"]);
    expect(effect("postgresql://ann:p:w@db.example.com/shop")).toEqual(["tolerated"]);
    expect(effect("postgresql://ann:[PASSWORD]@db.example.com/shop")).toEqual(["unlikely"]);
  });
});

describe("the shape of a DATABASE_URL", () => {
  it("holds everything but the secrets", () => {
    expect(
      analyseDatabaseUrl(
        "postgresql+psycopg2://ann.one:s%40crets@db1.example.com,[::1]:6432,10.0.0.7/shop?sslmode=require&channel_binding=require&pgbouncer=true&sslpassword=x9y9",
      ),
    ).toMatchObject({
      empty: false,
      form: "uri",
      scheme: "postgresql",
      sqlalchemyDriver: "psycopg2",
      hosts: [
        { host: "db1.example.com", kind: "name" },
        { host: "::1", port: 6432, kind: "ipv6" },
        { host: "10.0.0.7", kind: "ipv4" },
      ],
      database: "shop",
      hasUser: true,
      userHasTenant: true,
      hasPassword: true,
      passwordLength: 7,
      parameters: [
        { name: "sslmode", value: "require", known: true, duplicate: false },
        { name: "channel_binding", value: "require", known: true, duplicate: false },
        { name: "pgbouncer", value: "true", known: false, duplicate: false },
        { name: "sslpassword", value: "***", known: true, duplicate: false },
      ],
      sslmode: "require",
      channelBinding: "require",
    });
  });

  it("reads key=value strings, sockets, and parameters that stand for parts", () => {
    expect(analyseDatabaseUrl("host=/run/postgresql dbname=shop password='a b'")).toMatchObject({
      form: "dsn",
      hosts: [{ host: "/run/postgresql", kind: "socket" }],
      database: "shop",
      hasUser: false,
      hasPassword: true,
      passwordLength: 3,
      parameters: [],
    });
    expect(
      analyseDatabaseUrl("postgresql:///?host=a,b&port=1,2&dbname=shop&user=ann&password=pw&ssl=true"),
    ).toMatchObject({
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
      database: "shop",
      hasUser: true,
      hasPassword: true,
      sslmode: "require",
    });
    expect(analyseDatabaseUrl("postgresql://%2Fcloudsql%2Fone/shop").hosts).toEqual([
      { host: "/cloudsql/one", kind: "socket" },
    ]);
  });

  it("takes an empty or blank value for empty", () => {
    expect(analyseDatabaseUrl("")).toMatchObject({ empty: true, form: "unknown", faults: [] });
    expect(analyseDatabaseUrl(" \n").empty).toBe(true);
    expect(analyseDatabaseUrl('""').empty).toBe(true);
  });

  it("shows the options of Neon's endpoint and hides options that it does not know", () => {
    const value = (options: string) => analyseDatabaseUrl(`postgresql://h/d?options=${options}`).parameters[0]?.value;
    expect(value("endpoint%3Dep-one-12")).toBe("endpoint=ep-one-12");
    expect(value("-c%20search_path%3Dapp%20-c%20statement_timeout%3D5s")).toBe(
      "-c search_path=app -c statement_timeout=5s",
    );
    expect(value("-c%20app.token%3Dabc")).toBe("***");
  });
});

describe("connectionSettings", () => {
  it("gives what libpq would connect with", () => {
    expect(connectionSettings("postgresql+asyncpg://ann:p%40w@a,b:6432/shop?sslmode=require")).toEqual({
      ok: true,
      settings: {
        hosts: [
          { host: "a", port: 5432 },
          { host: "b", port: 6432 },
        ],
        user: "ann",
        password: "p@w",
        database: "shop",
        parameters: { sslmode: "require" },
      },
    });
    expect(connectionSettings("host=a,b port=6432 user='a n'")).toEqual({
      ok: true,
      settings: {
        hosts: [
          { host: "a", port: 6432 },
          { host: "b", port: 6432 },
        ],
        user: "a n",
        parameters: {},
      },
    });
  });

  it.each([
    "postgresql://ann:p%w@srv/shop",
    "postgresql://srv:port/shop",
    "postgresql://srv:0/shop",
    "mysql://srv/shop",
    "host=a,b,c port=1,2",
  ])("refuses %j", (raw) => expect(connectionSettings(raw).ok).toBe(false));
});

describe("correctedUrl", () => {
  const text = (raw: string, correction = {}) =>
    urlText(correctedUrl(analyseDatabaseUrl(raw), correction), (name) => `<${name}>`);

  it("drops and sets parameters and keeps the rest", () => {
    const raw =
      "postgresql://ann:pw@ep-one-pooler.eu-central-1.aws.neon.tech:5432/shop?sslmode=require&channel_binding=require";
    expect(text(raw, { without: ["channel_binding"] })).toBe(
      "postgresql://<user>:<password>@ep-one-pooler.eu-central-1.aws.neon.tech:5432/shop?sslmode=require",
    );
    expect(text("postgres://ann:pw@srv/shop", { set: { sslmode: "require" } })).toBe(
      "postgres://<user>:<password>@srv/shop?sslmode=require",
    );
  });

  it("writes a broken URL as it should be", () => {
    expect(
      text(`export DATABASE_URL="postgresql:/ann:p@w/x@[::1]:6432,srv/my shop?sslmode=require&amp;sslmode=require"`),
    ).toBe("postgresql://<user>:<password>@[::1]:6432,srv/my%20shop?sslmode=require");
    expect(text("mysql://ann:pw@%2Frun%2Fpg/")).toBe("postgresql://<user>:<password>@%2Frun%2Fpg/<database>");
    expect(text("host=srv dbname=shop sslpassword=x options='-c a=b'")).toBe(
      "postgresql://<user>:<password>@srv/shop?sslpassword=<sslpassword>&options=<options>",
    );
  });
});

it("finds a control character in the database's name", () => {
  const { faults, database } = analyseDatabaseUrl("postgresql://app:pw@db.example.com/copilot\u001b[31m");
  expect(faults).toContainEqual(expect.objectContaining({ code: "unescaped-control", effect: "misread", at: 42 }));
  expect(database).toBe("***");
});

describe("a correction", () => {
  const text = (raw: string): string =>
    urlText(correctedUrl(analyseDatabaseUrl(raw), {}), (name) => `<${name.toUpperCase()}>`);
  const before = "postgresql://<USER>:<PASSWORD>@";

  it.each([
    ["h.example.com:70000/c?sslmode=requre", "h.example.com:<PORT>/c?sslmode=require"],
    ["h.example.com:0/c?sslmode=banana", "h.example.com:<PORT>/c?sslmode=require"],
    ["h.example.com:port/c?sslmode=REQUIRE", "h.example.com:<PORT>/c?sslmode=require"],
    ["h.example.com:<port>/c?sslmode=verifyfull", "h.example.com:<PORT>/c?sslmode=verify-full"],
    ["h.example.com:1000000/c?sslmode", "h.example.com:<PORT>/c?sslmode=require"],
    ["h.example.com:5432,i.example.com:70000/c", "h.example.com:5432,i.example.com:<PORT>/c"],
    ["h.example.com/c?foo=bar&connect_timeout=abc", "h.example.com/c?connect_timeout=<CONNECT_TIMEOUT>"],
    ["h.example.com/c?connect_timeout=10&bogus=1&pgbouncer=true", "h.example.com/c?connect_timeout=10&pgbouncer=true"],
    ["h.example.com/c?SSLMODE=require", "h.example.com/c?sslmode=require"],
    ["h.example.com/c?channel_binding=banana", "h.example.com/c?channel_binding=<CHANNEL_BINDING>"],
    ["h.example.com/c?channel_binding=requires", "h.example.com/c?channel_binding=require"],
    ["h.example.com/c?sslmode=require&sslrootcert=system", "h.example.com/c?sslmode=verify-full&sslrootcert=system"],
    ["your-host/DBNAME", "<HOST>/<DATABASE>"],
  ])("of %j has none of its faults", (given, wanted) => {
    expect(text(`postgresql://app:x@${given}`)).toBe(before + wanted);
    const filled = text(`postgresql://app:x@${given}`).replaceAll(
      /<([A-Z_]+)>/g,
      (_all, name: string) => ({ PORT: "5432", CONNECT_TIMEOUT: "10", CHANNEL_BINDING: "prefer" })[name] ?? "filled",
    );
    const left = analyseDatabaseUrl(filled).faults.filter(({ code }) => code !== "unknown-parameter");
    expect(left).toEqual([]);
  });
});

it.each([
  "postgresql://<user>:<password>@<host>:<port>/<dbname>",
  "host=<host> port=<port> user=<user> password=<password> dbname=<dbname>",
])("finds every placeholder of %j", (raw) => {
  const found = analyseDatabaseUrl(raw).faults.filter(({ code }) => code === "placeholder");
  const parts = found.map(({ at, length }) => raw.slice(at, at + length));
  expect(new Set(parts)).toEqual(new Set(["<user>", "<password>", "<host>", "<port>", "<dbname>"]));
});

it.each(["mydb", "my_project", "myuser"])("takes %s for a name in use and not for a placeholder", (name) => {
  expect(analyseDatabaseUrl(`postgresql://${name}:pw12@${name}/${name}`).faults).toEqual([]);
});
