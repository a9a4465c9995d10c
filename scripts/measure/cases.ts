// What is measured: which drivers, with which parameters, against which states of the server.
import type { ServerState } from "./server.ts";

/** How an application hands the URL to its driver; the words of src/postgres/drivers.ts, and two for pg8000's ssl_context. */
export type Usage = "dsn" | "kwargs-forwarded" | "hand-parsed" | "ssl-true" | "ssl-default-context";

export type Row = {
  readonly driver: string;
  readonly usage: Usage;
  /** The package whose version names the row. */
  readonly package: string;
  /** What else is installed, where that makes the difference. */
  readonly with?: string;
  /** No parameter can make a difference: only the URL without a query is tried. */
  readonly bare?: boolean;
};

export type Environment = { readonly name: string; readonly pins: readonly string[]; readonly rows: readonly Row[] };

const row = (driver: string, usage: Usage, from = driver): Row => ({ driver, usage, package: from });
const bare = (driver: string, usage: Usage, from = driver): Row => ({ ...row(driver, usage, from), bare: true });
const pg8000: readonly Row[] = [
  bare("pg8000", "dsn"),
  row("pg8000", "kwargs-forwarded"),
  bare("pg8000", "hand-parsed"),
  bare("pg8000", "ssl-true"),
  bare("pg8000", "ssl-default-context"),
];
const asyncpg = [row("asyncpg", "dsn"), row("asyncpg", "kwargs-forwarded")];

/** Python packages of one virtual environment each, pinned. */
export const pythonEnvironments: readonly Environment[] = [
  {
    name: "newest",
    pins: [
      "psycopg2-binary==2.9.13",
      "psycopg[binary]==3.3.9",
      "pg8000==1.31.6",
      "asyncpg==0.32.0",
      "SQLAlchemy[asyncio]==2.0.58",
    ],
    rows: [
      row("psycopg2", "dsn", "psycopg2-binary"),
      row("psycopg2", "kwargs-forwarded", "psycopg2-binary"),
      row("psycopg", "dsn"),
      row("psycopg", "kwargs-forwarded"),
      ...pg8000,
      ...asyncpg,
      row("sqlalchemy+psycopg2", "dsn", "SQLAlchemy"),
      row("sqlalchemy+psycopg", "dsn", "SQLAlchemy"),
      row("sqlalchemy+pg8000", "dsn", "SQLAlchemy"),
      row("sqlalchemy+asyncpg", "dsn", "SQLAlchemy"),
      row("sqlalchemy", "dsn", "SQLAlchemy"),
    ],
  },
  {
    name: "reference",
    pins: [
      "pg8000==1.30.5",
      "scramp==1.4.5",
      "asyncpg==0.29.0",
      "SQLAlchemy[asyncio]==2.1.9",
      "psycopg[binary]==3.3.9",
    ],
    rows: [...pg8000, ...asyncpg, row("sqlalchemy", "dsn", "SQLAlchemy")],
  },
  {
    name: "older",
    pins: [
      "pg8000==1.29.8",
      "scramp==1.4.4",
      "SQLAlchemy[asyncio]==1.4.54",
      "psycopg2-binary==2.9.9",
      "setuptools==75.8.0",
    ],
    rows: [...pg8000, row("psycopg2", "dsn", "psycopg2-binary"), row("sqlalchemy", "dsn", "SQLAlchemy")],
  },
  {
    // What an installation gets that pins pg8000 alone: scramp 1.5.0 lacks a function that pg8000 before 1.31.6 calls.
    name: "unpinned-scramp",
    pins: ["pg8000==1.30.5", "scramp==1.5.0"],
    rows: [
      { ...bare("pg8000", "hand-parsed"), with: "scramp 1.5.0" },
      { ...bare("pg8000", "ssl-default-context"), with: "scramp 1.5.0" },
    ],
  },
];

/** npm packages, pinned; the older node-postgres stands under a name of its own. */
export const nodePackages = ["pg@8.23.1", "pg-old@npm:pg@8.11.6", "postgres@3.4.9"];
export const nodeRows: readonly Row[] = [row("pg", "dsn"), row("pg-old", "dsn"), row("postgres.js", "dsn")];

/** Queries of the URL; {ca} is the path of the authority's certificate. */
export const queries: readonly string[] = [
  "",
  "sslmode=disable",
  "sslmode=allow",
  "sslmode=prefer",
  "sslmode=require",
  "sslmode=verify-ca",
  "sslmode=verify-full",
  "sslmode=no-verify",
  "sslmode=Require",
  "ssl=true",
  "sslrootcert={ca}",
  "sslmode=require&sslrootcert={ca}",
  "sslmode=verify-ca&sslrootcert={ca}",
  "sslmode=verify-full&sslrootcert={ca}",
  "sslrootcert=system",
  "sslmode=require&sslrootcert=system",
  "sslmode=verify-full&sslrootcert=system",
  "sslmode=require&uselibpqcompat=true",
  "sslnegotiation=direct",
  "sslmode=require&sslnegotiation=direct",
  "channel_binding=disable",
  "channel_binding=prefer",
  "channel_binding=require",
  "sslmode=require&channel_binding=disable",
  "sslmode=require&channel_binding=prefer",
  "sslmode=require&channel_binding=require",
  "options=-c%20statement_timeout%3D5000",
  "options=endpoint%3Dep-one-12",
  "connect_timeout=5",
  "application_name=app",
  "target_session_attrs=read-write",
  "keepalives=1",
  "gssencmode=disable",
  "pgbouncer=true",
  "connection_limit=1",
  "schema=public",
  "statement_cache_size=0",
  "prepared_statement_cache_size=0",
  "search_path=public",
  "statement_timeout=5000",
  "timeout=5",
  "no_such_key=1",
];

