// What the parts of a tail share while it runs.
import type { TailGroupState } from "../../core/tail.ts";
import type { Merge } from "../../logs/tail/merge.ts";
import type { Aws } from "../aws.ts";
import type { Clock } from "../clock.ts";
import type { Queries } from "../insights-run.ts";
import type { Spare } from "./page.ts";

/** A log group to follow. */
export interface TailTarget {
  /** As it is called in this run, and as FilterLogEvents is asked for it: its name or its ARN. */
  readonly group: string;
  /** Without `:*`. Absent where the account is not known: Live Tail takes nothing else. */
  readonly arn: string | undefined;
}

/** What is said while a tail runs, once each. */
export interface TailNote {
  readonly code:
    | "group-waiting"
    | "group-near"
    | "group-found"
    | "group-denied"
    | "group-refused"
    | "group-insights"
    | "group-crowded"
    | "live-off"
    | "live-limited"
    | "session-ended"
    | "session-silent"
    | "credentials-expired"
    | "credentials-renewed"
    | "unreachable"
    | "reachable"
    | "throttled"
    | "clock"
    | "quiet"
    | "request-unseen"
    | "request-cut"
    | "until-waits"
    | "function-added";
  readonly message: string;
  readonly group?: string;
}

/** A tail that cannot go on at all: what must be mended first. Thrown. */
export interface TailStopped extends Error {
  readonly tailStopped: { readonly error: unknown; readonly action: string };
}

export function tailStopped(error: unknown, action: string): TailStopped {
  return Object.assign(new Error("The tail cannot go on."), { tailStopped: { error, action } });
}

export function isTailStopped(value: unknown): value is TailStopped {
  return value instanceof Error && "tailStopped" in value;
}

export interface GroupState extends TailTarget {
  state: TailGroupState;
  /** When the last complete sweep began, in the service's time. */
  sweptTo: number | undefined;
  verifiedTo: number | undefined;
  /** When the last sweep began, and when the next one is due, on this machine's clock. */
  begunAt: number;
  dueAt: number;
  sweeping: boolean;
  /** The first sweep, from where the tail begins: how far it has come; undefined before it and after it. */
  frontier: number | undefined;
  /** How often it was swept. */
  sweeps: number;
  /** Tries of what failed in a row. */
  failures: number;
  /** When the next sweep goes far back, on this machine's clock. */
  wideAt: number;
  /** Since when a session was to bring its events, in the service's time. */
  liveSince: number | undefined;
  /** The open session. */
  session: number | undefined;
  /** Until when Live Tail is not believed to be complete, on this machine's clock. */
  doubtedTo: number;
  /** It is of the class INFREQUENT_ACCESS: neither Live Tail nor FilterLogEvents reads it. */
  onlyInsights: boolean;
}

export interface FollowOptions {
  readonly aws: Aws;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number | undefined;
  readonly follow: boolean;
  readonly poll: boolean;
  readonly pattern: string | undefined;
  readonly note: (note: TailNote) => void;
}

export interface Follow {
  readonly options: FollowOptions;
  readonly merge: Merge;
  readonly groups: Map<string, GroupState>;
  readonly spare: Spare;
  /** Of Logs Insights, for groups that nothing else reads; undefined where it has nothing like the filter pattern. */
  readonly queries: Queries | undefined;
  /** Aborted when the tail ends, for whatever reason. */
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** How far the service's clock is ahead of this machine's, in milliseconds. */
  skewMs: number;
  /** Why Live Tail is not used; undefined while it is, or is to be tried. */
  liveOff: string | undefined;
  /** What is held back is not taken off: whoever writes it waits for its reader. */
  blocked: boolean;
  /** Whether credentials were refused since they last worked, and whether anything ever did. */
  expired: boolean;
  /** Whether calls go unanswered since they last were. */
  away: boolean;
  answered: boolean;
  /** Ends the tail with an error. */
  readonly fail: (error: unknown) => void;
  /** Something may be ready to be shown or done. */
  readonly wake: () => void;
  /** Lets what is there be shown; resolves once that is done for what is due, or when the tail ends. */
  readonly round: () => Promise<void>;
}

