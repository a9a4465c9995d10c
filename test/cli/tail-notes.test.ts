import { describe, expect, it } from "vitest";
import { noteColumns, renderNotes, startText } from "../../src/cli/tail-notes.ts";

const start = (count: number, poll: boolean) =>
  startText({
    region: "eu-west-1",
    stack: "",
    groups: Array.from({ length: count }, (_, id) => ({ group: `g${id}`, functions: [] })),
    from: 0,
    to: undefined,
    follow: true,
    poll,
  });

describe("the line at a tail's start", () => {
  it("says how long a sweep over all groups takes at the quota", () => {
    const [, calls = ""] = /at most ([\d.]+) calls a second/.exec(start(200, true)) ?? [];
    expect(start(200, true)).toContain(`a sweep over all takes about ${Math.round(200 / Number(calls))} s`);
    expect(start(200, false)).toContain(`about ${Math.round(200 / Number(calls))} s for all`);
    expect(start(1, true)).toContain("a sweep over it takes about 1 s");
  });

  it("is broken between words on a terminal, and stays one line elsewhere", () => {
    const text = start(24, false);
    expect(renderNotes(text)).toBe(`cscp: ${text}\n`);
    const lines = renderNotes(text, 80).trimEnd().split("\n");
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.slice(1).every((line) => /^ {6}\S/.test(line))).toBe(true);
    expect(lines.map((line) => line.slice(6)).join(" ")).toBe(text);
  });

  it("takes the width of the terminal that it goes to, also where standard output is a pipe", () => {
    const streams = { stdoutIsTerminal: false, columns: 100, stderrColumns: 80 };
    expect(noteColumns({ ...streams, stderrIsTerminal: true })).toBe(80);
    expect(noteColumns({ ...streams, stderrIsTerminal: false })).toBeUndefined();
  });

  it("says how many sessions are open, and what they cost", () => {
    expect(start(24, false)).toMatch(/Live Tail in 3 of the account's 15 sessions, about \$0\.03 a minute/);
    expect(start(24, true)).not.toContain("Live Tail");
  });
});
