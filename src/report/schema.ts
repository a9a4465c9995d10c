import * as z from "zod";
import { confidences, remedyKinds } from "../core/cause.ts";
import { causeIds } from "../core/cause-ids.gen.ts";
import type { CheckId } from "../core/check-ids.gen.ts";
import { evidenceKinds, severities } from "../core/finding.ts";
import { momentKinds, verdicts } from "../core/report.ts";
import { toolVerdicts } from "../core/smoke-report.ts";
import { subjectKinds } from "../core/subject.ts";

// The document outlives the version that wrote it, so that a reader takes any check's id, whichever checks it has itself.
const checkId = z.custom<CheckId>((value) => typeof value === "string").describe("The id of a check.");
const count = z.int().min(0);
const instant = z.string().describe("An instant in ISO 8601.");

function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}

const severity = z.enum(severities).describe("How bad it is: a note, a warning, or an error.");

const subject = z
  .strictObject({
    kind: z.enum(subjectKinds),
    id: z.string().describe("Unique within its kind and the same in every run."),
    label: z.string().describe("What a person reads."),
  })
  .readonly()
  .meta({ id: "subject", description: "What a check asked about." });

const evidence = z
  .strictObject({
    kind: z.enum(evidenceKinds).describe("Where it was seen: a kind of source."),
    where: z.string().describe("Where it was seen: a layer, a log, a file and its line."),
    says: z.string().describe("What is there to be read, in its own words. It may have several lines."),
    count: count.exactOptional().describe("For logs: how many times."),
    first: instant.exactOptional().describe("For logs: the first time, in ISO 8601."),
    last: instant.exactOptional().describe("For logs: the last time, in ISO 8601."),
  })
  .readonly()
  .meta({ id: "evidence", description: "One observation that a reader can verify." });

const finding = z
  .strictObject({
    check: checkId,
    code: z.string().describe("Tells the kinds of findings of one check apart."),
    subject,
    severity,
    message: z.string().describe("What was found, in one sentence that names the subject."),
    evidence: z.tuple([evidence], evidence).readonly().describe("What it rests on, never empty."),
    detail: z.record(z.string(), z.string()).readonly().describe("What the check captured, by name. Never a secret."),
  })
  .readonly()
  .meta({ id: "finding", description: "What a check found about one subject." });

const remedy = z
  .strictObject({
    kind: z
      .enum(remedyKinds)
      .describe("When it is applied: at once, so that it stays mended, or to see that it worked."),
    title: z.string().describe("What it does, in one sentence."),
    commands: list(z.string()).describe("Commands for a POSIX shell, each of one or more lines."),
    advice: z.string().exactOptional().describe("Prose that is no command."),
    variables: z
      .record(z.string(), z.string())
      .readonly()
      .exactOptional()
      .describe("Shell variables to set first, with what they hold."),
    placeholders: list(z.string()).exactOptional().describe("Parts of the commands that the reader fills in."),
    changes: z.boolean().describe("True where the commands change something."),
  })
  .readonly()
  .meta({ id: "remedy", description: "How to mend it, or to see that it is mended. Nothing of it was run." });

const moment = z
  .strictObject({
    at: instant,
    kind: z.enum(momentKinds),
    of: z.string().exactOptional().describe("What it happened to: a layer version, a parameter, a function."),
  })
  .readonly()
  .meta({ id: "moment", description: "Something that happened around the beginning of a root cause." });

const diagnosis = z
  .strictObject({
    cause: z.enum(causeIds).describe("The id of the root cause."),
    title: z.string().describe("The root cause in general."),
    headline: z.string().describe("The root cause in this stack, in one sentence."),
    summary: z.string().describe("What happens and why."),
    severity: severity.describe("The worst severity among the findings that it explains."),
    confidence: z
      .enum(confidences)
      .describe("certain: proven by what was read; likely: fits best; possible: something named would decide."),
    decides: z.string().exactOptional().describe("What would decide, where it is not certain."),
    subjects: list(subject).describe("What it concerns."),
    because: list(evidence).describe("The proof."),
    explains: list(finding).describe("The findings that it accounts for."),
    timeline: list(moment)
      .exactOptional()
      .describe("What happened around its beginning, oldest first; left out where less than two moments are known."),
    remedies: list(remedy),
  })
  .readonly()
  .meta({ id: "diagnosis", description: "One root cause, what proves it, what it explains, and how it is mended." });

const missing = {
  what: z.string().describe("What could not be read, as a noun phrase."),
  message: z.string().describe("What happened, in one sentence."),
  reason: z
    .enum(["denied", "failed", "not-recorded", "skipped", "foreign"])
    .describe(
      "denied: the caller may not; failed: an error; not-recorded: the recording lacks it; skipped: left out on request; foreign: another account's. The last two do not make a run incomplete.",
    ),
  action: z.string().exactOptional().describe("The IAM action that would make it known."),
};

const verdict = z
  .enum(verdicts)
  .describe("unknown: evidence that the check requires could not be read; crashed: the check itself broke down.");

