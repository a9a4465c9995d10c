// Counting failures of a log of any length in a bounded space.
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { Candidate } from "./classify.ts";
import { classify } from "./classify.ts";
import { parseEvent } from "./event.ts";
import { shapeOf } from "./shape.ts";

/** Where and when an event was logged, as far as its line says. */
export interface Occurrence {
  readonly timestamp: number | undefined;
  readonly source: string | undefined;
  readonly stream: string | undefined;
}

export interface TriageGroup {
  readonly cause: CauseId;
  readonly candidates: readonly Candidate[];
  /** The line that says what failed, of the first event. */
  readonly headline: string;
  readonly shape: string;
  /** The first event, at most 8,192 characters of it. */
  readonly example: string;
  readonly count: number;
  /** Milliseconds since 1970; undefined where no event of the group has a time. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Functions (or pods) with how often each, the most frequent first; at most 50. */
  readonly sources: readonly { readonly name: string; readonly count: number }[];
  /** At most five. */
  readonly requestIds: readonly string[];
  /** Failures per column of the whole log's time, from the first failure to the last. */
  readonly histogram: readonly number[];
}

export interface Triage {
  /** Bytes read. */
  readonly bytes: number;
  readonly failures: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The most frequent first. */
  readonly groups: readonly TriageGroup[];
  /** Failures of shapes beyond the first few thousand, which are counted but not told apart. */
  readonly untold: number;
}

interface Group {
  readonly cause: CauseId;
  readonly candidates: readonly Candidate[];
  readonly headline: string;
  readonly shape: string;
  readonly example: string;
  /** Set for lines that only report what another line names: the error type or `timeout`. */
  readonly reports: string | undefined;
  readonly errorType: string | undefined;
  /** Whether these are failures of an init phase, which the service repeats within the invocation. */
  readonly ofInit: boolean;
  count: number;
  first: number | undefined;
  last: number | undefined;
  readonly sources: Map<string, number>;
  readonly requestIds: Set<string>;
  /** Failures by bucket of the tally's width. */
  readonly buckets: Map<number, number>;
}

const mostGroups = 4_000;
const mostKeys = 50_000;
const mostSources = 50;
const mostStreams = 1_000;
const mostRequestIds = 5;
/** Request ids are looked for in the first events of a group only: some failures have none. */
const mostLookedAt = 100;
const mostBuckets = 512;
const longestExample = 8_192;
const repeatMs = 15_000;
/** The memo's entry for events that are no failures. */
const harmless = -1;
const noRoom = -2;

const requestIdIn = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

export interface Tally {
  /**
   * Counts an event. `key` is the same for events that differ only in numbers and ids (see `eventKey`); `text` is only
   * called for an event whose key is new, or whose text is still wanted.
   */
  readonly add: (key: number, occurrence: Occurrence, text: () => string) => void;
  readonly finish: (bytes: number, columns: number) => Triage;
}

