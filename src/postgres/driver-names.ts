import type { DatabaseUrlShape } from "./url.ts";

/** The drivers of which it is known what they make of a URL. */
export const driverFamilies = [
  "psycopg2",
  "psycopg",
  "pg8000",
  "asyncpg",
  "sqlalchemy",
  "sqlalchemy+psycopg2",
  "sqlalchemy+psycopg",
  "sqlalchemy+pg8000",
  "sqlalchemy+asyncpg",
  "pg",
  "postgres.js",
  "prisma",
] as const;
export type DriverFamily = (typeof driverFamilies)[number];

/** A driver as a package or an import names it: a distribution, a module, or an npm package. */
export interface DriverInUse {
  readonly name: string;
  readonly version?: string;
}

const aliases: Readonly<Record<string, DriverFamily>> = {
  psycopg2: "psycopg2",
  "psycopg2-binary": "psycopg2",
  "aws-psycopg2": "psycopg2",
  psycopg: "psycopg",
  psycopg3: "psycopg",
  "psycopg-binary": "psycopg",
  "psycopg-c": "psycopg",
  "psycopg-pool": "psycopg",
  pg8000: "pg8000",
  asyncpg: "asyncpg",
  sqlalchemy: "sqlalchemy",
  flask_sqlalchemy: "sqlalchemy",
  "flask-sqlalchemy": "sqlalchemy",
  sqlmodel: "sqlalchemy",
  pg: "pg",
  "node-postgres": "pg",
  "pg-pool": "pg",
  postgres: "postgres.js",
  "postgres.js": "postgres.js",
  prisma: "prisma",
  "@prisma/client": "prisma",
};

/**
 * The family of a driver, for SQLAlchemy with the driver that the URL names. Undefined for drivers of which nothing is known.
 * `psycopg2.extras`, `pg8000.dbapi` and `psycopg[binary]` count as what stands before the sign.
 */
export function driverFamily({ name }: DriverInUse, shape?: DatabaseUrlShape): DriverFamily | undefined {
  const key = name.toLowerCase();
  const known = (text: string) => (Object.hasOwn(aliases, text) ? aliases[text] : undefined);
  const family = driverFamilies.find((one) => one === key) ?? known(key) ?? known(key.replace(/[.[].*$/, ""));
  if (family !== "sqlalchemy") return family;
  const named = `sqlalchemy+${(shape?.sqlalchemyDriver ?? "").replace(/_async$/, "").replace(/^psycopgbinary$/, "psycopg")}`;
  return driverFamilies.find((one) => one === named) ?? "sqlalchemy";
}

/** Compares two versions number by number; anything after the numbers is passed over. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string) =>
    (/^\d+(?:\.\d+)*/.exec(text.trim().replace(/^[v^~>=]+/, ""))?.[0] ?? "").split(".").map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i += 1) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
