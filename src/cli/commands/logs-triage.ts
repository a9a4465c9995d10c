import path from "node:path";
import type { TriageReport } from "../../core/triage.ts";
import { logScanner, type Triage } from "../../logs/scan.ts";
import { newTally, type Tally } from "../../logs/scan-tally.ts";
import { writeTextFile } from "../../source/files.ts";
import { readLog, readLogFile, requireLogFiles } from "../../source/log-files.ts";
import { createVault } from "../../source/vault.ts";
import { didYouMean } from "../did-you-mean.ts";
import { usageError } from "../exit.ts";
import type { StackFlags } from "../options.ts";
import { progress } from "../progress.ts";
import type { OutputFlags } from "../program.ts";
import { wantsColour, type Surroundings } from "../surroundings.ts";
import { triageFormats, type TriageEngine, type TriageFormat } from "../triage-formats.ts";
import { columns, triageReport, type TimeAsked } from "../triage-report.ts";

export interface LogsTriageFlags extends StackFlags, OutputFlags {
  readonly function: readonly string[];
  readonly logGroup: readonly string[];
  /** Seconds before now, or a point in time. */
  readonly engine?: TriageEngine;
  readonly since?: number | Date;
  readonly until?: number | Date;
}

/** `cscp logs triage`: what fails in logs and why, the most frequent cause first. Resolves to the exit code. */
export async function logsTriage(
  files: readonly string[],
  flags: LogsTriageFlags,
  surroundings: Surroundings,
): Promise<number> {
  const targets = targetsOf(flags.output);
  const time = timeOf(flags, surroundings.now().getTime());
  const asksAws = flags.function.length + flags.logGroup.length > 0 || (flags.stack ?? flags.stackName) !== undefined;
  if (files.length > 0 && asksAws) {
    throw usageError(
      "Files and logs in CloudWatch are not read together.",
      "name either files, or a stack, function or log group",
    );
  }
  if (files.length > 0 && flags.engine !== undefined) {
    throw usageError("--engine says how CloudWatch is read; files are read as they are.", "leave --engine out");
  }
  const report =
    files.length > 0
      ? await triageFiles(files, flags, time, surroundings)
      : await import("../triage-cloudwatch.ts").then((cloudWatch) =>
          cloudWatch.triageCloudWatch(flags, time, surroundings),
        );
  for (const target of targets.toSorted((a) => (a.file === undefined ? 1 : -1))) {
    const text = await rendered(report, target, flags, surroundings);
    if (target.file === undefined) await surroundings.out(text);
    else await writeTextFile(target.file, text);
  }
  return report.exitCode;
}

interface Target {
  readonly format: TriageFormat;
  readonly file?: string;
}

function targetsOf(output: readonly string[]): readonly Target[] {
  const targets = (output.length === 0 ? ["text"] : output).map((text): Target => {
    const [name = "", ...rest] = text.split("=");
    const format = triageFormats.find((candidate) => candidate === name);
    if (format === undefined) {
      const hint = didYouMean(name, triageFormats) ?? `one of ${triageFormats.join(", ")}`;
      throw usageError(`There is no output format ${name}.`, hint);
    }
    if (!text.includes("=")) return { format };
    if (rest.join("=") === "") throw usageError(`-o ${text} names no file.`, `-o ${name}=FILE`);
    return { format, file: rest.join("=") };
  });
  if (targets.filter(({ file }) => file === undefined).length > 1) {
    throw usageError("Only one format can go to standard output.", "give the others a file: -o FORMAT=FILE");
  }
  return targets;
}

async function rendered(
  report: TriageReport,
  { format, file }: Target,
  flags: OutputFlags,
  surroundings: Surroundings,
): Promise<string> {
  const render = await import("../../report/triage.ts");
  const toTerminal = file === undefined && surroundings.stdoutIsTerminal;
  switch (format) {
    case "text":
      return render.renderTriage(report, {
        columns: toTerminal ? surroundings.columns : 100,
        colour: file === undefined && wantsColour(surroundings, surroundings.stdoutIsTerminal, flags.color),
        verbose: Math.min(2, flags.verbose) as 0 | 1 | 2,
      });
    case "json":
      return render.renderTriageJson(report);
    case "ndjson":
      return render.renderTriageNdjson(report);
    case "markdown":
      return render.renderTriageMarkdown(report);
  }
}

