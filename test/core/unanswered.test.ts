import { describe, expect, it } from "vitest";
import { createFacts, collector, keyedFact, known } from "../../src/core/fact.ts";
import { unnamedGaps } from "../../src/core/unanswered.ts";
import type { Request } from "../../src/core/reply.ts";
import { diagnosed } from "../cli/invented.ts";

const stack = { kind: "stack", id: "orders", label: "orders" } as const;
const denial = (kind: string, action: string, params = {}) => ({
  kind,
  params,
  action,
  message: `The caller may not ${action}.`,
});

const failure = (kind: string, params = {}) => ({ kind, params, message: "The call failed." });

describe("what was denied or failed", () => {
  it("is kept of every request, asked often or once, whatever the collector made of it", async () => {
    const answers = keyedFact<string, boolean>("answers");
    const collect = collector(answers, async (context, kind) => {
      const replies = await Promise.all([context.ask(kind, { n: 1 }), context.ask(kind, { n: 1 })]);
      return known(replies.every((reply) => reply.status === "ok"));
    });
    const facts = createFacts([collect], {
      ask: ({ kind }) =>
        Promise.resolve(
          kind === "b"
            ? { status: "ok", body: 1 }
            : kind === "d"
              ? { status: "failed", code: "TIMEOUT", message: "Too late." }
              : { status: "denied", action: `x:${kind}`, message: "No." },
        ),
    });
    for (const kind of ["d", "c", "b", "a"]) await facts.get(answers, kind);
    expect(facts.unanswered()).toEqual([
      { kind: "a", params: { n: 1 }, action: "x:a", message: "No." },
      { kind: "c", params: { n: 1 }, action: "x:c", message: "No." },
      { kind: "d", params: { n: 1 }, message: "Too late." },
    ]);
  });

  it("is a gap where no other gap names the action", () => {
    const gaps = unnamedGaps(
      [
        denial("cfn.events", "cloudformation:DescribeStackEvents"),
        denial("cfn.events", "cloudformation:DescribeStackEvents"),
        denial("lambda.layer-version", "lambda:GetLayerVersion"),
        denial("other", "ec2:DescribeVpcs"),
      ],
      [{ action: "lambda:GetLayerVersion", what: "the layer" }],
      stack,
      "444455556666",
    );
    expect(gaps.map(({ what, action, checks, reason }) => [what, action, checks, reason])).toEqual([
      ["the events of the last deploy", "cloudformation:DescribeStackEvents", ["stack-settled"], "denied"],
      ["what ec2:DescribeVpcs tells", "ec2:DescribeVpcs", [], "denied"],
    ]);
  });

  it("is a gap where something failed that no check requires, and not where a check says so itself", () => {
    const policy = (name: string) => failure("lambda.policy", { name });
    const gaps = unnamedGaps(
      [failure("cfn.template"), failure("logs.errors"), policy("orders-List"), policy("orders-Show")],
      [],
      stack,
      undefined,
    );
    expect(gaps.map(({ what, reason, checks }) => [what, reason, ...checks])).toEqual([
      ["the template as it was deployed", "failed", "deploy-keeps-database-url"],
      ["whether the policy of orders-List lets the API invoke it", "failed", "tools-answer"],
      ["whether the policy of orders-Show lets the API invoke it", "failed", "tools-answer"],
    ]);
  });

  it("is none for the layers of other accounts", () => {
    const layer = (account: string) => `arn:aws:lambda:eu-north-1:${account}:layer:shared`;
    const of = (account: string) => [
      denial("lambda.layer-versions", "lambda:ListLayerVersions", { layerArn: layer(account) }),
      denial("lambda.layer-version", "lambda:GetLayerVersion", { arn: `${layer(account)}:3` }),
    ];
    expect(unnamedGaps(of("777788889999"), [], stack, "444455556666")).toEqual([]);
    expect(unnamedGaps(of("444455556666"), [], stack, "444455556666")).toHaveLength(2);
    expect(unnamedGaps(of("777788889999"), [], stack, undefined)).toHaveLength(2);
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
    const failed = await diagnosed({
      reply: (request) => (request.kind === kind ? { status: "failed", code: "X", message: "It broke." } : undefined),
    });
    expect([failed.verdict, failed.incomplete.some(({ message }) => message === "It broke.")]).toEqual([
      "incomplete",
      true,
    ]);
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
