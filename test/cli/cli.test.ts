import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { duration } from "../../src/cli/flags.ts";
import { didYouMean } from "../../src/cli/did-you-mean.ts";
import { callerName } from "../../src/cli/caller-name.ts";
import { wantsColour } from "../../src/cli/surroundings.ts";
import { cscp } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

describe("the command line", () => {
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
