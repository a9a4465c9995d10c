import { isGap } from "../core/build-report.ts";
import type { Remedy } from "../core/cause.ts";
import { remedyKinds } from "../core/cause.ts";
import type { Diagnosis, Report, Verdict } from "../core/report.ts";
import { beganText } from "./began.ts";
import { betweenMoments, timelineParts } from "./timeline.ts";
import { markdownBlock, markdownCell, markdownCode, markdownText, shortened } from "./escape.ts";
import {
  crashesOf,
  countVerdicts,
  evidenceOf,
  groupFindings,
  groupGaps,
  orderedDiagnoses,
  totalFindings,
} from "./groups.ts";
import { counted, listed, phraseOf, sentence } from "./layout.ts";
import { outcomeOf, verdictMark } from "./paint.ts";
import { proofOf } from "./proof.ts";
import { remedyKey, remedyLabel, shownRemedy } from "./remedy.ts";
import { clock, duration, endOf } from "./time.ts";

/** A piece of the comment that is there as a whole or not at all. The lower its rank, the sooner it has a place. */
interface Piece {
  readonly rank: number;
  readonly lines: readonly string[];
  /** The piece without which this one has no place. */
  readonly under?: Piece;
}

/** A comment is read in a list of comments: what does not fit belongs into the report itself. */
const mostLines = 59;
/** The longest comment that GitHub takes is 65,536 characters (its REST API's limit for a comment's body). */
const mostCharacters = 60_000;
const mostText = 400;
/** Two lines of a window of usual width. */
const mostTimeline = 200;
const mostDiagnoses = 8;
const mostProofs = 6;

/**
 * The report as a comment on a ticket or a pull request: under 60 lines whatever the report holds. It names no account
 * and no caller, since such a comment may be public. Ends with a line break.
 */
export function renderMarkdown(report: Report): string {
  return `${fitted(pieces(report), mostLines).join("\n")}\n`;
}

/** The report with every check in a table that folds, for a page that has room. */
export function renderLongMarkdown(report: Report): string {
  const body = fitted(pieces(report), 400);
  return `${[...body, "", ...checkTable(report)].join("\n")}\n`;
}

/** Takes the pieces that fit, the important ones first, and gives them in their own order. */
function fitted(all: readonly Piece[], room: number): readonly string[] {
  const taken = new Set<Piece>();
  // Two lines are kept for what is said where something is left out.
  let lines = room - 2;
  let characters = mostCharacters;
  for (const piece of all.toSorted((a, b) => a.rank - b.rank)) {
    const length = piece.lines.reduce((sum, line) => sum + line.length + 1, 0);
    const orphan = piece.under !== undefined && !taken.has(piece.under);
    if (orphan || piece.lines.length > lines || length > characters) continue;
    taken.add(piece);
    lines -= piece.lines.length;
    characters -= length;
  }
  const left = all.length - taken.size;
  const rest = left === 0 ? [] : ["", `_${counted(left, "part")} of the report did not fit here._`];
  return [...all.filter((piece) => taken.has(piece)).flatMap((piece) => piece.lines), ...rest];
}

function pieces(report: Report): readonly Piece[] {
  const diagnoses = orderedDiagnoses(report.diagnoses);
  const shown = diagnoses.slice(0, mostDiagnoses);
  const more = diagnoses.length - shown.length;
  return [
    {
      rank: 0,
      lines: [`### ${markdownText(outcomeOf(report).text)} ${prose(report.summary)}`, "", headText(report)],
    },
    ...shown.flatMap((_, index) => diagnosisPieces(shown, index, report)),
    ...(more > 0 ? [{ rank: 1, lines: ["", `${counted(more, "more cause")}, lesser than these.`] }] : []),
    ...unexplainedPieces(report),
    ...gapPieces(report),
    ...notePieces(report),
    { rank: 0, lines: ["", countText(report)] },
  ];
}

