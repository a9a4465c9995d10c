import { judgementsOf, usedDriver } from "../checks/support/driver.ts";
import { originText } from "../checks/support/setting.ts";
import { shapeOf } from "../checks/support/url.ts";
import { networkRemedies, type Attached } from "../causes/support/network-remedies.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { CheckedDatabase, CheckedDriver } from "../core/database-report.ts";
import type { Facts } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import type { Diagnosis } from "../core/report.ts";
import { missingOf } from "../core/run-checks.ts";
import { isSecret } from "../core/secret.ts";
import type { FunctionRef } from "../core/subject.ts";
import {
  databaseLoad,
  databaseNetwork,
  databaseProbe,
  databaseUrl,
  databaseUse,
  type DatabaseRef,
} from "../facts/database.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { importPrediction } from "../facts/packages.ts";
import { run } from "../facts/run.ts";
import { analyseDatabaseUrl, type DatabaseUrlShape } from "../postgres/url.ts";
import { describeServer, describeStages, describeTables, observedOf } from "./db-describe.ts";
import {
  checkedDriver,
  correctedFor,
  databaseName,
  fromUrl,
  networkFindings,
  seenFrom,
  shownUrl,
  worksLine,
} from "./db-judge.ts";

/** What is known of the whole stack by the time one of its databases is described. */
export interface Known {
  readonly findings: readonly Finding[];
  readonly diagnoses: readonly Diagnosis[];
  readonly account: Parameters<typeof describeServer>[2];
  /** Gets what could not be read and decides nothing. */
  readonly soft: MissingEvidence[];
}

/** One database of a stack: its URL, drivers, connection and network, for those of its functions that are asked about. */
export async function databaseOf(
  facts: Facts,
  ref: DatabaseRef,
  wanted: readonly FunctionRef[],
  { findings, diagnoses, account, soft }: Known,
): Promise<CheckedDatabase> {
  const users = wanted.filter(({ id }) => ref.functionIds.includes(id));
  const [probed, load, configurations, { shape, source }] = await Promise.all([
    facts.get(databaseProbe, ref),
    facts.get(databaseLoad, ref),
    Promise.all(users.map(async (fn) => ({ fn, settings: await facts.get(functionConfiguration, fn) }))),
    urlOf(facts, users),
  ]);
  const probe = probed.state === "known" ? probed.value : undefined;
  const attached = configurations.flatMap(({ fn, settings }): Attached[] =>
    settings.state === "known" ? [{ label: fn.label, configuration: settings.value }] : [],
  );
  const around = await facts.get(databaseNetwork, ref);
  const {
    ways: network,
    port,
    missing,
  } = around.state === "known" ? around.value : { ways: [], port: 5432, missing: [missingOf(around)] };
  soft.push(...missing);
  const at = await facts.get(run, null);
  const closed = networkFindings(network);
  const ids = new Set(users.map(({ id }) => id));
  const own = findings.filter(({ subject }) =>
    subject.kind === "database" ? subject.id === ref.id : subject.kind === "function" && ids.has(subject.id),
  );
  const found = [...own.map(({ code, severity, message }) => ({ code, severity, message })), ...closed];
  const diagnosis = diagnoses.find(
    ({ subjects, severity }) =>
      severity === "error" && subjects.some(({ kind, id }) => (kind === "database" ? id === ref.id : ids.has(id))),
  );
  const name = databaseName(shape, ref.label);
  const drivers = await driversOf(facts, users, shape);
  const failed = probe?.stages.find(({ ok }) => !ok);
  const fails = found.some(({ severity }) => severity === "error");
  const verdict = fails ? "fails" : probe === undefined || failed !== undefined ? "unknown" : "works";
  return {
    name,
    source,
    functions: users.map(({ label }) => label),
    verdict,
    headline: headlineOf(verdict, name, probe, diagnosis, closed.length > 0),
    cause: verdict === "works" ? null : (diagnosis?.cause ?? (closed.length > 0 ? "connect-timeout" : null)),
    ...fromUrl(shape),
    url: shownUrl(shape),
    drivers,
    seenFrom: probe === undefined ? null : seenFrom,
    stages: probe === undefined ? [] : describeStages(probe),
    server:
      probe === undefined
        ? []
        : describeServer(probe, load.state === "known" ? load.value : undefined, account, shape.provider),
    tables: probe === undefined ? [] : describeTables(probe),
    observed: observedOf(probe),
    network,
    findings: found,
    correctedUrl: correctedFor({ shape, drivers, named: true, probe }),
    // These diagnoses have them already.
    remedies: ["connect-timeout", "network-unreachable"].includes(diagnosis?.cause ?? "")
      ? []
      : networkRemedies(network, attached, port, at.state === "known" ? at.value.region : undefined),
  };
}

