// What a tail follows, and what a deploy adds to it.
import type { UnreadLog } from "../core/triage.ts";
import type { Follower } from "../source/tail/follow.ts";
import type { TailReader } from "../source/tail/reader.ts";
import type { TailTarget } from "../source/tail/state.ts";
import { usageError } from "./exit.ts";
import { requireFunctionNames } from "./wrong-target.ts";
import { functionsOf, groupsOf, oneOf, ownerOf, shortName, type Fn, type Group } from "./log-targets.ts";

export interface TailAsked {
  readonly stack: string;
  readonly functions: readonly string[];
  readonly logGroups: readonly string[];
}

/** The groups of a tail, and whose events they hold. */
export interface TailTargets {
  readonly labels: () => readonly string[];
  readonly groups: () => readonly { readonly group: string; readonly functions: readonly string[] }[];
  /** Functions that could not be looked up. */
  readonly unread: readonly UnreadLog[];
  targets(): readonly TailTarget[];
  /** The function, or the group, that an event of this stream is of; undefined for a function that was not asked for. */
  sourceOf(group: string, stream: string): string | undefined;
  /** Looks for functions that the stack has got since; gives their names. */
  look(): Promise<readonly string[]>;
}

/** Streams whose function is remembered. */
const mostStreams = 10_000;

/**
 * @param live whether Live Tail is to follow them, which takes nothing but ARNs
 * @throws UsageError for what does not exist or cannot be listed
 */
export async function findTargets(
  reader: TailReader,
  { stack, functions, logGroups }: TailAsked,
  live: boolean,
): Promise<TailTargets> {
  const { region } = reader.aws;
  const wholeStack = functions.length === 0 && logGroups.length === 0;
  const unread: UnreadLog[] = [];
  const known = new Set<string>();
  const groups = new Map<string, Group>();
  /** By group and stream. */
  const sources = new Map<string, Map<string, string | undefined>>();
  let streams = 0;
  let account: string | undefined;

  requireFunctionNames(functions, region);
  const ofStack = await functionsOf(reader, { stack, region }, !wholeStack);

  async function add(list: readonly Fn[], asked: boolean): Promise<readonly Fn[]> {
    const fresh = list.filter(({ name }) => !known.has(name));
    for (const { name } of fresh) known.add(name);
    for (const group of await groupsOf(reader, fresh, asked, unread, ofStack)) {
      // One that was asked for by its ARN is followed whole already.
      if (groups.has(arnOf(group) ?? "")) continue;
      const before = groups.get(group.group);
      const all = new Map([...(before?.functions ?? []), ...(group.functions ?? [])]);
      groups.set(
        group.group,
        before?.functions === undefined && before !== undefined ? before : { ...group, functions: all },
      );
    }
    sources.clear();
    return fresh;
  }

  const byName = logGroups.filter((group) => !group.startsWith("arn:"));
  const mayBeTwice = byName.some((name) => logGroups.some((other) => other.endsWith(`:log-group:${name}`)));
  if ((live && byName.length > 0) || mayBeTwice) {
    const caller = await reader.callerIdentity({}, undefined);
    if (caller.status === "ok") ({ account } = caller.body);
  }
  // A group that is named by its name and by its ARN is one; the same name in another account is another group.
  const named = new Set(byName.map((group) => arnOf({ group, functions: undefined })));
  for (const group of logGroups) if (!named.has(group)) groups.set(group, { group, functions: undefined });
  if (wholeStack) await add(ofStack.list, false);
  else if (functions.length > 0)
    await add(
      functions.map((name) => oneOf(ofStack.list, name)),
      true,
    );
  if (groups.size === 0) {
    const [first] = unread;
    throw usageError(
      first === undefined ? "There is nothing to follow." : `${first.what} cannot be looked up: ${first.message}`,
      "name its log group: --log-group /aws/lambda/FUNCTION",
    );
  }

  function arnOf({ group, owner }: Group): string | undefined {
    if (group.startsWith("arn:")) return group;
    const [, partition = partitionOf(region), , , own = account] = owner?.split(":") ?? [];
    return own === undefined ? undefined : `arn:${partition}:logs:${region}:${own}:log-group:${group}`;
  }

  return {
    unread,
    labels: () => [...new Set([...groups.values()].flatMap(labelsOf))],
    groups: () =>
      [...groups.values()].map(({ group, functions: own }) => ({ group, functions: [...(own?.values() ?? [])] })),
    targets: () => [...groups.values()].map((group) => ({ group: group.group, arn: arnOf(group) })),
    sourceOf(group, stream) {
      let own = sources.get(group);
      const known = own?.get(stream);
      if (known !== undefined || own?.has(stream) === true) return known;
      const source = sourceIn(groups.get(group), group, stream);
      if (streams >= mostStreams) {
        sources.clear();
        streams = 0;
        own = undefined;
      }
      if (own === undefined) {
        own = new Map();
        sources.set(group, own);
      }
      own.set(stream, source);
      streams += 1;
      return source;
    },
    async look() {
      if (!wholeStack) return [];
      const fresh = await add((await functionsOf(reader, { stack, region }, true)).list, false);
      return fresh.map(({ label }) => label);
    },
  };
}

function labelsOf({ group, functions }: Group): readonly string[] {
  return functions === undefined ? [shortName(group)] : [...functions.values()];
}

function sourceIn(known: Group | undefined, group: string, stream: string): string | undefined {
  const own = known?.functions;
  const owner = ownerOf(stream);
  if (owner !== undefined) return own === undefined ? owner : own.get(owner);
  const [only] = own?.values() ?? [];
  return own?.size === 1 && only !== undefined ? only : shortName(group);
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** How often the stack is looked at, in milliseconds. */
const lookEveryMs = 15_000;

/** Follows what a deploy adds to the stack, until the signal ends it. What cannot be read just now is looked for again. */
export async function watchStack(
  { clock }: TailReader,
  targets: TailTargets,
  follower: Follower,
  signal: AbortSignal,
  added: (names: readonly string[]) => void,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const names = await targets.look().catch((): readonly string[] => []);
    if (names.length === 0) continue;
    follower.add(targets.targets());
    added(names);
  }
}
