/**
 * Why a server, or a pooler before it, turns a sign-in away. "user": the password or the right to sign in. "rules": no
 * entry of pg_hba.conf lets it in. "encryption": it wants TLS. "database" and "name": there is no such database, no such
 * role or tenant. "starting": up, and not ready yet. "stopping": on its way down. "connections" and "resources": one
 * more connection, or something else that it has run out of. "broken-off": the connection was lost or its protocol
 * violated. "parameter": a setting of the URL. "permission": the right to use that database. "unknown": anything else.
 */
export type Refusal =
  | "user"
  | "rules"
  | "encryption"
  | "database"
  | "name"
  | "starting"
  | "stopping"
  | "connections"
  | "resources"
  | "broken-off"
  | "parameter"
  | "permission"
  | "unknown";

/** Signs of which a SQLSTATE is made: PostgreSQL's documentation, appendix A. */
export const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code);

/**
 * What the message says goes before its code: poolers answer with a code of their own choice (PgBouncer 08P01, Supavisor
 * XX000), and 28000 and 57P03 stand for several things each. A server that speaks another language leaves the code.
 */
const bySaying: readonly (readonly [RegExp, Refusal])[] = [
  [/no pg_hba\.conf entry for .*(?:no encryption|SSL off)/i, "encryption"],
  [/no pg_hba\.conf entry|pg_hba\.conf rejects/i, "rules"],
  [/connection is insecure|(?:SSL|TLS)(?: connection)? (?:is )?required|requires (?:SSL|TLS)/i, "encryption"],
  [/database "?.*"? does not exist|no such database/i, "database"],
  [/role "?.*"? does not exist|no such user|(?:tenant|user|project|endpoint)\b.* not found/i, "name"],
  [
    /too many (?:clients|connections|database connections)|max client|remaining connection slots|no more connections allowed/i,
    "connections",
  ],
  [/is shutting down/i, "stopping"],
  [/is starting up|in recovery mode|not (?:yet )?accepting connections|is resuming/i, "starting"],
  [/startup parameter|unrecognized configuration parameter/i, "parameter"],
  [/authentication failed|not permitted to log in|no password supplied/i, "user"],
];

/** SQLSTATE codes and their classes. */
const byCode: Readonly<Record<string, Refusal>> = {
  "28": "user",
  "3D": "database",
  "57P01": "stopping",
  "57P02": "stopping",
  "57P03": "starting",
  "57P04": "database",
  "57": "broken-off",
  "53300": "connections",
  "53": "resources",
  "08": "broken-off",
  "0A000": "parameter",
  "22023": "parameter",
  "42704": "parameter",
  "42501": "permission",
};

/** What a server's answer means, by its SQLSTATE and message; undefined for what no server said. */
export function refusalOf(code: string, message: string): Refusal | undefined {
  if (!isSqlState(code)) return undefined;
  const said = bySaying.find(([pattern]) => pattern.test(message))?.[1];
  return said ?? byCode[code] ?? byCode[code.slice(0, 2)] ?? "unknown";
}

/** What the server has run out of. */
export function shortageOf(code: string): string {
  switch (code) {
    case "53100":
      return "has no room left on its disk";
    case "53200":
      return "has run out of memory";
    case "53400":
      return "has come to a limit of its configuration";
    default:
      return "lacks resources";
  }
}
