// Faults between the functions and their database: shown by a connection made step by step, or by what functions logged.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Confidence, Proposal, Remedy, View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { databases, databaseUrl, type DatabaseRef } from "../../facts/database.ts";
import { functionConfiguration } from "../../facts/functions.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { fromErrors, type ErrorCase } from "./errors.ts";
import { proof } from "./imports.ts";
import { functionsWithIds, placeOf, verifying, type Place } from "./place.ts";
import { shapeOf } from "./settings.ts";
import { hiddenRemark, stages, type Stage } from "./stages.ts";
import { distinct, symptomsOf } from "./symptoms.ts";
import { sentences } from "./text.ts";

/** A database that could not be used to the end, and the functions that are sent to it. */
export interface DatabaseFault {
  readonly database: DatabaseRef;
  readonly functions: readonly FunctionRef[];
  readonly finding: Finding;
  /** Error code of the failure: ECONNREFUSED, 28P01, ... */
  readonly code: string;
  readonly shape: DatabaseUrlShape | undefined;
  /** `db.example.com:5432`, or whose database it is where the host is not known. */
  readonly where: string;
}

const refusedNetworks = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EACCES"]);
const unknownAuthority = new Set([
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
]);

/** The cause of a failed connection, by the stage that it came to and the error code there. */
export function causeOfProbe(stage: string, code: string, shape: DatabaseUrlShape | undefined): CauseId | undefined {
  // What answers is no database: host or port is another's, however well the URL is written.
  if (code === "NOT_POSTGRES") return "not-postgres";
  switch (stage) {
    case "resolve":
      return ["INVALID_URL", "NO_HOST", "UNIX_SOCKET"].includes(code) ? "database-url-malformed" : "dns-failed";
    case "connect":
      if (code === "ECONNREFUSED") return "connection-refused";
      if (code === "ETIMEDOUT") return "connect-timeout";
      return refusedNetworks.has(code) ? "network-unreachable" : "connection-dropped";
    case "ssl-request":
    case "tls":
      if (code === "SSL_NOT_SUPPORTED") return "tls-not-supported";
      if (["ECONNRESET", "ETIMEDOUT", "SSL_REFUSED"].includes(code)) return "connection-dropped";
      return unknownAuthority.has(code) && shape?.provider.authority === "provider"
        ? "tls-ca-missing"
        : "tls-verify-failed";
    case "authenticate":
      return causeOfRefusal(code, shape);
    case "query":
      return bySqlState[code] ?? bySqlState[code.slice(0, 2)] ?? "connection-dropped";
    default:
      return undefined;
  }
}

/** SQLSTATE codes, or their classes, as PostgreSQL's documentation lists them (appendix A). */
const bySqlState: Readonly<Record<string, CauseId>> = {
  "28P01": "auth-failed",
  "3D000": "role-or-db-missing",
  "53300": "too-many-connections",
  "57P03": "connection-refused",
  "57014": "statement-timeout",
  "42501": "permission-denied-db",
  "42704": "database-url-parameter-unsupported",
  "08P01": "database-url-parameter-unsupported",
  "0A000": "database-url-parameter-unsupported",
  "22023": "database-url-parameter-unsupported",
  "3F": "schema-missing",
  "42": "schema-missing",
  "28": "auth-failed",
  "53": "too-many-connections",
  "57": "connection-dropped",
  "08": "connection-dropped",
  // Poolers answer with an internal error where they find no such tenant or user.
  XX: "role-or-db-missing",
};

function causeOfRefusal(code: string, shape: DatabaseUrlShape | undefined): CauseId {
  if (code === "NO_USER" || code === "NO_PASSWORD") return "database-url-malformed";
  // The network let the connection through: who took it does not finish.
  if (code === "ETIMEDOUT") return "connection-dropped";
  // 28000 without TLS is as a rule the server's own rule that wants it.
  const encrypted = ["require", "verify-ca", "verify-full"].includes(shape?.sslmode ?? "");
  if (code === "28000") return encrypted ? "role-or-db-missing" : "tls-required";
  return bySqlState[code] ?? bySqlState[code.slice(0, 2)] ?? "connection-dropped";
}

/** What a database is called in sentences. */
export function databaseName(shape: DatabaseUrlShape | undefined, database: DatabaseRef | undefined): string {
  return hostsText(shape) ?? database?.label ?? "the database";
}

/** `db.example.com:5432`, every host that can be shown; undefined where there is none. */
export function hostsText(shape: DatabaseUrlShape | undefined): string | undefined {
  const hosts = (shape?.hosts ?? []).filter(({ kind }) => kind === "name" || kind === "ipv4" || kind === "ipv6");
  const names = hosts.map(({ kind, host, port = 5432 }) => `${kind === "ipv6" ? `[${host}]` : host}:${port}`);
  return names.length === 0 ? undefined : [...new Set(names)].join(",");
}

