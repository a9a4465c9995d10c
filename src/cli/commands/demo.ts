import { collectors } from "../../collect/registry.gen.ts";
import { createFacts } from "../../core/fact.ts";
import { listFolders, packageFile, readTextFile, appendTextFile, writeTextFile } from "../../source/files.ts";
import { openBundle } from "../../source/bundle.ts";
import { didYouMean } from "../did-you-mean.ts";
import { exitCodes, usageError } from "../exit.ts";
import { targetsOf, writeReport } from "../output.ts";
import { version, type OutputFlags } from "../program.ts";
import { runDoctor } from "../run-doctor.ts";
import type { Surroundings } from "../surroundings.ts";

export interface DemoFlags extends OutputFlags {
  readonly list?: boolean;
}

/** What a recorded incident is expected to be diagnosed as: the first diagnosis of its `expected.json`. */
interface Expected {
  readonly diagnoses: readonly { readonly cause: string }[];
  readonly exitCode: number;
}

/** `cscp demo`: the doctor over a recorded incident. Exits 0 when the expected diagnosis is found. */
export async function demo(incident: string, flags: DemoFlags, surroundings: Surroundings): Promise<number> {
  targetsOf(flags.output);
  const folder = packageFile("fixtures/incidents");
  const names = await listFolders(folder);
  if (flags.list === true) {
    for (const name of names) {
      const story = (await readTextFile(`${folder}/${name}/story.txt`))?.trim() ?? "";
      await surroundings.out(`${name.padEnd(34)} ${story}\n`);
    }
    return exitCodes.healthy;
  }
  if (!names.includes(incident)) {
    throw usageError(
      `There is no recorded incident ${incident}.`,
      didYouMean(incident, names) ?? "cscp demo --list shows them",
    );
  }
  const recording = await openBundle(`${folder}/${incident}`);
  const report = await runDoctor(createFacts(collectors, recording.source), {
    version,
    only: undefined,
    ignore: [],
    failOn: "error",
    notes: [],
    cost: () => ({ durationMs: recording.durationMs, requests: recording.requests }),
  });
  await writeReport(report, flags, surroundings, { write: writeTextFile, append: appendTextFile });
  const expected = JSON.parse((await readTextFile(`${folder}/${incident}/expected.json`)) ?? "null") as Expected | null;
  const found = report.diagnoses.map((diagnosis) => diagnosis.cause).join(", ");
  const wanted = expected?.diagnoses.map((diagnosis) => diagnosis.cause).join(", ");
  const same = wanted === found && expected?.exitCode === report.exitCode;
  const verdict = same
    ? `as expected: ${found === "" ? "nothing is wrong" : found}`
    : `expected ${wanted ?? "a diagnosis"}, found ${found === "" ? "none" : found}`;
  if (flags.quiet !== true)
    surroundings.err(`\ncscp: this was a recording; ${verdict}. The doctor's own exit code: ${report.exitCode}.\n`);
  return same ? exitCodes.healthy : exitCodes.findings;
}
