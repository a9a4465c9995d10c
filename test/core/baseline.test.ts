import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  applyBaseline,
  baselineJsonSchema,
  noReason,
  parseBaseline,
  updateBaseline,
  type Baseline,
  type BaselineEntry,
} from "../../src/core/baseline.ts";
import { findingKey, type Finding } from "../../src/core/finding.ts";
import type { CheckReport, Diagnosis } from "../../src/core/report.ts";
import { check, finding, fn, subject } from "../report/samples.ts";

const today = "2027-02-03";
const says = [{ kind: "log", where: "log", says: "x" }] as const;
const usage = finding("known-errors", fn("ListOrders"), "ListOrders logs an error.", says);
const place = finding("known-errors", fn("PlaceOrder"), "PlaceOrder logs an error.", says);
const runtime = finding("runtime-supported", subject("stack", "orders"), "The runtime ends.", says, {
  severity: "warning",
});

const result = (one: Finding) => ({ subject: one.subject, verdict: "fail" as const, findings: [one] });
const checks: readonly CheckReport[] = [
  check("known-errors", "No errors", "error", [result(usage), result(place)]),
  check("runtime-supported", "Runtimes", "warning", [result(runtime)]),
];
const diagnosis: Diagnosis = {
  cause: "module-missing",
  title: "A module is missing",
  headline: "Two functions lack asyncpg",
  summary: "No layer has it.",
  severity: "error",
  confidence: "certain",
  subjects: [usage.subject, place.subject],
  because: says,
  explains: [usage, place],
  remedies: [],
};
const found = { checks, diagnosis: { diagnoses: [diagnosis], unexplained: [runtime] } };

function entry(one: Finding, more: Partial<BaselineEntry> = {}): BaselineEntry {
  return { finding: findingKey(one), reason: "the layer comes on Monday", expires: "2027-02-28", ...more };
}
const baseline = (...entries: BaselineEntry[]): Baseline => ({ version: 1, entries });

describe("a baseline", () => {
  it("takes known findings out, and diagnoses that explain nothing else", () => {
    const { known, notes, ...rest } = applyBaseline(baseline(entry(usage), entry(place)), found, today);
    expect(known).toEqual([usage, place]);
    expect(rest.diagnosis).toEqual({ diagnoses: [], unexplained: [runtime] });
    expect(rest.checks[0]?.verdict).toBe("pass");
    expect(rest.checks[0]?.subjects.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ["pass", "Its findings are in the baseline."],
      ["pass", "Its findings are in the baseline."],
    ]);
    expect(rest.checks[1]).toEqual(checks[1]);
    expect(notes).toEqual([
      "The baseline accepts 2 findings until 2027-02-28: the layer comes on Monday. Two functions lack asyncpg (module-missing).",
    ]);
  });

  it("keeps a diagnosis that explains something new, without what is known", () => {
    const { diagnosis: left, checks: kept } = applyBaseline(baseline(entry(usage)), found, today);
    expect(left.diagnoses).toEqual([{ ...diagnosis, explains: [place] }]);
    expect(kept[0]?.verdict).toBe("fail");
  });

  it("takes the severity of what is left", () => {
    const both = { ...diagnosis, explains: [usage, runtime] };
    const { diagnosis: left } = applyBaseline(
      baseline(entry(usage)),
      { checks, diagnosis: { diagnoses: [both], unexplained: [] } },
      today,
    );
    expect(left.diagnoses[0]?.severity).toBe("warning");
  });

  it("holds until the end of its last day and not longer", () => {
    const until = baseline(entry(usage, { expires: today }));
    expect(applyBaseline(until, found, today).known).toEqual([usage]);
    const after = applyBaseline(until, found, "2027-02-04");
    expect(after.known).toEqual([]);
    const marked = "The baseline accepted it until 2027-02-03: the layer comes on Monday.";
    expect(after.checks[0]?.subjects[0]?.findings[0]?.message).toBe(`ListOrders logs an error. ${marked}`);
    expect(after.diagnosis.diagnoses[0]?.summary).toBe(`No layer has it. ${marked}`);
    expect(after.diagnosis.diagnoses[0]?.explains[1]).toEqual(place);
    expect(after.notes).toEqual([
      "The baseline's entry for known-errors on function:ListOrders expired on 2027-02-03, and the finding is still there: the layer comes on Monday.",
    ]);
  });

  it("says what fits nothing any more, unless the check could not be run to its end", () => {
    const gone = entry(finding("known-errors", fn("Gone"), "Gone logs.", says));
    const other = entry(finding("layers-exist", fn("Gone"), "Gone.", says));
    const stale = /1 entry of the baseline fits no finding any more \(known-errors on function:Gone\)/;
    expect(applyBaseline(baseline(gone), found, today).notes.join()).toMatch(stale);
    expect(applyBaseline(baseline(other), found, today).notes).toEqual([]);
    const [first] = checks;
    const unknown = { subject: fn("Gone"), verdict: "unknown" as const, findings: [], missing: [] };
    const partly = first === undefined ? [] : [{ ...first, subjects: [...first.subjects, unknown] }];
    expect(applyBaseline(baseline(gone), { ...found, checks: partly }, today).notes).toEqual([]);
  });

  it("knows a database again, whose id is another one in every run", () => {
    const of = (id: string) =>
      finding("database-reachable", { kind: "database", id, label: "the database of ListOrders" }, "Closed.", says);
    expect(findingKey(of("0a1b2c"))).toBe(findingKey(of("ffee00")));
  });
});

