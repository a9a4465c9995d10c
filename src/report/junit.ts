import Builder from "fast-xml-builder";
import { isGap } from "../core/build-report.ts";
import { atLeast } from "../core/finding.ts";
import type { Finding, Severity } from "../core/finding.ts";
import type { CheckReport, Diagnosis, Report, SubjectResult } from "../core/report.ts";
import { findingKey } from "../core/finding.ts";
import type { Subject } from "../core/subject.ts";
import { resultText } from "./groups.ts";
import { counted, sentence } from "./layout.ts";
import { proofOf } from "./proof.ts";
import { renderTerminal } from "./terminal.ts";
import { endOf } from "./time.ts";
import { visible, visibleLines } from "../core/visible.ts";

/** An element: attributes begin with `@`, its text is `#`, everything else are elements in it. */
interface Element {
  readonly [name: string]: string | number | Element | readonly Element[];
}

/**
 * The report as JUnit XML: one suite for the stack, one case for each check and subject. A finding at which the run
 * fails is a failure. Evidence that could not be read is an error, as is a check that broke down: a reader that goes by
 * this file alone must not take it for a pass. What does not apply or was left out is skipped, with the reason. The
 * suite's output is the report as a person reads it, where the lesser findings are. Its form holds in both schemas that
 * are about, that of Ant and the wider one of Jenkins' xUnit plugin.
 */
export function renderJunit(report: Report): string {
  const results = report.checks.flatMap((check) => check.subjects.map((result) => ({ check, result })));
  const cases = results.map(({ check, result }) => caseOf(check, result, report.failOn, report));
  const { name, region } = report.stack;
  const suite: Element = {
    "@name": visible(`${name} ${region}`.trim()) || "cscp",
    "@package": "cscp",
    "@id": 0,
    // The stack is what was tested; the machine that asked says nothing.
    "@hostname": "localhost",
    "@timestamp": visible(report.startedAt.replace(/(\.\d+)?Z$/, "")),
    "@tests": cases.length,
    "@failures": cases.filter((entry) => entry["failure"] !== undefined).length,
    "@errors": cases.filter((entry) => entry["error"] !== undefined).length,
    "@skipped": cases.filter((entry) => entry["skipped"] !== undefined).length,
    "@time": (report.durationMs / 1000).toFixed(3),
    properties: {
      property: [
        { "@name": "verdict", "@value": report.verdict },
        { "@name": "exitCode", "@value": report.exitCode },
        { "@name": "version", "@value": visible(report.tool.version) },
      ],
    },
    testcase: cases,
    "system-out": { "#": renderTerminal(report, { columns: 100, colour: false, verbose: 0 }).trimEnd() },
    "system-err": { "#": "" },
  };
  return build({ "?xml": { "@version": "1.0", "@encoding": "UTF-8" }, testsuites: { testsuite: [suite] } });
}

/** Every text in the document has been made visible before: what XML does not allow is not in it any more. */
function build(document: Element): string {
  const builder = new Builder({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    textNodeName: "#",
    format: true,
    suppressEmptyNode: true,
  });
  return `${builder.build(document).trimEnd()}\n`;
}

function caseOf(check: CheckReport, result: SubjectResult, threshold: Severity, report: Report): Element {
  const head: Element = { "@classname": visible(check.id), "@name": nameOf(check, result.subject), "@time": "0.000" };
  const message = visible(resultText(result));
  switch (result.verdict) {
    case "pass":
      return head;
    case "fail": {
      const failing = result.findings.filter((finding) => atLeast(finding.severity, threshold));
      return failing.length === 0 ? head : { ...head, failure: failureOf(failing, result.findings, report) };
    }
    case "not-applicable":
      return { ...head, skipped: { "@message": message } };
    case "unknown": {
      const missing = result.missing ?? [];
      const text = missing.flatMap((entry) => visibleLines(entry.message)).join("\n");
      return missing.some(({ reason }) => isGap[reason])
        ? { ...head, error: { "@message": message, "@type": "unknown", "#": text } }
        : { ...head, skipped: { "@message": message, "#": text } };
    }
    case "crashed":
      return { ...head, error: { "@message": message, "@type": "crashed" } };
  }
}

/** A name that no other case of the check has, the same in every run: readers of JUnit tell cases apart by it. */
function nameOf(check: CheckReport, { kind, id, label }: Subject): string {
  const alike = check.subjects.filter(({ subject }) => subject.kind === kind && subject.label === label);
  return visible(alike.length > 1 ? `${kind} ${label} (${id})` : `${kind} ${label}`);
}

/** What fails heads it; the subject's lesser findings are told below. */
function failureOf(failing: readonly Finding[], all: readonly Finding[], report: Report): Element {
  const [first] = failing;
  const more = failing.length > 1 ? ` (and ${counted(failing.length - 1, "more finding")})` : "";
  const lesser = all.filter((finding) => !failing.includes(finding));
  return {
    "@message": visible(first?.message ?? "") + more,
    "@type": first?.severity ?? "error",
    "#": textOf([...failing, ...lesser], report),
  };
}

/** Each finding with its evidence and the root cause that accounts for it. */
function textOf(findings: readonly Finding[], report: Report): string {
  const options = { deployedAt: report.stack.deployedAt, now: endOf(report) };
  return findings
    .flatMap((finding) => {
      const proof = proofOf(finding.evidence, options).flatMap(({ where, says, below }) => {
        const [line = "", ...more] = says;
        const head = where === "" ? `  ${line}` : `  ${where}: ${line}`;
        return below
          ? [`  ${where}`, ...says.map((text) => `    ${text}`)]
          : [head, ...more.map((text) => `    ${text}`)];
      });
      return [
        visible(`${finding.severity}: ${finding.message}`),
        ...proof,
        visible(causeText(finding, report.diagnoses)),
      ];
    })
    .join("\n");
}

function causeText(finding: Finding, diagnoses: readonly Diagnosis[]): string {
  const key = findingKey(finding);
  const cause = diagnoses.find((diagnosis) => diagnosis.explains.some((explained) => findingKey(explained) === key));
  if (cause === undefined) return "No known cause explains it.";
  return `Root cause (${cause.confidence}): ${sentence(cause.headline)} See cscp explain ${cause.cause}.`;
}
