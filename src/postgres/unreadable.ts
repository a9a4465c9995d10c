import type { DriverFamily } from "./driver-names.ts";
import type { FaultCode, UrlFault } from "./fault.ts";
import type { JudgedDriver, Judgement } from "./judgement.ts";
import type { DatabaseUrlShape } from "./url.ts";

/** What no reader of URLs takes: libpq, urllib, JavaScript's URL and the drivers' own parsers alike. */
const readByNobody: ReadonlySet<FaultCode> = new Set([
  "assignment-pasted",
  "command-pasted",
  "quotes-pasted",
  "scheme-separator",
  "port-not-a-number",
  "port-out-of-range",
  "bracket-unclosed",
  "bracket-empty",
  "bracket-junk",
]);

/** Faults of single parameters, of which there are judgements of their own. */
const ofParameters: ReadonlySet<FaultCode> = new Set([
  "unknown-parameter",
  "parameter-capitals",
  "duplicate-parameter",
  "bad-value",
  "weak-sslmode",
]);

/** Whether a URL with this fault says something else than was meant, or nothing, to whoever reads it as libpq does. */
const keepsFromReading = ({ code, effect }: Pick<UrlFault, "code" | "effect">): boolean =>
  (effect === "refused" || effect === "misread") && !ofParameters.has(code);

/**
 * What becomes of the faults that were not tried with every driver: nobody reads some of them, and those that libpq
 * refuses or misreads reach every driver that hands it the URL. `told`: faults of which the matrix knows.
 */
export function judgeUnreadable(
  { family, usage }: Pick<JudgedDriver, "family" | "usage">,
  shape: DatabaseUrlShape,
  told: ReadonlySet<FaultCode>,
): readonly Judgement[] {
  const unread = shape.faults.find((fault) => {
    if (!keepsFromReading(fault) || told.has(fault.code)) return false;
    if (readByNobody.has(fault.code)) return true;
    if (fault.code === "scheme-wrong") return readsNoSuchScheme(family, shape);
    return usage === "dsn" && (family === "psycopg2" || family === "psycopg");
  });
  if (unread === undefined) return [];
  const { code, message: explanation } = unread;
  return [{ parameter: "form", outcome: "refused", fault: code, explanation, basis: "documented" }];
}

/** `jdbc:` has a colon too many for everybody; of another scheme node-postgres, postgres.js and urllib make nothing at all. */
function readsNoSuchScheme(family: DriverFamily, { scheme }: DatabaseUrlShape): boolean {
  // Prisma's own sentence is about the scheme.
  if (family === "prisma") return false;
  return scheme.startsWith("jdbc:") || !["pg", "postgres.js", "pg8000"].includes(family);
}
