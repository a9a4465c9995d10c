import { defineCheck, findings, pass, type FindingDraft } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import { deploy, stack, theStack, type Deploy, type StackEvent } from "../facts/stack.ts";
import { exampleStack } from "./support/examples.ts";
import { clause, oneLine } from "./support/text.ts";

type State = "settled" | "in-progress" | "rolled-back" | "failed" | "deleted" | "not-created";

/**
 * What CloudFormation's status of a stack means for what it serves. While only the clean-up of an update is left, the
 * new resources are in place; a roll-back that is still running has already failed as a deploy.
 */
function stateOf(status: string): State {
  if (status === "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") return "settled";
  if (status.endsWith("_FAILED")) return "failed";
  if (status.startsWith("DELETE_")) return "deleted";
  // There may be a change set that would create the stack, for somebody to execute; nothing comes of waiting.
  if (status === "REVIEW_IN_PROGRESS") return "not-created";
  if (status.includes("ROLLBACK")) return "rolled-back";
  return status.endsWith("_IN_PROGRESS") ? "in-progress" : "settled";
}

/** The failure that caused the others: CloudFormation cancels what else was under way when something fails. */
function firstFailure(failures: readonly StackEvent[]): StackEvent | undefined {
  return failures.find((event) => !/cancelled/i.test(event.reason ?? "")) ?? failures[0];
}

/** What the state is, and what follows from it. */
const endings: Readonly<Record<Exclude<State, "settled">, readonly [string, string]>> = {
  "in-progress": ["is still changing", ", so that what is read now may be half old and half new"],
  "rolled-back": ["was rolled back", ", so that what was deployed last is not what runs"],
  failed: ["is left in a failed state", ""],
  deleted: ["is deleted", ", so that whatever of it still answers is going away"],
  "not-created": ["was never created", ": no change set of it was executed"],
};

/** Where the status says more than the state. A creation that failed leaves nothing from before, which an update does. */
const ofStatus: Readonly<Record<string, readonly [string, string]>> = {
  UPDATE_ROLLBACK_IN_PROGRESS: ["is being rolled back", ", so that what was deployed last is not what will run"],
  ROLLBACK_IN_PROGRESS: ["could not be created", ", and what was created of it is being deleted"],
  ROLLBACK_COMPLETE: ["could not be created", ", and what was created of it was deleted again"],
  ROLLBACK_FAILED: ["could not be created", ", and what was created of it could not all be deleted again"],
  CREATE_FAILED: ["could not be created", ", and what was created of it before is left as it is"],
};

