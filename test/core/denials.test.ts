import { describe, expect, it } from "vitest";
import { createFacts, collector, keyedFact, known } from "../../src/core/fact.ts";
import { unnamedDenials } from "../../src/core/denials.ts";
import type { Request } from "../../src/core/reply.ts";
import { diagnosed } from "../cli/invented.ts";

const stack = { kind: "stack", id: "orders", label: "orders" } as const;
const denial = (kind: string, action: string, params = {}) => ({
  kind,
  params,
  action,
  message: `The caller may not ${action}.`,
});

describe("what was denied", () => {
  it("is kept of every request, asked often or once, whatever the collector made of it", async () => {
    const answers = keyedFact<string, boolean>("answers");
    const collect = collector(answers, async (context, kind) => {
      const replies = await Promise.all([context.ask(kind, { n: 1 }), context.ask(kind, { n: 1 })]);
      return known(replies.every((reply) => reply.status === "ok"));
    });
    const facts = createFacts([collect], {
      ask: ({ kind }) =>
        Promise.resolve(
          kind === "b" ? { status: "ok", body: 1 } : { status: "denied", action: `x:${kind}`, message: "No." },
        ),
    });
    for (const kind of ["c", "b", "a"]) await facts.get(answers, kind);
    expect(facts.denials()).toEqual([
      { kind: "a", params: { n: 1 }, action: "x:a", message: "No." },
      { kind: "c", params: { n: 1 }, action: "x:c", message: "No." },
    ]);
  });

  it("is a gap where no other gap names the action", () => {
    const gaps = unnamedDenials(
      [
        denial("cfn.events", "cloudformation:DescribeStackEvents"),
        denial("cfn.events", "cloudformation:DescribeStackEvents"),
        denial("lambda.layer-version", "lambda:GetLayerVersion"),
        denial("other", "ec2:DescribeVpcs"),
      ],
      [{ action: "lambda:GetLayerVersion" }],
      stack,
      "444455556666",
    );
    expect(gaps.map(({ what, action, checks, reason }) => [what, action, checks, reason])).toEqual([
      ["the events of the last deploy", "cloudformation:DescribeStackEvents", ["stack-settled"], "denied"],
      ["what ec2:DescribeVpcs tells", "ec2:DescribeVpcs", [], "denied"],
    ]);
  });

  it("is none for the layers of other accounts", () => {
    const layer = (account: string) => `arn:aws:lambda:eu-north-1:${account}:layer:shared`;
    const of = (account: string) => [
      denial("lambda.layer-versions", "lambda:ListLayerVersions", { layerArn: layer(account) }),
      denial("lambda.layer-version", "lambda:GetLayerVersion", { arn: `${layer(account)}:3` }),
    ];
    expect(unnamedDenials(of("777788889999"), [], stack, "444455556666")).toEqual([]);
    expect(unnamedDenials(of("444455556666"), [], stack, "444455556666")).toHaveLength(2);
    expect(unnamedDenials(of("777788889999"), [], stack, undefined)).toHaveLength(2);
  });

  it.each([
    ["cfn.events", "cloudformation:DescribeStackEvents"],
    ["cfn.template", "cloudformation:GetTemplate"],
    ["sts.identity", "sts:GetCallerIdentity"],
    ["cfn.stack", "cloudformation:DescribeStacks"],
    ["cfn.resources", "cloudformation:ListStackResources"],
    ["lambda.function", "lambda:GetFunction"],
    ["api.routes", "apigateway:GET"],
    ["logs.errors", "logs:FilterLogEvents"],
  ])("never leaves a stack healthy: %s", async (kind, action) => {
    const reply = (request: Request) =>
      request.kind === kind ? ({ status: "denied", action, message: "No." } as const) : undefined;
    const report = await diagnosed({ reply });
    expect(report.verdict).toBe("incomplete");
    expect(report.incomplete.map((gap) => gap.action)).toContain(action);
    // What is broken is still found, where the rest shows it.
    const broken = await diagnosed({ reply, stack: { status: "UPDATE_ROLLBACK_COMPLETE" } });
    expect(broken.exitCode).toBe(kind === "cfn.stack" ? 3 : 1);
  });
});
