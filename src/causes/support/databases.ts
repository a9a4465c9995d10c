// Faults between the functions and their database: shown by a connection made step by step, or by what functions logged.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Confidence, Proposal, Remedy, View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { databases, databaseUrl, type DatabaseRef } from "../../facts/database.ts";
import { functionConfiguration } from "../../facts/functions.ts";
import { deploy } from "../../facts/stack.ts";
import type { Refusal } from "../../postgres/refusal.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { fromErrors, type ErrorCase } from "./errors.ts";
import { proof } from "./imports.ts";
import { answerOf, causeOfProbe, type ProbeFailure } from "./probe-cause.ts";
import { functionsWithIds, placeOf, verifying, type Place } from "./place.ts";
import { shapeOf } from "./settings.ts";
import { hiddenRemark, stages, type Stage } from "./stages.ts";
import { causesIn, distinct, symptomsOf } from "./symptoms.ts";
import { sentences } from "./text.ts";

/** A database that could not be used to the end, and the functions that are sent to it. */
export interface DatabaseFault {
  readonly database: DatabaseRef;
  readonly functions: readonly FunctionRef[];
  readonly finding: Finding;
  /** Error code of the failure: ECONNREFUSED, 28P01, ... */
  readonly code: string;
  /** What the server answered the sign-in or the first query, where it did. */
  readonly answer: Refusal | undefined;
  readonly shape: DatabaseUrlShape | undefined;
  /** `db.example.com:5432`, or whose database it is where the host is not known. */
  readonly where: string;
}

/** What a database is called in sentences. */
export function databaseName(shape: DatabaseUrlShape | undefined, database: DatabaseRef | undefined): string {
  return hostsText(shape) ?? database?.label ?? "the database";
}

/** `db.example.com:5432`, every host that can be shown, without a port where what stands in its place is none; undefined where there is no host. */
export function hostsText(shape: DatabaseUrlShape | undefined): string | undefined {
  const hosts = (shape?.hosts ?? []).filter(({ kind }) => kind === "name" || kind === "ipv4" || kind === "ipv6");
  const usual = shape?.faults.some(({ code, part }) => part === "port" || /^port-(?:not|out)/.test(code))
    ? ""
    : ":5432";
  const names = hosts.map(
    ({ kind, host, port }) => `${kind === "ipv6" ? `[${host}]` : host}${port === undefined ? usual : `:${port}`}`,
  );
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
    const failure = failureIn(finding);
    if (causeOfProbe(failure, shape) !== cause) continue;
    const { code } = failure;
    faults.push({
      database,
      functions,
      finding,
      code,
      answer: answerOf(failure),
      shape,
      where: databaseName(shape, database),
    });
  }
  return faults;
}

function failureIn({ code: stage, detail }: Finding): ProbeFailure {
  const { code = "", message = "", tls } = detail;
  return { stage, code, message, withoutTls: tls === "none" };
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
  readonly answer: Refusal | undefined;
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
    remedies: async ({ functions, captures }) => {
      const shape = await shapeFor(view, functions);
      const answer = answerLogged(captures);
      const at = { functions, shape, code: "", answer, where: databaseName(shape, undefined) };
      return [...(await spec.remedies(view, place, at)), verifying(place)];
    },
  });
  return [...probed, ...logged];
}

/** What the server answered that functions logged: only that it takes no connections is told apart here. */
export function answerLogged({ state }: ErrorCase["captures"]): "starting" | "stopping" | undefined {
  if (state === undefined) return undefined;
  return state === "shutting down" ? "stopping" : "starting";
}

