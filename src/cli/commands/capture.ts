import { collectors } from "../../collect/registry.gen.ts";
import { createFacts } from "../../core/fact.ts";
import { exitCodes, usageError } from "../exit.ts";
import { openLive } from "../open-live.ts";
import type { StackFlags } from "../options.ts";
import { announce, requireStack } from "../preflight.ts";
import { progress } from "../progress.ts";
import { version, type OutputFlags } from "../program.ts";
import { runDoctor } from "../run-doctor.ts";
import type { Surroundings } from "../surroundings.ts";

export interface CaptureFlags extends StackFlags, Omit<OutputFlags, "output"> {
  readonly outputFile: string;
  readonly smoke: boolean;
  readonly apiUrl?: string;
  readonly since?: number;
  readonly force?: boolean;
}

/** `cscp capture`: runs the doctor over a recording source and writes what it read, secrets replaced. */
export async function capture(flags: CaptureFlags, surroundings: Surroundings): Promise<number> {
  const { recorder, requirePlace, writeRecording } = await import("../../source/record.ts");
  await requirePlace(flags.outputFile, flags.force === true);
  const live = await openLive(flags, surroundings);
  try {
    const recording = recorder(live.source);
    const facts = createFacts(collectors, recording.source);
    await requireStack(facts);
    await announce(facts, flags.quiet === true, surroundings);
    const spinner = await progress("Recording what the doctor reads", { output: [], ...flags }, surroundings);
    const report = await runDoctor(facts, {
      version,
      only: undefined,
      ignore: [],
      failOn: "error",
      notes: [],
      cost: live.cost,
    }).finally(spinner.stop);
    if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was written.");
    const written = await writeRecording(flags.outputFile, recording, {
      vault: live.vault,
      version,
      startedAt: report.startedAt,
      ...live.cost(),
      force: flags.force === true,
    });
    if (flags.quiet !== true) {
      surroundings.err(`cscp: wrote ${flags.outputFile} (${written.replies} replies)\n`);
      for (const { what, count } of written.replaced) surroundings.err(`  replaced ${what}: ${count}\n`);
      surroundings.err(`  → cscp doctor --bundle ${flags.outputFile}\n`);
    }
    return exitCodes.healthy;
  } finally {
    live.close();
  }
}
