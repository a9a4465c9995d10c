import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import { compileSchema, schemaFault } from "../../src/smoke/json-schema.ts";

const envelope = {
  type: "object",
  required: ["ok", "data"],
  properties: {
    ok: { const: true },
    data: {
      type: "object",
      additionalProperties: false,
      required: ["trend"],
      properties: {
        trend: { enum: ["up", "down"] },
        "a/b~c": { type: "integer" },
        sparkline: { type: "array", items: { type: "integer", minimum: 0 } },
      },
    },
  },
};
const holding = (data: JsonValue): JsonValue => ({ ok: true, data });

describe("a JSON Schema for an answer", () => {
  it.each<[JsonValue, RegExp | undefined]>([
    [holding({ trend: "up", sparkline: [1, 2] }), undefined],
    [holding({}), /^\$\.data must have required property 'trend'$/],
    [holding({ trend: "sideways" }), /^\$\.data\.trend must be equal to one of the allowed values \("up", "down"\)$/],
    [holding({ trend: "up", sparkline: [1, -2] }), /^\$\.data\.sparkline\[1\] must be >= 0$/],
    [holding({ trend: "up", more: 1 }), /^\$\.data must NOT have additional properties \(more\)$/],
    [holding({ trend: "up", "a/b~c": "x" }), /^\$\.data\.a\/b~c must be integer$/],
    [[], /^\$ must be object$/],
  ])("says of %j where it does not fit", (document, fault) => {
    const said = schemaFault(envelope, document);
    if (fault === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(fault);
  });

  it("is of draft 2020-12, or of draft-07 where it says so", () => {
    const tuple = { type: "array", prefixItems: [{ type: "string" }], items: false };
    expect([schemaFault(tuple, ["a"]), schemaFault(tuple, ["a", 1])]).toEqual([undefined, expect.any(String)]);
    const old = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "array",
      items: [{ type: "string" }],
      additionalItems: false,
    };
    expect([schemaFault(old, ["a"]), schemaFault(old, ["a", 1])]).toEqual([undefined, expect.any(String)]);
  });

  it("may name formats, which are not checked, and may refer to itself", () => {
    const tree = {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, at: { format: "date-time" } } } },
      $ref: "#/$defs/node",
    };
    expect(schemaFault(tree, { next: { next: {}, at: "no time" } })).toBeUndefined();
    expect(schemaFault(tree, { next: { next: 1 } })).toBe("$.next.next must be object");
  });

  it("that is none is refused with what is wrong with it", () => {
    expect(() => compileSchema({ type: "objekt" })).toThrow(/type/);
    expect(() => compileSchema({ $ref: "https://elsewhere.example/schema.json" })).toThrow(/elsewhere/);
  });
});
