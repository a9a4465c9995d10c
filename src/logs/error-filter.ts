import { matchAll } from "./classify.ts";
import { signatures } from "./signatures/index.ts";
import { isErrorText, plainText, significantText } from "./text.ts";

/** Is a log event worth being shown or counted as a failure: errors, tracebacks, time-outs, exits; not progress or noise. */
export function looksLikeError(message: string): boolean {
  return isErrorText(significantText(plainText(message))) || matchAll(message).length > 0;
}

/** CloudWatch Logs takes filter patterns of at most 1,024 characters (FilterLogEvents, parameter filterPattern). */
const longestPattern = 1_024;
/** Words by which runtimes, loggers and drivers introduce an error, whichever it is. Terms are case-sensitive. */
const introductions = [
  "Error",
  "ERROR",
  "error",
  "xception",
  "EXCEPTION",
  "FATAL",
  "CRITICAL",
  "Traceback",
  "imed out",
  "Status: timeout",
  "exited",
  "ailed",
  "ailure",
  "panic:",
  "SQLSTATE",
];
/** Words that complain, for messages printed without any introduction; each stands in literals of signatures. */
const complaints = [
  "annot",
  "ould not",
  "nvalid",
  "refused",
  "denied",
  "nable to",
  "issing",
  "nexpected",
  "closed",
  "erminat",
  "not found",
  "otFound",
  "oes not",
  "upported",
  "nrecognized",
  "ismatch",
  "xceeded",
  "not authorized",
  "nauthorized",
  "UNAUTHORIZED",
  "xpired",
  "undefined",
  "o module named",
  "no such",
  "not exist",
  "oo many",
  "reserved",
  "already",
  "not enough",
  "onflict",
  "serializable",
  "required",
  "requires",
  "is not",
  "was not",
  "has not",
  "not been",
  "did not",
  "n't",
  "Not Found",
  "bad ",
  "Bad ",
  "exceeds",
  "nknown",
  "nconsistent",
  "only with",
  "No public method",
  "ETIMEDOUT",
  "ECONN",
  "ENOTFOUND",
  "UNREACH",
  "EPIPE",
  "EACCES",
  "EROFS",
  "timeout",
  "Timeout",
  "imited",
  "quota",
  "imit",
  "violates",
  "must be",
  "not enabled",
  "code: ",
  "Missing",
  "row was",
  "rows were",
  "unreachable",
  "signal",
  "heap",
  "orbidden",
  "damaged",
  "untrusted",
  "self-signed",
  "self signed",
  "outside",
  "stale",
  "insecure",
  "disabled",
  "reached",
  "reset",
  "destroyed",
  "lost",
];

/**
 * The complaints that stand in the literals of signatures, those first that find most of what the introductions miss,
 * as many as fit into `room` characters.
 */
function furtherTerms(literals: readonly string[], room: number): readonly string[] {
  const missed = literals.filter((literal) => !introductions.some((word) => literal.includes(word)));
  let left = complaints.map((word) => ({ word, covers: missed.filter((literal) => literal.includes(word)) }));
  const terms: string[] = [];
  let used = 0;
  for (;;) {
    left = left.filter(({ word, covers }) => covers.length > 0 && used + asPattern([word]).length + 1 <= room);
    const [best] = left.toSorted((one, other) => other.covers.length - one.covers.length);
    if (best === undefined) return terms;
    terms.push(best.word);
    used += asPattern([best.word]).length + 1;
    const found = new Set(best.covers);
    left = left.map(({ word, covers }) => ({ word, covers: covers.filter((literal) => !found.has(literal)) }));
  }
}

/** Alphanumeric terms stand as they are; any other must be quoted. A leading `?` on every term means "or". */
function asPattern(terms: readonly string[]): string {
  return terms.map((term) => (/^\w+$/.test(term) ? `?${term}` : `?"${term}"`)).join(" ");
}

/** The terms of `cloudwatchErrorFilter`: an event is returned when it contains one of them. */
export const errorFilterTerms: readonly string[] = [
  ...introductions,
  ...furtherTerms(
    signatures.flatMap(({ literals }) => literals),
    longestPattern - asPattern(introductions).length - 1,
  ),
];

/**
 * A filter pattern for FilterLogEvents that returns a superset of the events that `looksLikeError` or the signatures
 * accept. Only `?term` alternatives: mixed with a required term CloudWatch would ignore them.
 */
export const cloudwatchErrorFilter: string = asPattern(errorFilterTerms);
