import { describe, expect, it } from "vitest";
import type { ShownEvent } from "../../../src/core/tail.ts";
import { createRequestBlocks } from "../../../src/logs/tail/request-blocks.ts";

const shown = (message: string, at: number, stream: string): ShownEvent => ({
  event: { group: "g", stream, timestamp: at, ingestionTime: at, message, eventId: undefined },
  by: "sweep",
  lateMs: 0,
});
const id = (number: number): string => `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;

describe("requests that are kept back until they are over", () => {
  it("are cut off where they are too many, no more of them than must be, and only those that are not over", () => {
    const blocks = createRequestBlocks();
    const requests = 400;
    const lines = 200;
    const ready = [];
    for (let line = 0; line < lines; line += 1) {
      for (let number = 0; number < requests; number += 1) {
        const text = line === 0 ? `START RequestId: ${id(number)} Version: $LATEST` : `line ${line}`;
        blocks.add(shown(text, line, `s${number}`), 0);
      }
      // One request is over early: it is not torn.
      if (line === 1) blocks.add(shown(`REPORT RequestId: ${id(399)}\tDuration: 1 ms`, line, "s399"), 0);
      ready.push(...blocks.due(0));
    }
    for (let number = 0; number < requests; number += 1)
      blocks.add(shown(`REPORT RequestId: ${id(number)}\tDuration: 1 ms`, lines, `s${number}`), 0);
    ready.push(...blocks.rest());
    expect(ready.reduce((sum, { events }) => sum + events.length, 0)).toBe(requests * lines + requests + 1);
    const cut = ready.filter((block) => block.cut);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.length).toBeLessThan(requests / 3);
    expect(cut.some(({ over }) => over)).toBe(false);
    const heads = new Set(ready.map(({ request }) => request));
    expect(heads.size).toBeGreaterThanOrEqual(requests);
  });

  it("are whole where memory allows", () => {
    const blocks = createRequestBlocks();
    for (let line = 0; line < 100; line += 1)
      for (let number = 0; number < 300; number += 1)
        blocks.add(
          shown(line === 0 ? `START RequestId: ${id(number)} Version: $LATEST` : `line ${line}`, line, `s${number}`),
          0,
        );
    expect(blocks.due(0)).toEqual([]);
    expect(blocks.rest()).toHaveLength(300);
  });
});
