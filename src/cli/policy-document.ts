import type { Statement } from "../facts/permissions.ts";
import type { Purpose } from "../facts/purposes.ts";

export const policyFormats = ["json", "terraform"] as const;
export type PolicyFormat = (typeof policyFormats)[number];

/** What stands for an account or a region that is not known. */
export const unknownRegion = "<REGION>";
export const unknownAccount = "<ACCOUNT>";

/** The policy as a document of IAM or as Terraform. Ends with a line break. */
export function renderPolicy(format: PolicyFormat, purpose: Purpose, statements: readonly Statement[]): string {
  switch (format) {
    case "json":
      return jsonPolicy(statements);
    case "terraform":
      return terraformPolicy(purpose, statements);
  }
}

function jsonPolicy(statements: readonly Statement[]): string {
  const document = {
    Version: "2012-10-17",
    Statement: statements.map(({ sid, actions, resources, condition }) => ({
      Sid: sid,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(condition === undefined
        ? {}
        : { Condition: { [condition.test]: { [condition.variable]: condition.values } } }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function terraformPolicy(purpose: Purpose, statements: readonly Statement[]): string {
  const name = `cscp_${purpose}`;
  const text = JSON.stringify(statements);
  const variables = [
    ...(text.includes(unknownRegion) ? [variable("region", "The region of the stacks.")] : []),
    ...(text.includes(unknownAccount) ? [variable("account", "The account of the stacks: 12 digits.")] : []),
  ];
  return [
    ...variables,
    `data "aws_iam_policy_document" "${name}" {`,
    statements.map(terraformStatement).join("\n\n"),
    "}",
    "",
    `resource "aws_iam_policy" "${name}" {`,
    `  name        = "cscp-${purpose}"`,
    `  description = "What cscp reads for ${purpose}."`,
    `  policy      = data.aws_iam_policy_document.${name}.json`,
    "}",
    "",
  ].join("\n");
}

function variable(name: string, description: string): string {
  return `variable "${name}" {\n  description = ${quoted(description)}\n  type        = string\n}\n`;
}

function terraformStatement({ sid, actions, resources, condition }: Statement): string {
  const test =
    condition === undefined
      ? []
      : [
          "",
          "    condition {",
          `      test     = ${quoted(condition.test)}`,
          `      variable = ${quoted(condition.variable)}`,
          `      values   = ${list(condition.values, "      ")}`,
          "    }",
        ];
  return [
    "  statement {",
    `    sid       = ${quoted(sid)}`,
    `    actions   = ${list(actions, "    ")}`,
    `    resources = ${list(resources, "    ")}`,
    ...test,
    "  }",
  ].join("\n");
}

function list(values: readonly string[], indent: string): string {
  if (values.length === 1) return `[${quoted(values[0] ?? "")}]`;
  return `[\n${values.map((value) => `${indent}  ${quoted(value)},\n`).join("")}${indent}]`;
}

/** A string of HCL, in which `${` and `%{` begin templates; our own placeholders become variables. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/([$%])\{/g, "$1$1{");
  return `"${escaped.replaceAll(unknownRegion, "${var.region}").replaceAll(unknownAccount, "${var.account}")}"`;
}
