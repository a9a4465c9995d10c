import type { DriverFamily } from "./driver-names.ts";
import type { FaultCode } from "./fault.ts";
import type { MeasuredServer } from "./matrix.ts";
import type { MeasuredRow } from "./matrix.gen.ts";
import type { DatabaseUrlShape } from "./url.ts";

/**
 * How the application hands the URL to its driver: as it is ("dsn"); taken apart, each parameter passed on as a keyword
 * argument ("kwargs-forwarded"); taken apart, only user, password, host, port and database used ("hand-parsed").
 */
export type DriverUsage = "dsn" | "kwargs-forwarded" | "hand-parsed" | "unknown";

/**
 * What becomes of one part of the URL. "accepted": it does what it says. "ignored": nothing comes of it. "refused": no
 * connection comes about. "weaker-than-it-looks": it connects, with less protection than the word suggests.
 * "plain-text": it connects without TLS.
 */
export type UrlOutcome = "accepted" | "ignored" | "refused" | "weaker-than-it-looks" | "plain-text";

/** What a driver does with one part of a URL. Nothing of it quotes a secret. */
export interface Judgement {
  /** A parameter's name; "scheme", "form", "hosts" or "password" for other parts of the URL. */
  readonly parameter: string;
  /** As the shape shows it; absent for a parameter that is not given and for other parts. */
  readonly value?: string;
  readonly outcome: UrlOutcome;
  /** The error as the driver words it, "Type: message"; hosts, names and paths in it are examples. */
  readonly message?: string;
  /** The fault of the shape that this is about, if it is about one. */
  readonly fault?: FaultCode;
  /** One or two sentences. */
  readonly explanation: string;
  /** Whether a connection was made to find out, or documentation says so. */
  readonly basis: "measured" | "documented";
  /** Which driver and version it was measured with: "pg8000 1.30.5". */
  readonly measuredWith?: string;
}

/** The driver that judgements speak of, and how it is used. */
export interface JudgedDriver {
  readonly family: DriverFamily;
  readonly version: string | undefined;
  readonly usage: Exclude<DriverUsage, "unknown">;
  /** The row of the matrix that stands for it. */
  readonly row: MeasuredRow | undefined;
}

/** The state of the server that a provider resembles most. */
export function serverLike(shape: DatabaseUrlShape): MeasuredServer {
  if (shape.provider.plainText === "refused") return shape.provider.authority === "public" ? "trusted" : "tls-only";
  return shape.provider.authority === "public" ? "trusted" : "tls";
}

/** A judgement that rests on a row of the matrix. */
export function measuredJudgement(row: MeasuredRow, judgement: Omit<Judgement, "basis" | "measuredWith">): Judgement {
  return { ...judgement, basis: "measured", measuredWith: `${row.driver} ${row.version}` };
}
