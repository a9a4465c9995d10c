import { GetResourcesCommand, UpdateIntegrationCommand } from "@aws-sdk/client-api-gateway";
import { DescribeStackResourcesCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  GetFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, awsClients, type Clients, REGION } from "./emulator.ts";
import { type IncidentLab, sharedLab, stageIncident, stopSharedLab } from "./incidents.ts";
import { labOrSkip } from "./available.ts";
import { sandboxIsolation } from "./sandbox.ts";
import { callTool } from "./traffic.ts";
import { writeZip } from "./zip.ts";

const runs = await labOrSkip();

/** A function that does what its event says. */
const probe = (mark: string) => `
import json, os, sys, time
print("loading ${mark}")
def handler(event, context):
    order = json.loads(event["body"]) if "body" in event else event
    mode = order["mode"]
    if mode == "sleep":
        time.sleep(order["seconds"])
    if mode == "hog":
        held = []
        while True:
            held.append(bytearray(8_000_000)); time.sleep(0.01)
    if mode == "exit":
        os._exit(3)
    if mode == "raise":
        raise ValueError("two\\nlines")
    if mode == "malformed":
        return "not an answer"
    if mode == "where":
        return {"path": sys.path[:4], "cwd": os.getcwd(), "file": __file__, "uid": os.getuid(), "opt": os.listdir("/opt"), "prefix": sys.prefix}
    if mode == "event":
        return {"statusCode": 207, "headers": {"X-Probe": "${mark}"}, "body": json.dumps(event)}
    return {"statusCode": 200, "body": "${mark}"}
`;

const zipped = (mark: string) =>
  writeZip([{ name: "tools/generate_email/handler.py", data: Buffer.from(probe(mark)), mode: 0o644 }]);

