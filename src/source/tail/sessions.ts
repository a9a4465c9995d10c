// Opens, watches and renews Live Tail sessions.
import { planShards, type Shard } from "../../logs/tail/shards.ts";
import { factsOf, kindOf } from "../errors.ts";
import { liveAction, openSession } from "./session.ts";
import { maySessionsGoOn, serverNow, until, type Follow, type GroupState, type TailNote } from "./state.ts";
import { sweepSoon } from "./sweeps.ts";

/** A session ends after three hours; another takes over before, in milliseconds. */
const rotateMs = 170 * 60_000;
/** How long two sessions overlap. */
const overlapMs = 2_500;
/**
 * After how long a silence a session counts as dead, in milliseconds. The service sends an update every second, even an
 * empty one; where no empty one was ever seen, silence may also mean that nothing was logged.
 */
const silentMs = 8_000;
const silentUnknownMs = 90_000;
/** A session that is silent so long while events are overdue is dead. */
const silentOverdueMs = 3_000;
/** After how long a silence a sweep looks whether there is anything to hear, and how soon again, in milliseconds. */
const idleMs = 3_000;
const idleAgainMs = 5_000;
/** After how long Live Tail is tried again where the account's sessions were used up. */
const limitedMs = 300_000;
/** How long groups that exist wait for others that may share their session, in milliseconds. */
const togetherMs = 3_000;
const mostFailures = 3;
/** So many sessions in a row may break off soon and be told of; one that lasts less than this, in milliseconds, is of no use. */
const mostShort = 3;
const atOnceMs = 3_000;

interface Session extends Shard {
  readonly openedAt: number;
  readonly controller: AbortController;
  /** When it began to deliver; undefined before. */
  startedAt: number | undefined;
  /** When the last message came, or the last one was taken in. */
  heardAt: number;
  /** Nothing is taken in at present: silence says nothing. */
  held: boolean;
  emptySeen: boolean;
  /** When a sweep was last asked for because of the silence. */
  doubtedAt: number;
  /** Sessions that end when this one has begun. */
  readonly replaced: readonly number[];
}

export interface SessionTimes {
  /** Milliseconds after which a session is renewed; for tests, as all of these. */
  readonly rotateMs?: number;
  /** Rows that a query of Logs Insights is asked for. */
  readonly mostRows?: number;
}

