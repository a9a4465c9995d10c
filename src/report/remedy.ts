import type { Remedy, RemedyKind } from "../core/cause.ts";
import type { Diagnosis } from "../core/report.ts";

/** When a remedy is applied, in a word or two. */
export const remedyLabel: Readonly<Record<RemedyKind, string>> = {
  now: "now",
  "for-good": "for good",
  verify: "verify",
};

/** Equal for remedies that are applied at the same time with the same commands. */
export function remedyKey({ kind, commands }: Remedy): string {
  return JSON.stringify([kind, commands]);
}

/**
 * The remedy as it is shown among those of all diagnoses: where another's does the same and ends in the same deploy with a
 * value more, its own would take that value out again, and one deploy does for both.
 */
export function shownRemedy(all: readonly Diagnosis[], index: number, remedy: Remedy): Remedy {
  const last = remedy.commands.at(-1);
  if (remedy.kind !== "for-good" || last === undefined) return remedy;
  const before = remedy.commands.slice(0, -1);
  const other = all.findIndex(
    ({ remedies }, at) =>
      at !== index &&
      remedies.some(
        ({ kind, commands }) =>
          kind === "for-good" &&
          commands.at(-1)?.startsWith(`${last} `) === true &&
          before.every((command) => commands.includes(command)),
      ),
  );
  if (other === -1) return remedy;
  const once = `One deploy does for both: the one of ${other + 1}, ${other > index ? "after this" : "with this done before it"}.`;
  return { ...remedy, commands: [], advice: remedy.advice === undefined ? once : `${remedy.advice} ${once}` };
}
