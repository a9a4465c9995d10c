import { editDistance } from "../core/edit-distance.ts";
import { libpqParameter, masked, parameterOwner } from "./parameters.ts";
import { looksLikePlaceholder } from "./piece-faults.ts";
import type { DatabaseUrlShape, UrlParameter } from "./url.ts";

/** A stretch of a corrected URL: text to print as it is, or a part whose value is not shown and must be filled in. */
export type UrlPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: string };

/** What to change. `without` and `set` name query parameters; both compare names exactly. */
export interface UrlCorrection {
  readonly scheme?: string;
  readonly database?: string;
  readonly without?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
}

/**
 * The URL as it should be written: right scheme, one spelling of each parameter (the last one given, as libpq takes it),
 * everything encoded, the wanted changes made. User, password and every other value that the shape does not hold are
 * placeholders named after the part (`user`, `password`, `host`, `port`, `database`, or the parameter), and so are values
 * that cannot be right; what no driver knows as a parameter is left out.
 */
export function correctedUrl(shape: DatabaseUrlShape, correction: UrlCorrection): readonly UrlPart[] {
  const mended = new Map<string, string>();
  const { without = [], set = {} } = correction;
  for (const parameter of shape.parameters) {
    const [name, value] = mendedParameter(parameter) ?? [];
    if (name !== undefined && value !== undefined) mended.set(name, value);
  }
  // libpq trusts the system's own certificates only where it verifies in full.
  if (mended.get("sslrootcert") === "system" && mended.has("sslmode")) mended.set("sslmode", "verify-full");
  for (const name of without) mended.delete(name);
  for (const [name, value] of Object.entries(set)) mended.set(name, value);
  return writeUrl(shape, mended, true, correction);
}

/** The URL with its faults, encoded, with the same placeholders for what is not shown. */
export function givenUrl(shape: DatabaseUrlShape): readonly UrlPart[] {
  return writeUrl(shape, new Map(shape.parameters.map(({ name, value }) => [name, value])), false, {});
}

function writeUrl(
  shape: DatabaseUrlShape,
  values: ReadonlyMap<string, string>,
  mends: boolean,
  { scheme, database = shape.database ?? masked }: UrlCorrection,
): readonly UrlPart[] {
  const parts: UrlPart[] = [text(`${scheme ?? correctScheme(shape)}://`), placeholder("user"), text(":")];
  parts.push(placeholder("password"), text("@"));
  const isOpen = (name: string): boolean => name === masked || (mends && looksLikePlaceholder(name));
  const hosts = shape.hosts.length === 0 ? [{ host: masked, kind: "unreadable" } as const] : shape.hosts;
  hosts.forEach((host, index) => {
    if (index > 0) parts.push(text(","));
    if (host.kind === "unreadable" || isOpen(host.host)) parts.push(placeholder("host"));
    else parts.push(text(host.kind === "ipv6" ? `[${host.host.replace("%", "%25")}]` : encode(host.host)));
    const port = "port" in host ? host.port : undefined;
    if (mends && isWrongPort(port, shape)) parts.push(text(":"), placeholder("port"));
    else if (port !== undefined) parts.push(text(`:${port}`));
  });
  parts.push(text("/"), isOpen(database) ? placeholder("database") : text(encode(database)));
  let separator = "?";
  for (const [name, value] of values) {
    // A name that is not shown cannot be written again; user, password and host stand before the query already.
    if (name === masked || beforeQuery.has(name)) continue;
    parts.push(text(`${separator}${encode(name)}=`), value === masked ? placeholder(name) : text(encode(value)));
    separator = "&";
  }
  return joined(parts);
}

const beforeQuery: ReadonlySet<string> = new Set(["user", "password", "host", "hostaddr", "port", "dbname"]);

/** A port that is no port; one that could not be read is missing in the shape, and a fault speaks of it. */
function isWrongPort(port: number | undefined, { hosts, faults }: DatabaseUrlShape): boolean {
  if (port !== undefined) return port < 1 || port > 65_535;
  return hosts.every((host) => host.port === undefined || host.port <= 65_535) && faults.some((f) => f.part === "port");
}

/** A parameter as libpq takes it; its value masked where only the author knows what it should be. */
function mendedParameter({ name: given, value }: UrlParameter): readonly [string, string] | undefined {
  const name = libpqParameter(given) === undefined && libpqParameter(given.toLowerCase()) ? given.toLowerCase() : given;
  const known = libpqParameter(name);
  if (known === undefined) return parameterOwner(name) === undefined ? undefined : [name, value];
  if (known.kind === "number") return [name, /^\s*-?[0-9]+\s*$/.test(value) ? value.trim() : masked];
  if (known.choices !== undefined && !known.choices.includes(value)) {
    // Without a mode that can be guessed, the one that encrypts and that every server with TLS takes.
    return [name, nearest(value, known.choices) ?? (name === "sslmode" ? "require" : masked)];
  }
  return [name, looksLikePlaceholder(value) ? masked : value];
}

/** The one choice that is at most two letters away. */
function nearest(value: string, choices: readonly string[]): string | undefined {
  const near = choices
    .filter((choice) => choice.length > 2)
    .map((choice) => ({ choice, distance: editDistance(value.toLowerCase(), choice.toLowerCase()) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance);
  const [first, second] = near;
  return first === undefined || first.distance === second?.distance ? undefined : first.choice;
}

/** The parts as one string, each placeholder written by `write`, such as `(name) => "$" + name.toUpperCase()`. */
export function urlText(parts: readonly UrlPart[], write: (name: string) => string): string {
  return parts.map((part) => (part.kind === "text" ? part.text : write(part.name))).join("");
}

function correctScheme(shape: DatabaseUrlShape): string {
  const base = shape.scheme === "postgres" ? "postgres" : "postgresql";
  // SQLAlchemy 1.4 and later know no postgres:// at all.
  return shape.sqlalchemyDriver === undefined ? base : `postgresql+${shape.sqlalchemyDriver}`;
}

const placeholder = (name: string): UrlPart => ({ kind: "placeholder", name });

const text = (value: string): UrlPart => ({ kind: "text", text: value });

/** encodeURIComponent leaves !'()* as they are, of which a quote would break a shell's quoting. */
const encode = (value: string): string => encodeURIComponent(value).replaceAll("'", "%27");

function joined(parts: readonly UrlPart[]): readonly UrlPart[] {
  const result: UrlPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === "text" && last?.kind === "text") result[result.length - 1] = text(last.text + part.text);
    else result.push(part);
  }
  return result;
}
