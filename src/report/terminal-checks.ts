import { isGap } from "../core/build-report.ts";
import type { MissingEvidence } from "../core/check.ts";
import type { Report, SubjectResult } from "../core/report.ts";
import type { Crash, GapGroup } from "./groups.ts";
import { crashesOf, groupGaps, resultText } from "./groups.ts";
import { displayWidth, hang, listed, padEnd, phraseOf, wrap } from "./layout.ts";
import type { Page } from "./paint.ts";
import { verdictMark } from "./paint.ts";
import { proofLines } from "./terminal-proof.ts";
import { visible } from "../core/visible.ts";

const indent = 3;

/** What could not be known: the checks that wanted it, what it is, why, and what would make it known. */
export function unknownLines(report: Report, page: Page): readonly string[] {
  const gaps = groupGaps(report.incomplete).filter((gap) => isGap[gap.reason]);
  const rows = [
    ...gaps.map((gap) => ({ names: namesOf(gap.checks), texts: gapTexts(gap, report, page) })),
    ...crashesOf(report.checks).map((crash) => ({ names: [crash.check], texts: crashTexts(crash) })),
  ];
  const lines = columns(rows, page);
  // An incomplete run has said so in its verdict; in any other the reader must be told what these lines are.
  const told = report.verdict === "incomplete" || lines.length === 0;
  return told ? lines : [page.paint.strong("What could not be known:"), ...lines];
}

function gapTexts({ reason, action, whats, messages }: GapGroup, { stack }: Report, page: Page): readonly string[] {
  const most = page.verbose > 0 ? Number.POSITIVE_INFINITY : 4;
  const what = `could not read ${phraseOf(whats.map(visible), most)}`;
  const said = messages.slice(0, page.verbose > 0 ? messages.length : 3).map(visible);
  return [what, ...whyOf(reason, action, stack.caller ?? "the caller", said, page.verbose)];
}

function whyOf(
  reason: MissingEvidence["reason"],
  action: string | undefined,
  caller: string,
  messages: readonly string[],
  verbose: Page["verbose"],
): readonly string[] {
  switch (reason) {
    case "denied": {
      if (action === undefined) return [...messages, "→ cscp iam-policy --for doctor"];
      const lacks = `${visible(`${caller} lacks ${action}`)}  →  cscp iam-policy --for doctor`;
      // One of the service's own words is enough; with -vv each stands beside its subject.
      return [lacks, ...(verbose === 1 ? messages.slice(0, 1) : [])];
    }
    case "not-recorded":
      return ["the recording holds no reply  →  cscp capture", ...(verbose === 1 ? messages : [])];
    case "failed":
    case "skipped":
    case "foreign":
      return messages;
  }
}

/** A check that broke down is a fault of the tool, which costs the answer and no more. */
function crashTexts({ subjects, reason }: Crash): readonly string[] {
  return [
    visible(`crashed on ${listed(subjects, 4)}: ${reason}`),
    "This is a fault of cscp itself and says nothing about the stack.",
  ];
}

/** At most four names, the rest as a number. */
function namesOf(checks: readonly string[]): readonly string[] {
  return checks.length <= 4 ? checks : [...checks.slice(0, 3), `and ${checks.length - 3} more`];
}

interface Row {
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

/** Two columns: names one below the other, and beside them the texts; names that are too long stand above them. */
function columns(rows: readonly Row[], { width }: Page): readonly string[] {
  const widest = Math.floor((width - indent) / 2);
  const widths = rows.flatMap((row) => row.names.map(displayWidth)).filter((name) => name + 3 <= widest);
  const left = Math.max(0, ...widths) + 3;
  const margin = " ".repeat(indent);
  return rows.flatMap(({ names, texts }) => {
    const above = names.filter((name) => displayWidth(name) + 3 > left);
    const beside = above.length > 0 ? [] : names;
    const right = texts.flatMap((text) => wrap(text, width - indent - left));
    const lines = Array.from({ length: Math.max(beside.length, right.length) }, (_, at) =>
      `${margin}${padEnd(beside[at] ?? "", left)}${right[at] ?? ""}`.trimEnd(),
    );
    const heads = above.length > 0 ? names.flatMap((name) => wrap(name, width - indent)) : [];
    return [...heads.map((name) => margin + name), ...lines];
  });
}

/** A line for each check and subject; with more verbosity also what was found, and what was ignored. */
export function checkLines({ checks, ignored }: Report, page: Page): readonly string[] {
  const results = checks.flatMap((check) => check.subjects.map((result) => ({ id: check.id, result })));
  const ids = Math.max(0, ...checks.map((check) => displayWidth(check.id)));
  const labels = results.map(({ result }) => displayWidth(visible(result.subject.label)));
  const label = Math.min(24, Math.max(0, ...labels));
  const lines = results.flatMap(({ id, result }) => {
    const rows = resultRows(padEnd(id, ids), padEnd(visible(result.subject.label), label), result, page);
    return page.verbose > 1 ? [...rows, ...resultProof(result, page)] : rows;
  });
  const skipped = ignored.map((finding) => `${finding.message} (${finding.check}, ignored)`);
  const all = [...lines, ...skipped.flatMap((text) => hang("– ", wrap(visible(text), page.width - 2)))];
  return all.length === 0 ? [] : [page.paint.strong("Checks"), ...all];
}

/** Below this width a text beside its columns is no longer legible and goes under them. */
const legible = 24;

function resultRows(id: string, label: string, result: SubjectResult, { width, paint }: Page): readonly string[] {
  const left = `${id}  ${label}  `;
  const text = visible(resultText(result));
  const room = width - 2 - displayWidth(left);
  const rows =
    room >= legible
      ? hang(left, wrap(text, room))
      : [...wrap(left.trim(), width - 2), ...wrap(text, width - 6).map((line) => `    ${line}`)];
  const mark = paint.verdict[result.verdict](verdictMark[result.verdict]);
  return rows.map((row, at) => (at === 0 ? `${mark} ${row}` : `  ${row}`));
}

function resultProof(result: SubjectResult, page: Page): readonly string[] {
  const messages = (result.missing ?? []).flatMap((entry) =>
    hang("    ", wrap(visible(entry.message), page.width - 4)),
  );
  return [...messages, ...result.findings.flatMap((finding) => proofLines(finding.evidence, 4, page))];
}

/** Notes of the run, what was left out of it on request, and how many findings. */
export function noteLines(report: Report, page: Page): readonly string[] {
  const left = groupGaps(report.incomplete).filter((gap) => !isGap[gap.reason]);
  const most = page.verbose > 0 ? Number.POSITIVE_INFINITY : 3;
  const ignored = report.ignored.length;
  const notes = [
    ...left.map((gap) => listedSentences(gap.messages, most)),
    ...report.notes,
    ...(ignored > 0 ? [`${ignored} ${ignored === 1 ? "finding is" : "findings are"} left out on request.`] : []),
  ];
  return [...new Set(notes)].flatMap((note) => hang("· ", wrap(visible(note), page.width - 2))).map(page.paint.faint);
}

function listedSentences(messages: readonly string[], most: number): string {
  const rest = messages.length - most;
  return [...messages.slice(0, most), ...(rest > 0 ? [`So it is for ${rest} more.`] : [])].join(" ");
}
