import { describe, expect, test } from "vitest";
import { classify } from "../../src/logs/classify.ts";
import { matchSignature } from "../../src/logs/signature.ts";
import { signatures } from "../../src/logs/signatures/index.ts";
import { plainText, significantText } from "../../src/logs/text.ts";

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
    for (const literal of signature.literals) expect(literal).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{2,}$/);
  });
});

test("ids are unique", () => {
  const ids = signatures.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
