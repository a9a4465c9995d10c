import type { Reply } from "../../core/reply.ts";
import type { Aws, ServiceName } from "../aws.ts";
import type { Clock } from "../clock.ts";
import { kindOf } from "../errors.ts";
import type { Vault } from "../vault.ts";

/** What the answers of a live run share. */
export interface LiveContext {
  readonly aws: Aws;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Aborted with a `Stop` when the run is interrupted or out of time. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Download addresses of packages, by CodeSha256; each holds for ten minutes. */
  readonly locations: Map<string, { readonly url: string; readonly size: number; readonly at: number }>;
  /** How far AWS's clock is ahead of this machine's, in milliseconds, as the last smoke answer showed. */
  readonly skew: { ms: number };
  /** Told how many milliseconds the clock of a smoke request's server is ahead, with each answer that shows it. */
  readonly onSkew?: ((aheadMs: number) => void) | undefined;
  /** Notes a request that is none of AWS's control plane: a smoke request, a probe, a range of a package. */
  count(service: string, action: string): void;
}

/**
 * Answers with what `work` gives; whatever it throws becomes the reply that the error means. `missing` gives the body
 * for what does not exist, where that is knowledge.
 */
export async function answered<Body>(
  { aws }: LiveContext,
  action: string,
  service: ServiceName,
  work: () => Promise<Body>,
  missing?: (error: unknown) => Body | undefined,
): Promise<Reply<Body>> {
  try {
    return { status: "ok", body: await work() };
  } catch (error) {
    const body = missing?.(error);
    return body === undefined ? aws.reply(error, action, service) : { status: "ok", body };
  }
}

/** Gives `body` for an error that says that the thing asked for does not exist. */
export function whenMissing<Body>(body: Body): (error: unknown) => Body | undefined {
  return (error) => (kindOf(error) === "missing" ? body : undefined);
}

/** ISO 8601 in UTC with milliseconds; undefined for what is no time. Epoch figures are seconds. */
export function isoOf(time: Date | string | number | undefined): string | undefined {
  if (time === undefined) return undefined;
  // Lambda writes its zone as +0000, which not every reader of dates takes.
  const normal = typeof time === "string" ? time.replace(/([+-]\d\d)(\d\d)$/, "$1:$2") : time;
  const date = new Date(typeof normal === "number" ? normal * 1000 : normal);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** The fields of an object that are not undefined: absent and undefined are different things here. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/**
 * What an answer of the service always has.
 * @throws an error with the code MALFORMED where it is not there: something else than the service answered.
 */
export function required<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw Object.assign(new Error(`The answer holds no ${what}.`), { code: "MALFORMED" });
}
