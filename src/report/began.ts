import type { Diagnosis } from "../core/report.ts";
import { clock, span } from "./time.ts";

const minute = 60_000;
/** Errors that follow a deploy within this time are taken to come with it. */
const soon = 30 * minute;

/**
 * When a cause was first logged, as it stands to the stack's last deploy, in one sentence; undefined where nothing of it
 * was logged or no deploy is known. `now` is in milliseconds since 1970.
 */
export function beganText(
  { because, explains }: Pick<Diagnosis, "because" | "explains">,
  { deployedAt, now }: { readonly deployedAt: string | undefined; readonly now: number | undefined },
): string | undefined {
  const evidence = [...because, ...explains.flatMap((finding) => finding.evidence)];
  const logged = evidence.flatMap(({ kind, first }) => (kind === "log" && first !== undefined ? [first] : []));
  const first = logged.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  const distance = Date.parse(first ?? "") - Date.parse(deployedAt ?? "");
  if (first === undefined || deployedAt === undefined || Number.isNaN(distance)) return undefined;
  const deploy = `the deploy of ${clock(deployedAt, now)} UTC`;
  const at = `${clock(first, now)} UTC`;
  if (distance < -soon)
    return `This was logged at ${at} already, ${span(distance)} before ${deploy} ended: that deploy did not bring it.`;
  if (distance < 0) return `This was first logged ${span(distance)} before ${deploy} ended.`;
  if (distance <= soon) return `This began ${span(distance)} after ${deploy}.`;
  return `No deploy explains when it began: this was first logged at ${at}, ${span(distance)} after the last one.`;
}
