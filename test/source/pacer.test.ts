import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/source/clock.ts";
import { createPacer, createPacers, quotaNames, quotaOf } from "../../src/source/pacer.ts";

/** Time that passes only when everyone waits: the next sleeper is woken when nothing else is left to do. */
function virtualTime() {
  let now = 0;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    random: () => 0.5,
    sleep: (ms) => new Promise((resolve) => sleepers.push({ at: now + ms, wake: resolve })),
  };
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    clock,
    async run(done: () => boolean): Promise<number> {
      for (await settle(); !done(); await settle()) {
        const next = sleepers.toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) throw new Error("Everyone waits and nobody sleeps.");
        sleepers.splice(sleepers.indexOf(next), 1);
        now = next.at;
        next.wake();
      }
      return now;
    },
  };
}

const forever = new AbortController().signal;

/** Runs so many calls of 50 ms against a server that allows so many a second, and gives time and throttles. */
async function drive(calls: number, allowed: number, quota: { perSecond: number; burst: number }) {
  const { clock, run } = virtualTime();
  const pacer = createPacer({ quota, clock, signal: forever, concurrency: 12 });
  let tokens = allowed;
  let filledAt = 0;
  let done = 0;
  let throttled = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const turn = await pacer.start();
      tokens = Math.min(allowed, tokens + ((clock.now() - filledAt) / 1000) * allowed);
      filledAt = clock.now();
      const accepted = tokens >= 1;
      if (accepted) tokens -= 1;
      await clock.sleep(50, forever);
      turn.done(accepted ? "ok" : "throttled");
      if (accepted) break;
      throttled += 1;
      await clock.sleep(100, forever);
    }
    done += 1;
  };
  for (let index = 0; index < calls; index += 1) void work();
  const ms = await run(() => done === calls);
  return { ms, throttled, bound: ((calls - allowed) / allowed) * 1000 };
}

describe("a pacer", () => {
  it("lets a burst through at once and paces what follows", async () => {
    const { clock, run } = virtualTime();
    const pacer = createPacer({ quota: { perSecond: 10, burst: 3 }, clock, signal: forever, concurrency: 100 });
    const starts: number[] = [];
    for (let index = 0; index < 8; index += 1) void pacer.start().then(() => starts.push(clock.now()));
    await run(() => starts.length === 8);
    expect(starts.slice(0, 3)).toEqual([0, 0, 0]);
    expect(starts.slice(3).map((ms) => Math.round(ms / 100))).toEqual([1, 2, 3, 4, 5]);
  });

  it("holds no more calls at once than it may", async () => {
    const { clock, run } = virtualTime();
    const pacer = createPacer({ quota: { perSecond: 1000, burst: 100 }, clock, signal: forever, concurrency: 4 });
    let running = 0;
    let most = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      const turn = await pacer.start();
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(50, forever);
      running -= 1;
      turn.done("ok");
      done += 1;
    };
    for (let index = 0; index < 40; index += 1) void work();
    await run(() => done === 40);
    expect(most).toBe(4);
  });

  it.each([
    [300, 15, { perSecond: 15, burst: 5 }],
    [300, 40, { perSecond: 40, burst: 10 }],
    [60, 5, { perSecond: 5, burst: 3 }],
  ])(
    "%d calls at the server's own rate of %d a second end near the bound, hardly ever throttled",
    async (calls, allowed, quota) => {
      const { ms, throttled, bound } = await drive(calls, allowed, quota);
      expect(ms).toBeLessThan(bound * 1.15 + 1_000);
      expect(throttled).toBeLessThan(calls * 0.02);
    },
  );

  it("finds a lower rate that it does not know of, and loses no call", async () => {
    // Another client takes two thirds of the quota.
    const { ms, throttled, bound } = await drive(150, 5, { perSecond: 15, burst: 5 });
    expect(ms).toBeLessThan(bound * 1.6);
    expect(throttled).toBeLessThan(150);
  });

  it("shrinks once for calls that were sent together, and recovers up to the quota", async () => {
    const { clock, run } = virtualTime();
    const pacer = createPacer({ quota: { perSecond: 20, burst: 10 }, clock, signal: forever, concurrency: 20 });
    const turns = [];
    for (let index = 0; index < 6; index += 1) turns.push(await pacer.start());
    let woken = false;
    void clock.sleep(30, forever).then(() => (woken = true));
    await run(() => woken);
    for (const turn of turns) turn.done("throttled");
    expect(pacer.rate()).toBeCloseTo(14, 5);
    let done = 0;
    const work = async (): Promise<void> => {
      (await pacer.start()).done("ok");
      done += 1;
    };
    for (let index = 0; index < 400; index += 1) void work();
    await run(() => done === 400);
    expect(pacer.rate()).toBe(20);
  });

  it("rejects everyone who waits when the run ends", async () => {
    const controller = new AbortController();
    const pacers = createPacers({
      region: "eu-west-1",
      clock: {
        now: () => 0,
        random: () => 0,
        sleep: (_ms, signal) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
      signal: controller.signal,
    });
    const waiting = Array.from({ length: 20 }, () => pacers("lambda.control").start());
    const outcomes = Promise.allSettled(waiting);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort({ kind: "interrupted" });
    expect((await outcomes).filter(({ status }) => status === "rejected").length).toBe(15);
  });

  it("every quota has a rate and a burst", () => {
    for (const name of quotaNames) {
      const { perSecond, burst } = quotaOf(name, "eu-west-1");
      expect(perSecond, name).toBeGreaterThan(0);
      expect(burst, name).toBeGreaterThanOrEqual(1);
      // A tail spends on a backlog what it has saved: some ten seconds' worth.
      expect(burst, name).toBeLessThanOrEqual(name === "logs.tail" ? 12 * perSecond : Math.max(5, perSecond));
    }
  });
});
