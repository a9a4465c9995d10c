import { afterEach, describe, expect, it } from "vitest";
import { isSecret } from "../../src/core/secret.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import type { lambdaFunction } from "../../src/facts/requests/lambda.ts";
import { domainSuffix, stageUrl } from "../../src/source/live/api.ts";
import { policyStatements } from "../../src/source/live/lambda.ts";
import { startsOperation } from "../../src/source/live/stack.ts";
import { requests } from "../../src/facts/requests/index.ts";
import { fakeAws, jsonError, liveAgainst, type Answer, type Call } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function against(handler: (call: Call) => Answer) {
  const aws = await fakeAws(handler);
  const live = liveAgainst(aws.endpoint);
  open.push(aws, live);
  const body = async <T>(kind: string, params: Record<string, unknown>): Promise<T> => {
    const reply = await live.source.ask({ kind, params });
    if (reply.status !== "ok") throw new Error(`The reply to ${kind} is ${JSON.stringify(reply)}.`);
    return reply.body as T;
  };
  return { aws, live, body };
}

const stackId = "arn:aws:cloudformation:eu-west-1:111122223333:stack/demo/0f3e";
const xml = (operation: string, inner: string): Answer => ({
  xml: `<${operation}Response><${operation}Result>${inner}</${operation}Result></${operation}Response>`,
});

describe("stack", () => {
  it("tells parameters and outputs, secrets as tokens, hidden ones as CloudFormation shows them", async () => {
    const { body, live } = await against(() =>
      xml(
        "DescribeStacks",
        `<Stacks><member><StackId>${stackId}</StackId><StackName>demo</StackName><StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus>
         <StackStatusReason>DATABASE_URL=postgres://app:hunter2@db/x is wrong</StackStatusReason>
         <CreationTime>2026-11-23T09:00:00Z</CreationTime><LastUpdatedTime>2026-11-23T10:00:00.123Z</LastUpdatedTime>
         <Parameters><member><ParameterKey>DatabaseUrl</ParameterKey><ParameterValue>****</ParameterValue></member>
         <member><ParameterKey>HmacSecret</ParameterKey><ParameterValue>an-open-secret</ParameterValue></member>
         <member><ParameterKey>StageName</ParameterKey><ParameterValue>Prod</ParameterValue></member>
         <member><ParameterKey>Empty</ParameterKey><ParameterValue></ParameterValue></member></Parameters>
         <Outputs><member><OutputKey>ApiUrl</OutputKey><OutputValue>https://a1.execute-api.eu-west-1.amazonaws.com/Prod</OutputValue></member></Outputs>
         </member></Stacks>`,
      ),
    );
    expect(await body("cfn.stack", { stack: "demo" })).toEqual({
      exists: true,
      id: stackId,
      name: "demo",
      status: "UPDATE_ROLLBACK_COMPLETE",
      statusReason: "DATABASE_URL=postgres://app:(secret)@db/x is wrong",
      created: "2026-11-23T09:00:00.000Z",
      updated: "2026-11-23T10:00:00.123Z",
      parameters: [
        { name: "DatabaseUrl", value: "****" },
        {
          name: "HmacSecret",
          value: { $secret: { type: "key", fingerprint: expect.any(String), length: 14, blank: false } },
        },
        { name: "StageName", value: "Prod" },
        { name: "Empty", value: "" },
      ],
      outputs: [{ name: "ApiUrl", value: "https://a1.execute-api.eu-west-1.amazonaws.com/Prod" }],
    });
    expect(live.vault.scrub("an-open-secret")).toBe("(secret)");
  });

  it("lists the resources of every page", async () => {
    const { body, aws } = await against(({ earlier }) =>
      xml(
        "ListStackResources",
        `<StackResourceSummaries><member><LogicalResourceId>R${earlier}</LogicalResourceId><PhysicalResourceId>p${earlier}</PhysicalResourceId>
         <ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>
         <LastUpdatedTimestamp>2026-11-23T09:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>
         ${earlier < 2 ? `<NextToken>page${earlier + 1}</NextToken>` : ""}`,
      ),
    );
    expect(
      (await body<{ logicalId: string }[]>("cfn.resources", { stack: "demo" })).map(({ logicalId }) => logicalId),
    ).toEqual(["R0", "R1", "R2"]);
    expect(aws.calls.map((call) => new URLSearchParams(call.body).get("NextToken"))).toEqual([null, "page1", "page2"]);
  });

  it("reads events back to the beginning of the newest operation, and no page further", async () => {
    const event = (logical: string, physical: string, type: string, status: string): string =>
      `<member><StackId>${stackId}</StackId><EventId>e</EventId><StackName>demo</StackName><LogicalResourceId>${logical}</LogicalResourceId>
       <PhysicalResourceId>${physical}</PhysicalResourceId><ResourceType>${type}</ResourceType><Timestamp>2026-11-23T09:00:00Z</Timestamp><ResourceStatus>${status}</ResourceStatus></member>`;
    const stack = "AWS::CloudFormation::Stack";
    const pages = [
      event("demo", stackId, stack, "UPDATE_COMPLETE") +
        event("demo", stackId, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
      // A nested stack begins operations of its own.
      event("Nested", "arn:aws:cloudformation:eu-west-1:1:stack/n/1", stack, "UPDATE_IN_PROGRESS") +
        event("demo", stackId, stack, "UPDATE_IN_PROGRESS") +
        event("demo", stackId, stack, "CREATE_COMPLETE"),
      event("demo", stackId, stack, "CREATE_IN_PROGRESS"),
    ];
    const { body, aws } = await against(({ earlier }) =>
      xml("DescribeStackEvents", `<StackEvents>${pages[earlier]}</StackEvents><NextToken>t${earlier}</NextToken>`),
    );
    const events = await body<{ status: string }[]>("cfn.events", { stack: "demo" });
    expect(events.map(({ status }) => status)).toEqual([
      "UPDATE_COMPLETE",
      "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "UPDATE_IN_PROGRESS",
      "UPDATE_IN_PROGRESS",
    ]);
    expect(aws.calls.length).toBe(2);
  });

  it.each([
    ["CREATE_IN_PROGRESS", true],
    ["IMPORT_IN_PROGRESS", true],
    ["UPDATE_ROLLBACK_IN_PROGRESS", false],
    ["ROLLBACK_IN_PROGRESS", false],
    ["REVIEW_IN_PROGRESS", false],
  ])("%s begins an operation: %s", (ResourceStatus, expected) => {
    const event = {
      StackId: stackId,
      PhysicalResourceId: stackId,
      ResourceType: "AWS::CloudFormation::Stack",
      ResourceStatus,
    };
    expect(startsOperation({ ...event, EventId: "e", StackName: "demo", Timestamp: undefined } as never)).toBe(
      expected,
    );
  });

  it("takes the secrets out of a template and leaves the rest readable", async () => {
    const template = `
Parameters:
  DatabaseUrl:
    Type: String
    NoEcho: true
    Default: postgresql://app:tiger-in-the-tank@db.example.com/app
  Pin:
    Type: String
    NoEcho: true
    Default: zebra-crossing
  StageName: { Type: String, Default: Prod }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          API_KEY: giraffe-42
          OTHER_KEY: !Ref Pin
          LOG_LEVEL: INFO
      Handler: app.handler # zebra-crossing`;
    const escaped = template.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const { body } = await against(() => xml("GetTemplate", `<TemplateBody>${escaped}</TemplateBody>`));
    const { text } = await body<{ text: string }>("cfn.template", { stack: "demo" });
    expect(text).not.toMatch(/tiger|zebra|giraffe/);
    expect(text).toContain("OTHER_KEY: !Ref Pin");
    expect(text).toContain("LOG_LEVEL: INFO");
    expect(text).toContain("StageName: { Type: String, Default: Prod }");
    expect(text.split("\n").length).toBe(template.split("\n").length);
  });
});

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
      json: { ARN: "arn:s", Name: "prod/db", SecretString: JSON.stringify(secret) },
    }));
    const { fields } = await body<{ fields: Record<string, unknown> }>("secretsmanager.secret", { id: "prod/db" });
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
      xml(
        "SimulatePrincipalPolicy",
        "<EvaluationResults><member><EvalActionName>ssm:GetParameter</EvalActionName><EvalDecision>explicitDeny</EvalDecision><MatchedStatements><member><SourcePolicyId>deny-all</SourcePolicyId></member></MatchedStatements></member></EvaluationResults>",
      ),
    );
    expect(
      await body("iam.role-may", { role: "arn:aws:iam::1:role/r", action: "ssm:GetParameter", resource: "*" }),
    ).toEqual({ decision: "explicitDeny", matched: ["deny-all"] });
  });
});

