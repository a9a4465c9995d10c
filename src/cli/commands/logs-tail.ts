import { cutText, noteColumns, ofRequests, renderNotes, startText, unseenText, type TailStart } from "../tail-notes.ts";
import { ledgerRecord, ledgerText, noteRecord, record } from "../../report/tail.ts";
import { profileRegion } from "../../source/profile-region.ts";
import { createTailReader, type TailReader } from "../../source/tail/reader.ts";
import { isTailStopped, type TailNote } from "../../source/tail/state.ts";
import { didYouMean } from "../did-you-mean.ts";
import { exitCodes, usageError } from "../exit.ts";
import { namedGroups } from "../log-targets.ts";
import { ledgerOf, unprinted } from "../tail-ledger.ts";
import { requireProfile } from "../require-profile.ts";
import { resolveOptions, type StackFlags } from "../options.ts";
import { fatalHint } from "../preflight.ts";
import type { OutputFlags } from "../program.ts";
import { wantsColour, type Surroundings } from "../surroundings.ts";
import { tailFormats, type TailFormat } from "../tail-formats.ts";
import { createTailOutput } from "../tail-output.ts";
import { nearestGroup, noGroup } from "../wrong-target.ts";
import { findTargets, watchStack, type TailAsked } from "../tail-targets.ts";

export interface LogsTailFlags extends Omit<StackFlags, "timeout">, OutputFlags {
  readonly logGroup: readonly string[];
  /** Seconds before now, or a point in time. */
  readonly since?: number | Date;
  readonly until?: number | Date;
  readonly follow: boolean;
  readonly poll?: boolean;
  readonly filter?: string;
  readonly grep: readonly RegExp[];
  readonly grepNot: readonly RegExp[];
  readonly errors?: boolean;
  readonly request: readonly string[];
  readonly groupByRequest?: boolean;
}

/** How far back a tail begins where nothing is said, in milliseconds. */
const usualSpanMs = 600_000;
/** After how long a tail that has shown nothing says what it is doing, in milliseconds. */
const quietMs = 15_000;
/** How long calls are refused for their rate before that is said, in milliseconds. */
const refusedMs = 10_000;
/** How long a reader that does not read is waited for at the end, in milliseconds. */
const patienceMs = 1_500;

/** `cscp logs tail`: follows logs until it is ended. Resolves to the exit code. */
export async function logsTail(
  functions: readonly string[],
  flags: LogsTailFlags,
  surroundings: Surroundings,
): Promise<number> {
  const format = formatOf(flags);
  const now = surroundings.now().getTime();
  const { from, to } = timesOf(flags, now);
  // Nothing is to be waited for in a time that is over.
  const follow = flags.follow && (to === undefined || to > now);
  const options = await resolveOptions({ ...flags, timeout: 0, smoke: false }, surroundings, false);
  // A stack that only a file names is not meant where a log group is.
  const named = flags.stack ?? flags.stackName ?? "";
  const stack = named === "" && flags.logGroup.length > 0 && functions.length === 0 ? "" : options.stackName;
  if (stack === "" && functions.length === 0 && flags.logGroup.length === 0)
    throw usageError("No log is named.", "cscp logs tail --stack NAME, or FUNCTION, or --log-group GROUP");
  const quiet = flags.quiet === true;
  if (!quiet) for (const line of options.said) surroundings.err(`cscp: ${line}\n`);
  await requireProfile(options.profile);
  const region = options.region ?? (await profileRegion(options.profile));
  if (region === undefined)
    throw usageError("No AWS region is set.", "name it: --region, AWS_REGION, or region in the AWS profile");
  const { profile, endpointUrl } = options;
  const open = (): TailReader => createTailReader({ region, profile, endpointUrl, env: surroundings.env });
  const reader = open();
  try {
    return await tail(
      reader,
      { stack, functions, logGroups: namedGroups(flags.logGroup, region) },
      { format, follow, from, to, flags, surroundings },
    );
  } catch (error) {
    if (!isMissingGroup(error)) throw error;
    // The tail's own calls are over.
    const another = open();
    throw await noGroup(another, error.missingGroup).finally(another.close);
  } finally {
    reader.close();
  }
}

/** Thrown where a log group was named that is not there, and is not waited for. */
interface MissingGroup extends Error {
  readonly missingGroup: string;
}

const isMissingGroup = (error: unknown): error is MissingGroup => error instanceof Error && "missingGroup" in error;

interface Run {
  readonly format: TailFormat;
  readonly follow: boolean;
  readonly from: number;
  readonly to: number | undefined;
  readonly flags: LogsTailFlags;
  readonly surroundings: Surroundings;
}