function timeOf({ since, until }: LogsTriageFlags, now: number): TimeAsked {
  const at = (moment: number | Date): number => (typeof moment === "number" ? now - moment * 1000 : moment.getTime());
  const from = since === undefined ? undefined : at(since);
  const to = until === undefined ? undefined : at(until);
  if (from !== undefined && from > now)
    throw usageError(
      "--since lies in the future.",
      "--since 2h reads the last two hours; times are UTC unless they say otherwise",
    );
  if (from !== undefined && from >= (to ?? now)) {
    throw usageError("--since lies behind the end of what is asked for.", "--since 2h --until 1h reads one hour");
  }
  return { from, to, now };
}

async function triageFiles(
  files: readonly string[],
  flags: LogsTriageFlags,
  time: TimeAsked,
  surroundings: Surroundings,
): Promise<TriageReport> {
  await requireLogFiles(files.filter((file) => file !== "-").map((file) => path.resolve(surroundings.cwd, file)));
  if (files.includes("-") && surroundings.stdinIsTerminal === true && flags.quiet !== true) {
    surroundings.err("cscp: reading the log from the terminal; Ctrl-D ends it\n");
  }
  const others = newTally();
  const tally = within(newTally(), others, time);
  const unread: { what: string; message: string }[] = [];
  let bytes = 0;
  const spinner = await progress("Reading logs", flags, surroundings);
  for (const file of files) {
    // A file's name says which function it is of only where there are several.
    const source = files.length > 1 && file !== "-" ? { source: path.basename(file) } : {};
    const scanner = logScanner({ into: tally, columns, ...source });
    const take = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      scanner.push(chunk);
    };
    const message =
      file === "-"
        ? await readLog(surroundings.input ?? nothing(), surroundings.signal, take)
        : await readLogFile(path.resolve(surroundings.cwd, file), surroundings.signal, take);
    scanner.finish();
    const what = file === "-" ? "standard input" : file;
    if (message !== undefined) unread.push({ what, message });
    if (surroundings.signal.aborted) break;
  }
  spinner.stop();
  const logs = files.map((file) => (file === "-" ? "standard input" : file));
  const notes = bytes === 0 && unread.length === 0 ? ["There was nothing to read: the log is empty."] : [];
  const left = others.finish(bytes, columns);
  if (left.failures > 0) notes.push(leftOut(left));
  return triageReport(tally.finish(bytes, columns), {
    logs,
    bytes,
    from: time.from,
    to: time.from === undefined ? time.to : (time.to ?? time.now),
    stack: undefined,
    deployedAt: undefined,
    unread,
    notes,
    scrub: createVault().scrub,
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Nobody is to take an old log for a healthy one. */
function leftOut({ failures, first, last }: Triage): string {
  const at = (moment = 0): string => new Date(moment).toISOString().replace("T", " ").slice(0, 19);
  return failures === 1
    ? `One failure was logged at another time than was asked for, and is left out: at ${at(first)} UTC.`
    : `${failures.toLocaleString("en")} failures were logged at another time than was asked for, and are left out: from ${at(first)} to ${at(last)} UTC.`;
}

/** A tally of what was logged in a time, and of the rest in `others`. Events without a time are counted. */
function within(
  tally: Tally,
  others: Tally,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: TimeAsked,
): Tally {
  return {
    add(key, occurrence, text) {
      const { timestamp } = occurrence;
      const outside = timestamp !== undefined && (timestamp < from || timestamp > to);
      (outside ? others : tally).add(key, occurrence, text);
    },
    finish: tally.finish,
  };
}
