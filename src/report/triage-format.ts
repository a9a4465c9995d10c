// Words and figures that the renderers of a triage share.
import type { TriageReport, TriageEntry } from "../core/triage.ts";
import { counted, listed } from "./layout.ts";
import { clock, sinceDeploy, span } from "./time.ts";

const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Counts as a row of bars. Nothing is the lowest bar, and any failure stands above it. */
export function sparkline(histogram: readonly number[]): string {
  const most = Math.max(...histogram, 1);
  return histogram
    .map((count) => bars[count <= 0 ? 0 : Math.max(1, Math.round((count / most) * (bars.length - 1)))])
    .join("");
}

/** `640 B`, `1.2 MB`, in powers of 1,024. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${["B", "KB", "MB", "GB", "TB"][power] ?? "TB"}`;
}

export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** `10:02:53–10:09:40`, with the date where it is not the day of `now` (milliseconds since 1970); empty without times. */
export function timesText(
  { first, last }: { readonly first?: string; readonly last?: string },
  now: number | undefined,
): string {
  if (first === undefined || last === undefined) return "";
  const from = clock(first, now);
  if (Date.parse(last) - Date.parse(first) < 1000) return from;
  return `${from}–${clock(last, first.slice(0, 10) === last.slice(0, 10) ? Date.parse(first) : now)}`;
}

/** How failures stand to the deploy: `42 s after the deploy`, `before the deploy, over`; empty where that is not known. */
export function deployText({ first, last }: TriageEntry, deployedAt: string | undefined): string {
  if (deployedAt === undefined || first === undefined || last === undefined) return "";
  if (Date.parse(last) < Date.parse(deployedAt)) return "before the deploy, over";
  if (Date.parse(first) < Date.parse(deployedAt)) return "since before the deploy";
  return sinceDeploy(first, deployedAt) ?? "long after the deploy";
}

/** `GetUsage (20), GetTickets (10) and 2 more`; a single source stands without its count. */
export function sourcesText({ sources, count }: TriageEntry, most: number): string {
  const [only] = sources;
  if (sources.length === 1 && only?.count === count) return only.name;
  return listed(
    sources.map((source) => `${source.name} (${countText(source.count)})`),
    most,
  );
}

/** The verdict in one sentence: what was found, among how much. */
export function verdictText(report: TriageReport): string {
  const { causes, unknown, failures, unread, bytes, from, to } = report;
  const asked = from === undefined || to === undefined ? "" : ` from ${span(Date.parse(to) - Date.parse(from))}`;
  const read = `${bytesText(bytes)} of log${asked}`;
  if (failures === 0) {
    return unread.length === 0 ? `No failures in ${read}` : `No failures in ${read}, but not all could be read`;
  }
  const kinds = [
    ...(causes.length === 0 ? [] : [counted(causes.length, "cause")]),
    ...(unknown.length === 0 ? [] : [counted(unknown.length, "unknown error")]),
  ];
  const found = kinds.length === 0 ? "No known cause" : kinds.join(" and ");
  return `${found} in ${countText(failures)} ${failures === 1 ? "failure" : "failures"}, ${read}`;
}

/** `NAME: what it names`, as causes are headed. */
export function causeName({ cause, about }: { readonly cause: string; readonly about?: string }): string {
  return about === undefined ? cause : `${cause}: ${about}`;
}