async function tail(reader: TailReader, asked: TailAsked, run: Run): Promise<number> {
  const { format, follow, from, to, flags, surroundings } = run;
  const { scrub } = reader.vault;
  const columns = noteColumns(surroundings);
  const targets = await findTargets(reader, asked, follow && flags.poll !== true);
  if (surroundings.signal.aborted) return exitCodes.interrupted;
  const output = createTailOutput({
    ...flags,
    format,
    errors: flags.errors === true,
    requests: flags.request,
    byRequest: flags.groupByRequest === true,
    verbose: flags.verbose > 0,
    toTerminal: surroundings.stdoutIsTerminal,
    columns: surroundings.columns,
    colour: wantsColour(surroundings, surroundings.stdoutIsTerminal, flags.color),
    sources: targets.labels(),
    now: surroundings.now().getTime(),
    sourceOf: targets.sourceOf,
    scrub,
  });
  const notes: string[] = [];
  const say = (note: TailNote): void => {
    const message = scrub(note.message);
    if (format === "ndjson") notes.push(noteRecord(reader.clock.now(), note.code, message, note.group));
    // What the exit code is for is told in any case.
    if (flags.quiet !== true || note.code === "group-denied" || note.code === "group-refused")
      surroundings.err(renderNotes(message, columns));
    if (note.code === "group-waiting" && follow && asked.logGroups.includes(note.group ?? ""))
      void sayNearest(note.group ?? "");
  };
  /** A name that is waited for may be one that was mistyped. */
  async function sayNearest(group: string): Promise<void> {
    const near = await nearestGroup(reader, group);
    if (near !== undefined && !surroundings.signal.aborted)
      say({ code: "group-near", message: `${group} is not there: ${near}`, group });
  }
  const follower = reader.follower({
    from,
    to,
    follow,
    poll: flags.poll === true,
    pattern: flags.filter,
    note: say,
  });
  follower.add(targets.targets());

  const start: TailStart = {
    region: reader.aws.region,
    stack: asked.stack,
    groups: targets.groups(),
    from,
    to,
    follow,
    poll: flags.poll === true,
  };
  if (format === "ndjson") notes.push(record({ type: "start", version: 1, ...startFacts(start) }));
  if (flags.quiet !== true) surroundings.err(renderNotes(startText(start), columns));
  for (const { what, message } of targets.unread)
    say({ code: "group-denied", message: `${what} is not followed: ${message}` });

  // From here on Ctrl-C is how it ends.
  surroundings.endsByInterrupt();
  const ended = new AbortController();
  const end = (): void => ended.abort();
  surroundings.signal.addEventListener("abort", end, { once: true });
  if (surroundings.signal.aborted) end();
  const startedAt = reader.clock.now();
  let quietSaid = flags.quiet === true || !follow;

  /** What kept standard output from being written: the tail is over, but what it has read is told. */
  let unwritten: { readonly error: unknown } | undefined;
  let written = 0;
  async function pour(text: string): Promise<void> {
    const { printed } = output.counts;
    try {
      await surroundings.pour(text);
      if (unwritten === undefined) written = printed;
    } catch (error) {
      unwritten ??= { error };
      end();
    }
  }

  const show = async (events: Parameters<typeof output.render>[0]): Promise<void> => {
    const now = reader.clock.now();
    const cut = output.cut.length;
    const shown = await output.render(events, now);
    for (const request of output.cut.slice(cut)) say({ code: "request-cut", message: cutText(request) });
    const text = notes.splice(0).join("") + shown;
    if (text !== "") await pour(text);
    if (output.counts.printed > 0) quietSaid = true;
    if (!quietSaid && now - startedAt > quietMs) {
      quietSaid = true;
      say({ code: "quiet", message: quietText() });
    }
    sayThrottled(now);
    if (isHopeless()) end();
  };

  /** Since when no call was refused, as far as is known, and how long all of them had waited until then. */
  let calm = { at: startedAt, throttledMs: 0, said: false };

  /** Calls that are refused are sent again without end: a person who waits is told once why. */
  function sayThrottled(now: number): void {
    const throttledMs = reader.aws.throttledMs();
    if (throttledMs === calm.throttledMs) calm = { at: now, throttledMs, said: false };
    if (calm.said || throttledMs - calm.throttledMs < refusedMs) return;
    calm.said = true;
    const seconds = Math.round((now - calm.at) / 1000);
    const message = `CloudWatch Logs has refused calls for their rate for ${seconds} s: others use up the region's quota; they are sent again until it takes them`;
    say({ code: "throttled", message });
  }

  /** Nothing can be read at all, and nobody has said that it soon may. */
  function isHopeless(): boolean {
    return follower.groups().every(({ state }) => state === "denied" || state === "refused");
  }

  function quietText(): string {
    const now = reader.clock.now();
    const next = follower.nextSweep();
    const newest = Math.max(...follower.groups().map(({ lastEvent = Number.NEGATIVE_INFINITY }) => lastEvent));
    const groups = follower.groups();
    const [only] = groups;
    const { filtered, service } = output.counts;
    return [
      `nothing to show yet ${ofRequests(flags.request)}in ${groups.length === 1 ? (only?.group ?? "") : `${groups.length} log groups`}`,
      Number.isFinite(newest)
        ? `the last event is of ${clockText(newest)}${filtered + service > 0 ? " and was filtered out" : ""}`
        : `no event since ${clockText(from)}`,
      follower.live() > 0 ? `Live Tail is open for ${follower.live()} of ${groups.length}` : "by polling",
      ...(next === undefined ? [] : [`next sweep in ${Math.max(0, Math.round((next - now) / 1000))} s`]),
    ].join("; ");
  }

  try {
    const watching = watchStack(reader, targets, follower, ended.signal, (names) =>
      say({ code: "function-added", message: `${names.join(", ")}: new in the stack, and followed from now on` }),
    );
    const running = follower.run(ended.signal, show);
    const impatient = new Promise<void>((resolve) => {
      ended.signal.addEventListener("abort", () => void setTimeout(resolve, patienceMs).unref(), { once: true });
    });
    await Promise.race([running, impatient]);
    end();
    await Promise.race([watching, impatient]);
    const rest = notes.splice(0).join("") + output.finish(reader.clock.now());
    if (rest !== "") await Promise.race([pour(rest), impatient]);
  } catch (error) {
    end();
    if (!isTailStopped(error)) throw error;
    const { error: cause, action } = error.tailStopped;
    const reply = reader.aws.reply(cause, action, "CLOUDWATCH_LOGS");
    if (reply.status !== "failed") throw usageError(`The logs cannot be read (${reply.status}).`);
    throw usageError(scrub(reply.message), fatalHint(reply.code) ?? "check --filter, --log-group and --region");
  } finally {
    surroundings.signal.removeEventListener("abort", end);
  }

  // An id may be mistyped, or of another time or function.
  if (!follow && flags.request.length > 0 && output.counts.printed === 0)
    say({ code: "request-unseen", message: unseenText(flags.request, from) });
  const read = ledgerOf(follower, output, reader.aws, to);
  const ledger = unwritten === undefined ? read : unprinted(read, written);
  if (format === "ndjson" && unwritten === undefined) {
    // A reader that has stopped reading gets no last record either.
    await Promise.race([
      pour(notes.splice(0).join("") + ledgerRecord(ledger)),
      new Promise((resolve) => setTimeout(resolve, 500).unref()),
    ]);
  }
  if (flags.quiet !== true) surroundings.err(renderNotes(ledgerText(ledger), columns));
  if (unwritten !== undefined) throw unwritten.error;
  const missing = ledger.groups.filter(({ group, state }) => state === "waiting" && asked.logGroups.includes(group));
  if (!follow && missing[0] !== undefined)
    throw Object.assign(new Error("A log group is not there."), { missingGroup: missing[0].group });
  const unread =
    targets.unread.length > 0 || ledger.groups.some(({ state }) => state === "denied" || state === "refused");
  return unread ? exitCodes.incomplete : exitCodes.healthy;
}

