import fc from "fast-check";
import { confidences, remedyKinds } from "../../src/core/cause.ts";
import type { Remedy } from "../../src/core/cause.ts";
import { causeIds } from "../../src/core/cause-ids.gen.ts";
import type { MissingEvidence } from "../../src/core/check.ts";
import type { Evidence, Finding } from "../../src/core/finding.ts";
import { evidenceKinds, severities } from "../../src/core/finding.ts";
import type { CheckReport, Diagnosis, Report, SubjectResult } from "../../src/core/report.ts";
import { verdicts } from "../../src/core/report.ts";
import type { Subject } from "../../src/core/subject.ts";
import { subjectKinds } from "../../src/core/subject.ts";
import { checkId } from "./samples.ts";

/** Text as the outside may send it: control characters, markup, workflow commands, long words, many lines. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\u001b[2J\u001b[31m",
        "\u009b1m",
        "\r\n",
        "\n\n",
        "\t",
        "\u0000",
        "\u202e",
        "\ud800",
        "\ufffe",
        "::error::x",
        "%0A",
        "]]>",
        "<script>&\"'",
        "```",
        "`a`",
        "| b | c",
        "# h",
        "@team",
        "#12",
        "![i](u)",
        "<!-- -->",
        "</details>",
        "漢字🙂",
        "x".repeat(130),
        "word ".repeat(40),
        "line\n".repeat(30),
      ),
      fc.lorem({ maxCount: 4 }),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(" "));

const name = fc.oneof(fc.stringMatching(/^[A-Za-z][\w-]{0,40}$/), hostileText);
const id = fc.stringMatching(/^[a-z]{1,12}(-[a-z]{1,12}){0,3}$/);
const anyCheckId = id.map(checkId);
const instant = fc
  .date({ min: new Date("2026-01-01T00:00:00Z"), max: new Date("2028-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Some of the optional parts, each there or not there; never there as `undefined`. */
function withOptional<Base extends object, Extra extends object>(
  base: fc.Arbitrary<Base>,
  extra: { [Key in keyof Extra]: fc.Arbitrary<Extra[Key]> },
): fc.Arbitrary<Base & Partial<Extra>> {
  return fc
    .tuple(base, fc.record(extra, { requiredKeys: [] }))
    .map(([a, b]) => ({ ...a, ...b }) as Base & Partial<Extra>);
}

const subject: fc.Arbitrary<Subject> = fc.record({ kind: fc.constantFrom(...subjectKinds), id: name, label: name });

const evidence: fc.Arbitrary<Evidence> = withOptional(
  fc.record({ kind: fc.constantFrom(...evidenceKinds), where: name, says: hostileText }),
  { count: fc.nat(1000), first: instant, last: instant },
);

const finding: fc.Arbitrary<Finding> = fc.record({
  check: anyCheckId,
  code: id,
  subject,
  severity: fc.constantFrom(...severities),
  message: hostileText,
  evidence: fc
    .tuple(evidence, fc.array(evidence, { maxLength: 3 }))
    .map(([one, more]): Finding["evidence"] => [one, ...more]),
  detail: fc.dictionary(id, name, { maxKeys: 3 }),
});

const remedy: fc.Arbitrary<Remedy> = withOptional(
  fc.record({
    kind: fc.constantFrom(...remedyKinds),
    title: hostileText,
    commands: fc.array(hostileText, { maxLength: 3 }),
    changes: fc.boolean(),
  }),
  {
    advice: hostileText,
    variables: fc.dictionary(fc.constantFrom("DATABASE_URL", "TOKEN"), hostileText),
    placeholders: fc.array(name, { maxLength: 2 }),
  },
);

const diagnosis: fc.Arbitrary<Diagnosis> = withOptional(
  fc.record({
    cause: fc.constantFrom(...causeIds),
    title: hostileText,
    headline: hostileText,
    summary: hostileText,
    severity: fc.constantFrom(...severities),
    confidence: fc.constantFrom(...confidences),
    subjects: fc.array(subject, { maxLength: 4 }),
    because: fc.array(evidence, { maxLength: 12 }),
    explains: fc.array(finding, { minLength: 1, maxLength: 3 }),
    remedies: fc.array(remedy, { maxLength: 4 }),
  }),
  { decides: hostileText },
);

const missing: fc.Arbitrary<MissingEvidence> = withOptional(
  fc.record({
    what: hostileText,
    message: hostileText,
    reason: fc.constantFrom("denied", "failed", "not-recorded", "skipped", "foreign"),
  }),
  { action: fc.constantFrom("logs:FilterLogEvents", "lambda:GetFunction") },
);

const result: fc.Arbitrary<SubjectResult> = withOptional(
  fc.record({
    subject,
    verdict: fc.constantFrom(...verdicts),
    findings: fc.array(finding, { maxLength: 2 }),
  }),
  { reason: hostileText, missing: fc.array(missing, { maxLength: 2 }) },
);

const check: fc.Arbitrary<CheckReport> = fc.record({
  id: anyCheckId,
  title: hostileText,
  severity: fc.constantFrom(...severities),
  verdict: fc.constantFrom(...verdicts),
  subjects: fc.array(result, { maxLength: 3 }),
});

/** Any report that the types allow, its texts as bad as they come. */
export const anyReport: fc.Arbitrary<Report> = fc.record({
  schemaVersion: fc.constant(1 as const),
  tool: fc.record({ name: fc.constant("cscp" as const), version: fc.constant("1.2.3") }),
  stack: withOptional(fc.record({ name, region: name, functions: fc.nat(99), layers: fc.nat(9), tools: fc.nat(99) }), {
    account: name,
    caller: name,
    status: name,
    deployedAt: instant,
  }),
  startedAt: instant,
  durationMs: fc.nat(200_000),
  requests: fc.nat(5000),
  verdict: fc.constantFrom("healthy" as const, "broken" as const, "incomplete" as const),
  failOn: fc.constantFrom("warning" as const, "error" as const),
  exitCode: fc.constantFrom(0 as const, 1 as const, 3 as const),
  summary: hostileText,
  diagnoses: fc.array(diagnosis, { maxLength: 4 }),
  checks: fc.array(check, { maxLength: 5 }),
  unexplained: fc.array(finding, { maxLength: 5 }),
  incomplete: fc.array(
    fc
      .tuple(
        missing,
        fc.record({ checks: fc.array(anyCheckId, { maxLength: 6 }), subjects: fc.array(subject, { maxLength: 3 }) }),
      )
      .map(([gap, more]) => ({ ...gap, ...more })),
    { maxLength: 4 },
  ),
  notes: fc.array(hostileText, { maxLength: 3 }),
  ignored: fc.array(finding, { maxLength: 2 }),
});
