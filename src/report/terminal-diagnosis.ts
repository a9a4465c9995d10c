import type { Confidence, Remedy } from "../core/cause.ts";
import { remedyKinds } from "../core/cause.ts";
import type { Diagnosis } from "../core/report.ts";
import type { Subject } from "../core/subject.ts";
import { beganText } from "./began.ts";
import { layoutCommand } from "./command.ts";
import { evidenceOf } from "./groups.ts";
import { counted, displayWidth, flow, hang, listed, padEnd, sentence, wrap } from "./layout.ts";
import type { Page, Paint } from "./paint.ts";
import { remedyKey, remedyLabel, shownRemedy } from "./remedy.ts";
import { proofLines } from "./terminal-proof.ts";
import { betweenMoments, timelineParts } from "./timeline.ts";
import { visible, visibleLines } from "../core/visible.ts";

const indent = 3;
const column = 10;
const commandIndent = column + 2;
const mostTimelineLines = 2;
const labelWidth = Math.max(...Object.values(remedyLabel).map((label) => label.length)) + 2;

/** What stands outside a diagnosis: how many findings there are in all, and the verification that several share. */
interface Around {
  readonly total: number;
  readonly shared: SharedVerification | undefined;
}

interface SharedVerification {
  readonly key: string;
  lines(page: Page): readonly string[];
}

