import { setImmediate } from "node:timers/promises";
import { createFacts, type Facts } from "../../core/fact.ts";
import type { Severity } from "../../core/finding.ts";
import type { Source } from "../../core/reply.ts";
import type { Report } from "../../core/report.ts";
import { tools } from "../../facts/api.ts";
import { functions } from "../../facts/functions.ts";
import { importPrediction } from "../../facts/packages.ts";
import { run } from "../../facts/run.ts";
import { deploy, resources, stack } from "../../facts/stack.ts";
import { askAhead } from "../../source/ask-ahead.ts";
import { appendTextFile, writeTextFile } from "../../source/files.ts";
import { requireCheck } from "../check-names.ts";
import { openBaseline, type BaselineFlags, type OpenBaseline } from "../baseline.ts";
import { usageError } from "../exit.ts";
import { openLive, type LiveFlags, type OpenLive } from "../open-live.ts";
import { requireTargets, writeReport } from "../output.ts";
import { version, type OutputFlags } from "../program.ts";
import { progress } from "../progress.ts";
import { announce, requireFunctions, requireStack } from "../preflight.ts";
import type { Cost, DoctorOptions } from "../run-doctor.ts";
import type { runDoctor as RunDoctor } from "../run-doctor.ts";
import type { Surroundings } from "../surroundings.ts";

export interface DoctorFlags extends LiveFlags, Omit<OutputFlags, "quiet">, BaselineFlags {
  readonly bundle?: string;
  readonly only?: readonly string[];
  readonly ignore: readonly string[];
  readonly failOn: Severity;
}

/** In milliseconds: a stack of few functions is read by then, and what is read after that is much of the same. */
const shortRun = 3_000;

/** A stack of more than these is read for longer, and holds more, than it takes to collect garbage often. */
const fewFunctions = 25;

/** `cscp doctor`: from AWS or from a recording. Resolves to the exit code. */
export async function doctor(flags: DoctorFlags, surroundings: Surroundings): Promise<number> {
  surroundings.engine.hurry(shortRun);
  // What is wrong with the call is said before anything is asked.
  await requireTargets(flags.output);
  for (const id of flags.only ?? []) requireCheck(id);
  for (const rule of flags.ignore) requireCheck(rule.split(":", 1)[0] ?? "");
  if (flags.bundle !== undefined) requireFitting(flags);
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
  const idle = withoutEffect(flags);
  if (idle.length > 0 && flags.quiet !== true) {
    const [are, change] = idle.length === 1 ? ["is", "changes"] : ["are", "change"];
    surroundings.err(`cscp: ${idle.join(", ")} ${are} for a run against AWS and ${change} nothing in a recording\n`);
  }
  const { openBundle } = await import("../../source/bundle.ts");
  const { collectors } = await import("../../collect/registry.gen.ts");
  const recording = await openBundle(bundle);
  const facts = createFacts(collectors, recording.source);
  const { durationMs, requests, repeated } = recording;
  const cost = () => ({ durationMs, requests, repeated });
  await requireFunctions(facts);
  return finish(await import("../run-doctor.ts"), facts, flags, baseline, surroundings, cost);
}

/**
 * What a recording answers was asked when it was made: a call that asks something else of it would be told another thing
 * than it takes it for.
 * @throws UsageError
 */
function requireFitting(flags: DoctorFlags): void {
  if (flags.wait !== undefined) {
    throw usageError("--wait is for a stack that runs; a recording does not change any more.");
  }
  if ((flags.stack ?? flags.stackName) !== undefined) {
    throw usageError("--stack and --bundle do not go together: a recording is of one stack, and names it.");
  }
  const { profile, region, endpointUrl, apiUrl } = flags;
  const [asked] = given({
    "--profile": profile,
    "--region": region,
    "--endpoint-url": endpointUrl,
    "--api-url": apiUrl,
  });
  if (asked !== undefined) {
    throw usageError(
      `${asked} and --bundle do not go together: a recording answers, and nothing is asked anywhere else.`,
    );
  }
  if (flags.since !== undefined) {
    throw usageError(
      "--since and --bundle do not go together: the logs in a recording go back as far as they were read.",
    );
  }
}

/** The flags of this call that only a run against AWS heeds, and that take nothing from what a recording says. */
function withoutEffect({ smoke, project, config, configEnv }: DoctorFlags): readonly string[] {
  const off = smoke ? undefined : "";
  return given({ "--no-smoke": off, "--project": project, "--config": config, "--config-env": configEnv });
}