/** With these the certificate's faults are told apart. */
export const certificateQueries: readonly string[] = queries.filter(
  (query) => /^$|^ssl/.test(query) && query !== "sslmode=Require",
);

export type Server = {
  readonly name: string;
  readonly state: ServerState;
  readonly queries: readonly string[];
  /** The authority counts among those that the system trusts, as a public one does. */
  readonly trusted?: boolean;
  readonly login?: "md5";
  readonly through?: "pooler";
};

const good = { tls: true, rules: "any" } as const;
export const servers: readonly Server[] = [
  { name: "tls", state: good, queries },
  { name: "tls-only", state: { tls: true, rules: "tls-only" }, queries },
  { name: "plain", state: { tls: false, rules: "any" }, queries },
  { name: "md5", state: good, queries, login: "md5" },
  { name: "pooler", state: good, queries, through: "pooler" },
  { name: "trusted", state: good, queries, trusted: true },
  { name: "self-signed", state: { ...good, certificate: "self-signed" }, queries: certificateQueries },
  { name: "expired", state: { ...good, certificate: "expired" }, queries: certificateQueries, trusted: true },
  { name: "wrong-name", state: { ...good, certificate: "wrong-name" }, queries: certificateQueries, trusted: true },
];

/** Ways to write one URL; the password holds the sign in question, unencoded unless it is said otherwise. */
export const spellings = {
  plain: ({ start, rest }) => `postgresql://${start("measured-pw-41")}${rest}`,
  "unescaped-at": ({ start, rest }) => `postgresql://${start("pw@41")}${rest}`,
  "unescaped-slash": ({ start, rest }) => `postgresql://${start("pw/41")}${rest}`,
  "unescaped-colon": ({ start, rest }) => `postgresql://${start("pw:41")}${rest}`,
  "unescaped-hash": ({ start, rest }) => `postgresql://${start("pw#41")}${rest}`,
  "unescaped-question-mark": ({ start, rest }) => `postgresql://${start("pw?41")}${rest}`,
  "unescaped-bracket": ({ start, rest }) => `postgresql://${start("pw[41")}${rest}`,
  "bad-percent": ({ start, rest }) => `postgresql://${start("pw%zz")}${rest}`,
  "unescaped-blank": ({ start, rest }) => `postgresql://${start("pw 41")}${rest}`,
  "encoded-at": ({ start, rest }) => `postgresql://${start("pw%4041")}${rest}`,
  "plus-sign": ({ start, rest }) => `postgresql://${start("pw+41")}${rest}`,
  "scheme-postgres": ({ start, rest }) => `postgres://${start("measured-pw-41")}${rest}`,
  "scheme-driver": ({ start, rest }) => `postgresql+psycopg2://${start("measured-pw-41")}${rest}`,
  "scheme-capitals": ({ start, rest }) => `PostgreSQL://${start("measured-pw-41")}${rest}`,
  "scheme-missing": ({ start, rest }) => `${start("measured-pw-41")}${rest}`,
  "key-value": ({ pairs }) => pairs,
  "line-break-around": ({ start, rest }) => `postgresql://${start("measured-pw-41")}${rest}\n`,
  "line-break-after-parameter": ({ start, rest }) => `postgresql://${start("measured-pw-41")}${rest}?sslmode=prefer\n`,
  "blank-around": ({ start, rest }) => ` postgresql://${start("measured-pw-41")}${rest}`,
  "quotes-pasted": ({ start, rest }) => `'postgresql://${start("measured-pw-41")}${rest}'`,
  "several-hosts": ({ start, rest }) => `postgresql://${start("measured-pw-41")}localhost:1,${rest}`,
  "duplicate-parameter": ({ start, rest }) =>
    `postgresql://${start("measured-pw-41")}${rest}?sslmode=disable&sslmode=require`,
} as const satisfies Readonly<
  Record<string, (parts: { start: (password: string) => string; rest: string; pairs: string }) => string>
>;
export type Spelling = keyof typeof spellings;

/** The passwords of the roles that the spellings log in as, by spelling; every other one uses the account's. */
export const spellingPasswords: Readonly<Partial<Record<Spelling, string>>> = {
  "unescaped-at": "pw@41",
  "unescaped-slash": "pw/41",
  "unescaped-colon": "pw:41",
  "unescaped-hash": "pw#41",
  "unescaped-question-mark": "pw?41",
  "unescaped-bracket": "pw[41",
  "bad-percent": "pw%zz",
  "unescaped-blank": "pw 41",
  "encoded-at": "pw@41",
  "plus-sign": "pw+41",
};

export const spellingUser = (spelling: string): string => `measured_${spelling.replaceAll("-", "_")}`;

/** Faults that no parameter causes. */
export const faults = [
  "wrong-password",
  "missing-role",
  "missing-database",
  "connection-limit",
  "statement-timeout",
  "missing-table",
  "refused",
  "unknown-host",
] as const;
export type FaultName = (typeof faults)[number];
