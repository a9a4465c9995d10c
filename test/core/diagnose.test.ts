import { describe, expect, it } from "vitest";
import { defineCause, type Cause, type Proposal } from "../../src/core/cause.ts";
import { buildReport } from "../../src/core/build-report.ts";
import { diagnose } from "../../src/core/diagnose.ts";
import { createFacts } from "../../src/core/fact.ts";
import type { Finding, Severity } from "../../src/core/finding.ts";
import type { CheckReport, SubjectResult } from "../../src/core/report.ts";

const facts = createFacts([], { ask: async () => ({ status: "not-recorded" }) });

function finding(id: string, severity: Severity = "error"): Finding {
  return {
    check: "known-errors",
    code: id,
    subject: { kind: "function", id: `F-${id}`, label: `F-${id}` },
    severity,
    message: `F-${id} fails.`,
    evidence: [{ kind: "log", where: "log", says: id }],
    detail: {},
  };
}

function cause(id: Cause["id"], explains: readonly Finding[], confidence: Proposal["confidence"]): Cause {
  return defineCause({
    id,
    title: id,
    explanation: "",
    mending: "",
    propose: async () => [{ headline: id, summary: "", subjects: [], confidence, because: [], explains, remedies: [] }],
  });
}

describe("diagnose", () => {
  const [a, b, c] = [finding("a"), finding("b"), finding("c")];

  it("drops a claim when stronger ones explain all that it would", async () => {
    const result = await diagnose(
      [cause("lambda-timeout", [a], "likely"), cause("connection-refused", [a, b], "certain")],
      [a, b, c],
      facts,
    );
    expect(result.diagnoses.map((diagnosis) => diagnosis.cause)).toEqual(["connection-refused"]);
    expect(result.unexplained).toEqual([c]);
  });

  it("keeps two faults apart and puts what breaks before what warns", async () => {
    const warning = finding("w", "warning");
    const result = await diagnose(
      [
        cause("layer-version-old", [warning], "certain"),
        cause("signature-rejected", [a], "likely"),
        cause("auth-failed", [b, c], "certain"),
      ],
      [a, b, c, warning],
      facts,
    );
    expect(result.diagnoses.map(({ cause: id, severity }) => [id, severity])).toEqual([
      ["auth-failed", "error"],
      ["signature-rejected", "error"],
      ["layer-version-old", "warning"],
    ]);
    expect(result.unexplained).toEqual([]);
  });

  it("never shows a claim that explains nothing", async () => {
    const result = await diagnose([cause("auth-failed", [], "certain")], [a], facts);
    expect(result.diagnoses).toEqual([]);
    expect(result.unexplained).toEqual([a]);
  });
});

describe("the verdict", () => {
  const result = (verdict: SubjectResult["verdict"], extra: Partial<SubjectResult> = {}): SubjectResult => ({
    subject: { kind: "function", id: "F", label: "F" },
    verdict,
    findings: [],
    ...extra,
  });
  const check = (...subjects: SubjectResult[]): CheckReport => ({
    id: "known-errors",
    title: "",
    severity: "error",
    verdict: subjects[0]?.verdict ?? "not-applicable",
    subjects,
  });
  const report = (checks: readonly CheckReport[], failOn: Severity = "error") =>
    buildReport({
      version: "1.0.0",
      stack: { name: "s", region: "eu-west-1", functions: 1, layers: 0, tools: 0 },
      startedAt: "2026-01-01T00:00:00.000Z",
      durationMs: 1,
      requests: 1,
      checks,
      diagnosis: { diagnoses: [], unexplained: [] },
      ignored: [],
      notes: [],
      failOn,
    });
  const missing = (reason: "denied" | "failed" | "not-recorded" | "skipped" | "foreign") =>
    result("unknown", { missing: [{ what: "the log", message: "It was denied.", reason }] });

  it.each([
    ["only passes", [check(result("pass"))], "healthy", 0],
    ["an error", [check(result("fail", { findings: [finding("a")] }))], "broken", 1],
    ["a warning", [check(result("fail", { findings: [finding("a", "warning")] }))], "healthy", 0],
    ["evidence denied", [check(result("pass")), check(missing("denied"))], "incomplete", 3],
    [
      "an error and evidence denied",
      [check(result("fail", { findings: [finding("a")] })), check(missing("denied"))],
      "broken",
      1,
    ],
    ["a crashed check", [check(result("crashed", { reason: "boom" }))], "incomplete", 3],
    ["evidence that the user left out", [check(missing("skipped"))], "healthy", 0],
    ["a foreign account's layer", [check(missing("foreign"))], "healthy", 0],
    ["a recording without a reply", [check(missing("not-recorded"))], "incomplete", 3],
  ] as const)("of %s is %3$s, exit %4$s", (_name, checks, verdict, exitCode) => {
    expect(report(checks)).toMatchObject({ verdict, exitCode });
  });

  it("says of a healthy stack that its databases were reached, where each of them was", () => {
    const reachable = (...subjects: Parameters<typeof check>) =>
      report([{ ...check(...subjects), id: "database-reachable" }]).summary;
    expect(reachable(result("pass"))).toContain(", database reachable");
    expect(reachable(result("pass"), result("pass"))).toContain(", 2 databases reachable");
    expect(reachable(result("pass"), missing("skipped"))).not.toContain("reachable");
    expect(reachable()).not.toContain("reachable");
  });

  it("follows --fail-on", () => {
    const warned = [check(result("fail", { findings: [finding("a", "warning")] }))];
    expect(report(warned, "warning")).toMatchObject({ verdict: "broken", exitCode: 1 });
  });

  it("names each missing piece of evidence once, with every check and subject that needed it", () => {
    const other = { ...missing("denied"), subject: { kind: "function" as const, id: "G", label: "G" } };
    const { incomplete } = report([
      check(missing("denied"), other),
      { ...check(missing("denied")), id: "imports-work" },
    ]);
    expect(incomplete).toHaveLength(1);
    expect(incomplete[0]).toMatchObject({
      checks: ["known-errors", "imports-work"],
      subjects: [{ id: "F" }, { id: "G" }],
    });
  });
});
