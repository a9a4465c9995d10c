import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksLikeError } from "../../src/logs/error-filter.ts";
import { mayFail } from "../../src/logs/may-fail.ts";
import { quickSets, quickTerms } from "../../src/logs/quick-terms.ts";
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
    for (let length = 65_520; length < 65_545; length += 1) {
      expect(search("-".repeat(length))).toBe(false);
      for (const term of ["ABC", "://", "no such"]) expect(search(`${"-".repeat(length)}${term}.`)).toBe(true);
    }
    expect(["Пароль: x", "字 пароль", "der Paroль"].map(search)).toEqual([true, true, false]);
  });

  it("are found of several sets in each of many texts, whatever stands in the others", () => {
    const piece = fc.constantFrom("a", "bca", "ABC", "no such", "denie", "d", ":/", "/", " ", "é", "字", "\n");
    const sets = quickSets([{ terms }, { terms: ["abc", "zz/", "пароль"], anyCase: true }]);
    const bits = (text: string): number =>
      (terms.some((term) => text.includes(term)) ? 1 : 0) + (/abc|zz\/|пароль/i.test(text) ? 2 : 0);
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 8 }), fc.nat(3), (list, filler) => {
        const texts = list.map((pieces) => pieces.join(""));
        // Some are as long as all that is looked at in one go.
        if (filler > 0) texts.splice(1, 0, "-".repeat(65_536 - filler));
        const found = sets.inEach(texts);
        expect(texts.map((_, place) => found[place])).toEqual(texts.map(bits));
        expect(texts.map(sets.in)).toEqual(texts.map(bits));
      }),
    );
  });

  it("are not taken where they are too short to be found", () => {
    expect(() => quickTerms(["ab"])).toThrow("too short");
    expect(() => quickTerms(["a\nb"])).toThrow("line break");
  });

  it("let through whatever a signature or the look of an error accepts", () => {
    const examples = signatures.flatMap((signature) => signature.matches);
    expect(examples.length).toBeGreaterThan(300);
    expect(examples.filter((example) => looksLikeError(example) && !mayFail(example))).toEqual([]);
    expect(mayFail("event 17 went well")).toBe(false);
  });
});
