// The database URL of a function, as far as it may be known: its shape, where it stands, and what kind of code reads it.
import { notApplicable, type CheckResult } from "../../core/check.ts";
import type { Evidence } from "../../core/finding.ts";
import { isBlank, isSecret, type Value } from "../../core/secret.ts";
import type { FunctionRef } from "../../core/subject.ts";
import type { DatabaseUse, Setting, ValueOrigin } from "../../facts/database.ts";
import type { UrlFault } from "../../postgres/fault.ts";
import { analyseDatabaseUrl, type DatabaseUrlShape } from "../../postgres/url.ts";
import { undecided, unknownFrom } from "./missing.ts";
import { originText } from "./setting.ts";

/** The shape of a function's URL, or what a check of it answers where there is none to judge. */
export type UrlReading =
  | { readonly shape: DatabaseUrlShape; readonly origin: ValueOrigin }
  | { readonly answer: CheckResult };

export function readUrl(fn: FunctionRef, use: DatabaseUse, { origin, value }: Setting): UrlReading {
  const none = (reason: string): UrlReading => ({ answer: notApplicable(reason) });
  if (!use.uses) return none(use.because);
  if (origin === undefined) return none(`${fn.label} has no database URL.`);
  if (origin.kind === "pg-variables")
    return none(`${fn.label} is sent to its database by ${origin.variable}, not by a URL.`);
  if (origin.kind === "unresolved-reference") return none(`${fn.label} has a reference in place of a database URL.`);
  if (value.state === "unreadable") return { answer: unknownFrom(value) };
  if (!value.value.found || isBlank(value.value.value)) return none(`${fn.label} has no database URL.`);
  if (value.value.composed === true)
    return none(`The code of ${fn.label} makes its connection of the fields of ${originText(origin)}.`);
  const shape = shapeOf(value.value.value);
  if (shape !== undefined) return { shape, origin };
  const what = `the shape of the database URL of ${fn.label}`;
  return { answer: undecided(what, `No shape was recorded of the secret in ${originText(origin)}.`) };
}

/** The shape of a URL that is a secret, or of a text that was not taken for one. */
export function shapeOf(value: Value): DatabaseUrlShape | undefined {
  // A value that was not taken for a secret, such as the name of another variable, may be looked at as it is.
  if (!isSecret(value)) return analyseDatabaseUrl(value);
  return value.$secret.shape as unknown as DatabaseUrlShape | undefined;
}

/** One observation about a function's URL. */
export function urlEvidence(fn: FunctionRef, origin: ValueOrigin, says: string): Evidence {
  const onFunction =
    origin.kind === "literal" || origin.kind === "pg-variables" || origin.kind === "unresolved-reference";
  return onFunction
    ? { kind: "configuration", where: fn.label, says: `${origin.variable}: ${says}` }
    : { kind: "parameter", where: originText(origin).replace(/^the /, ""), says };
}

/** Where in the URL a fault is, counted as people count: `character 23`, `characters 5 to 9`. */
export function placeText({ at, length }: UrlFault): string {
  return length > 1 ? `characters ${at + 1} to ${at + length}` : `character ${at + 1}`;
}

const ofParameters: ReadonlySet<UrlFault["code"]> = new Set([
  "unknown-parameter",
  "parameter-capitals",
  "weak-sslmode",
]);

/** Whether what a fault does depends on the driver's list of parameters, not on how the URL is written. */
export function isParameterFault({ code }: UrlFault): boolean {
  return ofParameters.has(code);
}
