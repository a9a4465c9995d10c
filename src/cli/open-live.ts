import type { Source } from "../core/reply.ts";
import { withoutPassword } from "../source/endpoints.ts";
import { inventoryCacheFolder } from "../source/files.ts";
import { createLiveSource, type LiveOptions, type LiveSource } from "../source/live.ts";
import { profileRegion } from "../source/profile-region.ts";
import type { Vault } from "../source/vault.ts";
import { usageError } from "./exit.ts";
import { resolveOptions, type StackFlags } from "./options.ts";
import { requireProfile } from "./require-profile.ts";
import type { Cost } from "./run-doctor.ts";
import type { Surroundings } from "./surroundings.ts";

export interface LiveFlags extends StackFlags {
  readonly smoke: boolean;
  readonly since?: number;
  readonly quiet?: boolean;
  /** For how many seconds at most the stack is given to settle before anything is read. */
  readonly wait?: number;
}

/** What a command other than the doctor adds to a run. */
export interface LiveExtras {
  /** False for a run that asks AWS nothing, which needs no region. */
  readonly aws?: boolean;
  readonly smokeRun?: LiveOptions["run"]["smokeRun"];
  readonly databaseRun?: LiveOptions["run"]["databaseRun"];
  readonly parallelSmoke?: number;
  readonly onClockSkew?: LiveOptions["onClockSkew"];
}

/** A source that asks AWS, and what it cost so far. */
export interface OpenLive {
  readonly source: Source;
  readonly vault: Vault;
  /** Empty where the run asks AWS nothing. */
  readonly stackName: string;
  readonly cost: () => Cost;
  readonly prepare: LiveSource["prepare"];
  readonly close: () => void;
}

/**
 * Opens a source with every option resolved and said. With `wait` the stack is waited for first: the run's clock and its
 * time limit begin when that is over.
 */
export async function openLive(
  flags: LiveFlags,
  surroundings: Surroundings,
  needsStack = true,
  { aws = true, smokeRun, databaseRun, parallelSmoke, onClockSkew }: LiveExtras = {},
): Promise<OpenLive> {
  const options = await resolveOptions(flags, surroundings, needsStack);
  if (flags.quiet !== true) for (const line of options.said) surroundings.err(`cscp: ${line}\n`);
  if (aws) await requireProfile(options.profile);
  const region = options.region ?? (await profileRegion(options.profile)) ?? (aws ? undefined : "");
  if (region === undefined)
    throw usageError("No AWS region is set.", "name it: --region, AWS_REGION, or region in the AWS profile");
  const { env } = surroundings;
  const apiUrl = flags.apiUrl ?? (env["CSCP_API_URL"] || undefined) ?? options.configuration.apiUrl;
  const openedAt = surroundings.now();
  const shared: Omit<LiveOptions, "run"> = {
    region,
    profile: options.profile,
    endpointUrl: options.endpointUrl,
    env,
    timeoutMs: options.timeoutMs,
    projectDir: options.projectDir,
    signal: surroundings.signal,
    inventoryCache: inventoryCacheFolder(env),
    parallelSmoke,
    onClockSkew,
    input: async () => textOf(surroundings.input),
  };
  const endpointUrl = options.endpointUrl === undefined ? undefined : withoutPassword(options.endpointUrl);
  const run = (startedAt: Date): LiveOptions["run"] => ({
    startedAt: startedAt.toISOString(),
    region,
    stackName: aws ? options.stackName : "",
    ...(smokeRun === undefined ? {} : { smokeRun }),
    ...(databaseRun === undefined ? {} : { databaseRun }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    endpointOverride: hasEndpointOverride(options.endpointUrl, env),
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
    smoke: flags.smoke,
    ...(flags.since === undefined ? {} : { sinceSeconds: flags.since }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
    configuration: JSON.parse(JSON.stringify(options.configuration)) as never,
  });
  const wait = async (seconds: number) => {
    const { waitFirst } = await import("./wait.ts");
    return waitFirst({ ...shared, run: run(openedAt) }, options.stackName, seconds, flags.quiet, surroundings);
  };
  const before = flags.wait === undefined ? undefined : await wait(flags.wait);
  const waited = before === undefined ? {} : { waited: before.waited };
  const live = createLiveSource({ ...shared, run: { ...run(surroundings.now()), ...waited } });
  live.vault.spare(options.stackName, region, options.profile, apiUrl, endpointUrl);
  return {
    source: live.source,
    vault: live.vault,
    stackName: run(openedAt).stackName,
    cost: () => {
      const { throttled, broken } = live.repeated();
      return {
        durationMs: surroundings.now().getTime() - openedAt.getTime(),
        requests: live.requestCount() + (before?.requests ?? 0),
        repeated: {
          throttled: throttled + (before?.repeated.throttled ?? 0),
          broken: broken + (before?.repeated.broken ?? 0),
        },
      };
    },
    prepare: live.prepare,
    close: live.close,
  };
}

/** Nothing that is read from standard input is long. */
const mostInput = 64 * 1024;

async function textOf(input: Surroundings["input"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostInput) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether another endpoint than AWS's own answers: an emulator, a proxy. */
function hasEndpointOverride(flag: string | undefined, env: Surroundings["env"]): boolean {
  if (flag !== undefined) return true;
  if (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return false;
  return Object.entries(env).some(
    ([name, text]) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && text !== undefined && text !== "",
  );
}
