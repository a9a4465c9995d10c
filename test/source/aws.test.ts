import { afterEach, describe, expect, it } from "vitest";
import { replyOf } from "../../src/source/errors.ts";
import type { LiveOptions } from "../../src/source/live.ts";
import { createLiveSource } from "../../src/source/live.ts";
import { credentials, fakeAws, jsonError, liveAgainst, run, xmlError, type Answer, type Call } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function against(handler: (call: Call) => Answer | Promise<Answer>, options: Partial<LiveOptions> = {}) {
  const aws = await fakeAws(handler);
  const live = liveAgainst(aws.endpoint, options);
  open.push(aws, live);
  return { aws, live, ask: (kind: string, params: Record<string, unknown>) => live.source.ask({ kind, params }) };
}

const identityXml =
  "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

describe("what an error means", () => {
  const denied: readonly (readonly [string, string, Record<string, unknown>, Answer, string])[] = [
    [
      "JSON",
      "ssm.parameter",
      { name: "/x" },
      jsonError(
        "AccessDeniedException",
        "User: arn:aws:iam::1:user/a is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:1:parameter/x because no identity-based policy allows the ssm:GetParameter action",
      ),
      "ssm:GetParameter",
    ],
    [
      "JSON, a key behind it",
      "ssm.parameter",
      { name: "/x" },
      jsonError(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key: User is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k",
      ),
      "kms:Decrypt",
    ],
    [
      "REST",
      "lambda.function",
      { name: "f" },
      jsonError(
        "AccessDeniedException",
        "User: x is not authorized to perform: lambda:GetFunction on resource: y with an explicit deny in a service control policy",
        403,
      ),
      "lambda:GetFunction",
    ],
    [
      "REST without a type",
      "api.routes",
      { apiId: "a", type: "rest" },
      { status: 403, json: { message: "Forbidden" } },
      "apigateway:GET",
    ],
    [
      "query",
      "cfn.stack",
      { stack: "demo" },
      xmlError("AccessDenied", "User: x is not authorized to perform: cloudformation:DescribeStacks", 403),
      "cloudformation:DescribeStacks",
    ],
    [
      "logs",
      "logs.errors",
      { group: "g", functionName: "f", from: "2026-11-23T09:00:00.000Z", to: "2026-11-23T10:00:00.000Z" },
      jsonError("AccessDeniedException", "no"),
      "logs:FilterLogEvents",
    ],
  ];
  it.each(denied)("denied: %s", async (_name, kind, params, answer, action) => {
    const { ask } = await against(() => answer);
    const reply = await ask(kind, params);
    expect(reply).toMatchObject({ status: "denied", action });
    expect(reply.status === "denied" && reply.message).toMatch(new RegExp(`^The caller may not ${action}.*\\.$`));
  });

  it("says what denies it, where AWS says so", async () => {
    const { ask } = await against(() =>
      jsonError(
        "AccessDeniedException",
        "User: x is not authorized to perform: lambda:GetFunction on resource: y with an explicit deny in a service control policy",
        403,
      ),
    );
    expect(await ask("lambda.function", { name: "f" })).toMatchObject({
      message: "The caller may not lambda:GetFunction: a service control policy denies it.",
    });
  });

  const failures: readonly (readonly [string, Answer, string])[] = [
    [
      "an expired token",
      jsonError("ExpiredTokenException", "The security token included in the request is expired"),
      "CREDENTIALS_EXPIRED",
    ],
    [
      "an unknown key",
      jsonError("UnrecognizedClientException", "The security token included in the request is invalid."),
      "CREDENTIALS_INVALID",
    ],
    [
      "a wrong secret",
      jsonError("InvalidSignatureException", "The request signature we calculated does not match", 403),
      "CREDENTIALS_INVALID",
    ],
    [
      "something else",
      jsonError("InvalidFilterException", "The filter AKIAIOSFODNN7EXAMPLE is odd. More prose.", 400),
      "InvalidFilterException",
    ],
  ];
  it.each(failures)("failed: %s", async (_name, answer, code) => {
    const { ask } = await against(() => answer);
    const reply = await ask("ssm.parameter", { name: "/x" });
    expect(reply).toMatchObject({ status: "failed", code });
    expect(reply.status === "failed" && reply.message).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(reply)).not.toMatch(/AKIAIOS|More prose/);
  });

  it("what does not exist is knowledge", async () => {
    const { ask } = await against(({ operation }) =>
      operation === "DescribeStacks"
        ? xmlError("ValidationError", "Stack with id demo does not exist")
        : jsonError(operation === "GetParameter" ? "ParameterNotFound" : "ResourceNotFoundException", "none", 404),
    );
    expect(await ask("cfn.stack", { stack: "demo" })).toEqual({ status: "ok", body: { exists: false } });
    expect(await ask("lambda.function", { name: "f" })).toEqual({ status: "ok", body: { exists: false } });
    expect(await ask("lambda.layer-version", { arn: "arn:aws:lambda:eu-west-1:1:layer:l:1" })).toEqual({
      status: "ok",
      body: { exists: false },
    });
    expect(await ask("lambda.policy", { name: "f" })).toEqual({ status: "ok", body: { statements: [] } });
    expect(await ask("ssm.parameter", { name: "/x" })).toMatchObject({
      status: "ok",
      body: { exists: false, reason: "There is no parameter /x in eu-west-1." },
    });
    expect(await ask("secretsmanager.secret", { id: "s" })).toMatchObject({ status: "ok", body: { exists: false } });
  });

  it("no credentials", async () => {
    const aws = await fakeAws(() => ({ json: {} }));
    open.push(aws);
    const before = { ...process.env };
    // The SDK reads the files and addresses of the process itself.
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/nonexistent/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    });
    for (const name of [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_PROFILE",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ])
      delete process.env[name];
    try {
      const live = liveAgainst(aws.endpoint, { env: {} });
      expect(await live.source.ask({ kind: "sts.identity", params: {} })).toMatchObject({
        status: "failed",
        code: "CREDENTIALS_MISSING",
      });
      const named = liveAgainst(aws.endpoint, { env: {}, profile: "no-such-profile" });
      expect(await named.source.ask({ kind: "sts.identity", params: {} })).toMatchObject({
        status: "failed",
        code: "CREDENTIALS_MISSING",
        message: "The AWS profile no-such-profile gave no credentials.",
      });
      expect(aws.calls).toEqual([]);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});

describe("endpoints", () => {
  it("--endpoint-url goes before the service's variable, and that before the general one", async () => {
    const [flag, service, general] = await Promise.all([1, 2, 3].map(() => fakeAws(() => ({ xml: identityXml }))));
    if (flag === undefined || service === undefined || general === undefined)
      throw new Error("No endpoint was opened.");
    open.push(flag, service, general);
    const env = { ...credentials, AWS_ENDPOINT_URL_STS: service.endpoint, AWS_ENDPOINT_URL: general.endpoint };
    const options = { region: "eu-west-1", timeoutMs: 5_000, run };
    for (const live of [
      createLiveSource({ ...options, env, endpointUrl: flag.endpoint }),
      createLiveSource({ ...options, env }),
      createLiveSource({ ...options, env: { ...env, AWS_ENDPOINT_URL_STS: "" } }),
    ]) {
      open.push(live);
      expect(await live.source.ask({ kind: "sts.identity", params: {} })).toEqual({
        status: "ok",
        body: { account: "111122223333", arn: "arn:aws:iam::111122223333:user/ada" },
      });
    }
    expect([flag, service, general].map((aws) => aws.calls.length)).toEqual([1, 1, 1]);
  });

  it("a closed port fails at once, and is not tried again by the next calls", async () => {
    const aws = await fakeAws(() => ({ json: {} }));
    await aws.close();
    const live = liveAgainst(aws.endpoint);
    open.push(live);
    for (const name of ["/a", "/b", "/c"]) {
      expect(await live.source.ask({ kind: "ssm.parameter", params: { name } })).toMatchObject({
        status: "failed",
        code: "ENDPOINT_UNREACHABLE",
        message: `Nothing answers at ${aws.endpoint} (ECONNREFUSED).`,
      });
    }
    expect(live.requestCount()).toBe(1);
  });

  it("a host that does not resolve is unreachable", async () => {
    const live = liveAgainst("http://nothing.invalid");
    open.push(live);
    expect(await live.source.ask({ kind: "sts.identity", params: {} })).toMatchObject({
      status: "failed",
      code: "ENDPOINT_UNREACHABLE",
    });
  });
});

describe("a region whose endpoints are not found", () => {
  const reply = (region: string, endpoint?: string) =>
    replyOf(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }), {
      action: "cloudformation:DescribeStacks",
      region,
      endpoint,
      profile: undefined,
      scrub: (text) => text,
    });
  const at = (region: string): string => `Nothing answers at the endpoint of cloudformation in ${region} (ENOTFOUND)`;

  it.each([
    ["xx-nowhere-9", "REGION_UNKNOWN", ": there may be no such region."],
    ["eu-nroth-1", "REGION_UNKNOWN", ": there may be no such region. The nearest in name is eu-north-1."],
    ["eu-north-1", "ENDPOINT_UNREACHABLE", "."],
  ])("%s is doubted where no such region is known", (region, code, rest) => {
    expect(reply(region)).toEqual({ status: "failed", code, message: at(region) + rest });
  });

  it("is not to blame where an endpoint was named", () => {
    expect(reply("xx-nowhere-9", "http://nothing.invalid")).toMatchObject({ code: "ENDPOINT_UNREACHABLE" });
  });
});

