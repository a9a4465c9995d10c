import type { Evidence } from "../core/finding.ts";
import { counted, displayWidth, padEnd, wrap, wrapLine } from "./layout.ts";
import type { Page } from "./paint.ts";
import type { Proof } from "./proof.ts";
import { proofOf } from "./proof.ts";

/** Observations shown before "and N more", and lines of one text shown; with `-v` all of them. */
const mostObservations = 8;
const mostLines = 6;
/** The widest column for the places; a longer place stands on a line of its own. */
const placeColumn = 28;

/** Evidence as aligned rows `where   says`, all of them `indent` columns from the left. */
export function proofLines(evidence: readonly Evidence[], indent: number, page: Page): readonly string[] {
  const { deployedAt, now, verbose, paint } = page;
  const everything = verbose > 0 ? { places: Number.POSITIVE_INFINITY } : { fold: true };
  const all = proofOf(evidence, { deployedAt, now, ...everything });
  const shown = verbose > 0 || all.length <= mostObservations ? all : mostTelling(all);
  const beside = shown.filter((proof) => !proof.below).map((proof) => displayWidth(proof.where));
  const widest = Math.min(placeColumn, Math.floor((page.width - indent) / 2));
  const column = Math.max(0, ...beside.filter((width) => width <= widest));
  const room = page.width - indent;
  const lines = shown.flatMap((proof) => rowLines(proof, column, room, page));
  const hidden = all.length - shown.length;
  const rest = hidden === 0 ? [] : [paint.faint(`and ${counted(hidden, "more observation")}: -v`)];
  return [...lines, ...rest].map((line) => " ".repeat(indent) + line);
}

/** The first observations, with what callers see among them: a status is the proof that everybody understands. */
function mostTelling(all: readonly Proof[]): readonly Proof[] {
  const first = all.slice(0, mostObservations - 1);
  const answer = all.find(({ where }) => where === "smoke");
  return answer === undefined || first.includes(answer) ? first : [...first.slice(0, -1), answer];
}

function rowLines({ where, says, below }: Proof, column: number, room: number, page: Page): readonly string[] {
  const texts = abridged(says, page);
  if (below || displayWidth(where) > column) {
    const said = texts.flatMap((text) => wrapLine(text, room - 2)).map((line) => `  ${line}`);
    return [...wrap(where, room), ...said];
  }
  const lines = texts.flatMap((text) => wrapLine(text, room - column - 2));
  return lines.map((line, index) => `${padEnd(index === 0 ? where : "", column)}  ${line}`.trimEnd());
}

/** A long text by its head and its tail: what a stack trace says first and, at its end, what was raised. */
function abridged(says: readonly string[], { verbose }: Page): readonly string[] {
  if (verbose > 0 || says.length <= mostLines) return says;
  const hidden = says.length - mostLines + 1;
  return [...says.slice(0, 2), `… ${counted(hidden, "more line")}: -v`, ...says.slice(2 + hidden)];
}
