// A deployed stack behind an endpoint that answers after a while and, where told, no more often than AWS does: functions
// with a package and a log group each, one layer, one REST API, parameters for the database's URL and the signing key.
import { createHash } from "node:crypto";
import { type Answer, type Call, fakeAws, jsonError, xmlError, xmlResult } from "../source/fake-aws.ts";
import { layerContent, packageOf } from "./stack-packages.ts";
import { bucket, ranged, throttled } from "./stack-transport.ts";
import { answerOfVpc, timedOutTool, timeoutEvents, vpcConfig, type VpcFault } from "./stack-vpc.ts";

export const stackName = "demo";
const region = "eu-west-1";
const account = "111122223333";
const apiId = "abc123def4";
const layerArn = `arn:aws:lambda:${region}:${account}:layer:common`;
const stackId = `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/0`;

export interface FakeStackOptions {
  readonly functions: number;
  /** Milliseconds that every answer takes. */
  readonly latencyMs: number;
  /** Calls a second that operations take together before they throttle; any other is never throttled. */
  readonly quotas?: readonly { readonly operations: readonly string[]; readonly perSecond: number }[];
  /** Goes before every answer; where it gives none, the stack answers. */
  readonly fault?: (call: Call) => Answer | undefined;
  /** False for functions that use no database: such a stack works wherever it is looked at from. */
  readonly database?: boolean;
  /**
   * The last function is called GetReport, has a URL of its own, and keeps what it needs to know in Secrets Manager; the one
   * before it is invoked by its alias `live`, which leads to version 3.
   */
  readonly besides?: boolean;
  /** What the last function runs on, in place of Python; no variable of it speaks of a database. */
  readonly otherRuntime?: string;
  /** The API may not invoke the first function. */
  readonly forbidden?: boolean;
  /** The functions run in a VPC, and log that their database does not answer. */
  readonly vpc?: VpcFault;
}

/** A call with its times, in milliseconds of `performance.now()`. */
export interface TimedCall {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly startedAt: number;
  throttled: boolean;
}

export interface FakeStack {
  readonly endpoint: string;
  readonly calls: readonly TimedCall[];
  clear(): void;
  close(): Promise<void>;
}

/** What the command line needs to reach the stack and nothing else. */
export const environmentFor = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: "AKIDTESTTESTTESTTEST",
  AWS_SECRET_ACCESS_KEY: "test-secret-access-key",
  AWS_ENDPOINT_URL: endpoint,
  AWS_CONFIG_FILE: "none",
  AWS_SHARED_CREDENTIALS_FILE: "none",
});

const functionName = (index: number): string => `${stackName}-tool-${index}`;
const functionArn = (index: number): string => `arn:aws:lambda:${region}:${account}:function:${functionName(index)}`;
const secretArn = (name: string): string => `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`;
// Nothing listens there.
const databasePort = 1;
const databaseUrl = `postgresql://copilot_app:Pw-0123456789abcdef@127.0.0.1:${databasePort}/copilot?sslmode=require`;
const signingKey = "0123456789abcdef0123456789abcdef0123456789abcdef";
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/** What a function's policy still allows whose API was made anew. */
const ofAnotherApi = {
  Effect: "Allow",
  Principal: { Service: "apigateway.amazonaws.com" },
  Action: "lambda:InvokeFunction",
  Condition: { ArnLike: { "AWS:SourceArn": `arn:aws:execute-api:${region}:${account}:zyx987wvu6/*/*/*` } },
};

