import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known, type Fact } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databaseUse, type DatabaseUse } from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import type { SourceFact } from "../facts/inventory.ts";
import { importPrediction, type ImportPrediction } from "../facts/packages.ts";
import { cursorWith, type BlockBehaviour } from "../postgres/cursor-with.ts";
import { driverFamily, type DriverInUse } from "../postgres/driver-names.ts";
import { driverText, moduleOf, sourceEvidence } from "./support/driver.ts";
import {
  denied,
  exampleConfiguration,
  exampleFunction,
  exampleSources,
  usesDatabase,
  usesNoDatabase,
} from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { shortPath } from "./support/paths.ts";
import { clause, oneLine } from "./support/text.ts";

/** Arguments of pg8000's connect() (its README, 1.31); older versions have no others. */
const pg8000Arguments: ReadonlySet<string> = new Set([
  "user",
  "host",
  "database",
  "port",
  "password",
  "source_address",
  "unix_sock",
  "ssl_context",
  "timeout",
  "tcp_keepalive",
  "application_name",
  "replication",
  "startup_params",
  "sock",
  "**",
]);

export default defineCheck({
  id: "driver-api",
  title: "The code uses its driver as the driver can be used",
  severity: "error",
  why: "Drivers share a standard and differ beyond it: code that moved from one to another imports well and fails at its first query.",
  subjects: functions,
  requires: { use: databaseUse, configuration: functionConfiguration },
  uses: { prediction: importPrediction },
  run({ subject, use, configuration, prediction }) {
    if (!use.uses) return notApplicable(use.because);
    const python = /^python(3\.\d+)$/.exec(configuration.runtime ?? "")?.[1];
    if (python === undefined) return notApplicable(`${subject.label} does not run on one of Lambda's Python runtimes.`);
    if (prediction.state === "unreadable") return unknownFrom(prediction);
    const facts = prediction.value.sourceFacts;
    const driver = importedDriver(use, prediction.value);
    if (driver === undefined) return notApplicable(`No Postgres driver is known that ${subject.label} imports.`);
    // Connections of SQLAlchemy are its own and follow its rules, not the driver's.
    if (facts.some((fact) => fact.kind === "engine-call")) {
      return notApplicable(`${subject.label} uses its driver through SQLAlchemy.`);
    }
    const behaviour = cursorWith(driver, python);
    const found = facts.flatMap((fact) => [
      ...(behaviour === undefined ? [] : blockFindings(subject, driver, behaviour, fact)),
      ...keywordFindings(subject, driver, fact),
    ]);
    return found.length === 0 ? pass : findings(found);
  },
  examples: () => ({
    fails: [
      {
        name: "a cursor of pg8000 in a with block",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleSources("pg8000.dbapi.connect", ["user"], exampleWith("cursor-in-with", "conn.cursor", 44)),
        ),
        codes: ["cursor-in-with"],
      },
      {
        name: "code of psycopg that was moved to pg8000, on an older Python",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(
            exampleSources(
              "pg8000.dbapi.connect",
              ["user", "ssl_context"],
              exampleWith("connection-in-with", "get_conn", 43),
              exampleWith("cursor-in-with", "conn.cursor", 44),
            ),
          ),
          configuration: exampleConfiguration({ runtime: "python3.10" }),
        },
        codes: ["connection-in-with", "cursor-in-with"],
        severities: ["warning", "error"],
      },
      {
        name: "a cursor in a with block, where only the import shows which driver it is",
        subject: exampleFunction(),
        given: exampleGiven(
          known({
            verdict: "will-fail",
            drivers: [
              {
                name: "pg8000",
                module: "pg8000",
                chain: [{ file: "/var/task/_shared/db.py", line: 5, imports: "pg8000.dbapi" }],
              },
            ],
            sourceFacts: [exampleWith("cursor-in-with", "conn.cursor", 44)],
            notes: [],
          }),
        ),
        codes: ["cursor-in-with"],
      },
      {
        name: "arguments of libpq for pg8000's connect()",
        subject: exampleFunction(),
        given: exampleGiven(exampleSources("pg8000.dbapi.connect", ["user", "dbname", "sslmode"])),
        codes: ["connect-keyword"],
      },
      {
        name: "a plain with around a connection of asyncpg",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(
            exampleSources("asyncpg.connect", ["dsn"], exampleWith("connection-in-with", "get_conn", 12)),
          ),
          use: { ...usesDatabase, driver: { name: "asyncpg", version: "0.30.0" } },
        },
        codes: ["connection-in-with"],
      },
    ],
    passes: [
      {
        name: "a cursor of psycopg2 in a with block",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(exampleSources("psycopg2.connect", [], exampleWith("cursor-in-with", "conn.cursor", 44))),
          use: { ...usesDatabase, driver: { name: "psycopg2-binary", version: "2.9.9" } },
        },
      },
      {
        name: "a pool of asyncpg in an async with",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(
            exampleSources("asyncpg.create_pool", ["dsn"], {
              ...exampleWith("connection-in-with", "asyncpg.create_pool", 12),
              text: "async with asyncpg.create_pool(dsn=url) as pool:",
            }),
          ),
          use: { ...usesDatabase, driver: { name: "asyncpg", version: "0.30.0" } },
        },
      },
      {
        name: "pg8000 without with blocks",
        subject: exampleFunction(),
        given: exampleGiven(exampleSources("pg8000.dbapi.connect", ["user", "password", "ssl_context"])),
      },
      {
        name: "SQLAlchemy over the driver",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleSources("sqlalchemy.create_engine", [], exampleWith("connection-in-with", "engine.connect", 9)),
        ),
        kind: "not-applicable",
      },
      {
        name: "a function on Node",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(exampleSources("pg.connect", [])),
          configuration: exampleConfiguration({ runtime: "nodejs22.x" }),
        },
        kind: "not-applicable",
      },
      {
        name: "a function of which no driver is known",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(known({ verdict: "will-import", drivers: [], sourceFacts: [], notes: [] })),
          use: { uses: true, because: "The configuration names GetCustomerUsage." },
        },
        kind: "not-applicable",
      },
      {
        name: "a function that uses no database",
        subject: exampleFunction("GenerateEmail"),
        given: { ...exampleGiven(exampleSources("pg8000.dbapi.connect", ["dsn"])), use: usesNoDatabase },
        kind: "not-applicable",
      },
      {
        name: "a package that the caller may not read",
        subject: exampleFunction(),
        given: exampleGiven(denied("the package of GetCustomerUsage", "lambda:GetFunction")),
        kind: "unknown",
      },
    ],
  }),
});

