// Every permission that the doctor uses is taken away in turn, in each form in which AWS says so.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDoctor } from "../../src/cli/run-doctor.ts";
import { collectors } from "../../src/collect/registry.gen.ts";
import { createFacts } from "../../src/core/fact.ts";
import type { Report } from "../../src/core/report.ts";
import { actionsOf } from "../../src/facts/permissions.ts";
import { liveAgainst, run, type Answer, type Call } from "../source/fake-aws.ts";
import { refusals, type Refusal } from "../support/refusals.ts";
import { startFakeStack, type FakeStack } from "../support/stack.ts";

/** The action that a call takes, by the operation that the endpoint sees. */
const actionByOperation: Readonly<Record<string, string>> = {
  GetCallerIdentity: "sts:GetCallerIdentity",
  DescribeStacks: "cloudformation:DescribeStacks",
  DescribeStackEvents: "cloudformation:DescribeStackEvents",
  ListStackResources: "cloudformation:ListStackResources",
  GetTemplate: "cloudformation:GetTemplate",
  SimulatePrincipalPolicy: "iam:SimulatePrincipalPolicy",
  GetFunction: "lambda:GetFunction",
  GetLayerVersionByArn: "lambda:GetLayerVersion",
  ListLayerVersions: "lambda:ListLayerVersions",
  GetRestApi: "apigateway:GET",
  GetStages: "apigateway:GET",
  GetResources: "apigateway:GET",
  FilterLogEvents: "logs:FilterLogEvents",
  GetParameter: "ssm:GetParameter",
};
const actions = [...new Set(Object.values(actionByOperation))].toSorted();
let taken: { readonly action: string; readonly form: Refusal } | undefined;
const fault = (call: Call): Answer | undefined =>
  taken !== undefined && actionByOperation[call.operation] === taken.action
    ? taken.form(call, taken.action)
    : undefined;

async function diagnose(stack: FakeStack): Promise<Report> {
  const started = new Date().toISOString();
  const live = liveAgainst(stack.endpoint, { run: { ...run, startedAt: started } });
  try {
    return await runDoctor(createFacts(collectors, live.source), {
      version: "0.0.0",
      only: undefined,
      ignore: [],
      failOn: "error",
      notes: [],
      cost: () => ({ durationMs: 1, requests: live.requestCount() }),
    });
  } finally {
    live.close();
  }
}

const causesOf = (report: Report): readonly string[] => report.diagnoses.map(({ cause }) => cause);

describe("a permission that is taken away", { timeout: 30_000 }, () => {
  let healthy: FakeStack;
  let broken: FakeStack;
  beforeAll(async () => {
    healthy = await startFakeStack({ functions: 3, latencyMs: 0, fault, database: false });
    // Its database's host and port are such that nothing answers there.
    broken = await startFakeStack({ functions: 3, latencyMs: 0, fault });
  });
  afterAll(() => Promise.all([healthy.close(), broken.close()]));

  it("is one of those that the policy names, and all of them are tried that these stacks take", () => {
    expect(actionsOf("doctor").filter((action) => !actions.includes(action))).toEqual([
      // Of function URLs, of tools that the API may not invoke, and of secrets, these stacks have none.
      "lambda:GetFunctionUrlConfig",
      "lambda:GetPolicy",
      "secretsmanager:GetSecretValue",
    ]);
  });

  it("and none: the one stack is healthy, the other is not", async () => {
    taken = undefined;
    expect((await diagnose(healthy)).exitCode).toBe(0);
    const report = await diagnose(broken);
    expect([report.exitCode, causesOf(report), report.incomplete]).toEqual([1, ["connection-refused"], []]);
  });

  // Each action in another form; that every form is understood of every service is the source's own test.
  it.each(actions.map((action, index) => [action, Object.keys(refusals)[index % 7] ?? ""] as const))(
    "%s, %s: never healthy, named, and the rest still found",
    async (action, name) => {
      const form = refusals[name];
      if (form === undefined) throw new Error(`There is no form ${name}.`);
      taken = { action, form };
      const [without, found] = await Promise.all([diagnose(healthy), diagnose(broken)]);
      expect(without.exitCode).toBe(3);
      expect(without.verdict).toBe("incomplete");
      for (const report of [without, found])
        expect(report.incomplete.map((gap) => gap.action)).toEqual(expect.arrayContaining([action]));
      // Without these nothing is known of the functions, or of where their database is.
      const blind = ["cloudformation:ListStackResources", "lambda:GetFunction", "ssm:GetParameter"].includes(action);
      expect([found.exitCode, causesOf(found)]).toEqual(blind ? [3, []] : [1, ["connection-refused"]]);
    },
  );
});
