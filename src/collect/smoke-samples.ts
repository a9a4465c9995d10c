// What several requests of one tool say together.
import type { BodyOf } from "../facts/requests/index.ts";
import type { smokeRequest } from "../facts/requests/smoke.ts";
import type { SmokeResult, Unsteady } from "../facts/smoke.ts";
import type { Assessment } from "../smoke/assess.ts";

/** One request that was sent, and what its answer means. */
export interface Asked {
  readonly name: string;
  readonly attempt: number;
  readonly answer: BodyOf<typeof smokeRequest>;
  readonly assessed: Assessment;
}

/** Times the ordinal of an attempt: how long is waited before it, in milliseconds. */
export const pauseMs = 500;

/** A time limit, in milliseconds, behind which no start of a function should still be under way when it is asked again. */
const longWaitMs = 15_000;

/**
 * How often a request that ended so is sent at most. What was refused for its rate, reset on the way or out of time may
 * well pass the next time. What failed inside is sent once more: a first request can meet a cold start or a database
 * that is waking up, and what fails twice is broken. Where requests are repeated anyway, only what says nothing of the
 * tool is sent again: how often it fails is what is measured.
 */
export function attemptsFor(
  { outcome, code, status = 0 }: Pick<SmokeResult, "outcome" | "code" | "status">,
  isRepeated: boolean,
  timeoutMs: number,
): number {
  switch (outcome) {
    case "throttled":
      return 3;
    case "timeout":
      // What began to answer and does not end is no cold start.
      if (isRepeated || code === "SLOW_ANSWER") return 1;
      return timeoutMs > longWaitMs ? 2 : 3;
    case "unreachable":
      return /^(?:ECONNRESET|EPIPE|EAI_AGAIN|INCOMPLETE_ANSWER)$/.test(code ?? "") && !isRepeated ? 3 : 1;
    case "tool-error":
      return status >= 500 && !isRepeated ? 2 : 1;
    case "masked-failure":
    case "function-error":
    case "gateway-error":
      return isRepeated ? 1 : 2;
    case "ok":
    case "unauthorized":
    case "forbidden":
    case "route-missing":
    case "bad-envelope":
    case "redirected":
    case "too-long":
      return 1;
  }
}

/** What was answered and is too long to be read neither failed nor passed. */
const failed = ({ assessed: { outcome } }: Asked): boolean => outcome !== "ok" && outcome !== "too-long";

/** The request that shows best what is wrong: the last that failed of those that failed in the most frequent way. */
export function worstOf(asked: readonly Asked[]): Asked | undefined {
  const counts = new Map<string, number>();
  for (const { assessed } of asked.filter(failed)) {
    counts.set(assessed.outcome, (counts.get(assessed.outcome) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  return asked.findLast((one) => failed(one) && counts.get(one.assessed.outcome) === most);
}

/**
 * The request whose log is looked for. Of several that got no answer that is the first: it met the start of the function,
 * and what it logged has had the time of the others to arrive.
 */
export function tracedOf(worst: Asked, asked: readonly Asked[]): Asked {
  const { outcome } = worst.assessed;
  if (outcome !== "timeout" || worst.answer.answered) return worst;
  return asked.find((one) => one.assessed.outcome === outcome && !one.answer.answered) ?? worst;
}

/** That some requests failed where others passed; undefined where all ended alike. */
export function unsteadyOf(series: readonly (readonly Asked[])[]): Unsteady | undefined {
  const all = series.flat();
  const worst = worstOf(all);
  const ended = series.map((asked) => asked.at(-1)).filter((one) => one !== undefined);
  const lost = ended.filter(failed);
  if (worst === undefined || lost.length === ended.length) return undefined;
  const { outcome, status, code, message, shown, detail, requestId } = worst.assessed;
  return {
    failed: all.filter(failed).length,
    of: all.length,
    recovered: lost.length === 0,
    outcome,
    shown,
    detail,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
