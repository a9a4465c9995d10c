import { execa } from "execa";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shells, type Shell } from "../../src/cli/shells.ts";
import { causeIds } from "../../src/core/cause-ids.gen.ts";
import { checkIds } from "../../src/core/check-ids.gen.ts";
import { cscp } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scripts = new Map<Shell, string>();
const file = (shell: Shell): string => path.join(folder, `cscp.${shell}`);
beforeAll(async () => {
  mkdirSync(path.join(folder, "infra"));
  writeFileSync(path.join(folder, "incident.tgz"), "");
  for (const shell of shells) {
    const { exitCode, stdout } = await cscp(["completion", shell]);
    expect(exitCode).toBe(0);
    scripts.set(shell, stdout);
    writeFileSync(file(shell), stdout);
  }
});

const installed = new Map(
  await Promise.all(
    shells.map(async (shell): Promise<[Shell, boolean]> => {
      const { exitCode } = await execa(shell, ["-c", "exit 0"], { reject: false });
      return [shell, exitCode === 0];
    }),
  ),
);

/** What a shell that has read the script offers for a line, of which the last word is the one being typed. */
const offers: Readonly<Record<Shell, (words: readonly string[]) => Promise<readonly string[]>>> = {
  bash: async (words) => {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cscp; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await execa("bash", ["--norc", "-c", script, "bash", file("bash"), ...words], { cwd: folder });
    return stdout.split("\n");
  },
  fish: async (words) => {
    const script = "source $argv[1]; complete -C $argv[2]";
    const env = { HOME: folder };
    const { stdout } = await execa("fish", ["--no-config", "-c", script, file("fish"), words.join(" ")], {
      cwd: folder,
      env,
    });
    return stdout.split("\n").map((line) => line.split("\t", 1)[0] ?? "");
  },
  zsh: async (words) => {
    // A terminal of its own, in which the line is typed, and Tab lists what is possible without changing it.
    const lines = [
      'autoload -U compinit; compinit -u -D; zstyle ":completion:*" verbose no; bindkey "^I" list-choices',
      `source ${file("zsh")}; echo RE''ADY`,
      `${words.join(" ")}\t`,
      "exit",
    ];
    const { stdout } = await execa("script", ["-qec", "zsh -f -i", "/dev/null"], {
      cwd: folder,
      env: { TERM: "dumb", COLUMNS: "300" },
      input: `${lines.join("\n")}\n`,
      reject: false,
    });
    return stdout.slice(stdout.indexOf("READY")).split(/\s+/);
  },
};

const cases: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ["commands", ["cscp", ""], ["doctor", "iam-policy", "completion"], ["imports-work"]],
  ["a command's beginning", ["cscp", "do"], ["doctor"], ["demo"]],
  ["flags", ["cscp", "doctor", "--ba"], ["--baseline"], ["--bundle"]],
  ["a flag's choices", ["cscp", "doctor", "--fail-on", ""], ["note", "warning", "error"], ["capture"]],
  ["formats", ["cscp", "checks", "-o", ""], ["text", "json"], ["junit"]],
  ["the formats of another command", ["cscp", "iam-policy", "-o", ""], ["json", "terraform"], ["junit"]],
  ["purposes", ["cscp", "iam-policy", "--for", "s"], ["smoke"], ["doctor"]],
  ["ids of checks and causes", ["cscp", "explain", "database-url-e"], ["database-url-empty"], ["database-url-present"]],
  ["ids of checks alone", ["cscp", "doctor", "--ignore", "known"], ["known-errors"], []],
  ["recorded incidents", ["cscp", "demo", "stale-layer-"], ["stale-layer-and-hmac"], []],
  ["shells", ["cscp", "completion", "f"], ["fish"], ["bash"]],
  ["files", ["cscp", "doctor", "--bundle", "inc"], ["incident.tgz"], []],
  ["files as arguments", ["cscp", "inspect", "inc"], ["incident.tgz"], []],
  ["the commands of a group", ["cscp", "logs", "tr"], ["triage"], ["--since"]],
  ["nothing but the commands of a group behind its name", ["cscp", "logs", ""], ["tail", "triage"], ["incident.tgz"]],
  ["files behind a command of a group", ["cscp", "logs", "triage", "inc"], ["incident.tgz"], []],
  ["flags of a command in a group", ["cscp", "logs", "triage", "--log-"], ["--log-group"], ["--bundle"]],
];

describe.each(shells)("in %s", (shell) => {
  it.runIf(installed.get(shell)).each(cases)("completes %s", async (_name, words, wanted, unwanted) => {
    const offered = await offers[shell](words);
    for (const word of wanted) expect(offered).toContain(word);
    for (const word of unwanted) expect(offered).not.toContain(word);
  });

  it("knows every command and flag that help tells of", async () => {
    const script = scripts.get(shell) ?? "";
    const { stdout: help } = await cscp(["--help"]);
    const commands = [...help.matchAll(/^ {2}([a-z-]+) .*$/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) {
      expect(script).toContain(command);
      const { stdout } = await cscp([command, "--help"]);
      const [, inner = ""] = stdout.split(/^Commands:$/m);
      const calls = [[command], ...[...inner.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name = ""]) => [command, name])];
      for (const call of calls.filter((one) => one.at(-1) !== "help")) {
        const { stdout: told } = await cscp([...call, "--help"]);
        const flags = [...told.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, flag = ""]) => flag);
        expect(flags).toContain("help");
        for (const flag of flags) expect(script).toMatch(new RegExp(`(?:--|-l )${flag}\\b`));
      }
    }
    for (const id of [...checkIds, ...causeIds]) expect(script).toContain(id);
  });
});

describe("in bash, besides", () => {
  it.each([
    [["cscp", "doctor", "--fail-on", "=", "e"], ["error"]],
    [
      ["cscp", "doctor", "--fail-on", "="],
      ["note", "warning", "error"],
    ],
    [["cscp", "doctor", "--only", "imports-work,known"], ["imports-work,known-errors"]],
    [["cscp", "doctor", "--project", "inf"], ["infra"]],
    [["cscp", "doctor", "--stack", ""], [""]],
    [["cscp", "help", "cap"], ["capture"]],
  ])("%j offers %j", async (words, wanted) => {
    expect(await offers.bash(words)).toEqual(wanted);
  });

  it("refuses a shell that it does not know", async () => {
    const { exitCode, stderr } = await cscp(["completion", "csh"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Allowed choices are bash, zsh, fish");
  });
});
