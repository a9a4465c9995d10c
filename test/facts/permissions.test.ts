import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  actionsOf,
  limitedTo,
  policyFor,
  requestsOf,
  type PolicyScope,
  type Statement,
} from "../../src/facts/permissions.ts";
import { purposes } from "../../src/facts/purposes.ts";
import { requests, type RequestName } from "../../src/facts/requests/index.ts";

const textsIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, "utf8"))
    .join("\n");

const scope: PolicyScope = {
  partition: "aws",
  region: "eu-north-1",
  account: "444455556666",
  stackName: "orders",
  keys: [],
  resources: {
    functions: [
      { name: "orders-List-1A", qualified: false },
      { name: "orders-Place-2B", qualified: true },
    ],
    layers: ["arn:aws:lambda:eu-north-1:111100001111:layer:shared"],
    roles: ["arn:aws:iam::444455556666:role/team/orders-Role"],
    parameters: ["/orders/url", "plain"],
    secrets: [],
    apis: [
      { apiId: "a1b2", type: "rest" },
      { apiId: "c3d4", type: "http" },
    ],
    logGroups: ["/aws/lambda/orders-List-1A"],
  },
};

const resourcesFor = (statements: readonly Statement[], action: string): readonly string[] =>
  statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);

/** Whether an IAM pattern, with its `*` and `?`, covers an ARN. */
function covers(pattern: string, arn: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(arn);
}

