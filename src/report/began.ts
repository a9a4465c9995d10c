import type { Diagnosis } from "../core/report.ts";
import { clock, span } from "./time.ts";

const second = 1000;
const minute = 60_000;
/** Errors that follow a deploy within this time are taken to come with it. */
const soon = 30 * minute;

/**
 * When a cause was first logged, as it stands to the stack's last deploy, in one sentence; undefined where nothing of it
 * was logged before the run or no deploy is known. Goes by the timeline, which leaves out what the run's own requests made
 * the functions log. `now` is in milliseconds since 1970.
 */
export function beganText({ timeline = [] }: Pick<Diagnosis, "timeline">, now: number | undefined): string | undefined {
  const [first, deployed] = (["first-error", "deploy"] as const).map(
    (kind) => timeline.find((one) => one.kind === kind)?.at,
  );
  if (first === undefined || deployed === undefined) return undefined;
  const distance = Date.parse(first) - Date.parse(deployed);
  const deploy = `the deploy of ${clock(deployed, now)} UTC`;
  const at = `${clock(first, now)} UTC`;
  if (distance < -soon)
    return `This was logged at ${at} already, ${span(distance)} before ${deploy} ended: that deploy did not bring it.`;
  if (distance < 0) return `This was first logged ${span(distance)} before ${deploy} ended.`;
  if (distance < second) return `This began with ${deploy}.`;
  if (distance <= soon) return `This began ${span(distance)} after ${deploy}.`;
  return `No deploy explains when it began: this was first logged at ${at}, ${span(distance)} after the last one.`;
}
