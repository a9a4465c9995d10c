import { homedir } from "node:os";
import path from "node:path";
import type { CheckedDatabase, CheckedDriver, DatabaseReport } from "../core/database-report.ts";
import { unreadableReply, type Unreadable } from "../core/fact.ts";
import { missingOf } from "../core/run-checks.ts";
import type { DatabaseProbe } from "../facts/database.ts";
import { databaseProbe } from "../facts/requests/database.ts";
import { ask } from "../facts/requests/index.ts";
import { driverFamilies, driverFamily, type DriverInUse } from "../postgres/driver-names.ts";
import { judgeUrl } from "../postgres/drivers.ts";
import { newestBefore } from "../postgres/matrix.ts";
import { surveyDrivers } from "../postgres/survey.ts";
import { analyseDatabaseUrl, type DatabaseUrlShape } from "../postgres/url.ts";
import { publicParts } from "../source/classify-value.ts";
import { createLiveSource } from "../source/live.ts";
import type { DbCheckFlags } from "./commands/db-check.ts";
import { checkedDriver, isGrave, judgeTarget } from "./db-judge.ts";
import type { UrlTarget } from "./db-target.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import { resolveOptions } from "./options.ts";
import { version } from "./program.ts";
import { withService } from "./pg-service.ts";
import { progress } from "./progress.ts";
import type { Surroundings } from "./surroundings.ts";

/** Looks at one URL: how it is written, what drivers make of it, and whether a connection comes about. */
export async function checkUrl(
  target: UrlTarget,
  flags: DbCheckFlags,
  surroundings: Surroundings,
): Promise<DatabaseReport> {
  const drivers = flags.driver.map(driverNamed);
  const service = await withService(target.text, surroundings);
  const written = analyseDatabaseUrl(target.text);
  const text = service?.text ?? target.text;
  const shape = analyseDatabaseUrl(text);
  if (target.kind === "argument" && written.hasPassword) {
    surroundings.err(
      "cscp: the URL on the command line holds a password, which the shell's history and every list of processes show\n" +
        "  → give it by a variable or on standard input: cscp db check --env DATABASE_URL, cscp db check -\n",
    );
  }
  const options = await resolveOptions({ ...flags, smoke: false }, surroundings, false);
  const live = createLiveSource({
    region: options.region ?? "",
    env: surroundings.env,
    timeoutMs: options.timeoutMs,
    signal: surroundings.signal,
    run: {
      startedAt: surroundings.now().toISOString(),
      region: options.region ?? "",
      stackName: "",
      endpointOverride: false,
      smoke: false,
      configuration: {},
    },
  });
  try {
    // Sealed before anything is said of it, so that nothing of it can be.
    const { fingerprint } = live.vault.seal("database-url", text).$secret;
    live.vault.spare(...publicParts(shape));
    const { tables } = options.configuration;
    let probe: DatabaseProbe | undefined;
    const unasked: Unreadable[] = [];
    if (flags.connect && isConnectable(shape)) {
      const spinner = await progress("Connecting", flags, surroundings);
      const how = drivers.length > 0 ? {} : { rootCertificate: rootCertificateOf(surroundings) };
      const context = {
        ask: (kind: string, params: Record<string, unknown>, more: unknown) =>
          live.source.ask({ kind, params, how: more }),
      };
      const reply = await ask(context, databaseProbe, { fingerprint, tables }, how).finally(spinner.stop);
      if (reply.status === "ok") probe = reply.body;
      else unasked.push(unreadableReply(reply, "the connection to the database"));
    }
    const judged = judgeTarget({
      shape,
      source: target.source,
      kind: target.kind,
      drivers: driversOf(drivers, written),
      named: drivers.length > 0,
      probe,
      today: surroundings.now().toISOString(),
      again: againBy(target, flags),
    });
    const database: CheckedDatabase =
      unasked.length > 0 && judged.verdict === "works"
        ? { ...judged, verdict: "unknown", headline: `Whether ${judged.name} works was not found out` }
        : judged;
    return live.vault.scrubAll({
      schemaVersion: 1,
      tool: { name: "cscp", version },
      stack: null,
      verdict: database.verdict,
      databases: [database],
      diagnoses: [],
      unexplained: [],
      incomplete: unasked.map(missingOf),
      notes: [
        ...(service === undefined ? [] : [service.note]),
        ...unknownVersions(drivers),
        ...(flags.connect && probe === undefined && unasked.length === 0
          ? ["No connection was tried: what stands there would lead elsewhere than was meant."]
          : []),
      ],
    });
  } finally {
    live.close();
  }
}

/** Where libpq looks for root certificates of its own accord (PostgreSQL's documentation, "Client Verification of Server Certificates"). */
function rootCertificateOf({ env }: Surroundings): string {
  return process.platform === "win32"
    ? path.join(env["APPDATA"] ?? "", "postgresql", "root.crt")
    : path.join(env["HOME"] || homedir(), ".postgresql", "root.crt");
}

/** A URL that means something else than it says would take a piece of its password to the wrong host, or to DNS. */
function isConnectable(shape: DatabaseUrlShape): boolean {
  return !shape.empty && shape.form !== "unknown" && !shape.faults.some(isGrave);
}

/** @throws UsageError for a driver of which nothing is known */
function driverNamed(text: string): DriverInUse {
  const [, name = text, at] = /^(@?[^@]+)(?:@(.+))?$/.exec(text) ?? [];
  if (driverFamily({ name }) === undefined) {
    const known = `one of ${driverFamilies.join(", ")}`;
    throw usageError(`Nothing is known of the driver ${name}.`, didYouMean(name, driverFamilies) ?? known);
  }
  if (at !== undefined && !/^v?\d+(?:\.\w+)*$/.test(at)) {
    throw usageError(`What stands behind the @ of --driver is no version of ${name}.`, `--driver ${name}@1.2.3`);
  }
  return { name, ...(at === undefined ? {} : { version: at.replace(/^v/, "") }) };
}

/** Says of a version that is newer than all that is known, by which one it was judged. */
function unknownVersions(named: readonly DriverInUse[]): readonly string[] {
  return named.flatMap((driver) => {
    const family = driverFamily(driver);
    const { name, version: at } = driver;
    const newest = family === undefined || at === undefined ? undefined : newestBefore(family, at);
    return newest === undefined
      ? []
      : [`Of ${name} ${at} nothing is known: it was judged by ${newest}, the newest version that was tried.`];
  });
}

function driversOf(named: readonly DriverInUse[], shape: DatabaseUrlShape): readonly CheckedDriver[] {
  const about = { usage: "unknown", functions: [], calledAt: null } as const;
  return named.length > 0
    ? named.map((driver) =>
        checkedDriver({ ...about, name: driver.name, version: driver.version ?? null }, judgeUrl(driver, shape)),
      )
    : surveyDrivers(shape).map(({ family, judgements }) =>
        checkedDriver({ ...about, name: family, version: null }, judgements),
      );
}

function againBy({ kind }: UrlTarget, { env, dotenv, driver }: DbCheckFlags): string {
  const more = driver.map((name) => ` --driver ${name}`).join("");
  if (kind === "argument" || kind === "stdin") return `cscp db check -${more}`;
  const variable = ` --env ${env ?? "DATABASE_URL"}`;
  return `cscp db check${variable}${dotenv === undefined ? "" : ` --dotenv ${dotenv}`}${more}`;
}
