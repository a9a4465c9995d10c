import { setImmediate } from "node:timers/promises";
import { milliseconds } from "./stopwatch.ts";

/** A turn of the event loop in which nothing was done takes less, in milliseconds. */
const idleTurn = 0.3;
const mostTurns = 20;

/** Waits for a turn of the event loop in which there is nothing else to do, and not for ever. */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < mostTurns; turns += 1) {
    const begun = milliseconds();
    await setImmediate();
    if (milliseconds() - begun < idleTurn) return;
  }
}
