import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, flow, hang, listed, padEnd, phraseOf, wrap, wrapLine } from "../../src/report/layout.ts";

describe("displayWidth", () => {
  it.each([
    ["plain", 5],
    ["漢字", 4],
    ["ｶﾅ", 4],
    ["e\u0301", 1],
    ["🙂", 2],
    ["✗ → · …", 7],
    ["", 0],
  ])("takes %j for %i columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("wrap", () => {
  it.each([
    ["one two three", 8, ["one two", "three"]],
    ["one  two\n three", 80, ["one two three"]],
    ["", 10, [""]],
    [
      "arn:aws:lambda:eu-north-1:444455556666:function:Orders",
      30,
      ["arn:aws:lambda:eu-north-1:", "444455556666:function:Orders"],
    ],
    ["aaaaaaaaaaaa", 5, ["aaaaa", "aaaaa", "aa"]],
    ["漢字漢字", 5, ["漢字", "漢字"]],
  ])("breaks %j at %i columns", (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it("keeps to its width and loses nothing but spaces, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 120 }), (text, width) => {
        const lines = wrap(text, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
      }),
    );
  });
});

describe("wrapLine", () => {
  it("keeps a line that fits as it is, and the indentation of one that does not", () => {
    expect(wrapLine("  a  b", 10)).toEqual(["  a  b"]);
    expect(wrapLine("    one two three", 12)).toEqual(["    one two", "    three"]);
  });
});

describe("flow", () => {
  it("breaks between parts only", () => {
    expect(flow(["alpha beta", "gamma delta", "eps"], " · ", 16)).toEqual(["alpha beta ·", "gamma delta ·", "eps"]);
    expect(flow(["alpha beta", "gamma deltas", "eps"], " · ", 13)).toEqual(["alpha beta ·", "gamma deltas", "eps"]);
    expect(flow(["alpha", "beta"], " · ", 12)).toEqual(["alpha · beta"]);
    expect(flow([], " · ", 12)).toEqual([]);
  });

  it("keeps to its width, whatever the parts", () => {
    fc.assert(
      fc.property(fc.array(fc.lorem({ maxCount: 3 })), fc.integer({ min: 4, max: 60 }), (parts, width) => {
        for (const line of flow(parts, " · ", width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("phrases", () => {
  it.each([
    [[], 9, ""],
    [["a"], 9, "a"],
    [["a", "b"], 9, "a and b"],
    [["a", "b", "c"], 9, "a, b and c"],
    [["a", "b", "c", "d"], 3, "a, b and 2 more"],
    [["a", "b"], 1, "a and 1 more"],
  ])("lists %j, %i at most", (names, most, text) => {
    expect(listed(names, most)).toBe(text);
  });

  it.each([
    [["log of A", "log of B", "log of C"], "log of A, B and C"],
    [["the layer x:1", "the layer x:2"], "the layer x:1 and x:2"],
    [["the layer x", "the log y"], "the layer x and log y"],
    [["alone with words"], "alone with words"],
    [["log", "log of A"], "log and log of A"],
    [["same thing", "same thing"], "same thing and thing"],
  ])("says once what begins all of %j", (names, text) => {
    expect(phraseOf(names)).toBe(text);
  });

  it("pads and hangs by columns, not by characters", () => {
    expect(padEnd("漢", 4)).toBe("漢  ");
    expect(hang("漢 ", ["one", "", "two"])).toEqual(["漢 one", "", "   two"]);
  });
});
