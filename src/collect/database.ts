import { collector, known, unreadable, unreadableReply, type CollectContext } from "../core/fact.ts";
import { isSecret, type SecretToken } from "../core/secret.ts";
import type { FunctionRef } from "../core/subject.ts";
import {
  databaseFunctions,
  databaseLoad,
  databaseProbe,
  databases,
  databaseUrl,
  databaseUse,
  type DatabaseRef,
} from "../facts/database.ts";
import { configuration } from "../facts/configuration.ts";
import { functionConfiguration, functions, isNamed } from "../facts/functions.ts";
import { importPrediction, type DriverImport } from "../facts/packages.ts";
import { databaseProbe as databaseProbeRequest } from "../facts/requests/database.ts";
import { ask } from "../facts/requests/index.ts";
import { run } from "../facts/run.ts";
import { poolSizeIn, poolSizeOf } from "../postgres/pool-size.ts";
import type { DatabaseUrlShape } from "../postgres/url.ts";
import { smokeConfiguration } from "../smoke/facts.ts";
import { driversInReach } from "./packages.ts";

export const collectDatabaseUse = collector(databaseUse, async (context, fn) => {
  const [configured, prediction] = await Promise.all([
    context.get(configuration, null),
    context.get(importPrediction, fn),
  ]);
  if (configured.state === "unreadable") return configured;
  const { databaseFunctions: named } = configured.value;
  if (named.some((name) => name === fn.id || name === fn.functionName)) {
    return known({
      uses: true,
      because: `The configuration names ${fn.label} among the functions that use the database.`,
    });
  }
  if (prediction.state === "known") {
    const driver = prediction.value.drivers[0];
    if (driver !== undefined) {
      return known({
        uses: true,
        because: importsDriver(fn, driver),
        driver: { name: driver.name, ...(driver.version === undefined ? {} : { version: driver.version }) },
      });
    }
    if (prediction.value.verdict !== "unknown")
      return known({ uses: false, because: `${fn.label} imports no Postgres driver.` });
  }
  // A layer that could not be read hides which distribution brings the driver, and not that the code imports one.
  const [inReach] = prediction.state === "unreadable" ? await driversInReach(context, fn) : [];
  if (inReach !== undefined) return known({ uses: true, because: importsDriver(fn, inReach) });
  return fromEnvironment();

  // Without a look inside the package (an image, a denied download) the environment is the next best witness.
  async function fromEnvironment() {
    const [settings, url] = await Promise.all([context.get(functionConfiguration, fn), context.get(databaseUrl, fn)]);
    if (settings.state === "unreadable") return settings;
    if (url.state === "known" && url.value.origin !== undefined) {
      return known({ uses: true, because: `${fn.label} has ${url.value.origin.variable}.` });
    }
    const looked = url.state === "known" ? url.value.looked : [];
    const variable = Object.keys(settings.value.environment).find((variable) =>
      looked.some((name) => variable === name || variable.startsWith(`${name}_`)),
    );
    if (variable !== undefined)
      return known({ uses: true, because: `${fn.label} has a variable ${variable} for the database URL.` });
    if (prediction.state === "unreadable") return prediction;
    // Into what was built for other languages nobody can look: no permission or flag would make it known.
    const followed = /^(?:python|nodejs)/.test(settings.value.runtime ?? "");
    return unreadable(
      followed ? "failed" : "skipped",
      `whether ${fn.label} uses a database`,
      `Neither the code nor the environment of ${fn.label} tells whether it uses a database.`,
    );
  }
});

function importsDriver(fn: FunctionRef, { module, chain }: DriverImport): string {
  const at = chain.at(-1);
  return `${fn.label} imports ${module}${at === undefined ? "" : ` (${at.file}:${at.line})`}.`;
}

export const collectDatabaseFunctions = collector(databaseFunctions, async (context) => {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const at = await context.get(run, null);
  const only = at.state === "known" ? (at.value.databaseRun?.functions ?? []) : [];
  // Who asks about one function's database is not told of the others that share it.
  const asked = only.length === 0 ? list.value : list.value.filter((fn) => only.some((name) => isNamed(fn, name)));
  const uses = await Promise.all(asked.map((fn) => context.get(databaseUse, fn)));
  return known(
    asked.filter((_fn, index) => {
      const use = uses[index];
      return use?.state === "known" && use.value.uses;
    }),
  );
});

export const collectDatabases = collector(databases, async (context) => {
  const list = await context.get(databaseFunctions, null);
  if (list.state === "unreadable") return list;
  const found = new Map<string, DatabaseRef>();
  for (const fn of list.value) {
    const url = await urlToken(context, fn);
    if (url === undefined) continue;
    const { fingerprint } = url.$secret;
    const before = found.get(fingerprint);
    found.set(fingerprint, {
      kind: "database",
      id: fingerprint,
      label: before?.label ?? `the database of ${fn.label}`,
      functionIds: [...(before?.functionIds ?? []), fn.id],
      ...placeOf(shapeOf(url)),
      ...portOf(shapeOf(url)),
    });
  }
  return known([...found.values()]);
});

