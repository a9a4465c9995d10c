import { causes } from "../causes/registry.gen.ts";
import { checks } from "../checks/registry.gen.ts";
import { collectors } from "../collect/registry.gen.ts";
import type { CheckId } from "../core/check-ids.gen.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { CheckedDatabase, DatabaseReport } from "../core/database-report.ts";
import { diagnose } from "../core/diagnose.ts";
import { createFacts, type Facts } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import type { Source } from "../core/reply.ts";
import { runChecks } from "../core/run-checks.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databases } from "../facts/database.ts";
import { functions, isNamed } from "../facts/functions.ts";
import { limitedTo } from "../facts/permissions.ts";
import { ask } from "../facts/requests/index.ts";
import { accountLimits } from "../facts/requests/network.ts";
import { run } from "../facts/run.ts";
import type { DbCheckFlags } from "./commands/db-check.ts";
import { databaseOf } from "./db-check-database.ts";
import { worstOf } from "./db-describe.ts";
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
  const databaseRun = { functions: [...flags.function] };
  const live = await openLive({ ...flags, smoke: false }, surroundings, true, { databaseRun });
  try {
    // Nothing is asked that the printed policy does not name, whatever a check or a cause would like to know besides.
    const source = limitedTo("db", live.source, flags.connect ? [] : ["db.probe"]);
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
    checked.push(await databaseOf(facts, ref, [...wanted.values()], { findings, diagnoses, account, soft }));
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
    const fn = all.find((candidate) => isNamed(candidate, name));
    if (fn === undefined) {
      const ids = all.map(({ id }) => id);
      throw usageError(`The stack has no function ${name}.`, didYouMean(name, ids) ?? `it has ${ids.join(", ")}`);
    }
    return fn;
  });
  return new Map(chosen.map((fn) => [fn.id, fn]));
}

function distinctBy<T>(list: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}
