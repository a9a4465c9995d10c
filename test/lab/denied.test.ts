import { afterAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { actionsOf } from "../../src/facts/permissions.ts";
import { labOrSkip } from "./available.ts";
import type { AwsCall } from "./calls.ts";
import { cscp, incidentCall } from "./cli.ts";
import { stopSharedLab, withIncident } from "./incidents.ts";
import { actionOf } from "./policy-actions.ts";

/** What the doctor still says of the stale layer without an action: the rest of the evidence proves it, or does not. */
const withoutProof: Readonly<Record<string, readonly string[]>> = {
  // Nothing of the stack is known but its name.
  "cloudformation:ListStackResources": [],
  // The tools still fail, and nothing is known of what runs behind them.
  "lambda:GetFunction": [],
  // What the function logs and what is in its package prove the missing module; that a newer layer has it is not known.
  "lambda:ListLayerVersions": ["module-missing"],
};

describe.runIf(await labOrSkip())("a permission that the caller lacks", { timeout: 120_000 }, () => {
  afterAll(stopSharedLab);

  it.each([
    ["healthy-parameter", 0],
    ["stale-layer", 1],
  ])(
    "costs that piece of evidence and never makes a stack healthy: %s",
    { timeout: 300_000 },
    async (incident, free) => {
      await withIncident(incident, async (lab) => {
        const { front } = lab.lab;
        const { flags, env } = incidentCall(lab);
        const uncached = { ...env, CSCP_CACHE: "off" };
        const diagnose = async () => {
          const { exitCode, stdout } = await cscp(["doctor", ...flags, "-o", "json"], uncached);
          return { exitCode, report: JSON.parse(stdout) as Report };
        };
        front.clearCalls();
        expect((await diagnose()).exitCode).toBe(free);
        const own = (call: Pick<AwsCall, "caller" | "service" | "action" | "method">) =>
          call.caller === "client" ? actionOf(call) : undefined;
        const used = [...new Set(front.calls().flatMap((call) => own(call) ?? []))].toSorted();
        expect(used.length).toBeGreaterThanOrEqual(12);
        // This stack has no alias, no function URL, no route that may not be invoked, and no secret, which test/cli/denied has; nor
        // a VPC.
        const unused = actionsOf("doctor").filter((action) => !used.includes(action) && !action.startsWith("ec2:"));
        expect(unused).toEqual([
          "lambda:GetAlias",
          "lambda:GetFunctionUrlConfig",
          "lambda:GetPolicy",
          "secretsmanager:GetSecretValue",
        ]);

        for (const action of used) {
          front.setRules([{ match: (call) => own(call) === action, respond: { kind: "deny" } }]);
          const { exitCode, report } = await diagnose();
          expect([action, report.incomplete.map((gap) => gap.action)]).toEqual([
            action,
            expect.arrayContaining([action]),
          ]);
          expect([action, report.verdict]).not.toEqual([action, "healthy"]);
          const causes = report.diagnoses.filter((one) => one.confidence === "certain").map((one) => one.cause);
          const wanted = free === 0 ? [] : (withoutProof[action] ?? ["layer-version-old"]);
          expect([action, causes]).toEqual([action, wanted]);
          // The tools that the project's template names are called, and fail, whatever else is known.
          expect([action, exitCode]).toEqual([action, free === 0 ? 3 : 1]);
        }
      });
    },
  );
});
