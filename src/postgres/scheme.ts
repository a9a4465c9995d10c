import { fault, placeOf, type UrlFault } from "./fault.ts";
import type { UriSplit } from "./split.ts";

/** Faults of the scheme and of what stands between it and the rest. */
export function schemeFaults({ scheme, separator }: UriSplit): UrlFault[] {
  const faults: UrlFault[] = [];
  const place = placeOf(scheme);
  const driverless = scheme.text.replace(/\+[a-z0-9_]+$/i, "");
  if (scheme.text === "") {
    faults.push(fault("scheme-missing", "refused", place, "The URL does not begin with postgresql://."));
    return faults;
  }
  if (!/^postgres(ql)?$/i.test(driverless)) {
    const of = schemeOwner(scheme.text);
    const whose = of === undefined ? "is not one of Postgres" : `belongs to ${of}`;
    faults.push(
      fault("scheme-wrong", "refused", place, `The scheme ${whose}; libpq takes postgresql:// and postgres:// only.`),
    );
  } else if (driverless !== driverless.toLowerCase()) {
    faults.push(
      fault("scheme-capitals", "refused", place, "The scheme has capitals; libpq takes it in lower case only."),
    );
  }
  if (separator.text !== "://") {
    faults.push(
      fault(
        "scheme-separator",
        "refused",
        placeOf(separator),
        "Between the scheme and the rest stands something else than ://.",
      ),
    );
  }
  return faults;
}

const schemeOwners: Readonly<Record<string, string>> = {
  mysql: "MySQL",
  mariadb: "MariaDB",
  mongodb: "MongoDB",
  "mongodb+srv": "MongoDB",
  redis: "Redis",
  rediss: "Redis",
  sqlite: "SQLite",
  sqlserver: "SQL Server",
  mssql: "SQL Server",
  http: "web addresses",
  https: "web addresses",
  "jdbc:postgresql": "JDBC",
  "jdbc:mysql": "MySQL over JDBC",
  prisma: "Prisma Accelerate",
  "prisma+postgres": "Prisma Postgres",
  cockroachdb: "SQLAlchemy's CockroachDB dialect",
  cockroach: "CockroachDB tools",
  postgis: "GeoDjango settings",
  s3: "Amazon S3",
  file: "files",
  tcp: "plain sockets",
  psql: "no driver (psql is a command)",
  pgsql: "PHP",
};

/** Whose scheme this is, if it is one that is known; unknown schemes are never shown. */
export function schemeOwner(scheme: string): string | undefined {
  const key = scheme.toLowerCase();
  const driverless = key.replace(/\+.*$/, "");
  if (Object.hasOwn(schemeOwners, key)) return schemeOwners[key];
  return Object.hasOwn(schemeOwners, driverless) ? schemeOwners[driverless] : undefined;
}
