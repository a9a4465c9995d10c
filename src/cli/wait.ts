import { waitUntilSettled, type Waited } from "../collect/settle.ts";
import { createLiveSource, type LiveOptions } from "../source/live.ts";
import { usageError } from "./exit.ts";
import type { Cost } from "./run-doctor.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the calls themselves may take beyond the pauses between them, in milliseconds. */
const graceMs = 60_000;

/**
 * Waits for the stack and its functions to settle, and says on standard error what it waits for whenever that changes.
 * @throws UsageError when it is interrupted.
 */
export async function waitFirst(
  options: LiveOptions,
  stack: string,
  limitSeconds: number,
  quiet: boolean | undefined,
  surroundings: Surroundings,
): Promise<Required<Omit<Cost, "durationMs">> & { readonly waited: Waited }> {
  const live = createLiveSource({ ...options, timeoutMs: limitSeconds * 1000 + graceMs });
  const say = (text: string): void => {
    if (quiet !== true) surroundings.err(`cscp: ${text}\n`);
  };
  let said = "";
  try {
    const ask = (kind: string, params: Readonly<Record<string, unknown>>, how?: unknown) =>
      live.source.ask({ kind, params, how });
    const waited = await waitUntilSettled({ ask }, stack, limitSeconds, (pending) => {
      const text = `waiting for ${shown(pending)}`;
      if (text !== said) say(text);
      said = text;
    });
    if (surroundings.signal.aborted) throw usageError("The run was interrupted; nothing was concluded.");
    if (waited.pending.length > 0) say(`after ${waited.seconds} s still waiting for ${shown(waited.pending)}`);
    else if (waited.polls > 1) say(`settled after ${waited.seconds} s`);
    return { waited, requests: live.requestCount(), repeated: live.repeated() };
  } finally {
    live.close();
  }
}

function shown(pending: readonly string[]): string {
  const more = pending.length - 3;
  return more > 0 ? `${pending.slice(0, 3).join(", ")} and ${more} more` : pending.join(", ");
}
