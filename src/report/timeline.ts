import type { Diagnosis, Moment } from "../core/report.ts";
import { clock } from "./time.ts";

/** What stands between two moments. */
export const betweenMoments = " · ";

/**
 * What happened around the beginning of a cause, moment by moment: `10:01:58 layer common:8 published`, `10:02:11 deploy`,
 * `10:02:53 first error`, `10:09:40 last`. Empty where it would say no more than when the cause began. `fits` tells whether
 * all of it is short enough; of what is not the oldest changes are left out. `now` is in milliseconds since 1970.
 */
export function timelineParts(
  { timeline = [] }: Pick<Diagnosis, "timeline">,
  now: number | undefined,
  fits: (parts: readonly string[]) => boolean,
): readonly string[] {
  const told = timeline.some(({ kind }) => kind !== "deploy" && kind !== "first-error");
  if (!told) return [];
  const parts = timeline.map(
    (moment, index) => `${index === 0 ? "UTC " : ""}${clock(moment.at, now)} ${momentText(moment)}`,
  );
  if (fits(parts)) return parts;
  const oldest = timeline.find(({ kind }) => kind !== "deploy" && !kind.endsWith("-error"));
  return oldest === undefined
    ? []
    : timelineParts({ timeline: timeline.filter((moment) => moment !== oldest) }, now, fits);
}

function momentText({ kind, of = "" }: Moment): string {
  switch (kind) {
    case "layer-published":
      return `layer ${of} published`;
    case "parameter-changed":
      return `parameter ${of} set`;
    case "secret-changed":
      return `secret ${of} set`;
    case "function-changed":
      return `${of} changed`;
    case "deploy":
      return "deploy";
    case "first-error":
      return "first error";
    case "last-error":
      return "last";
  }
}
