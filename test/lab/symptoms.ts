// What an incident of the lab shows from outside, before anybody diagnoses it.
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect } from "vitest";
import type { IncidentLab } from "./incidents.ts";
import { TOOLS } from "./traffic.ts";

/** What the incident shows from outside and in the log of a tool that uses the database. */
export type Symptom = {
  /** Status of the four tools that use the database, and of the two that do not. */
  readonly database: number;
  readonly others: number;
  readonly answer: string;
  readonly log: RegExp;
};

const BACKEND =
  /ImportModuleError: Unable to import module 'tools\/get_customer_usage\/handler': no pq wrapper available\.\nAttempts made:\n(?:- .*\n)*- couldn't import psycopg 'python' implementation: libpq library not found/;
const NO_PG8000 =
  /\[ERROR\] Runtime\.ImportModuleError: Unable to import module 'tools\/get_customer_usage\/handler': No module named 'pg8000'\nTraceback/;
const NO_PSYCOPG2 = /Runtime\.ImportModuleError: .*: No module named 'psycopg2\._psycopg'/;
const BROKEN = '{"message": "Internal server error"}';

function exception(name: string): Pick<Symptom, "database" | "others" | "answer" | "log"> {
  const log = new RegExp(`"type": "TOOL_LOG", "tool": "get_customer_usage", "error": "EXCEPTION", "ex": "${name}"`);
  return { database: 500, others: 200, answer: `"TOOL_FAILURE", "message": "${name}"`, log };
}

const healthy: Symptom = {
  database: 200,
  others: 200,
  answer: '"sparkline": [31, 35, 38, 40, 44, 42, 47]',
  log: /"tool": "get_customer_usage", "missing": false/,
};

const importFailure = (log: RegExp): Symptom => ({ database: 502, others: 200, answer: BROKEN, log });

/** The symptom of each incident by its name. */
export const SYMPTOMS: Readonly<Record<string, Symptom>> = {
  healthy,
  "healthy-parameter": healthy,
  "driver-in-no-layer": importFailure(NO_PG8000),
  "macos-wheels": importFailure(NO_PSYCOPG2),
  "driver-backend-missing": importFailure(BACKEND),
  "driver-dependency-drift": exception("AttributeError"),
  "stale-layer": importFailure(NO_PG8000),
  "url-lost-at-deploy": exception("RuntimeError"),
  "channel-binding": exception("TypeError"),
  "cursor-with-block": exception("TypeError"),
  "database-stopped-masked": {
    database: 200,
    others: 200,
    answer: '"missingData": true',
    log: /"tool": "get_customer_usage", "missing": true/,
  },
  "parameter-missing": exception("ParameterNotFound"),
  "parameter-blank": exception("RuntimeError"),
  "parameter-denied": exception("AccessDeniedException"),
  "hmac-secret-wrong": { database: 401, others: 401, answer: '"signature mismatch"', log: /END RequestId/ },
  "database-password-wrong": exception("DatabaseError"),
  "stale-layer-and-hmac": { ...importFailure(NO_PG8000), others: 401 },
  "macos-wheels-and-url-lost": importFailure(NO_PSYCOPG2),
};

async function logOf(staged: IncidentLab, logicalId: string): Promise<string> {
  const logGroupNamePrefix = `/aws/lambda/${staged.stackName}-${logicalId}`;
  const { logs } = staged.lab.emulator.root;
  const groups = await staged.lab.logGroups(logGroupNamePrefix);
  const pages = await Promise.all(
    groups.map((logGroupName) => logs.send(new FilterLogEventsCommand({ logGroupName }))),
  );
  return pages
    .flatMap((page) => page.events ?? [])
    .map((event) => event.message ?? "")
    .join("");
}

/** Holds the answers and the log of a staged incident against the symptom that it must show. */
export async function expectSymptom(staged: IncidentLab, symptom: Symptom): Promise<void> {
  const expected = TOOLS.map(({ tool, database }) => [tool, database ? symptom.database : symptom.others]);
  expect(staged.answers.map(({ tool, status }) => [tool, status])).toEqual(expected);
  expect(staged.answers[0]?.text).toContain(symptom.answer);
  const log = await logOf(staged, "GetCustomerUsage");
  expect(log).toMatch(symptom.log);
  expect(log).toMatch(/^INIT_START Runtime Version: python:3\.\d+\.v\d+\t/);
  expect(log).toMatch(/REPORT RequestId: [-0-9a-f]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t/);
  if (symptom.database === 502) {
    // A failed initialisation is tried again in the invoke phase, and says so twice.
    expect(log.match(/Unable to import module/g)).toHaveLength(2);
    expect(log).toMatch(/INIT_REPORT .*Phase: init\tStatus: error\tError Type: Runtime\.ImportModuleError\n/);
    expect(log).toMatch(/INIT_REPORT .*Phase: invoke\tStatus: error/);
    expect(staged.answers[0]?.headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
  }
  for (const secret of [staged.lab.databasePassword, staged.lab.hmacSecret]) expect(staged.secrets).toContain(secret);
}