describe("the table of permissions", () => {
  it("holds every action that the source names in a call", () => {
    const source = textsIn("src/source");
    const named = new Set(
      [
        ...source.matchAll(
          /"((?:apigateway|cloudformation|ec2|iam|kms|lambda|logs|secretsmanager|ssm|sts):[A-Za-z]+)"/g,
        ),
      ].map(([, action = ""]) => action),
    );
    const asked = Object.values(requests).flatMap((request) => [...request.actions]);
    const table = [...new Set([...asked, ...purposes.flatMap((purpose) => actionsOf(purpose))])];
    expect(named.size).toBeGreaterThan(10);
    const known = [...table, ...purposes.flatMap((purpose) => [...actionsOf(purpose)])];
    expect([...named].filter((action) => !known.includes(action as never))).toEqual([]);
    expect(table.filter((action) => !named.has(action))).toEqual([]);
  });

  it("has for the doctor exactly the requests that facts are collected from", () => {
    const collectors = textsIn("src/collect").replaceAll(/\b(databaseProbe|stackNames)Request\b/g, "$1");
    const asked = [...collectors.matchAll(/\bask\(\s*context,\s*(\w+)/g)].map(([, name = ""]) => name as RequestName);
    // A function is invoked by the smoke test alone, which otherwise reads what the doctor reads.
    const read = [...new Set(asked)].filter((name) => name !== "lambdaInvoke");
    expect(read.toSorted()).toEqual(requestsOf("doctor").toSorted());
    expect(requestsOf("smoke").toSorted()).toEqual([...read, "lambdaInvoke"].toSorted());
    expect(requestsOf("capture")).toEqual(requestsOf("doctor"));
  });

  it("has for each command that asks AWS what it asks", async () => {
    const asked: string[] = [];
    const source = {
      ask: ({ kind }: { readonly kind: string }) => {
        asked.push(kind);
        return Promise.resolve({ status: "not-recorded" } as const);
      },
    };
    for (const { kind } of Object.values(requests)) await limitedTo("inspect", source).ask({ kind, params: {} });
    expect(asked).toEqual([
      "run.start",
      "cfn.resources",
      "lambda.function",
      "lambda.layer-version",
      "package.inventory",
    ]);
    // Nothing else is asked by hand there.
    const cli = ["inspect-deployed.ts", "commands/inspect.ts"].map((name) => readFileSync(`src/cli/${name}`, "utf8"));
    const named = [...cli.join().matchAll(/\bask\(\s*(?:context|\{[^;]*?\}),\s*(\w+)/g)].map(([, name = ""]) => name);
    expect([...new Set(named)].toSorted()).toEqual(requestsOf("inspect").toSorted());
    expect(actionsOf("inspect")).toEqual([
      "cloudformation:ListStackResources",
      "lambda:GetFunction",
      "lambda:GetLayerVersion",
    ]);
    expect(actionsOf("init")).toEqual([
      "apigateway:GET",
      "cloudformation:DescribeStacks",
      "cloudformation:ListStackResources",
      "lambda:GetFunction",
      "lambda:GetLayerVersion",
      "sts:GetCallerIdentity",
    ]);
  });

  it.each(purposes)("knows on what each action of %s is allowed", (purpose) => {
    const statements = policyFor(purpose, scope);
    const allowed = statements.flatMap(({ actions }) => actions).toSorted();
    // The stack of this test has no secrets, so that nothing on secrets is allowed.
    expect(allowed).toEqual(actionsOf(purpose).filter((action) => action !== "secretsmanager:GetSecretValue"));
  });

  it("asks less for less, and lets nobody but the smoke test invoke a function", () => {
    expect(actionsOf("tail").length).toBeLessThan(actionsOf("doctor").length);
    expect(purposes.filter((purpose) => actionsOf(purpose).includes("lambda:InvokeFunction"))).toEqual(["smoke"]);
    expect(actionsOf("tail")).not.toContain("ssm:GetParameter");
    // For groups that nothing but Insights reads.
    expect(actionsOf("tail")).toEqual(
      expect.arrayContaining(["logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"]),
    );
  });
});

describe("the policy of a stack", () => {
  const statements = policyFor("doctor", scope);

  it.each([
    ["cloudformation:DescribeStacks", ["arn:aws:cloudformation:eu-north-1:444455556666:stack/orders/*"]],
    [
      "lambda:GetFunction",
      [
        "arn:aws:lambda:eu-north-1:444455556666:function:orders-List-1A",
        "arn:aws:lambda:eu-north-1:444455556666:function:orders-Place-2B",
        "arn:aws:lambda:eu-north-1:444455556666:function:orders-Place-2B:*",
      ],
    ],
    ["lambda:GetLayerVersion", ["arn:aws:lambda:eu-north-1:111100001111:layer:shared:*"]],
    ["lambda:ListLayerVersions", ["*"]],
    ["iam:SimulatePrincipalPolicy", ["arn:aws:iam::444455556666:role/team/orders-Role"]],
    [
      "ssm:GetParameter",
      [
        "arn:aws:ssm:eu-north-1:444455556666:parameter/orders/url",
        "arn:aws:ssm:eu-north-1:444455556666:parameter/plain",
      ],
    ],
    ["secretsmanager:GetSecretValue", []],
    [
      "apigateway:GET",
      [
        "arn:aws:apigateway:eu-north-1::/apis/c3d4",
        "arn:aws:apigateway:eu-north-1::/apis/c3d4/*",
        "arn:aws:apigateway:eu-north-1::/restapis/a1b2",
        "arn:aws:apigateway:eu-north-1::/restapis/a1b2/*",
      ],
    ],
    [
      "logs:FilterLogEvents",
      [
        "arn:aws:logs:eu-north-1:444455556666:log-group:/aws/lambda/orders-List-1A",
        "arn:aws:logs:eu-north-1:444455556666:log-group:/aws/lambda/orders-List-1A:*",
      ],
    ],
  ])("allows %s on what the stack has", (action, wanted) => {
    expect(resourcesFor(statements, action)).toEqual(wanted);
  });

  it("takes everything of a kind that could not be read", () => {
    const { parameters: _parameters, layers: _layers, ...known } = scope.resources;
    const wide = policyFor("doctor", { ...scope, resources: known });
    expect(resourcesFor(wide, "ssm:GetParameter")).toEqual(["arn:aws:ssm:eu-north-1:444455556666:parameter/*"]);
    expect(resourcesFor(wide, "lambda:GetLayerVersion")).toEqual(["arn:aws:lambda:eu-north-1:*:layer:*"]);
    expect(resourcesFor(wide, "lambda:GetFunction")).toHaveLength(3);
  });

  it("finds secrets by their name, and takes ARNs as they are", () => {
    const arn = "arn:aws:secretsmanager:eu-north-1:444455556666:secret:orders/db-AbCdEf";
    const secrets = policyFor("smoke", { ...scope, resources: { ...scope.resources, secrets: ["orders/key", arn] } });
    expect(resourcesFor(secrets, "secretsmanager:GetSecretValue")).toEqual([
      arn,
      "arn:aws:secretsmanager:eu-north-1:444455556666:secret:orders/key-??????",
    ]);
  });

  it("allows what the smoke test signs with AWS credentials, and for the doctor too, which sends the same", () => {
    const signed = [
      { apiId: "a1b2", stage: "prod", method: "POST", path: "/orders/{id}/lines/{more+}" },
      { apiId: "c3d4", stage: "$default", method: "GET", path: "/orders" },
      { functionName: "orders-List-1A:live" },
    ];
    const one = { ...scope, resources: { ...scope.resources, signed } };
    for (const purpose of ["smoke", "doctor"] as const) {
      const made = policyFor(purpose, one);
      expect(resourcesFor(made, "execute-api:Invoke")).toEqual([
        "arn:aws:execute-api:eu-north-1:444455556666:a1b2/prod/POST/orders/*/lines/*",
        "arn:aws:execute-api:eu-north-1:444455556666:c3d4/$default/GET/orders",
      ]);
      const url = "arn:aws:lambda:eu-north-1:444455556666:function:orders-List-1A:live";
      expect(resourcesFor(made, "lambda:InvokeFunctionUrl")).toEqual([url]);
      expect(resourcesFor(made, "lambda:InvokeFunction")).toContain(url);
    }
    expect(resourcesFor(policyFor("tail", one), "execute-api:Invoke")).toEqual([]);
    expect(resourcesFor(policyFor("smoke", scope), "execute-api:Invoke")).toEqual([]);
  });

  it("adds the customer's own keys, through the services that use them only", () => {
    const key = "arn:aws:kms:eu-north-1:444455556666:key/0f";
    const [last] = policyFor("doctor", { ...scope, keys: [key, key] }).toReversed();
    expect(last).toMatchObject({ actions: ["kms:Decrypt"], resources: [key] });
    expect(last?.condition).toEqual({
      test: "StringEquals",
      variable: "kms:ViaService",
      values: [
        "lambda.eu-north-1.amazonaws.com",
        "secretsmanager.eu-north-1.amazonaws.com",
        "ssm.eu-north-1.amazonaws.com",
      ],
    });
  });

  it("stays within what IAM takes, and still covers all of it", () => {
    const names = Array.from({ length: 200 }, (_, index) => `orders-backend-Function${index}-${1000 + index}ABCDEF`);
    const large: PolicyScope = {
      ...scope,
      resources: {
        ...scope.resources,
        functions: names.map((name) => ({ name, qualified: true })),
        roles: names.map((name) => `arn:aws:iam::444455556666:role/${name}Role`),
        logGroups: names.map((name) => `/aws/lambda/${name}`),
      },
    };
    const made = policyFor("doctor", large);
    expect(JSON.stringify(made).length).toBeLessThanOrEqual(6144);
    expect(resourcesFor(made, "lambda:GetFunction")).toEqual([
      "arn:aws:lambda:eu-north-1:444455556666:function:orders-backend-Function*",
    ]);
    const needed: readonly [string, string][] = names.flatMap((name): [string, string][] => [
      ["lambda:GetFunction", `arn:aws:lambda:eu-north-1:444455556666:function:${name}:live`],
      ["iam:SimulatePrincipalPolicy", `arn:aws:iam::444455556666:role/${name}Role`],
      ["logs:FilterLogEvents", `arn:aws:logs:eu-north-1:444455556666:log-group:/aws/lambda/${name}`],
    ]);
    for (const [action, arn] of needed) {
      expect(resourcesFor(made, action).some((pattern) => covers(pattern, arn))).toBe(true);
    }
  });
});
