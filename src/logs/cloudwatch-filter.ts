/** Words by which runtimes, loggers and drivers introduce an error, whichever it is. Terms are case-sensitive. */
const introductions = [
  "Error",
  "ERROR",
  "error",
  "xception",
  "EXCEPTION",
  "FATAL",
  "FEHLER",
  "ERREUR",
  "CRITICAL",
  "Traceback",
  "imed out",
  "Status: timeout",
  "exited",
  "ailed",
  "ailure",
  "panic:",
  "panicked",
  "SQLSTATE",
];
/**
 * Words that complain, for messages printed without any introduction. A test holds that no example of a signature gets
 * through between them: whoever adds such a signature adds its word here.
 */
const complaints = [
  "nvalid",
  "annot",
  "is not",
  "ould not",
  "nable to",
  "upported",
  "must be",
  "issing",
  "oes not",
  "closed",
  "required",
  "nknown",
  "timeout",
  "nexpected",
  "not found",
  "xceeded",
  "requires",
  "not been",
  "outside",
  "refused",
  "xpired",
  "no such",
  "already",
  "bad ",
  "Timeout",
  "reached",
  "ismatch",
  "denied",
  "erminat",
  "otFound",
  "nconsistent",
  "undefined",
  "oo many",
  "imit",
  "signal",
  "ECONN",
  "ENOTFOUND",
  "not authorized",
  "onflict",
  "did not",
  "UNREACH",
  "orbidden",
  "stale",
  "disabled",
  "reset",
  "nrecognized",
  "nauthorized",
  "UNAUTHORIZED",
  "o module named",
  "reserved",
  "serializable",
  "was not",
  "Not Found",
  "Bad ",
  "exceeds",
  "only with",
  "No public method",
  "ETIMEDOUT",
  "EPIPE",
  "EACCES",
  "EROFS",
  "violates",
  "row was",
  "rows were",
  "unreachable",
  "heap",
  "insecure",
  "destroyed",
  "lost",
  "supports only",
];

/** Alphanumeric terms stand as they are; any other must be quoted. A leading `?` on every term means "or". */
function asPattern(terms: readonly string[]): string {
  return terms.map((term) => (/^\w+$/.test(term) ? `?${term}` : `?"${term}"`)).join(" ");
}

/**
 * The terms of `cloudwatchErrorFilter`: an event is returned when it contains one of them. Together they keep within the
 * 1,024 characters that CloudWatch Logs allows a pattern (FilterLogEvents, parameter filterPattern).
 */
export const errorFilterTerms: readonly string[] = [...introductions, ...complaints];

/**
 * A filter pattern for FilterLogEvents that returns a superset of the events that `looksLikeError` or the signatures
 * accept. Only `?term` alternatives: mixed with a required term CloudWatch would ignore them.
 */
export const cloudwatchErrorFilter: string = asPattern(errorFilterTerms);
