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
import type { VpcFault } from "../support/stack-vpc.ts";

/** The action that a call takes, by the operation that the endpoint sees. */
const actionByOperation: Readonly<Record<string, string>> = {
  GetCallerIdentity: "sts:GetCallerIdentity",
  DescribeStacks: "cloudformation:DescribeStacks",
  DescribeStackEvents: "cloudformation:DescribeStackEvents",
  ListStackResources: "cloudformation:ListStackResources",
  GetTemplate: "cloudformation:GetTemplate",
  SimulatePrincipalPolicy: "iam:SimulatePrincipalPolicy",
  GetFunction: "lambda:GetFunction",
  GetAlias: "lambda:GetAlias",
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
  DescribeSubnets: "ec2:DescribeSubnets",
  DescribeRouteTables: "ec2:DescribeRouteTables",
  DescribeSecurityGroups: "ec2:DescribeSecurityGroups",
  DescribeNetworkInterfaces: "ec2:DescribeNetworkInterfaces",
};
/** All that the doctor may ask, as the table of requests has it. */
const actions = actionsOf("doctor");
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
 * What may keep functions in a VPC from their database, with the actions without which that is not proven. The doctor looks
 * there only where functions in a VPC get no answer.
 */
const closed: readonly (readonly [VpcFault, readonly string[]])[] = [
  ["no-route", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets"]],
  ["no-egress", ["ec2:DescribeSecurityGroups"]],
  ["not-admitted", ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"]],
];
const lacking = ({ incomplete }: Report): readonly string[] => [
  ...new Set(incomplete.flatMap(({ action }) => action ?? [])),
];

describe("a permission that is taken away", { timeout: 90_000 }, () => {
  let healthy: FakeStack;
  let broken: FakeStack;
  let forbidden: FakeStack;
  let forbiddenUnread: FakeStack;
  /** One for each of `closed`, and one whose network lets everything through. */
  let inVpc: readonly FakeStack[];
  beforeAll(async () => {
    const stack = { functions: 3, latencyMs: 0, fault, besides: true };
    healthy = await startFakeStack({ ...stack, database: false });
    // Its database's host and port are such that nothing answers there.
    broken = await startFakeStack(stack);
    const noInvocation = { ...stack, database: false, forbidden: true };
    forbidden = await startFakeStack(noInvocation);
    const refused = (call: Call) => (call.operation === "GetPolicy" ? usual(call, "lambda:GetPolicy") : undefined);
    forbiddenUnread = await startFakeStack({ ...noInvocation, fault: refused });
    const ways = [...closed.map(([vpc]) => vpc), "nothing" as const];
    inVpc = await Promise.all(ways.map((vpc) => startFakeStack({ ...stack, functions: 2, vpc, besides: false })));
  });
  afterAll(() => Promise.all([healthy, broken, forbidden, forbiddenUnread, ...inVpc].map((stack) => stack.close())));

  it("is one of those that the policy names, all of which are tried; and without any fault only the first is healthy", async () => {
    taken = undefined;
    const stacks = [healthy, broken, forbidden, forbiddenUnread, ...inVpc];
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
      ...closed.map(() => [1, "connect-timeout, certain"]),
      // The functions' own word, not what this machine meets on another way.
      [1, "connect-timeout, possible"],
    ]);
    expect(reports.map(({ incomplete }) => incomplete.map(({ what, action }) => [what, action]))).toEqual([
      [],
      [],
      [],
      [["whether the policy of demo-tool-0 lets the API invoke it", "lambda:GetPolicy"]],
      ...inVpc.map(() => []),
    ]);
    // One function has the database's URL from Secrets Manager, which tells when that was set.
    expect(reports[1]?.diagnoses[0]?.timeline?.map(({ kind, of }) => `${kind} ${of}`)).toContain(
      "secret-changed demo/database-url",
    );
    expect([...new Set(Object.values(actionByOperation))].toSorted()).toEqual(actions);
    const used = new Set(stacks.flatMap(({ calls }) => calls.map(({ operation }) => actionByOperation[operation])));
    expect(actions.filter((action) => !used.has(action))).toEqual([]);
  });

  /** Takes actions away: what was asked all the same is named, and what the rest proves is found. */
  async function without(gone: readonly string[], form: Refusal): Promise<void> {
    taken = { actions: gone, form };
    // In a VPC the doctor looks farther: what is taken away there too costs as little.
    const network = gone.some((action) => action.startsWith("ec2:")) ? inVpc : [];
    for (const stack of [healthy, broken, ...network]) stack.clear();
    const [none, found, ...behind] = await Promise.all([
      diagnose(healthy),
      diagnose(broken),
      ...network.map((stack) => diagnose(stack)),
    ]);
    const all: readonly (readonly [Report, FakeStack | undefined])[] = [
      [none, healthy],
      [found, broken],
      ...behind.map((report, index) => [report, network[index]] as const),
    ];
    for (const [report, stack] of all) {
      const asked = new Set(stack?.calls.map(({ operation }) => actionByOperation[operation]));
      expect(lacking(report).toSorted()).toEqual(gone.filter((action) => asked.has(action)));
      expect(
        report.incomplete.filter(({ what, subjects }) => /\b\w+:\w+ tells$/.test(what) || subjects.length === 0),
      ).toEqual([]);
    }
    const unasked = gone.every((action) => action === "lambda:GetPolicy" || action.startsWith("ec2:"));
    expect([none.exitCode, none.verdict]).toEqual(unasked ? [0, "healthy"] : [3, "incomplete"]);
    // Without these nothing is known of the functions, or of where their database is.
    const blind =
      gone.includes("cloudformation:ListStackResources") ||
      gone.includes("lambda:GetFunction") ||
      (gone.includes("ssm:GetParameter") && gone.includes("secretsmanager:GetSecretValue"));
    expect([found.exitCode, causesOf(found)]).toEqual(blind ? [3, []] : [1, ["connection-refused"]]);
    expect(behind.map(({ exitCode }) => exitCode)).not.toContain(0);
    if (!gone.every((action) => action.startsWith("ec2:"))) return;
    for (const [index, [fault, proof]] of closed.entries()) {
      const [first] = behind[index]?.diagnoses ?? [];
      const isProven = !proof.some((action) => gone.includes(action));
      expect([fault, first?.cause, first?.confidence]).toEqual([
        fault,
        "connect-timeout",
        isProven ? "certain" : "possible",
      ]);
    }
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