/** A tally without anything in it. */
export function newTally(): Tally {
  const groups: Group[] = [];
  const byKey = new Map<number, number>();
  const byShape = new Map<string, number>();
  const lastInit = new Map<string, { readonly group: number; readonly timestamp: number }>();
  /** Where no streams are named: the last failure of each source, and that of an init that was reported. */
  const lastOfRuntime = new Map<string | undefined, number>();
  const reportedInit = new Map<string | undefined, number>();
  const initReports = new Set<number>();
  let width = 1_000;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let untold = 0;

  /** Keeps the number of buckets bounded; the width is always the smallest that does, in whichever order events come. */
  function widen(timestamp: number): void {
    lowest = Math.min(lowest, timestamp);
    highest = Math.max(highest, timestamp);
    while (Math.floor(highest / width) - Math.floor(lowest / width) >= mostBuckets) {
      width *= 2;
      for (const { buckets } of groups) {
        const old = [...buckets];
        buckets.clear();
        for (const [bucket, count] of old)
          buckets.set(Math.floor(bucket / 2), (buckets.get(Math.floor(bucket / 2)) ?? 0) + count);
      }
    }
  }

  function groupOf(text: string, key: number): number {
    // Where each line is an event of its own, the one that names the exception is the failure.
    if (/^\s*Traceback \(most recent call last\):\s*$/.test(text)) return harmless;
    const { candidates, headline } = classify(text);
    const [first] = candidates;
    if (first === undefined) return harmless;
    const parsed = parseEvent(text);
    const reported = parsed.kind === "report" || parsed.kind === "init-report";
    if (parsed.kind === "init-report" && parsed.phase === "init" && initReports.size < mostKeys) initReports.add(key);
    const shape = reported
      ? `${parsed.kind} ${parsed.status ?? ""} ${parsed.errorType ?? ""}`.trim()
      : shapeOf(headline);
    const name = `${first.cause}\n${shape}`;
    const known = byShape.get(name);
    if (known !== undefined) return known;
    if (groups.length >= mostGroups) return noRoom;
    const errorType = "errorType" in parsed ? parsed.errorType : undefined;
    groups.push({
      cause: first.cause,
      candidates,
      headline,
      shape,
      example: text.slice(0, longestExample),
      reports: reported ? (parsed.errorType ?? parsed.status) : undefined,
      errorType: parsed.kind === "timeout" ? "timeout" : errorType,
      ofInit: parsed.kind === "error" && parsed.requestId === undefined,
      count: 0,
      first: undefined,
      last: undefined,
      sources: new Map(),
      requestIds: new Set(),
      buckets: new Map(),
    });
    byShape.set(name, groups.length - 1);
    return groups.length - 1;
  }

  /**
   * A failed init is logged twice in its environment's stream; the second time it is the same failure. Where no stream is
   * named, the service's report of the init, which stands between the two, tells.
   */
  function isRepeated(place: number, { stream, source, timestamp }: Occurrence): boolean {
    if (stream === undefined) {
      const reported = reportedInit.get(source);
      reportedInit.delete(source);
      if (reported === place) return true;
      if (lastOfRuntime.size >= mostSources) lastOfRuntime.clear();
      lastOfRuntime.set(source, place);
      return false;
    }
    if (timestamp === undefined) return false;
    const before = lastInit.get(stream);
    lastInit.delete(stream);
    if (before?.group === place && timestamp - before.timestamp <= repeatMs) return true;
    if (lastInit.size >= mostStreams) lastInit.delete(lastInit.keys().next().value ?? "");
    lastInit.set(stream, { group: place, timestamp });
    return false;
  }

  function count(place: number, occurrence: Occurrence, text: () => string): void {
    const group = groups[place];
    if (group === undefined) return;
    if (group.ofInit && isRepeated(place, occurrence)) return;
    group.count += 1;
    const { timestamp, source } = occurrence;
    if (source !== undefined && (group.sources.has(source) || group.sources.size < mostSources)) {
      group.sources.set(source, (group.sources.get(source) ?? 0) + 1);
    }
    if (group.requestIds.size < mostRequestIds && group.count <= mostLookedAt) {
      const id = requestIdIn.exec(text())?.[0];
      if (id !== undefined) group.requestIds.add(id);
    }
    if (timestamp === undefined) return;
    group.first = Math.min(group.first ?? timestamp, timestamp);
    group.last = Math.max(group.last ?? timestamp, timestamp);
    widen(timestamp);
    const bucket = Math.floor(timestamp / width);
    group.buckets.set(bucket, (group.buckets.get(bucket) ?? 0) + 1);
  }

  return {
    add(key, occurrence, text) {
      let place = byKey.get(key);
      if (place === undefined) {
        place = groupOf(text(), key);
        if (byKey.size < mostKeys) byKey.set(key, place);
      }
      if (occurrence.stream === undefined && initReports.has(key)) {
        const failed = lastOfRuntime.get(occurrence.source);
        if (failed !== undefined) reportedInit.set(occurrence.source, failed);
      }
      if (place === noRoom) untold += 1;
      else if (place !== harmless) count(place, occurrence, text);
    },
    finish(bytes, columns) {
      const told = withoutReports(groups);
      const times = told.flatMap(({ first, last }) => (first === undefined || last === undefined ? [] : [first, last]));
      const first = times.length === 0 ? undefined : Math.min(...times);
      const last = times.length === 0 ? undefined : Math.max(...times);
      return {
        bytes,
        failures: told.reduce((sum, group) => sum + group.count, untold),
        first,
        last,
        untold,
        groups: told
          .map((group) => finished(group, width, first ?? 0, last ?? 0, columns))
          .sort((a, b) => b.count - a.count || (a.first ?? 0) - (b.first ?? 0) || (a.shape < b.shape ? -1 : 1)),
      };
    },
  };
}

/** Lines that only report a failure are left out where that failure is there in its own words. */
function withoutReports(groups: readonly Group[]): readonly Group[] {
  const named = new Set(
    groups.filter(({ reports, count }) => reports === undefined && count > 0).map(({ errorType }) => errorType),
  );
  // Reports of some years gave no type to an error that a module threw.
  if (groups.some(({ ofInit, count }) => ofInit && count > 0)) named.add("Runtime.Unknown");
  return groups.filter(({ reports, count }) => count > 0 && (reports === undefined || !named.has(reports)));
}

function finished(group: Group, width: number, first: number, last: number, columns: number): TriageGroup {
  const { cause, candidates, headline, shape, example, count, requestIds } = group;
  const histogram = Array.from({ length: columns }, () => 0);
  for (const [bucket, failures] of group.buckets) {
    const middle = Math.min(Math.max(bucket * width + width / 2, first), last);
    const column =
      last === first ? 0 : Math.min(columns - 1, Math.floor(((middle - first) / (last - first)) * columns));
    histogram[column] = (histogram[column] ?? 0) + failures;
  }
  const sources = [...group.sources].map(([name, times]) => ({ name, count: times }));
  sources.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  return {
    cause,
    candidates,
    headline,
    shape,
    example,
    count,
    first: group.first,
    last: group.last,
    sources,
    requestIds: [...requestIds],
    histogram,
  };
}
