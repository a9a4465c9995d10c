import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutCommand, shellWord } from "../../src/report/command.ts";

/** What the shell itself makes of a command: every argument of `show`, one a line, between brackets. */
function run(command: string): string {
  return execFileSync("bash", ["-c", `show() { printf '[%s]\\n' "$@"; }\n${command}`], { encoding: "utf8" });
}

describe("layoutCommand", () => {
  it("leaves a command that fits as it is", () => {
    expect(layoutCommand("cscp doctor --stack orders", 60)).toEqual({
      lines: ["cscp doctor --stack orders"],
      flushLeft: false,
    });
  });

  it("breaks before options, and keeps an option with its value", () => {
    expect(layoutCommand("aws lambda get-function --function-name Orders --region eu-north-1", 40).lines).toEqual([
      "aws lambda get-function \\",
      "  --function-name Orders \\",
      "  --region eu-north-1",
    ]);
  });

  it("breaks before an operator, keeps the indentation and the continuation that are there", () => {
    const loop = "for fn in A B; do\n  cd infra && make build && make deploy STAGE=prod \\\n    --yes\ndone";
    expect(layoutCommand(loop, 34).lines).toEqual([
      "for fn in A B; do",
      "  cd infra && make build \\",
      "    && make deploy STAGE=prod \\",
      "    --yes",
      "done",
    ]);
  });

  it.each([
    ["a quotation", `show 'one  two --three four five six seven'`],
    ["a comment", `show 1 # what --follows is not --a word at all of this`],
    ["one long word", `arn:aws:lambda:eu-north-1:444455556666:layer:orders-shared:12`],
  ])("leaves %s in one piece", (_name, command) => {
    const { lines } = layoutCommand(command, 20);
    expect(lines.every((line) => line.trim().length <= 20 || /^(show 1 )?('|#|arn)/.test(line.trim()))).toBe(true);
    expect(lines.join("")).toContain(command.slice(command.search(/['#]|arn/)));
  });

  it.each([
    ["a line break in quotes", "python3 -c 'import db\ndb.check()'", true],
    ["a here-document", "cat <<'END' > a.json\n{}\nEND", true],
    ["lines outside quotes", 'for a in 1 2; do\n  echo "$a"\ndone', false],
    ["a here-string", "cat <<< word\nls", false],
    ["an apostrophe in a comment", "ls # don't\nls", false],
    ["an escaped quote", "echo it\\'s\nls", false],
  ])("knows whether %s may be indented", (_name, command, flushLeft) => {
    expect(layoutCommand(command, 80).flushLeft).toBe(flushLeft);
  });

  const word = fc.constantFrom(
    "--option",
    "-v",
    "value",
    "'single  quoted --x'",
    '"double $HOME  --y"',
    '"$(show "inner  word" --z)"',
    "$(show sub shell --deep)",
    "`show back tick`",
    '"`show "a  b"`"',
    String.raw`back\ slash`,
    String.raw`\"`,
    String.raw`$'an\'si  --q'`,
    "a#b",
    "very-long-word-that-fills-a-line-of-its-own",
  );
  const separator = fc.constantFrom(" ", "  ", " && show ", " | cat && show ", "; show ", " # it's --a comment\nshow ");
  const command = fc
    .array(fc.tuple(separator, word), { minLength: 1, maxLength: 8 })
    .map((parts) => `show first${parts.map(([before, text]) => before + text).join("")}`);

  it("means to the shell what it meant before, whatever the width and the indentation", () => {
    fc.assert(
      fc.property(command, fc.integer({ min: 10, max: 50 }), (text, width) => {
        const { lines, flushLeft } = layoutCommand(text, width);
        const printed = lines.map((line) => (flushLeft ? line : `      ${line}`)).join("\n");
        expect(run(printed)).toBe(run(text));
      }),
      { numRuns: 60 },
    );
  });

  it("prints here-documents so that they still end", () => {
    const text = "cat <<END && show one two --three four --five six\nbody --with words in it\nEND\nshow done";
    const { lines, flushLeft } = layoutCommand(text, 24);
    expect(flushLeft).toBe(true);
    expect(lines).toContain("body --with words in it");
    expect(run(lines.join("\n"))).toBe(run(text));
  });
});

describe("shellWord", () => {
  it("reads back as the same word", () => {
    for (const text of ["orders-backend", "a b", "it's", "$(date)", "x;y", "--flag", ""]) {
      expect(run(`show ${shellWord(text)}`)).toBe(`[${text}]\n`);
    }
  });
});
