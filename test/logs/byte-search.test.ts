import fc from "fast-check";
import { expect, test } from "vitest";
import { byteSearch } from "../../src/logs/byte-search.ts";
import { ordinaryLog } from "../../src/logs/ordinary-log.ts";
import { scanTerms } from "../../src/logs/scan-terms.ts";
import { healthyLog } from "../bench/lambda-log.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function places(terms: readonly string[], text: string, from: number, end: number): number[] {
  const found: number[] = [];
  for (let at = from; at < end; at++)
    for (const term of terms) if (at + term.length <= end && text.startsWith(term, at)) found.push(at);
  return found;
}

const word = fc.string({ unit: fc.constantFrom(..."abcE:\n"), minLength: 7, maxLength: 12 });

test("finds every term and nothing else, whatever the terms, the text and the sample", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom(..."abcE:\n"), maxLength: 400 }),
      fc.constantFrom("", ordinaryLog),
      (terms, text, ordinary) => {
        const found: number[] = [];
        byteSearch(terms, ordinary).search(bytesOf(text), 0, text.length, found);
        expect(found).toEqual(places(terms, text, 0, text.length));
      },
    ),
    { numRuns: 500 },
  );
});

test("looks only at the part it is given", () => {
  const terms = ["abcdabc", "cdEEEEEEa"];
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("abcd", "a", "b", "c", "cdEEEEEE", "E"), maxLength: 100 }),
      fc.nat(200),
      fc.nat(200),
      (text, one, other) => {
        const from = Math.min(one, other, text.length);
        const end = Math.min(Math.max(one, other), text.length);
        const found: number[] = [];
        byteSearch(terms, "").search(bytesOf(text), from, end, found);
        expect(found).toEqual(places(terms, text, from, end));
      },
    ),
    { numRuns: 500 },
  );
});

test("finds more occurrences than it holds candidates at a time", () => {
  const text = "[ERROR] x\n".repeat(30_000);
  const found: number[] = [];
  byteSearch(scanTerms, ordinaryLog).search(bytesOf(text), 0, text.length, found);
  expect(found.length).toBe(30_000);
  expect(found).toEqual(found.toSorted((a, b) => a - b));
});

test("finds the same wherever in memory the block begins", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...scanTerms.slice(0, 8), "Error", "\u00e9", ": ", "x", "\n"), maxLength: 60 }),
      fc.nat(9),
      (text, shift) => {
        const bytes = bytesOf(text);
        const memory = new Uint8Array(bytes.length + shift + 7);
        memory.set(bytes, shift);
        const found: number[] = [];
        byteSearch(scanTerms, ordinaryLog).search(memory.subarray(shift), 0, bytes.length, found);
        expect(found).toEqual(places(scanTerms, text, 0, text.length));
      },
    ),
    { numRuns: 300 },
  );
});

test("refuses a term that is too short to cover a word wherever it begins", () => {
  expect(() => byteSearch(["failed"], "")).toThrow("The term failed is shorter than 7 bytes.");
});

test("the terms of the scan make it look again at few words of healthy logs", () => {
  expect(new Set(scanTerms).size).toBe(scanTerms.length);
  const healthy = bytesOf(healthyLog(20_000));
  expect(byteSearch(scanTerms, ordinaryLog).share(healthy)).toBeLessThan(0.02);
  expect(byteSearch([...scanTerms, "request"], "").share(healthy)).toBeGreaterThan(0.02);
});