const prose = (text: string): string => markdownText(shortened(text, mostText));

function headText(report: Report): string {
  const { name, region, deployedAt } = report.stack;
  const deployed = deployedAt === undefined ? [] : [`deployed ${prose(clock(deployedAt, endOf(report)))} UTC`];
  return [markdownCode(shortened(name, mostText)), prose(region), ...deployed].join(" · ");
}

function diagnosisPieces(all: readonly Diagnosis[], index: number, report: Report): readonly Piece[] {
  const diagnosis = all[index];
  if (diagnosis === undefined) return [];
  const { headline, confidence, cause, summary, decides, explains, remedies } = diagnosis;
  const open =
    confidence === "certain" || decides === undefined ? "" : ` ${sentence(`What would decide: ${prose(decides)}`)}`;
  const began = beganText(diagnosis, endOf(report));
  const when = began === undefined ? "" : ` ${prose(began)}`;
  const timeline = timelineParts(
    diagnosis,
    endOf(report),
    (parts) => parts.join(betweenMoments).length <= mostTimeline,
  ).join(betweenMoments);
  const explained = `Explains ${explains.length} of ${counted(totalFindings(report), "finding")}.`;
  const ordered = remedyKinds.flatMap((kind) => remedies.filter((remedy) => remedy.kind === kind));
  return [
    {
      rank: 1 + index / 100,
      lines: ["", `**${index + 1}. ${prose(headline)}** (${confidence}, ${markdownCode(cause)})`],
    },
    { rank: 10 + index, lines: ["", `${sentence(prose(summary))}${when}${open} ${explained}`] },
    ...(timeline === "" ? [] : [{ rank: 15 + index, lines: ["", prose(timeline)] }]),
    ...proofPieces(diagnosis, index, report),
    ...ordered
      .filter((remedy) => !repeatedBelow(all, index, remedy))
      .map((remedy, at) => ({ rank: 20 + index + at / 10, lines: remedyLines(shownRemedy(all, index, remedy)) })),
  ];
}

/** What verifies several diagnoses is said once, under the last of them. */
function repeatedBelow(all: readonly Diagnosis[], index: number, remedy: Remedy): boolean {
  if (remedy.kind !== "verify" || remedy.commands.length === 0) return false;
  const key = remedyKey(remedy);
  return all.slice(index + 1).some((other) => other.remedies.some((entry) => remedyKey(entry) === key));
}

function proofPieces(diagnosis: Diagnosis, index: number, report: Report): readonly Piece[] {
  const options = { deployedAt: report.stack.deployedAt, now: endOf(report) };
  const proofs = proofOf(evidenceOf(diagnosis), options);
  let place = "";
  const rows = proofs.slice(0, mostProofs).map(({ where, says }) => {
    place = where === "" ? place : where;
    // The last line of several is what was raised at the end of a stack trace.
    const line = says.length > 1 ? `… ${says.at(-1)?.trim() ?? ""}` : (says[0] ?? "");
    return `- ${prose(place)}: ${markdownCode(shortened(line, mostText))}`;
  });
  return listPieces([""], rows, 1, 30 + index, 31 + index);
}

/** A head with its first rows, and the other rows one by one. */
function listPieces(
  head: readonly string[],
  rows: readonly string[],
  first: number,
  rank: number,
  more: number,
): readonly Piece[] {
  if (rows.length === 0) return [];
  const top: Piece = { rank, lines: [...head, ...rows.slice(0, first)] };
  return [top, ...rows.slice(first).map((row) => ({ rank: more, lines: [row], under: top }))];
}