describe("trouble on the way", () => {
  it("a throttled call is sent again until it is answered", async () => {
    const { aws, ask, live } = await against(({ earlier }) =>
      earlier < 3
        ? jsonError("ThrottlingException", "Rate exceeded")
        : { json: { Parameter: { Name: "/x", Type: "String", Value: "plain", Version: 2 } } },
    );
    expect(await ask("ssm.parameter", { name: "/x" })).toMatchObject({
      status: "ok",
      body: { exists: true, value: "plain", version: 2 },
    });
    expect(aws.calls.length).toBe(4);
    expect(live.calls()).toEqual([{ service: "ssm", action: "ssm:GetParameter", count: 4 }]);
  });

  it("a call that stays throttled fails when the run's time is over", async () => {
    const { ask } = await against(() => ({ ...jsonError("TooManyRequestsException", "Rate exceeded", 429) }), {
      timeoutMs: 1_200,
    });
    const from = Date.now();
    expect(await ask("lambda.function", { name: "f" })).toMatchObject({ status: "failed", code: "THROTTLED" });
    expect(Date.now() - from).toBeLessThan(3_000);
  });

  it("many calls under one throttle all end well, and none is lost", async () => {
    let second = 0;
    let inSecond = 0;
    const { aws, ask } = await against(() => {
      const now = Math.floor(Date.now() / 250);
      inSecond = now === second ? inSecond + 1 : 1;
      second = now;
      return inSecond > 6
        ? jsonError("ThrottlingException", "Rate exceeded")
        : { json: { Parameter: { Name: "/x", Type: "String", Value: "v", Version: 1 } } };
    });
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, index) => ask("ssm.parameter", { name: `/x${index}` })),
    );
    expect(replies.filter(({ status }) => status === "ok").length).toBe(60);
    expect(aws.calls.length).toBeLessThan(60 * 2);
  });

  it("a broken connection and a server's error are tried again, but not for ever", async () => {
    const { aws, ask } = await against(({ operation, earlier }) => {
      if (operation === "GetParameter")
        return earlier === 0
          ? { breakAfter: 0 }
          : { json: { Parameter: { Name: "/x", Type: "String", Value: "v", Version: 1 } } };
      return { status: 503, json: { message: "no" } };
    });
    expect(await ask("ssm.parameter", { name: "/x" })).toMatchObject({ status: "ok" });
    expect(await ask("lambda.function", { name: "f" })).toMatchObject({ status: "failed", code: "SERVICE_ERROR" });
    expect(aws.calls.filter(({ operation }) => operation === "GetFunction").length).toBe(3);
  });

  it("what is no answer of the service is a failure, not an exception", async () => {
    const { ask } = await against(() => ({ xml: "<html>proxy says no</html>" }));
    expect(await ask("lambda.function", { name: "f" })).toMatchObject({ status: "failed" });
    expect(await ask("cfn.stack", { stack: "demo" })).toMatchObject({ status: "failed" });
    expect(await ask("ssm.parameter", { name: "/x" })).toMatchObject({ status: "failed" });
  });

  it("the run's time limit ends what is under way", async () => {
    const { ask } = await against(() => ({ delayMs: 10_000, json: {} }), { timeoutMs: 300 });
    const from = Date.now();
    expect(await ask("ssm.parameter", { name: "/x" })).toMatchObject({
      status: "failed",
      code: "TIMEOUT",
      message: "The call ssm:GetParameter was not answered within the run's time limit of 0 s.",
    });
    expect(Date.now() - from).toBeLessThan(2_000);
    expect(await ask("lambda.function", { name: "f" })).toMatchObject({ status: "failed", code: "TIMEOUT" });
  });

  it("an interruption ends everything at once", async () => {
    const controller = new AbortController();
    const { ask } = await against(() => ({ delayMs: 10_000, json: {} }), { signal: controller.signal });
    const from = Date.now();
    const replies = Promise.all([
      ask("ssm.parameter", { name: "/x" }),
      ask("lambda.function", { name: "f" }),
      ask("cfn.resources", { stack: "demo" }),
    ]);
    setTimeout(() => controller.abort(), 100);
    for (const reply of await replies) expect(reply).toMatchObject({ status: "failed", code: "INTERRUPTED" });
    expect(Date.now() - from).toBeLessThan(2_000);
  });

  it("nothing of the SDK's own reaches the error stream", async () => {
    const written: string[] = [];
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown): void => void warnings.push(warning);
    const write = process.stderr.write;
    process.stderr.write = ((text: string) => written.push(text)) as unknown as typeof write;
    process.on("warning", onWarning);
    try {
      const { ask } = await against(() => ({
        json: { Parameter: { Name: "/x", Type: "String", Value: "v", Version: 1 } },
      }));
      await Promise.all(Array.from({ length: 40 }, (_, index) => ask("ssm.parameter", { name: `/x${index}` })));
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      process.stderr.write = write;
      process.off("warning", onWarning);
    }
    expect(written).toEqual([]);
    expect(warnings).toEqual([]);
  });
});