/** Which database a URL leads to, whoever signs in with whatever parameters. A pooler of the same server is none of its own. */
function placeOf(shape: DatabaseUrlShape | undefined): Pick<DatabaseRef, "place"> {
  if (shape === undefined || shape.hosts.length === 0) return {};
  if (shape.hosts.some(({ kind }) => kind === "unreadable" || kind === "default")) return {};
  const hosts = shape.hosts.map(({ host, port = 5432 }) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    return `${shape.provider.kind === "neon" ? name.replace(/^(ep-[a-z0-9-]+)-pooler\./, "$1.") : name}:${port}`;
  });
  return { place: `${hosts.toSorted().join(",")}/${shape.database ?? ""}` };
}

function portOf(shape: DatabaseUrlShape | undefined): Pick<DatabaseRef, "port"> {
  const port = shape?.hosts[0]?.port;
  return port === undefined ? {} : { port };
}

/** The shape of a URL, where it was taken for one. */
export const shapeOf = (token: SecretToken): DatabaseUrlShape | undefined =>
  token.$secret.shape as unknown as DatabaseUrlShape | undefined;

/** The token of the URL that a function connects by; undefined where there is none, or none that is known. */
export async function urlToken(context: CollectContext, fn: FunctionRef): Promise<SecretToken | undefined> {
  const setting = await context.get(databaseUrl, fn);
  if (setting.state === "unreadable") return undefined;
  const { origin, value } = setting.value;
  if (origin?.kind === "pg-variables") {
    const settings = await context.get(functionConfiguration, fn);
    const composed = settings.state === "known" ? settings.value.pgVariables : undefined;
    return isSecret(composed) ? composed : undefined;
  }
  if (value.state === "unreadable" || !value.value.found || !isSecret(value.value.value)) return undefined;
  const { type, blank } = value.value.value.$secret;
  return type === "database-url" && !blank ? value.value.value : undefined;
}

export const collectDatabaseLoad = collector(databaseLoad, async (context, database) => {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const users = list.value.filter((fn) => database.functionIds.includes(fn.id));
  const loads = await Promise.all(
    users.map(async (fn) => {
      const [settings, prediction] = await Promise.all([
        context.get(functionConfiguration, fn),
        context.get(importPrediction, fn),
      ]);
      const facts = prediction.state === "known" ? prediction.value.sourceFacts : [];
      const pools = facts.flatMap((fact) => {
        const size = fact.kind === "engine-call" || fact.kind === "connect-call" ? poolSizeOf(fact) : undefined;
        const at = `${fact.file.replace("/var/task/", "")}:${fact.line}`;
        return size === undefined ? [] : [{ ...size, said: `${at}: ${size.said}` }];
      });
      const token = await urlToken(context, fn);
      const inUrl = poolSizeIn(token === undefined ? [] : (shapeOf(token)?.parameters ?? []));
      // What the URL says goes before the code's default: it is what the driver was told last.
      const largest = inUrl ?? pools.toSorted((a, b) => b.connections - a.connections)[0];
      const reserved = settings.state === "known" ? settings.value.reservedConcurrency : undefined;
      return {
        label: fn.label,
        ...(reserved === undefined ? {} : { reserved }),
        connections: largest?.connections ?? 1,
        ...(largest === undefined ? {} : { said: largest.said }),
        inVpc: settings.state === "known" && settings.value.vpcId !== undefined,
      };
    }),
  );
  return known({ functions: loads });
});

export const collectDatabaseProbe = collector(databaseProbe, async (context, database) => {
  const [configured, list] = await Promise.all([context.get(configuration, null), context.get(functions, null)]);
  if (configured.state === "unreadable") return configured;
  if (list.state === "unreadable") return list;
  const users = list.value.filter((fn) => database.functionIds.includes(fn.id));
  const predictions = await Promise.all(users.map((fn) => context.get(importPrediction, fn)));
  const inSource = predictions.flatMap((prediction) =>
    prediction.state === "known"
      ? prediction.value.sourceFacts.filter((fact) => fact.kind === "sql-table").map((fact) => fact.name)
      : [],
  );
  const tables = [...new Set([...configured.value.tables, ...inSource])].toSorted();
  const smoke = await context.get(smokeConfiguration, null);
  const owner = smoke.state === "known" ? smoke.value.ownerUserId : undefined;
  const customer = smoke.state === "known" ? { customer: smoke.value.customerId } : {};
  const reply = await ask(context, databaseProbeRequest, { fingerprint: database.id, tables, owner }, customer);
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, database.label);
});
