import { decodeLeniently } from "./libpq.ts";
import type { UrlFault } from "./fault.ts";
import { libpqParameter } from "./parameters.ts";
import { split, unwrap } from "./split.ts";
import { analyseDatabaseUrl, connectionSettings, type ConnectionSettings } from "./url.ts";

/** What to connect with, or the faults that forbid it. */
export type Connectable =
  | {
      readonly ok: true;
      readonly settings: ConnectionSettings;
      /** Names of parameters that libpq refuses and that are left out, as they may be shown. */
      readonly leftOut: readonly string[];
      /** The schema that such a parameter names (Prisma's `schema`, JDBC's `currentSchema`). */
      readonly schema?: string;
    }
  | { readonly ok: false; readonly faults: readonly UrlFault[] };

/** Faults that are about libpq's list of parameters only. */
const ofParameters: ReadonlySet<UrlFault["code"]> = new Set(["unknown-parameter", "parameter-capitals"]);

/**
 * The settings by which the database of a URL is reached, whichever driver the URL was written for: as libpq takes them,
 * without the parameters of other drivers. A URL of which libpq would read another host or password than was meant is not
 * to be connected by: it would take a piece of the password to DNS or to a stranger.
 */
export function connectable(raw: string): Connectable {
  const { faults, parameters } = analyseDatabaseUrl(raw);
  const grave = faults.filter(
    ({ effect, code }) => (effect === "refused" || effect === "misread") && !ofParameters.has(code),
  );
  if (grave.some(({ effect }) => effect === "misread")) return { ok: false, faults: grave };
  const whole = connectionSettings(raw);
  if (whole.ok) return { ok: true, settings: whole.settings, leftOut: [] };
  const { piece } = unwrap(raw);
  const parts = split(piece);
  const [first] = parts.form === "uri" ? parts.parameters : [];
  if (grave.length > 0 || parts.form !== "uri" || first === undefined) return whole;
  const isKnown = (name: string): boolean => name === "ssl" || libpqParameter(name) !== undefined;
  const kept = parts.parameters.filter(({ name }) => isKnown(decodeLeniently(name)));
  // What stands before the question mark, as it was written.
  const before = raw.slice(piece.at, first.name.at - 1);
  const query = kept.map(({ name, value }) => `${name.text}=${value?.text ?? ""}`).join("&");
  const rest = connectionSettings(query === "" ? before : `${before}?${query}`);
  if (!rest.ok) return whole;
  const schema = parts.parameters.find(({ name }) => /^(?:schema|currentSchema)$/.test(name.text))?.value;
  return {
    ok: true,
    settings: rest.settings,
    leftOut: parameters.filter(({ known }) => !known).map(({ name }) => name),
    ...(schema === undefined ? {} : { schema: decodeLeniently(schema) }),
  };
}
