import { describe, expect, test } from "vitest";
import { classify } from "../../src/logs/classify.ts";
import { literalsOf } from "../../src/logs/literals.ts";
import { matchSignature } from "../../src/logs/signature.ts";
import { signatures } from "../../src/logs/signatures/index.ts";
import { plainText, significantText } from "../../src/logs/text.ts";
import { variants } from "./variants.ts";

const examples = [...signatures.flatMap(({ matches }) => matches), ...Object.values(variants).flat()].map((text) =>
  significantText(plainText(text)),
);

describe.each(signatures.map((each) => [each.id, each] as const))("signature %s", (id, signature) => {
  test.each(signature.matches)("classifies %j", (text) => {
    expect(classify(text).candidates[0]?.signature).toBe(id);
  });

  test.each(signature.misses)("leaves %j alone", (text) => {
    const significant = significantText(plainText(text));
    const match = matchSignature(signature, significant, {
      text: significant,
      runtime: undefined,
      architecture: undefined,
    });
    expect(match).toBeUndefined();
  });

  test("has examples, a sentence on what decides, and literals that can be searched for in raw bytes", () => {
    expect(signature.matches.length).toBeGreaterThan(0);
    expect(signature.misses.length).toBeGreaterThan(0);
    expect(signature.decides.length).toBeGreaterThan(10);
    expect(signature.literals.length).toBeGreaterThan(0);
    for (const literal of signature.literals) expect(literal).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{2,}$/);
  });
});

test.each(signatures.flatMap(({ id, patterns }) => patterns.map((pattern) => [id, pattern] as const)))(
  "%s: %s has an example, with one of its literals",
  (_, pattern) => {
    const example = examples.find((text) => pattern.test(text));
    expect(example).toBeDefined();
    // Literals are found by their bytes, so no expression may ignore case.
    expect(pattern.flags).toMatch(/^m?$/);
    const literals = literalsOf(pattern);
    expect(literals.some((literal) => example?.includes(literal))).toBe(true);
  },
);

describe.each(Object.entries(variants))("%s comes first for", (cause, texts) => {
  test.each(texts)("%j", (text) => {
    expect(classify(text).candidates.map((candidate) => candidate.cause)[0]).toBe(cause);
  });
});

test("no expression takes long on a text that is made to delay it", { timeout: 60_000 }, () => {
  const length = 32_768;
  for (const { id, patterns } of signatures) {
    for (const pattern of patterns) {
      const example = examples.find((text) => pattern.test(text)) ?? "";
      for (const part of [
        example.slice(0, Math.ceil(example.length / 2)),
        example.slice(0, -3),
        ...literalsOf(pattern).slice(0, 2),
        "(",
        "'a",
        "/a.so",
      ]) {
        const text = part.repeat(Math.ceil(length / part.length)).slice(0, length);
        // Processor time, as a busy machine takes any time by the clock.
        const started = process.cpuUsage();
        pattern.test(text);
        const { user, system } = process.cpuUsage(started);
        expect((user + system) / 1000, `${id}: ${pattern.source}`).toBeLessThan(500);
      }
    }
  }
});

test("ids are unique", () => {
  const ids = signatures.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
