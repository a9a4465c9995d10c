import { afterAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { actionsOf } from "../../src/facts/permissions.ts";
import { labOrSkip } from "./available.ts";
import { cscp, incidentCall } from "./cli.ts";
import { ACCOUNT, REGION } from "./emulator.ts";
import { type IncidentLab, stopSharedLab, withIncident } from "./incidents.ts";
import { actionOf } from "./policy-actions.ts";

interface Policy {
  readonly Statement: readonly { readonly Sid: string; readonly Action: readonly string[] }[];
}

describe.runIf(await labOrSkip())("the policy that is printed", { timeout: 240_000 }, () => {
  afterAll(stopSharedLab);

  it.each(["stale-layer", "healthy-parameter"])(
    "lets the doctor read everything of %s, and its table holds every call",
    async (incident) => {
      await withIncident(incident, async (lab) => {
        const { flags, env } = incidentCall(lab);
        const diagnose = async (policy: unknown): Promise<{ exitCode: number; report: Report }> => {
          const limited = { ...env, CSCP_CACHE: "off", ...(await lab.lab.environment(policy)) };
          const { exitCode, stdout } = await cscp(["doctor", ...flags, "-o", "json"], limited);
          return { exitCode, report: JSON.parse(stdout) as Report };
        };
        const free = await cscp(["doctor", ...flags, "-o", "json"], env);
        const expected = JSON.parse(free.stdout) as Report;
        expect(expected.incomplete).toEqual([]);

        const printed = await cscp(["iam-policy", "--for", "doctor", "--stack", lab.stackName], env);
        expect(printed.exitCode).toBe(0);
        expect(printed.stdout).not.toMatch(/<[A-Z]+>/);
        const policy = JSON.parse(printed.stdout) as Policy;
        lab.lab.front.clearCalls();
        const narrow = await diagnose(policy);
        expect(narrow.report.incomplete).toEqual([]);
        expect(narrow.exitCode).toBe(free.exitCode);
        expect(narrow.report.diagnoses.map((one) => one.cause)).toEqual(expected.diagnoses.map((one) => one.cause));

        const called = lab.lab.front.calls().filter((call) => call.caller === "client");
        const actions = new Set(called.flatMap((call) => actionOf(call) ?? []));
        expect(actions.size).toBeGreaterThan(8);
        expect([...actions].filter((action) => !actionsOf("doctor").includes(action))).toEqual([]);

        // The caller is really held to the policy: without one statement what it allows is missing.
        const logs = { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== "ReadLogs") };
        const without = await diagnose(logs);
        expect(without.report.incomplete.map((gap) => gap.action)).toContain("logs:FilterLogEvents");
        expect(without.report.verdict).not.toBe("healthy");
      });
    },
  );

  it("fits every stack where none is named, once account and region are filled in", async () => {
    const diagnose = async (lab: IncidentLab): Promise<void> => {
      const { flags, env } = incidentCall(lab);
      const printed = await cscp(["iam-policy"], { AWS_REGION: REGION });
      const policy: unknown = JSON.parse(printed.stdout.replaceAll("<ACCOUNT>", ACCOUNT));
      const limited = { ...env, CSCP_CACHE: "off", ...(await lab.lab.environment(policy)) };
      const { exitCode, stdout } = await cscp(["doctor", ...flags, "-o", "json"], limited);
      expect((JSON.parse(stdout) as Report).incomplete).toEqual([]);
      expect(exitCode).toBe(0);
    };
    await withIncident("healthy-parameter", diagnose, { reuse: true });
  });
});
