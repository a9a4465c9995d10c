import { afterEach, describe, expect, it } from "vitest";
import { isSecret } from "../../src/core/secret.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import type { lambdaFunction } from "../../src/facts/requests/lambda.ts";
import { policyStatements } from "../../src/source/live/lambda.ts";
import { fakeRuns } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

const configuration = {
  FunctionName: "f",
  FunctionArn: "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
  Version: "7",
  Runtime: "python3.12",
  Handler: "tools/x/handler.handler",
  Role: "arn:aws:iam::111122223333:role/r",
  CodeSize: 1234,
  CodeSha256: "3u2wM5rFX5gaRM0szgLYv00tIAbei60V0Le8kiaWDOs=",
  LastModified: "2026-11-23T10:02:11.000+0000",
  PackageType: "Zip",
  Architectures: ["arm64"],
  Timeout: 10,
  MemorySize: 256,
  State: "Active",
  LoggingConfig: { LogFormat: "JSON", LogGroup: "/custom/group" },
  Layers: [{ Arn: "arn:aws:lambda:eu-west-1:111122223333:layer:common:7", CodeSize: 5 }],
  VpcConfig: { VpcId: "" },
  Environment: {
    Variables: {
      LOG_LEVEL: "INFO",
      HMAC_SECRET: "",
      DATABASE_URL: "postgres://app:tiger-in-the-tank@db.example.com/app",
    },
  },
};

describe("function", () => {
  it("is what the API invokes: at its qualifier, with its own log group and its secrets as tokens", async () => {
    const { body, aws, live } = await against(() => ({
      json: {
        Configuration: configuration,
        Code: { Location: "https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0123456789abcdef" },
      },
    }));
    const fn = await body<Extract<BodyOf<typeof lambdaFunction>, { exists: true }>>("lambda.function", {
      name: "f",
      qualifier: "live",
    });
    expect(fn).toMatchObject({
      exists: true,
      version: "7",
      architecture: "arm64",
      lastModified: "2026-11-23T10:02:11.000Z",
      logGroup: "/custom/group",
      logFormat: "JSON",
      layers: [{ arn: "arn:aws:lambda:eu-west-1:111122223333:layer:common:7", codeSize: 5 }],
    });
    expect(fn).not.toHaveProperty("vpcId");
    expect(fn.environment["LOG_LEVEL"]).toBe("INFO");
    expect(fn.environment["HMAC_SECRET"]).toBe("");
    const url = fn.environment["DATABASE_URL"];
    expect(isSecret(url) && live.vault.reveal(url)).toBe(configuration.Environment.Variables.DATABASE_URL);
    expect(JSON.stringify(fn)).not.toMatch(/tiger|X-Amz-Signature/);
    expect(aws.calls[0]?.url.searchParams.get("Qualifier")).toBe("live");
    expect(live.vault.scrub("see https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0123456789abcdef")).toBe(
      "see (secret)",
    );
  });

  it("has the usual log group where it names none, and says why its environment cannot be read", async () => {
    const { body } = await against(() => ({
      json: {
        Configuration: {
          ...configuration,
          LoggingConfig: undefined,
          Environment: { Error: { ErrorCode: "AccessDeniedException", Message: "Lambda was unable to decrypt" } },
        },
      },
    }));
    expect(await body("lambda.function", { name: "f" })).toMatchObject({
      logGroup: "/aws/lambda/f",
      logFormat: "Text",
      environment: {},
      environmentError: { code: "AccessDeniedException", message: "Lambda was unable to decrypt" },
    });
  });

  it("lists a layer's versions over pages, newest first", async () => {
    const arn = "arn:aws:lambda:eu-west-1:111122223333:layer:common";
    const { body } = await against(({ earlier }) => ({
      json: {
        LayerVersions: [1, 2].map((n) => ({
          LayerVersionArn: `${arn}:${earlier * 2 + n}`,
          Version: earlier * 2 + n,
          CreatedDate: "2026-11-23T10:02:11.000+0000",
        })),
        ...(earlier === 0 ? { NextMarker: "m" } : {}),
      },
    }));
    expect(
      (await body<{ version: number }[]>("lambda.layer-versions", { layerArn: arn })).map(({ version }) => version),
    ).toEqual([4, 3, 2, 1]);
  });

  it.each([
    [
      "one of everything without lists",
      {
        Statement: {
          Effect: "Allow",
          Principal: { Service: "apigateway.amazonaws.com" },
          Action: "lambda:InvokeFunction",
          Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:execute-api:x" } },
        },
      },
      [
        {
          effect: "Allow",
          principal: "apigateway.amazonaws.com",
          actions: ["lambda:InvokeFunction"],
          sourceArn: "arn:aws:execute-api:x",
        },
      ],
    ],
    [
      "lists of everything",
      {
        Statement: [
          { Effect: "Deny", Principal: "*", Action: ["a:B", "c:D"] },
          { Effect: "Allow", Principal: { AWS: ["1", "2"] }, Action: "*" },
        ],
      },
      [
        { effect: "Deny", principal: "*", actions: ["a:B", "c:D"] },
        { effect: "Allow", principal: "1, 2", actions: ["*"] },
      ],
    ],
    ["no statement", {}, []],
  ])("reads a policy: %s", (_name, policy, expected) => {
    expect(policyStatements(JSON.stringify(policy))).toEqual(expected);
  });
});