/** The driver by the module that the code uses: pg8000's own connect() and that of pg8000.dbapi differ. */
function importedDriver({ driver }: DatabaseUse, { drivers, sourceFacts }: ImportPrediction): DriverInUse | undefined {
  const name = driver?.name ?? drivers[0]?.name;
  if (name === undefined) return undefined;
  const family = driverFamily({ name });
  const ofFamily = (module: string): boolean => driverFamily({ name: module }) === family;
  const called = sourceFacts
    .filter((fact) => fact.kind === "connect-call")
    .map(moduleOf)
    .find(ofFamily);
  const imports = drivers.flatMap(({ module, chain }) => [chain.at(-1)?.imports ?? "", module]).filter(ofFamily);
  // Of two names for one module the longer one says more: `pg8000.dbapi` rather than `pg8000`.
  const imported = imports.toSorted((a, b) => b.length - a.length)[0];
  const version = driver?.version ?? drivers.find((use) => ofFamily(use.module))?.version;
  return { name: called ?? imported ?? name, ...(version === undefined ? {} : { version }) };
}

function blockFindings(
  fn: FunctionRef,
  driver: DriverInUse,
  behaviour: BlockBehaviour,
  fact: SourceFact,
): readonly FindingDraft[] {
  // Blocks of `async with` follow another protocol, of which nothing is said here.
  if (/^\s*async\s/.test(fact.text)) return [];
  const place = `${shortPath(fact.file)}:${fact.line}`;
  const what = driverText(driver);
  if (fact.kind === "cursor-in-with" && !behaviour.cursor.supported) {
    const { error } = behaviour.cursor;
    const message = `${fn.label} opens a cursor of ${what} in a with block (${place}), which fails: ${clause(error)}.`;
    return [draft("cursor-in-with", message, driver, fact, error)];
  }
  if (fact.kind !== "connection-in-with") return [];
  const { connection } = behaviour;
  if (!connection.supported) {
    const message = `${fn.label} opens a connection of ${what} in a with block (${place}), which fails: ${clause(connection.error)}.`;
    return [draft("connection-in-with", message, driver, fact, connection.error)];
  }
  if (connection.commits) return [];
  const ending = connection.closes ? "closes it and does not commit" : "does not commit";
  const message = `${fn.label} opens a connection of ${what} in a with block (${place}), the end of which ${ending}: what was written is lost.`;
  return [{ ...draft("connection-in-with", message, driver, fact, `the block ${ending}`), severity: "warning" }];
}

/** Arguments of another driver: Python refuses them when connect() is called. */
function keywordFindings(fn: FunctionRef, driver: DriverInUse, fact: SourceFact): readonly FindingDraft[] {
  if (fact.kind !== "connect-call" || !/^pg8000\.(?:\w+\.)?connect$/.test(fact.name)) return [];
  const wrong = (fact.keywords ?? []).find((name) => !pg8000Arguments.has(name));
  if (wrong === undefined) return [];
  const error = `TypeError: connect() got an unexpected keyword argument '${wrong}'`;
  const place = `${shortPath(fact.file)}:${fact.line}`;
  const message = `${fn.label} passes ${wrong} to ${fact.name} of ${driverText(driver)} (${place}), which fails: ${error}.`;
  return [draft("connect-keyword", message, driver, fact, error)];
}

function draft(code: string, message: string, driver: DriverInUse, fact: SourceFact, error: string): FindingDraft {
  return {
    code,
    message,
    evidence: [sourceEvidence(fact)],
    detail: {
      driver: driver.name,
      version: driver.version ?? "",
      file: shortPath(fact.file),
      line: String(fact.line),
      text: oneLine(fact.text),
      message: oneLine(error),
    },
  };
}

function exampleWith(kind: "cursor-in-with" | "connection-in-with", name: string, line: number): SourceFact {
  const as = kind === "cursor-in-with" ? "cur" : "conn";
  return { kind, file: "/var/task/_shared/db.py", line, text: `    with ${name}() as ${as}:`, name };
}

function exampleGiven(prediction: Fact<ImportPrediction>) {
  return { use: usesDatabase, configuration: exampleConfiguration(), prediction };
}