const check = z
  .strictObject({
    id: checkId,
    title: z.string().describe("What is so where the check passes."),
    severity: severity.describe("The usual severity of its findings."),
    verdict: verdict.describe("The worst of its subjects: crashed or fail, then unknown, pass, not applicable."),
    subjects: list(
      z
        .strictObject({
          subject,
          verdict,
          findings: list(finding),
          reason: z.string().exactOptional().describe("Why the check does not apply, or what crashed."),
          missing: list(z.strictObject(missing).readonly()).exactOptional().describe("What could not be read."),
        })
        .readonly(),
    ).describe("The answer for each subject."),
  })
  .readonly()
  .meta({ id: "check", description: "One question, and the answer for each subject." });

const stack = z
  .strictObject({
    name: z.string(),
    region: z.string(),
    account: z.string().exactOptional().describe("The account's number."),
    caller: z.string().exactOptional().describe("The identity under which the stack was read."),
    status: z.string().exactOptional().describe("The stack's status as CloudFormation names it."),
    deployedAt: instant.exactOptional().describe("When the last deploy ended or, where that is not known, began."),
    functions: count.describe("How many functions the stack has."),
    layers: count.describe("How many layers they use."),
    tools: count.describe("How many routes its API has that can be called."),
  })
  .readonly()
  .meta({ id: "stack", description: "Which stack was read, by whom; known parts only." });

const milliseconds = z.number().min(0);

const smokeTool = z
  .strictObject({
    tool: z.string(),
    method: z.string(),
    path: z.string(),
    verdict: z.enum(toolVerdicts).describe("flaky: it answered, but not every time; unknown: no answer could be had."),
    status: z.int().exactOptional().describe("The HTTP status of the answer that the verdict rests on."),
    requests: count.describe("Requests that were measured."),
    failed: count.describe("Those among them, and among the attempts before them, that failed."),
    attempts: count.describe("Requests that were sent, repetitions of failed ones included."),
    p50Ms: milliseconds.exactOptional().describe("The middle one of the measured times, in milliseconds."),
    p95Ms: milliseconds.exactOptional().describe("The time below which 95 percent lie, in milliseconds."),
    firstMs: milliseconds.exactOptional().describe("The first request of a run with --warm, in milliseconds."),
    before: z
      .strictObject({ p50Ms: milliseconds, p95Ms: milliseconds })
      .readonly()
      .exactOptional()
      .describe("What the run that this one is compared with had measured."),
    wrong: z.string().exactOptional().describe("What was wrong, on one line."),
  })
  .readonly();

const smoke = z
  .strictObject({
    url: z.string().describe("The base URL that requests went to."),
    signedWith: z.string().describe("How requests were signed, and where the key came from."),
    clockAheadSeconds: z.int().exactOptional().describe("How far the server's clock is ahead of this machine's."),
    waited: z
      .strictObject({ seconds: z.number().min(0), requests: count, answered: z.boolean() })
      .readonly()
      .exactOptional()
      .describe("How long the first success was waited for, with --wait."),
    tools: list(smokeTool),
    skipped: list(
      z.strictObject({ tool: z.string(), method: z.string(), path: z.string(), reason: z.string() }).readonly(),
    ).describe("Routes that were not called, and why."),
  })
  .readonly()
  .meta({ id: "smoke", description: "What was sent to each tool and what came back: of a run of cscp smoke." });

/** The whole report. Strict: a document with a field that is not described here is not a report of this version. */
export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    tool: z.strictObject({ name: z.literal("cscp"), version: z.string() }).readonly(),
    stack,
    startedAt: instant.describe("When the run began, in ISO 8601."),
    durationMs: z.number().min(0).describe("How long the run took, in milliseconds."),
    requests: count.describe("How many requests were made."),
    verdict: z
      .enum(["healthy", "broken", "incomplete"])
      .describe("incomplete: nothing was found broken, and evidence that a check requires could not be read."),
    failOn: z.enum(severities).describe("The lowest severity that makes the verdict broken."),
    exitCode: z
      .union([z.literal(0), z.literal(1), z.literal(3)])
      .describe("The exit code that belongs to the verdict: 0 healthy, 1 broken, 3 incomplete."),
    summary: z.string().describe("One line that says what is broken or what works."),
    checksInAll: count.describe("How many checks there are, where only some were asked for.").exactOptional(),
    diagnoses: list(diagnosis).describe("The root causes, the most important first."),
    checks: list(check).describe("Every check that was made."),
    unexplained: list(finding).describe("The findings that no diagnosis explains."),
    incomplete: list(
      z.strictObject({ ...missing, checks: list(checkId), subjects: list(subject) }).readonly(),
    ).describe("What could not be read, with the checks that needed it and the subjects they asked about."),
    notes: list(z.string()).describe("What else a reader should know."),
    ignored: list(finding).describe("Findings that the configuration says to ignore; they do not count."),
    smoke: smoke.exactOptional(),
  })
  .readonly()
  .describe("The report of one run of cscp.");

/** The JSON schema (draft 2020-12) of the report, for `schemas/report.schema.json`. */
export function reportJsonSchema(): object {
  return {
    ...z.toJSONSchema(reportSchema, {
      io: "input",
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema === checkId) jsonSchema.type = "string";
        // That the types are read-only says nothing of the document, nor does the largest exact integer.
        delete jsonSchema.readOnly;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
      unrepresentable: "any",
    }),
    title: "cscp report",
  };
}
