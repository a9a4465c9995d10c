import { defineCheck, findings, pass } from "../core/check.ts";
import { known } from "../core/fact.ts";
import type { Severity } from "../core/finding.ts";
import {
  databaseLoad,
  databaseProbe,
  databases,
  type DatabaseLoad,
  type DatabaseProbe,
  type DatabaseRef,
} from "../facts/database.ts";
import { databaseSettings, type DatabaseSetting } from "../facts/database-settings.ts";
import { run } from "../facts/run.ts";
import type { Provider } from "../postgres/providers.ts";
import { exampleDatabase } from "./support/examples.ts";
import { probeFindings } from "./support/probe.ts";
import { shapeOf } from "./support/url.ts";

type Stage = DatabaseProbe["stages"][number];

export default defineCheck({
  id: "database-reachable",
  title: "The database answers, and has the tables",
  severity: "error",
  why: "A connection made step by step tells a wrong host from a closed door, a wrong password and a missing table.",
  subjects: databases,
  requires: { probe: databaseProbe },
  uses: { load: databaseLoad, settings: databaseSettings, at: run },
  run({ subject, probe, load, settings, at }) {
    const found = probeFindings(probe, {
      label: subject.label,
      functionIds: subject.functionIds,
      today: at.state === "known" ? at.value.startedAt : undefined,
      load: load.state === "known" ? load.value : undefined,
      provider: settings.state === "known" ? providerOf(subject, settings.value) : undefined,
    });
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
            { name: "companies", exists: true, readable: true, rows: 12, ownerRows: 0, publicRows: 3 },
          ]),
        },
        codes: ["table-missing", "table-unreadable", "table-empty", "table-empty", "table-empty"],
        severities: ["error", "error", "note", "note", "note"],
      },
      {
        name: "a table in a schema that is not on the search path",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleProbe([
            { name: "usage_summaries", exists: false, readable: false, elsewhere: ["reports.usage_summaries"] },
          ]),
        },
        codes: ["table-missing"],
      },
      {
        name: "a server that functions in a VPC may reach and this machine does not",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleFailedAt("connect", "ECONNREFUSED", "connect ECONNREFUSED 10.0.3.7:5432"),
          load: known<DatabaseLoad>({ functions: [{ label: "GetCustomerUsage", connections: 1, inVpc: true }] }),
        },
        codes: ["connect"],
        severities: ["warning"],
      },
      {
        name: "a standby with an expired certificate, hardly a connection left, a forgotten transaction and a wrong clock",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleWith({
            tls: {
              protocol: "TLSv1.3",
              cipher: "TLS_AES_256_GCM_SHA384",
              serverName: true,
              certificate: {
                subject: "db.example.com",
                issuer: "Example authority",
                names: ["db.example.com"],
                validTo: "2026-11-20T00:00:00.000Z",
                chain: ["db.example.com"],
                trusted: false,
                fault: "CERT_HAS_EXPIRED",
                matchesHost: true,
              },
            },
            server: {
              product: "postgres",
              clockAheadMs: -400_000,
              clockWithinMs: 12,
              standby: true,
              connections: { max: 100, reserved: 3, used: 96, ofRole: 90, ofDatabase: 96 },
              transactions: { open: 2, idle: 1, oldestSeconds: 9_000, hidden: 0 },
              unread: [],
            },
          }),
          at: known(exampleRun),
        },
        codes: ["certificate-expired", "standby", "connections-scarce", "transaction-long", "clock-apart"],
        severities: ["warning", "warning", "warning", "warning", "warning"],
      },
      {
        name: "functions that may ask for more connections than there are, as a role whose password ends",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleWith({
            server: {
              product: "postgres",
              readOnly: true,
              role: {
                superuser: false,
                createDatabase: false,
                createRole: false,
                bypassRowSecurity: false,
                replication: false,
                createsTables: true,
                validUntil: "2026-11-25T00:00:00Z",
              },
              connections: { max: 100, reserved: 3, used: 5, ofRole: 5, ofDatabase: 5, roleLimit: 40 },
              unread: [],
            },
          }),
          at: known(exampleRun),
          load: known<DatabaseLoad>({
            functions: [
              { label: "GetCustomerUsage", reserved: 20, connections: 5, said: "db.py:3: pool_size=5", inVpc: false },
            ],
          }),
        },
        codes: ["read-only", "connections-outnumbered", "password-ends"],
        severities: ["warning", "warning", "warning"],
      },
    ],
    passes: [
      {
        name: "a server with room, whose certificate this machine does not trust and the driver need not",
        subject: exampleDatabase("GetCustomerUsage"),
        given: {
          probe: exampleWith({
            server: {
              product: "postgres",
              standby: false,
              readOnly: false,
              connections: { max: 100, reserved: 3, used: 12, ofRole: 10, ofDatabase: 12 },
              unread: [],
            },
          }),
          at: known(exampleRun),
        },
      },
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

function exampleProbe(tables: DatabaseProbe["tables"]): DatabaseProbe {
  const done = (["resolve", "connect", "ssl-request", "tls", "authenticate", "query"] as const).map((stage) => ({
    stage,
    ok: true,
    ms: 8,
  }));
  return { stages: done, serverVersion: "16.4", encrypted: true, tables };
}

/** A probe that went through, and what else it saw. */
function exampleWith(seen: Pick<DatabaseProbe, "tls" | "server">): DatabaseProbe {
  return { ...exampleProbe([]), ...seen };
}

function exampleFailedAt(stage: Stage["stage"], code: string, message: string): DatabaseProbe {
  const { stages: done } = exampleProbe([]);
  const at = done.findIndex((one) => one.stage === stage);
  return { stages: [...done.slice(0, at), { stage, ok: false, ms: 31, code, message }], tables: [] };
}

const exampleRun = {
  startedAt: "2026-11-23T10:00:00.000Z",
  region: "ap-southeast-1",
  stackName: "cs-copilot-backend",
  endpointOverride: false,
  smoke: true,
  configuration: {},
};

function exampleFailure(
  name: string,
  stage: Stage["stage"],
  code: string,
  message: string,
  severity: Severity = "error",
) {
  const codes: [string] = [stage];
  const severities: [Severity] = [severity];
  return {
    name,
    subject: exampleDatabase("GetCustomerUsage"),
    given: { probe: exampleFailedAt(stage, code, message) },
    codes,
    severities,
  };
}

/** Who runs the database, as its functions' URLs tell. */
function providerOf({ functionIds }: DatabaseRef, settings: readonly DatabaseSetting[]): Provider | undefined {
  for (const { fn, setting } of settings) {
    if (!functionIds.includes(fn.id) || setting.state === "unreadable") continue;
    const { value } = setting.value;
    const shape = value.state === "known" && value.value.found ? shapeOf(value.value.value) : undefined;
    if (shape !== undefined) return shape.provider;
  }
  return undefined;
}
