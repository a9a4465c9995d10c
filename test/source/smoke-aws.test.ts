import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { SmokeHow } from "../../src/facts/requests/smoke.ts";
import { defaultSmoke } from "../../src/smoke/config.ts";
import { awsHost } from "../../src/source/live/aws-signature.ts";
import { credentials, fakeAws, liveAgainst } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

interface Checked {
  readonly keyId: string;
  readonly region: string;
  readonly service: string;
  readonly signed: readonly string[];
  readonly stamp: string;
  readonly good: boolean;
}

const verifier = fileURLToPath(new URL("sigv4.py", import.meta.url));

/** Sends one request that is signed with AWS credentials, and has what arrived checked by another implementation. */
async function sent(how: Partial<SmokeHow>, target = "/Prod/usage", env: Readonly<Record<string, string>> = {}) {
  const aws = await fakeAws(() => ({ json: { ok: true } }));
  const live = liveAgainst(aws.endpoint, { env: { ...credentials, ...env } });
  open.push(aws, live);
  const reply = await live.source.ask({
    kind: "smoke",
    params: { tool: "usage", case: "default", attempt: 1 },
    how: {
      method: "POST",
      url: `${aws.endpoint}${target}`,
      headers: { "Content-Type": "application/json" },
      body: '{"customerId":"acme-001","ü":1}',
      signing: { scheme: "aws-sigv4" },
      timeoutMs: 2_000,
      ...how,
    } satisfies SmokeHow,
  });
  const [call] = aws.calls;
  if (call === undefined) throw new Error(`Nothing was sent: ${JSON.stringify(reply)}`);
  const { pathname, search } = call.url;
  const request = {
    method: how.method ?? "POST",
    target: `${pathname}${search}`,
    headers: call.headers,
    body: call.body,
    secret: credentials.AWS_SECRET_ACCESS_KEY,
  };
  const out = execFileSync("python3", [verifier], { input: JSON.stringify([request]), encoding: "utf8" });
  const [checked] = JSON.parse(out) as readonly Checked[];
  if (checked === undefined) throw new Error("Nothing was checked.");
  return { reply, call, checked };
}

const ageOf = (stamp: string): number =>
  Date.now() - Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

describe("a smoke request that is signed with AWS credentials", () => {
  it.each<[string, Partial<SmokeHow>, string, { readonly service: string; readonly region: string }]>([
    ["an API", {}, "/Prod/usage", { service: "execute-api", region: "eu-west-1" }],
    [
      "a function URL in another region",
      { signing: { scheme: "aws-sigv4", service: "lambda", region: "us-east-2" } },
      "/",
      { service: "lambda", region: "us-east-2" },
    ],
    [
      "a path and a query that must be encoded",
      { method: "GET", body: undefined as never },
      "/Prod/a%20b/%C3%BC?z=2&a=1&a=0&empty=&x=a%2Fb%20c",
      { service: "execute-api", region: "eu-west-1" },
    ],
  ])("verifies for %s", async (_name, how, target, scope) => {
    const { reply, checked } = await sent(how, target);
    expect(checked).toMatchObject({ ...scope, good: true, keyId: credentials.AWS_ACCESS_KEY_ID });
    expect(checked.signed).toEqual(expect.arrayContaining(["host", "x-amz-date"]));
    expect(Math.abs(ageOf(checked.stamp))).toBeLessThan(10_000);
    expect(reply).toMatchObject({ body: { answered: true, signedWith: "AWS Signature Version 4" } });
  });

  it("sends and signs the token of credentials that are lent", async () => {
    const token = "a-session-token-of-the-test-that-is-long";
    const { reply, call, checked } = await sent({}, "/Prod/usage", { AWS_SESSION_TOKEN: token });
    expect(checked.good).toBe(true);
    expect(checked.signed).toContain("x-amz-security-token");
    expect(call.headers["x-amz-security-token"]).toBe(token);
    expect(JSON.stringify(reply)).not.toContain(token);
  });

  it("carries the scheme's own signature as well, where the route asks for both", async () => {
    const aws = await fakeAws(() => ({ json: { ok: true } }));
    const live = liveAgainst(aws.endpoint);
    open.push(aws, live);
    const key = live.vault.seal("key", "a-signing-key-of-the-test");
    const { call, checked, reply } = await sent({ signing: defaultSmoke.signing, iam: true });
    expect([checked.good, call.headers["x-signature"]]).toEqual([true, undefined]);
    expect(reply).toMatchObject({ body: { signedWith: "AWS Signature Version 4" } });
    const both = await live.source.ask({
      kind: "smoke",
      params: { tool: "usage", case: "default", attempt: 1 },
      how: {
        method: "POST",
        url: `${aws.endpoint}/Prod/usage`,
        headers: {},
        body: "{}",
        signing: defaultSmoke.signing,
        key,
        iam: true,
        timeoutMs: 2_000,
      } satisfies SmokeHow,
    });
    expect(aws.calls[0]?.headers["x-signature"]).toMatch(/^[0-9a-f]{64}$/);
    expect(aws.calls[0]?.headers["authorization"]).toContain("x-signature");
    expect(both).toMatchObject({ body: { signedWith: "AWS Signature Version 4 and HMAC-SHA256 in X-Signature" } });
  });

  it("is wrong where it is to be refused: by another key, or at a time that is long past", async () => {
    expect((await sent({ spoil: "wrong-signature" })).checked.good).toBe(false);
    const { checked } = await sent({ spoil: "stale-timestamp" });
    expect(checked.good).toBe(true);
    expect(ageOf(checked.stamp)).toBeGreaterThan(15 * 60_000);
  });

  it.each([
    ["a1b2c3.execute-api.eu-north-1.amazonaws.com", { service: "execute-api", region: "eu-north-1" }],
    ["a1b2c3.execute-api.cn-north-1.amazonaws.com.cn", { service: "execute-api", region: "cn-north-1" }],
    ["0a1b2c.lambda-url.us-east-2.on.aws", { service: "lambda", region: "us-east-2" }],
    ["api.example.com", undefined],
  ])("is for what the host %s is", (host, scope) => {
    expect(awsHost(host)).toEqual(scope);
  });
});
