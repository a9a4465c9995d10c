// One call to AWS at a time in its turn, sent again where that helps.
import type { Clock } from "./clock.ts";
import { factsOf, isStop, kindOf, type Stop } from "./errors.ts";
import { createPacers, type QuotaName } from "./pacer.ts";
import { timedOut, timeLimit } from "./time-limit.ts";
import { createWaits } from "./waits.ts";

export interface SendingOptions {
  readonly region: string;
  readonly clock: Clock;
  /** Aborted with a `Stop` when the run is interrupted or out of time. */
  readonly signal: AbortSignal;
  /** Milliseconds for one try of one call. */
  readonly requestTimeoutMs?: number;
  /** A service that has never answered is asked again all the same: the run goes on until it does. */
  readonly patient?: boolean;
}

export type Send = <Out>(
  action: string,
  quota: QuotaName,
  call: (options: { abortSignal: AbortSignal }) => Promise<Out>,
  /** For what is not to be done twice: its own time limit in milliseconds, and nothing but a throttle is retried. */
  once?: { readonly timeoutMs: number },
) => Promise<Out>;

export interface CallCount {
  readonly service: string;
  readonly action: string;
  readonly count: number;
}

/** How many calls had to be sent again: refused for their rate, or broken, slow or failed on the way. */
export interface Repeated {
  readonly throttled: number;
  readonly broken: number;
}

/** See `Aws`. */
export interface Sending {
  readonly send: Send;
  calls(): readonly CallCount[];
  repeated(): Repeated;
  throttledMs(): number;
}

/** Thrown out of `send` when the run itself ended. */
interface Stopped {
  readonly stop: Stop;
  readonly throttled: boolean;
}

function stopped(reason: unknown, throttled: boolean): Stopped {
  return { stop: isStop(reason) ? reason : { kind: "interrupted" }, throttled };
}

export function isStopped(error: unknown): error is Stopped {
  return typeof error === "object" && error !== null && "stop" in error && isStop(error.stop);
}

const maxBroken = 2;
const maxTimeouts = 1;

export function createSending(options: SendingOptions): Sending {
  const { region, clock, signal, requestTimeoutMs = 20_000 } = options;
  const pacers = createPacers({ region, clock, signal });
  const counts = new Map<string, number>();
  const repeated = { throttled: 0, broken: 0 };
  const dead = new Map<string, unknown>();
  const alive = new Set<string>();
  const throttle = createWaits(clock);

  function count(action: string): void {
    counts.set(action, (counts.get(action) ?? 0) + 1);
  }

  async function send<Out>(
    action: string,
    quota: QuotaName,
    call: (options: { abortSignal: AbortSignal }) => Promise<Out>,
    once?: { readonly timeoutMs: number },
  ): Promise<Out> {
    const waiting = throttle.waiter();
    try {
      return await sendAgain(action, quota, call, waiting.begin, once);
    } finally {
      waiting.end();
    }
  }

  async function sendAgain<Out>(
    action: string,
    quota: QuotaName,
    call: (options: { abortSignal: AbortSignal }) => Promise<Out>,
    waits: () => void,
    once: { readonly timeoutMs: number } | undefined,
  ): Promise<Out> {
    // Live Tail has a host of its own, which says nothing of the service's.
    const service = quota === "logs.live" ? quota : (action.split(":")[0] ?? action);
    let throttled = 0;
    let broken = 0;
    let timeouts = 0;
    for (;;) {
      const before = dead.get(service);
      if (before !== undefined) throw before;
      const turn = await pacers(quota)
        .start()
        .catch((reason: unknown) => {
          throw stopped(reason, throttled > 0);
        });
      count(action);
      const limit = timeLimit(signal, once?.timeoutMs ?? requestTimeoutMs);
      try {
        const out = await call({ abortSignal: limit.signal }).finally(limit.over);
        turn.done("ok");
        alive.add(service);
        return out;
      } catch (error) {
        const kind = limit.passed() && !signal.aborted ? "timeout" : kindOf(error);
        turn.done(kind === "throttled" ? "throttled" : "other");
        if (signal.aborted) throw stopped(signal.reason, throttled > 0);
        if (kind === "throttled") {
          throttled += 1;
          waits();
        } else if (once !== undefined) throw limit.passed() ? timedOut() : error;
        else if (kind === "timeout" && timeouts < maxTimeouts) timeouts += 1;
        else if ((kind === "reset" || kind === "server") && broken < maxBroken) broken += 1;
        else {
          const final = limit.passed() ? timedOut() : error;
          // Where nothing ever answered, the next calls need not find out again, each with its own wait.
          if ((kind === "unreachable" || kind === "timeout") && !alive.has(service) && options.patient !== true)
            dead.set(service, final);
          throw final;
        }
        repeated[kind === "throttled" ? "throttled" : "broken"] += 1;
        const asked = (factsOf(error).retryAfterSeconds ?? 0) * 1000;
        const tries = kind === "throttled" ? throttled : broken + timeouts;
        const wait = Math.max(asked, Math.min(5_000, 100 * 2 ** tries) * (0.5 + clock.random() / 2));
        await clock.sleep(wait, signal).catch((reason: unknown) => {
          throw stopped(reason, throttled > 0);
        });
      }
    }
  }

  return {
    send,
    calls: () =>
      [...counts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([action, times]) => ({ service: action.split(":")[0] ?? action, action, count: times })),
    repeated: () => ({ ...repeated }),
    throttledMs: throttle.ms,
  };
}