/** The way to verify that several diagnoses name, to be printed once below them all. */
export function sharedVerification(diagnoses: readonly Diagnosis[]): SharedVerification | undefined {
  const seen = new Map<string, number>();
  for (const diagnosis of diagnoses) {
    const keys = diagnosis.remedies
      .filter((remedy) => remedy.kind === "verify" && remedy.commands.length > 0)
      .map(remedyKey);
    for (const key of new Set(keys)) seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const key = [...seen].find(([, count]) => count > 1)?.[0];
  const remedy = diagnoses.flatMap((diagnosis) => diagnosis.remedies).find((entry) => remedyKey(entry) === key);
  if (key === undefined || remedy === undefined) return undefined;
  return { key, lines: (page) => remedyLines(remedy, "Then", page) };
}

/** One diagnosis: what it is, what happens, the proof, the mending, and how much it explains. */
export function diagnosisLines(
  all: readonly Diagnosis[],
  index: number,
  around: Around,
  page: Page,
): readonly string[] {
  const diagnosis = all[index];
  if (diagnosis === undefined) return [];
  const { width, paint } = page;
  const body = (text: string): readonly string[] => hang(" ".repeat(indent), wrap(visible(text), width - indent));
  const decides = diagnosis.decides === undefined || diagnosis.confidence === "certain" ? "" : diagnosis.decides;
  const began = beganText(diagnosis, page.now);
  const inRows = (parts: readonly string[]): readonly string[] =>
    hang(" ".repeat(indent), flow(parts.map(visible), betweenMoments, width - indent));
  const timeline = timelineParts(diagnosis, page.now, (parts) => inRows(parts).length <= mostTimelineLines);
  const proof = proofLines(evidenceOf(diagnosis), column, page);
  const concerned = concernedText(diagnosis.subjects);
  return [
    ...headLines(diagnosis, `${index + 1}`, page),
    ...body(began === undefined ? diagnosis.summary : `${sentence(diagnosis.summary)} ${began}`),
    ...(timeline.length === 0 ? [] : inRows(timeline).map(paint.faint)),
    ...(decides === "" ? [] : body(sentence(`What would decide: ${decides}`))),
    ...(page.verbose > 0 && concerned !== "" ? body(`Concerns ${concerned}.`) : []),
    ...(proof.length === 0 ? [] : ["", ...labelled("Proof", proof, paint)]),
    ...fixLines(all, index, around, page),
    "",
    ...body(explainsText(diagnosis, around.total)).map(paint.faint),
  ];
}

/** What is concerned, each once: a database goes by the name of a function that uses it, which may be named itself. */
function concernedText(subjects: readonly Subject[]): string {
  const databases = subjects.filter(({ kind }) => kind === "database");
  const others = subjects.filter(({ kind }) => kind !== "database");
  if (!databases.every(({ label }) => others.some((other) => label.endsWith(` ${other.label}`))))
    return listed(subjects.map(({ label }) => label));
  const theirs = `${others.length === 1 ? "its" : "their"} ${databases.length === 1 ? "database" : "databases"}`;
  return listed([...others.map(({ label }) => label), ...(databases.length === 0 ? [] : [theirs])]);
}

/** A diagnosis without its proof, for a report that has shown that already: what it is, what happens, the mending. */
export function mendingLines(all: readonly Diagnosis[], index: number, page: Page): readonly string[] {
  const diagnosis = all[index];
  if (diagnosis === undefined) return [];
  const summary = hang(" ".repeat(indent), wrap(visible(diagnosis.summary), page.width - indent));
  return [
    ...headLines(diagnosis, `${index + 1}`, page),
    ...summary,
    ...fixLines(all, index, { total: 0, shared: undefined }, page),
  ];
}

/** Remedies that belong to no diagnosis, in the order in which they are applied. */
export function remediesLines(remedies: readonly Remedy[], page: Page): readonly string[] {
  const ordered = remedyKinds.flatMap((kind) => remedies.filter((remedy) => remedy.kind === kind));
  return ordered.flatMap((remedy, at) => remedyLines(remedy, at === 0 ? "Fix" : "", page));
}

function headLines({ headline, confidence }: Diagnosis, number: string, { width, paint }: Page): readonly string[] {
  const left = padEnd(number, indent);
  const lines = wrap(visible(headline), width - left.length - confidence.length - 2);
  return lines.map((line, at) => {
    if (at > 0) return " ".repeat(left.length) + paint.strong(line);
    const gap = " ".repeat(width - left.length - displayWidth(line) - confidence.length);
    return paint.strong(left + line) + gap + confidencePaint(confidence, paint);
  });
}

function confidencePaint(confidence: Confidence, paint: Paint): string {
  switch (confidence) {
    case "certain":
      return paint.strong(confidence);
    case "likely":
      return confidence;
    case "possible":
      return paint.faint(confidence);
  }
}

function explainsText({ explains, cause }: Diagnosis, total: number): string {
  return `Explains ${explains.length} of ${counted(total, "finding")}. More: cscp explain ${cause}`;
}

/** Writes a label into the indentation of the first of some lines. */
function labelled(label: string, lines: readonly string[], paint: Paint): readonly string[] {
  const [first = "", ...more] = lines;
  const head = " ".repeat(indent) + paint.strong(label) + " ".repeat(column - indent - label.length);
  return [head + first.slice(column), ...more];
}

function fixLines(all: readonly Diagnosis[], index: number, { shared }: Around, page: Page): readonly string[] {
  const remedies = remedyKinds.flatMap((kind) => (all[index]?.remedies ?? []).filter((remedy) => remedy.kind === kind));
  const own = remedies
    .filter((remedy) => remedyKey(remedy) !== shared?.key)
    .map((remedy) => shownRemedy(all, index, remedy));
  const lines = own.flatMap((remedy, at) => {
    const label = at === 0 ? "Fix" : "";
    const before = remedy.commands.length === 0 ? -1 : earlier(all, index, remedy);
    return before === -1
      ? remedyLines(remedy, label, page)
      : headed(remedy, label, [`As in ${before + 1}.`], page.paint);
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The diagnosis above that printed the same commands already, or -1. */
function earlier(all: readonly Diagnosis[], index: number, remedy: Remedy): number {
  return all
    .slice(0, index)
    .findIndex((other) => other.remedies.some((entry) => remedyKey(entry) === remedyKey(remedy)));
}

/** What stands beside a remedy's label, line by line. */
function headed(remedy: Remedy, label: string, lines: readonly string[], paint: Paint): readonly string[] {
  const left = padEnd(label, column - indent) + padEnd(remedyLabel[remedy.kind], labelWidth);
  const [first = "", ...more] = lines;
  const head = paint.strong(first === "" ? left.trimEnd() : left) + first;
  return [head, ...more.map((line) => " ".repeat(left.length) + line)].map((line) => " ".repeat(indent) + line);
}

function remedyLines(remedy: Remedy, label: string, page: Page): readonly string[] {
  const { advice, variables, placeholders = [], commands } = remedy;
  const short = briefVerification(remedy, page.width - column - labelWidth);
  if (short !== undefined) return headed(remedy, label, [page.paint.command(short)], page.paint);
  const under = column + labelWidth;
  const prose = (text: string): readonly string[] => hang(" ".repeat(under), wrap(visible(text), page.width - under));
  return [
    ...headed(remedy, label, wrap(visible(remedy.title), page.width - under), page.paint),
    ...(advice === undefined ? [] : prose(advice)),
    ...Object.entries(variables ?? {}).flatMap(([name, holds]) =>
      prose(sentence(`Set the shell variable ${name} first: ${holds}`)),
    ),
    ...(placeholders.length === 0 ? [] : prose(`Fill in ${placeholders.join(", ")}.`)),
    ...commands.flatMap((command) => commandLines(command, page)),
  ];
}

/** The one short command that verifies needs no sentence of its own. */
function briefVerification({ kind, commands, ...rest }: Remedy, room: number): string | undefined {
  const [command = "", ...more] = commands.map(visible);
  const bare = kind === "verify" && rest.advice === undefined && rest.variables === undefined;
  const fits = command !== "" && more.length === 0 && command === commands[0] && displayWidth(command) <= room;
  return bare && fits && (rest.placeholders ?? []).length === 0 ? command : undefined;
}

/** A command that can be copied: indented, or from the left edge where an indentation would change what it means. */
function commandLines(command: string, { width, paint }: Page): readonly string[] {
  const text = visibleLines(command).join("\n");
  const indented = layoutCommand(text, width - commandIndent);
  const { lines, margin } = indented.flushLeft
    ? { lines: layoutCommand(text, width).lines, margin: "" }
    : { lines: indented.lines, margin: " ".repeat(commandIndent) };
  return lines.map((line) => (line === "" ? "" : margin + paint.command(line)));
}
