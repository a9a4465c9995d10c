import { afterEach, describe, expect, it } from "vitest";
import { domainSuffix, stageUrl } from "../../src/source/live/api.ts";
import { fakeRuns, jsonError, xmlResult } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

describe("API", () => {
  it("REST: routes of every page, sorted, with a URL for each stage", async () => {
    const method = (uri: string) => ({
      httpMethod: "POST",
      authorizationType: "NONE",
      apiKeyRequired: false,
      methodIntegration: { uri },
    });
    const { body, aws } = await against(({ operation, earlier }) => {
      if (operation === "GetRestApi") return { json: { id: "a1", name: "demo" } };
      if (operation === "GetStages") return { json: { item: [{ stageName: "Prod" }, { stageName: "Stage" }] } };
      return earlier === 0
        ? {
            json: {
              _embedded: {},
              item: [
                {
                  id: "r2",
                  path: "/usage",
                  resourceMethods: { POST: method("uri:usage"), OPTIONS: { httpMethod: "OPTIONS" } },
                },
                { id: "r0", path: "/" },
              ],
              position: "next",
            },
          }
        : { json: { item: [{ id: "r1", path: "/email", resourceMethods: { POST: method("uri:email") } }] } };
    });
    const { endpoint } = aws;
    expect(await body("api.routes", { apiId: "a1", type: "rest" })).toEqual({
      exists: true,
      name: "demo",
      stages: ["Prod", "Stage"],
      stageUrls: {
        Prod: `${endpoint}/restapis/a1/Prod/_user_request_`,
        Stage: `${endpoint}/restapis/a1/Stage/_user_request_`,
      },
      routes: [
        { method: "POST", path: "/email", integration: "uri:email", authorization: "NONE", apiKeyRequired: false },
        { method: "OPTIONS", path: "/usage", apiKeyRequired: false },
        { method: "POST", path: "/usage", integration: "uri:usage", authorization: "NONE", apiKeyRequired: false },
      ],
    });
    expect(
      aws.calls.filter(({ operation }) => operation === "GetResources").map(({ url }) => url.searchParams.get("embed")),
    ).toEqual(["methods", "methods"]);
  });

  it("HTTP: routes with the integration behind them", async () => {
    const { body } = await against(({ operation }) => {
      switch (operation) {
        case "v2:stages":
          return { json: { items: [{ stageName: "$default" }, { stageName: "v1" }] } };
        case "v2:integrations":
          return {
            json: { items: [{ integrationId: "i1", integrationUri: "arn:aws:lambda:eu-west-1:1:function:f" }] },
          };
        case "v2:routes":
          return {
            json: {
              items: [
                { routeKey: "POST /usage", target: "integrations/i1", authorizationType: "JWT" },
                { routeKey: "$default", target: "integrations/i1" },
              ],
            },
          };
        default:
          return { json: { apiId: "a1", name: "demo", apiEndpoint: "https://a1.execute-api.eu-west-1.amazonaws.com" } };
      }
    });
    expect(await body("api.routes", { apiId: "a1", type: "http" })).toMatchObject({
      stages: ["$default", "v1"],
      routes: [
        {
          method: "POST",
          path: "/usage",
          integration: "arn:aws:lambda:eu-west-1:1:function:f",
          authorization: "JWT",
          apiKeyRequired: false,
        },
        { method: "ANY", path: "/{proxy+}", apiKeyRequired: false },
      ],
    });
  });

  it.each([
    ["eu-west-1", "Prod", "https://a1.execute-api.eu-west-1.amazonaws.com/Prod"],
    ["cn-north-1", "Prod", "https://a1.execute-api.cn-north-1.amazonaws.com.cn/Prod"],
    ["us-gov-west-1", "$default", "https://a1.execute-api.us-gov-west-1.amazonaws.com"],
  ])("in %s the stage %s is at %s", (region, stage, url) => {
    expect(stageUrl("a1", stage, region, undefined)).toBe(url);
  });

  it.each([
    ["http://localhost:4566/", "http://localhost:4566"],
    ["http://user:hunter22@localhost:4566", "http://localhost:4566"],
    ["https://user:a%40b@emulator.example/base/", "https://emulator.example/base"],
  ])("at the endpoint %s it is called without the endpoint's password", (endpoint, base) => {
    expect(stageUrl("a1", "Prod", "eu-west-1", endpoint)).toBe(`${base}/restapis/a1/Prod/_user_request_`);
  });

  it("knows the partitions of the isolated regions", () => {
    expect(
      ["us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1", "eusc-de-east-1"].map(domainSuffix),
    ).toEqual(["c2s.ic.gov", "sc2s.sgov.gov", "csp.hci.ic.gov", "cloud.adc-e.uk", "amazonaws.eu"]);
  });
});

