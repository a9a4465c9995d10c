import path from "node:path";
import { collectors } from "../../collect/registry.gen.ts";
import { createFacts, type Facts } from "../../core/fact.ts";
import { apis } from "../../facts/api.ts";
import { databaseUse } from "../../facts/database.ts";
import { functionConfiguration, functions } from "../../facts/functions.ts";
import { limitedTo } from "../../facts/permissions.ts";
import { run } from "../../facts/run.ts";
import { smokePlan } from "../../smoke/facts.ts";
import { readTextFile, writeTextFile } from "../../source/files.ts";
import { exitCodes, usageError } from "../exit.ts";
import {
  guessSigning,
  initialConfiguration,
  unknownCustomer,
  unknownOwner,
  type Initial,
} from "../initial-configuration.ts";
import { openLive } from "../open-live.ts";
import type { StackFlags } from "../options.ts";
import { announce, requireStack } from "../preflight.ts";
import type { OutputFlags } from "../program.ts";
import { schemaReference } from "../schema-reference.ts";
import type { Surroundings } from "../surroundings.ts";

export interface InitFlags extends StackFlags, Omit<OutputFlags, "output"> {
  readonly apiUrl?: string;
  readonly customerId?: string;
  readonly ownerId?: string;
  readonly force?: boolean;
}

/** `cscp init`: writes a configuration from the stack's own resources and the project folder. */
export async function init(flags: InitFlags, surroundings: Surroundings): Promise<number> {
  const { cwd } = surroundings;
  const projectDir = flags.project === undefined ? cwd : path.resolve(cwd, flags.project);
  const shown = flags.config ?? path.relative(cwd, path.join(projectDir, "cscp.config.json"));
  const file = path.resolve(cwd, shown);
  if (flags.force !== true && (await readTextFile(file)) !== undefined) {
    throw usageError(`${shown} is already there.`, "--force replaces it");
  }
  const { config: _written, ...others } = flags;
  const live = await openLive({ ...others, smoke: false }, surroundings);
  try {
    // No secret, log or database is read for a configuration, and nothing is called.
    const facts = createFacts(collectors, limitedTo("init", live.source));
    await requireStack(facts);
    await announce(facts, flags.quiet === true, surroundings);
    const read = await readStack(facts);
    const initial: Initial = {
      ...read.initial,
      schema: await schemaReference(file, projectDir, "config"),
      apiUrl: flags.apiUrl,
      customerId: await answer(flags.customerId, "Customer that the requests ask for", unknownCustomer, surroundings),
      ownerUserId: await answer(flags.ownerId, "Owner whose data they ask for", unknownOwner, surroundings),
    };
    if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was written.");
    await writeTextFile(file, initialConfiguration(initial));
    if (flags.quiet !== true) for (const line of told(shown, initial, read)) surroundings.err(`${line}\n`);
    return exitCodes.healthy;
  } finally {
    live.close();
  }
}

interface StackRead {
  readonly initial: Omit<Initial, "schema" | "apiUrl" | "customerId" | "ownerUserId">;
  readonly signedBecause: string;
  readonly skipped: readonly { readonly tool: string; readonly reason: string }[];
  readonly unread: readonly string[];
}

async function readStack(facts: Facts): Promise<StackRead> {
  const [at, list, plan, api] = await Promise.all([
    facts.get(run, null),
    facts.get(functions, null),
    facts.get(smokePlan, null),
    facts.get(apis, null),
  ]);
  if (at.state === "unreadable") throw usageError(at.message);
  const unread = [list, plan].flatMap((fact) => (fact.state === "unreadable" ? [fact.message] : []));
  const refs = list.state === "known" ? list.value : [];
  const rows = await Promise.all(
    refs.map(async (fn) => ({
      fn,
      configuration: await facts.get(functionConfiguration, fn),
      use: await facts.get(databaseUse, fn),
    })),
  );
  const configured = rows.flatMap(({ fn, configuration }) =>
    configuration.state === "known" ? [{ label: fn.label, environment: configuration.value.environment }] : [],
  );
  const routes = api.state === "known" ? api.value.flatMap((one) => one.routes) : [];
  const signing = guessSigning(
    configured,
    routes.some((route) => route.apiKeyRequired),
  );
  const uses = rows.flatMap(({ fn, use }): [string, boolean][] =>
    use.state === "known" ? [[fn.id, use.value.uses]] : [],
  );
  return {
    initial: {
      stack: at.value.stackName,
      region: at.value.region,
      signing: signing.scheme,
      requests: plan.state === "known" ? plan.value.requests : [],
      usesDatabase: new Map(uses),
      databaseFunctions: rows.flatMap(({ fn, configuration, use }) =>
        configuration.state === "known" &&
        configuration.value.packageType === "Image" &&
        use.state === "known" &&
        use.value.uses
          ? [fn.id]
          : [],
      ),
    },
    signedBecause: signing.because,
    skipped: plan.state === "known" ? plan.value.skipped : [],
    unread: [...new Set(unread)],
  };
}

/** What the flag says, else what is answered on a terminal, else the placeholder. */
async function answer(
  flag: string | undefined,
  question: string,
  placeholder: string,
  { prompt }: Surroundings,
): Promise<string> {
  if (flag !== undefined) return flag;
  const typed = await prompt?.(`${question} (Enter leaves ${placeholder}): `);
  return typed === undefined || typed.trim() === "" ? placeholder : typed.trim();
}

function told(file: string, initial: Initial, { signedBecause, skipped, unread }: StackRead): readonly string[] {
  const { requests, usesDatabase, signing } = initial;
  const using = requests.filter(({ function: id }) => id !== undefined && usesDatabase.get(id) === true).length;
  const open = [initial.customerId, initial.ownerUserId].filter(
    (value) => value === unknownCustomer || value === unknownOwner,
  );
  return [
    `cscp: wrote ${file}: ${requests.length} tools, ${using} of them with the database`,
    `cscp: signing ${signing.scheme} (${signedBecause})`,
    ...skipped.map(({ tool, reason }) => `cscp: ${tool} is left out. ${reason}`),
    ...unread.map((message) => `cscp: this could not be read, and is not in it: ${message}`),
    ...(open.length === 0
      ? []
      : [`  → put your own values in place of ${open.join(" and ")}; until then the defaults hold`]),
    "  → cscp doctor",
  ];
}
