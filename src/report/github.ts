import { isGap } from "../core/build-report.ts";
import type { Evidence, Severity } from "../core/finding.ts";
import type { Report } from "../core/report.ts";
import { crashesOf, evidenceOf, groupFindings, groupGaps, orderedDiagnoses } from "./groups.ts";
import { counted, listed, phraseOf } from "./layout.ts";
import { renderLongMarkdown } from "./markdown.ts";
import { outcomeOf } from "./paint.ts";
import { remedyLabel } from "./remedy.ts";
import { visible, visibleLines } from "../core/visible.ts";

const level: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" };

interface Annotation {
  readonly level: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly evidence: readonly Evidence[];
}

/**
 * The report as workflow commands of GitHub Actions, one a line: an annotation for each cause, each finding that
 * nothing explains, and what could not be known. A file and line of the project is named where the proof names one.
 */
export function renderGithub(report: Report): string {
  const annotations: readonly Annotation[] = [
    ...orderedDiagnoses(report.diagnoses).map(({ severity, cause, headline, summary, remedies, ...diagnosis }) => ({
      level: level[severity],
      title: `cscp ${cause}`,
      lines: [
        visible(headline),
        ...visibleLines(summary),
        ...remedies.flatMap((remedy) => [
          visible(`Fix, ${remedyLabel[remedy.kind]}: ${remedy.title}`),
          ...remedy.commands.flatMap(visibleLines),
        ]),
      ],
      evidence: evidenceOf({ severity, cause, headline, summary, remedies, ...diagnosis }),
    })),
    ...groupFindings(report.unexplained).map(({ finding, others, evidence }) => ({
      level: level[finding.severity],
      title: `cscp ${finding.check}`,
      lines: [
        visible(finding.message),
        ...(others.length === 0
          ? []
          : [
              visible(
                `The same holds for ${listed(
                  others.map((other) => other.label),
                  8,
                )}.`,
              ),
            ]),
      ],
      evidence,
    })),
    ...gapAnnotations(report),
    ...crashesOf(report.checks).map(({ check, reason, subjects }) => ({
      level: "warning",
      title: `cscp ${check}`,
      lines: [visible(`The check crashed on ${listed(subjects, 4)}: ${reason}`), "This is a fault of cscp itself."],
      evidence: [],
    })),
    {
      level: "notice",
      title: `cscp ${report.stack.name}`,
      lines: [visible(`${outcomeOf(report).text} ${report.summary} (${counted(report.checks.length, "check")})`)],
      evidence: [],
    },
  ];
  return `${annotations.map(commandOf).join("\n")}\n`;
}

/** The page of a job's summary (`$GITHUB_STEP_SUMMARY`): the report in Markdown, every check in a table that folds. */
export function renderGithubSummary(report: Report): string {
  return renderLongMarkdown(report);
}

function gapAnnotations({ incomplete }: Report): readonly Annotation[] {
  return groupGaps(incomplete)
    .filter((gap) => isGap[gap.reason])
    .map(({ checks, whats, action, messages }) => ({
      level: "warning",
      title: `cscp ${listed(checks, 3)}`,
      lines: [
        visible(`Could not read ${phraseOf(whats, 4)}.`),
        ...(action === undefined ? messages.slice(0, 3).map(visible) : [visible(`The caller lacks ${action}.`)]),
      ],
      evidence: [],
    }));
}

function commandOf(annotation: Annotation): string {
  const place = placeOf(annotation.evidence);
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`]),
    `title=${property(visible(annotation.title))}`,
  ];
  return `::${annotation.level} ${properties.join(",")}::${data(annotation.lines.join("\n"))}`;
}

/** The first file and line that the evidence names in the project, `samconfig.toml:12` for example. */
function placeOf(evidence: readonly Evidence[]): { readonly file: string; readonly line: string } | undefined {
  for (const { kind, where } of evidence) {
    const match = kind === "project" ? /^(\S+?):(\d+)\b/.exec(where) : null;
    if (match !== null) return { file: visible(match[1] ?? ""), line: match[2] ?? "" };
  }
  return undefined;
}

/** The message of a workflow command: the runner reads it to the end of the line and decodes these three. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** A property of a workflow command, in which colon and comma have a meaning too. */
function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
