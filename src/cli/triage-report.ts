import { causes } from "../causes/registry.gen.ts";
import type { TriageEntry, TriagedCause, TriageReport, UnreadLog } from "../core/triage.ts";
import { classify, type Candidate } from "../logs/classify.ts";
import type { Triage, TriageGroup } from "../logs/scan.ts";
import { shapeOf } from "../logs/shape.ts";
import { tellingOf } from "../logs/telling.ts";
import { exitCodes } from "./exit.ts";

/** Parts into which the time of a report is cut for its sparklines. */
export const columns = 10;

/** The time that is asked for, in milliseconds since 1970; both ends are inclusive. */
export interface TimeAsked {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly now: number;
}

/** What is known of the logs besides what stands in them. */
export interface TriageContext {
  readonly logs: readonly string[];
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly stack: string | undefined;
  /** ISO 8601. */
  readonly deployedAt: string | undefined;
  readonly unread: readonly UnreadLog[];
  readonly notes: readonly string[];
  /** The text without the secrets in it. */
  readonly scrub: (text: string) => string;
}

/** What a tally cuts texts to, in UTF-16 code units: a secret may have been cut there, too. */
const cutExample = 8_192;
/** As much of a cut text's end as may be the beginning of a secret that is no longer recognised. */
const uncertain = 1_024;
const mostSources = 50;
const mostShapes = 20;
const mostRequestIds = 5;

/** The report of a triage: groups of one cause and subject folded together, texts without secrets, causes in words. */
export function triageReport(triage: Triage, context: TriageContext): TriageReport {
  const { scrub, unread } = context;
  const groups = triage.groups.map((group) => clean(group, scrub));
  const byOrigin = new Map<string, CleanGroup[]>();
  for (const group of groups) {
    const origin = group.cause === "other" ? `other\n${group.shape}` : `${group.cause}\n${group.about ?? ""}`;
    byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), group]);
  }
  const folded = [...byOrigin.values()].map(fold).sort((a, b) => b.entry.count - a.entry.count);
  const known = folded.flatMap(({ first, entry }) => (first.cause === "other" ? [] : [causeOf(first, entry)]));
  const unknown = folded.flatMap(({ first, entry }) => (first.cause === "other" ? [entry] : []));
  return {
    version: 1,
    logs: context.logs.map(scrub),
    bytes: context.bytes,
    ...times("from", context.from),
    ...times("to", context.to),
    ...times("first", triage.first),
    ...times("last", triage.last),
    ...(context.stack === undefined ? {} : { stack: context.stack }),
    ...(context.deployedAt === undefined ? {} : { deployedAt: context.deployedAt }),
    failures: triage.failures,
    untold: triage.untold,
    causes: known,
    unknown,
    unread: unread.map((one) => ({ ...one, what: scrub(one.what), message: scrub(one.message) })),
    notes: context.notes.map(scrub),
    exitCode: known.length > 0 ? exitCodes.findings : unread.length > 0 ? exitCodes.incomplete : exitCodes.healthy,
  };
}

function times<Name extends string>(name: Name, at: number | undefined): { readonly [N in Name]?: string } {
  return (at === undefined || Number.isNaN(new Date(at).getTime()) ? {} : { [name]: new Date(at).toISOString() }) as {
    readonly [N in Name]?: string;
  };
}

interface CleanGroup extends TriageGroup {
  readonly about: string | undefined;
}

/** The group without secrets. What was cut before it could be searched for them is cut further, or read again. */
function clean(group: TriageGroup, scrub: (text: string) => string): CleanGroup {
  const scrubbed = scrub(group.example);
  const example = group.example.length < cutExample ? scrubbed : scrubbed.slice(0, -uncertain);
  const again = scrubbed === group.example ? undefined : classify(example);
  // A headline has lost the escapes of quotes, by which alone the end of a secret may be told.
  const headline = scrub(again?.headline || group.headline);
  // Captures and shapes are pieces of the text, in which a secret would no longer be recognised.
  const [best] = again === undefined ? group.candidates : again.candidates.filter(({ cause }) => cause === group.cause);
  const unchanged = headline === group.headline && again === undefined;
  return {
    ...group,
    example,
    headline,
    // The mark of a secret would break up the URL that it stands in.
    shape: unchanged ? group.shape : shapeOf(headline.replaceAll("(secret)", "secret")),
    about: best === undefined ? undefined : aboutOf(best, scrub),
    sources: group.sources.map(({ name, count }) => ({ name: scrub(name), count })),
  };
}

function aboutOf({ captures }: Candidate, scrub: (text: string) => string): string | undefined {
  const name = tellingOf(captures);
  return name === undefined ? undefined : scrub(name).trim();
}

/** Groups of one origin, the most frequent first, as one. */
function fold(groups: readonly CleanGroup[]): { readonly first: CleanGroup; readonly entry: TriageEntry } {
  const [first] = groups;
  if (first === undefined) throw new Error("There is no group to fold.");
  const starts = groups.flatMap((group) => group.first ?? []);
  const ends = groups.flatMap((group) => group.last ?? []);
  const sources = summed(groups.flatMap((group) => group.sources.map(({ name, count }) => [name, count] as const)));
  const shapes = summed(groups.map(({ shape, count }) => [shape, count] as const));
  return {
    first,
    entry: {
      count: groups.reduce((sum, { count }) => sum + count, 0),
      headline: first.headline,
      shapes: shapes.slice(0, mostShapes).map(([shape, count]) => ({ shape, count })),
      example: first.example,
      sources: sources.slice(0, mostSources).map(([name, count]) => ({ name, count })),
      ...times("first", starts.length === 0 ? undefined : Math.min(...starts)),
      ...times("last", ends.length === 0 ? undefined : Math.max(...ends)),
      histogram: first.histogram.map((_, at) => groups.reduce((sum, group) => sum + (group.histogram[at] ?? 0), 0)),
      requestIds: [...new Set(groups.flatMap((group) => group.requestIds))].slice(0, mostRequestIds),
    },
  };
}

function summed(pairs: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const [name, count] of pairs) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
}

function causeOf({ cause, about, candidates }: CleanGroup, entry: TriageEntry): TriagedCause {
  const known = causes.find(({ id }) => id === cause);
  const others = candidates.slice(1).map((candidate) => candidate.cause);
  const decides = candidates[0]?.decides;
  return {
    cause,
    ...(about === undefined ? {} : { about }),
    title: known?.title ?? cause,
    mending: known?.mending ?? "",
    ...entry,
    alternatives: others,
    ...(others.length === 0 || decides === undefined || decides === "" ? {} : { decides }),
  };
}
