import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { CauseText, CheckText } from "../../src/report/explain.ts";
import { renderExplain, renderList } from "../../src/report/explain.ts";
import { displayWidth } from "../../src/report/layout.ts";
import { renderCauseTable, renderCheckTable } from "../../src/report/tables.ts";

const check: CheckText = {
  id: "clock-agrees",
  title: "The clocks of the parts agree",
  severity: "warning",
  why: "A signature carries a time. A caller whose clock is off by more than five minutes is refused, however right its key is.",
  examples: {
    fails: [{ name: "a caller ten minutes ahead" }, { name: "a caller ten minutes behind" }],
    passes: [{ name: "a caller two seconds behind" }],
  },
};

const cause: CauseText = {
  id: "clock-skew",
  title: "The caller's clock is wrong",
  explanation: "The request is signed with a time that the server does not accept.",
  mending:
    "Set the clock by the network, for example with chrony, and call again. On a laptop that slept this happens by itself.",
};

const options = { columns: 100, colour: false };

describe("renderExplain", () => {
  it("explains a check by why it is asked and by its examples", () => {
    expect(renderExplain(check, { columns: 80, colour: false })).toBe(`\
clock-agrees                                                      check, warning
The clocks of the parts agree

A signature carries a time. A caller whose clock is off by more than five
minutes is refused, however right its key is.

Fails   - a caller ten minutes ahead
        - a caller ten minutes behind

Passes  - a caller two seconds behind
`);
  });

  it("explains a cause by what it is and how it is mended", () => {
    expect(renderExplain(cause, options)).toBe(`\
clock-skew                                                                                     cause
The caller's clock is wrong

The request is signed with a time that the server does not accept.

Mend    Set the clock by the network, for example with chrony, and call again. On a laptop that
        slept this happens by itself.
`);
  });

  it("leaves out examples that a check has not", () => {
    expect(renderExplain({ ...check, examples: { fails: [], passes: [] } }, options)).not.toMatch(/Fails|Passes/);
  });
});

describe("renderList", () => {
  it("lists checks and causes in columns", () => {
    expect(renderList([check], [cause], options)).toBe(`\
1 check
clock-agrees  warning  The clocks of the parts agree

1 cause
clock-skew    The caller's clock is wrong

One of them: cscp explain ID
`);
  });

  it("fits its columns and says the same in colour", () => {
    const long = { ...check, title: "A title that goes on and on ".repeat(8).trim() };
    for (const columns of [60, 80, 100, 300]) {
      const text = renderList([long, check], [cause], { columns, colour: false });
      for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(Math.min(100, columns));
      expect(stripVTControlCharacters(renderList([long, check], [cause], { columns, colour: true }))).toBe(text);
      for (const entry of [long, cause]) {
        const page = renderExplain(entry, { columns, colour: false });
        for (const line of page.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(Math.min(100, columns));
        expect(stripVTControlCharacters(renderExplain(entry, { columns, colour: true }))).toBe(page);
      }
    }
  });
});

describe("tables", () => {
  it("lists checks and causes in Markdown, a bar in a text kept from ending a cell", () => {
    expect(renderCheckTable([{ ...check, why: "Either a | or a `b`." }])).toBe(
      [
        "| Check | Severity | What it makes sure of | Why |",
        "| --- | --- | --- | --- |",
        "| `clock-agrees` | warning | The clocks of the parts agree | Either a \\| or a \\`b\\`. |",
        "",
      ].join("\n"),
    );
    expect(renderCauseTable([cause])).toBe(
      [
        "| Cause | What it is | How it is mended |",
        "| --- | --- | --- |",
        `| \`clock-skew\` | The caller's clock is wrong | ${cause.mending} |`,
        "",
      ].join("\n"),
    );
  });
});
