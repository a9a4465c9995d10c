import { collectors } from "../../collect/registry.gen.ts";
import { createFacts, type Facts } from "../../core/fact.ts";
import type { Severity } from "../../core/finding.ts";
import type { Report } from "../../core/report.ts";
import type { Source } from "../../core/reply.ts";
import { parseConfiguration } from "../../facts/configuration.ts";
import { run } from "../../facts/run.ts";
import { inventoryCacheFolder, writeTextFile } from "../../source/files.ts";
import { createLiveSource } from "../../source/live.ts";
import { profileRegion } from "../../source/profile-region.ts";
import type { Vault } from "../../source/vault.ts";
import { requireCheck } from "../check-names.ts";
import { openBaseline, type BaselineFlags, type OpenBaseline } from "../baseline.ts";
import { usageError } from "../exit.ts";
import { resolveOptions, type StackFlags } from "../options.ts";
import { targetsOf, writeReport } from "../output.ts";
import { version, type OutputFlags } from "../program.ts";
import { progress } from "../progress.ts";
import { announce, requireStack } from "../preflight.ts";
import type { Surroundings } from "../surroundings.ts";

export interface DoctorFlags extends StackFlags, OutputFlags, BaselineFlags {
  readonly bundle?: string;
  readonly only?: readonly string[];
  readonly ignore: readonly string[];
  readonly smoke: boolean;
  readonly apiUrl?: string;
  readonly since?: number;
  readonly failOn: Severity;
}

/** `cscp doctor`: from AWS or from a recording. Resolves to the exit code. */
export async function doctor(flags: DoctorFlags, surroundings: Surroundings): Promise<number> {
  // What is wrong with the call is said before anything is asked.
  targetsOf(flags.output);
  for (const id of flags.only ?? []) requireCheck(id);
  for (const rule of flags.ignore) requireCheck(rule.split(":", 1)[0] ?? "");
  const baseline = await openBaseline(flags, surroundings);
  return flags.bundle === undefined
    ? diagnoseLive(flags, baseline, surroundings)
    : diagnoseRecording(flags, flags.bundle, baseline, surroundings);
}

async function diagnoseRecording(
  flags: DoctorFlags,
  bundle: string,
  baseline: OpenBaseline | undefined,
  surroundings: Surroundings,
): Promise<number> {
  const { openBundle } = await import("../../source/bundle.ts");
  const recording = await openBundle(bundle);
  const facts = createFacts(collectors, recording.source);
  const cost = () => ({ durationMs: recording.durationMs, requests: recording.requests });
  return finish(facts, flags, baseline, surroundings, cost);
}

async function diagnoseLive(
  flags: DoctorFlags,
  baseline: OpenBaseline | undefined,
  surroundings: Surroundings,
): Promise<number> {
  const live = await openLive(flags, surroundings);
  try {
    const facts = createFacts(collectors, live.source);
    await requireStack(facts);
    await announce(facts, flags.quiet === true, surroundings);
    return await finish(facts, flags, baseline, surroundings, live.cost, (report) => live.vault.scrubAll(report));
  } finally {
    live.close();
  }
}

/** A source that asks AWS, with every option resolved and said. */
export async function openLive(
  flags: StackFlags & {
    readonly smoke: boolean;
    readonly apiUrl?: string;
    readonly since?: number;
    readonly quiet?: boolean;
  },
  surroundings: Surroundings,
): Promise<{
  readonly source: Source;
  readonly vault: Vault;
  readonly cost: () => { durationMs: number; requests: number };
  readonly close: () => void;
}> {
  const options = await resolveOptions(flags, surroundings);
  if (flags.quiet !== true) for (const line of options.said) surroundings.err(`cscp: ${line}\n`);
  const region = options.region ?? (await profileRegion(options.profile));
  if (region === undefined)
    throw usageError("No AWS region is set.", "name it: --region, AWS_REGION, or region in the AWS profile");
  const startedAt = surroundings.now();
  const apiUrl = flags.apiUrl ?? surroundings.env["CSCP_API_URL"] ?? options.configuration.apiUrl;
  const live = createLiveSource({
    region,
    profile: options.profile,
    endpointUrl: options.endpointUrl,
    env: surroundings.env,
    timeoutMs: options.timeoutMs,
    projectDir: options.projectDir,
    signal: surroundings.signal,
    inventoryCache: inventoryCacheFolder(surroundings.env),
    run: {
      startedAt: startedAt.toISOString(),
      region,
      stackName: options.stackName,
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      endpointOverride: hasEndpointOverride(options.endpointUrl, surroundings.env),
      smoke: flags.smoke,
      ...(flags.since === undefined ? {} : { sinceSeconds: flags.since }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      configuration: JSON.parse(JSON.stringify(options.configuration)) as never,
    },
  });
  return {
    source: live.source,
    vault: live.vault,
    cost: () => ({ durationMs: surroundings.now().getTime() - startedAt.getTime(), requests: live.requestCount() }),
    close: live.close,
  };
}

async function finish(
  facts: Facts,
  flags: DoctorFlags,
  baseline: OpenBaseline | undefined,
  surroundings: Surroundings,
  cost: () => { durationMs: number; requests: number },
  scrub: (report: Report) => Report = (report) => report,
): Promise<number> {
  const ignore = [...flags.ignore, ...(await configuredIgnore(facts))];
  const spinner = await progress("Reading the stack", flags, surroundings);
  // Where there is no stack to diagnose, neither checks nor causes are needed.
  const { runDoctor } = await import("../run-doctor.ts");
  const raw = await runDoctor(facts, {
    version,
    only: flags.only,
    ignore,
    failOn: flags.failOn,
    ...(baseline === undefined ? {} : { baseline: baseline.of }),
    notes: [],
    cost,
  }).finally(spinner.stop);
  // A log line may have been read before the parameter whose value it shows: now every secret of the run is known.
  const report = scrub(raw);
  if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was concluded.");
  await baseline?.save();
  await writeReport(report, flags, surroundings, writeTextFile);
  return report.exitCode;
}

async function configuredIgnore(facts: Facts): Promise<readonly string[]> {
  const at = await facts.get(run, null);
  return at.state === "known" ? parseConfiguration(at.value.configuration).ignore : [];
}

/** Whether another endpoint than AWS's own answers: an emulator, a proxy. */
function hasEndpointOverride(flag: string | undefined, env: Surroundings["env"]): boolean {
  if (flag !== undefined) return true;
  if (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return false;
  return Object.entries(env).some(
    ([name, text]) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && text !== undefined && text !== "",
  );
}
