import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { tidyUp } from "../../src/source/memory.ts";

it("collects what is garbage where there is much of it, and leaves the engine's flags as they were", () => {
  let kept: unknown[] = Array.from({ length: 1_000_000 }, (_, index) => ({ index, text: `${index}` }));
  const before = getHeapStatistics().used_heap_size;
  expect(kept.length).toBe(1_000_000);
  kept = [];
  tidyUp();
  expect(getHeapStatistics().used_heap_size).toBeLessThan(before - 30 * 1024 * 1024);
  expect(runInNewContext("typeof gc")).toBe("undefined");
});
