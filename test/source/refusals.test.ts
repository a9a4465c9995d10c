import { afterEach, describe, expect, it } from "vitest";
import { refusals } from "../support/refusals.ts";
import { fakeRuns, xmlError, type Answer } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

/** A request to each service, with the action that its first call takes. */
const asked: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ["sts:GetCallerIdentity", "sts.identity", {}],
  ["cloudformation:DescribeStacks", "cfn.stack", { stack: "s" }],
  [
    "iam:SimulatePrincipalPolicy",
    "iam.role-may",
    { role: "arn:aws:iam::1:role/r", action: "ssm:GetParameter", resource: "*" },
  ],
  ["lambda:GetFunction", "lambda.function", { name: "f" }],
  ["apigateway:GET", "api.routes", { apiId: "a", type: "rest" }],
  ["ssm:GetParameter", "ssm.parameter", { name: "/p" }],
  ["secretsmanager:GetSecretValue", "secretsmanager.secret", { id: "s" }],
  [
    "logs:FilterLogEvents",
    "logs.errors",
    { group: "g", functionName: "f", from: "2026-11-23T09:00:00.000Z", to: "2026-11-23T10:00:00.000Z" },
  ],
];

describe("what AWS refuses", () => {
  it.each(Object.entries(refusals))("is understood of every service, and sent once: %s", async (_name, refuse) => {
    for (const [action, kind, params] of asked) {
      const { live, aws } = await against((call) => refuse(call, action));
      expect([kind, await live.source.ask({ kind, params })]).toMatchObject([kind, { status: "denied", action }]);
      expect(aws.calls.length).toBeLessThanOrEqual(3);
    }
  });
});

const page = (status: number): Answer => ({
  status,
  bytes: Buffer.from("<!doctype html>\n<html lang=en>\n<title>Not Found</title>"),
  headers: { "content-type": "text/html" },
});

describe("what emulators and proxies answer instead", () => {
  it.each<[string, Answer, string]>([
    [
      "a service that is not there, in JSON",
      { status: 501, json: { __type: "InternalFailure", message: "no" } },
      "NOT_SUPPORTED",
    ],
    ["a service that is not there, in XML", xmlError("InternalFailure", "not implemented", 501), "NOT_SUPPORTED"],
    ["a service that is not there, in words", { status: 501, bytes: Buffer.from("Not Implemented") }, "NOT_SUPPORTED"],
    [
      "an operation that it does not know",
      { status: 400, json: { __type: "UnknownOperationException" } },
      "NOT_SUPPORTED",
    ],
    ["a page that says that nothing is there", page(404), "MALFORMED"],
    ["a page of a proxy", page(200), "MALFORMED"],
    ["a word", { status: 404, bytes: Buffer.from("Not yet implemented") }, "MALFORMED"],
    ["nothing", { status: 200, bytes: new Uint8Array() }, "MALFORMED"],
    ["that somebody is to log in", { status: 401, json: { message: "Unauthorized" } }, "CREDENTIALS_INVALID"],
  ])("is a failure in a sentence of its own, and not tried again: %s", async (_name, answer, code) => {
    for (const [action, kind, params] of asked) {
      // An answer without a field that lists is taken for an empty list.
      if (kind === "logs.errors" && answer.bytes?.length === 0) continue;
      const { live, aws } = await against(() => answer);
      const reply = await live.source.ask({ kind, params });
      if (kind === "api.routes" && reply.status === "ok") continue;
      expect([kind, reply]).toMatchObject([kind, { status: "failed", code, message: expect.stringContaining(action) }]);
      expect(aws.calls.length).toBeLessThanOrEqual(3);
      expect(JSON.stringify(reply)).not.toMatch(/SyntaxError|Deserialization|UnknownError|no code|\(Error\)/);
    }
  });
});
