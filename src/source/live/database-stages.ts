import type { databaseProbe, probeStages } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import { factsOf } from "../errors.ts";
import { runningLimit, type RunningLimit } from "./running-time.ts";
import { milliseconds } from "../stopwatch.ts";

export type ProbeStage = (typeof probeStages)[number];
type Told = BodyOf<typeof databaseProbe>["stages"][number];

/** Runs one stage, notes how long it took and how it ended, and throws what ends the probe. */
export type Timed = <Out>(stage: ProbeStage, work: (signal: AbortSignal) => Promise<Out>) => Promise<Out>;

/** A stage that failed: the attempt ends there. */
export interface StageFailure {
  readonly stage: ProbeStage;
  readonly code: string;
  readonly message: string;
}

export function isStageFailure(error: unknown): error is StageFailure {
  return typeof error === "object" && error !== null && "stage" in error && "code" in error;
}

/** Each stage alone, in milliseconds. A database that was suspended wakes up while somebody signs in. */
const stageLimitsMs: Readonly<Record<ProbeStage, number>> = {
  resolve: 5_000,
  connect: 5_000,
  "ssl-request": 4_000,
  tls: 4_000,
  authenticate: 7_000,
  query: 7_000,
};

const limitTexts: Readonly<Record<ProbeStage, string>> = {
  resolve: "The host name was not resolved in time.",
  connect: "No connection was made in time.",
  "ssl-request": "The server took the connection and said nothing when it was asked for TLS.",
  tls: "TLS was not agreed on in time.",
  authenticate: "The server did not finish the sign-in in time.",
  query: "The server did not answer the queries in time.",
};

/** Keeps the time of each stage in `stages`, within the stage's own limit, the whole probe's one, and the run's `signal`. */
export function stopwatch(
  { signal, whole }: { readonly signal: AbortSignal; readonly whole: RunningLimit },
  stages: Told[],
  scrub: (text: string) => string,
): Timed {
  return async (stage, work) => {
    const from = milliseconds();
    const ms = (): number => Math.round((milliseconds() - from) * 10) / 10;
    const own = runningLimit(stageLimitsMs[stage]);
    const limit = AbortSignal.any([signal, whole.signal, own.signal]);
    try {
      const out = await withinSignal(work(limit), limit);
      stages.push({ stage, ok: true, ms: ms() });
      return out;
    } catch (error) {
      const stoodStill = own.stoodStill() || (whole.signal.aborted && whole.stoodStill());
      const { code, message } = limit.aborted ? timedOut(stage, stoodStill) : describe(error, stage);
      stages.push({ stage, ok: false, ms: ms(), code, message: scrub(message) });
      throw { stage, code, message: scrub(message) } satisfies StageFailure;
    } finally {
      own.end();
    }
  };
}

function timedOut(stage: ProbeStage, stoodStill: boolean): { code: string; message: string } {
  if (!stoodStill) return { code: "ETIMEDOUT", message: limitTexts[stage] };
  const message =
    "This machine did not let the program run for so long that the time was over before an answer could be read.";
  return { code: "STOOD_STILL", message };
}

/** Rejects as soon as the signal is aborted, whatever the work still does. */
function withinSignal<Out>(work: Promise<Out>, signal: AbortSignal): Promise<Out> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function describe(error: unknown, stage: ProbeStage): { code: string; message: string } {
  const { code, name, message } = factsOf(error);
  const text = message.replaceAll(/\s+/g, " ").trim();
  return {
    code: code || name,
    message: text === "" ? `The ${stage} stage failed (${code || name}).` : `${text.replace(/\.$/, "")}.`,
  };
}

/** An error with a code and a sentence of this program's own. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
