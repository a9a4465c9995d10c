import { afterAll, describe, expect, it } from "vitest";
import type { TriageReport } from "../../src/core/triage.ts";
import { actionsOf } from "../../src/facts/permissions.ts";
import { labOrSkip } from "./available.ts";
import { cscp, leaksIn } from "./cli.ts";
import { stopSharedLab, withIncident } from "./incidents.ts";

describe.runIf(await labOrSkip())("cscp logs triage in CloudWatch", { timeout: 240_000 }, () => {
  afterAll(stopSharedLab);

  it("finds what a broken stack logs, of the stack, a function and a log group, with the permissions that are printed", async () => {
    await withIncident("stale-layer", async ({ env, stackName, secrets, lab }) => {
      const printed = await cscp(["iam-policy", "--for", "triage", "--stack", stackName], env);
      const limited = { ...env, ...(await lab.environment(JSON.parse(printed.stdout))) };
      const triage = (...args: readonly string[]) => cscp(["logs", "triage", ...args], limited);

      lab.front.clearCalls();
      const whole = await triage("--stack", stackName, "-o", "json");
      expect(whole.stderr).toBe("");
      expect(whole.exitCode).toBe(1);
      const report = JSON.parse(whole.stdout) as TriageReport;
      expect(report.unread).toEqual([]);
      expect(report.logs).toContain("GetCustomerUsage");
      const missing = report.causes.find(({ cause }) => cause === "module-missing");
      expect(missing).toMatchObject({ about: "pg8000" });
      expect(missing?.sources.map(({ name }) => name)).toContain("GetCustomerUsage");
      expect(Date.parse(missing?.first ?? "")).toBeGreaterThanOrEqual(Date.parse(report.deployedAt ?? ""));
      const calls = lab.front.calls().filter(({ caller }) => caller === "client");
      const called = new Set(calls.map(({ service, action }) => `${service}:${action}`));
      const names = calls.flatMap(({ path }) => /\/functions\/([^/?]*GetCustomerUsage[^/?]*)/.exec(path)?.[1] ?? []);
      expect(called).toContain("logs:FilterLogEvents");
      expect([...called].filter((action) => !actionsOf("triage").includes(action))).toEqual([]);

      lab.front.clearCalls();
      const pushed = await triage("--stack", stackName, "--engine", "insights", "-o", "json");
      expect(pushed.stderr).toContain("cscp: Insights went through");
      const searched = JSON.parse(pushed.stdout) as TriageReport;
      expect(searched.unread).toEqual([]);
      expect(searched.causes.map(({ cause, about, count }) => [cause, about, count])).toEqual(
        report.causes.map(({ cause, about, count }) => [cause, about, count]),
      );
      const asked = lab.front.calls().filter(({ caller }) => caller === "client");
      const actions = new Set(asked.map(({ service, action }) => `${service}:${action}`));
      expect(actions).toContain("logs:StartQuery");
      expect([...actions].filter((action) => !actionsOf("triage").includes(action))).toEqual([]);

      const text = await triage("--stack", stackName);
      expect(text.stdout).toMatch(/module-missing: pg8000 .*(?:after|with) the deploy\n/);
      expect(leaksIn(whole.stdout + text.stdout, secrets)).toEqual([]);

      const one = await triage("--function", "GetCustomerUsage", "--stack", stackName, "-o", "json");
      const { logs, causes } = JSON.parse(one.stdout) as TriageReport;
      expect(logs).toEqual(["GetCustomerUsage"]);
      expect(causes.map(({ cause, sources }) => [cause, sources[0]?.name])).toEqual([
        ["module-missing", "GetCustomerUsage"],
      ]);

      const early = await triage("--stack", stackName, "--since", "2d", "--until", "1d");
      expect(early.exitCode).toBe(0);

      const group = (text: string) => ["logs", "triage", "--log-group", text, "-o", "json"];
      const own = await cscp(group(`/aws/lambda/${names[0]}`), env);
      expect((JSON.parse(own.stdout) as TriageReport).causes.map(({ cause }) => cause)).toEqual(["module-missing"]);
      const nowhere = await cscp(group("/aws/lambda/nothing-like-it"), env);
      expect(nowhere.stderr).toContain("The log group /aws/lambda/nothing-like-it does not exist.");
      expect(nowhere.exitCode).toBe(2);
    });
  });

  it("says what it may not read, and calls no log clean that it has not seen", async () => {
    await withIncident(
      "stale-layer",
      async ({ env, stackName, lab }) => {
        const printed = await cscp(["iam-policy", "--for", "triage", "--stack", stackName], env);
        const policy = JSON.parse(printed.stdout) as { Statement: { Sid: string }[] };
        const Statement = policy.Statement.filter(({ Sid }) => Sid !== "ReadLogs");
        const limited = { ...env, ...(await lab.environment({ ...policy, Statement })) };
        const { exitCode, stdout } = await cscp(["logs", "triage", "--stack", stackName], limited);
        expect(exitCode).toBe(3);
        expect(stdout).toMatch(/^\? No failures in .*, but not all could be read/);
        expect(stdout).toContain("logs:FilterLogEvents");
      },
      { reuse: true },
    );
  });
});
