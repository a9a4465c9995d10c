// Reading one log group by FilterLogEvents, once over.
import type { TailEvent } from "../../core/tail.ts";
import { kindOf } from "../errors.ts";
import { readPage, type Page } from "./page.ts";
import { leastOverlapMs } from "../../logs/tail/overlap.ts";
import { mayRead, serverNow, until, type Follow, type GroupState } from "./state.ts";

/** A token lives for a day; a reading that takes longer goes on from the time it has come to. */
const tokenLifeMs = 23 * 3_600_000;
/** How often a reading begins anew without having got any further. */
const mostRestarts = 3;
/**
 * How far back a wide sweep goes, in milliseconds, and at least so long lies between two: Lambda's logs "might take 5 to 10
 * minutes" to appear (its guide, Viewing CloudWatch logs), and the next wide sweep comes up to a minute after that.
 */
const wideMs = 660_000;
const wideEveryMs = 60_000;
/** Pages of a wide sweep that are worth a minute. */
const fewPages = 5;
/** An event that Live Tail has not brought so long after it was ingested is not on its way any more, in milliseconds. */
const overdueMs = 4_000;
/** Live Tail may deliver what was ingested shortly before the tail began. */
const countedBeforeMs = 30_000;
/** How long a session that lost something is swept behind more often, in milliseconds. */
const doubtMs = 60_000;

/** Up to so many groups are read in pages of the full size; more share so many events at once, with so many each at least. */
const fewGroups = 4;
const mostAtOnce = 40_000;
const leastEvents = 1_000;

/** A clock that is off by so much moves what is asked for, in milliseconds. */
const muchSkewMs = 30_000;

/** How long the next page waits for this one's room, in milliseconds: far less than a call may take. */
const mostWaitMs = 3_000;

export interface Sweep {
  readonly events: number;
  readonly pages: number;
  /** An event was there that an open session was to bring and did not. */
  readonly overdue: boolean;
}

/**
 * Reads the group from behind where the last sweep began, or all of it at first, and hands every event to the merge.
 * @throws what a page throws; what was read before is kept
 */
export async function sweep(follow: Follow, group: GroupState): Promise<Sweep> {
  const { options, merge } = follow;
  const { clock } = options;
  const began = clock.now();
  const wide = began >= group.wideAt;
  const first = group.sweptTo === undefined;
  // A first reading that broke off goes on from where its events are still known.
  const from = first ? Math.max(options.from, merge.horizon(group.group)) : startOf(follow, group, wide);
  if (first) group.frontier = from;
  const counted = !options.poll && follow.liveOff === undefined;
  const countedFrom = counted ? follow.startedAt - countedBeforeMs : Number.POSITIVE_INFINITY;
  let begunAt = began + follow.skewMs;
  group.sweeps += 1;
  let pages = 0;
  let events = 0;
  let overdue = false;
  for await (const page of pagesOf(follow, group, from)) {
    if (page.skewMs !== undefined) saySkew(follow, page.skewMs);
    follow.answered = true;
    if (group.state !== "followed") found(follow, group);
    if (pages === 0) begunAt = began + follow.skewMs;
    pages += 1;
    for (const part of page.parts()) {
      // What waits to be shown is not parsed yet.
      if (!mayRead(follow, group)) await until(follow, () => mayRead(follow, group));
      if (follow.signal.aborted) break;
      const taken = take(follow, group, part, countedFrom);
      events += taken.fresh;
      overdue ||= taken.overdue;
      const newest = part.at(-1)?.timestamp;
      if (first && newest !== undefined) {
        group.frontier = newest;
        // What lies behind is never asked for again, but for the milliseconds at which the next page begins.
        const [before, needed] = options.follow ? [begunAt - wideMs, begunAt - leastOverlapMs] : [newest, newest];
        merge.forget(group.group, Math.min(newest, before), Math.min(newest, needed));
      }
      await follow.round();
    }
  }
  follow.signal.throwIfAborted();
  verify(follow, group, { from, begunAt, overlapMs: merge.overlapMs(group.group, clock.now()) });
  group.sweptTo = begunAt;
  group.frontier = undefined;
  if (overdue) group.doubtedTo = clock.now() + doubtMs;
  if (first || wide) group.wideAt = clock.now() + wideEveryMs * Math.max(1, first ? 1 : pages / fewPages);
  merge.forget(group.group, begunAt - wideMs, begunAt - leastOverlapMs);
  follow.wake();
  return { events, pages, overdue };
}

/** Takes note of how far this machine's clock is off, and says so where that moves what was asked for. */
function saySkew(follow: Follow, skewMs: number): void {
  const { note } = follow.options;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const much = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  if (Math.abs(skewMs) >= muchSkewMs && Math.abs(follow.skewMs) < muchSkewMs)
    note({
      code: "clock",
      message: `this machine's clock is ${much} ${skewMs > 0 ? "behind" : "ahead of"} CloudWatch's: --since and --until by it are off by as much. Set the clock, or give times of the service (--since 2026-03-02T10:00:00Z)`,
    });
  follow.skewMs = skewMs;
}

