import { defineCheck, findings, pass, type FindingDraft } from "../core/check.ts";
import type { Evidence, Severity } from "../core/finding.ts";
import { databaseProbe, databases, type DatabaseProbe, type DatabaseRef } from "../facts/database.ts";
import { exampleDatabase } from "./support/examples.ts";
import { clause, codeAndMessage, counted, listed, oneLine } from "./support/text.ts";

type Stage = DatabaseProbe["stages"][number];
type Table = DatabaseProbe["tables"][number];

/** What it means when a stage fails, as the end of a sentence that begins with where it was seen from. */
const stages: Readonly<Record<Stage["stage"], (database: string) => string>> = {
  resolve: (database) => `the host name of ${database} cannot be resolved`,
  connect: (database) => `the server of ${database} cannot be reached`,
  tls: (database) => `the encrypted connection to ${database} fails`,
  authenticate: (database) => `the server of ${database} refuses the user of the URL`,
  query: (database) => `a first query to ${database} fails`,
};

/** Failures that this machine's own network explains as well as the server's state: a private database, no IPv6, no DNS. */
const perhapsOnlyHere: ReadonlySet<string> = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);

export default defineCheck({
  id: "database-reachable",
  title: "The database answers, and has the tables",
  severity: "error",
  why: "A connection made step by step tells a wrong host from a closed door, a wrong password and a missing table.",
  subjects: databases,
  requires: { probe: databaseProbe },
  run({ subject, probe }) {
    const failed = probe.stages.find((stage) => !stage.ok);
    if (failed !== undefined) return findings([stageFinding(subject, probe.stages, failed)]);
    const found = probe.tables.map((table) => tableFinding(subject, table)).filter((finding) => finding !== undefined);
    return found.length === 0 ? pass : findings(found);
  },
  examples: () => ({
    fails: [
      exampleFailure("a host name that does not exist", "resolve", "ENOTFOUND", "getaddrinfo ENOTFOUND db.example.com"),
      exampleFailure(
        "a server that does not listen",
        "connect",
        "ECONNREFUSED",
        "connect ECONNREFUSED 203.0.113.7:5432",
      ),
      exampleFailure(
        "a server in a private network",
        "connect",
        "ETIMEDOUT",
        "connect ETIMEDOUT 10.0.3.7:5432",
        "warning",
      ),
      exampleFailure(
        "a certificate of an authority that is not trusted",
        "tls",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "self-signed certificate in certificate chain",
      ),
      exampleFailure(
        "a password that was changed",
        "authenticate",
        "28P01",
        'password authentication failed for user "app"',
      ),
      exampleFailure(
        "a server that is shutting down",
        "query",
        "57P01",
        "terminating connection due to administrator command",
      ),
      {
        name: "tables that are missing, closed, empty, and empty for the owner",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleProbe([
            { name: "usage_summaries", exists: false, readable: false },
            { name: "ticket_summaries", exists: true, readable: false },
            { name: "contracts", exists: true, readable: true, rows: 0 },
            { name: "owners", exists: true, readable: true, rows: 12, ownerRows: 0 },
          ]),
        },
        codes: ["table-missing", "table-unreadable", "table-empty", "table-empty"],
        severities: ["error", "error", "note", "note"],
      },
    ],
    passes: [
      {
        name: "a database with its tables and rows",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleProbe([{ name: "usage_summaries", exists: true, readable: true, rows: 40, ownerRows: 3 }]),
        },
      },
      {
        name: "a database of which no table was asked for",
        subject: exampleDatabase("GetCustomerUsage"),
        given: { probe: exampleProbe([]) },
      },
    ],
  }),
});

function stageFinding(database: DatabaseRef, all: readonly Stage[], failed: Stage): FindingDraft {
  const { stage, code = "", message = "" } = failed;
  const said = codeAndMessage(code, message);
  const before = all.filter(({ ok }) => ok).map((one) => one.stage);
  const where = "from this machine";
  const says = `${stage} fails after ${Math.round(failed.ms)} ms${said === "" ? "" : `: ${said}`}`;
  const passed: readonly Evidence[] =
    before.length === 0 ? [] : [{ kind: "database", where, says: `before that, ${listed(before)} succeeded` }];
  return {
    code: stage,
    message: `From this machine, ${stages[stage](database.label)}${said === "" ? "" : `: ${clause(said)}`}.`,
    evidence: [{ kind: "database", where, says }, ...passed],
    detail: { code, message: oneLine(message), functions: database.functionIds.join(",") },
    severity: perhapsOnlyHere.has(code) ? "warning" : "error",
  };
}

function tableFinding(database: DatabaseRef, table: Table): FindingDraft | undefined {
  const { exists, readable, rows, ownerRows } = table;
  const name = oneLine(table.name);
  const finding = (code: string, severity: Severity, ending: string, says: string): FindingDraft => ({
    code,
    message: `The table ${name} of ${database.label} ${ending}.`,
    evidence: [{ kind: "database", where: `table ${name}`, says }],
    detail: {
      table: name,
      of: rows !== 0 && ownerRows === 0 ? "owner" : "all",
      functions: database.functionIds.join(","),
    },
    severity,
  });
  if (!exists)
    return finding("table-missing", "error", "does not exist, or not where the search path looks", "there is none");
  if (!readable)
    return finding("table-unreadable", "error", "may not be read by the user of the URL", "SELECT is not granted");
  if (rows === 0) return finding("table-empty", "note", "has no rows", "0 rows");
  if (ownerRows !== 0) return undefined;
  const total = rows === undefined ? "rows of others" : counted(rows, "row");
  return finding(
    "table-empty",
    "note",
    "has no rows of the owner that the tools ask for",
    `${total}, none of the owner's`,
  );
}

function exampleProbe(tables: DatabaseProbe["tables"]): DatabaseProbe {
  const done = (["resolve", "connect", "tls", "authenticate", "query"] as const).map((stage) => ({
    stage,
    ok: true,
    ms: 8,
  }));
  return { stages: done, serverVersion: "16.4", encrypted: true, tables };
}

function exampleFailure(
  name: string,
  stage: Stage["stage"],
  code: string,
  message: string,
  severity: Severity = "error",
) {
  const { stages: done } = exampleProbe([]);
  const at = done.findIndex((one) => one.stage === stage);
  const reached = [...done.slice(0, at), { stage, ok: false, ms: 31, code, message }];
  const codes: [string] = [stage];
  const severities: [Severity] = [severity];
  return {
    name,
    subject: exampleDatabase("GetCustomerUsage"),
    given: { probe: { stages: reached, tables: [] } },
    codes,
    severities,
  };
}