function startFacts({ from, to, groups, ...rest }: TailStart): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    from: new Date(from).toISOString(),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    groups,
  };
}

const clockText = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`;

/** @throws UsageError */
function formatOf({ output }: LogsTailFlags): TailFormat {
  const [text = "text", ...more] = output;
  const format = tailFormats.find((candidate) => candidate === text);
  if (format !== undefined && more.length === 0) return format;
  const [name = ""] = text.split("=");
  if (more.length > 0 || tailFormats.some((candidate) => candidate === name))
    throw usageError("A tail is written to standard output, in one format.", `-o ${name} > FILE writes a file`);
  throw usageError(
    `There is no output format ${name}.`,
    didYouMean(name, tailFormats) ?? `one of ${tailFormats.join(", ")}`,
  );
}

/** @throws UsageError */
function timesOf(
  { since, until, follow }: LogsTailFlags,
  now: number,
): { readonly from: number; readonly to: number | undefined } {
  const at = (moment: number | Date): number => (typeof moment === "number" ? now - moment * 1000 : moment.getTime());
  const to = until === undefined ? (follow ? undefined : now) : at(until);
  const from = since === undefined ? (to ?? now) - usualSpanMs : at(since);
  if (from >= (to ?? now))
    throw usageError("--since lies behind the end of what is asked for.", "--since 2h --until 1h shows one hour");
  return { from: Math.floor(from), to: to === undefined ? undefined : Math.floor(to) };
}
