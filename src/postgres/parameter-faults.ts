import { fault, placeOf, refusalFault, type UrlFault } from "./fault.ts";
import { decodeLeniently, type Piece } from "./libpq.ts";
import { isKnownName, libpqParameter, parameterOwner } from "./parameters.ts";
import { looksLikePlaceholder, percentFaults, portFaults } from "./piece-faults.ts";
import type { DsnSplit, UriSplit } from "./split.ts";

/** A parameter with its decoded name and value. In a URL both are percent-encoded, in a key=value string neither is. */
export interface LocatedParameter {
  readonly name: string;
  readonly namePiece: Piece;
  readonly value?: { readonly text: string; readonly piece: Piece };
  readonly percentEncoded: boolean;
}

export function uriParameters(split: UriSplit): readonly LocatedParameter[] {
  return split.parameters.map(({ name, value }) => ({
    name: decodeLeniently(name),
    namePiece: name,
    ...(value ? { value: { text: decodeLeniently(value), piece: value } } : {}),
    percentEncoded: true,
  }));
}

export function dsnParameters(split: DsnSplit): readonly LocatedParameter[] {
  return split.entries.map((entry) => ({
    name: entry.name.text,
    namePiece: entry.name,
    value: { text: entry.value, piece: entry.raw },
    percentEncoded: false,
  }));
}

/** Faults of all parameters; `hideNames` where their names may be pieces of a password. */
export function parameterFaults(
  parameters: readonly LocatedParameter[],
  { hideNames }: { readonly hideNames: boolean },
): readonly UrlFault[] {
  const faults: UrlFault[] = [];
  const seen = new Set<string>();
  for (const parameter of parameters) {
    const { name, namePiece, value } = parameter;
    if (parameter.percentEncoded) faults.push(...percentFaults(namePiece));
    const shown = !hideNames && isKnownName(name) ? `The parameter ${name}` : "A parameter";
    if (!value) {
      const message = `${shown} has no equals sign and no value.`;
      faults.push(fault("parameter-without-value", "refused", placeOf(namePiece), message));
      continue;
    }
    const jdbcSpelling = parameter.percentEncoded && name === "ssl" && value.text === "true";
    if (!libpqParameter(name) && !jdbcSpelling) faults.push(unknownParameterFault(parameter, shown));
    if (seen.has(name)) {
      const message = `${shown} is given twice: libpq takes the last one, other readers the first.`;
      faults.push(fault("duplicate-parameter", "fragile", placeOf(namePiece), message));
    }
    seen.add(name);
    if (parameter.percentEncoded) faults.push(...encodingFaults(value.piece, shown));
    faults.push(...valueFaults(name, value, shown));
  }
  return [...faults, ...weakModeFaults(parameters)];
}

function unknownParameterFault({ name, namePiece }: LocatedParameter, shown: string): UrlFault {
  const place = placeOf(namePiece);
  if (name.startsWith("amp;")) {
    return fault("html-escaped", "refused", place, "An ampersand is written as &amp;, as in a web page's source.");
  }
  if (libpqParameter(name.toLowerCase())) {
    return fault("parameter-capitals", "refused", place, `${shown} has capitals; libpq knows it in lower case only.`);
  }
  const owner = parameterOwner(name);
  const message =
    owner === undefined ? `${shown} is unknown to libpq.` : `${shown} belongs to ${owner}; libpq refuses it.`;
  return fault("unknown-parameter", "refused", place, message);
}

function encodingFaults(value: Piece, shown: string): readonly UrlFault[] {
  const faults: UrlFault[] = [...percentFaults(value)];
  const extra = value.text.indexOf("=");
  if (extra !== -1) faults.push(refusalFault({ code: "extra-separator", at: value.at + extra, length: 1 }));
  const blank = /\s/.exec(value.text);
  if (blank) {
    const message = `${shown} has an unencoded blank in its value: libpq before 18 keeps it, libpq 18 refuses it. It is written %20.`;
    faults.push(fault("unescaped-blank", "fragile", { at: value.at + blank.index, length: 1 }, message));
  }
  const hash = value.text.indexOf("#");
  if (hash !== -1) {
    const message = `${shown} has an unencoded # in its value: libpq counts it to the value, other readers begin a fragment there.`;
    faults.push(fault("fragment", "misread", { at: value.at + hash, length: 1 }, message));
  }
  return faults;
}

/** Parameters that say who connects and to what, for which examples show a placeholder. */
const identifying: ReadonlySet<string> = new Set([
  "host",
  "hostaddr",
  "user",
  "password",
  "dbname",
  "sslpassword",
  "service",
]);

function valueFaults(
  name: string,
  value: { readonly text: string; readonly piece: Piece },
  shown: string,
): readonly UrlFault[] {
  const known = libpqParameter(name);
  const place = placeOf(value.piece);
  if (identifying.has(name) && looksLikePlaceholder(value.text))
    return [fault("placeholder", "unlikely", place, `The value of ${name} is still a placeholder.`)];
  if (known?.choices && !known.choices.includes(value.text)) {
    const choices = known.choices.filter((choice) => choice !== "").join(", ");
    return [
      fault("bad-value", "refused", place, `${shown} has a value that libpq does not take; it takes ${choices}.`),
    ];
  }
  if (known?.kind === "number" && !/^\s*-?[0-9]+\s*$/.test(value.text)) {
    return [fault("bad-value", "refused", place, `${shown} takes a whole number.`)];
  }
  return name === "port" ? portFaults({ at: value.piece.at, text: value.text }) : [];
}

/** libpq insists on full verification where the system's own certificates are trusted (since libpq 16). */
function weakModeFaults(parameters: readonly LocatedParameter[]): readonly UrlFault[] {
  const last = (name: string) => parameters.findLast((p) => p.name === name)?.value;
  const root = last("sslrootcert");
  const mode = last("sslmode");
  if (root?.text !== "system" || mode === undefined || mode.text === "verify-full") return [];
  const message = "The parameter sslrootcert=system is refused by libpq with any sslmode but verify-full.";
  return [fault("weak-sslmode", "refused", placeOf(mode.piece), message)];
}
