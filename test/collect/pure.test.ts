import { describe, expect, it } from "vitest";
import { invokedFunction } from "../../src/collect/api.ts";
import { accessTarget, originOf } from "../../src/collect/settings.ts";
import { lastDeploy } from "../../src/collect/stack.ts";
import type { SecretToken } from "../../src/core/secret.ts";

const secret = (blank = false): SecretToken => ({
  $secret: { type: "database-url", fingerprint: "0123456789ab", length: blank ? 1 : 60, blank },
});

describe("where a setting comes from", () => {
  const names = ["DATABASE_URL", "POSTGRES_URL"];
  it.each([
    ["a literal", { DATABASE_URL: secret() }, { kind: "literal", variable: "DATABASE_URL" }],
    ["a second name", { DATABASE_URL: "", POSTGRES_URL: secret() }, { kind: "literal", variable: "POSTGRES_URL" }],
    [
      "a parameter behind an empty variable",
      { DATABASE_URL: "", DATABASE_URL_PARAM_NAME: "/copilot/database/url", DATABASE_URL_PARAM_VERSION: "3" },
      { kind: "ssm", variable: "DATABASE_URL_PARAM_NAME", name: "/copilot/database/url", version: "3" },
    ],
    [
      "a literal before a parameter",
      { DATABASE_URL: secret(), DATABASE_URL_PARAM_NAME: "/x" },
      { kind: "literal", variable: "DATABASE_URL" },
    ],
    [
      "a secret",
      { DATABASE_SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf" },
      {
        kind: "secrets-manager",
        variable: "DATABASE_SECRET_ARN",
        id: "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf",
      },
    ],
    [
      "a reference that nobody resolved",
      { DATABASE_URL: "{{resolve:ssm:/x:1}}" },
      { kind: "unresolved-reference", variable: "DATABASE_URL", reference: "{{resolve:ssm:/x:1}}" },
    ],
    ["libpq's variables", { PGHOST: "db.example" }, { kind: "pg-variables", variable: "PGHOST" }],
    ["a blank parameter name", { DATABASE_URL: "", DATABASE_URL_PARAM_NAME: " " }, undefined],
    ["a blank secret", { DATABASE_URL: secret(true) }, undefined],
  ])("finds %s", (_name, environment, origin) => {
    expect(originOf(environment as never, names, true)).toEqual(origin);
  });

  it("finds the signing secret behind a name without SECRET in it", () => {
    expect(originOf({ HMAC_SECRET: "", HMAC_PARAM_NAME: "/copilot/hmac" }, ["HMAC_SECRET"], false)).toEqual({
      kind: "ssm",
      variable: "HMAC_PARAM_NAME",
      name: "/copilot/hmac",
    });
  });
});

describe("what a role must be allowed", () => {
  const arn = "arn:aws-cn:lambda:cn-north-1:111122223333:function:f";
  it("has one slash before the parameter's name, whether or not it begins with one", () => {
    for (const name of ["/copilot/url", "copilot/url"]) {
      expect(accessTarget({ kind: "ssm", variable: "X", name }, arn)).toEqual({
        action: "ssm:GetParameter",
        resource: "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/copilot/url",
      });
    }
  });
  it("is nothing for a literal", () => {
    expect(accessTarget({ kind: "literal", variable: "X" }, arn)).toBeUndefined();
  });
});

describe("the function behind an integration", () => {
  const uri = (tail: string) =>
    `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:${tail}`;
  it.each([
    [uri("tools-Get-1A2B/invocations"), { functionName: "tools-Get-1A2B" }],
    [uri("tools:live/invocations"), { functionName: "tools", qualifier: "live" }],
    ["arn:aws:lambda:eu-west-1:1:function:tools:7", { functionName: "tools", qualifier: "7" }],
    ["https://example.com/hook", undefined],
  ])("%s", (integration, expected) => {
    expect(invokedFunction(integration)).toEqual(expected);
  });
});

describe("the last deploy", () => {
  const of = {
    name: "s",
    status: "UPDATE_COMPLETE",
    created: "2026-01-01T00:00:00.000Z",
    updated: "2026-02-01T00:00:00.000Z",
  };
  const own = (at: string, status: string) => ({ at, status, logicalId: "s", type: "AWS::CloudFormation::Stack" });
  it("runs from the stack's own start to its end", () => {
    const events = [
      own("2026-02-01T00:02:00.000Z", "UPDATE_COMPLETE"),
      own("2026-02-01T00:01:50.000Z", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
      {
        at: "2026-02-01T00:01:00.000Z",
        status: "UPDATE_FAILED",
        logicalId: "Fn",
        type: "AWS::Lambda::Function",
        reason: "no",
      },
      own("2026-02-01T00:00:10.000Z", "UPDATE_IN_PROGRESS"),
    ];
    expect(lastDeploy(events, of)).toMatchObject({
      kind: "update",
      startedAt: "2026-02-01T00:00:10.000Z",
      finishedAt: "2026-02-01T00:02:00.000Z",
      failures: [{ logicalId: "Fn" }],
    });
  });
  it("is dated by the stack where the events may not be read", () => {
    expect(lastDeploy([], of)).toEqual({
      kind: "update",
      startedAt: "2026-02-01T00:00:00.000Z",
      status: "UPDATE_COMPLETE",
      failures: [],
    });
  });
});
