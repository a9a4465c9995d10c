import { masked } from "./parameters.ts";
import type { DatabaseUrlShape } from "./url.ts";

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
 * placeholders named after the part (`user`, `password`, `host`, `database`, or the parameter).
 */
export function correctedUrl(shape: DatabaseUrlShape, correction: UrlCorrection): readonly UrlPart[] {
  const parts: UrlPart[] = [
    text(`${correction.scheme ?? correctScheme(shape)}://`),
    { kind: "placeholder", name: "user" },
  ];
  parts.push(text(":"), { kind: "placeholder", name: "password" }, text("@"));
  const hosts = shape.hosts.length === 0 ? [{ host: masked, kind: "unreadable" } as const] : shape.hosts;
  hosts.forEach((host, index) => {
    if (index > 0) parts.push(text(","));
    if (host.kind === "unreadable") parts.push({ kind: "placeholder", name: "host" });
    else parts.push(text(host.kind === "ipv6" ? `[${host.host.replace("%", "%25")}]` : encode(host.host)));
    if ("port" in host && host.port !== undefined) parts.push(text(`:${host.port}`));
  });
  const database = correction.database ?? shape.database ?? masked;
  parts.push(text("/"), database === masked ? { kind: "placeholder", name: "database" } : text(encode(database)));

  const values = new Map<string, string>();
  for (const { name, value } of shape.parameters) {
    // A name that is not shown cannot be written again; user, password and host stand before the query already.
    const elsewhere = ["user", "password", "host", "hostaddr", "port", "dbname"].includes(name);
    if (name !== masked && !elsewhere) values.set(name, value);
  }
  for (const name of correction.without ?? []) values.delete(name);
  for (const [name, value] of Object.entries(correction.set ?? {})) values.set(name, value);
  let separator = "?";
  for (const [name, value] of values) {
    parts.push(
      text(`${separator}${encode(name)}=`),
      value === masked ? { kind: "placeholder", name } : text(encode(value)),
    );
    separator = "&";
  }
  return joined(parts);
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
