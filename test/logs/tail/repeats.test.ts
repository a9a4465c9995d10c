import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TailEntry } from "../../../src/core/tail.ts";
import { createRepeats } from "../../../src/logs/tail/repeats.ts";
import { createSaidTexts } from "../../../src/logs/tail/said.ts";

const entry = (text: string, at: number, source = "f"): TailEntry => ({
  at,
  source,
  tone: "plain",
  lines: [text],
  lateMs: 0,
  suffix: "",
  notes: [],
});

describe("what was said lately", () => {
  it("is known by source and whole text, as long as it is remembered", () => {
    const said = fc.record({
      source: fc.constantFrom("f", "g", "fa"),
      text: fc.constantFrom("", "a", "ab", "b", "the same but for its end 1", "the same but for its end 2"),
      after: fc.constantFrom(0, 1_000, 40_000, 70_000),
    });
    fc.assert(
      fc.property(fc.array(said), (all) => {
        const texts = createSaidTexts();
        const known = new Map<string, { at: number; shown: number }>();
        let at = 0;
        for (const { source, text, after } of all) {
          at += after;
          const key = `${source}\n${text}`;
          const before = known.get(key);
          const shown = before === undefined || at - before.at > 60_000 ? 0 : before.shown;
          expect(texts.say(source, text, at)).toBe(shown);
          if (shown < 3) texts.show();
          known.set(key, { at, shown: Math.min(3, shown + 1) });
        }
      }),
    );
  });

  it("is forgotten after a thousand other texts, and never taken for one of them", () => {
    const texts = createSaidTexts();
    const say = (text: string): number => {
      const shown = texts.say("f", text, 0);
      texts.show();
      return shown;
    };
    expect([say("once"), say("once")]).toEqual([0, 1]);
    for (let number = 0; number < 400; number += 1) expect(say(`line ${number}`)).toBe(0);
    expect(say("once")).toBe(2);
    for (let number = 400; number < 20_000; number += 1) expect(say(`line ${number}`)).toBe(0);
    expect(say("once")).toBe(0);
  });
});

describe("repeats", () => {
  it("are counted apart for each text and source, and told by the last one", () => {
    const repeats = createRepeats();
    const kept: string[] = [];
    for (let at = 0; at < 20; at += 1)
      for (const [text, source] of [
        ["same", "f"],
        ["same", "g"],
        [`other ${at}`, "f"],
      ] as const)
        if (repeats.pass(entry(text, at, source), { text, failure: false }) !== undefined) kept.push(text);
    expect(kept.filter((text) => text === "same")).toHaveLength(6);
    expect(kept).toHaveLength(26);
    expect(repeats.due(0, 30)).toEqual([]);
    const told = repeats.due(5_000, 30);
    expect(told.map(({ source, again, at }) => [source, again?.times, again?.last, at])).toEqual([
      ["f", 17, 19, 30],
      ["g", 17, 19, 30],
    ]);
  });
});
