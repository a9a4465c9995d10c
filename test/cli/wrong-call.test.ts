// A call that names what is not there is answered by what is.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cscp } from "../lab/cli.ts";
import { xmlError } from "../source/fake-aws.ts";
import { fakeStack, type FakeStack } from "./fake-stack.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-wrong-call-"));
let stack: FakeStack;
let mayList = true;
beforeAll(async () => {
  stack = await fakeStack();
  stack.state.deployedAt = Date.now() - 60_000;
  stack.state.fault = ({ operation, body }) => {
    if (operation !== "DescribeStacks" && operation !== "ListStackResources") return undefined;
    const name = new URLSearchParams(body).get("StackName");
    if (name === null && !mayList) return xmlError("AccessDenied", "You may not list stacks.", 403);
    return name === null || name === "orders"
      ? undefined
      : xmlError("ValidationError", `Stack with id ${name} does not exist`);
  };
});
afterAll(async () => {
  await stack.aws.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a stack that is not there", () => {
  it.each([
    [["doctor"], "order", /There is no stack order in eu-north-1 \(account \d+\)\.\n {2}→ did you mean orders\?\n$/],
    [["db", "check"], "odrers", /→ did you mean orders\?\n$/],
    [["logs", "tail"], "order", /There is no stack order in eu-north-1\.\n {2}→ did you mean orders\?\n$/],
    [["logs", "triage"], "order", /There is no stack order in eu-north-1\.\n {2}→ did you mean orders\?\n$/],
    [["smoke"], "billing", /→ check --stack, --region and --profile; there are orders\n$/],
  ])("%s names the nearest, or what there is", async (command, name, told) => {
    const { exitCode, stderr } = await cscp([...command, "--stack", name], stack.env, folder);
    expect(stderr).toMatch(told);
    expect(exitCode).toBe(2);
  });

  it("is told as before where the caller may not list stacks", async () => {
    mayList = false;
    const { exitCode, stderr } = await cscp(["doctor", "--stack", "order"], stack.env, folder);
    mayList = true;
    expect([exitCode, stderr]).toEqual([
      2,
      "cscp: There is no stack order in eu-north-1 (account 444455556666).\n  → check --stack, --region and --profile; aws cloudformation list-stacks shows what is there\n",
    ]);
  });
});

describe("a recording that could not be written", () => {
  const there = path.join(folder, "there.tgz");
  writeFileSync(there, "x");
  it.each([
    [there, "there.tgz is already there.\n  → --force replaces it\n"],
    [path.join(folder, "none", "x.tgz"), "x.tgz cannot be written, since its folder is not there.\n"],
  ])("%s: is told before anything is asked", async (file, told) => {
    const before = stack.aws.calls.length;
    const { exitCode, stderr } = await cscp(["capture", "--stack", "orders", "--output-file", file], stack.env, folder);
    expect([exitCode, stderr.endsWith(told)]).toEqual([2, true]);
    expect(stack.aws.calls.length).toBe(before);
  });
});

describe("a profile that is not there", () => {
  const config = path.join(folder, "config");
  writeFileSync(config, "[profile staging]\nregion = eu-north-1\n[sso-session work]\nsso_region = eu-north-1\n");
  it.each([
    ["stagin", config, "did you mean staging?"],
    ["zzz", config, "there are staging"],
    ["zzz", path.join(folder, "none"), "the AWS configuration files name none"],
  ])("%s is one error, without the SDK's own words", async (profile, file, hint) => {
    const env = { ...stack.env, AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none") };
    const { exitCode, stderr } = await cscp(["doctor", "--stack", "orders", "--profile", profile], env, folder);
    expect([exitCode, stderr]).toEqual([2, `cscp: There is no AWS profile ${profile}.\n  → ${hint}\n`]);
  });

  it.each([["tail"], ["triage"]])("is told before logs are asked for by %s", async (command) => {
    const env = { ...stack.env, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none") };
    const call = ["logs", command, "--stack", "orders", "--profile", "stagin"];
    const { exitCode, stderr } = await cscp(call, env, folder);
    expect([exitCode, stderr]).toEqual([2, "cscp: There is no AWS profile stagin.\n  → did you mean staging?\n"]);
  });

  it("that has no credentials is one error too", async () => {
    const env = { ...stack.env, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none") };
    const { exitCode, stderr } = await cscp(["doctor", "--stack", "orders", "--profile", "staging"], env, folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^cscp: The AWS profile staging gave no credentials\.\n {2}→ [^\n]+\n$/);
  });
});