describe("the table of IAM actions", () => {
  const group = { group: "g", functionName: "f" };
  const params: Readonly<Record<string, Record<string, unknown>>> = {
    "cfn.stack": { stack: "s" },
    "cfn.resources": { stack: "s" },
    "cfn.events": { stack: "s" },
    "cfn.template": { stack: "s" },
    "lambda.function": { name: "f" },
    "lambda.layer-version": { arn: "arn:aws:lambda:eu-west-1:1:layer:l:1" },
    "lambda.layer-versions": { layerArn: "arn:aws:lambda:eu-west-1:1:layer:l" },
    "lambda.policy": { name: "f" },
    "lambda.url": { name: "f" },
    "iam.role-may": { role: "arn:aws:iam::1:role/r", action: "ssm:GetParameter", resource: "*" },
    "ssm.parameter": { name: "/p" },
    "secretsmanager.secret": { id: "s" },
    "caller.secret": { names: ["X"] },
    "api.routes": { apiId: "a", type: "rest" },
    "logs.errors": { ...group, from: "2026-11-23T09:00:00.000Z", to: "2026-11-23T10:00:00.000Z" },
    "logs.request": { ...group, tool: "t", case: "c", attempt: 1 },
    "package.inventory": { codeSha256: "x", of: { kind: "function", name: "f" } },
    smoke: { tool: "t", case: "c", attempt: 1 },
    "db.probe": { fingerprint: "0", tables: [] },
  };
  const how: Readonly<Record<string, unknown>> = {
    smoke: { method: "GET", url: "", headers: {}, signing: { scheme: "none" }, timeoutMs: 100 },
    "logs.request": { requestIds: [], sentAt: "2026-11-23T10:00:00.000Z" },
  };

  it.each(Object.values(requests).map(({ kind, actions }) => [kind, actions] as const))(
    "covers every call that %s makes",
    async (kind, actions) => {
      const { live, aws } = await against(() => jsonError("AccessDeniedException", "no", 403));
      await live.source.ask({ kind, params: params[kind] ?? {}, how: how[kind] });
      if (kind === "package.inventory") {
        await live.source.ask({
          kind,
          params: { codeSha256: "y", of: { kind: "layer", arn: "arn:aws:lambda:eu-west-1:1:layer:l:1" } },
        });
      }
      if (kind === "api.routes") await live.source.ask({ kind, params: { apiId: "a", type: "http" } });
      expect(
        live
          .calls()
          .map(({ action }) => action)
          .toSorted(),
      ).toEqual([...actions].toSorted());
      expect(aws.calls.length).toBeGreaterThanOrEqual(actions.length);
    },
  );
});
