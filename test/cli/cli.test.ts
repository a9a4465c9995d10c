import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { duration } from "../../src/cli/flags.ts";
import { didYouMean } from "../../src/cli/did-you-mean.ts";
import { callerName } from "../../src/cli/caller-name.ts";
import { wantsColour } from "../../src/cli/surroundings.ts";
import { cscp, projectRoot } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run of some checks only", () => {
  const run = (...flags: readonly string[]) =>
    cscp(["doctor", "--bundle", "fixtures/incidents/url-lost-at-deploy", ...flags]);
  it.each([
    [["--only", "imports-work"], /^✓ IN PART: 1 check of \d+ was asked for and passes$/m],
    [["--only", "function-active,imports-work"], /^✓ IN PART: 2 checks of \d+ were asked for and pass$/m],
    [
      ["--only", "tools-answer", "--ignore", "tools-answer"],
      /^! NOTHING BUT ACCEPTED FAULTS: 1 check of \d+ was asked for and passes, \d+ findings left\s+out$/m,
    ],
  ])("%j calls nothing healthy that it did not look at", async (flags, said) => {
    const { stdout, exitCode } = await run(...flags);
    expect(stdout).toMatch(said);
    expect(stdout).not.toContain("HEALTHY");
    expect(exitCode).toBe(0);
  });

  it("says so in the other formats", async () => {
    const only = ["--only", "imports-work"];
    expect((await run(...only, "-o", "github")).stdout).toMatch(/✓ IN PART: 1 check of/);
    expect((await run(...only, "-o", "markdown")).stdout).toMatch(/^### ✓ IN PART: 1 check of/);
    expect(JSON.parse((await run(...only, "-o", "json")).stdout)).toMatchObject({
      verdict: "healthy",
      checksInAll: 28,
    });
  });
});

describe("a password in the wrong place is repeated nowhere", () => {
  const url = "postgresql://app:CANpw@1@db.example.com/x";
  it.each<[readonly string[], Record<string, string>?]>([
    [["doctor", "--stack", "x", "--only", url]],
    [["doctor", "--bundle", url]],
    [["inspect", url]],
    [["logs", "triage", url]],
    [["logs", "tail", "--log-group", "x", "--grep", "password=CANpw("]],
    [["explain", url]],
    [["db", "check", "--stack", "x", "--endpoint-url", "http://u:CANpw@127.0.0.1:1"]],
    [["doctor", "--stack", "x", "--endpoint-url=http://u:CANpw@127.0.0.1:1"]],
    [["doctor", "--stack", "x"], { AWS_ENDPOINT_URL: "http://u:CANpw@127.0.0.1:1" }],
    [["doctor", url.replaceAll("/x", "/\u001b[31m")]],
  ])("%j", async (args, more = {}) => {
    const env = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y", AWS_REGION: "eu-west-1", ...more };
    const { stdout, stderr, exitCode } = await cscp(args, env);
    expect(exitCode).toBe(2);
    expect(stderr).not.toBe("");
    expect(stdout + stderr).not.toMatch(/CANpw/);
  });
});

