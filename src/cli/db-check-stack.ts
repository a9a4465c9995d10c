import { causes } from "../causes/registry.gen.ts";
import { checks } from "../checks/registry.gen.ts";
import { judgementsOf, usedDriver } from "../checks/support/driver.ts";
import { originText } from "../checks/support/setting.ts";
import { shapeOf } from "../checks/support/url.ts";
import { collectors } from "../collect/registry.gen.ts";
import type { CheckId } from "../core/check-ids.gen.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { CheckedDatabase, CheckedDriver, DatabaseReport } from "../core/database-report.ts";
import { diagnose } from "../core/diagnose.ts";
import { createFacts, type Facts } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import type { Source } from "../core/reply.ts";
import type { Diagnosis } from "../core/report.ts";
import { runChecks } from "../core/run-checks.ts";
import { isSecret } from "../core/secret.ts";
import type { FunctionRef } from "../core/subject.ts";
import {
  databaseLoad,
  databaseProbe,
  databases,
  databaseUrl,
  databaseUse,
  type DatabaseRef,
} from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { importPrediction } from "../facts/packages.ts";
import { requestsOf } from "../facts/permissions.ts";
import { ask, requests } from "../facts/requests/index.ts";
import { accountLimits } from "../facts/requests/network.ts";
import { run } from "../facts/run.ts";
import { analyseDatabaseUrl, type DatabaseUrlShape } from "../postgres/url.ts";
import type { DbCheckFlags } from "./commands/db-check.ts";
import { describeServer, describeStages, observedOf, describeTables, worstOf } from "./db-describe.ts";
import { checkedDriver, databaseName, fromUrl, networkFindings, seenFrom, shownUrl, worksLine } from "./db-judge.ts";
import { networkOf, type Attached } from "./db-network.ts";
import { networkRemedies } from "./db-network-remedies.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import { openLive } from "./open-live.ts";
import { announce, requireFunctions, requireStack } from "./preflight.ts";
import { version } from "./program.ts";
import { progress } from "./progress.ts";
import type { Surroundings } from "./surroundings.ts";

/** The doctor's checks that are about the way to the database. */
const about: readonly CheckId[] = [
  "database-reachable",
  "database-url-parameters",
  "database-url-present",
  "database-url-readable",
  "database-url-sslmode",
  "database-url-wellformed",
  "databases-agree",
  "deploy-keeps-database-url",
  "driver-api",
  "driver-dependencies",
  "environment-decryptable",
];

/** Looks at every database that the stack's functions are sent to, each once. */
export async function checkStack(flags: DbCheckFlags, surroundings: Surroundings): Promise<DatabaseReport> {
  if (flags.driver.length > 0)
    throw usageError("--driver goes with a URL.", "of a stack's functions the packages say which driver they have");
  const live = await openLive({ ...flags, smoke: false }, surroundings);
  try {
    const source = limited(live.source, flags.connect);
    const facts = createFacts(collectors, source);
    await requireStack(facts);
    await requireFunctions(facts);
    await announce(facts, flags.quiet === true, surroundings);
    const spinner = await progress("Looking at the database", flags, surroundings);
    const report = await look(facts, source, flags).finally(spinner.stop);
    return live.vault.scrubAll(report);
  } finally {
    live.close();
  }
}

/** Nothing is asked that `iam-policy --for db` does not name, whatever a check or a cause would like to know besides. */
function limited(source: Source, connect: boolean): Source {
  const kinds = new Set<string>(requestsOf("db").map((name) => requests[name].kind));
  if (!connect) kinds.delete("db.probe");
  return {
    ask: (request) => (kinds.has(request.kind) ? source.ask(request) : Promise.resolve({ status: "not-recorded" })),
  };
}