function given(flags: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

type Part = (live: OpenLive) => Promise<unknown>;

/** What a run is sure to need, by the question whose answer is on its way while it is made ready: what is in the stack, */
const forTheStack: readonly Part[] = [
  () => Promise.resolve(),
  () => Promise.resolve(),
  () => import("../../facts/requests/index.ts"),
  () => import("../../collect/registry.gen.ts"),
  () => import("../../source/live/api.ts"),
  ({ prepare }) => prepare("apiGateway"),
];
/** the API's routes, */
const forTheFunctions: readonly Part[] = [
  () => Promise.resolve(),
  () => import("../../source/live/lambda.ts"),
  ({ prepare }) => prepare("lambda"),
  () => import("../../source/live/package.ts"),
  ({ prepare }) => prepare("logs"),
  ({ prepare }) => prepare("iam"),
  () => import("../../checks/registry.gen.ts"),
  () => import("../run-doctor.ts"),
  () => import("../../facts/parse-template.ts"),
  () => import("../../packages/inventory.ts"),
  () => import("../../source/live/secrets.ts"),
  ({ prepare }) => prepare("ssm"),
];
/** and the functions themselves. */
const forTheVerdict: readonly Part[] = [
  () => Promise.resolve(),
  () => Promise.resolve(),
  async () => (await import("../../packages/python/warm-up.ts")).warmUp(),
];

/** Makes one part after another ready. Between them is time for what arrives: loading stops everything else. */
async function prepareMeanwhile(parts: readonly Part[], live: OpenLive): Promise<void> {
  for (const part of parts) {
    await setImmediate();
    // What cannot be made ready fails where it is used, and is said there.
    await part(live).catch(() => undefined);
  }
}

async function diagnoseLive(
  flags: DoctorFlags,
  baseline: OpenBaseline | undefined,
  surroundings: Surroundings,
): Promise<number> {
  const live = await openLive(flags, surroundings);
  try {
    // Nearly everything follows from what is in the stack, so that is asked before anything else is so much as loaded.
    const source = askAhead(live.source, [{ kind: "cfn.resources", params: { stack: live.stackName } }]);
    await prepareMeanwhile(forTheStack, live);
    const { collectors } = await import("../../collect/registry.gen.ts");
    const facts = createFacts(collectors, source);
    void facts.get(tools, null);
    if (flags.only === undefined) void facts.get(deploy, null);
    void facts.get(resources, null).then(() => prepareMeanwhile(forTheFunctions, live));
    await requireStack(facts);
    await requireFunctions(facts);
    const list = await facts.get(functions, null);
    // Before hundreds of answers come: what has been set aside by then is not given back.
    if (list.state === "known" && list.value.length > fewFunctions) surroundings.engine.spareMemory();
    // What takes longest to find out is begun with before the checks ask for all else at once.
    if (flags.only === undefined && list.state === "known")
      for (const fn of list.value) void facts.get(importPrediction, fn);
    await prepareMeanwhile(forTheVerdict, live);
    await announce(facts, flags.quiet === true, surroundings);
    const scrub = (report: Report): Report => live.vault.scrubAll(report);
    const { runDoctor } = await import("../run-doctor.ts");
    const gate = (of: Facts, options: DoctorOptions) =>
      runDoctor(of, { ...options, changed: () => overtaken(of, source) });
    const doctorOf = flags.wait === undefined ? runDoctor : gate;
    return await finish({ runDoctor: doctorOf }, facts, flags, baseline, surroundings, live.cost, scrub);
  } finally {
    live.close();
  }
}

/** A run that waited for the stack to settle is a gate: it judges one deploy, and says where another one came between. */
async function overtaken(facts: Facts, source: Source): Promise<string | undefined> {
  const [before, at] = await Promise.all([facts.get(stack, null), facts.get(run, null)]);
  if (before.state === "unreadable" || at.state === "unreadable") return undefined;
  const { changedMeanwhile } = await import("../../collect/settle.ts");
  const poll = (at.value.waited?.polls ?? 0) + 1;
  const ask = (kind: string, params: Readonly<Record<string, unknown>>, how?: unknown) =>
    source.ask({ kind, params, how });
  return changedMeanwhile({ ask }, before.value.name, before.value, poll);
}

async function finish(
  { runDoctor }: { readonly runDoctor: typeof RunDoctor },
  facts: Facts,
  flags: DoctorFlags,
  baseline: OpenBaseline | undefined,
  surroundings: Surroundings,
  cost: () => Cost,
  scrub: (report: Report) => Report = (report) => report,
): Promise<number> {
  const ignore = [...flags.ignore, ...(await configuredIgnore(facts))];
  const spinner = await progress("Reading the stack", flags, surroundings);
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
  await writeReport(report, flags, surroundings, { write: writeTextFile, append: appendTextFile });
  return report.exitCode;
}

async function configuredIgnore(facts: Facts): Promise<readonly string[]> {
  const at = await facts.get(run, null);
  const { parseConfiguration } = await import("../../facts/configuration.ts");
  return at.state === "known" ? parseConfiguration(at.value.configuration).ignore : [];
}
