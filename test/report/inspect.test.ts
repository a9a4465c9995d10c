import { describe, expect, it } from "vitest";
import {
  renderInspect,
  renderInspectJson,
  type InspectedModule,
  type InspectedTarget,
} from "../../src/report/inspect.ts";

const settled = { cause: null, message: null, explanation: null, file: null, chain: [], fix: null };
const good: InspectedModule = { module: "pg8000", importable: true, ...settled };
const bad: InspectedModule = {
  module: "psycopg2._psycopg",
  importable: false,
  cause: "wrong-arch",
  message: "Unable to import module 'app': no such library",
  explanation: "/opt/python/psycopg2/_psycopg.so is made for arm64; Lambda runs Linux x86_64.",
  file: "/opt/python/psycopg2/_psycopg.so",
  chain: [
    { file: "/var/task/app.py", line: 4, imports: "psycopg2" },
    { file: "/opt/python/psycopg2/__init__.py", line: 51, imports: "psycopg2._psycopg" },
  ],
  fix: { commands: ["python3 -m pip install --target layer/python psycopg2-binary"], advice: [] },
};
const target = (change: Partial<InspectedTarget>): InspectedTarget => ({
  path: "fn",
  runtime: "python3.12",
  architecture: "x86_64",
  handler: "app.handler",
  layers: [],
  verdict: "will-import",
  modules: [good],
  later: [],
  problems: [],
  notes: [],
  size: null,
  ...change,
});
const render = (...targets: readonly InspectedTarget[]): string =>
  renderInspect(
    { schemaVersion: 1, tool: { name: "cscp", version: "1.2.3" }, targets },
    { columns: 80, colour: false },
  );

describe("the text of inspect", () => {
  it("is one line where all will import", () => {
    expect(render(target({}))).toBe("✓ will import: pg8000\n");
  });

  it("gives a failure its way, its reason, its message and its mending", () => {
    expect(render(target({ verdict: "will-fail", modules: [bad] }))).toBe(
      `${[
        "✗ will fail to import: psycopg2._psycopg                              wrong-arch",
        "  app.py:4 → psycopg2/__init__.py:51 → psycopg2._psycopg",
        "  psycopg2/_psycopg.so is made for arm64; Lambda runs Linux x86_64.",
        "  Lambda will log:  Unable to import module 'app': no such library",
        "  Fix  python3 -m pip install --target layer/python psycopg2-binary",
      ].join("\n")}\n`,
    );
  });

  it("names each of several targets, and prints one mending once", () => {
    const failing = { verdict: "will-fail", modules: [bad] } as const;
    const text = render(target(failing), target({ ...failing, path: "other", handler: null }));
    expect(text).toContain("fn · python3.12 · x86_64 · app.handler\n");
    expect(text).toContain("other · python3.12 · x86_64\n");
    expect(text.match(/pip install/g)).toHaveLength(1);
    expect(text).toContain("  Fix  as above\n");
    expect(text).toContain("Python will say:");
  });

  it("says what cannot be unpacked, what fails later, and what is not known", () => {
    const text = render(
      target({
        verdict: "will-fail",
        modules: [{ module: "numpy", importable: null, ...settled }],
        later: [{ ...bad, module: "late" }],
        problems: [
          { kind: "not-a-zip", in: "fn.zip", text: "This is no zip file.", fatal: true },
          { kind: "duplicate-name", in: "fn.zip", path: "a.py", text: "The name is there twice.", fatal: false },
        ],
        notes: ["Of this package only 3 files were parsed."],
      }),
    );
    expect(text).toMatch(/^✗ cannot be unpacked: fn\.zip +corrupt-artifact\n {2}This is no zip file\.\n/);
    expect(text).toContain("? unknown: numpy\n");
    expect(text).toContain("! will fail when it is reached: late\n");
    expect(text).toContain("! fn.zip, a.py: The name is there twice.\n");
    expect(text).toContain("  Of this package only 3 files were parsed.\n");
  });

  it("keeps to the width, and lets no escape of an entry's name through", () => {
    const module = {
      ...bad,
      module: `x\u001b[31m${"y".repeat(90)}`,
      message: `No \u001b]0;title\u0007 ${"word ".repeat(60)}`,
    };
    const text = render(target({ path: "a\u001bb", verdict: "will-fail", modules: [module] }), target({}));
    expect(text).not.toContain("\u001b");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("the JSON of inspect", () => {
  it("reads back as the document, and shows control characters as escapes", () => {
    const document = {
      schemaVersion: 1,
      tool: { name: "cscp", version: "1.2.3" },
      targets: [target({ notes: ["\u202eodd"] })],
    } as const;
    const text = renderInspectJson(document);
    expect(JSON.parse(text)).toEqual(document);
    expect(text).toContain("\\u202e");
  });
});