describe("updating a baseline", () => {
  const options = { failOn: "error", today, expires: "2027-03-05", reason: undefined } as const;

  it("holds what fails, sorted by key, and nothing that does not", () => {
    const { baseline: made, ...counts } = updateBaseline(undefined, checks, options);
    expect(made).toEqual({
      version: 1,
      entries: [usage, place].map((one) => ({
        finding: findingKey(one),
        message: one.message,
        reason: noReason,
        expires: "2027-03-05",
      })),
    });
    expect(counts).toEqual({ added: 2, renewed: 0, removed: 0, expired: 0 });
    const open = applyBaseline(made, found, today);
    expect(open.notes.at(-1)).toBe("2 entries of the baseline have no reason yet and do not hold until one is given.");
    expect(open.diagnosis.diagnoses.map(({ summary }) => summary)).toEqual([
      "No layer has it. The baseline has no reason for it yet.",
    ]);
    const given = updateBaseline(made, checks, { ...options, reason: "later", expires: "2027-03-06" });
    expect(given).toMatchObject({ added: 0, renewed: 2, removed: 0 });
    expect(given.baseline.entries.map(({ reason, expires }) => [reason, expires])).toEqual(
      Array.from({ length: 2 }, () => ["later", "2027-03-06"]),
    );
    const strict = updateBaseline(undefined, checks, { ...options, failOn: "warning" });
    expect(strict.baseline.entries).toHaveLength(3);
  });

  it("keeps what holds, renews what expired for a reason of today only, takes out what is gone", () => {
    const holds = entry(usage, { expires: "2027-12-31" });
    const expired = entry(place, { expires: "2027-01-01" });
    const gone = entry(finding("known-errors", fn("Gone"), "Gone logs.", says));
    const notRun = entry(finding("layers-exist", fn("Gone"), "Gone.", says));
    const previous = baseline(holds, expired, gone, notRun);
    const { baseline: made, ...counts } = updateBaseline(previous, checks, options);
    expect(made.entries).toEqual([holds, expired, notRun]);
    expect(counts).toEqual({ added: 0, renewed: 0, removed: 1, expired: 1 });
    const { baseline: given, ...after } = updateBaseline(previous, checks, { ...options, reason: "It is late." });
    const renewed = { ...expired, message: place.message, reason: "It is late.", expires: "2027-03-05" };
    expect(given.entries).toEqual([holds, renewed, notRun]);
    expect(after).toEqual({ added: 0, renewed: 1, removed: 1, expired: 0 });
  });

  it("makes the same result pass, whatever was found", () => {
    const { baseline: made } = updateBaseline(undefined, checks, { ...options, failOn: "note", reason: "later" });
    const after = applyBaseline(made, found, today);
    expect(after.checks.flatMap((one) => one.subjects.flatMap((each) => each.findings))).toEqual([]);
    expect(after.diagnosis).toEqual({ diagnoses: [], unexplained: [] });
    expect(updateBaseline(made, checks, { ...options, failOn: "note" }).baseline).toEqual(made);
  });
});

describe("the file", () => {
  it.each([
    ["nothing", null, /^It is not as it must be/],
    ["another version", { version: 2, entries: [] }, /Its version is not/],
    [
      "no reason",
      { version: 1, entries: [{ finding: "a", reason: " ", expires: today }] },
      /Its reason of entry 1 \(a\) is not as it must be: .*\.$/,
    ],
    [
      "no date",
      { version: 1, entries: [{ finding: "a", reason: "b", expires: "soon" }] },
      /Its expires of entry 1 \(a\) /,
    ],
    [
      "a day that does not exist",
      { version: 1, entries: [{ finding: "a", reason: "b", expires: "2027-02-30" }] },
      /expires/,
    ],
    [
      "a misspelt key in each entry",
      { version: 1, entries: ["x c f", "y"].map((finding) => ({ finding, reason: "b", expires: today, why: "" })) },
      /^Its entry 1 \(x on f\) is not as it must be: .*why.*\. 1 fault more like it\.$/,
    ],
    ["a misspelt key", { version: 1, entries: [], entry: [] }, /entry/],
    [
      "one finding twice",
      { version: 1, entries: [entry(usage), entry(usage, { reason: "other" })] },
      /holds the finding "known-errors found function:ListOrders" twice/,
    ],
  ])("is refused with %s", (_name, json, message) => {
    expect(() => parseBaseline(json)).toThrow(message);
  });

  it("has a published schema, which is the one that is used", () => {
    const published: unknown = JSON.parse(readFileSync("schemas/baseline.schema.json", "utf8"));
    expect(published).toEqual(baselineJsonSchema());
  });
});
