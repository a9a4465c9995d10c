import type { Remedy, RemedyKind } from "../core/cause.ts";

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
