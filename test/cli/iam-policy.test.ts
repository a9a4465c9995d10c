import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { renderPolicy } from "../../src/cli/policy-document.ts";
import { actionsOf, type Statement } from "../../src/facts/permissions.ts";
import { purposes } from "../../src/facts/purposes.ts";
import { cscp } from "../lab/cli.ts";
import { fakeStack } from "./fake-stack.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Effect: string; readonly Action: string[]; readonly Resource: string[] }[];
}

describe("cscp iam-policy", () => {
  it.each(purposes)("prints the policy for %s without asking anybody", async (purpose) => {
    const { exitCode, stdout, stderr } = await cscp(["iam-policy", "--for", purpose, "--region", "eu-north-1"]);
    expect(exitCode).toBe(0);
    const policy = JSON.parse(stdout) as Policy;
    expect(policy.Version).toBe("2012-10-17");
    expect(policy.Statement.every(({ Effect }) => Effect === "Allow")).toBe(true);
    expect(policy.Statement.flatMap(({ Action }) => Action).toSorted()).toEqual(actionsOf(purpose));
    expect(policy.Statement.flatMap(({ Resource }) => Resource)).toContain(
      "arn:aws:lambda:eu-north-1:<ACCOUNT>:function:*",
    );
    expect(stderr).toContain("--stack NAME narrows it to one");
    expect(stderr).toContain("--kms-key ARN adds it");
  });

  it("writes Terraform into a file, and is quiet when told so", async () => {
    const file = path.join(folder, "cscp.tf");
    const key = "arn:aws:kms:eu-north-1:444455556666:key/0f";
    const call = ["iam-policy", "-o", `terraform=${file}`, "--kms-key", key, "-q"];
    expect(await cscp(call)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const text = readFileSync(file, "utf8");
    expect(text).toContain('data "aws_iam_policy_document" "cscp_doctor" {');
    expect(text).toContain('"arn:aws:cloudformation:${var.region}:${var.account}:stack/*"');
    expect(text).toContain('variable "region" {');
    expect(text).toContain(`resources = ["${key}"]`);
  });

  it.each([
    [["iam-policy", "-o", "yaml"], /-o yaml does not fit this command[\s\S]*json, terraform/],
    [["iam-policy", "-o", "json", "-o", "terraform"], /does not fit this command/],
    [["iam-policy", "--for", "doktor"], /Allowed choices are doctor, smoke, tail, capture/],
    [["iam-policy", "--stack", "x"], /No AWS region is set/],
  ])("refuses %j", async (args, message) => {
    const none = path.join(folder, "no-such-file");
    const { exitCode, stdout, stderr } = await cscp(args, { AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none });
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

describe("a stack whose routes IAM authorises", () => {
  it("adds what the smoke test sends to them, and to no other route", async () => {
    const stack = await fakeStack();
    const integration = (name: string) => {
      const arn = `arn:aws:lambda:eu-north-1:444455556666:function:orders-${name}-1A2B`;
      return { uri: `arn:aws:apigateway:eu-north-1:lambda:path/2015-03-31/functions/${arn}/invocations` };
    };
    const route = (path: string, name: string, authorizationType: string) => ({
      id: name + path,
      path,
      resourceMethods: { GET: { httpMethod: "GET", authorizationType, methodIntegration: integration(name) } },
    });
    stack.state.fault = ({ operation }) =>
      operation === "GetResources"
        ? {
            json: {
              item: [
                route("/list_orders", "ListOrders", "AWS_IAM"),
                route("/delete_orders", "ListOrders", "AWS_IAM"),
                route("/view_invoice", "RenderInvoice", "NONE"),
              ],
            },
          }
        : undefined;
    const call = ["iam-policy", "--for", "smoke", "--stack", "orders"];
    const { stdout, exitCode } = await cscp(call, stack.env, folder);
    const config = path.join(folder, "cscp.config.json");
    writeFileSync(config, JSON.stringify({ smoke: { signing: { scheme: "aws-sigv4" } } }));
    const always = await cscp([...call, "--config", config], stack.env, folder);
    await stack.aws.close();
    const allowed = (text: string) =>
      (JSON.parse(text) as Policy).Statement.find(({ Action }) => Action.includes("execute-api:Invoke"))?.Resource;
    const arn = (rest: string) => `arn:aws:execute-api:eu-north-1:444455556666:a1b2c3/prod/${rest}`;
    expect([exitCode, allowed(stdout)]).toEqual([0, [arn("GET/list_orders")]]);
    expect(allowed(always.stdout)).toEqual([arn("GET/list_orders"), arn("GET/view_invoice")]);
  });
});

describe("Terraform", () => {
  it("escapes what would begin a template, and knows where a variable stands", () => {
    const statement: Statement = {
      sid: "ReadLogs",
      actions: ["logs:FilterLogEvents"],
      resources: ['arn:aws:logs:<REGION>:<ACCOUNT>:log-group:${a}%{b}"c\\d', "*"],
      condition: { test: "StringEquals", variable: "kms:ViaService", values: ["ssm.x", "lambda.x"] },
    };
    expect(renderPolicy("terraform", "tail", [statement])).toBe(`\
variable "region" {
  description = "The region of the stacks."
  type        = string
}

variable "account" {
  description = "The account of the stacks: 12 digits."
  type        = string
}

data "aws_iam_policy_document" "cscp_tail" {
  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents"]
    resources = [
      "arn:aws:logs:\${var.region}:\${var.account}:log-group:$\${a}%%{b}\\"c\\\\d",
      "*",
    ]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [
        "ssm.x",
        "lambda.x",
      ]
    }
  }
}

resource "aws_iam_policy" "cscp_tail" {
  name        = "cscp-tail"
  description = "What cscp reads for tail."
  policy      = data.aws_iam_policy_document.cscp_tail.json
}
`);
  });
});
