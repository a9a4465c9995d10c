import * as z from "zod";
import type { DiagnoseResult } from "./diagnose.ts";
import { atLeast, findingKey, severities, type Finding, type Severity } from "./finding.ts";
import type { JsonValue } from "./json.ts";
import { leaveOut } from "./leave-out.ts";
import type { CheckReport, Diagnosis } from "./report.ts";

const entrySchema = () =>
  z.strictObject({
    finding: z.string().min(1).describe("The key of the finding, as --update-baseline writes it."),
    message: z.string().optional().describe("What was found when the entry was made, for the reader."),
    reason: z.string().trim().min(1).describe("Why the finding is accepted for now."),
    expires: z.iso.date().describe("The last day on which it is accepted, in UTC: 2027-01-31."),
  });

/** A file of findings that are known, so that a gate fails on new ones only. */
const baselineSchema = z.lazy(() =>
  z.strictObject({
    $schema: z.string().optional(),
    version: z.literal(1).describe("The version of this format."),
    entries: z.array(entrySchema()).describe("The findings that are known."),
  }),
);

export type Baseline = z.infer<typeof baselineSchema>;
export type BaselineEntry = Baseline["entries"][number];

/** The JSON schema of a baseline, as it is published for editors. */
export function baselineJsonSchema(): JsonValue {
  return z.toJSONSchema(baselineSchema, { io: "input" }) as JsonValue;
}

/**
 * Reads a baseline.
 * @throws Error that says in one sentence for each fault where it is and what is wrong; a usage error.
 */
export function parseBaseline(json: unknown): Baseline {
  const parsed = baselineSchema.safeParse(json);
  if (!parsed.success) {
    const [first, ...others] = parsed.error.issues;
    const more = others.length === 0 ? "" : ` ${counted(others.length, "fault", "faults")} more like it.`;
    throw new Error(`${placeOf(first?.path ?? [], json)} is not as it must be: ${ended(first?.message ?? "")}${more}`);
  }
  const keys = parsed.data.entries.map((entry) => entry.finding);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new Error(`It holds the finding ${JSON.stringify(twice)} twice.`);
  return parsed.data;
}

/** Where in the file something is, with the finding that its entry names. */
function placeOf(path: readonly PropertyKey[], json: unknown): string {
  const [list, index, ...rest] = path;
  if (list === undefined) return "It";
  if (list !== "entries" || typeof index !== "number") return `Its ${path.join(".")}`;
  const { entries } = json as { readonly entries: readonly { readonly finding?: unknown }[] };
  const finding = entries[index]?.finding;
  const named = typeof finding === "string" && rest[0] !== "finding" ? ` (${nameOf({ finding })})` : "";
  return `Its ${rest.length === 0 ? "" : `${rest.join(".")} of `}entry ${index + 1}${named}`;
}

/** What a baseline changes in the result of a run. */
export interface BaselineResult {
  readonly checks: readonly CheckReport[];
  readonly diagnosis: DiagnoseResult;
  /** The findings that it holds as known. */
  readonly known: readonly Finding[];
  readonly notes: readonly string[];
}

/**
 * Takes known findings out of a result. Causes were looked for with all of them in view, so that a new symptom of a known
 * cause is still explained; a diagnosis that only explains known findings becomes a note. What is known no longer,
 * since its entry expired before `today` (2027-01-31), or has no reason yet, counts and says so.
 */
export function applyBaseline(
  { entries }: Baseline,
  { checks, diagnosis }: Pick<BaselineResult, "checks" | "diagnosis">,
  today: string,
): BaselineResult {
  const byKey = new Map(entries.map((entry) => [entry.finding, entry]));
  const isKnown = (finding: Finding): boolean => {
    const entry = byKey.get(findingKey(finding));
    return entry !== undefined && holds(entry, today);
  };
  const { checks: kept, left } = leaveOut(checks, isKnown, "Its findings are in the baseline.");
  const found = new Set(findingsOf(checks).map(findingKey));
  const marked = (finding: Finding): Finding => {
    const entry = byKey.get(findingKey(finding));
    return entry === undefined ? finding : { ...finding, message: `${finding.message} ${expiredText(entry)}` };
  };
  return {
    checks: kept.map((check) => ({
      ...check,
      subjects: check.subjects.map((result) => ({ ...result, findings: result.findings.map(marked) })),
    })),
    diagnosis: {
      diagnoses: diagnosis.diagnoses.flatMap((one) => stillNew(one, isKnown, byKey, marked)),
      unexplained: diagnosis.unexplained.filter((finding) => !isKnown(finding)).map(marked),
    },
    known: left,
    notes: [
      ...knownNotes(left, byKey, diagnosis.diagnoses),
      ...expiredNotes(entries, found, today),
      ...staleNotes(entries, checks),
      ...reasonNotes(entries),
    ],
  };
}