export default defineCheck({
  id: "stack-settled",
  title: "The last deploy ended well",
  severity: "error",
  why: "After a roll-back the stack serves the code and settings from before, whatever the deploy log promised.",
  subjects: theStack,
  requires: { deploy, stack },
  run({ subject, deploy: last, stack: described }) {
    const state = stateOf(described.status);
    if (state === "settled") return pass;
    const failure = firstFailure(last.failures);
    const reason = failure?.reason ?? described.statusReason;
    const because = reason === undefined || state === "in-progress" ? "" : `: ${clause(reason)}`;
    const [what, so] = ofStatus[described.status] ?? endings[state];
    const finding: FindingDraft = {
      code: state,
      message: `The stack ${subject.label} ${what} (${described.status})${so}${because}.`,
      evidence: evidenceOf(subject.label, described.status, described.statusReason, last, failure),
      detail: {
        status: described.status,
        reason: oneLine(reason ?? ""),
        ...(failure === undefined ? {} : { resource: failure.logicalId }),
      },
      severity: state === "in-progress" ? "warning" : "error",
    };
    return findings([finding]);
  },
  examples: () => ({
    fails: [
      {
        name: "an update that was rolled back",
        subject: exampleStack,
        given: {
          stack: exampleDescription("UPDATE_ROLLBACK_COMPLETE"),
          deploy: exampleDeploy("UPDATE_ROLLBACK_COMPLETE", [
            failed("GenerateEmailRole", "Resource update cancelled"),
            failed("GetCustomerUsage", "The runtime parameter of python3.7 is no longer supported."),
          ]),
        },
        codes: ["rolled-back"],
      },
      {
        name: "a roll-back that is still running",
        subject: exampleStack,
        given: {
          stack: exampleDescription("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed: [CommonLayer]."),
          deploy: exampleDeploy("UPDATE_ROLLBACK_IN_PROGRESS"),
        },
        codes: ["rolled-back"],
      },
      {
        name: "a creation that failed",
        subject: exampleStack,
        given: { stack: exampleDescription("ROLLBACK_FAILED"), deploy: exampleDeploy("ROLLBACK_FAILED") },
        codes: ["failed"],
      },
      {
        name: "a stack that was deleted",
        subject: exampleStack,
        given: { stack: exampleDescription("DELETE_COMPLETE"), deploy: exampleDeploy("DELETE_COMPLETE") },
        codes: ["deleted"],
      },
      {
        name: "a stack that is being deleted",
        subject: exampleStack,
        given: { stack: exampleDescription("DELETE_IN_PROGRESS"), deploy: exampleDeploy("DELETE_IN_PROGRESS") },
        codes: ["deleted"],
        severities: ["error"],
      },
      {
        name: "a stack of which there is a change set only",
        subject: exampleStack,
        given: { stack: exampleDescription("REVIEW_IN_PROGRESS"), deploy: exampleDeploy("REVIEW_IN_PROGRESS") },
        codes: ["not-created"],
        severities: ["error"],
      },
      {
        name: "a deploy under way",
        subject: exampleStack,
        given: { stack: exampleDescription("UPDATE_IN_PROGRESS"), deploy: exampleDeploy("UPDATE_IN_PROGRESS") },
        codes: ["in-progress"],
        severities: ["warning"],
      },
    ],
    passes: [
      {
        name: "an update that ended well",
        subject: exampleStack,
        given: { stack: exampleDescription("UPDATE_COMPLETE"), deploy: exampleDeploy("UPDATE_COMPLETE") },
      },
      {
        name: "an update of which only the clean-up is left",
        subject: exampleStack,
        given: {
          stack: exampleDescription("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
          deploy: exampleDeploy("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        },
      },
      {
        name: "a first deploy that ended well",
        subject: exampleStack,
        given: { stack: exampleDescription("CREATE_COMPLETE"), deploy: exampleDeploy("CREATE_COMPLETE") },
      },
    ],
  }),
});

function evidenceOf(
  name: string,
  status: string,
  statusReason: string | undefined,
  last: Deploy,
  failure: StackEvent | undefined,
): readonly [Evidence, ...Evidence[]] {
  const says = statusReason === undefined ? status : `${status}: ${oneLine(statusReason)}`;
  const evidence: [Evidence, ...Evidence[]] = [{ kind: "stack", where: `stack ${name}`, says }];
  if (failure !== undefined) {
    const { logicalId, status: ended, reason, at } = failure;
    const text = reason === undefined ? ended : `${ended}: ${oneLine(reason)}`;
    evidence.push({ kind: "stack", where: `${logicalId}, in the ${last.kind}`, says: text, first: at });
  }
  return evidence;
}

function exampleDescription(status: string, statusReason?: string) {
  return {
    exists: true as const,
    id: "arn:aws:cloudformation:ap-southeast-1:111122223333:stack/cs-copilot-backend/9f1c",
    name: "cs-copilot-backend",
    status,
    ...(statusReason === undefined ? {} : { statusReason }),
    created: "2026-09-01T08:00:00.000Z",
    updated: "2026-11-20T10:00:40.000Z",
    parameters: [],
    outputs: [],
  };
}

function exampleDeploy(status: string, failures: readonly StackEvent[] = []): Deploy {
  return { kind: "update", startedAt: "2026-11-20T10:00:40.000Z", status, failures };
}

function failed(logicalId: string, reason: string): StackEvent {
  const type = "AWS::Lambda::Function";
  return { at: "2026-11-20T10:01:20.000Z", logicalId, type, status: "UPDATE_FAILED", reason };
}
