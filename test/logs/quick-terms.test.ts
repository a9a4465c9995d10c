import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksLikeError } from "../../src/logs/error-filter.ts";
import { mayFail } from "../../src/logs/may-fail.ts";
import { quickTerms } from "../../src/logs/quick-terms.ts";
import { signatures } from "../../src/logs/signatures/index.ts";

describe("quick terms", () => {
  const terms = ["abc", "bca", "no such", "://", "denied"];

  it("are found wherever any of them is, and nowhere else", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "A", "no such", "denie", "d", ":/", "/", " ", "é", "字"), {
      maxLength: 12,
    });
    const [exact, any] = [quickTerms(terms), quickTerms(terms, true)];
    fc.assert(
      fc.property(text, (pieces) => {
        const whole = pieces.join("");
        expect(exact(whole)).toBe(terms.some((term) => whole.includes(term)));
        expect(any(whole)).toBe(terms.some((term) => whole.toLowerCase().includes(term)));
      }),
    );
  });

  it("are found in a text of any length, and letters beyond ASCII as they are or in lower case", () => {
    const search = quickTerms([...terms, "пароль"], true);
    for (let length = 16_370; length < 16_400; length += 1) {
      expect(search("-".repeat(length))).toBe(false);
      for (const term of ["ABC", "://", "no such"]) expect(search(`${"-".repeat(length)}${term}.`)).toBe(true);
    }
    expect(["Пароль: x", "字 пароль", "der Paroль"].map(search)).toEqual([true, true, false]);
  });

  it("are not taken where they are too short to be found", () => {
    expect(() => quickTerms(["ab"])).toThrow("too short");
  });

  it("let through whatever a signature or the look of an error accepts", () => {
    const examples = signatures.flatMap((signature) => signature.matches);
    expect(examples.length).toBeGreaterThan(300);
    expect(examples.filter((example) => looksLikeError(example) && !mayFail(example))).toEqual([]);
    expect(mayFail("event 17 went well")).toBe(false);
  });
});