/** The diagnosis without the findings that are known; none when it explains nothing else. */
function stillNew(
  diagnosis: Diagnosis,
  isKnown: (finding: Finding) => boolean,
  byKey: ReadonlyMap<string, BaselineEntry>,
  marked: (finding: Finding) => Finding,
): readonly Diagnosis[] {
  const explains = diagnosis.explains.filter((finding) => !isKnown(finding));
  if (explains.length === 0) return [];
  const expired = explains.flatMap((finding) => byKey.get(findingKey(finding)) ?? []);
  const severity = severities.findLast((level) => explains.some((finding) => finding.severity === level));
  return [
    {
      ...diagnosis,
      severity: severity ?? diagnosis.severity,
      summary: [diagnosis.summary, ...new Set(expired.map(expiredText))].join(" "),
      explains: explains.map(marked),
    },
  ];
}

function holds(entry: BaselineEntry, today: string): boolean {
  return !isExpired(entry, today) && entry.reason !== noReason;
}

function isExpired({ expires }: BaselineEntry, today: string): boolean {
  return expires < today;
}

function expiredText({ expires, reason }: BaselineEntry): string {
  if (reason === noReason) return "The baseline has no reason for it yet.";
  return `The baseline accepted it until ${expires}: ${ended(reason)}`;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One note for each reason and date, however many findings share them, with what is wrong. */
function knownNotes(
  known: readonly Finding[],
  byKey: ReadonlyMap<string, BaselineEntry>,
  diagnoses: readonly Diagnosis[],
): readonly string[] {
  const groups = new Map<string, { readonly entry: BaselineEntry; readonly accepted: readonly Finding[] }>();
  for (const finding of known) {
    const entry = byKey.get(findingKey(finding));
    if (entry === undefined) continue;
    const key = `${entry.expires} ${entry.reason}`;
    groups.set(key, { entry, accepted: [...(groups.get(key)?.accepted ?? []), finding] });
  }
  return [...groups.values()].map(({ entry, accepted }) => {
    const count = counted(accepted.length, "finding", "findings");
    return `The baseline accepts ${count} until ${entry.expires}: ${ended(entry.reason)} ${acceptedText(accepted, diagnoses)}`;
  });
}

const mostNamed = 4;

/** The causes of what is accepted, then the findings that none explains, a sentence each. */
function acceptedText(accepted: readonly Finding[], diagnoses: readonly Diagnosis[]): string {
  const keys = new Set(accepted.map(findingKey));
  const known = diagnoses.filter(({ explains }) => explains.some((finding) => keys.has(findingKey(finding))));
  const explained = new Set(known.flatMap(({ explains }) => explains.map(findingKey)));
  const sentences = [
    ...known.map(({ headline, cause }) => `${headline.replace(/\.$/, "")} (${cause}).`),
    ...accepted.filter((finding) => !explained.has(findingKey(finding))).map(({ message }) => ended(message)),
  ];
  const rest = sentences.length - mostNamed;
  return [...sentences.slice(0, mostNamed), ...(rest > 0 ? [`And ${rest} more.`] : [])].join(" ");
}

function expiredNotes(entries: readonly BaselineEntry[], found: ReadonlySet<string>, today: string): readonly string[] {
  return entries
    .filter((entry) => found.has(entry.finding) && isExpired(entry, today))
    .map(
      (entry) =>
        `The baseline's entry for ${nameOf(entry)} expired on ${entry.expires}, and the finding is still there: ${ended(entry.reason)}`,
    );
}

function staleNotes(entries: readonly BaselineEntry[], checks: readonly CheckReport[]): readonly string[] {
  const stale = entries.filter((entry) => isStale(entry, checks));
  if (stale.length === 0) return [];
  const [first] = stale;
  const which = stale.length === 1 && first !== undefined ? ` (${nameOf(first)})` : "";
  return [
    `${counted(stale.length, "entry of the baseline fits", "entries of the baseline fit")} no finding any more${which}; --update-baseline takes out what is gone.`,
  ];
}

function reasonNotes(entries: readonly BaselineEntry[]): readonly string[] {
  const open = entries.filter((entry) => entry.reason === noReason).length;
  return open === 0
    ? []
    : [
        `${counted(open, "entry of the baseline has no reason yet and does", "entries of the baseline have no reason yet and do")} not hold until one is given.`,
      ];
}

/** `known-errors on function:GetUsage`, from the entry's key. */
function nameOf({ finding }: Pick<BaselineEntry, "finding">): string {
  const [check = finding, , subject] = finding.split(" ");
  return subject === undefined ? check : `${check} on ${subject}`;
}

/** True when the check ran, knew everything it needed, and did not find this. */
function isStale({ finding }: BaselineEntry, checks: readonly CheckReport[]): boolean {
  const check = checks.find(({ id }) => finding.startsWith(`${id} `));
  if (check === undefined) return false;
  if (check.subjects.some(({ verdict }) => verdict === "unknown" || verdict === "crashed")) return false;
  return !findingsOf([check]).some((found) => findingKey(found) === finding);
}

function findingsOf(checks: readonly CheckReport[]): readonly Finding[] {
  return checks.flatMap((check) => check.subjects.flatMap((result) => result.findings));
}

/** Stands for a reason that nobody has given yet. */
export const noReason = "<REASON>";

export interface BaselineUpdate {
  readonly baseline: Baseline;
  readonly added: number;
  /** Entries that had expired or had no reason, and hold from now on. */
  readonly renewed: number;
  readonly removed: number;
  /** Entries that had expired and stay so, since no reason was given to accept them any longer. */
  readonly expired: number;
}

/**
 * The baseline that, with a reason, makes this result pass: every finding at which it would fail is in it. Entries that
 * still hold stay as they are, those whose finding is gone are taken out, unless their check could not be run to its end.
 * What had expired is to be thought over: it holds again only with a reason of today.
 */
export function updateBaseline(
  previous: Baseline | undefined,
  checks: readonly CheckReport[],
  options: {
    readonly failOn: Severity;
    /** 2027-01-31, in UTC. */
    readonly today: string;
    readonly expires: string;
    readonly reason: string | undefined;
  },
): BaselineUpdate {
  const { failOn, today, expires, reason } = options;
  const isRenewed = (entry: BaselineEntry): boolean =>
    reason !== undefined && (isExpired(entry, today) || entry.reason === noReason);
  const before = new Map((previous?.entries ?? []).map((entry) => [entry.finding, entry]));
  const failing = new Map(
    findingsOf(checks)
      .filter((finding) => atLeast(finding.severity, failOn))
      .map((finding) => [findingKey(finding), finding]),
  );
  const entries = new Map([...before].filter(([key, entry]) => !failing.has(key) && !isStale(entry, checks)));
  const removed = [...before.keys()].filter((key) => !failing.has(key) && !entries.has(key)).length;
  let added = 0;
  let renewed = 0;
  for (const [key, { message }] of failing) {
    const entry = before.get(key);
    if (entry === undefined) added += 1;
    else if (isRenewed(entry)) renewed += 1;
    entries.set(
      key,
      entry === undefined
        ? { finding: key, message, reason: reason ?? noReason, expires }
        : isRenewed(entry)
          ? { ...entry, message, reason: reason ?? entry.reason, expires }
          : entry,
    );
  }
  const sorted = [...entries.values()].toSorted((a, b) => (a.finding < b.finding ? -1 : 1));
  return {
    baseline: {
      ...(previous?.$schema === undefined ? {} : { $schema: previous.$schema }),
      version: 1,
      entries: sorted,
    },
    added,
    renewed,
    removed,
    expired: sorted.filter((entry) => entry.reason !== noReason && isExpired(entry, today)).length,
  };
}