/** Starts the stack. */
export async function startFakeStack({
  functions,
  latencyMs,
  quotas = [],
  fault = () => undefined,
  database = true,
  besides = false,
  forbidden = false,
  otherRuntime,
  vpc,
}: FakeStackOptions): Promise<FakeStack> {
  const packages = Array.from({ length: functions }, (_, index) => packageOf(index, database));
  const layer = layerContent();
  const buckets = new Map(
    quotas.flatMap(({ operations, perSecond }) => {
      const shared = bucket(perSecond);
      return operations.map((operation) => [operation, shared] as const);
    }),
  );
  const deployedAt = new Date(Date.now() - 600_000).toISOString();
  let calls: TimedCall[] = [];

  const logicalId = (index: number): string => (besides && index === functions - 1 ? "GetReport" : `Tool${index}`);
  const resources = [
    ...packages.map((_, index) => ["AWS::Lambda::Function", logicalId(index), functionName(index)] as const),
    ["AWS::ApiGateway::RestApi", "Api", apiId] as const,
    ["AWS::ApiGateway::Stage", "ApiStage", "prod"] as const,
    ["AWS::Lambda::LayerVersion", "Common", `${layerArn}:3`] as const,
    ...(besides ? [["AWS::Lambda::Url", "Url", functionArn(functions - 1)] as const] : []),
  ];

  function answer(call: Call): Answer {
    const { operation, url, body } = call;
    const form = new URLSearchParams(body);
    switch (operation) {
      case "GetCallerIdentity":
        return xmlResult(
          operation,
          `<Arn>arn:aws:iam::${account}:user/ci-deploy</Arn><UserId>A</UserId><Account>${account}</Account>`,
        );
      case "DescribeStacks":
        if (form.get("StackName") !== stackName)
          return xmlError("ValidationError", `Stack with id ${form.get("StackName")} does not exist`);
        return xmlResult(
          operation,
          `<Stacks><member><StackId>${stackId}</StackId><StackName>${stackName}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>${deployedAt}</CreationTime></member></Stacks>`,
        );
      case "DescribeStackEvents": {
        const event = (status: string): string =>
          `<member><StackId>${stackId}</StackId><StackName>${stackName}</StackName><EventId>${status}</EventId><LogicalResourceId>${stackName}</LogicalResourceId><PhysicalResourceId>${stackId}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${status}</ResourceStatus><Timestamp>${deployedAt}</Timestamp></member>`;
        return xmlResult(
          operation,
          `<StackEvents>${event("CREATE_COMPLETE")}${event("CREATE_IN_PROGRESS")}</StackEvents>`,
        );
      }
      case "ListStackResources": {
        const from = Number(form.get("NextToken") ?? 0);
        const page = resources
          .slice(from, from + 100)
          .map(
            ([type, logicalId, physicalId]) =>
              `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>${deployedAt}</LastUpdatedTimestamp></member>`,
          );
        const more = from + 100 < resources.length ? `<NextToken>${from + 100}</NextToken>` : "";
        return xmlResult(operation, `<StackResourceSummaries>${page.join("")}</StackResourceSummaries>${more}`);
      }
      case "GetTemplate":
        return xmlResult(operation, "<TemplateBody>Resources: {}\n</TemplateBody>");
      case "SimulatePrincipalPolicy":
        return xmlResult(operation, `<EvaluationResults>${simulated(form)}</EvaluationResults>`);
      case "GetFunction":
        return functionAnswer(url, call.headers.host ?? "");
      case "GetLayerVersionByArn":
        return {
          json: {
            LayerArn: layerArn,
            LayerVersionArn: `${layerArn}:3`,
            Version: 3,
            CreatedDate: deployedAt.replace("Z", "+0000"),
            CompatibleRuntimes: ["python3.12"],
            Content: {
              Location: `http://${call.headers.host}/packages/layer?X-Amz-Signature=0`,
              CodeSha256: sha256(layer),
              CodeSize: layer.length,
            },
          },
        };
      case "ListLayerVersions":
        return {
          json: {
            LayerVersions: [
              { LayerVersionArn: `${layerArn}:3`, Version: 3, CreatedDate: deployedAt.replace("Z", "+0000") },
            ],
          },
        };
      case "GetRestApi":
        return { json: { id: apiId, name: stackName } };
      case "GetStages":
        return { json: { item: [{ stageName: "prod" }] } };
      case "GetResources":
        return {
          json: {
            item: packages.map((_, index) => ({
              id: `r${index}`,
              path: `/get_usage_${index}`,
              resourceMethods: {
                POST: {
                  httpMethod: "POST",
                  authorizationType: "NONE",
                  apiKeyRequired: false,
                  methodIntegration: {
                    type: "AWS_PROXY",
                    uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn(index)}${besides && index === functions - 2 ? ":live" : ""}/invocations`,
                  },
                },
              },
            })),
          },
        };
      case "FilterLogEvents":
        return { json: { events: vpc === undefined ? [] : timeoutEvents(databasePort) } };
      case "GetParameter": {
        const { Name } = JSON.parse(body) as { Name: string };
        const Value = Name.endsWith("database-url") ? databaseUrl : signingKey;
        return {
          json: {
            Parameter: {
              Name,
              Value,
              Type: "SecureString",
              Version: 1,
              ARN: `arn:aws:ssm:${region}:${account}:parameter${Name}`,
            },
          },
        };
      }
      case "GetSecretValue": {
        const { SecretId } = JSON.parse(body) as { SecretId: string };
        return {
          json: {
            ARN: SecretId,
            Name: SecretId.replace(/^.*:secret:|-\w{6}$/g, ""),
            SecretString: SecretId.includes("database-url") ? databaseUrl : signingKey,
            VersionId: "c0ffee00-0000-4000-8000-000000000000",
            CreatedDate: Date.parse(deployedAt) / 1000,
          },
        };
      }
      case "GetAlias":
        return { json: { Name: "live", FunctionVersion: "3" } };
      case "GetFunctionUrlConfig":
        return {
          json: {
            FunctionArn: functionArn(functions - 1),
            FunctionUrl: `http://${call.headers.host}/own/_user_request_/`,
            AuthType: "NONE",
          },
        };
      case "GetPolicy":
        return { json: { Policy: JSON.stringify({ Version: "2012-10-17", Statement: [ofAnotherApi] }) } };
      default:
        return otherwise(call);
    }
  }

  function simulated(form: URLSearchParams): string {
    const list = (name: string): string[] =>
      [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, text]) => text);
    return list("ActionNames")
      .flatMap((action) =>
        list("ResourceArns").map(
          (resource) =>
            `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${resource}</EvalResourceName><EvalDecision>allowed</EvalDecision></member>`,
        ),
      )
      .join("");
  }

  function functionAnswer(url: URL, host: string): Answer {
    const index = Number(/-tool-(\d+)$/.exec(url.pathname)?.[1] ?? -1);
    const content = packages[index];
    if (content === undefined) return jsonError("ResourceNotFoundException", "Function not found", 404);
    return {
      json: {
        Configuration: {
          FunctionName: functionName(index),
          FunctionArn: functionArn(index),
          Version: url.searchParams.get("Qualifier") === "live" ? "3" : "$LATEST",
          Runtime: index === functions - 1 ? (otherRuntime ?? "python3.12") : "python3.12",
          Handler: "app.handler",
          Architectures: ["x86_64"],
          Role: `arn:aws:iam::${account}:role/${functionName(index)}`,
          Timeout: 30,
          MemorySize: 256,
          LastModified: deployedAt.replace("Z", "+0000"),
          CodeSha256: sha256(content),
          CodeSize: content.length,
          PackageType: "Zip",
          State: "Active",
          LastUpdateStatus: "Successful",
          Layers: [{ Arn: `${layerArn}:3`, CodeSize: layer.length }],
          Environment: { Variables: { ...settings(index), LOG_LEVEL: "INFO" } },
          ...(vpc === undefined ? {} : { VpcConfig: vpcConfig }),
        },
        Code: { RepositoryType: "S3", Location: `http://${host}/packages/${index}?X-Amz-Signature=0` },
      },
    };
  }

  /** The variables that say where a function finds its database and the key of signatures. */
  function settings(index: number): Readonly<Record<string, string>> {
    if (besides && index === functions - 1)
      return {
        ...(database ? { DATABASE_URL_SECRET_ARN: secretArn("demo/database-url") } : {}),
        HMAC_SECRET_ARN: secretArn("demo/hmac"),
      };
    return {
      ...(database ? { DATABASE_URL_PARAM_NAME: `/demo/${index}/database-url` } : {}),
      HMAC_SECRET_PARAM_NAME: "/demo/hmac-secret",
    };
  }

  function otherwise(call: Call): Answer {
    const { url, headers } = call;
    const [, name] = /^\/packages\/(\w+)$/.exec(url.pathname) ?? [];
    const content = name === "layer" ? layer : packages[Number(name ?? -1)];
    if (content !== undefined) return ranged(content, headers.range);
    const network = vpc === undefined ? undefined : answerOfVpc(call, vpc, databasePort);
    if (network !== undefined) return network;
    // The gateway's own word where it may not invoke what is behind a route.
    if (forbidden && url.pathname.endsWith("/_user_request_/get_usage_0"))
      return { status: 500, json: { message: "Internal server error" } };
    if (vpc !== undefined && url.pathname.includes("/_user_request_")) return timedOutTool(databasePort);
    if (url.pathname.includes("/_user_request_")) return { json: { ok: true, data: { score: 1 }, error: null } };
    return { status: 404, json: { message: "not here" } };
  }

  const fake = await fakeAws((call) => {
    const timed: TimedCall = {
      operation: call.operation
        .replace(/^(?:GET|HEAD) \/packages\/.*/, "package")
        .replace(/^POST \/restapis.*/, "tool"),
      method: call.operation.startsWith("GET ") ? "GET" : "POST",
      path: call.url.pathname,
      startedAt: performance.now(),
      throttled: !(buckets.get(call.operation)?.() ?? true),
    };
    calls.push(timed);
    return { ...(timed.throttled ? throttled(call) : (fault(call) ?? answer(call))), delayMs: latencyMs };
  });
  return {
    endpoint: fake.endpoint,
    get calls() {
      return calls;
    },
    clear() {
      calls = [];
      fake.calls.length = 0;
    },
    close: fake.close,
  };
}
