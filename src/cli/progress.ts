import type { OutputFlags } from "./program.ts";
import { wantsColour, type Surroundings } from "./surroundings.ts";

/** A spinner on standard error while something is read; nothing at all off a terminal or with `--quiet`. */
export async function progress(
  text: string,
  flags: OutputFlags,
  surroundings: Surroundings,
): Promise<{ readonly stop: () => void }> {
  const silent = flags.quiet === true || !surroundings.stderrIsTerminal || surroundings.env["CI"] !== undefined;
  if (silent) return { stop: () => {} };
  const { default: spinner } = await import("yocto-spinner");
  const colour = wantsColour(surroundings, true, flags.color);
  const running = spinner({ text, ...(colour ? { color: "cyan" } : {}) }).start();
  return { stop: () => void running.stop() };
}
