import { describe, expect, it } from "vitest";
import { formats, isFormat, renderReport } from "../../src/report/formats.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import { oneCause } from "./samples.ts";

const options = { columns: 80, colour: true, verbose: 1 as const };

describe("formats", () => {
  it("knows its names", () => {
    expect(formats.every(isFormat)).toBe(true);
    for (const other of ["", "TEXT", "xml", "toString"]) expect(isFormat(other)).toBe(false);
  });

  it.each(formats)("renders %s, ending with a line break", async (format) => {
    const text = await renderReport(format, oneCause, options);
    expect(text.endsWith("\n")).toBe(true);
    expect(text).toContain("orders-backend");
  });

  it("hands the options to the text format, and to no other", async () => {
    expect(await renderReport("text", oneCause, options)).toBe(renderTerminal(oneCause, options));
    expect(await renderReport("json", oneCause, options)).toBe(renderJson(oneCause));
    for (const format of ["json", "markdown", "junit", "github"] as const) {
      expect(await renderReport(format, oneCause, options)).not.toContain("\u001b");
    }
  });
});
