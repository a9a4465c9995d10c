/** What a call fails with that was not answered in time. */
export function timedOut(): Error {
  return Object.assign(new Error("The time limit of one call has passed."), { name: "TimeoutError" });
}

/**
 * The run's signal and a time limit in one, until the call is over. `AbortSignal.timeout` would hold what a call left for
 * the whole of its limit, and `AbortSignal.any` for as long as the run.
 */
export function timeLimit(
  run: AbortSignal,
  afterMs: number,
): { readonly signal: AbortSignal; readonly passed: () => boolean; readonly over: () => void } {
  const controller = new AbortController();
  let passed = false;
  const stop = (): void => controller.abort(run.reason);
  const timer = setTimeout(() => {
    passed = true;
    controller.abort(timedOut());
  }, afterMs);
  timer.unref();
  if (run.aborted) stop();
  run.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    over() {
      clearTimeout(timer);
      run.removeEventListener("abort", stop);
    },
  };
}
