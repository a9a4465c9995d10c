import fc from "fast-check";
import { expect, test } from "vitest";
import { needleSearch } from "../../src/logs/needles.ts";
import { signatures } from "../../src/logs/signatures/index.ts";
import { variants } from "./variants.ts";

const search = needleSearch(signatures);
const examples = [
  ...signatures.flatMap(({ matches, misses }) => [...matches, ...misses]),
  ...Object.values(variants).flat(),
];

/** The expressions that match a text, found by trying all of them. */
const matching = (text: string): RegExp[] =>
  signatures.flatMap(({ patterns }) => patterns.filter((pattern) => pattern.test(text)));

test("lacks no expression that matches, whatever the text", () => {
  const part = fc.oneof(fc.constantFrom(...examples), fc.string(), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const text = parts.join(" ");
      const tried = new Set([...search(text).values()].flat());
      for (const pattern of matching(text)) expect(tried.has(pattern)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("tries few of them", () => {
  const tried = examples.map((text) => [...search(text).values()].flat().length);
  expect(tried.reduce((sum, count) => sum + count, 0) / examples.length).toBeLessThan(8);
});