/** Keeps sessions open for all groups that exist, until the tail ends. Returns at once where Live Tail is not to be used. */
export async function runSessions(follow: Follow, times: SessionTimes = {}): Promise<void> {
  const { options, signal, groups } = follow;
  const { clock, note } = options;
  if (options.poll || !options.follow) return;
  const sessions = new Map<number, Session>();
  const running = new Set<Promise<void>>();
  let number = 0;
  let failures = 0;
  /** Sessions in a row that broke off soon. */
  let short = 0;
  let waitUntil = 0;
  let plannedAt = follow.startedAt;
  let leftSaid = 0;

  const groupsOf = (session: Pick<Shard, "groups">): GroupState[] =>
    session.groups.flatMap((name) => groups.get(name) ?? []);

  function close(session: Session): void {
    sessions.delete(session.session);
    session.controller.abort();
    for (const group of groupsOf(session)) if (group.session === session.session) group.session = undefined;
  }

  /** What a session may have left out is read at once. */
  function sweepBehind(session: Session): void {
    for (const group of groupsOf(session)) sweepSoon(follow, group);
  }

  function open(names: readonly string[], replaced: readonly number[]): void {
    number += 1;
    const now = clock.now();
    const session: Session = {
      session: number,
      groups: names,
      openedAt: now,
      controller: new AbortController(),
      startedAt: undefined,
      heardAt: now,
      held: false,
      emptySeen: false,
      doubtedAt: now,
      replaced,
    };
    sessions.set(number, session);
    const work = listen(session)
      .then(() => ended(session, undefined))
      .catch((error: unknown) => ended(session, error))
      .finally(() => running.delete(work));
    running.add(work);
  }

  async function listen(session: Session): Promise<void> {
    const arns = new Map(groupsOf(session).flatMap(({ arn, group }) => (arn === undefined ? [] : [[arn, group]])));
    const { aws, pattern } = options;
    for await (const message of openSession(aws, { groups: arns, pattern, signal: session.controller.signal })) {
      const now = clock.now();
      session.heardAt = now;
      if (session.startedAt === undefined) begun(session, now);
      if (message.kind === "start") continue;
      if (message.events.length === 0) session.emptySeen = true;
      const { from, to = Number.POSITIVE_INFINITY } = options;
      for (const event of message.events) {
        if (event.timestamp >= from && event.timestamp <= to) follow.merge.live(session.session, event, now);
      }
      if (message.sampled) sweepBehind(session);
      follow.wake();
      if (maySessionsGoOn(follow)) continue;
      // The service keeps ten updates and then leaves events out; the sweeps know what was shown.
      session.held = true;
      await until(follow, () => maySessionsGoOn(follow));
      session.held = false;
      session.heardAt = clock.now();
      sweepBehind(session);
    }
  }

  function begun(session: Session, now: number): void {
    session.startedAt = now;
    failures = 0;
    for (const group of groupsOf(session)) {
      group.session = session.session;
      group.liveSince ??= serverNow(follow) + 1_000;
    }
    // What was logged before it was open comes by a sweep.
    sweepBehind(session);
    if (session.replaced.length === 0) return;
    void clock.sleep(overlapMs, signal).then(
      () => {
        for (const old of session.replaced) {
          const before = sessions.get(old);
          if (before !== undefined) close(before);
        }
      },
      () => undefined,
    );
  }

  function ended(session: Session, error: unknown): void {
    const wanted = sessions.has(session.session);
    close(session);
    if (!wanted || signal.aborted) return;
    sweepBehind(session);
    if (session.startedAt !== undefined) return brokeOff(clock.now() - session.startedAt, error);
    failures += 1;
    const off = offBecause(follow, error, failures);
    if (off === undefined) {
      waitUntil = clock.now() + Math.min(30_000, 500 * 2 ** failures) * (0.5 + clock.random() / 2);
      return;
    }
    if (off.code === "live-limited") {
      waitUntil = clock.now() + limitedMs;
      failures = 0;
    } else follow.liveOff = off.message;
    note(off);
  }

  /** A session that keeps breaking off is not opened, nor told, again and again. */
  function brokeOff(lastedMs: number, error: unknown): void {
    short = lastedMs > 60_000 ? 0 : short + 1;
    if (short > mostShort && lastedMs < atOnceMs) {
      waitUntil = clock.now() + limitedMs;
      if (short === mostShort + 1)
        note({
          code: "live-limited",
          message: "by polling alone for now: Live Tail sessions end as soon as they have begun; tried again in 5 min",
        });
      return;
    }
    waitUntil = clock.now() + Math.min(30_000, 250 * 2 ** short) * (0.5 + clock.random() / 2);
    if (short > mostShort) return;
    const timedOut = factsOf(error).name === "SessionTimeoutException";
    note({
      code: "session-ended",
      message: `a Live Tail session ${timedOut ? "reached its time limit" : "broke off"}; another is opened, and a sweep reads what lies between${short === mostShort ? "; that they keep breaking off is not said again" : ""}`,
    });
  }

  /** Ends what has gone silent and renews what is old. */
  function watch(): void {
    const now = clock.now();
    for (const session of sessions.values()) {
      const { startedAt, heardAt, held, emptySeen } = session;
      if (startedAt === undefined || held) continue;
      const overdue = groupsOf(session).some((group) => group.doubtedTo > now);
      const limit = overdue ? silentOverdueMs : emptySeen ? silentMs : silentUnknownMs;
      if (now - heardAt > limit) {
        close(session);
        note({
          code: "session-silent",
          message: `a Live Tail session has been silent for ${Math.round((now - heardAt) / 1000)} s; another is opened, and a sweep reads what it left out`,
        });
        sweepBehind(session);
        continue;
      }
      if (now - heardAt > idleMs && now - session.doubtedAt > idleAgainMs) {
        session.doubtedAt = now;
        sweepBehind(session);
      }
      const renewed = [...sessions.values()].some(({ replaced }) => replaced.includes(session.session));
      if (now - startedAt > (times.rotateMs ?? rotateMs) && !renewed) open(session.groups, [session.session]);
    }
  }

  function plan(): void {
    if (clock.now() < waitUntil) return;
    const followed = [...groups.values()].filter(
      ({ state, arn, onlyInsights }) => state === "followed" && arn !== undefined && !onlyInsights,
    );
    // While one takes another's place, nothing is planned on either.
    if ([...sessions.values()].some(({ replaced }) => replaced.some((old) => sessions.has(old)))) return;
    // A group's first page shows whether it exists; those that come in together share sessions, but none waits long.
    const more =
      clock.now() - plannedAt < togetherMs &&
      [...groups.values()].some(({ state, sweeping }) => state === "new" && sweeping);
    const {
      open: planned,
      replaced,
      left,
    } = planShards(
      followed.map(({ group }) => group),
      [...sessions.values()],
      { more },
    );
    if (planned.length > 0) plannedAt = clock.now();
    for (const [at, names] of planned.entries()) open(names, at === 0 ? replaced : []);
    // How many there are is known once each was looked at.
    if ([...groups.values()].some(({ state }) => state === "new")) return;
    if (left.length > leftSaid)
      note({
        code: "live-limited",
        message: `${left.length} groups are polled: the tail leaves some of the account's 15 Live Tail sessions to others`,
      });
    leftSaid = Math.max(leftSaid, left.length);
  }

  while (!signal.aborted && follow.liveOff === undefined) {
    watch();
    plan();
    await clock.sleep(100, signal).catch(() => undefined);
  }
  for (const session of sessions.values()) close(session);
  await Promise.all(running);
}

/** Why Live Tail is not tried again for now; undefined where it is. */
function offBecause({ options: { aws } }: Follow, error: unknown, failures: number): TailNote | undefined {
  const { name } = factsOf(error);
  const kind = error === undefined ? "other" : kindOf(error);
  switch (kind) {
    case "denied": {
      const reply = aws.reply(error, liveAction, "CLOUDWATCH_LOGS");
      const said = reply.status === "denied" ? reply.message : "";
      return { code: "live-off", message: `without Live Tail, by polling alone: ${said}` };
    }
    case "missing":
    case "throttled":
    case "credentials-expired":
    case "credentials-missing":
    case "credentials-refused":
      return undefined;
    case "unreachable":
    case "reset":
    case "timeout":
    case "server":
      return failures < mostFailures
        ? undefined
        : { code: "live-off", message: "without Live Tail, by polling alone: its endpoint does not answer" };
    case "unsupported":
    case "page":
    case "garbled":
    case "other":
      if (/LimitExceeded/.test(name))
        return {
          code: "live-limited",
          message: "by polling alone for now: the account's Live Tail sessions are used up; tried again in 5 min",
        };
      return {
        code: "live-off",
        message: `without Live Tail, by polling alone: this endpoint does not offer it${name === "" || name === "Error" ? "" : ` (${name})`}`,
      };
  }
}
