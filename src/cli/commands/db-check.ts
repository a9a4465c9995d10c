import type { DatabaseReport } from "../../core/database-report.ts";
import { renderDatabase, renderDatabaseJson } from "../../report/database.ts";
import { checkUrl } from "../db-check-url.ts";
import { urlTarget, usualTarget, type TargetFlags, type UrlTarget } from "../db-target.ts";
import { exitCodes, usageError } from "../exit.ts";
import { resolveOptions, type StackFlags } from "../options.ts";
import { listStyle, listTarget, writeList } from "../output.ts";
import type { OutputFlags } from "../program.ts";
import type { Surroundings } from "../surroundings.ts";

export interface DbCheckFlags extends StackFlags, OutputFlags, TargetFlags {
  readonly function: readonly string[];
  readonly driver: readonly string[];
  readonly table: readonly string[];
  /** False with `--no-connect`. */
  readonly connect: boolean;
}

/** `cscp db check`: of one URL, or of every database that a stack's functions are sent to. Resolves to the exit code. */
export async function dbCheck(
  argument: string | undefined,
  flags: DbCheckFlags,
  surroundings: Surroundings,
): Promise<number> {
  const to = listTarget(flags.output);
  const target = await targetOf(argument, flags, surroundings);
  const report =
    target === undefined
      ? await import("../db-check-stack.ts").then((stack) => stack.checkStack(flags, surroundings))
      : await checkUrl(target, flags, surroundings);
  if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was concluded.");
  const text =
    to.format === "json"
      ? renderDatabaseJson(report)
      : renderDatabase(report, { ...listStyle(to, flags, surroundings), verbose: flags.verbose > 0 });
  await writeList(to, text, surroundings);
  return exitCodeOf(report);
}

/** The URL that is meant; undefined where it is a stack's. What is named on the command line goes before what files name. */
async function targetOf(
  argument: string | undefined,
  flags: DbCheckFlags,
  surroundings: Surroundings,
): Promise<UrlTarget | undefined> {
  const own = await urlTarget(argument, flags, surroundings);
  const stack = flags.stack ?? flags.stackName;
  if (own !== undefined) {
    if (stack !== undefined || flags.function.length > 0) {
      throw usageError(
        "A URL and a stack were both given.",
        "leave out the URL to look at what the stack's functions have",
      );
    }
    return own;
  }
  if (stack !== undefined || flags.function.length > 0) return undefined;
  const options = await resolveOptions(flags, surroundings, false);
  if (options.stackName !== "") return undefined;
  const usual = await usualTarget(surroundings);
  if (usual !== undefined) return usual;
  throw usageError("No database is named.", "cscp db check --stack NAME, --env VARIABLE, or - for standard input");
}

function exitCodeOf({ verdict }: DatabaseReport): number {
  switch (verdict) {
    case "fails":
      return exitCodes.findings;
    case "unknown":
      return exitCodes.incomplete;
    case "works":
      return exitCodes.healthy;
  }
}
