import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visible, visibleJson, visibleLines } from "../../src/core/visible.ts";

const code = (point: number): string => String.fromCodePoint(point);

/** Text rich in what must not pass: controls, escapes, overrides, separators, surrogates, ordinary text between. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x9f }).map(code),
    fc.constantFrom(
      "\u202e",
      "\u2066",
      "\u200b",
      "\ufeff",
      "\u2028",
      "\u00a0",
      "\ud800",
      "\u001b[2J",
      "\u009b",
      "é",
      "漢",
      "🙂",
    ),
    fc.integer({ min: 0, max: 0x10ffff }).map(code),
  ),
});

describe("visible", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", String.raw`\x1b[31mred\x1b[0m`],
    ["a\u009bB", String.raw`a\x9bB`],
    ["bell\u0007 del\u007f nul\u0000", String.raw`bell\x07 del\x7f nul\x00`],
    ["one\r\ntwo\tthree", String.raw`one\r\ntwo\tthree`],
    ["user\u202egpj.exe", String.raw`user\u202egpj.exe`],
    ["\u2066a\u2069\u200f\u061c", String.raw`\u2066a\u2069\u200f\u061c`],
    ["zero\u200bwidth\ufeff\u00ad", String.raw`zero\u200bwidth\ufeff\xad`],
    ["line\u2028para\u2029", String.raw`line\u2028para\u2029`],
    ["tag\u{e0041}", String.raw`tag\u{e0041}`],
    ["no\u00a0break ideographic\u3000", String.raw`no\xa0break ideographic\u3000`],
    ["filler\u3164", String.raw`filler\u3164`],
    ["half \ud83d", String.raw`half \ud83d`],
  ])("shows what cannot be seen in %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(["plain text", "Grüße, 漢字, naïve", "🙂 and ⚠\ufe0f", String.raw`C:\new\table`, "✗ BROKEN: 4 → 5 · …"])(
    "leaves %j as it is",
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );

  it("lets no control, format or separator character through, whatever the text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it("changes nothing more when it is applied again", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
  });

  it("keeps every character that can be seen", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        expect(visible(text)).toBe(text);
      }),
    );
  });
});

describe("visibleLines", () => {
  it("breaks at line ends of every kind, widens tabs and drops empty lines at the end", () => {
    expect(visibleLines("a\r\n\tb\rc\u001b\n\n")).toEqual(["a", "  b", String.raw`c\x1b`]);
  });

  it("takes the blanks that Lambda indents frames by for spaces, and shows them elsewhere", () => {
    expect(visibleLines('\u00a0\u00a0File "/var/task/a.py"\r\u00a0\u00a0\u00a0\u00a0x\u00a0y')).toEqual([
      '  File "/var/task/a.py"',
      String.raw`    x\xa0y`,
    ]);
  });

  it("gives one empty line for an empty text", () => {
    expect(visibleLines("")).toEqual([""]);
  });

  it("lets no control character through, whatever the text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visibleLines(text).join("")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe("visibleJson", () => {
  it("reads back as the same value and holds no character that acts on a terminal", () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        const json = visibleJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