/**
 * Hands the events of a part to the merge; those from `countedFrom` on are what Live Tail may deliver as well. A function of
 * its own, since what a generator's loop does is compiled again and again.
 */
function take(
  follow: Follow,
  group: GroupState,
  part: readonly TailEvent[],
  countedFrom: number,
): { readonly fresh: number; readonly overdue: boolean } {
  const { merge } = follow;
  const { sweptTo, liveSince = Number.POSITIVE_INFINITY } = group;
  const now = follow.options.clock.now();
  const overdueFrom = group.session === undefined ? Number.NEGATIVE_INFINITY : serverNow(follow) - overdueMs;
  let fresh = 0;
  let overdue = false;
  for (const event of part) {
    const { ingestionTime } = event;
    const expected = ingestionTime > liveSince;
    // Emulators leave ids out.
    const isFresh =
      event.eventId === undefined
        ? merge.queried(group.sweeps, event, now, sweptTo, "sweep")
        : merge.polled(event, now, { sweptTo, counted: ingestionTime >= countedFrom, expected });
    if (!isFresh) continue;
    fresh += 1;
    if (expected && ingestionTime < overdueFrom) overdue = true;
  }
  return { fresh, overdue };
}

/**
 * Up to when the group is verified: what was logged before then was read again when it was older than events come late.
 * Where less could be remembered than that takes, nothing new is claimed.
 */
export function verify(
  { options: { to } }: Follow,
  group: GroupState,
  { from, begunAt, overlapMs }: { readonly from: number; readonly begunAt: number; readonly overlapMs: number },
): void {
  if (group.sweptTo !== undefined && from > Math.max(group.sweptTo - leastOverlapMs, group.verifiedTo ?? 0)) return;
  const verified = Math.min(to ?? Number.POSITIVE_INFINITY, begunAt - overlapMs);
  group.verifiedTo = Math.max(group.verifiedTo ?? verified, verified);
}

function startOf({ merge, options }: Follow, { group, sweptTo = 0 }: GroupState, wide: boolean): number {
  const back = wide ? wideMs : merge.overlapMs(group, options.clock.now());
  return Math.ceil(Math.max(options.from, merge.horizon(group), sweptTo - back));
}

export function found({ options }: Follow, group: GroupState): void {
  if (group.state === "waiting")
    options.note({ code: "group-found", message: `${group.group} is there now`, group: group.group });
  group.state = "followed";
}

/**
 * The pages of a group from a time on. The next one is asked for while this one is used. A token that is refused or too
 * old costs a new beginning at the newest event that was read; the merge knows what it has seen.
 */
async function* pagesOf(follow: Follow, group: GroupState, from: number): AsyncGenerator<Page> {
  const { aws, clock, pattern, to } = follow.options;
  const read = (start: number, token: string | undefined, after?: Promise<void>): Promise<Page> =>
    readPage(
      aws,
      { group: group.group, from: start, to, pattern, token, limit, ...(after === undefined ? {} : { after }) },
      clock.now,
      follow.spare,
    );
  // Where many groups are put into one order, a page of each is held at once.
  const many = follow.groups.size > fewGroups && group.frontier !== undefined;
  const limit = many ? Math.max(leastEvents, Math.floor(mostAtOnce / follow.groups.size)) : undefined;
  let start = from;
  // A token belongs to the request that it came from: it goes with the time that this one began at.
  let asked = from;
  let begun = clock.now();
  let restarts = 0;
  let next: Promise<Page> | undefined = read(start, undefined);
  let token: string | undefined;
  while (next !== undefined) {
    let page: Page;
    try {
      page = await next;
    } catch (error) {
      if (token === undefined || kindOf(error) !== "other" || restarts >= mostRestarts) throw error;
      restarts += 1;
      begun = clock.now();
      token = undefined;
      asked = start;
      next = read(asked, undefined);
      continue;
    }
    // A token that comes back again leads nowhere.
    const more = page.token !== undefined && page.token !== token;
    const old = clock.now() - begun > tokenLifeMs;
    token = more && !old ? page.token : undefined;
    next = undefined;
    let used = (): void => {};
    if (token !== undefined && mayRead(follow, group)) {
      // A page is used up long before the next one's answer begins, unless a reader is slow.
      const after = Promise.race([
        new Promise<void>((resolve) => {
          used = resolve;
        }),
        clock.sleep(mostWaitMs, follow.signal).catch(() => undefined),
      ]);
      next = read(asked, token, after);
      next.catch(() => undefined);
    }
    let newest: number | undefined;
    yield {
      ...page,
      *parts() {
        for (const part of page.parts()) {
          newest = part.at(-1)?.timestamp ?? newest;
          yield part;
        }
        used();
      },
    };
    if (!more) return;
    if (newest !== undefined && newest > start) {
      start = newest;
      restarts = 0;
    }
    if (next === undefined) {
      await until(follow, () => mayRead(follow, group));
      if (follow.signal.aborted) return;
      if (token === undefined) asked = start;
      next = read(asked, token);
    }
    if (old) begun = clock.now();
  }
}
