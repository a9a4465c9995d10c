// When which group is read, and what is done about what goes wrong there.
import { factsOf, kindOf } from "../errors.ts";
import { quotaOf } from "../pacer.ts";
import { startAction } from "../insights-run.ts";
import { queryingMs, saidOfInsights, sweepByInsights } from "./insights-sweep.ts";
import { filterAction } from "./page.ts";
import { sweep } from "./sweep.ts";
import { serverNow, tailStopped, type Follow, type GroupState } from "./state.ts";

/** Groups read at once: the pacer holds their calls to the quota. Without following all are, lest one holds up the others. */
const atOnce = 4;
/**
 * Between two sweeps of a group, in milliseconds: behind a session, behind one that lost something, and where nothing else
 * brings events. The quota is the region's, and others live off it: a few groups are polled as often as it takes to show
 * an event within three seconds, and what sessions lose is fetched at half of the tail's own share at most.
 */
const behindMs = 10_000;
const doubtedMs = 2_000;
const pollMs = 1_000;
const pollEachMs = 450;
const enoughMs = 1_400;
/** A group that has said nothing for so long is polled less often, by this factor. */
const quietMs = 300_000;
const quietFactor = 1.5;
/** Between two looks at a group that does not exist yet or may not be read. */
const waitingMs = 3_000;
const deniedMs = 60_000;
const expiredMs = 3_000;
/** How often a group is tried that is read once and does not answer. */
const mostTries = 4;
/** How long a round of sweeps over so many groups takes at the tail's share of the quota, in milliseconds. */
export function roundMs(groups: number, region: string): number {
  return Math.max(pollMs, (groups / quotaOf("logs.tail", region).perSecond) * 1000);
}

/** A group is to be read at once, or as soon as it may be after the sweep before. */
export function sweepSoon(follow: Follow, group: GroupState): void {
  const { clock } = follow.options;
  group.dueAt = Math.min(group.dueAt, Math.max(clock.now(), group.begunAt + soonMs(follow)));
  follow.wake();
}

/** Between two sweeps behind a session that lost something, in milliseconds. */
function soonMs({ groups, options: { aws } }: Follow): number {
  return Math.max(pollMs, 2 * roundMs(groups.size, aws.region));
}

/** Between two sweeps of so many groups where nothing else brings their events, in milliseconds. */
export function pollingMs(groups: number, region: string): number {
  return Math.max(roundMs(groups, region), Math.min(enoughMs, pollEachMs * groups));
}

/** Reads groups as they are due, until the tail ends. Without following, each group once. */
export async function runSweeps(follow: Follow): Promise<void> {
  const { clock, follow: goesOn } = follow.options;
  // A query takes seconds, for which nobody else is to wait.
  const running = { pages: new Set<Promise<void>>(), queries: new Set<Promise<void>>() };
  const place = ({ onlyInsights }: GroupState): Set<Promise<void>> => (onlyInsights ? running.queries : running.pages);
  while (!follow.signal.aborted) {
    const due = mostUrgent(follow, (group) => !goesOn || place(group).size < atOnce);
    if (due !== undefined) {
      const own = place(due);
      due.sweeping = true;
      const work = sweepOnce(follow, due).finally(() => {
        due.sweeping = false;
        own.delete(work);
      });
      own.add(work);
      continue;
    }
    if (!goesOn && running.pages.size + running.queries.size === 0 && [...follow.groups.values()].every(isDone)) return;
    const wait = clock.sleep(25, follow.signal).catch(() => undefined);
    // The last reading of all is the end.
    await (goesOn ? wait : Promise.race([wait, ...running.pages, ...running.queries]));
  }
  await Promise.all([...running.pages, ...running.queries]);
}

/** Read once, or not to be read at all. */
const isDone = (group: GroupState): boolean =>
  group.sweptTo !== undefined || group.state === "waiting" || group.state === "denied" || group.state === "refused";