describe.skipIf(!runs)("the lab's front and function host", { timeout: 60_000 }, () => {
  let staged: IncidentLab;
  let clients: Clients;
  let functionName = "";

  const clientsOf = (env: Readonly<Record<string, string>>) =>
    awsClients(staged.endpoint, {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    });
  const invoke = async (order: unknown, qualifier?: string) => {
    const reply = await clients.lambda.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify(order)),
        LogType: "Tail",
        ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
      }),
    );
    const payload: unknown = JSON.parse(Buffer.from(reply.Payload ?? []).toString());
    const log = Buffer.from(reply.LogResult ?? "", "base64").toString();
    return { payload, log, error: reply.FunctionError, version: reply.ExecutedVersion };
  };
  const post = (tool: string, order: unknown) =>
    fetch(`${staged.apiUrl}/${tool}?a=1&a=2`, { method: "POST", body: JSON.stringify(order) });

  beforeAll(async () => {
    staged = await stageIncident(await sharedLab(), "healthy");
    clients = clientsOf(staged.env);
    const { StackResources } = await clients.cloudformation.send(
      new DescribeStackResourcesCommand({ StackName: staged.stackName, LogicalResourceId: "GenerateEmail" }),
    );
    functionName = StackResources?.[0]?.PhysicalResourceId ?? "";
    await clients.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Timeout: 1, MemorySize: 128 }),
    );
    const code = new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile: zipped("first") });
    await clients.lambda.send(code);
  }, 240_000);
  beforeEach(() => {
    staged.lab.front.setRules([]);
    staged.lab.front.setIntegrationLimit();
    staged.lab.front.clearCalls();
  });
  afterAll(stopSharedLab);

  test("a function finds itself where Lambda puts it", async ({ skip }) => {
    skip((await sandboxIsolation()) !== "root", "Only root can give a function Lambda's paths and user.");
    const { payload } = await invoke({ mode: "where" });
    expect(payload).toMatchObject({
      cwd: "/var/task",
      file: "/var/task/tools/generate_email/handler.py",
      uid: 993,
      opt: ["python"],
      prefix: "/var/lang",
    });
    expect(payload).toHaveProperty("path.0", "/var/task");
    expect(payload).toHaveProperty("path.2", "/opt/python");
  });

  // Its time limit is a second: on a busy machine the first start alone may take that.
  test("a warm sandbox is used again, and not after a change", { retry: 2 }, async () => {
    await invoke({ mode: "ok" });
    expect((await invoke({ mode: "ok" })).log).not.toContain("INIT_START");
    const change = new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Description: "changed" });
    await clients.lambda.send(change);
    expect((await invoke({ mode: "ok" })).log).toContain("INIT_START");
  });

  test("an exception comes back as Lambda returns it, and its log event stays whole", async () => {
    const { payload, error, log } = await invoke({ mode: "raise" });
    expect(error).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "ValueError", errorMessage: "two\nlines" });
    expect(log).toContain("[ERROR] ValueError: two\nlines\nTraceback (most recent call last):\n");
    const logGroupName = `/aws/lambda/${functionName}`;
    const { events } = await clients.logs.send(new FilterLogEventsCommand({ logGroupName }));
    const whole = events?.filter((event) => event.message?.startsWith("[ERROR] ValueError"));
    expect(whole).toHaveLength(1);
    expect(whole?.[0]?.message).toContain("\u00a0\u00a0File");
  });

  test("a function that is out of time, out of memory or gone says so", async () => {
    const late = await invoke({ mode: "sleep", seconds: 5 });
    expect(late.payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/),
    });
    expect(late.log).toMatch(/REPORT .*Status: timeout/);
    const gone = await invoke({ mode: "exit" });
    expect(gone.payload).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
    });
    await clients.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Timeout: 10 }));
    const large = await invoke({ mode: "hog" });
    expect(large.payload).toMatchObject({ errorMessage: expect.stringMatching(/error: signal: killed$/) });
    expect(large.log).toMatch(/Max Memory Used: 128 MB\t.*Status: error\tError Type: Runtime\.OutOfMemory/);
  });

  test("the API passes a proxy event and answers with the gateway's headers", async () => {
    const reply = await post("generate_email", { mode: "event" });
    expect(reply.status).toBe(207);
    expect(reply.headers.get("x-probe")).toBe("first");
    expect(reply.headers.get("x-amzn-requestid")).toMatch(/^[-0-9a-f]{36}$/);
    expect(reply.headers.get("x-amz-apigw-id")).not.toBeNull();
    expect(reply.headers.get("x-amzn-trace-id")).toMatch(/^Root=1-/);
    expect(await reply.json()).toMatchObject({
      httpMethod: "POST",
      path: "/generate_email",
      multiValueQueryStringParameters: { a: ["1", "2"] },
      requestContext: { stage: "Prod", requestId: reply.headers.get("x-amzn-requestid") },
    });
  });

  test("the API's own failures", async () => {
    const shown = async (reply: Response) => [reply.status, await reply.text(), reply.headers.get("x-amzn-errortype")];
    const broken = ['{"message": "Internal server error"}', "InternalServerErrorException"];
    expect(await shown(await post("generate_email", { mode: "raise" }))).toEqual([502, ...broken]);
    expect(await shown(await post("generate_email", { mode: "malformed" }))).toEqual([502, ...broken]);
    expect(await shown(await post("nothing_here", {}))).toEqual([
      403,
      '{"message":"Missing Authentication Token"}',
      "MissingAuthenticationTokenException",
    ]);
    staged.lab.front.setIntegrationLimit(200);
    const late = await shown(await post("generate_email", { mode: "sleep", seconds: 1 }));
    expect(late.slice(0, 2)).toEqual([504, '{"message": "Endpoint request timed out"}']);
  });

  test("an API that invokes an alias gets the alias's code, and needs permission on the alias", async () => {
    const { Version } = await clients.lambda.send(new PublishVersionCommand({ FunctionName: functionName }));
    const alias = { FunctionName: functionName, Name: "live", FunctionVersion: Version ?? "" };
    await clients.lambda.send(new CreateAliasCommand(alias));
    await clients.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile: zipped("second") }));
    expect((await invoke({ mode: "ok" })).payload).toMatchObject({ body: "second" });
    const aliased = await invoke({ mode: "ok" }, "live");
    expect(aliased).toMatchObject({ payload: { body: "first" }, version: Version });
    expect(aliased.log).toContain(`Version: ${Version}\n`);

    const [restApiId = ""] = staged.apiUrl.split("/").slice(-2);
    const resources = await clients.apigateway.send(new GetResourcesCommand({ restApiId, limit: 500 }));
    const resourceId = resources.items?.find((item) => item.path === "/generate_email")?.id;
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`;
    const value = `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arn}:live/invocations`;
    await clients.apigateway.send(
      new UpdateIntegrationCommand({
        restApiId,
        resourceId,
        httpMethod: "POST",
        patchOperations: [{ op: "replace", path: "/uri", value }],
      }),
    );
    expect((await post("generate_email", { mode: "ok" })).status).toBe(500);
    const permission = { FunctionName: functionName, Qualifier: "live", StatementId: "api" };
    await clients.lambda.send(
      new AddPermissionCommand({
        ...permission,
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        SourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${restApiId}/*/POST/generate_email`,
      }),
    );
    const reply = await post("generate_email", { mode: "ok" });
    expect([reply.status, await reply.text()]).toEqual([200, "first"]);
    await clients.lambda.send(new RemovePermissionCommand(permission));
    expect((await post("generate_email", { mode: "ok" })).status).toBe(500);
  });

  test("a package's link answers ranges as S3 does", async () => {
    const { Code, Configuration } = await clients.lambda.send(
      new GetFunctionCommand({ FunctionName: functionName, Qualifier: "live" }),
    );
    const link = Code?.Location ?? "";
    const size = Configuration?.CodeSize ?? 0;
    expect(new URL(link).origin).toBe(staged.endpoint);
    const ask = async (range: string) => {
      const reply = await fetch(link, { headers: { range } });
      const bytes = Buffer.from(await reply.arrayBuffer());
      return { status: reply.status, range: reply.headers.get("content-range"), bytes };
    };
    const tail = await ask("bytes=-22");
    expect([tail.status, tail.range]).toEqual([206, `bytes ${size - 22}-${size - 1}/${size}`]);
    expect(tail.bytes.readUInt32LE(0)).toBe(0x06054b50);
    const head = await ask("bytes=0-3");
    expect([head.range, head.bytes.toString("latin1")]).toEqual([`bytes 0-3/${size}`, "PK\u0003\u0004"]);
    expect((await ask(`bytes=${size}-`)).status).toBe(416);
    expect((await fetch(link, { method: "HEAD" })).status).toBe(403);
  });

  test("rules deny, throttle, delay and break calls, each in its service's protocol", async () => {
    const { front } = staged.lab;
    const match = (wanted: string) => (call: { service: string; action: string }) =>
      wanted === `${call.service}:${call.action}`;
    const get = () => clients.lambda.send(new GetFunctionCommand({ FunctionName: functionName }));
    const stacks = () => clients.cloudformation.send(new DescribeStacksCommand({}));
    const logs = () => clients.logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${functionName}` }));
    front.setRules([
      { match: match("lambda:GetFunction"), respond: { kind: "deny" } },
      { match: match("cloudformation:DescribeStacks"), respond: { kind: "deny" } },
      { match: match("logs:FilterLogEvents"), respond: { kind: "deny" } },
    ]);
    await expect(get()).rejects.toMatchObject({ name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } });
    await expect(get()).rejects.toThrow(/not authorized to perform: lambda:GetFunction/);
    await expect(stacks()).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(logs()).rejects.toMatchObject({ name: "AccessDeniedException", $metadata: { httpStatusCode: 400 } });
    expect(front.calls().map(({ service, action, status }) => `${service}:${action} ${status}`)).toEqual([
      "lambda:GetFunction 403",
      "lambda:GetFunction 403",
      "cloudformation:DescribeStacks 403",
      "logs:FilterLogEvents 400",
    ]);

    front.setRules([
      { match: match("lambda:GetFunction"), respond: { kind: "throttle" } },
      { match: match("logs:FilterLogEvents"), respond: { kind: "throttle" } },
      { match: match("cloudformation:DescribeStacks"), respond: { kind: "delay", ms: 300 } },
    ]);
    await expect(get()).rejects.toMatchObject({ name: "TooManyRequestsException" });
    await expect(logs()).rejects.toMatchObject({ name: "ThrottlingException" });
    const began = performance.now();
    expect((await stacks()).Stacks).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThan(290);

    // The SDK tries again, so that one failure is not seen.
    front.setRules([{ match: () => true, respond: { kind: "fail", status: 500 }, times: 1 }]);
    expect((await get()).Configuration?.FunctionName).toBe(functionName);
  });

  test("rules reach package links and the API, and the log tells a function's calls from a client's", async () => {
    const { front } = staged.lab;
    const { Code } = await clients.lambda.send(new GetFunctionCommand({ FunctionName: functionName }));
    const link = Code?.Location ?? "";
    const presigned = (call: { service: string }) => call.service === "presigned";
    front.setRules([
      { match: presigned, respond: { kind: "deny" }, times: 1 },
      { match: presigned, respond: { kind: "truncate", bytes: 100 } },
      { match: (call) => call.service === "execute-api", respond: { kind: "throttle" }, times: 1 },
    ]);
    const expired = await fetch(link);
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining("Request has expired")]);
    expect((await (await fetch(link)).arrayBuffer()).byteLength).toBe(100);
    const throttled = await post("calculate_health", {});
    expect([throttled.status, await throttled.text()]).toEqual([429, '{"message":"Too Many Requests"}']);
    front.clearCalls();

    const { StackResources } = await clients.cloudformation.send(
      new DescribeStackResourcesCommand({ StackName: staged.stackName, LogicalResourceId: "CalculateHealth" }),
    );
    const FunctionName = StackResources?.[0]?.PhysicalResourceId ?? "";
    // A cold start, so that the function reads its secret from the parameter store again.
    await clients.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: "cold" }));
    expect((await callTool(staged.apiUrl, "calculate_health", staged.hmacSecret)).status).toBe(200);
    const seen = front.calls().map(({ caller, service, action }) => `${caller} ${service}:${action}`);
    expect(seen).toContain("function ssm:GetParameter");
    expect(seen).toContain("client execute-api:POST /calculate_health");
    expect(seen).toContain("client lambda:UpdateFunctionConfiguration");
  });

  test("a user with a policy of their own is held to it", async () => {
    const Statement = [{ Effect: "Allow", Action: "cloudformation:DescribeStacks", Resource: "*" }];
    const limited = clientsOf(await staged.lab.environment({ Version: "2012-10-17", Statement }));
    expect((await limited.cloudformation.send(new DescribeStacksCommand({}))).Stacks).toHaveLength(1);
    const get = new GetFunctionCommand({ FunctionName: functionName });
    await expect(limited.lambda.send(get)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const run = new InvokeCommand({ FunctionName: functionName });
    await expect(limited.lambda.send(run)).rejects.toThrow(/user\/limited-\d+ is not authorized/);
  });
});