async function probedProposal(view: View, place: Place, spec: DatabaseCause, fault: DatabaseFault): Promise<Proposal> {
  const { cause, shows } = spec;
  const { functions, finding } = fault;
  // How far the connection came is known here: an earlier stage is no guess.
  const reached = finding.code === "ssl-request" ? "tls" : finding.code;
  const stage = stages.find((name) => name === reached) ?? spec.stage;
  const shown = await symptomsOf(view, { cause, stage, functions, shows });
  const symptoms = stage === "resolve" ? shown.filter((symptom) => !namesAnotherHost(symptom, fault.shape)) : shown;
  const explains = distinct([finding], symptoms);
  const ids = functions.map(({ id }) => id);
  return {
    headline: spec.headline(fault),
    summary: sentences(spec.summary(fault), await hiddenRemark(view, ids, stage)),
    subjects: [fault.database, ...functions],
    ...(await certaintyOf(view, cause, fault, await sinceDeploy(view, symptoms))),
    because: proof([], explains),
    explains,
    remedies: [...(await spec.remedies(view, place, fault)), verifying(place)],
  };
}

/** Whether an error is about a host that the URL does not have: an older URL's, or one that a driver read out of a password. */
function namesAnotherHost({ detail }: Finding, shape: DatabaseUrlShape | undefined): boolean {
  const plain = (host: string): string => host.trim().toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  const named = detail["host"] ?? detail["queried"] ?? detail["name"];
  const hosts = shape?.hosts ?? [];
  if (named === undefined || hosts.length === 0 || hosts.some(({ kind }) => kind !== "name")) return false;
  return hosts.every(({ host }) => plain(host) !== plain(named));
}

/** Without what was last logged before the deploy: that says nothing of the settings that are there now. */
async function sinceDeploy(view: View, symptoms: readonly Finding[]): Promise<readonly Finding[]> {
  const last = await view.value(deploy, null);
  const deployedAt = last?.finishedAt ?? last?.startedAt;
  if (deployedAt === undefined) return symptoms;
  // All are times of UTC in one form, whose order is that of their texts.
  return symptoms.filter(
    ({ check, evidence }) => check !== "known-errors" || evidence.some((one) => (one.last ?? deployedAt) >= deployedAt),
  );
}

/** What functions log where they do not get to their database at all. */
const ofTheWay: ReadonlySet<string> = new Set<CauseId>([
  "connect-timeout",
  "connection-dropped",
  "connection-refused",
  "dns-failed",
  "network-unreachable",
]);

/** A connection that was taken and led nowhere: a busy server, a firewall and a pooler look alike, and may look otherwise a minute later. */
const unfinished: ReadonlySet<string> = new Set(["ETIMEDOUT", "SSL_REFUSED"]);

/**
 * How sure a failed connection from this machine makes it. What the server itself answers holds for everybody; that it
 * cannot be reached from here holds for the functions only where they fail too.
 */
async function certaintyOf(
  view: View,
  cause: CauseId,
  { functions, finding, shape, answer, code }: DatabaseFault,
  symptoms: readonly Finding[],
): Promise<{ readonly confidence: Confidence; readonly decides?: string }> {
  // pg_hba.conf has rules for addresses, and this machine's is its own.
  const silent = unfinished.has(code) && !["resolve", "connect"].includes(finding.code);
  // What has a private address in the functions' network may be another host in this machine's.
  const elsewhere = ["ssl-request", "tls"].includes(finding.code) && finding.severity === "warning";
  const answered = !["resolve", "connect"].includes(finding.code) && answer !== "rules" && !silent && !elsewhere;
  const named = symptoms.some(({ detail }) => (detail["causes"] ?? "").split(",").includes(cause));
  if (answered || named) return { confidence: "certain" };
  const configurations = await Promise.all(functions.map((fn) => view.value(functionConfiguration, fn)));
  const isPrivate =
    shape?.provider.reach === "vpc" || configurations.some((configuration) => configuration?.vpcId !== undefined);
  const decides = silent
    ? "what the server's log, or that of the pooler before it, says of that attempt"
    : "whether the functions reach the database from where they run; this machine does not";
  // What functions in a private network say of their own way counts for more than what this machine meets on another.
  const otherwise = symptoms.some((symptom) => ofTheWay.has(causesIn(symptom)[0] ?? ""));
  if (symptoms.length === 0 || (isPrivate && otherwise))
    return { confidence: isPrivate ? "possible" : "likely", decides };
  return finding.severity === "error" && !isPrivate ? { confidence: "certain" } : { confidence: "likely", decides };
}
