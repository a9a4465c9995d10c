import type { Report } from "../core/report.ts";
import { formats, isFormat, type Format } from "../report/formats.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import type { OutputFlags } from "./program.ts";
import { wantsColour, type Surroundings } from "./surroundings.ts";

/** One place where the report goes: standard output, or a file. */
export interface Target {
  readonly format: Format;
  readonly file?: string;
}

/**
 * Reads `-o FORMAT` and `-o FORMAT=FILE`.
 * @throws UsageError for a format that does not exist, and for two formats on standard output.
 */
export function targetsOf(output: readonly string[]): readonly Target[] {
  if (output.length === 0) return [{ format: "text" }];
  const targets = output.map((text): Target => {
    const equals = text.indexOf("=");
    const format = equals < 0 ? text : text.slice(0, equals);
    const file = equals < 0 ? undefined : text.slice(equals + 1);
    if (!isFormat(format)) {
      const near = didYouMean(format, formats);
      throw usageError(`There is no output format ${format}.`, near ?? `one of ${formats.join(", ")}`);
    }
    if (file === "") throw usageError(`-o ${text} names no file.`, `-o ${format}=FILE`);
    return { format, ...(file === undefined ? {} : { file }) };
  });
  const files = targets.flatMap(({ file }) => file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw usageError(`Two formats cannot go to one file, ${twice}.`, "give each its own");
  const onStdout = targets.filter((target) => target.file === undefined);
  if (onStdout.length > 1) {
    throw usageError(
      "Only one format can go to standard output.",
      `give the others a file: -o ${onStdout[1]?.format}=FILE`,
    );
  }
  return targets;
}

/** How files are written: whole or not at all, and appended to. Both throw a usage error where they cannot. */
export interface FileWriter {
  readonly write: (path: string, text: string) => Promise<void>;
  readonly append: (path: string, text: string) => Promise<void>;
}

/**
 * Renders the report to every target; what is printed goes last, and is printed even where a file cannot be written, which
 * is then thrown. In a workflow of GitHub Actions the format github also
 * adds to the page of the job's summary, whose file the runner names.
 */
export async function writeReport(
  report: Report,
  flags: OutputFlags,
  surroundings: Surroundings,
  files: FileWriter,
): Promise<void> {
  const targets = targetsOf(flags.output);
  const { renderReport } = await import("../report/formats.ts");
  const verbose = Math.min(2, flags.verbose) as 0 | 1 | 2;
  let unwritten: unknown;
  for (const target of targets.toSorted((a) => (a.file === undefined ? 1 : -1))) {
    const toTerminal = target.file === undefined;
    const text = await renderReport(target.format, report, {
      columns: toTerminal && surroundings.stdoutIsTerminal ? surroundings.columns : 100,
      colour: toTerminal && wantsColour(surroundings, surroundings.stdoutIsTerminal, flags.color),
      verbose,
    });
    if (target.file === undefined) await surroundings.out(text);
    else await files.write(target.file, text).catch((error: unknown) => void (unwritten ??= error));
  }
  await addToSummary(report, targets, surroundings, files);
  if (unwritten !== undefined) throw unwritten;
}

async function addToSummary(
  report: Report,
  targets: readonly Target[],
  surroundings: Surroundings,
  files: FileWriter,
): Promise<void> {
  const summary = surroundings.env["GITHUB_STEP_SUMMARY"] ?? "";
  if (summary === "" || targets.every((target) => target.format !== "github")) return;
  const { renderGithubSummary } = await import("../report/github.ts");
  try {
    await files.append(summary, renderGithubSummary(report));
  } catch (error) {
    // The summary is a page to read; that it cannot be written is no verdict on the stack.
    surroundings.err(`cscp: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** Where a command that makes a list and not a report prints it, in one format. */
export interface ListTarget {
  readonly format: "text" | "json";
  readonly file?: string;
}

/**
 * Reads the outputs and sees to it, before a run that may take minutes, that one of them at least can be written: what
 * cannot costs nothing but itself, unless nobody would learn what was found.
 * @throws UsageError
 */
export async function requireTargets(output: readonly string[]): Promise<void> {
  const targets = targetsOf(output);
  if (targets.some(({ file }) => file === undefined)) return;
  const { requireWritable } = await import("../source/files.ts");
  const tried = await Promise.allSettled(targets.map(({ file = "" }) => requireWritable(file)));
  const [first] = tried;
  if (first?.status === "rejected" && tried.every(({ status }) => status === "rejected")) throw first.reason;
}

/**
 * Reads `-o FORMAT` and `-o FORMAT=FILE` for a list.
 * @throws UsageError for another format, an empty file name, and more than one of them
 */
export function listTarget(output: readonly string[]): ListTarget {
  const [given = "text", ...more] = output;
  const equals = given.indexOf("=");
  const format = equals < 0 ? given : given.slice(0, equals);
  if (more.length > 0 || (format !== "text" && format !== "json")) {
    throw usageError(`-o ${output.join(" -o ")} does not fit this command.`, "one of text, json");
  }
  if (equals < 0) return { format };
  const file = given.slice(equals + 1);
  if (file === "") throw usageError(`-o ${given} names no file.`, `-o ${format}=FILE`);
  return { format, file };
}

/** The width and colour of a list: those of the terminal only where it goes there. */
export function listStyle(
  { file }: ListTarget,
  { color }: Pick<OutputFlags, "color">,
  surroundings: Surroundings,
): { readonly columns: number; readonly colour: boolean } {
  const isTerminal = file === undefined && surroundings.stdoutIsTerminal;
  return {
    columns: isTerminal ? surroundings.columns : 100,
    colour: file === undefined && wantsColour(surroundings, surroundings.stdoutIsTerminal, color),
  };
}

/** Prints a list, or writes it to its file, whole or not at all. */
export async function writeList({ file }: ListTarget, text: string, surroundings: Surroundings): Promise<void> {
  if (file === undefined) return surroundings.out(text);
  const { writeTextFile } = await import("../source/files.ts");
  await writeTextFile(file, text);
}
