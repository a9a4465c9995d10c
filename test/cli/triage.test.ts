import { execa } from "execa";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { moment } from "../../src/cli/flags.ts";
import type { TriageReport } from "../../src/core/triage.ts";
import { cscp, leaksIn, projectRoot, type CliResult } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-triage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content);
  return name;
};

const triage = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  cscp(["logs", "triage", ...args], env, folder);

async function piped(input: string | Uint8Array, args: readonly string[]): Promise<CliResult> {
  const call = [path.join(projectRoot(), "bin", "cscp.js"), "logs", "triage", "-", ...args];
  const result = await execa(process.execPath, call, { input, cwd: folder, reject: false, stripFinalNewline: false });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

const reportOf = ({ stdout }: CliResult): TriageReport => JSON.parse(stdout) as TriageReport;

const at = (minute: number): string => `2026-04-07T08:${String(minute).padStart(2, "0")}:00.000Z`;
const importError = (minute: number, module = "pg8000"): string =>
  `${at(minute)} [ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named '${module}'\nTraceback (most recent call last):\n`;
const clients = (minute: number): string =>
  `${at(minute)} [ERROR] OperationalError: FATAL:  sorry, too many clients already\nTraceback (most recent call last):\n`;
const unknown = (minute: number, key = "margin"): string => `${at(minute)} [ERROR] KeyError: '${key}'\n`;
const quiet = (minute: number): string => `${at(minute)} answered in ${minute} ms\n`;

const mixed = [quiet(1), importError(2), importError(3), importError(9), clients(5), unknown(6), quiet(12)].join("");

describe("a log file", () => {
  it("is told by its causes, the most frequent first, then by what no cause explains", async () => {
    const { exitCode, stdout, stderr } = await triage([file("mixed.log", mixed)]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^✗ 2 causes and 1 unknown error in 5 failures, /);
    expect(stdout).toMatch(/ 3× {2}module-missing: pg8000 +[▁▂▃▄▅▆▇█]{10} {2}08:02:00–08:09:00\n/);
    expect(stdout).toMatch(/module-missing[\s\S]*too-many-connections[\s\S]*unknown[\s\S]*KeyError: 'margin'/);
    expect(stdout).toContain("mend  Vendor the module");
    expect(stdout).toContain("cscp explain module-missing");
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain("\u001b");
  });

  it("gives the same from a shell's pipe and redirection, however much comes", async () => {
    const large = file("large.log", mixed.repeat(8_000));
    const expected = reportOf(await triage([large, "-o", "json"]));
    expect(expected.failures).toBe(40_000);
    const shell = async (command: string): Promise<TriageReport> => {
      const program = [
        process.execPath,
        path.join(projectRoot(), "bin", "cscp.js"),
        "logs",
        "triage",
        "-",
        "-o",
        "json",
      ];
      const { stdout, exitCode } = await execa("bash", ["-c", command, ...program], { cwd: folder, reject: false });
      expect(exitCode).toBe(1);
      return JSON.parse(stdout) as TriageReport;
    };
    for (const command of [`cat ${large} | "$0" "$@"`, `(cat ${large}; sleep 0.2) | "$0" "$@"`, `"$0" "$@" < ${large}`])
      expect(await shell(command)).toEqual({ ...expected, logs: ["standard input"] });
  });

  it("says which failures it left out for their time", async () => {
    const asked = await triage([file("mixed.log", mixed), "--since", "1h"]);
    expect(asked.exitCode).toBe(0);
    expect(asked.stdout.replaceAll(/\s+/g, " ")).toContain(
      "5 failures were logged at another time than was asked for, and are left out: from 2026-04-07 08:02:00 to",
    );
    const part = await triage([
      "mixed.log",
      "--since",
      "2026-04-07T08:03",
      "--until",
      "2026-04-07T08:09",
      "-o",
      "json",
    ]);
    expect(reportOf(part)).toMatchObject({ failures: 4, notes: [expect.stringMatching(/^One failure was logged/)] });
  });

  it("says what it has when it is interrupted while a pipe is silent", async () => {
    const call = [path.join(projectRoot(), "bin", "cscp.js"), "logs", "triage", "-"];
    const run = execa(process.execPath, call, {
      stdin: "pipe",
      cwd: folder,
      reject: false,
      forceKillAfterDelay: false,
    });
    run.stdin.write(mixed);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    run.kill("SIGINT");
    const { exitCode, stdout } = await run;
    expect(exitCode).toBe(130);
    expect(stdout).toContain("module-missing");
    expect(stdout).toContain("interrupted");
  });

  it("gives the same from a pipe, gzipped, and in the encoding of PowerShell's redirection", async () => {
    const expected = reportOf(await triage([file("mixed.log", mixed), "-o", "json"]));
    expect(expected.failures).toBe(5);
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(mixed, "utf16le")]);
    const others = await Promise.all([
      piped(mixed, ["-o", "json"]),
      piped(gzipSync(mixed), ["-o", "json"]),
      piped(Buffer.from(mixed, "utf16le"), ["-o", "json"]),
      piped(`\ufeff${mixed}`, ["-o", "json"]),
      triage([file("mixed.log.gz", gzipSync(mixed)), "-o", "json"]),
      triage([file("wide.log", wide), "-o", "json"]),
    ]);
    for (const other of others) {
      expect(other.exitCode).toBe(1);
      expect({ ...reportOf(other), logs: expected.logs }).toEqual(expected);
    }
  });

  it("is counted together with others, which are told apart by their names", async () => {
    const names = [file("orders.log", importError(2) + clients(4)), file("billing.log", importError(3))];
    const { causes, first, last, logs } = reportOf(await triage([...names, "-o", "json"]));
    expect(logs).toEqual(names);
    expect([first, last]).toEqual([at(2), at(4)]);
    const missing = causes.find(({ cause }) => cause === "module-missing");
    expect(missing).toMatchObject({ count: 2, about: "pg8000" });
    expect(missing?.sources.map(({ name }) => name).toSorted()).toEqual(["billing.log", "orders.log"]);
    expect(missing?.histogram.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it("tells modules apart, and folds wordings of one cause", async () => {
    const log = importError(1) + importError(2, "stripe") + importError(3, "stripe") + unknown(4) + unknown(5, "owner");
    const report = reportOf(await triage([file("two.log", log), "-o", "json"]));
    expect(report.causes.map(({ about, count }) => [about, count])).toEqual([
      ["stripe", 2],
      ["pg8000", 1],
    ]);
    expect(report.unknown.map(({ count }) => count)).toEqual([1, 1]);
  });

  it("is read within the time that is asked for", async () => {
    const name = file("mixed.log", mixed);
    const within = reportOf(await triage([name, "--since", at(3), "--until", at(6), "-o", "json"]));
    expect(within.failures).toBe(3);
    expect(within).toMatchObject({ from: at(3), to: at(6), first: at(3), last: at(6) });
    expect((await triage([name, "--since", at(6), "--until", at(3)])).exitCode).toBe(2);
  });
});

describe("what comes from a log", () => {
  const canaries = ["Kq7-canary-hunter", "AKIAQWERTYUIOPASDFGH", "canaryBearer0123456789abcdef"];
  const leaky = [
    `${at(1)} [ERROR] OperationalError: connection to postgresql://app:${canaries[0]}@db.internal/x failed: FATAL:  password authentication failed for user "app"\n`,
    `${at(2)} [ERROR] RuntimeError: request failed Authorization: Bearer ${canaries[2]}\n`,
    `${at(3)} [ERROR] ValueError: bad key ${canaries[1]} ${"x".repeat(240)} postgresql://app:${canaries[0]}@db.internal/x\n`,
    `${at(3)} [ERROR] ConnectionError: refused {"db":{"password":"x\\\\\\"${canaries[0]}\\\\"}}\n`,
    // The tally cuts an example off within the password.
    `${at(4)} [ERROR] TypeError: too long\n${`  ${"y".repeat(98)}\n`.repeat(80)}  ${"z".repeat(40)} postgresql://app:${canaries[0]}@db.internal/x\n`,
  ].join("");

  it.each(["text", "json", "ndjson", "markdown"])("shows no secret as %s", async (format) => {
    const { stdout, exitCode } = await triage([file("leaky.log", leaky), "-o", format, "-v"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("auth-failed");
    expect(stdout).toContain("(secret)");
    expect(leaksIn(stdout, canaries)).toEqual([]);
    expect(stdout).not.toContain("Kq7-can");
  });

  it.each(["text", "json", "ndjson", "markdown"])("acts on no terminal as %s", async (format) => {
    const escape = "\u001b]0;owned\u0007\u001b[2J\u202e";
    const log = `${at(1)} [ERROR] KeyError: 'a${escape}b'\n${at(2)} [ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'x${escape}'\n`;
    const { stdout } = await triage([file(`odd${escape.slice(-1)}.log`, log), "-o", format, "-v"]);
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202e]/);
    expect(stdout).toMatch(format.includes("json") ? /\\u001b\]0;owned/ : /\\x1b\\?\]0;owned/);
  });
});