describe("stored values", () => {
  it("a SecureString is a secret whatever it looks like, a String by its looks; a version is asked for with the name", async () => {
    const { body, aws } = await against(({ body: asked }) => ({
      json: {
        Parameter: {
          Name: "/x",
          Type: asked.includes("secure") ? "SecureString" : "String",
          Value: "plain-word",
          Version: 3,
          ARN: "arn:p",
        },
      },
    }));
    expect(await body("ssm.parameter", { name: "/secure", version: "3" })).toMatchObject({
      type: "SecureString",
      value: { $secret: { type: "value" } },
    });
    expect(await body("ssm.parameter", { name: "/open" })).toMatchObject({
      type: "String",
      value: "plain-word",
      arn: "arn:p",
      version: 3,
    });
    expect(JSON.parse(aws.calls[0]?.body ?? "{}")).toEqual({ Name: "/secure:3", WithDecryption: true });
  });

  it("a version that is not there is told from a parameter that is not there", async () => {
    const { body } = await against(() => jsonError("ParameterVersionNotFound", "no"));
    expect(await body("ssm.parameter", { name: "/x", version: "9" })).toEqual({
      exists: false,
      reason: "The parameter /x has no version 9 in eu-west-1.",
    });
  });

  it("a JSON secret arrives as its fields, of which only what names the place is readable", async () => {
    const secret = {
      engine: "postgres",
      host: "db.example.com",
      port: 5432,
      username: "app",
      password: "giraffe",
      dbname: "app",
      url: "postgres://app:giraffe@db/app",
    };
    const { body, live } = await against(() => ({
      json: { ARN: "arn:s", Name: "prod/db", SecretString: JSON.stringify(secret), CreatedDate: 1_795_428_131.118 },
    }));
    const { fields, created } = await body<{ fields: Record<string, unknown>; created: string }>(
      "secretsmanager.secret",
      { id: "prod/db" },
    );
    expect(created).toBe("2026-11-23T10:02:11.118Z");
    expect(fields).toMatchObject({
      engine: "postgres",
      host: "db.example.com",
      port: "5432",
      username: "app",
      dbname: "app",
      password: { $secret: { type: "password" } },
      url: { $secret: { type: "database-url" } },
    });
    expect(live.vault.scrub("giraffe")).toBe("(secret)");
  });

  it("a secret that is to be deleted is as good as gone", async () => {
    const { body } = await against(() =>
      jsonError(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
      ),
    );
    expect(await body("secretsmanager.secret", { id: "s" })).toEqual({
      exists: false,
      reason: "The secret s is marked for deletion.",
    });
  });

  it("the simulator's word is taken, with the policies that matched", async () => {
    const { body } = await against(() =>
      xmlResult(
        "SimulatePrincipalPolicy",
        "<EvaluationResults><member><EvalActionName>ssm:GetParameter</EvalActionName><EvalDecision>explicitDeny</EvalDecision><MatchedStatements><member><SourcePolicyId>deny-all</SourcePolicyId></member></MatchedStatements></member></EvaluationResults>",
      ),
    );
    expect(
      await body("iam.role-may", { role: "arn:aws:iam::1:role/r", action: "ssm:GetParameter", resource: "*" }),
    ).toEqual({ decision: "explicitDeny", matched: ["deny-all"] });
  });
});
