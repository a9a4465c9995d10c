// Follows log groups: sessions and sweeps into one merge, and out of it in order.
import { setMaxListeners } from "node:events";
import type { ShownEvent, TailGroupLedger, TailLedger } from "../../core/tail.ts";
import { createMerge } from "../../logs/tail/merge.ts";
import { insightsFilter, insightsTailQuery } from "../../logs/insights-query.ts";
import { createQueries } from "../insights-run.ts";
import { keepYoungSmall, tidyUp } from "../memory.ts";
import { noSpare } from "./page.ts";
import { runSessions, type SessionTimes } from "./sessions.ts";
import {
  newGroup,
  readUpTo,
  serverNow,
  settledTo,
  type Follow,
  type FollowOptions,
  type GroupState,
  type TailTarget,
} from "./state.ts";
import { runSweeps } from "./sweeps.ts";

/** How long events are held so that earlier ones come before them, in milliseconds. */
const holdMs = 1_000;
/** Some 20 MB. */
const mostRemembered = 150_000;
/** Bytes of the heap in use, some 3 MB above what a tail needs itself. */
const worthTidying = 16 * 1024 * 1024;
/** How long after its end a tail waits for what comes late, at most, in milliseconds. */
const mostSettleMs = 20_000;
/** Rows that a query of Logs Insights is asked for: all of them are held until they are read. */
const mostRows = 20_000;

/** A tail that can be run once. */
export interface Follower {
  /** Follows these groups as well; those that are followed already stay as they are. */
  add(targets: readonly TailTarget[]): void;
  /**
   * Runs until `end` is aborted, the time is up, or all is read. `show` is given events in the order in which they are to
   * be shown, and none every now and then; nothing more is given before its promise resolves.
   * @throws TailStopped for what must be mended before anything can be read
   */
  run(end: AbortSignal, show: (events: readonly ShownEvent[]) => Promise<void>): Promise<void>;
  groups(): readonly (Omit<TailGroupLedger, "printed"> & { readonly recovered: number })[];
  /** Groups of an open session. */
  live(): number;
  /** What Logs Insights was asked so far. */
  insights(): TailLedger["insights"];
  /** When the next sweep is due, in milliseconds since 1970 on this machine's clock. */
  nextSweep(): number | undefined;
  /** The service's time. */
  now(): number;
}

/** @param stop aborts the calls of `options.aws` */
export function createFollower(options: FollowOptions, stop: () => void, times: SessionTimes = {}): Follower {
  const { clock } = options;
  const filter = insightsFilter(options.pattern);
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  /** Who waits for the next round of showing to be over. */
  let waiting: (() => void)[] = [];
  const follow: Follow = {
    options,
    merge: createMerge({ holdMs, mostRemembered }),
    groups: new Map(),
    spare: noSpare(),
    queries:
      filter === undefined ? undefined : createQueries(options.aws, clock, queryOf(filter), times.mostRows ?? mostRows),
    signal: ended.signal,
    startedAt: clock.now(),
    skewMs: 0,
    liveOff: undefined,
    blocked: false,
    expired: false,
    away: false,
    answered: false,
    fail(error) {
      failure ??= { error };
      ended.abort();
    },
    wake: () => wake(),
    round: () =>
      new Promise((resolve) => {
        if (ended.signal.aborted) return resolve();
        waiting.push(resolve);
        wake();
      }),
  };
  ended.signal.addEventListener("abort", () => void over(waiting.splice(0)), { once: true });
  const { merge, groups } = follow;

  async function showUntilEnd(show: (events: readonly ShownEvent[]) => Promise<void>): Promise<void> {
    while (!ended.signal.aborted) {
      const waited = waiting;
      waiting = [];
      await write(show, merge.release(clock.now(), readUpTo(follow), settledTo(follow)));
      over(waited);
      // Sleeping costs a timer and a listener each time, which a backlog has no need of.
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length > 0) continue;
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        clock.sleep(100, ended.signal).catch(() => undefined),
      ]);
    }
  }

  async function write(
    show: (events: readonly ShownEvent[]) => Promise<void>,
    events: readonly ShownEvent[],
  ): Promise<void> {
    follow.blocked = events.length > 0;
    await show(events);
    follow.blocked = false;
    if (events.length > 0) tidyUp(worthTidying);
  }

  /** The end that was asked for, once what came late for it has been waited for. */
  async function timeUp(): Promise<void> {
    const { to } = options;
    if (to === undefined || !options.follow) return;
    const settle = (): number =>
      Math.min(mostSettleMs, Math.max(0, ...[...groups.keys()].map((group) => merge.overlapMs(group, clock.now()))));
    while (!ended.signal.aborted && serverNow(follow) < to) await clock.sleep(100, ended.signal).catch(() => undefined);
    if (ended.signal.aborted) return;
    options.note({
      code: "until-waits",
      message: `the time is up: what comes late for it is waited for until ${new Date(to + settle()).toISOString().slice(11, 19)} UTC, and read once more then; Ctrl-C ends it at once`,
    });
    while (!ended.signal.aborted && serverNow(follow) < to + settle())
      await clock.sleep(100, ended.signal).catch(() => undefined);
    const settled = to + settle();
    const open = (group: GroupState): boolean =>
      group.state === "followed" && (group.sweeping || (group.sweptTo ?? 0) < settled);
    while (!ended.signal.aborted && [...groups.values()].some(open)) {
      // One that fails just now is tried again when that helps.
      for (const group of groups.values())
        if (open(group) && !group.sweeping && group.failures === 0) group.dueAt = Math.min(group.dueAt, clock.now());
      await clock.sleep(50, ended.signal).catch(() => undefined);
    }
    ended.abort();
  }

  return {
    add(targets) {
      for (const target of targets)
        if (!groups.has(target.group)) groups.set(target.group, newGroup(target, clock.now()));
    },
    async run(end, show) {
      const finish = (): void => ended.abort();
      if (end.aborted) finish();
      end.addEventListener("abort", finish, { once: true });
      // Calls under way end with the tail.
      ended.signal.addEventListener("abort", stop, { once: true });
      // What cannot be loaded is told by the first call.
      await options.aws.logs().catch(() => undefined);
      const usual = keepYoungSmall();
      const sweeps = runSweeps(follow).then(() => {
        if (!options.follow) ended.abort();
      });
      try {
        await Promise.all([sweeps, runSessions(follow, times), timeUp(), showUntilEnd(show)]);
      } finally {
        usual();
        ended.abort();
        end.removeEventListener("abort", finish);
      }
      if (failure !== undefined) throw failure.error;
      await show(merge.flush());
    },
    groups: () =>
      [...groups.values()].map(({ group, state, verifiedTo }) => ({
        group,
        state,
        verifiedTo,
        ...merge.facts(group),
      })),
    live: () => [...groups.values()].filter(({ session }) => session !== undefined).length,
    insights: () =>
      follow.queries === undefined || follow.queries.count === 0
        ? undefined
        : { queries: follow.queries.count, bytesScanned: follow.queries.bytesScanned },
    nextSweep: () => (groups.size === 0 ? undefined : Math.min(...[...groups.values()].map(({ dueAt }) => dueAt))),
    now: () => serverNow(follow),
  };
}

const queryOf =
  (filter: string) =>
  (limit: number): string =>
    insightsTailQuery(filter, limit);

const over = (waiting: readonly (() => void)[]): void => {
  for (const resolve of waiting) resolve();
};