function remedyLines({ kind, title, commands, variables, placeholders = [], advice }: Remedy): readonly string[] {
  const set = Object.entries(variables ?? {}).map(([name, holds]) =>
    sentence(`Set the shell variable ${markdownCode(name)} first: ${prose(holds)}`),
  );
  const fill = placeholders.length === 0 ? [] : [`Fill in ${listed(placeholders.map(markdownCode))}.`];
  const sentences = [
    sentence(prose(title)),
    ...(advice === undefined ? [] : [sentence(prose(advice))]),
    ...set,
    ...fill,
  ];
  const code = commands.length === 0 ? [] : markdownBlock(commands.join("\n"), "sh");
  return ["", `Fix, ${remedyLabel[kind]}: ${sentences.join(" ")}`, ...code];
}

function unexplainedPieces({ unexplained, diagnoses }: Report): readonly Piece[] {
  const head = diagnoses.length === 0 ? "No known cause explains" : "No cause above explains";
  const rows = groupFindings(unexplained).map(({ finding, others }) => {
    const same =
      others.length === 0
        ? ""
        : ` The same holds for ${listed(
            others.map((other) => prose(other.label)),
            5,
          )}.`;
    return `- ${finding.severity}: ${prose(finding.message)}${same} (${markdownCode(finding.check)})`;
  });
  return listPieces(["", `${head} ${counted(unexplained.length, "finding")}:`, ""], rows, 4, 2, 40);
}

function gapPieces({ incomplete, checks }: Report): readonly Piece[] {
  const gaps = groupGaps(incomplete)
    .filter((gap) => isGap[gap.reason])
    .map(({ checks: wanting, whats, action, messages }) => {
      const why = action === undefined ? prose(messages[0] ?? "") : `lacking ${markdownCode(action)}`;
      return `- ${listed(wanting.map(markdownCode), 4)}: could not read ${phraseOf(whats.map(prose), 3)}: ${why}`;
    });
  const crashes = crashesOf(checks).map(
    ({ check, reason, subjects }) =>
      `- ${markdownCode(check)}: crashed on ${listed(subjects.map(prose), 3)}: ${prose(reason)}`,
  );
  return listPieces(["", "What could not be known:", ""], [...gaps, ...crashes], 4, 3, 50);
}

function notePieces({ notes, incomplete, ignored }: Report): readonly Piece[] {
  const left = groupGaps(incomplete).filter((gap) => !isGap[gap.reason]);
  const said = [...left.flatMap((gap) => gap.messages.slice(0, 1)), ...notes];
  const rows = [...new Set(said)].map((note) => `- ${prose(note)}`);
  if (ignored.length > 0) rows.push(`- ${counted(ignored.length, "finding is", "findings are")} left out on request.`);
  return listPieces(["", "Notes:", ""], rows, 1, 60, 61);
}

function countText({ checks, durationMs, requests, exitCode, tool }: Report): string {
  const counts = countVerdicts(checks);
  const parts = (["pass", "fail", "unknown", "not-applicable", "crashed"] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdictWord[verdict]}`);
  const run = [duration(durationMs), counted(requests, "request"), `exit ${exitCode}`, `cscp ${prose(tool.version)}`];
  return [`Checked ${checks.length}: ${parts.join(", ")}`, ...run].join(" · ");
}

const verdictWord: Readonly<Record<Verdict, string>> = {
  pass: "pass",
  fail: "fail",
  unknown: "unknown",
  "not-applicable": "not applicable",
  crashed: "crashed",
};

function checkTable({ checks }: Report): readonly string[] {
  const rows = checks.map((check) => {
    const counts = countVerdicts(check.subjects);
    const said = (Object.keys(verdictWord) as Verdict[])
      .filter((verdict) => counts[verdict] > 0)
      .map((verdict) => `${counts[verdict]} ${verdictWord[verdict]}`);
    return `| ${verdictMark[check.verdict]} | ${markdownCell(markdownCode(check.id))} | ${markdownCell(prose(check.title))} | ${said.join(", ")} |`;
  });
  const head = ["| | Check | What it makes sure of | Subjects |", "| --- | --- | --- | --- |"];
  return ["<details>", `<summary>${counted(checks.length, "check")}</summary>`, "", ...head, ...rows, "", "</details>"];
}
