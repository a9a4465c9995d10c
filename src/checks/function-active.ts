import { defineCheck, findings, type FindingDraft } from "../core/check.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionPresence, functions, type FunctionConfiguration } from "../facts/functions.ts";
import { exampleConfiguration, exampleFunction } from "./support/examples.ts";
import { clause, oneLine } from "./support/text.ts";

export default defineCheck({
  id: "function-active",
  title: "Functions are there and active",
  severity: "error",
  why: "Lambda refuses to invoke a function that is not active, and a failed update leaves the old code running.",
  subjects: functions,
  requires: { presence: functionPresence },
  run({ subject, presence }) {
    if (!presence.exists) return findings([missingFinding(subject)]);
    return findings(
      [
        stateFinding(subject, presence),
        updateFinding(subject, presence),
        presence.reservedConcurrency === 0 ? switchedOff(subject) : undefined,
      ].filter((one) => one !== undefined),
    );
  },
  examples: () => ({
    fails: [
      {
        name: "a function that was deleted by hand",
        subject: exampleFunction(),
        given: { presence: { exists: false } },
        codes: ["missing"],
      },
      {
        name: "an alias that is gone",
        subject: exampleFunction("GetCustomerUsage", "live"),
        given: { presence: { exists: false } },
        codes: ["missing"],
      },
      {
        name: "a function that failed to start",
        subject: exampleFunction(),
        given: {
          presence: exampleConfiguration({
            state: "Failed",
            stateReason: "Lambda cannot create a network interface: the subnet has no free address.",
            stateReasonCode: "SubnetOutOfIPAddresses",
          }),
        },
        codes: ["inactive"],
      },
      {
        name: "a function that is being created",
        subject: exampleFunction(),
        given: {
          presence: exampleConfiguration({
            state: "Pending",
            stateReason: "The function is being created.",
            stateReasonCode: "Creating",
          }),
        },
        codes: ["inactive"],
        severities: ["warning"],
      },
      {
        name: "an idle function that could not be woken",
        subject: exampleFunction(),
        given: { presence: exampleConfiguration({ state: "Inactive", stateReasonCode: "InvalidSecurityGroup" }) },
        codes: ["inactive"],
      },
      {
        name: "a function that is switched off by its reserved concurrency",
        subject: exampleFunction(),
        given: { presence: exampleConfiguration({ reservedConcurrency: 0 }) },
        codes: ["switched-off"],
      },
      {
        name: "an update that failed",
        subject: exampleFunction(),
        given: {
          presence: exampleConfiguration({
            lastUpdateStatus: "Failed",
            lastUpdateStatusReason: "The archive of the package cannot be read.",
            lastUpdateStatusReasonCode: "InvalidZipFileException",
          }),
        },
        codes: ["update-failed"],
      },
      {
        name: "an update under way",
        subject: exampleFunction(),
        given: { presence: exampleConfiguration({ lastUpdateStatus: "InProgress" }) },
        codes: ["updating"],
        severities: ["warning"],
      },
    ],
    passes: [
      { name: "an active function", subject: exampleFunction(), given: { presence: exampleConfiguration() } },
      {
        name: "a function of which one instance may run",
        subject: exampleFunction(),
        given: { presence: exampleConfiguration({ reservedConcurrency: 1 }) },
      },
      {
        name: "an idle function, which the next request wakes",
        subject: exampleFunction(),
        given: { presence: exampleConfiguration({ state: "Inactive", stateReasonCode: "Idle" }) },
      },
    ],
  }),
});

function missingFinding(fn: FunctionRef): FindingDraft {
  const what = fn.qualifier === undefined ? fn.functionName : `${fn.functionName}:${fn.qualifier}`;
  return {
    code: "missing",
    message: `The function ${fn.label} of the stack does not exist in Lambda under the name ${what}.`,
    evidence: [{ kind: "configuration", where: fn.label, says: `GetFunction finds no ${what}` }],
    detail: { reasonCode: "" },
  };
}

function stateFinding(fn: FunctionRef, configuration: FunctionConfiguration): FindingDraft | undefined {
  const { state = "Active", stateReason, stateReasonCode = "" } = configuration;
  // Lambda puts functions that are not called for weeks to sleep; the first request wakes them.
  if (state === "Active" || (state === "Inactive" && stateReasonCode === "Idle")) return undefined;
  const because = reasonText(stateReasonCode, stateReason);
  const starting = state === "Pending";
  return {
    code: "inactive",
    message: starting
      ? `The function ${fn.label} cannot be invoked yet: it is being set up${because}.`
      : `The function ${fn.label} cannot be invoked: its state is ${state}${because}.`,
    evidence: [{ kind: "configuration", where: fn.label, says: `State = ${state}${because}` }],
    detail: { state, reasonCode: stateReasonCode, reason: oneLine(stateReason ?? "") },
    severity: starting ? "warning" : "error",
  };
}

/** Lambda's console calls it throttling a function: no instance may run, so that every request is refused. */
function switchedOff(fn: FunctionRef): FindingDraft {
  return {
    code: "switched-off",
    message: `The function ${fn.label} is switched off: its reserved concurrency is 0, so that Lambda refuses every request.`,
    evidence: [{ kind: "configuration", where: fn.label, says: "ReservedConcurrentExecutions = 0" }],
    detail: { reasonCode: "" },
  };
}

function updateFinding(fn: FunctionRef, configuration: FunctionConfiguration): FindingDraft | undefined {
  const { lastUpdateStatus = "Successful", lastUpdateStatusReason, lastUpdateStatusReasonCode = "" } = configuration;
  if (lastUpdateStatus !== "Failed" && lastUpdateStatus !== "InProgress") return undefined;
  const because = reasonText(lastUpdateStatusReasonCode, lastUpdateStatusReason);
  const failed = lastUpdateStatus === "Failed";
  return {
    code: failed ? "update-failed" : "updating",
    message: failed
      ? `The last update of ${fn.label} failed, so it still runs what it had before${because}.`
      : `${fn.label} is being updated, so requests may still meet what it had before${because}.`,
    evidence: [{ kind: "configuration", where: fn.label, says: `LastUpdateStatus = ${lastUpdateStatus}${because}` }],
    detail: { reasonCode: lastUpdateStatusReasonCode, reason: oneLine(lastUpdateStatusReason ?? "") },
    severity: failed ? "error" : "warning",
  };
}

/** ` (Code: what it says)`, or nothing where Lambda gives no reason. */
function reasonText(code: string, reason: string | undefined): string {
  const said = [code, reason === undefined ? "" : clause(reason)].filter((part) => part !== "");
  return said.length === 0 ? "" : ` (${said.join(": ")})`;
}
