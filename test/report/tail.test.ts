import { expect, it } from "vitest";
import { tailRenderer } from "../../src/report/tail.ts";

const now = Date.parse("2026-11-30T10:00:00Z");
const entry = {
  at: now,
  source: "GetCustomerUsageReport",
  tone: "error",
  lines: ["No module named 'pg8000'"],
  lateMs: 0,
  suffix: "",
  notes: [
    "module-missing: pg8000. A module is on no layer and not in the package.",
    "more: cscp explain module-missing",
  ],
} as const;

it("keeps its own sentences within a narrow terminal, whatever stands beside them", () => {
  const render = (columns: number): readonly string[] =>
    tailRenderer({ columns, colour: false, sources: [entry.source], now })(entry)
      .trimEnd()
      .split("\n")
      .slice(1);
  expect(Math.max(...render(60).map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(render(60)[0]).toMatch(/^ {4}└ module-missing/);
  expect(render(120)[0]).toMatch(/^ {37}└ module-missing/);
});

it("a function keeps its colour when a longer name makes the column wider", () => {
  const render = tailRenderer({ columns: 100, colour: true, sources: ["a"], now });
  const colourOf = (source: string): string =>
    // oxlint-disable-next-line no-control-regex
    /\u001B\[(\d+)m\S+ *\u001B\[39m {2}/.exec(render({ ...entry, source }))?.[1] ?? "";
  const before = ["a", "b"].map(colourOf);
  expect(new Set(before).size).toBe(2);
  expect(colourOf("a longer one".replaceAll(" ", "-"))).not.toBe(before[1]);
  expect(["b", "a"].map(colourOf)).toEqual(before.toReversed());
});