function mostUrgent(follow: Follow, mayBegin: (group: GroupState) => boolean): GroupState | undefined {
  const now = follow.options.clock.now();
  let first: GroupState | undefined;
  for (const group of follow.groups.values()) {
    if (group.sweeping || group.dueAt > now || !mayBegin(group) || (!follow.options.follow && isDone(group))) continue;
    // Nothing is polled whose events would only lie about.
    if (follow.blocked && follow.merge.pending() > 0) continue;
    if (first === undefined || group.dueAt < first.dueAt) first = group;
  }
  return first;
}

async function sweepOnce(follow: Follow, group: GroupState): Promise<void> {
  const { clock } = follow.options;
  const began = clock.now();
  group.begunAt = began;
  try {
    if (group.onlyInsights && follow.queries !== undefined) await sweepByInsights(follow, group, follow.queries);
    else await sweep(follow, group);
    worked(follow);
    group.failures = 0;
    group.dueAt = Math.max(clock.now(), began + intervalOf(follow, group));
  } catch (error) {
    if (follow.signal.aborted) return;
    group.dueAt = clock.now() + (await failedSweep(follow, group, error));
  }
}

function intervalOf(follow: Follow, group: GroupState): number {
  const { clock, aws } = follow.options;
  if (group.onlyInsights) return queryingMs([...follow.groups.values()].filter((one) => one.onlyInsights).length);
  if (group.session !== undefined)
    return clock.now() < group.doubtedTo ? Math.max(doubtedMs, soonMs(follow)) : behindMs;
  const polled = [...follow.groups.values()].filter(
    ({ session, onlyInsights }) => session === undefined && !onlyInsights,
  ).length;
  const { lastEvent = follow.options.from } = follow.merge.facts(group.group);
  return pollingMs(polled, aws.region) * (serverNow(follow) - lastEvent > quietMs ? quietFactor : 1);
}

/** Calls are answered, with credentials that hold. */
function worked(follow: Follow): void {
  const { note } = follow.options;
  if (follow.expired) {
    follow.expired = false;
    note({ code: "credentials-renewed", message: "the AWS credentials are good again; what was missed is read now" });
  }
  if (follow.away) {
    follow.away = false;
    note({ code: "reachable", message: "CloudWatch Logs answers again; what was missed is read now" });
  }
}

/** What a sweep failed of, said once; gives after how many milliseconds it is tried again. */
async function failedSweep(follow: Follow, group: GroupState, error: unknown): Promise<number> {
  const { aws, note, clock } = follow.options;
  const kind = kindOf(error);
  const action = group.onlyInsights ? startAction : filterAction;
  const reply = aws.reply(error, action, "CLOUDWATCH_LOGS");
  const said = reply.status === "ok" || reply.status === "not-recorded" ? "" : reply.message;
  // The first reading of the group is over for now; nothing else waits for it.
  group.frontier = undefined;
  switch (kind) {
    case "missing":
      follow.answered = true;
      return turned(
        follow,
        group,
        "waiting",
        {
          code: "group-waiting",
          message: follow.options.follow
            ? `${group.group} does not exist yet; it is followed as soon as something is logged there`
            : `${group.group} does not exist`,
        },
        waitingMs,
      );
    case "denied":
      follow.answered = true;
      return turned(
        follow,
        group,
        "denied",
        {
          code: "group-denied",
          message: `${group.group} cannot be read${group.onlyInsights ? ", which for its class INFREQUENT_ACCESS takes Logs Insights" : ""}: ${said} cscp iam-policy --for tail prints what is needed`,
        },
        deniedMs,
      );
    case "credentials-expired":
    case "credentials-missing":
    case "credentials-refused":
      if (!follow.answered) return (follow.fail(tailStopped(error, filterAction)), deniedMs);
      if (!follow.expired)
        note({ code: "credentials-expired", message: `${said} The tail waits, and goes on from there` });
      follow.expired = true;
      aws.renew();
      return expiredMs;
    case "unreachable":
    case "reset":
    case "timeout":
    case "server":
    case "page":
    case "garbled":
    case "throttled": {
      if (!follow.answered && (kind === "unreachable" || kind === "page" || kind === "garbled"))
        return (follow.fail(tailStopped(error, filterAction)), deniedMs);
      group.failures += 1;
      if (!follow.options.follow && group.failures > mostTries) return unreadable(follow, group, said);
      if (!follow.away) note({ code: "unreachable", message: `${said} It is tried again until it works` });
      follow.away = true;
      return Math.min(10_000, 500 * 2 ** group.failures) * (0.5 + clock.random() / 2);
    }
    case "unsupported":
    case "other":
      return group.onlyInsights ? failedQuery(follow, group, error, said) : refused(follow, group, error, said);
  }
}

