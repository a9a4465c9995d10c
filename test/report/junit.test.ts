import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { renderJunit } from "../../src/report/junit.ts";
import { anyReport } from "./arbitrary.ts";
import { check, fn, healthyWithWarning, incomplete, oneCause, samples, unexplained } from "./samples.ts";
import { junitFaults } from "./junit-schema.ts";
import type { XmlElement } from "./xml.ts";
import { readXml } from "./xml.ts";

const named = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

const casesOf = (report: Report): readonly XmlElement[] =>
  named(readXml(renderJunit(report)), "testsuite").flatMap((suite) => named(suite, "testcase"));

const caseOf = (report: Report, classname: string, name: string): XmlElement | undefined =>
  casesOf(report).find(({ attributes }) => attributes["classname"] === classname && attributes["name"] === name);

describe("renderJunit", () => {
  it("has a case for each check and subject, and counts them", () => {
    const [suite] = readXml(renderJunit(unexplained)).children;
    expect(suite?.attributes).toEqual({
      name: "orders-backend eu-north-1",
      package: "cscp",
      id: "0",
      hostname: "localhost",
      timestamp: "2027-02-03T14:30:00",
      tests: "13",
      failures: "2",
      errors: "4",
      skipped: "1",
      time: "5.240",
    });
    expect(casesOf(unexplained).map(({ attributes }) => `${attributes["classname"]}/${attributes["name"]}`)).toEqual(
      unexplained.checks.flatMap(({ id, subjects }) =>
        subjects.map(({ subject }) => `${id}/${subject.kind} ${subject.label}`),
      ),
    );
    const [properties] = suite?.children ?? [];
    expect(properties?.children.map(({ attributes }) => [attributes["name"], attributes["value"]])).toEqual([
      ["verdict", "broken"],
      ["exitCode", "1"],
      ["version", "0.1.0"],
    ]);
  });

  it("tells a failure with its evidence and its root cause", () => {
    const failed = caseOf(oneCause, "known-errors", "function PlaceOrder");
    expect(failed?.children).toEqual([
      {
        name: "failure",
        attributes: { message: "PlaceOrder logs an import error.", type: "error" },
        children: [],
        text: [
          "error: PlaceOrder logs an import error.",
          "  log of PlaceOrder, 4 times 14:23:01–14:29:11, first 31 s after the deploy",
          "    Unable to import module 'orders.handler': No module named 'asyncpg'",
          "Root cause (certain): ListOrders and 3 others run on an old layer that lacks asyncpg. See cscp explain layer-version-old.",
        ].join("\n"),
      },
    ]);
  });

  it("fails nothing at which the run does not fail", () => {
    const warned = caseOf(healthyWithWarning, "runtime-supported", "stack orders-backend");
    expect(warned?.children).toEqual([]);
    const strict: Report = { ...healthyWithWarning, verdict: "broken", failOn: "warning", exitCode: 1 };
    expect(caseOf(strict, "runtime-supported", "stack orders-backend")?.children.map(({ name }) => name)).toEqual([
      "failure",
    ]);
  });

  it("tells the lesser findings of a subject below those that fail", () => {
    const [failing] = oneCause.diagnoses[0]?.explains.filter(({ severity }) => severity === "error") ?? [];
    if (failing === undefined) throw new Error("The sample has no error.");
    const lesser = { ...failing, severity: "warning" as const, message: "It is old." };
    const subjects = [{ subject: fn("F"), verdict: "fail" as const, findings: [lesser, failing] }];
    const [told] = casesOf({ ...oneCause, checks: [check("c", "C", "error", subjects)] })[0]?.children ?? [];
    expect(told?.attributes["message"]).toBe(failing.message);
    expect(told?.text.indexOf(`error: ${failing.message}`)).toBeLessThan(
      told?.text.indexOf("warning: It is old.") ?? 0,
    );
  });

  it("skips what does not apply or was left out, and errs where evidence is missing or a check broke down", () => {
    expect(caseOf(unexplained, "rare", "function RenderInvoice")?.children).toEqual([
      {
        name: "skipped",
        attributes: { message: "not applicable: The function has no layers." },
        children: [],
        text: "",
      },
    ]);
    const unknown = caseOf(incomplete, "known-errors", "function ListOrders");
    expect(unknown?.children).toEqual([
      {
        name: "error",
        attributes: { message: "unknown: the log group /aws/lambda/ListOrders could not be read", type: "unknown" },
        children: [],
        text: "release-bot is not authorized to perform logs:FilterLogEvents on /aws/lambda/ListOrders.",
      },
    ]);
    const skipped = [{ what: "the answer", message: "Switched off.", reason: "skipped" as const }];
    const subjects = [{ subject: fn("F"), verdict: "unknown" as const, findings: [], missing: skipped }];
    expect(casesOf({ ...oneCause, checks: [check("c", "C", "error", subjects)] })[0]?.children).toEqual([
      {
        name: "skipped",
        attributes: { message: "unknown: the answer could not be read" },
        children: [],
        text: "Switched off.",
      },
    ]);
    expect(caseOf(incomplete, "log-rate", "function RenderInvoice")?.children.map(({ name }) => name)).toEqual([
      "error",
    ]);
  });

  it("carries the report as a person reads it", () => {
    const [suite] = named(readXml(renderJunit(oneCause)), "testsuite");
    expect(suite?.children.at(-2)?.name).toBe("system-out");
    expect(suite?.children.at(-2)?.text).toContain(
      "   Explains 12 of 12 findings. More: cscp explain layer-version-old\n",
    );
  });

  it("gives no two cases of a check one name", () => {
    const alike = [1, 2].map((number) => ({
      subject: { ...fn("Same"), id: `id-${number}` },
      verdict: "pass" as const,
      findings: [],
    }));
    const names = casesOf({ ...oneCause, checks: [check("c", "C", "error", alike)] }).map(
      ({ attributes }) => attributes["name"],
    );
    expect(names).toEqual(["function Same (id-1)", "function Same (id-2)"]);
  });

  it("is well-formed and keeps what can be seen, whatever the texts", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const cases = casesOf(report);
        expect(cases).toHaveLength(report.checks.flatMap(({ subjects }) => subjects).length);
      }),
      { numRuns: 100 },
    );
    const spoken = "a < b && \"c\" > 'd' ]]> \u0007\u001b[1m";
    const findings =
      oneCause.diagnoses[0]?.explains
        .slice(0, 1)
        .map((finding) => ({ ...finding, severity: "error" as const, message: spoken })) ?? [];
    const subjects = [{ subject: fn("F"), verdict: "fail" as const, findings }];
    const failing: Report = { ...oneCause, checks: [check("c", "C", "error", subjects)] };
    expect(casesOf(failing)[0]?.children[0]?.attributes["message"]).toBe(
      String.raw`a < b && "c" > 'd' ]]> \x07\x1b[1m`,
    );
  });

  it.each(Object.entries(samples))("agrees with the exit code on whether anything failed: %s", (_name, report) => {
    const having = (name: string): number => casesOf(report).filter((entry) => named(entry, name).length > 0).length;
    expect(having("failure") > 0).toBe(report.exitCode === 1);
    expect(having("failure") + having("error") > 0).toBe(report.exitCode !== 0);
  });

  it.each(Object.entries(samples))("is valid by the schemas of JUnit XML: %s", (_name, report) => {
    expect(junitFaults(readXml(renderJunit(report)))).toEqual([]);
  });

  it("is valid by them whatever the texts", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(junitFaults(readXml(renderJunit(report)))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
