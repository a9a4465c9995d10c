import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import { holds, parseCondition } from "../../src/smoke/condition.ts";

const document: JsonValue = {
  ok: true,
  data: { missingData: false, score: 7, trend: "up", sparkline: [1, 2, 30], none: null, "odd key": { 'a"b': 1 } },
};

function verdict(text: string, value: JsonValue = document): boolean | string {
  const condition = parseCondition(text);
  return "error" in condition ? condition.error : holds(condition, value);
}

describe("a condition", () => {
  it.each([
    ["$", true],
    ["$.data.missingData == true", false],
    ["$.data.missingData == false", true],
    ["$.data.missingData", true],
    ["$.data.absent", false],
    ["$.data.absent == null", false],
    ["$.data.none == null", true],
    ["$.data.score >= 7", true],
    ["$.data.score>7", false],
    ["$.data.score < 7.5", true],
    ['$.data.score == "7"', false],
    ['$.data.trend != "down"', true],
    ['$.data.trend <= "v"', true],
    ["$.data.trend < 3", false],
    ["$.data.sparkline[0] == 1", true],
    ["$.data.sparkline[3]", false],
    ["$.data.sparkline[*] > 29", true],
    ["$.data.sparkline.* > 30", false],
    ["$.data.sparkline.length", false],
    ["$.data[*] == 7", true],
    ['$.data["odd key"]["a\\"b"] == 1', true],
    ["$.data['odd key']", true],
    ["$.toString", false],
    ["$.data.trend[0]", false],
  ] as const)("%s is %s", (text, expected) => {
    expect(verdict(text)).toBe(expected);
  });

  it.each(["data.x", "$.data.", "$.data.x = 1", "$.data.x == up", "$.data.x == [1]", "$..x", "$.a b", '$["a]'])(
    "refuses %s",
    (text) => {
      expect(verdict(text)).toMatch(/^The condition .*\.$/);
    },
  );

  it("never throws, whatever its text", () => {
    const signs = fc.constantFrom(
      "$",
      ".",
      "a",
      "[",
      "]",
      "0",
      '"',
      "'",
      "*",
      "==",
      "<",
      " ",
      "true",
      "\\",
      "__proto__",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(signs).map((parts) => `$${parts.join("")}`),
    );
    fc.assert(
      fc.property(text, fc.jsonValue(), (condition, value) => {
        expect(["boolean", "string"]).toContain(typeof verdict(condition, value as JsonValue));
      }),
    );
  });

  it("finds any member by its quoted name", () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), (key, value) => {
        fc.pre(key !== "__proto__");
        expect(verdict(`$[${JSON.stringify(key)}] == ${JSON.stringify(value)}`, { [key]: value })).toBe(true);
      }),
    );
  });
});
