import { collectors } from "../../collect/registry.gen.ts";
import { createFacts, type Facts } from "../../core/fact.ts";
import type { Severity } from "../../core/finding.ts";
import type { Report } from "../../core/report.ts";
import type { SmokeRun } from "../../facts/requests/run.ts";
import { parseConfiguration } from "../../facts/configuration.ts";
import { run } from "../../facts/run.ts";
import { appendTextFile, writeTextFile } from "../../source/files.ts";
import { smokePlan } from "../../smoke/facts.ts";
import { smokeOf } from "../../smoke/project-configuration.ts";
import { usageError } from "../exit.ts";
import { openLive, type LiveFlags, type OpenLive } from "../open-live.ts";
import { resolveOptions } from "../options.ts";
import { requireTargets, writeReport } from "../output.ts";
import { requireFunctions, requireStack } from "../preflight.ts";
import { version, type OutputFlags } from "../program.ts";
import { progress } from "../progress.ts";
import { runSmoke } from "../run-smoke.ts";
import { curlCommands } from "../smoke-curl.ts";
import { readBefore } from "../smoke-compare.ts";
import { bodyValues, keySourceOf } from "../smoke-flags.ts";
import { announceSmoke, requireKey, requireTools, sayingOnce } from "../smoke-preflight.ts";
import type { Surroundings } from "../surroundings.ts";
import { withoutAws } from "../without-aws.ts";

export interface SmokeFlags extends Omit<LiveFlags, "smoke" | "since">, Omit<OutputFlags, "quiet"> {
  readonly tool: readonly string[];
  readonly include: readonly string[];
  readonly customerId?: string;
  readonly owner?: string;
  readonly set: readonly string[];
  readonly key?: string;
  readonly repeat: number;
  readonly warm?: boolean;
  readonly parallel: number;
  readonly negative: boolean;
  readonly invoke: boolean;
  readonly compare?: string;
  readonly printCurl?: boolean;
  readonly failOn: Severity;
}

/** `cscp smoke`. Resolves to the exit code. */
export async function smoke(flags: SmokeFlags, surroundings: Surroundings): Promise<number> {
  // What is wrong with the call is said before anything is asked.
  await requireTargets(flags.output);
  if (flags.printCurl === true && flags.output.length > 0) {
    throw usageError("--print-curl prints commands and no report, so that -o has nothing to write.");
  }
  const told = toldBy(flags);
  const before = flags.compare === undefined ? undefined : await readBefore(flags.compare, surroundings);
  const { env } = surroundings;
  const named = flags.apiUrl ?? (env["CSCP_API_URL"] || undefined);
  const { configuration, stackName } = await resolveOptions(flags, surroundings, false);
  await requireConfiguration(configuration);
  const apiUrl = named ?? configuration.apiUrl;
  if (stackName === "" && apiUrl === undefined) {
    throw usageError(
      "Neither a stack nor an API is named.",
      "cscp smoke --stack NAME, or --api-url URL, or run it in a SAM project",
    );
  }
  // Everything but --wait of the doctor, which is for the stack to settle: here a first success is waited for.
  const { wait = 0, ...rest } = flags;
  const shared = { ...rest, smoke: true, timeout: flags.timeout + wait };
  const open = (aws: boolean, quiet = flags.quiet): Promise<OpenLive> =>
    openLive(quiet === undefined ? shared : { ...shared, quiet }, surroundings, aws, {
      aws,
      smokeRun: { ...told, aws },
      parallelSmoke: flags.parallel,
      ...(flags.quiet === true ? {} : { onClockSkew: sayingOnce(surroundings) }),
    });
  if (stackName === "") return conclude(await open(false), { ...flags, aws: false }, before, surroundings);
  const live = await open(true);
  try {
    const facts = createFacts(collectors, live.source);
    await requireStack(facts);
    await requireFunctions(facts);
    return await conclude(live, { ...flags, aws: true }, before, surroundings, facts);
  } catch (error) {
    if (apiUrl === undefined || !isAboutCredentials(error)) throw error;
    if (flags.quiet !== true) {
      surroundings.err(
        "cscp: there are no AWS credentials, so that only the API is asked: no logs, no configuration\n",
      );
    }
    // What was found where has been said.
    return await conclude(await open(false, true), { ...flags, aws: false }, before, surroundings);
  } finally {
    live.close();
  }
}

function toldBy(flags: SmokeFlags): Omit<SmokeRun, "aws"> {
  return {
    tools: [...flags.tool],
    include: [...flags.include],
    repeat: flags.repeat,
    warm: flags.warm === true,
    set: bodyValues(flags.set),
    negative: flags.negative,
    invoke: flags.invoke,
    ...(flags.customerId === undefined ? {} : { customerId: flags.customerId }),
    ...(flags.owner === undefined ? {} : { ownerUserId: flags.owner }),
    ...(flags.wait === undefined ? {} : { waitSeconds: flags.wait }),
    ...(flags.key === undefined ? {} : { key: keySourceOf(flags.key) }),
  };
}

/** A scheme or schema that is wrong is a fault of the configuration, and none of a tool. */
async function requireConfiguration(configuration: ReturnType<typeof parseConfiguration>): Promise<void> {
  try {
    const { tools, probes } = smokeOf(configuration);
    for (const { name, expect } of [...tools, ...probes]) {
      if (expect.schema === undefined) continue;
      // Its library is large, and few tools have a schema.
      const { compileSchema } = await import("../../smoke/json-schema.ts");
      try {
        compileSchema(expect.schema);
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        throw new Error(`The schema of ${name} under smoke is no JSON Schema: ${said}.`, { cause: error });
      }
    }
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function isAboutCredentials(error: unknown): boolean {
  return error instanceof Error && /credential|Credential|SSO|token/.test(error.message) && "usage" in error;
}

/** Where the requests go is shown whatever the key is: with a piece of an address hidden no printed command would work. */
async function spareRequests(facts: Facts, vault: OpenLive["vault"]): Promise<void> {
  const plan = await facts.get(smokePlan, null);
  if (plan.state === "unreadable") return;
  vault.spare(
    plan.value.url,
    ...plan.value.requests.flatMap(({ base, path, tool }) => [base, path.split("?", 1)[0], tool]),
  );
}

type Before = Awaited<ReturnType<typeof readBefore>>;

async function conclude(
  live: OpenLive,
  flags: SmokeFlags & { readonly aws: boolean },
  before: Before | undefined,
  surroundings: Surroundings,
  facts: Facts = createFacts(collectors, flags.aws ? live.source : withoutAws(live.source)),
): Promise<number> {
  try {
    await requireTools(facts, flags.tool);
    await requireKey(facts);
    await spareRequests(facts, live.vault);
    if (flags.printCurl === true) {
      await surroundings.out(await curlCommands(facts, live.vault, surroundings.now()));
      return 0;
    }
    await announceSmoke(facts, flags.quiet === true, surroundings);
    const at = await facts.get(run, null);
    const ignore = at.state === "known" ? parseConfiguration(at.value.configuration).ignore : [];
    const spinner = await progress("Asking the tools", flags, surroundings);
    const raw = await runSmoke(facts, {
      version,
      failOn: flags.failOn,
      ignore,
      aws: flags.aws,
      cost: live.cost,
      before: before?.tools,
      notes: before?.notes ?? [],
    }).finally(spinner.stop);
    const report: Report = live.vault.scrubAll(raw);
    if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was concluded.");
    await writeReport(report, flags, surroundings, { write: writeTextFile, append: appendTextFile });
    return report.exitCode;
  } finally {
    live.close();
  }
}