describe("the formats", () => {
  it("has one object a line as ndjson, the summary at the end", async () => {
    const { stdout } = await triage([file("mixed.log", mixed), "-o", "ndjson"]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; count?: number });
    expect(lines.map(({ kind }) => kind)).toEqual(["cause", "cause", "unknown", "summary"]);
    expect(lines.at(-1)).toMatchObject({ failures: 5, causes: 2, unknown: 1, exitCode: 1 });
  });

  it("is a table and a block for each cause as Markdown", async () => {
    const { stdout } = await triage([file("mixed.log", mixed), "-o", "markdown"]);
    expect(stdout).toMatch(/^## 2 causes and 1 unknown error/);
    expect(stdout).toMatch(/^\| 3 \| `module-missing: pg8000` \|/m);
    expect(stdout).toContain("### module-missing: pg8000");
    expect(stdout).toMatch(/```text\n[^`]*No module named 'pg8000'/);
  });

  it("goes to files as well", async () => {
    const { stdout, exitCode } = await triage([file("mixed.log", mixed), "-o", "json=out.json", "-o", "text"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^✗ /);
    expect(JSON.parse(readFileSync(path.join(folder, "out.json"), "utf8"))).toMatchObject({ version: 1, failures: 5 });
  });
});

describe("logs without a verdict", () => {
  it("is 0 for a log without failures, and for one with unknown errors only", async () => {
    const calm = await triage([file("calm.log", quiet(1) + quiet(2))]);
    expect([calm.exitCode, calm.stdout.startsWith("✓ No failures in ")]).toEqual([0, true]);
    const odd = await triage([file("odd.log", unknown(1))]);
    expect([odd.exitCode, odd.stdout.startsWith("! 1 unknown error in 1 failure")]).toEqual([0, true]);
  });

  it("says that an empty log is empty", async () => {
    for (const result of [await triage([file("empty.log", "")]), await piped("", [])]) {
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toContain("the log is empty");
    }
  });

  it("is 3 for what is no text or damaged, and 1 where something was found all the same", async () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 256);
    const binary = await triage([file("blob.bin", bytes)]);
    expect(binary.exitCode).toBe(3);
    expect(binary.stdout).toMatch(/^\? [\s\S]*blob\.bin was not read whole: It is no text/);
    const packed = gzipSync(Buffer.from(Array.from({ length: 40_000 }, (_, minute) => quiet(minute)).join("")));
    const cut = await triage([file("cut.gz", packed.subarray(0, packed.length / 2))]);
    expect(cut.exitCode).toBe(3);
    expect(cut.stdout).toContain("cut off or damaged");
    expect((await triage(["blob.bin", file("mixed.log", mixed)])).exitCode).toBe(1);
  });

  it.each([
    ["a missing file", ["none.log"], /none\.log is not there/],
    ["a folder", ["sub"], /sub is a folder/],
    ["an unknown format", ["calm.log", "-o", "yaml"], /no output format yaml[\s\S]*ndjson/],
    ["two formats on standard output", ["calm.log", "-o", "json", "-o", "text"], /Only one format/],
    ["files and a stack", ["calm.log", "--stack", "x"], /not read together/],
    ["no log", [], /No log is named\.[\s\S]*standard input/],
    ["a time to come", ["calm.log", "--since", "2130-01-01"], /--since lies in the future/],
    ["a time that is none", ["calm.log", "--since", "yesterday"], /A duration is a number/],
    ["no region", ["--log-group", "/aws/lambda/x"], /No AWS region is set/],
    ["no credentials", ["--function", "x", "--region", "eu-west-1"], /No AWS credentials were found/],
  ])("refuses %s with one clear sentence", async (_name, args, message) => {
    file("calm.log", quiet(1));
    mkdirSync(path.join(folder, "sub"), { recursive: true });
    const none = path.join(folder, "no-such-file");
    const env = { AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none, AWS_EC2_METADATA_DISABLED: "true" };
    const { exitCode, stdout, stderr } = await triage(args, env);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("points in time", () => {
  it.each([
    ["15m", 900],
    ["2026-11-23", new Date("2026-11-23T00:00:00Z")],
    ["2026-11-23T10:00", new Date("2026-11-23T10:00:00Z")],
    ["2026-11-23 10:00:30+08:00", new Date("2026-11-23T02:00:30Z")],
  ])("reads %s", (text, expected) => expect(moment(text)).toEqual(expected));

  it.each(["soon", "2026-13-40", "10:00"])("refuses %s", (text) => expect(() => moment(text)).toThrow());
});
