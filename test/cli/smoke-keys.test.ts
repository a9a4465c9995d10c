import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { cscp, projectRoot } from "../lab/cli.ts";
import { jsonError, type Answer, type Call } from "../source/fake-aws.ts";
import { fakeStack, type FakeStack } from "./fake-stack.ts";

const key = "the-key-that-callers-have-2f7c";
const fields = JSON.stringify({ previous: "another-key-of-last-year", "signing.key": key });

let stack: FakeStack;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-keys-"));
  await writeFile(path.join(folder, "key"), `${key}\n`);
  stack = await fakeStack();
  stack.state.fault = stored;
});
afterAll(async () => {
  await stack.aws.close();
  await rm(folder, { recursive: true, force: true });
});

/** What Parameter Store and Secrets Manager hold. */
function stored({ operation, body }: Call): Answer | undefined {
  if (operation !== "GetParameter" && operation !== "GetSecretValue") return undefined;
  const { Name, SecretId } = JSON.parse(body) as { Name?: string; SecretId?: string };
  if (Name === "/orders/key") return { json: { Parameter: { Name, Type: "SecureString", Value: key, Version: 3 } } };
  const held: Readonly<Record<string, string>> = { "orders/key": key, "orders/keys": fields };
  const text = held[SecretId ?? ""];
  if (text !== undefined) return { json: { Name: SecretId, SecretString: text, VersionId: "1" } };
  return jsonError(
    operation === "GetParameter" ? "ParameterNotFound" : "ResourceNotFoundException",
    "It is not there.",
  );
}

const call = () => ["smoke", "--stack", "orders", "--api-url", stack.apiUrl, "--tool", "list_orders", "--no-negative"];

/** Whether the last request to the tool carries the signature that the key makes. */
function isSigned(from: number): boolean {
  const sent = stack.aws.calls.slice(from).find(({ url }) => url.pathname === "/api/list_orders");
  const { "x-timestamp": stamp, "x-client": client, "x-signature": signature } = sent?.headers ?? {};
  const wanted = createHmac("sha256", key)
    .update(`${String(stamp)}.${String(client)}.${sent?.body ?? ""}`)
    .digest("hex");
  return signature === wanted;
}

describe("the key that requests are signed with", () => {
  it.each([
    ["env:CALLERS_KEY", "the variable CALLERS_KEY"],
    ["ssm:/orders/key", "the SSM parameter /orders/key"],
    ["secret:orders/key", "the secret orders/key"],
    ["secret:orders/keys#signing.key", "the secret orders/keys, field signing.key"],
    ["file:key", "the file key"],
  ])("comes from %s", async (source, described) => {
    const from = stack.aws.calls.length;
    const env = { ...stack.env, CALLERS_KEY: key };
    const { stdout, stderr, exitCode } = await cscp([...call(), "--key", source, "-o", "json"], env, folder);
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining(key)]);
    expect((JSON.parse(stdout) as Report).smoke?.signedWith).toBe(`HMAC-SHA256 in X-Signature, key from ${described}`);
    expect(isSigned(from)).toBe(true);
    expect(stdout).not.toContain(key);
  });

  it("comes from standard input, without the line break at its end", async () => {
    const from = stack.aws.calls.length;
    const { PATH = "", HOME = "" } = process.env;
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [path.join(projectRoot(), "bin", "cscp.js"), ...call(), "--key", "stdin"],
      { input: `${key}\n`, env: { PATH, HOME, CSCP_CACHE: "off", ...stack.env }, extendEnv: false, reject: false },
    );
    expect([exitCode, isSigned(from)]).toEqual([0, true]);
    expect(stdout + stderr).not.toContain(key);
  });

  it.each([
    ["ssm:/orders/none", /There is no parameter \/orders\/none/],
    ["secret:orders/none", /There is no secret orders\/none/],
    ["secret:orders/keys", /The secret orders\/keys holds several fields/],
    ["secret:orders/keys#other", /nothing in the secret orders\/keys, field other/],
    ["file:none", /The file none holds no key/],
  ])("that is not in %s stops the run before anything is sent", async (source, says) => {
    const from = stack.aws.calls.length;
    const { exitCode, stdout, stderr } = await cscp([...call(), "--key", source], stack.env, folder);
    expect([exitCode, stdout, stderr]).toEqual([2, "", expect.stringMatching(says)]);
    expect(stack.aws.calls.slice(from).filter(({ url }) => url.pathname.startsWith("/api/"))).toEqual([]);
    expect(stderr).not.toContain(key);
  });
});
