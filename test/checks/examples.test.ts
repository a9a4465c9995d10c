import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/core/check.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { Verdict } from "../../src/core/report.ts";
import { checkFiles, loadCheck } from "./load.ts";
import { runExample } from "./run-example.ts";

const loaded = await Promise.all(checkFiles.map(async (file) => ({ file, check: await loadCheck(file) })));
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const verdictOf: Readonly<Record<CheckResult["kind"], Verdict>> = {
  findings: "pass",
  "not-applicable": "not-applicable",
  unknown: "unknown",
};

/** What holds of a finding whatever the check. */
function expectWellMade(finding: Finding): void {
  const { message, subject, evidence, detail, code } = finding;
  const functionName = "functionName" in subject ? String(subject.functionName) : subject.label;
  expect(message).toMatch(/^[A-Z`"'].*[^.]\.$|^[a-z]\w*\b.*[^.]\.$/s);
  expect(
    [subject.label, functionName].some((name) => message.includes(name)),
    message,
  ).toBe(true);
  expect(code).toMatch(/^[a-z][a-z0-9-]*$/);
  expect(evidence.length).toBeGreaterThan(0);
  for (const { where, says } of evidence) {
    expect(where.trim()).not.toBe("");
    expect(says.trim()).not.toBe("");
    expect(unseen.test(where + says), where + says).toBe(false);
  }
  expect(unseen.test(message), message).toBe(false);
  for (const [name, value] of Object.entries(detail)) {
    expect(typeof value, name).toBe("string");
    expect(unseen.test(value), name).toBe(false);
  }
}

test("each file defines the check of its name", () => {
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.map(({ check }) => check.id)).toEqual(checkFiles);
});

describe.each(loaded)("$file", ({ check }) => {
  test("says in sentences what it asks and why", () => {
    expect(check.title).toMatch(/^[A-Z].*[^.]$/);
    expect(check.why).toMatch(/^[A-Z].*\.$/);
  });

  test("has examples of both kinds, with names of their own", () => {
    const { fails, passes } = check.examples;
    expect(fails.length).toBeGreaterThan(0);
    expect(passes.length).toBeGreaterThan(0);
    const names = [...fails, ...passes].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(check.examples.fails)("fails: $name", async (example) => {
    const result = await runExample(check, example);
    expect(result.reason).toBeUndefined();
    expect(result.findings.map(({ code }) => code)).toEqual(example.codes);
    expect(result.verdict).toBe("fail");
    const severities = example.severities ?? example.codes.map(() => check.severity);
    expect(result.findings.map(({ severity }) => severity)).toEqual(severities);
    result.findings.forEach(expectWellMade);
  });

  test.each(check.examples.passes)("passes: $name", async (example) => {
    const result = await runExample(check, example);
    expect(result.findings).toEqual([]);
    expect(result.verdict, result.reason).toBe(verdictOf[example.kind ?? "findings"]);
    if (result.verdict === "not-applicable") expect(result.reason).toMatch(/^\S.*\.$/);
    for (const { what, message } of result.missing ?? []) {
      expect(what).toMatch(/^\S.*[^.]$/);
      expect(message).toMatch(/^\S.*\.$/);
    }
    if (result.verdict === "unknown") expect(result.missing?.length).toBeGreaterThan(0);
  });
});