export const serverNow = (follow: Follow): number => follow.options.clock.now() + follow.skewMs;

export function newGroup(target: TailTarget, now: number): GroupState {
  return {
    ...target,
    state: "new",
    sweptTo: undefined,
    verifiedTo: undefined,
    begunAt: Number.NEGATIVE_INFINITY,
    dueAt: now,
    sweeping: false,
    frontier: undefined,
    sweeps: 0,
    failures: 0,
    wideAt: Number.POSITIVE_INFINITY,
    liveSince: undefined,
    session: undefined,
    doubtedTo: 0,
    onlyInsights: false,
  };
}

/** Events held back, above which no more are read but of the group that holds the others up, and above which sessions wait. */
const mostHeld = 20_000;
const mostHeldLive = 50_000;

/** The oldest time that some first reading has come to; undefined where none is under way. */
export function frontierOf({ groups }: Pick<Follow, "groups">): number | undefined {
  let least: number | undefined;
  for (const { frontier } of groups.values())
    if (frontier !== undefined && (least === undefined || frontier < least)) least = frontier;
  return least;
}

/** How long nothing is shown before every group has been looked at once, in milliseconds. */
const patienceMs = 3_000;
/** How long after the tail began a group's first reading may hold up what the others log, in milliseconds. */
const mostHistoryMs = 8_000;

/**
 * The time up to which everything was read where groups are still read for the first time: nothing newer is shown yet, so
 * that what they hold comes in one order. Undefined where nothing is waited for. Whoever follows many groups is not to wait
 * until the quota has let each be read: a group of which no page has come yet holds up nothing for long.
 */
export function readUpTo(follow: Pick<Follow, "groups" | "options" | "startedAt">): number | undefined {
  const { groups, options, startedAt } = follow;
  const now = options.clock.now();
  if (!options.follow || now - startedAt < patienceMs) {
    const unread = [...groups.values()].some((group) => group.state === "new" && !group.sweeping);
    return unread ? options.from : frontierOf(follow);
  }
  if (groups.size === 1) return frontierOf(follow);
  if (now - startedAt > mostHistoryMs) return undefined;
  let least: number | undefined;
  for (const { frontier, state } of groups.values()) {
    if (frontier === undefined || state === "new") continue;
    if (least === undefined || frontier < least) least = frontier;
  }
  return least;
}

/** By how much less late one stream's events come than another's, mostly, in milliseconds. */
const apartMs = 600;

/**
 * The time up to which every group has been swept since, less by how much streams differ: to hold older events any longer
 * would bring nothing before them but what comes late. Nothing is settled where Live Tail brings events too. Groups that
 * only Logs Insights reads are not waited for: their events come late in any case.
 */
export function settledTo({ groups, options: { poll }, liveOff }: Follow): number {
  if (!poll && liveOff === undefined) return Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const { state, session, sweptTo, onlyInsights } of groups.values()) {
    if ((state !== "followed" && state !== "new") || onlyInsights) continue;
    if (session !== undefined || sweptTo === undefined) return Number.NEGATIVE_INFINITY;
    least = Math.min(least, sweptTo - apartMs);
  }
  return Number.isFinite(least) ? least : Number.NEGATIVE_INFINITY;
}

/** Whether a sweep may read another page: memory does not grow with what the reader of the output leaves lying. */
export function mayRead(follow: Follow, group: GroupState): boolean {
  const held = follow.merge.pending();
  if (held < mostHeld) return !(follow.blocked && held > 0);
  return !follow.blocked && group.frontier !== undefined && group.frontier === frontierOf(follow);
}

export function maySessionsGoOn(follow: Follow): boolean {
  return follow.merge.pending() < (follow.blocked ? mostHeld : mostHeldLive);
}

/** Waits in small steps until something holds or the tail ends. */
export async function until({ options: { clock }, signal }: Follow, holds: () => boolean): Promise<void> {
  while (!holds() && !signal.aborted) await clock.sleep(20, signal).catch(() => undefined);
}
