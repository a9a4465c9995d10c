import type { Clock } from "./clock.ts";

/** How long at least one of several things waited, as they wait side by side. */
export interface Waits {
  waiter(): { begin(): void; end(): void };
  /** Milliseconds until now. */
  ms(): number;
}

export function createWaits(clock: Pick<Clock, "now">): Waits {
  let waiting = 0;
  let since = 0;
  let total = 0;
  return {
    waiter() {
      let open = false;
      return {
        begin() {
          if (open) return;
          open = true;
          if (waiting === 0) since = clock.now();
          waiting += 1;
        },
        end() {
          if (!open) return;
          open = false;
          waiting -= 1;
          if (waiting === 0) total += clock.now() - since;
        },
      };
    },
    ms: () => total + (waiting > 0 ? clock.now() - since : 0),
  };
}