function headlineOf(
  verdict: CheckedDatabase["verdict"],
  name: string,
  probe: Parameters<typeof describeStages>[0] | undefined,
  diagnosis: Diagnosis | undefined,
  closed: boolean,
): string {
  switch (verdict) {
    case "works":
      return probe === undefined ? name : worksLine(name, probe);
    case "unknown":
      return probe === undefined
        ? `No connection to ${name} was made`
        : `Whether the functions reach ${name} cannot be told from this machine`;
    case "fails":
      return (
        diagnosis?.headline ??
        (closed ? `The functions' network does not let them reach ${name}` : `${name} cannot be used as it should`)
      );
  }
}

/** What is known of the URL that these functions share, and where it stands. */
async function urlOf(
  facts: Facts,
  users: readonly FunctionRef[],
): Promise<{ readonly shape: DatabaseUrlShape; readonly source: string }> {
  for (const fn of users) {
    const [setting, settings] = await Promise.all([facts.get(databaseUrl, fn), facts.get(functionConfiguration, fn)]);
    if (setting.state === "unreadable") continue;
    const { origin, value } = setting.value;
    const composed = settings.state === "known" ? settings.value.pgVariables : undefined;
    if (origin?.kind === "pg-variables" && isSecret(composed)) {
      const shape = shapeOf(composed);
      if (shape !== undefined) return { shape, source: `${origin.variable} and the variables like it` };
    }
    const shape = value.state === "known" && value.value.found ? shapeOf(value.value.value) : undefined;
    if (shape !== undefined) return { shape, source: origin === undefined ? "the functions" : originText(origin) };
  }
  return { shape: analyseDatabaseUrl(""), source: "the functions" };
}

/** The drivers of the functions' packages, each with the functions that have it in the same version and use it alike. */
async function driversOf(
  facts: Facts,
  users: readonly FunctionRef[],
  shape: DatabaseUrlShape,
): Promise<readonly CheckedDriver[]> {
  const found = new Map<string, CheckedDriver>();
  for (const fn of users) {
    const [use, prediction] = await Promise.all([facts.get(databaseUse, fn), facts.get(importPrediction, fn)]);
    if (use.state === "unreadable") continue;
    const used = usedDriver(use.value, prediction, shape);
    if (used === undefined) continue;
    const { driver, usage, call } = used;
    const calledAt =
      call === undefined ? null : `${call.file.replace(/^\/(?:var\/task|opt\/python)\//, "")}:${call.line}`;
    const key = [driver.name, driver.version, usage, calledAt].join(" ");
    const before = found.get(key)?.functions ?? [];
    const described = {
      name: driver.name,
      version: driver.version ?? null,
      usage,
      calledAt,
      functions: [...before, fn.label],
    };
    // A driver that knows no sslmode is given a context by code that asks for TLS.
    const secured = call?.keywords?.some((name) => name === "ssl_context" || name === "ssl") === true;
    const judgements = judgementsOf(used, shape).filter(
      ({ parameter, outcome }) => !(secured && parameter === "sslmode" && outcome === "ignored"),
    );
    found.set(key, checkedDriver(described, judgements));
  }
  return [...found.values()];
}