function turned(
  { options: { note } }: Follow,
  group: GroupState,
  state: GroupState["state"],
  said: Omit<Parameters<Follow["options"]["note"]>[0], "group">,
  again: number,
): number {
  if (group.state !== state) note({ ...said, group: group.group });
  group.state = state;
  return again;
}

function unreadable(follow: Follow, group: GroupState, said: string): number {
  const message = `${group.group} cannot be read: ${said}`;
  return turned(follow, group, "refused", { code: "group-refused", message }, deniedMs);
}

/** A group that does not take the call: one of another class, or a filter pattern that is none. */
async function refused(follow: Follow, group: GroupState, error: unknown, said: string): Promise<number> {
  const { pattern, note } = follow.options;
  const own = /\bINFREQUENT_ACCESS\b/.test(factsOf(error).message)
    ? "INFREQUENT_ACCESS"
    : await classOf(follow, group.group).catch(() => undefined);
  if (own === "INFREQUENT_ACCESS") {
    group.onlyInsights = true;
    if (follow.queries === undefined)
      return turned(
        follow,
        group,
        "refused",
        { code: "group-refused", message: withoutPattern(group.group) },
        deniedMs,
      );
    const everyMs = intervalOf(follow, group);
    const message = saidOfInsights(group.group, follow.options.follow, everyMs);
    note({ code: "group-insights", message, group: group.group });
    return 0;
  }
  if (pattern !== undefined && /InvalidParameter|Validation/.test(factsOf(error).name)) {
    follow.fail(tailStopped(error, filterAction));
    return deniedMs;
  }
  if (!follow.answered && own === undefined && follow.groups.size === 1) follow.fail(tailStopped(error, filterAction));
  return unreadable(follow, group, said);
}

const withoutPattern = (group: string): string =>
  `${group} is of the class INFREQUENT_ACCESS, which only Logs Insights reads, and that has nothing like this filter pattern: it is not followed. --grep takes a regular expression instead`;

/** A query that did not end well, though it was allowed. */
function failedQuery(follow: Follow, group: GroupState, error: unknown, said: string): number {
  const { note, clock } = follow.options;
  const { name, message } = factsOf(error);
  const limited = /LimitExceeded/.test(name);
  group.failures += 1;
  if (!limited && (name !== "QueryFailed" || group.failures > mostTries))
    return unreadable(follow, group, name === "QueryFailed" ? message : said);
  if (limited && group.failures === 1)
    note({
      code: "throttled",
      message: `${group.group}: as many queries of Logs Insights are under way in the account as may be; it is tried again until one is free`,
      group: group.group,
    });
  return Math.min(30_000, 1_000 * 2 ** group.failures) * (0.5 + clock.random() / 2);
}

/** The class of a group; undefined where it is not told. */
async function classOf({ options: { aws } }: Follow, group: string): Promise<string | undefined> {
  const name = group.replace(/^arn:[^:]+:logs:[^:]*:[^:]*:log-group:/, "");
  const { sdk, client } = await aws.logs();
  const { logGroups = [] } = await aws.send("logs:DescribeLogGroups", "logs.groups", (options) =>
    client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: name }), options),
  );
  return logGroups.find(({ logGroupName }) => logGroupName === name)?.logGroupClass;
}
