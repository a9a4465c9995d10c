import { setMaxListeners } from "node:events";
import { createAws } from "../aws.ts";
import type { Clock } from "../clock.ts";
import type { Stop } from "../errors.ts";
import type { Vault } from "../vault.ts";
import type { LiveContext } from "./context.ts";

export interface OpenOptions {
  readonly region: string;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly vault: Vault;
  /** Aborted with a `Stop`. */
  readonly signal: AbortSignal;
  readonly patient?: boolean;
  readonly onSkew?: LiveContext["onSkew"];
  readonly count?: LiveContext["count"];
}

/** What the answers of a run share; nothing is loaded or asked before the first of them. */
export function openContext({
  region,
  profile,
  endpointUrl,
  env,
  clock,
  vault,
  signal,
  ...more
}: OpenOptions): LiveContext {
  const aws = createAws({
    region,
    env,
    clock,
    signal,
    scrub: vault.scrub,
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
    ...(more.patient === undefined ? {} : { patient: more.patient }),
  });
  const { onSkew, count = () => {} } = more;
  return { aws, vault, clock, signal, env, locations: new Map(), skew: { ms: 0 }, onSkew, count };
}

/** How a run ends before it is done: when it has taken so many milliseconds, or the user interrupts it. */
export function runEnd(
  timeoutMs: number,
  interrupted: AbortSignal | undefined,
): { readonly signal: AbortSignal; readonly over: () => void } {
  const controller = new AbortController();
  // Many sleeps and calls listen to one signal; that is no leak.
  setMaxListeners(0, controller.signal);
  const stop = (reason: Stop): void => {
    if (!controller.signal.aborted) controller.abort(reason);
  };
  const deadline = setTimeout(() => stop({ kind: "deadline", afterMs: timeoutMs }), timeoutMs);
  deadline.unref();
  const interrupt = (): void => stop({ kind: "interrupted" });
  if (interrupted?.aborted === true) interrupt();
  interrupted?.addEventListener("abort", interrupt, { once: true });
  return {
    signal: controller.signal,
    over() {
      clearTimeout(deadline);
      interrupted?.removeEventListener("abort", interrupt);
    },
  };
}
