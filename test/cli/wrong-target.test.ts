import { describe, expect, it } from "vitest";
import type { Reply } from "../../src/core/reply.ts";
import { isUsageError } from "../../src/cli/exit.ts";
import { functionsOf, groupsOf, namedGroups, oneOf, type LogFinder } from "../../src/cli/log-targets.ts";
import { nearestGroup, noGroup, requireFunctionNames } from "../../src/cli/wrong-target.ts";

const region = "eu-north-1";
const ok = <Body>(body: Body): Reply<Body> => ({ status: "ok", body });
const denied: Reply<never> = { status: "denied", action: "x", message: "It is denied." };

interface World {
  readonly resources?: Readonly<
    Record<string, readonly { logicalId: string; physicalId: string; type?: string; status?: string }[]>
  >;
  readonly stacks?: readonly string[];
  readonly functions?: readonly string[];
  readonly groups?: readonly string[];
}

function finder({ resources = {}, stacks, functions = [], groups = [] }: World): LogFinder {
  return {
    resources: ({ stack }) => {
      const list = resources[stack];
      return Promise.resolve(
        list === undefined
          ? { status: "failed", code: "ValidationError", message: `Stack with id ${stack} does not exist` }
          : ok(list.map((one) => ({ type: "AWS::Lambda::Function", status: "CREATE_COMPLETE", ...one }))),
      );
    },
    stackNames: () => Promise.resolve(stacks === undefined ? denied : ok([...stacks])),
    lambdaFunction: ({ name }) =>
      Promise.resolve(
        ok({ exists: functions.includes(name), name, arn: "a", logGroup: `/aws/lambda/${name}` } as never),
      ),
    logGroupNames: (prefix) => Promise.resolve(groups.filter((group) => group.startsWith(prefix))),
  };
}

/** What is said of a call that names a stack, a function or both. */
async function told(world: World, stack: string, name?: string): Promise<string> {
  const reader = finder(world);
  try {
    if (name !== undefined) requireFunctionNames([name], region);
    const ofStack = await functionsOf(reader, { stack, region }, name !== undefined);
    if (name !== undefined) await groupsOf(reader, [oneOf(ofStack.list, name)], true, [], ofStack);
    return "nothing";
  } catch (error) {
    if (!isUsageError(error)) throw error;
    return `${error.message} → ${error.hint ?? ""}`;
  }
}

const orders: World = {
  resources: {
    orders: [
      { logicalId: "ListOrders", physicalId: "orders-ListOrders-1A" },
      { logicalId: "Gone", physicalId: "orders-Gone-1A", status: "DELETE_COMPLETE" },
    ],
    empty: [{ logicalId: "Table", physicalId: "t", type: "AWS::DynamoDB::Table" }],
    young: [{ logicalId: "ListOrders", physicalId: "" }],
    deleted: [{ logicalId: "ListOrders", physicalId: "x", status: "DELETE_COMPLETE" }],
    parent: [
      {
        logicalId: "A",
        physicalId: "arn:aws:cloudformation:eu-north-1:1:stack/parent-A-9/u",
        type: "AWS::CloudFormation::Stack",
      },
    ],
  },
  stacks: ["empty", "orders"],
  functions: ["orders-ListOrders-1A"],
};

describe("logs that are named wrongly", () => {
  it.each([
    ["order", undefined, "There is no stack order in eu-north-1. → did you mean orders?"],
    ["billing", undefined, /^There is no stack billing in eu-north-1\. → .*; there are empty, orders$/],
    ["empty", undefined, /^The stack empty has no Lambda functions\. → name a log group/],
    ["young", undefined, /^The stack young has no Lambda functions yet\. → /],
    ["deleted", undefined, /^The stack deleted has no Lambda functions any more\. → /],
    ["parent", undefined, "The stack parent has no Lambda functions. → name a nested stack: --stack parent-A-9"],
    ["orders", undefined, "nothing"],
    ["orders", "ListOrders", "nothing"],
    ["order", "orders-ListOrders-1A", "nothing"],
    ["orders", "ListOrder", "There is no function ListOrder in eu-north-1. → did you mean ListOrders?"],
    ["orders", "Render", "There is no function Render in eu-north-1. → the stack orders has ListOrders"],
    ["order", "Render", "There is no function Render in eu-north-1, nor a stack order. → did you mean orders?"],
    [
      "",
      "orders",
      "There is no function orders in eu-north-1, but a stack. → --stack orders follows all of its functions",
    ],
    [
      "",
      "Render",
      /in eu-north-1\. → a logical id takes its stack: --stack empty or orders; aws lambda list-functions/,
    ],
    [
      "",
      "orders-ListOrders-1A:prod",
      /^The function orders-ListOrders-1A has no version or alias prod\. → .*name it without :prod$/,
    ],
    [
      "",
      "arn:aws:lambda:us-east-1:444455556666:function:a",
      /is in us-east-1, and the region here is eu-north-1\. → --region us-east-1$/,
    ],
    [
      "",
      "arn:aws:lambda:eu-north-1:999999999999:function:a",
      /→ check that the credentials are of the account 999999999999/,
    ],
    ["", "/ecs/api", "/ecs/api is no function's name. → a log group is named so: --log-group /ecs/api"],
    ["orders", "List*", /^List\* is no function's name\. → names are not patterns/],
  ] as const)("stack %j, function %j", async (stack, name, message) => {
    expect(await told(orders, stack, name)).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });

  it("say nothing of stacks where those may not be listed", async () => {
    const { stacks: _, ...blind } = orders;
    expect(await told(blind, "order")).toMatch(/^There is no stack order in eu-north-1\. → .*list-stacks shows/);
    expect(await told(blind, "", "Render")).toMatch(/--stack NAME; aws lambda list-functions --region eu-north-1/);
  });

  it("are log groups with a near name, or a pattern", async () => {
    const reader = finder({ groups: ["/ecs/api-prod", "/ecs/web"] });
    expect(await nearestGroup(reader, "/ecs/api-prd")).toBe("did you mean /ecs/api-prod?");
    expect(await nearestGroup(reader, "/ec/api")).toBeUndefined();
    expect(await noGroup(reader, "/ec/api")).toMatchObject({ hint: "check --log-group and --region" });
    expect(() => namedGroups(["/ecs/*"], region)).toThrow("/ecs/* is no log group's name.");
    expect(namedGroups(["/ecs/api.v2_x#1"], region)).toEqual(["/ecs/api.v2_x#1"]);
  });
});