/** The databases whose connection fails for this cause. */
export async function databaseFaults(view: View, cause: CauseId): Promise<readonly DatabaseFault[]> {
  const refs = (await view.value(databases, null)) ?? [];
  const faults: DatabaseFault[] = [];
  for (const finding of view.of("database-reachable")) {
    const database = refs.find(({ id }) => id === finding.subject.id);
    if (database === undefined) continue;
    const functions = await functionsWithIds(view, database.functionIds);
    const shape = await shapeFor(view, functions);
    const code = finding.detail["code"] ?? "";
    if (causeOfProbe(finding.code, code, shape) !== cause) continue;
    faults.push({ database, functions, finding, code, shape, where: databaseName(shape, database) });
  }
  return faults;
}

/** What may be known of the URL that these functions share. */
export async function shapeFor(view: View, functions: readonly FunctionRef[]): Promise<DatabaseUrlShape | undefined> {
  for (const fn of functions) {
    const setting = await view.value(databaseUrl, fn);
    const shape = setting === undefined ? undefined : shapeOf(setting);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

/** How a cause of this family speaks and what it recommends. */
interface DatabaseCause {
  readonly cause: CauseId;
  readonly stage: Stage;
  /** Other labels that the functions' errors may bear when this is what is wrong. */
  readonly shows: readonly CauseId[];
  readonly headline: (fault: DatabaseFault) => string;
  readonly summary: (fault: DatabaseFault) => string;
  readonly remedies: (view: View, place: Place, at: DatabaseCase) => Promise<readonly Remedy[]> | readonly Remedy[];
  /** The same where no connection was made from here, by what was logged; a cause may have its own way with logs. */
  readonly logged?: {
    readonly headline: (at: ErrorCase) => string;
    readonly summary: (at: ErrorCase) => string;
  };
}

/** What the remedies of this family know, whether the fault was seen from here or only logged. */
interface DatabaseCase {
  readonly functions: readonly FunctionRef[];
  readonly shape: DatabaseUrlShape | undefined;
  readonly code: string;
  readonly where: string;
}

/** Proposals of one cause: by the connection made from here, and by the logs of functions. */
export async function proposeDatabase(view: View, spec: DatabaseCause): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const faults = await databaseFaults(view, spec.cause);
  const probed = await Promise.all(faults.map((fault) => probedProposal(view, place, spec, fault)));
  if (spec.logged === undefined) return probed;
  const logged = await fromErrors(view, {
    cause: spec.cause,
    stage: spec.stage,
    shows: spec.shows,
    ...spec.logged,
    remedies: async ({ functions }) => {
      const shape = await shapeFor(view, functions);
      const at = { functions, shape, code: "", where: databaseName(shape, undefined) };
      return [...(await spec.remedies(view, place, at)), verifying(place)];
    },
  });
  return [...probed, ...logged];
}

async function probedProposal(view: View, place: Place, spec: DatabaseCause, fault: DatabaseFault): Promise<Proposal> {
  const { cause, shows } = spec;
  const { functions, finding } = fault;
  // How far the connection came is known here: an earlier stage is no guess.
  const reached = finding.code === "ssl-request" ? "tls" : finding.code;
  const stage = stages.find((name) => name === reached) ?? spec.stage;
  const symptoms = await symptomsOf(view, { cause, stage, functions, shows });
  const explains = distinct([finding], symptoms);
  const ids = functions.map(({ id }) => id);
  return {
    headline: spec.headline(fault),
    summary: sentences(spec.summary(fault), await hiddenRemark(view, ids, stage)),
    subjects: [fault.database, ...functions],
    ...(await certaintyOf(view, cause, fault, symptoms)),
    because: proof([], explains),
    explains,
    remedies: [...(await spec.remedies(view, place, fault)), verifying(place)],
  };
}

/**
 * How sure a failed connection from this machine makes it. What the server itself answers holds for everybody; that it
 * cannot be reached from here holds for the functions only where they fail too.
 */
async function certaintyOf(
  view: View,
  cause: CauseId,
  { functions, finding, shape }: DatabaseFault,
  symptoms: readonly Finding[],
): Promise<{ readonly confidence: Confidence; readonly decides?: string }> {
  const answered =
    !["resolve", "connect"].includes(finding.code) || ["53300", "57P03"].includes(finding.detail["code"] ?? "");
  const named = symptoms.some(({ detail }) => (detail["causes"] ?? "").split(",").includes(cause));
  if (answered || named) return { confidence: "certain" };
  const configurations = await Promise.all(functions.map((fn) => view.value(functionConfiguration, fn)));
  const isPrivate =
    shape?.provider.reach === "vpc" || configurations.some((configuration) => configuration?.vpcId !== undefined);
  const decides = "whether the functions reach the database from where they run; this machine does not";
  if (symptoms.length === 0) return { confidence: isPrivate ? "possible" : "likely", decides };
  return finding.severity === "error" && !isPrivate ? { confidence: "certain" } : { confidence: "likely", decides };
}
