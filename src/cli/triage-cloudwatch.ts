import type { Reply } from "../core/reply.ts";
import type { TriageReport, UnreadLog } from "../core/triage.ts";
import { eventKey } from "../logs/scan-event.ts";
import { newTally } from "../logs/scan-tally.ts";
import { createLogReader, type LogReader } from "../source/log-reader.ts";
import { profileRegion } from "../source/profile-region.ts";
import type { LogsTriageFlags } from "./commands/logs-triage.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import { resolveOptions } from "./options.ts";
import { fatalHint } from "./preflight.ts";
import { progress } from "./progress.ts";
import type { Surroundings } from "./surroundings.ts";
import { columns, triageReport, type TimeAsked } from "./triage-report.ts";

/** As far back as logs are read where nothing else is said, in milliseconds. */
const usualSpan = 3_600_000;
/** A part of the time that is read by itself is at least this long, in milliseconds: each takes a call, even an empty one. */
const shortestPart = 900_000;
/** Parts that are read side by side, over all groups. */
const mostParts = 8;

interface Fn {
  /** As it is called in the report: the logical id where there is a stack. */
  readonly label: string;
  /** Name or ARN, with its qualifier where one was given. */
  readonly name: string;
}

interface Group {
  readonly group: string;
  /** Labels of the functions that are asked for, by name; undefined for a group that was itself asked for. */
  readonly functions: ReadonlyMap<string, string> | undefined;
}

/** Triages logs in CloudWatch: of a stack's functions, of single functions, or of log groups. */
export async function triageCloudWatch(
  flags: LogsTriageFlags,
  time: TimeAsked,
  surroundings: Surroundings,
): Promise<TriageReport> {
  const options = await resolveOptions(flags, surroundings, false);
  // A stack that only a file names is not meant where a log group is.
  const own = flags.stack ?? flags.stackName ?? "";
  const stack = own === "" && flags.logGroup.length > 0 && flags.function.length === 0 ? "" : options.stackName;
  if (stack === "" && flags.function.length === 0 && flags.logGroup.length === 0) {
    throw usageError("No log is named.", "cscp logs triage FILE, - for standard input, or --stack NAME");
  }
  if (flags.quiet !== true) for (const line of options.said) surroundings.err(`cscp: ${line}\n`);
  const region = options.region ?? (await profileRegion(options.profile));
  if (region === undefined)
    throw usageError("No AWS region is set.", "name it: --region, AWS_REGION, or region in the AWS profile");
  const { profile, endpointUrl, timeoutMs } = options;
  const { env, signal } = surroundings;
  const reader = createLogReader({ region, profile, endpointUrl, timeoutMs, env, signal });
  const spinner = await progress("Reading logs", flags, surroundings);
  try {
    return await triage(reader, { stack, flags, time });
  } finally {
    spinner.stop();
    reader.close();
  }
}

async function triage(
  reader: LogReader,
  { stack, flags, time }: { readonly stack: string; readonly flags: LogsTriageFlags; readonly time: TimeAsked },
): Promise<TriageReport> {
  const unread: UnreadLog[] = [];
  const notes: string[] = [];
  const to = time.to ?? time.now;
  const from = time.from ?? to - usualSpan;
  const asked = flags.function.length > 0;
  // Beside functions and groups that are named, a stack only tells logical ids and the deploy.
  const optional = asked || flags.logGroup.length > 0;
  const [deployedAt, ofStack] =
    stack === ""
      ? [undefined, []]
      : await Promise.all([deployOf(reader, stack, optional, notes), functionsOf(reader, stack, optional)]);
  const functions = optional ? flags.function.map((name) => oneOf(ofStack, name)) : ofStack;
  const groups = [
    ...flags.logGroup.map((group): Group => ({ group: group.replace(/:\*$/, ""), functions: undefined })),
    ...(await groupsOf(reader, functions, asked, unread)),
  ];
  const tally = newTally();
  const encoder = new TextEncoder();
  let bytes = 0;
  const parts = Math.max(
    1,
    Math.min(Math.floor(mostParts / Math.max(1, groups.length)), Math.floor((to - from) / shortestPart)),
  );
  await Promise.all(
    groups.map(async ({ group, functions: own }) => {
      const reply = await reader.read({ group, from, to, parts }, (event, part) => {
        const { message = "", timestamp, logStreamName: stream = "" } = event;
        const owner = ownerOf(stream);
        if (owner !== undefined && own !== undefined && !own.has(owner)) return;
        const [only] = own?.values() ?? [];
        const source = owner === undefined ? (only ?? shortName(group)) : (own?.get(owner) ?? owner);
        const text = encoder.encode(message);
        bytes += text.length;
        const place = { timestamp, source, stream: `${part} ${group} ${stream}` };
        tally.add(eventKey(text, 0, text.length), place, () => message);
      });
      requireAnswer(reply);
      if (reply.status === "ok" && reply.body.exists) return;
      if (reply.status !== "ok") unread.push({ what: group, ...gap(reply) });
      else if (own === undefined)
        throw usageError(`The log group ${group} does not exist.`, "check --log-group and --region");
      else notes.push(`${[...own.values()].join(", ")} has no log group ${group} yet: nothing was ever logged there.`);
    }),
  );
  return triageReport(tally.finish(bytes, columns), {
    logs: groups.length > 0 ? [...new Set(groups.flatMap(labelsOf))] : functions.map(({ label }) => label),
    bytes,
    from,
    to,
    stack: stack === "" ? undefined : stack,
    deployedAt,
    unread,
    notes,
    scrub: reader.vault.scrub,
  });
}

