import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { Report } from "../../src/core/report.ts";
import { documentOf } from "../../src/report/document.ts";
import { renderJson } from "../../src/report/json.ts";
import { reportJsonSchema, reportSchema } from "../../src/report/schema.ts";
import { anyReport } from "./arbitrary.ts";
import { check, oneCause, samples } from "./samples.ts";

/** A JSON schema as far as these tests walk it. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly [key: string]: unknown;
}

describe("renderJson", () => {
  it("reads back as the same report, whatever its texts", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(JSON.parse(renderJson(report))).toEqual(report);
      }),
      { numRuns: 80 },
    );
  });

  it("is the same text whatever order the keys were written in", () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, turned(inner)]),
      );
    };
    for (const report of Object.values(samples)) expect(renderJson(turned(report) as Report)).toBe(renderJson(report));
  });

  it("begins with what a reader looks for first, two spaces deep", () => {
    const lines = renderJson(oneCause).split("\n");
    expect(lines.slice(0, 3)).toEqual(["{", '  "schemaVersion": 1,', '  "tool": {']);
    expect(Object.keys(documentOf(oneCause)).slice(6, 11)).toEqual([
      "verdict",
      "failOn",
      "exitCode",
      "summary",
      "diagnoses",
    ]);
    expect(renderJson(oneCause).endsWith("}\n")).toBe(true);
  });

  it("leaves out what a run carries beyond the document", () => {
    const subject = { kind: "function" as const, id: "Orders", label: "Orders", functionName: "orders-1A2B" };
    const checks = [check("c", "C", "error", [{ subject, verdict: "pass", findings: [] }])];
    const report: Report = { ...oneCause, checks };
    expect(renderJson(report)).not.toContain("orders-1A2B");
    expect(reportSchema.safeParse(report).success).toBe(false);
    expect(reportSchema.safeParse(documentOf(report)).success).toBe(true);
  });

  it("holds no character that acts on a terminal", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(renderJson(report).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 80 },
    );
  });
});

describe("reportSchema", () => {
  it("describes exactly the type Report", () => {
    expectTypeOf<z.infer<typeof reportSchema>>().toEqualTypeOf<Report>();
    // Both ways, so that an optional key that one of them lacks does not compile.
    expectTypeOf<Required<Report>>().toEqualTypeOf<Required<z.infer<typeof reportSchema>>>();
  });

  it.each(Object.entries(samples))("takes the sample %s", (_name, report) => {
    expect(reportSchema.parse(JSON.parse(renderJson(report)))).toEqual(report);
  });

  it("takes any report that the types allow", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(reportSchema.safeParse(JSON.parse(renderJson(report))).error).toBeUndefined();
      }),
      { numRuns: 80 },
    );
  });

  it.each([
    ["a field of no version", { ...oneCause, extra: 1 }],
    ["another version", { ...oneCause, schemaVersion: 2 }],
    ["an exit code that has no meaning", { ...oneCause, exitCode: 2 }],
    ["a finding without evidence", { ...oneCause, ignored: [{ ...oneCause.diagnoses[0]?.explains[0], evidence: [] }] }],
    ["an absent part", { ...oneCause, notes: undefined }],
    ["a check id that is no text", { ...oneCause, checks: [{ ...oneCause.checks[0], id: 7 }] }],
  ])("refuses %s", (_name, report) => {
    expect(reportSchema.safeParse(report).success).toBe(false);
  });
});

describe("reportJsonSchema", () => {
  const schema = reportJsonSchema() as Schema;

  it("is a strict schema with a description for every part of the report", () => {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.additionalProperties).toBe(false);
    const parts = Object.entries({ ...schema.properties, ...schema.$defs });
    const bare = parts.filter(([, part]) => part.description === undefined && part["$ref"] === undefined);
    expect(bare.map(([name]) => name)).toEqual(["schemaVersion", "tool"]);
    expect(Object.values(schema.$defs ?? {}).map((part) => part.additionalProperties)).toEqual(
      Object.keys(schema.$defs ?? {}).map(() => false),
    );
  });

  it("requires what every report has and nothing that may be absent", () => {
    expect(schema.required?.toSorted()).toEqual(Object.keys(oneCause).toSorted());
    expect(schema.$defs?.["stack"]?.required).toEqual(["name", "region", "functions", "layers", "tools"]);
  });

  it("names the type of every value", () => {
    const untyped: string[] = [];
    const walk = (part: Schema, path: string): void => {
      const typed = part.type ?? part["enum"] ?? part["const"] ?? part["anyOf"] ?? part["$ref"];
      if (typed === undefined) untyped.push(path);
      for (const [name, inner] of Object.entries(part.properties ?? {})) walk(inner, `${path}.${name}`);
      if (part.items !== undefined && typeof part.items === "object") walk(part.items, `${path}[]`);
    };
    walk(schema, "report");
    for (const [name, part] of Object.entries(schema.$defs ?? {})) walk(part, name);
    expect(untyped).toEqual([]);
  });

  it("has the order of the document", () => {
    const order = Object.keys(documentOf(oneCause));
    // Only a run of the smoke test has its own section, and only one of some checks tells of how many.
    expect([...order, "checksInAll", "smoke"].toSorted()).toEqual(Object.keys(schema.properties ?? {}).toSorted());
  });
});
