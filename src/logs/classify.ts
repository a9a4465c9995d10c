import type { CauseId } from "../core/cause-ids.gen.ts";
import { kinship } from "./kinship.ts";
import { needleSearch } from "./needles.ts";
import type { About, Captures, Match, Tier } from "./signature.ts";
import { matchSignature } from "./signature.ts";
import { signatures } from "./signatures/index.ts";
import { isErrorText, plainText, significantText } from "./text.ts";

export interface Candidate {
  readonly cause: CauseId;
  /** 0 to 1; only good for comparing candidates, not a probability. */
  readonly score: number;
  /** Id of the signature that named it; `unknown-error` for `other`. */
  readonly signature: string;
  readonly captures: Captures;
  /** What would decide between the candidates. */
  readonly decides: string;
}

/** What the caller knows of the function: a runtime such as `python3.12`, and `x86_64` or `arm64`. */
export interface Context {
  readonly runtime?: string;
  readonly architecture?: string;
}

export interface Classification {
  /** Likeliest first, at most three; empty where the text tells of no failure. */
  readonly candidates: readonly Candidate[];
  /** The one line that says what failed; empty without candidates. */
  readonly headline: string;
}

/** Longest part of a text that is looked at, in UTF-16 code units: a log event may hold 1 MB. */
const maxLength = 32_768;
const maxCandidates = 3;
const kinWeight = 0.3;

const worthTrying = needleSearch(signatures);

const tierScore: Readonly<Record<Tier, number>> = { proof: 0.95, root: 0.85, effect: 0.6, envelope: 0.4 };
const tierRank: Readonly<Record<Tier, number>> = { proof: 0, root: 1, effect: 2, envelope: 3 };

function aboutText(text: string, context: Context): About {
  const inPath =
    /\/var\/lang\/lib\/python(3\.\d+)\//.exec(text)?.[1] ?? /\/opt\/python\/lib\/python(3\.\d+)\//.exec(text)?.[1];
  return {
    text,
    runtime: context.runtime ?? (inPath === undefined ? undefined : `python${inPath}`),
    architecture: context.architecture,
  };
}

/** A long text keeps its beginning and its end: the error is first in a traceback of Lambda's, last in one of Python's. */
function bounded(text: string): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength / 2)}\n${text.slice(-maxLength / 2)}`;
}

function matchesIn(significant: string, context: Context): readonly Match[] {
  const about = aboutText(significant, context);
  const found: Match[] = [];
  for (const [place, patterns] of worthTrying(significant)) {
    const candidate = signatures[place];
    const match = candidate === undefined ? undefined : matchSignature(candidate, significant, about, patterns);
    if (match !== undefined) found.push(match);
  }
  const place = ({ signature }: Match): number => signatures.indexOf(signature);
  return found.sort(
    (a, b) => tierRank[a.signature.tier] - tierRank[b.signature.tier] || a.index - b.index || place(a) - place(b),
  );
}

const namesFailure = ([best]: readonly Match[]): boolean =>
  best !== undefined && tierRank[best.signature.tier] <= tierRank.root;

interface Search {
  readonly significant: string;
  readonly matches: readonly Match[];
}

/** Looks for the signatures in the lines as they are, and where those name no failure, in lines that a terminal or a mail had wrapped. */
function search(text: string, context: Context): Search {
  const significant = significantText(plainText(bounded(text)));
  if (significant.trim() === "") return { significant, matches: [] };
  const matches = matchesIn(significant, context);
  if (namesFailure(matches) || !significant.includes("\n")) return { significant, matches };
  const joined = significant
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    // Twenty blanks and more: the last column of a table, as CloudFormation's events are printed.
    .replace(/\n(?:[#|>][#|> ]{0,8}| {20,300})?(?=[a-z0-9"'`(.])/g, " ");
  const again = joined === significant ? [] : matchesIn(joined, context);
  return namesFailure(again) ? { significant: joined, matches: again } : { significant, matches };
}

/** All signatures found in a text, those that name what failed most directly first, then in order of appearance. */
export function matchAll(text: string, context: Context = {}): readonly Match[] {
  return search(text, context).matches;
}

function candidatesOf(matches: readonly Match[]): readonly Candidate[] {
  const [best] = matches;
  if (best === undefined) return [];
  const named = new Map<CauseId, Candidate>();
  const add = (match: Match, causes: readonly CauseId[], weight: number): void => {
    for (const [position, cause] of causes.entries()) {
      if (named.size >= maxCandidates || named.has(cause)) continue;
      const score = Math.round(tierScore[match.signature.tier] * weight * 0.7 ** position * 1000) / 1000;
      named.set(cause, {
        cause,
        score,
        signature: match.signature.id,
        captures: match.captures,
        decides: match.signature.decides,
      });
    }
  };
  add(best, best.causes, 1);
  const kin = kinship[best.causes[0] ?? "other"];
  // Other errors of the same directness tell of a second failure, or of the same one in other words.
  for (const match of matches.slice(1))
    if (match.signature.tier === best.signature.tier) add(match, match.causes.slice(0, 1), 0.5);
  if (kin !== undefined && named.size === 1) add(best, [kin], kinWeight);
  return [...named.values()].sort((a, b) => b.score - a.score);
}

const linePrefix =
  /^(?:\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*)?(?:(?:[0-9a-f]{8}-[0-9a-f-]{27}|undefined)\s+)?(?:\[?(?:ERROR|CRITICAL|WARNING|WARN|INFO)\]?\s+)?(?:(?:Invoke Error|Uncaught Exception)\s+)?/;
const errorObject =
  /"error(?:Type|\.type)":\s*"(?<type>[^"]*)",\s*"error(?:Message|\.message)":\s*"(?<message>.*?)"\s*[,}]|"errorMessage":\s*"(?<alone>.*?)"\s*[,}]/;
const longestHeadline = 300;

/** The line of a place in a text, without what loggers put before the message, or the message of the error object in it. */
function headlineAt(text: string, index: number): string {
  const start = text.lastIndexOf("\n", index) + 1;
  const end = text.indexOf("\n", index);
  const line = text
    .slice(start, end === -1 ? text.length : end)
    .trim()
    .replace(linePrefix, "");
  const error = errorObject.exec(line)?.groups;
  const { type, message, alone } = error ?? {};
  const headline = alone ?? (message === undefined || message === "" ? line : `${type}: ${message}`);
  return headline.slice(0, longestHeadline);
}

const errorLine = /^.*\b(?:\w*(?:Error|Exception|Failure)\b|FATAL|Task timed out|\[ERROR\]).*$/m;

/**
 * What a log text or a response says has failed.
 * `context` is what the caller knows of the function (`python3.12`, `arm64`); it only breaks ties.
 * No candidates: nothing is wrong. The single candidate `other`: an error that no signature knows, to be clustered.
 */
export function classify(text: string, context: Context = {}): Classification {
  const { significant, matches } = search(text, context);
  const [best] = matches;
  if (best !== undefined) return { candidates: candidatesOf(matches), headline: headlineAt(significant, best.index) };
  if (!isErrorText(significant)) return { candidates: [], headline: "" };
  const headline = headlineAt(significant, errorLine.exec(significant)?.index ?? 0);
  return {
    candidates: [
      {
        cause: "other",
        score: 0.3,
        signature: "unknown-error",
        captures: {},
        decides: "the code named in the traceback",
      },
    ],
    headline,
  };
}
