import path from "node:path";
import type { Baseline, BaselineUpdate } from "../core/baseline.ts";
import type { Severity } from "../core/finding.ts";
import type { CheckReport } from "../core/report.ts";
import { readTextFile, writeTextFile } from "../source/files.ts";
import { usageError } from "./exit.ts";
import { schemaReference } from "./schema-reference.ts";
import type { Surroundings } from "./surroundings.ts";

export interface BaselineFlags {
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly reason?: string;
  /** `2027-01-31`, or for how many seconds from the run on. */
  readonly expires?: string | number;
}

/** The baseline of one run: what it holds, and where it is written when the run is to update it. */
export interface OpenBaseline {
  readonly of: (checks: readonly CheckReport[], today: string) => Baseline;
  /** Writes what an update made, and says so; does nothing where none was asked for. */
  readonly save: () => Promise<void>;
}

const usualDays = 30;
const daySeconds = 86_400;

/**
 * Reads the file of known findings that `--baseline` names; undefined without one.
 * @throws UsageError for a file that is not there or not a baseline, and for flags that need others.
 */
export async function openBaseline(
  flags: BaselineFlags & { readonly failOn: Severity; readonly quiet?: boolean },
  { cwd, err, now }: Pick<Surroundings, "cwd" | "err" | "now">,
): Promise<OpenBaseline | undefined> {
  const { baseline: file, updateBaseline: updating = false, reason, expires } = flags;
  if (!updating && (reason !== undefined || expires !== undefined)) {
    throw usageError(
      `--${reason === undefined ? "expires" : "reason"} is for the entries that --update-baseline writes.`,
    );
  }
  if (reason?.trim() === "") throw usageError("--reason is empty.", '--reason "The layer comes on Monday."');
  if (typeof expires === "string" && expires < now().toISOString().slice(0, 10)) {
    throw usageError(`--expires ${expires} is a day that is over.`, "--expires 30d");
  }
  if (file === undefined) {
    if (updating) throw usageError("--update-baseline does not say which file.", "--baseline FILE --update-baseline");
    return undefined;
  }
  const { noReason, parseBaseline, updateBaseline } = await import("../core/baseline.ts");
  const previous = await readBaseline(file, cwd, updating, parseBaseline);
  let update: BaselineUpdate | undefined;
  return {
    of(checks, today) {
      if (!updating) return previous ?? { version: 1, entries: [] };
      update = updateBaseline(previous, checks, {
        failOn: flags.failOn,
        today,
        expires: lastDay(expires, today),
        reason,
      });
      // The run that writes the entries ends as the next one will that reads them.
      return update.baseline;
    },
    async save() {
      if (update === undefined) return;
      const reference = await schemaReference(path.resolve(cwd, file), cwd, "baseline");
      const document = { $schema: reference, ...update.baseline };
      await writeTextFile(path.resolve(cwd, file), `${JSON.stringify(document, null, 2)}\n`);
      if (flags.quiet === true) return;
      const { added, renewed, removed, expired, baseline } = update;
      const open = baseline.entries.filter((entry) => entry.reason === noReason).length;
      const ineffective = expired + open;
      const idle = ineffective === 0 ? "" : `, ${ineffective} of them without effect`;
      err(
        `cscp: wrote ${file}: ${baseline.entries.length} known${idle} (${added} new, ${renewed} renewed, ${removed} taken out)\n`,
      );
      if (open > 0) {
        err(
          `  → ${open} ${open === 1 ? "has" : "have"} no reason yet, and the next run fails as this one does: run this again with --reason TEXT, or write one in place of each ${noReason}\n`,
        );
      }
      if (expired > 0) {
        err(
          `  → ${expired} ${expired === 1 ? "has" : "have"} expired and ${expired === 1 ? "is" : "are"} not renewed without a reason of today: --reason TEXT\n`,
        );
      }
    },
  };
}

async function readBaseline(
  file: string,
  cwd: string,
  mayBeAbsent: boolean,
  parse: (json: unknown) => Baseline,
): Promise<Baseline | undefined> {
  const text = await readTextFile(path.resolve(cwd, file));
  if (text === undefined) {
    if (mayBeAbsent) return undefined;
    throw usageError(
      `The baseline ${file} is not there or cannot be read.`,
      `--baseline ${file} --update-baseline writes it`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw usageError(
      `The baseline ${file} is no valid JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  try {
    return parse(json);
  } catch (error) {
    throw usageError(`The baseline ${file} cannot be used. ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The day until which new entries hold. */
function lastDay(expires: string | number | undefined, today: string): string {
  if (typeof expires === "string") return expires;
  const seconds = expires ?? usualDays * daySeconds;
  return new Date(Date.parse(`${today}T00:00:00Z`) + seconds * 1000).toISOString().slice(0, 10);
}