function labelsOf({ group, functions }: Group): readonly string[] {
  return functions === undefined ? [group] : [...functions.values()];
}

function shortName(group: string): string {
  return (group.startsWith("arn:") ? group.split(":").slice(6).join(":") : group).replace(/^\/aws\/lambda\//, "");
}

/** In a group that several functions share, Lambda puts the function's name into the stream's: `2026/11/23/name[7]0123...`. */
function ownerOf(stream: string): string | undefined {
  return /^\d{4}\/\d\d\/\d\d\/([^[\]]+)\[/.exec(stream)?.[1];
}

type Gap = Exclude<Reply<never>, { status: "ok" }>;

function gap(reply: Gap): { readonly message: string; readonly action?: string } {
  switch (reply.status) {
    case "denied":
      return { message: reply.message, action: reply.action };
    case "failed":
      return { message: reply.message };
    case "not-recorded":
      return { message: "It was not asked for." };
  }
}

/** @throws UsageError for what must be mended before anything can be asked. */
function requireAnswer(reply: Reply<unknown>): void {
  const hint = reply.status === "failed" ? fatalHint(reply.code) : undefined;
  if (reply.status === "failed" && hint !== undefined) throw usageError(reply.message, hint);
}

/** When the stack's last deploy began. */
async function deployOf(
  reader: LogReader,
  stack: string,
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
    throw usageError(
      `The stack ${stack} does not exist.`,
      "check --stack, --region and --profile; aws cloudformation list-stacks shows what is there",
    );
  }
  return reply.body.updated ?? reply.body.created;
}

/** The functions of a stack; `optional` where a function can be found by its own name as well. */
async function functionsOf(reader: LogReader, stack: string, optional: boolean): Promise<readonly Fn[]> {
  const reply = await reader.resources({ stack }, undefined);
  requireAnswer(reply);
  if (reply.status !== "ok") {
    if (optional) return [];
    throw usageError(
      `The functions of the stack ${stack} could not be listed: ${gap(reply).message}`,
      "name their logs: --log-group /aws/lambda/FUNCTION",
    );
  }
  const list = reply.body
    .filter(({ type, physicalId }) => type === "AWS::Lambda::Function" && physicalId !== "")
    .map(({ logicalId, physicalId }) => ({ label: logicalId, name: physicalId }));
  if (list.length === 0 && !optional) throw usageError(`The stack ${stack} has no Lambda functions.`);
  return list;
}

function oneOf(functions: readonly Fn[], name: string): Fn {
  const plain = /^arn:[^:]+:lambda:[^:]+:\d+:function:([^:]+)/.exec(name)?.[1] ?? name.split(":")[0] ?? name;
  const found = functions.find((fn) => fn.label === plain || fn.name === plain);
  if (found !== undefined) return found;
  return { label: plain, name };
}

/** The log groups of functions, each once, with the functions that write into it. */
async function groupsOf(
  reader: LogReader,
  functions: readonly Fn[],
  asked: boolean,
  unread: UnreadLog[],
): Promise<readonly Group[]> {
  const byGroup = new Map<string, Map<string, string>>();
  const labels = functions.map(({ label }) => label);
  await Promise.all(
    functions.map(async ({ label, name }) => {
      const reply = await reader.lambdaFunction({ name }, undefined);
      requireAnswer(reply);
      if (reply.status !== "ok") {
        unread.push({ what: label, ...gap(reply) });
        return;
      }
      if (!reply.body.exists) {
        const near = didYouMean(
          name,
          labels.filter((other) => other !== label),
        );
        if (asked) throw usageError(`There is no function ${name}.`, near ?? "check --function, --stack and --region");
        unread.push({ what: label, message: `The function ${name} does not exist.` });
        return;
      }
      const { logGroup, name: ownName } = reply.body;
      const own = byGroup.get(logGroup) ?? new Map<string, string>();
      byGroup.set(logGroup, own.set(ownName, label));
    }),
  );
  return [...byGroup].map(([group, own]) => ({ group, functions: own }));
}
