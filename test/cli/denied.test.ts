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
  GetFunctionUrlConfig: "lambda:GetFunctionUrlConfig",
  GetPolicy: "lambda:GetPolicy",
  GetLayerVersionByArn: "lambda:GetLayerVersion",
  ListLayerVersions: "lambda:ListLayerVersions",
  GetRestApi: "apigateway:GET",
  GetStages: "apigateway:GET",
  GetResources: "apigateway:GET",
  FilterLogEvents: "logs:FilterLogEvents",
  GetParameter: "ssm:GetParameter",
  GetSecretValue: "secretsmanager:GetSecretValue",
};
const actions = [...new Set(Object.values(actionByOperation))].toSorted();
/** What is taken away, and in which form the services say so. */
let taken: { readonly actions: readonly string[]; readonly form: Refusal } | undefined;
const fault = (call: Call): Answer | undefined => {
  const action = actionByOperation[call.operation] ?? "";
  return taken?.actions.includes(action) === true ? taken.form(call, action) : undefined;
};
const forms = Object.values(refusals);
const usual = forms[0] as Refusal;

async function diagnose(stack: FakeStack): Promise<Report> {
  const started = new Date().toISOString();
  const live = liveAgainst(stack.endpoint, { run: { ...run, startedAt: started }, timeoutMs: 90_000 });
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
/**
 * Asked for only where the connection of a function in a VPC runs out of time, and decides nothing but how sure that is:
 * test/causes/databases.test.ts goes without, and test/cli/db-check.test.ts takes them away.
 */
const ofNetwork = new Set(
  ["NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets"].map((what) => `ec2:Describe${what}`),
);
const lacking = ({ incomplete }: Report): readonly string[] => [
  ...new Set(incomplete.flatMap(({ action }) => action ?? [])),
];

describe("a permission that is taken away", { timeout: 90_000 }, () => {
  let healthy: FakeStack;
  let broken: FakeStack;
  let forbidden: FakeStack;
  let forbiddenUnread: FakeStack;
  beforeAll(async () => {
    const stack = { functions: 3, latencyMs: 0, fault, besides: true };
    healthy = await startFakeStack({ ...stack, database: false });
    // Its database's host and port are such that nothing answers there.
    broken = await startFakeStack(stack);
    const noInvocation = { ...stack, database: false, forbidden: true };
    forbidden = await startFakeStack(noInvocation);
    const refused = (call: Call) => (call.operation === "GetPolicy" ? usual(call, "lambda:GetPolicy") : undefined);
    forbiddenUnread = await startFakeStack({ ...noInvocation, fault: refused });
  });
  afterAll(() => Promise.all([healthy, broken, forbidden, forbiddenUnread].map((stack) => stack.close())));

  it("is one of those that the policy names, all of which are tried; and without any fault only the first is healthy", async () => {
    taken = undefined;
    const stacks = [healthy, broken, forbidden, forbiddenUnread];
    const reports = await Promise.all(stacks.map(diagnose));
    const told = reports.map(({ exitCode, diagnoses }) => [
      exitCode,
      ...diagnoses.map((one) => `${one.cause}, ${one.confidence}`),
    ]);
    expect(told).toEqual([
      [0],
      [1, "connection-refused, likely"],
      [1, "invoke-permission-missing, certain"],
      // Its policy alone would prove it.
      [1, "invoke-permission-missing, likely"],
    ]);
    expect(reports.map(({ incomplete }) => incomplete.map(({ what, action }) => [what, action]))).toEqual([
      [],
      [],
      [],
      [["whether the policy of demo-tool-0 lets the API invoke it", "lambda:GetPolicy"]],
    ]);
    // One function has the database's URL from Secrets Manager, which tells when that was set.
    expect(reports[1]?.diagnoses[0]?.timeline?.map(({ kind, of }) => `${kind} ${of}`)).toContain(
      "secret-changed demo/database-url",
    );
    expect(actionsOf("doctor").filter((action) => !ofNetwork.has(action))).toEqual(actions);
    const used = new Set(stacks.flatMap(({ calls }) => calls.map(({ operation }) => actionByOperation[operation])));
    expect(actions.filter((action) => !used.has(action))).toEqual([]);
  });

  /** Takes actions away: what was asked all the same is named, and what the rest proves is found. */
  async function without(gone: readonly string[], form: Refusal): Promise<void> {
    taken = { actions: gone, form };
    for (const stack of [healthy, broken]) stack.clear();
    const [none, found] = await Promise.all([diagnose(healthy), diagnose(broken)]);
    for (const [report, stack] of [
      [none, healthy],
      [found, broken],
    ] as const) {
      const asked = new Set(stack.calls.map(({ operation }) => actionByOperation[operation]));
      expect(lacking(report).toSorted()).toEqual(gone.filter((action) => asked.has(action)));
      expect(
        report.incomplete.filter(({ what, subjects }) => /\b\w+:\w+ tells$/.test(what) || subjects.length === 0),
      ).toEqual([]);
    }
    const unasked = gone.every((action) => action === "lambda:GetPolicy");
    expect([none.exitCode, none.verdict]).toEqual(unasked ? [0, "healthy"] : [3, "incomplete"]);
    // Without these nothing is known of the functions, or of where their database is.
    const blind =
      gone.includes("cloudformation:ListStackResources") ||
      gone.includes("lambda:GetFunction") ||
      (gone.includes("ssm:GetParameter") && gone.includes("secretsmanager:GetSecretValue"));
    expect([found.exitCode, causesOf(found)]).toEqual(blind ? [3, []] : [1, ["connection-refused"]]);
  }

  // Each action in another form; that every form is understood of every service is the source's own test.
  it.each(actions.map((action, index) => [action, Object.keys(refusals)[index % forms.length] ?? ""] as const))(
    "%s, %s: never healthy, named, and the rest still found",
    (action, name) => without([action], refusals[name] ?? usual),
  );

  const services = [...new Set(actions.map((action) => action.split(":")[0] ?? ""))];
  const together: readonly (readonly [string, readonly string[]])[] = [
    ...services.map(
      (service) => [`all of ${service}`, actions.filter((one) => one.startsWith(`${service}:`))] as const,
    ),
    ["everything", actions],
    ["everything but who one is", actions.filter((one) => !one.startsWith("sts:"))],
    ["every other one", actions.filter((_, index) => index % 2 === 1)],
    ["the others", actions.filter((_, index) => index % 2 === 0)],
    ["what a role that only reads stacks lacks", actions.filter((one) => !/^(?:cloudformation|sts):/.test(one))],
    ...(process.env["CSCP_EVAL"] === "denied"
      ? actions.flatMap((a, index) => actions.slice(index + 1).map((b) => [`${a} and ${b}`, [a, b]] as const))
      : []),
  ];
  it.each(together)("%s: never healthy, what was asked is named, and the rest still found", (_name, gone) =>
    without(gone, usual),
  );

  it("is not what a function in another language lacks: nothing that could be granted would make it known", async () => {
    taken = undefined;
    const stack = await startFakeStack({ functions: 2, latencyMs: 0, database: false, otherRuntime: "java21" });
    const report = await diagnose(stack);
    await stack.close();
    expect([report.exitCode, report.incomplete.filter(({ reason }) => reason !== "skipped")]).toEqual([0, []]);
    const imports = report.checks.find(({ id }) => id === "imports-work");
    expect(imports?.subjects.map(({ verdict }) => verdict)).toEqual(["pass", "not-applicable"]);
  });

  it("lambda:GetFunctionUrlConfig: the tool behind the URL is not known to answer", async () => {
    taken = { actions: ["lambda:GetFunctionUrlConfig"], form: usual };
    const report = await diagnose(healthy);
    const gap = report.incomplete.find(({ action }) => action === "lambda:GetFunctionUrlConfig");
    expect(gap?.what).toBe("the URL of the function demo-tool-2");
    expect(gap?.checks).toContain("tools-answer");
    expect(gap?.subjects.map(({ label }) => label)).toEqual(["get_report"]);
    // The other tools were asked.
    expect(report.checks.find(({ id }) => id === "tools-answer")?.subjects.map(({ verdict }) => verdict)).toEqual([
      "pass",
      "pass",
      "pass",
      "unknown",
    ]);
  });
});
