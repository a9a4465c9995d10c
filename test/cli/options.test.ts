import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveOptions, type StackFlags } from "../../src/cli/options.ts";
import { withoutPlaceholders } from "../../src/cli/placeholders.ts";
import type { Surroundings } from "../../src/cli/surroundings.ts";
import { cscp } from "../lab/cli.ts";

const root = mkdtempSync(path.join(tmpdir(), "cscp-options-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const samconfig = `version = 0.1
[default.global.parameters]
region = "eu-west-1"

[default.deploy.parameters]
stack_name = "orders"
profile = "orders-dev"

[prod.deploy.parameters]
stack_name = "orders-prod"
region = "eu-central-1"
profile = "orders-prod"

[bare.deploy.parameters]
capabilities = "CAPABILITY_IAM"
`;

/** A SAM project; `configuration` is its cscp.config.json. */
function project(name: string, configuration?: unknown): string {
  const folder = path.join(root, name);
  mkdirSync(path.join(folder, "infra"), { recursive: true });
  writeFileSync(path.join(folder, "infra", "samconfig.toml"), samconfig);
  if (configuration !== undefined) writeFileSync(path.join(folder, "cscp.config.json"), JSON.stringify(configuration));
  return folder;
}

const plain = project("plain");
const configured = project("configured", { stack: "orders-blue", region: "us-east-1", profile: "blue" });

function resolve(cwd: string, flags: Partial<StackFlags> = {}, env: Readonly<Record<string, string>> = {}) {
  const surroundings: Surroundings = {
    env,
    cwd,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 100,
    stderrColumns: 100,
    signal: new AbortController().signal,
    out: () => Promise.resolve(),
    pour: () => Promise.resolve(),
    endsByInterrupt: () => {},
    engine: { hurry: () => {}, spareMemory: () => {} },
    err: () => {},
    now: () => new Date(0),
  };
  return resolveOptions({ timeout: 180, ...flags }, surroundings);
}

describe("the tables that a run looks for", () => {
  it("are those that --table names, besides the configuration's", async () => {
    const folder = project("tables", { stack: "orders", tables: ["orders", "items"] });
    const { configuration } = await resolve(folder, { table: ["nope", "items"] });
    expect(configuration.tables).toEqual(["nope", "items", "orders"]);
  });
});

describe("where a run goes", () => {
  it.each<[string, string, Partial<StackFlags>, Record<string, string>, readonly (string | undefined)[]]>([
    ["samconfig's default", plain, {}, {}, ["orders", "eu-west-1", "orders-dev"]],
    [
      "the environment --config-env names",
      plain,
      { configEnv: "prod" },
      {},
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
    [
      "the environment SAM_CONFIG_ENV names",
      plain,
      {},
      { SAM_CONFIG_ENV: "prod" },
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
    [
      "--config-env before SAM_CONFIG_ENV",
      plain,
      { configEnv: "default" },
      { SAM_CONFIG_ENV: "prod" },
      ["orders", "eu-west-1", "orders-dev"],
    ],
    [
      "--config-env before CSCP_STACK",
      plain,
      { configEnv: "prod" },
      { CSCP_STACK: "other" },
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
    [
      "CSCP_STACK before SAM_CONFIG_ENV",
      plain,
      {},
      { CSCP_STACK: "other", SAM_CONFIG_ENV: "prod" },
      ["other", undefined, undefined],
    ],
    [
      "the section of the stack that --stack names",
      plain,
      { stack: "orders-prod" },
      {},
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
    [
      "--stack with the section that is named",
      plain,
      { stack: "mine", configEnv: "prod" },
      {},
      ["mine", "eu-central-1", "orders-prod"],
    ],
    ["--stack-name as --stack", plain, { stackName: "orders" }, {}, ["orders", "eu-west-1", "orders-dev"]],
    [
      "an environment without a stack: the default's",
      plain,
      {},
      { SAM_CONFIG_ENV: "bare" },
      ["orders", "eu-west-1", "orders-dev"],
    ],
    [
      "flags before the environment",
      plain,
      { region: "a", profile: "b" },
      { AWS_REGION: "c", AWS_PROFILE: "d" },
      ["orders", "a", "b"],
    ],
    ["the environment before samconfig", plain, {}, { AWS_REGION: "c", AWS_PROFILE: "d" }, ["orders", "c", "d"]],
    ["AWS_DEFAULT_REGION", plain, {}, { AWS_DEFAULT_REGION: "e" }, ["orders", "e", "orders-dev"]],
    [
      "keys in the environment before samconfig's profile",
      plain,
      {},
      { AWS_ACCESS_KEY_ID: "k" },
      ["orders", "eu-west-1", undefined],
    ],
    ["the configuration before samconfig", configured, {}, {}, ["orders-blue", "us-east-1", "blue"]],
    ["CSCP_STACK before the configuration", configured, {}, { CSCP_STACK: "orders" }, ["orders", "us-east-1", "blue"]],
    [
      "a named environment before the configuration",
      configured,
      { configEnv: "prod" },
      {},
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
    [
      "one named by SAM_CONFIG_ENV too",
      configured,
      {},
      { SAM_CONFIG_ENV: "prod" },
      ["orders-prod", "eu-central-1", "orders-prod"],
    ],
  ])("%s", async (_name, cwd, flags, env, wanted) => {
    const { stackName, region, profile } = await resolve(cwd, flags, env);
    expect([stackName, region, profile]).toEqual(wanted);
  });

  it("says what nobody wrote on the command line, and where it was found", async () => {
    expect((await resolve(plain)).said).toEqual([
      "stack orders (from infra/samconfig.toml)",
      "region eu-west-1 (from infra/samconfig.toml)",
      "profile orders-dev (from infra/samconfig.toml)",
    ]);
    expect((await resolve(plain, { configEnv: "prod" }, { AWS_REGION: "x", AWS_ACCESS_KEY_ID: "k" })).said).toEqual([
      "stack orders-prod (from infra/samconfig.toml, prod)",
    ]);
    expect((await resolve(configured)).said).toEqual(["stack orders-blue (from cscp.config.json)"]);
    expect((await resolve(plain, { stack: "orders", region: "x", profile: "y" })).said).toEqual([]);
  });

  it.each([
    [{ configEnv: "prd" }, {}, /samconfig\.toml has no environment prd\./, /did you mean prod\?/],
    [{}, { SAM_CONFIG_ENV: "staging-eu" }, /has no environment staging-eu\./, /it has default, prod, bare/],
  ])("refuses an environment that is not there: %j %j", async (flags, env, message, hint) => {
    await expect(resolve(plain, flags, env)).rejects.toThrow(message);
    await expect(resolve(plain, flags, env)).rejects.toMatchObject({ usage: true, hint: expect.stringMatching(hint) });
  });

  it("says of a samconfig.toml that it could not be read, never that it is not there", async () => {
    const broken = path.join(root, "broken");
    mkdirSync(broken);
    writeFileSync(path.join(broken, "samconfig.toml"), "[default\n");
    const unreadable = /samconfig\.toml could not be read.*: line 1 is no valid TOML\./;
    await expect(resolve(broken, {})).rejects.toThrow(unreadable);
    await expect(resolve(broken, { configEnv: "prod" })).rejects.toThrow(unreadable);
    expect((await resolve(broken, { stack: "orders" })).stackName).toBe("orders");
  });

  it("refuses --config-env where there is no samconfig.toml", async () => {
    await expect(resolve(root, { configEnv: "prod" })).rejects.toThrow(/no samconfig\.toml here/);
  });

  it("cscp doctor with no flags at all finds the project's stack, and says so", async () => {
    const closed = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
    const { exitCode, stderr } = await cscp(["doctor"], closed, plain);
    expect(stderr).toContain("cscp: stack orders (from infra/samconfig.toml)\n");
    expect(stderr).toContain("cscp: region eu-west-1 (from infra/samconfig.toml)\n");
    expect(stderr).toContain("Nothing answers at http://127.0.0.1:9");
    expect(exitCode).toBe(2);
  });
});

describe("placeholders in the configuration", () => {
  it("are as if they were not there, and are named", async () => {
    const folder = project("unfilled", {
      stack: "orders",
      smoke: { customerId: "<CUSTOMER-ID>", ownerUserId: "team-7", tools: [{ name: "list", body: { id: "<id>" } }] },
    });
    const { configuration, said } = await resolve(folder);
    expect(configuration.smoke).toEqual({ ownerUserId: "team-7", tools: [{ name: "list", body: { id: "<id>" } }] });
    expect(said.at(-1)).toBe(
      "smoke.customerId in cscp.config.json is still the placeholder <CUSTOMER-ID>, so that its default is taken",
    );
  });

  it("are no matter where no request is sent, but for those that say where the run goes", async () => {
    const folder = project("unsent", {
      stack: "<STACK>",
      apiUrl: "<API-URL>",
      smoke: { customerId: "<CUSTOMER-ID>" },
    });
    const { said } = await resolve(folder, { smoke: false });
    expect(said.filter((line) => line.includes("placeholder"))).toEqual([
      "stack in cscp.config.json is still the placeholder <STACK>, so that its default is taken",
    ]);
  });

  it("say nothing to a tail, a triage or an inspection", async () => {
    const folder = project("unsent-cli", { smoke: { customerId: "<CUSTOMER-ID>" } });
    const env = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "x" };
    for (const command of [
      ["logs", "tail"],
      ["logs", "triage"],
      ["inspect", "Orders"],
    ]) {
      const { stderr } = await cscp(
        [...command, "--project", folder, "--endpoint-url", "http://127.0.0.1:9", "--stack", "orders"],
        env,
      );
      expect(stderr, command.join(" ")).not.toContain("placeholder");
    }
  });

  it("leaves everything else as it is", () => {
    const json = { a: ["<X>"], b: null, c: { d: 1, e: "<a b>" }, f: "x <Y>" };
    expect(withoutPlaceholders(json)).toEqual({ value: json, placeholders: [] });
  });
});
