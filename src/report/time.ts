const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** When the run ended, in milliseconds since 1970; undefined where the report's start is no date. */
export function endOf(report: { readonly startedAt: string; readonly durationMs: number }): number | undefined {
  const end = Date.parse(report.startedAt) + report.durationMs;
  return Number.isNaN(new Date(end).getTime()) ? undefined : end;
}

/**
 * The time of day of an ISO 8601 instant in UTC: `10:02:11`, with the date where it is another day than `now`
 * (milliseconds since 1970). Text that is no date is given back as it is.
 */
export function clock(iso: string, now: number | undefined): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const today = now === undefined ? undefined : new Date(now).toISOString().slice(0, 10);
  return date === today ? time.slice(0, 8) : `${date} ${time.slice(0, 8)}`;
}

/** A span as a person says it: `42 s`, `7 min`, `3 h`, `2 days`. Rounded down, so that it never says too much. */
export function span(milliseconds: number): string {
  const length = Math.abs(milliseconds);
  if (length < minute) return `${Math.floor(length / second)} s`;
  if (length < 2 * hour) return `${Math.floor(length / minute)} min`;
  if (length < 2 * day) return `${Math.floor(length / hour)} h`;
  return `${Math.floor(length / day)} days`;
}

/** How long a run took: `640 ms`, `6.1 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < second) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < minute) return `${(Math.floor(milliseconds / 100) / 10).toFixed(1)} s`;
  const rest = Math.floor((milliseconds % minute) / second);
  return `${Math.floor(milliseconds / minute)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** How an instant stands to the deploy: `42 s after the deploy`; undefined where either is not known or it is over a day later. */
export function sinceDeploy(iso: string, deployedAt: string | undefined): string | undefined {
  if (deployedAt === undefined) return undefined;
  const distance = Date.parse(iso) - Date.parse(deployedAt);
  if (Number.isNaN(distance) || distance > day) return undefined;
  if (Math.abs(distance) < second) return "with the deploy";
  return `${span(distance)} ${distance < 0 ? "before" : "after"} the deploy`;
}
