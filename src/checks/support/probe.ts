// What a connection made step by step shows: the stage that it fails at, the tables, and what the server says of itself.
import type { FindingDraft } from "../../core/check.ts";
import type { Evidence, Severity } from "../../core/finding.ts";
import type { DatabaseProbe } from "../../facts/database.ts";
import { isPrivateAddress } from "../../postgres/network.ts";
import { isSqlState, refusalOf, shortageOf } from "../../postgres/refusal.ts";
import { serverFindings, type Around } from "./server.ts";
import { clause, codeAndMessage, counted, listed, oneLine } from "./text.ts";

type Stage = DatabaseProbe["stages"][number];
type Table = DatabaseProbe["tables"][number];

/** What it means when a stage fails, as the end of a sentence that begins with where it was seen from. */
const stages: Readonly<Record<Stage["stage"], (database: string) => string>> = {
  resolve: (database) => `the host name of ${database} cannot be resolved`,
  connect: (database) => `the server of ${database} cannot be reached`,
  "ssl-request": (database) => `the server of ${database} does not agree on TLS`,
  tls: (database) => `the encrypted connection to ${database} fails`,
  authenticate: (database) => `the server of ${database} refuses the user of the URL`,
  query: (database) => `a first query to ${database} fails`,
};

/** The same for failures that say nothing of what their stage is about. */
function meaningOf({ stage, code = "", message = "" }: Stage, database: string): string {
  if (code === "NOT_POSTGRES") return `what answers at ${database} is not Postgres`;
  if (code === "UNIX_SOCKET" || code === "NO_HOST") return `the URL of ${database} names no host to connect to`;
  if (code === "INVALID_URL") return `the URL of ${database} cannot be connected by`;
  if (code === "STOOD_STILL") return `the connection to ${database} was given no time`;
  if (code === "ROOT_CERTIFICATE_MISSING") return `libpq gives the connection to ${database} up`;
  if (stage !== "authenticate" || code === "NO_USER" || code === "NO_PASSWORD") return stages[stage](database);
  // What the server itself refuses has a SQLSTATE; anything else ends the sign-in without an answer.
  return isSqlState(code)
    ? `the server of ${database} ${answerText(code, message)}`
    : `the sign-in at ${database} does not come to an end`;
}

function answerText(code: string, message: string): string {
  switch (refusalOf(code, message)) {
    case "starting":
      return "is up and takes no connections yet";
    case "stopping":
      return "is shutting down";
    case "connections":
      return "has no connection left";
    case "resources":
      return shortageOf(code);
    case "broken-off":
      return "breaks the sign-in off";
    case "parameter":
      return "refuses a setting of the URL";
    case "database":
      return "does not have the database of the URL";
    case "user":
    case "rules":
    case "encryption":
    case "name":
    case "permission":
      return "refuses the user of the URL";
    default:
      return "answers the sign-in with an error";
  }
}

/** Failures that this machine's own network explains as well as the server's state: a private database, no IPv6, no DNS. */
const perhapsOnlyHere: ReadonlySet<string> = new Set([
  "STOOD_STILL",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
]);

/** The findings of a probe: of the stage that fails, and else of the tables and the server. */
export function probeFindings(probe: DatabaseProbe, around: Around): readonly FindingDraft[] {
  const failed = probe.stages.find((stage) => !stage.ok);
  if (failed !== undefined) return [stageFinding(around, probe, failed)];
  const tables = probe.tables.map((table) => tableFinding(around, table)).filter((finding) => finding !== undefined);
  return [...tables, ...serverFindings(probe, around)];
}

/** Whether the server was asked for TLS and said that it has none. */
export const isWithoutTls = ({ stages: all, tls, encrypted }: DatabaseProbe): boolean =>
  tls === undefined &&
  encrypted !== true &&
  all.some(({ stage, ok }) => stage === "ssl-request" && ok) &&
  !all.some(({ stage }) => stage === "tls");