async function look(facts: Facts, source: Source, flags: DbCheckFlags): Promise<DatabaseReport> {
  const wanted = await wantedFunctions(facts, flags.function);
  const selected = checks.filter(({ id }) => about.includes(id) && (flags.connect || id !== "database-reachable"));
  const reports = await runChecks(selected, facts);
  const found = await facts.get(databases, null);
  const refs = (found.state === "known" ? found.value : []).filter(({ functionIds }) =>
    functionIds.some((id) => wanted.has(id)),
  );
  const concerns = ({ subject }: Finding): boolean =>
    subject.kind === "function"
      ? wanted.has(subject.id)
      : subject.kind === "database"
        ? refs.some(({ id }) => id === subject.id)
        : true;
  const findings = reports.flatMap(({ subjects }) => subjects.flatMap((result) => result.findings)).filter(concerns);
  const { diagnoses, unexplained } = await diagnose(causes, findings, facts);
  const missing = reports.flatMap(({ id, subjects }) =>
    subjects
      .filter(({ subject }) => subject.kind !== "function" || wanted.has(subject.id))
      .flatMap((result) => (result.missing ?? []).map((entry) => ({ entry, decides: !id.startsWith("driver-") }))),
  );
  // That a package could not be read hides its driver, and not whether the database answers.
  const incomplete = missing.flatMap(({ entry, decides }) => (decides ? [entry] : []));
  const context = { ask: (kind: string, params: Readonly<Record<string, unknown>>) => source.ask({ kind, params }) };
  const limits = await ask(context, accountLimits, {});
  const account = limits.status === "ok" ? limits.body : undefined;
  const soft: MissingEvidence[] = missing.flatMap(({ entry, decides }) => (decides ? [] : [entry]));
  const checked: CheckedDatabase[] = [];
  for (const ref of refs) {
    checked.push(await databaseOf(facts, context, ref, [...wanted.values()], { findings, diagnoses, account, soft }));
  }
  const at = await facts.get(run, null);
  const shown = new Set(checked.flatMap((database) => database.findings.map(({ message }) => message)));
  const rest = unexplained.filter(({ severity, message }) => severity !== "note" && !shown.has(message));
  const verdicts: CheckedDatabase["verdict"][] = [
    ...checked.map(({ verdict }) => verdict),
    ...(diagnoses.some(({ severity, confidence }) => severity === "error" && confidence !== "possible")
      ? (["fails"] as const)
      : []),
    ...(rest.some(({ severity }) => severity === "error") ? (["fails"] as const) : []),
    ...(incomplete.length > 0 ? (["unknown"] as const) : []),
  ];
  const users = await facts.get(functions, null);
  return {
    schemaVersion: 1,
    tool: { name: "cscp", version },
    stack: at.state === "known" ? { name: at.value.stackName, region: at.value.region } : null,
    verdict: worstOf(verdicts),
    databases: checked,
    diagnoses,
    unexplained: rest.map(({ severity, message }) => ({ severity, message })),
    incomplete: distinctBy([...incomplete, ...soft], ({ what, message }) => `${what} ${message}`),
    notes: [
      ...(checked.length === 0 && users.state === "known" && diagnoses.length === 0
        ? ["No database URL of these functions could be found, so that no connection was tried."]
        : []),
      ...(flags.connect ? [] : ["No connection was tried (--no-connect)."]),
    ],
  };
}

/** The functions that are asked about, by id; all of them where none is named. */
async function wantedFunctions(facts: Facts, names: readonly string[]): Promise<ReadonlyMap<string, FunctionRef>> {
  const list = await facts.get(functions, null);
  const all = list.state === "known" ? list.value : [];
  if (names.length === 0) return new Map(all.map((fn) => [fn.id, fn]));
  const chosen = names.map((name) => {
    const fn = all.find(
      ({ id, functionName }) => id === name || functionName === name || name.endsWith(`:function:${functionName}`),
    );
    if (fn === undefined) {
      const ids = all.map(({ id }) => id);
      throw usageError(`The stack has no function ${name}.`, didYouMean(name, ids) ?? `it has ${ids.join(", ")}`);
    }
    return fn;
  });
  return new Map(chosen.map((fn) => [fn.id, fn]));
}

interface Known {
  readonly findings: readonly Finding[];
  readonly diagnoses: readonly Diagnosis[];
  readonly account: Parameters<typeof describeServer>[2];
  /** Gets what could not be read and decides nothing. */
  readonly soft: MissingEvidence[];
}

async function databaseOf(
  facts: Facts,
  context: Parameters<typeof networkOf>[0],
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
  const port = probe?.connectedTo?.port ?? shape.hosts[0]?.port ?? 5432;
  const network = await networkOf(context, attached, probe, port, soft);
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
    drivers: await driversOf(facts, users, shape),
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
    correctedUrl: null,
    remedies: networkRemedies(network, attached, port, at.state === "known" ? at.value.region : undefined),
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
      if (shape !== undefined) return { shape, source: "PGHOST, PGUSER and the variables like them" };
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

function distinctBy<T>(list: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}