describe("bad calls end with one clear sentence, exit code 2 and no stack trace", () => {
  const file = (name: string, text: string | Buffer): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  it.each([
    ["no stack", ["doctor"], /No stack is named\./],
    ["an unknown command", ["doktor"], /unknown command 'doktor'[\s\S]*doctor/],
    ["an unknown flag", ["doctor", "--stak", "x"], /unknown option '--stak'[\s\S]*--stack/],
    [
      "an unknown check",
      ["doctor", "--only", "import-work", "--stack", "x"],
      /There is no check import-work\.[\s\S]*imports-work/,
    ],
    ["an unknown check to ignore", ["doctor", "--ignore", "nope", "--stack", "x"], /There is no check nope\./],
    [
      "an unknown format",
      ["doctor", "--stack", "x", "-o", "yaml"],
      /There is no output format yaml\.[\s\S]*one of text/,
    ],
    ["a misspelt format", ["doctor", "--stack", "x", "-o", "junt"], /did you mean junit\?/],
    ["two formats on standard output", ["doctor", "--stack", "x", "-o", "json", "-o", "text"], /Only one format/],
    ["an unknown incident", ["demo", "stale-laier"], /There is no recorded incident stale-laier\.[\s\S]*stale-layer/],
    ["an unknown id to explain", ["explain", "module-mising"], /There is no check or cause[\s\S]*module-missing/],
    ["a duration of nothing", ["doctor", "--stack", "x", "--timeout", "0s"], /A duration is more than nothing/],
    ["a bad duration", ["doctor", "--stack", "x", "--since", "soon"], /A duration is a number/],
    ["a missing recording", ["doctor", "--bundle", path.join(folder, "none.tgz")], /is not there/],
    [
      "a recording that is no archive",
      ["doctor", "--bundle", file("text.tgz", "not an archive")],
      /not a gzipped archive/,
    ],
    [
      "a recording cut short",
      ["doctor", "--bundle", file("cut.tgz", Buffer.from("1f8b0800000000000003edd1", "hex"))],
      /cut off or damaged/,
    ],
    ["a project that is none", ["doctor", "--stack", "x", "--project", folder], /is no project folder/],
    ["a recording and a stack", ["doctor", "--bundle", "x.tgz", "--stack", "x"], /--stack and --bundle do not go/],
    ["a recording and a region", ["doctor", "--bundle", "x.tgz", "--region", "eu-west-1"], /--region and --bundle do/],
    ["a recording and an API", ["doctor", "--bundle", "x", "--api-url", "https://a.example"], /--api-url and --bun/],
    ["a recording and a time", ["doctor", "--bundle", "x.tgz", "--since", "2h"], /--since and --bundle do not go/],
    ["an API that is no URL", ["doctor", "--stack", "x", "--api-url", "nonsense"], /--api-url is no URL/],
    ["an API of another protocol", ["doctor", "--stack", "x", "--api-url", "ftp://x/y"], /--api-url is no URL/],
    [
      "an API without a host",
      ["capture", "--stack", "x", "--output-file", "y", "--api-url", "https://"],
      /--api-url is/,
    ],
    [
      "an endpoint that is no URL",
      ["doctor", "--stack", "x", "--endpoint-url", "nonsense"],
      /--endpoint-url is no URL/,
    ],
    ["a broken configuration", ["doctor", "--stack", "x", "--config", file("broken.json", "{")], /no valid JSON/],
    [
      "a misspelt configuration",
      ["doctor", "--stack", "x", "--config", file("odd.json", '{"tabels": []}')],
      /no valid configuration[\s\S]*tabels/,
    ],
    ["no region", ["doctor", "--stack", "x"], /No AWS region is set/],
    ["no credentials", ["doctor", "--stack", "x", "--region", "eu-west-1"], /No AWS credentials were found/],
  ])("%s", async (_name, args, message) => {
    const none = path.join(folder, "no-such-file");
    const env = { AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none, AWS_EC2_METADATA_DISABLED: "true" };
    const { exitCode, stdout, stderr } = await cscp(args, env, folder);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("URLs of the environment", () => {
  it.each([
    ["CSCP_API_URL", "nonsense"],
    ["AWS_ENDPOINT_URL", "localhost:4566"],
    ["AWS_ENDPOINT_URL_LAMBDA", "ftp://x/y"],
  ])("%s has to be one of http or https", async (name, text) => {
    const { exitCode, stderr } = await cscp(["doctor", "--stack", "x"], { [name]: text }, folder);
    expect([exitCode, stderr]).toEqual([
      2,
      `cscp: ${name} is no URL that begins with http:// or https:// and names a host.\n`,
    ]);
  });

  it("are not looked at where they go unused", async () => {
    const ignored = { AWS_ENDPOINT_URL: "nonsense", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", CSCP_API_URL: "" };
    const { stderr } = await cscp(["doctor", "--stack", "x"], ignored, folder);
    expect(stderr).toContain("No AWS region is set");
  });
});

describe("a recording", () => {
  const bundle = path.join(projectRoot(), "fixtures/incidents/healthy");
  it("names the flags that change nothing in it", async () => {
    const given = ["doctor", "--bundle", bundle, "--no-smoke", "--config-env", "prod"];
    const { exitCode, stdout, stderr } = await cscp(given, {}, folder);
    expect(stderr).toContain(
      "cscp: --no-smoke, --config-env are for a run against AWS and change nothing in a recording\n",
    );
    expect(stdout).toContain(", database reachable, ");
    expect(exitCode).toBe(0);
    expect((await cscp(["doctor", "--bundle", bundle], {}, folder)).stderr).not.toContain("recording");
  });
});

describe("the command line", () => {
  it("tells no default that is an empty list, and durations as they are written", async () => {
    const { stdout } = await cscp(["doctor", "--help"]);
    expect(stdout).not.toMatch(/default:\s+(?:none|\[\])/);
    expect(stdout).toMatch(/--timeout [^-]*\(default:\s+3m\)/);
  });

  it.each([
    ["help doctr", "cscp: There is no command doctr.\n  → did you mean doctor?\n"],
    ["help logs tial", "cscp: There is no command logs tial.\n  → did you mean tail?\n"],
    ["help xyzzy", expect.stringMatching(/^cscp: There is no command xyzzy\.\n {2}→ one of doctor, smoke, /)],
  ])("does not give general help for a command that is not there: %s", async (args, stderr) => {
    expect(await cscp(args.split(" "))).toMatchObject({ exitCode: 2, stdout: "", stderr });
  });

  it("has examples of its own in the help of every command", async () => {
    const { stdout: help } = await cscp(["--help"]);
    const commands = [...help.matchAll(/^ {2}([a-z-]+) .*$/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(8);
    expect(help).toMatch(/Examples:\n {2}\$ cscp /);
    for (const command of commands.filter((name) => name !== "help")) {
      const { exitCode, stdout } = await cscp([command, "--help"]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples:\\n(?: {2}\\$ .*\\n)*? {2}\\$ .*cscp ${command}\\b`));
    }
  });

  it("lists and explains every check and cause", async () => {
    const listed = await cscp(["checks", "-o", "json"]);
    const { checks, causes } = JSON.parse(listed.stdout) as { checks: { id: string }[]; causes: { id: string }[] };
    expect(checks.length).toBeGreaterThanOrEqual(20);
    expect(causes.length).toBeGreaterThanOrEqual(60);
    const explained = await cscp(["explain", "driver-api-mismatch"]);
    expect(explained.exitCode).toBe(0);
    expect(explained.stdout).toContain("driver-api-mismatch");
  });
});

describe("-o FORMAT=FILE", () => {
  const bare: readonly (readonly [string, readonly string[]])[] = [
    ["checks", []],
    ["explain", ["module-missing"]],
    ["inspect", [path.join(folder, "code"), "--runtime", "python3.12"]],
    ["iam-policy", []],
    ["db check", ["postgresql://app@db.example.com/c?sslmode=require", "--no-connect"]],
  ];

  beforeAll(() => {
    mkdirSync(path.join(folder, "code"));
    writeFileSync(path.join(folder, "code", "app.py"), "import json\n");
  });

  it.each(bare)("writes the file and prints nothing: %s", async (command, args) => {
    const file = path.join(folder, `${command.replace(" ", "-")}.json`);
    const call = [...command.split(" "), ...args];
    const printed = await cscp([...call, "-o", "json"], {});
    const { stdout, exitCode } = await cscp([...call, "-o", `json=${file}`], {});
    expect([stdout, exitCode]).toEqual(["", printed.exitCode]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(printed.stdout));
    const unnamed = await cscp([...call, "-o", "json="], {});
    expect([unnamed.exitCode, unnamed.stdout, unnamed.stderr]).toEqual([2, "", expect.stringMatching(/names no file/)]);
  });

  it("is offered where it is taken", async () => {
    for (const [command] of bare)
      expect((await cscp([...command.split(" "), "--help"], {})).stdout).toContain("FORMAT=FILE");
    expect((await cscp(["logs", "tail", "--help"], {})).stdout).not.toContain("FORMAT=FILE");
  });
});

describe("its parts", () => {
  it.each([
    ["90", 90],
    ["90s", 90],
    ["15m", 900],
    ["1.5h", 5400],
    ["2d", 172_800],
  ])("reads the duration %s", (text, seconds) => expect(duration(text)).toBe(seconds));

  it.each(["", "0", "-1m", "5x", "m"])("refuses the duration %j", (text) =>
    expect(() => duration(text)).toThrow(/duration/),
  );

  it.each([
    ["arn:aws:sts::111122223333:assumed-role/ci-deploy/session", "ci-deploy"],
    ["arn:aws:iam::111122223333:user/team/ada", "ada"],
    ["arn:aws:iam::111122223333:root", "root"],
  ])("names the caller of %s", (arn, name) => expect(callerName(arn)).toBe(name));

  it("suggests what is near and nothing else", () => {
    expect(didYouMean("import-work", ["imports-work", "known-errors"])).toContain("imports-work");
    expect(didYouMean("xyz", ["imports-work", "known-errors"])).toBeUndefined();
    expect(didYouMean("NOPE", ["HOME", "PATH", "DATABASE_URL"])).toBeUndefined();
    expect(didYouMean("lgos", ["logs", "db"])).toContain("logs");
    expect(didYouMean("X", ["_", "HOME", "DB"])).toBeUndefined();
    expect(didYouMean("XY", ["_", "X"])).toBeUndefined();
    expect(didYouMean("database_url", ["DATABASE_URL"])).toContain("DATABASE_URL");
  });

  it.each([
    [{}, true, undefined, true],
    [{}, false, undefined, false],
    [{ NO_COLOR: "1" }, true, undefined, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, undefined, false],
    [{ FORCE_COLOR: "1" }, false, undefined, true],
    [{ FORCE_COLOR: "0" }, true, undefined, false],
    [{ FORCE_COLOR: "1" }, true, false, false],
    [{ TERM: "dumb" }, true, undefined, false],
  ])("colours by %j, terminal %s, flag %s: %s", (env, isTerminal, flag, wanted) => {
    expect(wantsColour({ env }, isTerminal, flag)).toBe(wanted);
  });
});