function stageFinding(around: Around, probe: DatabaseProbe, failed: Stage): FindingDraft {
  const { stage, code = "", message = "" } = failed;
  const said = codeAndMessage(code, message);
  const before = probe.stages.filter(({ ok }) => ok).map((one) => one.stage);
  const where = "from this machine";
  const says = `${stage} fails after ${Math.round(failed.ms)} ms${said === "" ? "" : `: ${said}`}`;
  const elsewhere =
    stage === "resolve" || stage === "connect" ? vpcRemark(around) : otherHostRemark(around, probe, stage);
  const passed: readonly Evidence[] =
    before.length === 0 ? [] : [{ kind: "database", where, says: `before that, ${listed(before)} succeeded` }];
  return {
    code: stage,
    message: `From this machine, ${meaningOf(failed, around.label)}${said === "" ? "" : `: ${clause(said)}`}.${elsewhere === undefined ? "" : ` ${elsewhere}`}`,
    evidence: [{ kind: "database", where, says }, ...passed],
    detail: {
      code,
      message: oneLine(message),
      functions: around.functionIds.join(","),
      ...(isWithoutTls(probe) ? { tls: "none" } : {}),
    },
    // Who takes the connection and does not finish the sign-in does so to everybody.
    severity:
      (perhapsOnlyHere.has(code) && !(stage === "authenticate" && code === "ETIMEDOUT")) || elsewhere !== undefined
        ? "warning"
        : "error",
  };
}

/** Where every function runs in a VPC, what cannot be reached from here says little about what they reach. */
function vpcRemark(around: Around): string | undefined {
  const users = usersInVpc(around);
  return users && `${users.run} in a VPC, from where ${users.they} may reach what this machine does not.`;
}

/** "GetCustomerUsage runs" or "4 functions run", where all that are sent to the database run in a VPC. */
function usersInVpc({ load }: Around): { readonly run: string; readonly they: string } | undefined {
  const users = load?.functions ?? [];
  if (users.length === 0 || users.some(({ inVpc }) => !inVpc)) return undefined;
  return users.length === 1
    ? { run: `${users[0]?.label ?? ""} runs`, they: "it" }
    : { run: `${counted(users.length, "function")} run`, they: "they" };
}

/** Whose rows a table without the wanted ones lacks. */
function lackingOf({
  rows,
  ownerRows,
  publicRows = 0,
  customerRows,
}: Table): "all" | "owner" | "owner-not-public" | "customer" {
  if (rows === 0) return "all";
  if (customerRows === 0) return "customer";
  return ownerRows !== 0 ? "all" : publicRows > 0 ? "owner-not-public" : "owner";
}

/** A private address is another host's on this machine's network, unless both are the same one. */
function otherHostRemark(around: Around, { connectedTo }: DatabaseProbe, stage: Stage["stage"]): string | undefined {
  if ((stage !== "ssl-request" && stage !== "tls") || connectedTo === undefined) return undefined;
  const users = isPrivateAddress(connectedTo.address) ? usersInVpc(around) : undefined;
  return users && `${users.run} in a VPC, where ${connectedTo.address} may be another host.`;
}

function tableFinding(around: Around, table: Table): FindingDraft | undefined {
  const { exists, readable, rows, ownerRows, publicRows = 0, customerRows } = table;
  const name = oneLine(table.name);
  const finding = (code: string, severity: Severity, ending: string, says: string): FindingDraft => ({
    code,
    message: `The table ${name} of ${around.label} ${ending}.`,
    evidence: [{ kind: "database", where: `table ${name}`, says }],
    detail: {
      table: name,
      of: lackingOf(table),
      functions: around.functionIds.join(","),
    },
    severity,
  });
  if (!exists) {
    const places = (table.elsewhere ?? []).map((place) => oneLine(place));
    return places.length === 0
      ? finding("table-missing", "error", "does not exist, or not where the search path looks", "there is none")
      : finding(
          "table-missing",
          "error",
          `is not where the search path looks: there is ${listed(places)}`,
          `none by this name, but ${listed(places)}`,
        );
  }
  if (!readable)
    return finding("table-unreadable", "error", "may not be read by the user of the URL", "SELECT is not granted");
  if (rows === 0) return finding("table-empty", "note", "has no rows", "0 rows");
  if (customerRows === 0) {
    const whose = ownerRows === undefined ? counted(rows ?? 0, "row") : `${counted(ownerRows, "row")} of the owner's`;
    const ending = "has no rows of the customer that the tools ask for, but some of others";
    return finding("table-empty", "note", ending, `${whose}, none of the customer's`);
  }
  if (ownerRows !== 0) return undefined;
  const total = rows === undefined ? "rows of others" : counted(rows, "row");
  const others = publicRows > 0 ? `${publicRows} of public` : "some of others";
  return finding(
    "table-empty",
    "note",
    `has no rows of the owner that the tools ask for, but ${others}`,
    `${total}, none of the owner's${publicRows > 0 ? `, ${publicRows} of public` : ""}`,
  );
}
