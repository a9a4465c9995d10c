// The cause of a connection that was made step by step and failed.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { isSqlState, refusalOf, type Refusal } from "../../postgres/refusal.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";

/** How a probe failed: at which stage, with which error code and message. */
export interface ProbeFailure {
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  /** True where the server said that it has no TLS. */
  readonly withoutTls: boolean;
}

const refusedNetworks = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EACCES"]);
const unknownAuthority = new Set([
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
]);

/** The cause, by the stage that the connection came to and what was said there; undefined where none is known. */
export function causeOfProbe(failure: ProbeFailure, shape: DatabaseUrlShape | undefined): CauseId | undefined {
  const { stage, code } = failure;
  // This machine stood still, so that nobody knows what the server would have done.
  if (code === "STOOD_STILL") return undefined;
  // What answers is no database: host or port is another's, however well the URL is written.
  if (code === "NOT_POSTGRES") return "not-postgres";
  switch (stage) {
    case "resolve":
      return ["INVALID_URL", "NO_HOST", "UNIX_SOCKET"].includes(code) ? "database-url-malformed" : "dns-failed";
    case "connect":
      if (code === "ECONNREFUSED") return "connection-refused";
      if (code === "ETIMEDOUT") return "connect-timeout";
      return refusedNetworks.has(code) ? "network-unreachable" : "connection-dropped";
    case "ssl-request":
    case "tls":
      if (code === "SSL_NOT_SUPPORTED") return "tls-not-supported";
      if (code === "ROOT_CERTIFICATE_MISSING") return "tls-ca-missing";
      if (["ECONNRESET", "ETIMEDOUT", "SSL_REFUSED"].includes(code)) return "connection-dropped";
      return unknownAuthority.has(code) && shape?.provider.authority === "provider"
        ? "tls-ca-missing"
        : "tls-verify-failed";
    case "authenticate":
      if (code === "NO_USER" || code === "NO_PASSWORD") return "database-url-malformed";
      return causeOfAnswer(failure);
    case "query":
      return ofStatements[code] ?? ofStatements[code.slice(0, 2)] ?? causeOfAnswer(failure);
    default:
      return undefined;
  }
}

/** What a statement may run into, by SQLSTATE or its class. */
const ofStatements: Readonly<Record<string, CauseId>> = {
  "57014": "statement-timeout",
  "42501": "permission-denied-db",
  "42704": "database-url-parameter-unsupported",
  "3F": "schema-missing",
  "42": "schema-missing",
};

const byRefusal: Readonly<Record<Exclude<Refusal, "encryption" | "stopping">, CauseId | undefined>> = {
  user: "auth-failed",
  rules: "auth-failed",
  database: "role-or-db-missing",
  name: "role-or-db-missing",
  starting: "connection-refused",
  connections: "too-many-connections",
  resources: undefined,
  "broken-off": "connection-dropped",
  parameter: "database-url-parameter-unsupported",
  permission: "permission-denied-db",
  unknown: undefined,
};

function causeOfAnswer({ code, message, withoutTls }: ProbeFailure): CauseId | undefined {
  const refusal = refusalOf(code, message);
  switch (refusal) {
    case undefined:
      // The network let the connection through: who took it does not finish.
      return "connection-dropped";
    case "encryption":
      // Who has no TLS cannot want it: the rules let nobody in, and say of this attempt that it was not encrypted.
      return withoutTls ? "auth-failed" : "tls-required";
    case "stopping":
      // 57P03 is said to who comes, the others to who is there already.
      return code === "57P03" ? "connection-refused" : "connection-dropped";
    default:
      return byRefusal[refusal];
  }
}

/** The same, for sentences: what the server answered, with rules in the place of a TLS that it does not have. */
export function answerOf({ stage, code, message, withoutTls }: ProbeFailure): Refusal | undefined {
  if ((stage !== "authenticate" && stage !== "query") || !isSqlState(code)) return undefined;
  const refusal = refusalOf(code, message);
  return refusal === "encryption" && withoutTls ? "rules" : refusal;
}
