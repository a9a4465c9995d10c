import type { TriageReport, UnreadLog } from "../core/triage.ts";
import { newTally } from "../logs/scan-tally.ts";
import { createLogReader, type LogReader } from "../source/log-reader.ts";
import { profileRegion } from "../source/profile-region.ts";
import type { LogsTriageFlags } from "./commands/logs-triage.ts";
import { usageError } from "./exit.ts";
import { functionsOf, gap, type Group, groupsOf, namedGroups, oneOf, requireAnswer } from "./log-targets.ts";
import { resolveOptions } from "./options.ts";
import { requireProfile } from "./require-profile.ts";
import { noStack, requireFunctionNames } from "./wrong-target.ts";
import { progress } from "./progress.ts";
import type { Surroundings } from "./surroundings.ts";
import { readGroups } from "./triage-engines.ts";
import { columns, triageReport, type TimeAsked } from "./triage-report.ts";

/** As far back as logs are read where nothing else is said, in milliseconds. */
const usualSpan = 3_600_000;

/** Triages logs in CloudWatch: of a stack's functions, of single functions, or of log groups. */
export async function triageCloudWatch(
  flags: LogsTriageFlags,
  time: TimeAsked,
  surroundings: Surroundings,
): Promise<TriageReport> {
  const options = await resolveOptions({ ...flags, smoke: false }, surroundings, false);
  // A stack that only a file names is not meant where a log group is.
  const own = flags.stack ?? flags.stackName ?? "";
  const stack = own === "" && flags.logGroup.length > 0 && flags.function.length === 0 ? "" : options.stackName;
  if (stack === "" && flags.function.length === 0 && flags.logGroup.length === 0) {
    throw usageError("No log is named.", "cscp logs triage FILE, - for standard input, or --stack NAME");
  }
  if (flags.quiet !== true) for (const line of options.said) surroundings.err(`cscp: ${line}\n`);
  await requireProfile(options.profile);
  const region = options.region ?? (await profileRegion(options.profile));
  if (region === undefined)
    throw usageError("No AWS region is set.", "name it: --region, AWS_REGION, or region in the AWS profile");
  const { profile, endpointUrl, timeoutMs } = options;
  const { env, signal } = surroundings;
  const logGroup = namedGroups(flags.logGroup, region);
  requireFunctionNames(flags.function, region);
  const reader = createLogReader({ region, profile, endpointUrl, timeoutMs, env, signal });
  const spinner = await progress("Reading logs", flags, surroundings);
  try {
    const say = (line: string): void => {
      if (flags.quiet !== true) surroundings.err(`cscp: ${line}\n`);
    };
    return await triage(reader, { stack, region, flags: { ...flags, logGroup }, time, say });
  } finally {
    spinner.stop();
    reader.close();
  }
}

async function triage(
  reader: LogReader,
  {
    stack,
    region,
    flags,
    time,
    say,
  }: {
    readonly stack: string;
    readonly region: string;
    readonly flags: LogsTriageFlags;
    readonly time: TimeAsked;
    readonly say: (line: string) => void;
  },
): Promise<TriageReport> {
  const unread: UnreadLog[] = [];
  const notes: string[] = [];
  const to = time.to ?? time.now;
  const from = time.from ?? to - usualSpan;
  const asked = flags.function.length > 0;
  // Beside functions and groups that are named, a stack only tells logical ids and the deploy.
  const optional = asked || flags.logGroup.length > 0;
  const [deployedAt, ofStack] = await Promise.all([
    stack === "" ? undefined : deployOf(reader, { stack, region }, optional, notes),
    functionsOf(reader, { stack, region }, optional),
  ]);
  const functions = optional ? flags.function.map((name) => oneOf(ofStack.list, name)) : ofStack.list;
  const groups = [
    ...flags.logGroup.map((group): Group => ({ group, functions: undefined })),
    ...(await groupsOf(reader, functions, asked, unread, ofStack)),
  ];
  const tally = newTally();
  const read = await readGroups(reader, { groups, from, to, engine: flags.engine, tally, say });
  return triageReport(tally.finish(read.bytes, columns), {
    logs: groups.length > 0 ? [...new Set(groups.flatMap(labelsOf))] : functions.map(({ label }) => label),
    bytes: read.bytes,
    from,
    to,
    stack: stack === "" ? undefined : stack,
    deployedAt,
    unread: [...unread, ...read.unread],
    notes: [...notes, ...read.notes],
    scrub: reader.vault.scrub,
  });
}

function labelsOf({ group, functions }: Group): readonly string[] {
  return functions === undefined ? [group] : [...functions.values()];
}

/** When the stack's last deploy began. */
async function deployOf(
  reader: LogReader,
  { stack, region }: { readonly stack: string; readonly region: string },
  optional: boolean,
  notes: string[],
): Promise<string | undefined> {
  const reply = await reader.stack({ stack }, undefined);
  requireAnswer(reply);
  if (reply.status !== "ok") {
    notes.push(`When the stack was deployed is not known: ${gap(reply).message}`);
    return undefined;
  }
  if (!reply.body.exists) {
    if (optional) return undefined;
    throw await noStack(reader, stack, region);
  }
  return reply.body.updated ?? reply.body.created;
}
