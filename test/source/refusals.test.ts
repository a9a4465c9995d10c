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

const page = (status: number, title = "Not Found"): Answer => ({
  status,
  bytes: Buffer.from(`<!doctype html>\n<html lang=en>\n<title>${title}</title>`),
  headers: { "content-type": "text/html; charset=utf-8" },
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
    ["a page of a firewall", page(403, "Access Denied"), "MALFORMED"],
    ["a page that asks for a sign-in", page(407), "MALFORMED"],
    [
      "the way to a sign-in",
      { status: 302, headers: { location: "https://login.example/?to=1" }, bytes: new Uint8Array() },
      "MALFORMED",
    ],
    [
      "an expired token in XML",
      xmlError("ExpiredToken", "The security token included in the request is expired", 403),
      "CREDENTIALS_EXPIRED",
    ],
    [
      "a wrong signature in XML",
      xmlError("SignatureDoesNotMatch", "The request signature does not match", 403),
      "CREDENTIALS_INVALID",
    ],
    ["a word", { status: 404, bytes: Buffer.from("Not yet implemented") }, "MALFORMED"],
    ["nothing", { status: 200, bytes: new Uint8Array() }, "MALFORMED"],
    ["that somebody is to log in", { status: 401, json: { message: "Unauthorized" } }, "CREDENTIALS_INVALID"],
  ])("is a failure in a sentence of its own, and not tried again: %s", async (_name, answer, code) => {
    for (const [action, kind, params] of asked) {
      // An answer without a field that lists is taken for an empty list.
      if (kind === "logs.errors" && answer.bytes?.length === 0) continue;
      const { live, aws } = await against(() => answer);
      const reply = await live.source.ask({ kind, params });
      // Of credentials that have expired it does not matter for what call.
      const telling: unknown = expect.stringContaining(code === "CREDENTIALS_EXPIRED" ? "expired" : action);
      if (kind === "api.routes" && reply.status === "ok") continue;
      expect([kind, reply]).toMatchObject([kind, { status: "failed", code, message: telling }]);
      expect(aws.calls.length).toBeLessThanOrEqual(3);
      expect(JSON.stringify(reply)).not.toMatch(/SyntaxError|Deserialization|UnknownError|no code|\(Error\)/);
    }
  });
});

describe("a web page in the place of AWS", () => {
  it("is none for its content type alone: emulators send everything as text/html", async () => {
    const json = { Parameter: { Name: "/p", Type: "String", Value: "plain", Version: 2 } };
    const { live } = await against(() => ({ json, headers: { "content-type": "text/html; charset=utf-8" } }));
    expect(await live.source.ask({ kind: "ssm.parameter", params: { name: "/p" } })).toMatchObject({ status: "ok" });
  });

  const cases: readonly (readonly [Answer, RegExp])[] = [
    [
      page(403, "Blocked by &amp; policy"),
      /\(HTTP 403, titled “Blocked by &amp; policy”\): a proxy, a firewall or a sign-in/,
    ],
    [page(200, ""), /\(HTTP 200\): a proxy, a firewall or a sign-in page stands before AWS/],
    [page(404), /what answers there does not know that call\.$/],
    [page(407), /the proxy on the way wants a sign-in\.$/],
    [
      { status: 302, headers: { location: "https://login.example/?token=abc" }, bytes: new Uint8Array() },
      /\(HTTP 302, redirects to login\.example\)/,
    ],
  ];
  it.each(cases)("is said to be one: %#", async (answer, said) => {
    const { live } = await against(() => answer);
    const reply = await live.source.ask({ kind: "ssm.parameter", params: { name: "/p" } });
    expect(reply).toMatchObject({ status: "failed", message: expect.stringMatching(said) });
    expect(JSON.stringify(reply)).not.toContain("token=");
  });
});

describe("a throttle in another protocol", () => {
  it("is waited out all the same", async () => {
    const { live, aws } = await against(({ earlier }) =>
      earlier < 2
        ? xmlError("Throttling", "Rate exceeded")
        : { json: { Parameter: { Name: "/p", Type: "String", Value: "plain", Version: 2 } } },
    );
    const reply = await live.source.ask({ kind: "ssm.parameter", params: { name: "/p" } });
    expect([reply.status, aws.calls.length]).toEqual(["ok", 3]);
  });
});
