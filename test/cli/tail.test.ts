import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { cscp, leaksIn, projectRoot, type CliResult } from "../lab/cli.ts";
import { credentials } from "../source/fake-aws.ts";
import { fakeLogs, type FakeEvent, type FakeLogsScenario } from "../support/fake-logs.ts";

const env = { ...credentials, AWS_REGION: "eu-west-1" };
const missing =
  "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'\rTraceback (most recent call last):\r";

const before = (messages: readonly string[], stream = "2026/11/29/[$LATEST]a"): readonly FakeEvent[] =>
  messages.map((message, id) => ({ group: "g", stream, at: id * 100 - 60_000, visibleAt: id * 100 - 60_000, message }));

/** Runs a tail against a scenario; with `end` it is interrupted as soon as the output holds it. */
async function tail(
  scenario: Partial<FakeLogsScenario>,
  args: readonly string[],
  end?: RegExp,
): Promise<CliResult & { readonly calls: readonly string[] }> {
  const fake = await fakeLogs({ groups: { g: {} }, events: [], ...scenario });
  const command = ["logs", "tail", "--log-group", "g", "--endpoint-url", fake.endpoint, ...args];
  try {
    const result = end === undefined ? await cscp(command, env) : await interrupted(command, end);
    return { ...result, calls: fake.calls.map(({ operation }) => operation) };
  } finally {
    await fake.close();
  }
}

function interrupted(command: readonly string[], end: RegExp): Promise<CliResult> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [path.join(projectRoot(), "bin", "cscp.js"), ...command], {
    env: { PATH, HOME, ...env },
  });
  const text = { stdout: "", stderr: "" };
  let told = false;
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      text[name] += chunk.toString("utf8");
      if (told || !end.test(text.stdout + text.stderr)) return;
      told = true;
      child.kill("SIGINT");
    });
  return new Promise((resolve) => child.once("close", (code) => resolve({ exitCode: code ?? -1, ...text })));
}

const records = (stdout: string): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("cscp logs tail", () => {
  it("shows what is there and ends: service lines in short, failures with their cause the first time", async () => {
    const id = "7c1e0a2b-1111-4222-8333-000000000001";
    const { exitCode, stdout, stderr } = await tail(
      {
        events: before([
          `START RequestId: ${id} Version: $LATEST`,
          `[INFO]\t2026-11-29T10:00:00.000Z\t${id}\tgot it`,
          missing,
          `END RequestId: ${id}`,
          `REPORT RequestId: ${id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 127 MB\tInit Duration: 812.00 ms\t`,
          missing,
          missing,
        ]),
      },
      ["--no-follow"],
    );
    expect(exitCode).toBe(0);
    const lines = stdout.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} g {5}/, "> "));
    expect(lines).toEqual([
      "> got it",
      "> ✗ Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'",
      expect.stringMatching(/^ {19}└ module-missing: pg8000\. /),
      expect.stringMatching(/^ {21}mend: Vendor the module/),
      expect.stringContaining("publish it"),
      expect.stringMatching(/^ {21}more: cscp explain module-missing$/),
      "> ! done in 12 ms · 127 of 128 MB · cold start 812 ms",
      "> ✗ 2× again: Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'  (module-missing: pg8000, 3×)",
      "",
    ]);
    expect(stderr).toMatch(
      /^cscp: g in eu-west-1, from .* to .* UTC\ncscp: printed 3 · told as repeats 2 · left out 2 of START, END and their like · recovered by sweep 0 · late 0 · verified up to \S+ UTC .* · throttled 0 s · \d calls?\n$/,
    );
  });

  it("follows until Ctrl-C, says what it costs, and ends with the ledger and 0", async () => {
    const events = [...before(["first"]), { group: "g", stream: "s", at: 2_500, visibleAt: 2_500, message: "then" }];
    const { exitCode, stderr, calls } = await tail({ events }, [], /then/);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Live Tail in 1 of the account's 15 sessions, about \$0\.01 a minute .*--poll avoids it/);
    expect(stderr).toMatch(/printed 2 · .*calls\n$/);
    expect(calls).toContain("StartLiveTail");
  });

  it("gives typed records, the ledger last", async () => {
    const events = [
      ...before([missing, "plain"]),
      { group: "g", stream: "s", at: 2_500, visibleAt: 2_500, message: "then" },
    ];
    const { stdout, exitCode } = await tail({ events }, ["--poll", "-o", "ndjson"], /"then"/);
    expect(exitCode).toBe(0);
    const all = records(stdout);
    expect(all.map(({ type }) => type)).toEqual(["start", "event", "event", "event", "ledger"]);
    expect(all[1]).toMatchObject({
      cause: "module-missing",
      about: "pg8000",
      message: missing,
      group: "g",
      kind: "error",
      by: "sweep",
    });
    expect(all.at(-1)).toMatchObject({
      printed: 3,
      recovered: 0,
      calls: { "logs:FilterLogEvents": expect.any(Number) },
      groups: [{ group: "g", state: "followed", printed: 3 }],
    });
  });

  it("lets through what is asked for", async () => {
    const id = "7c1e0a2b-1111-4222-8333-000000000001";
    const events = before([
      "starting",
      `START RequestId: ${id} Version: 1`,
      "one",
      missing,
      `REPORT RequestId: ${id}\tDuration: 1.00 ms\t`,
      "other",
    ]);
    const raw = async (...args: readonly string[]) =>
      (await tail({ events }, ["--no-follow", "-o", "raw", ...args])).stdout;
    expect(await raw("--grep", "o", "--grep-not", "^one$", "--grep-not", "RequestId|pg8000")).toBe("other\n");
    expect(await raw("--errors")).toBe(`${missing}\n`);
    expect((await raw("--request", id)).split("\n")).toHaveLength(6);
    const unseen = await tail({ events }, ["--no-follow", "--request", "ffffffff"]);
    expect([unseen.exitCode, unseen.stdout]).toEqual([0, ""]);
    expect(unseen.stderr).toMatch(/cscp: no event since \S+ UTC is of or names ffffffff; --since looks further back/);
    expect(await raw("--filter", "other")).toBe("other\n");
    const blocks = await tail({ events }, ["--no-follow", "--group-by-request"]);
    expect(blocks.stdout).toMatch(new RegExp(`^\\S+ g +request ${id}\n\\S+ g +starting\n`));
    expect(blocks.stdout).toMatch(/outside of a request\n\S+ g +other\n$/);
  });

  it("heads a request by its end, though the line that tells of it is left out", async () => {
    const id = (number: number): string => `7c1e0a2b-1111-4222-8333-00000000000${number}`;
    const request = (number: number, end: string): readonly string[] => [
      `START RequestId: ${id(number)} Version: 1`,
      "boom",
      "other",
      `REPORT RequestId: ${id(number)}\tDuration: 7.50 ms\tBilled Duration: 8 ms\t${end}`,
    ];
    const events = before([...request(1, ""), ...request(2, "Status: timeout\t"), ...request(3, "").slice(0, 3)]);
    const heads = (stdout: string) =>
      [...stdout.matchAll(/request \S+0(\d)( \(.*\))?$/gm)].map((m) => m[1] + (m[2] ?? ""));
    const grep = ["--no-follow", "--group-by-request", "--grep", "boom"];
    const course = await tail({ events }, grep);
    expect(heads(course.stdout)).toEqual(["1 (ended after 7.5 ms)", "2 (timed out after 7.5 ms)", "3 (no end seen)"]);
    expect(course.stdout.match(/boom/g)).toHaveLength(3);
    expect(course.stdout).not.toContain("other");
    expect(heads((await tail({ events }, grep.slice(0, 2))).stdout)).toEqual(["1", "2", "3 (no end seen)"]);
    // A request that is tried again has its id again.
    expect(
      heads((await tail({ events: before([...request(1, ""), ...request(1, "").slice(0, 2)]) }, grep)).stdout),
    ).toEqual(["1 (no end seen)"]);
  });

  it("shows no secret, and nothing that acts on a terminal", async () => {
    const events = before([
      "connecting to postgresql://app:Kq7-canary-hunter@db/x",
      "\u001b]0;owned\u0007\u001b[2J\u202ehello",
    ]);
    for (const format of ["text", "ndjson", "raw"]) {
      const { stdout } = await tail({ events }, ["--no-follow", "-o", format]);
      expect(leaksIn(stdout, ["Kq7-canary-hunter"])).toEqual([]);
      // What is written raw to a pipe stays what it was.
      if (format !== "raw") expect(stdout).not.toMatch(/[\u001b\u202e]/);
    }
  });

  it("shows no line of a private key, though the one that begins it is left out", async () => {
    // A full line of a key is known by itself, its last one is not.
    const part = "x8Kq7JvR2mTzP0dWnYb4LhCe";
    const events = before(["-----BEGIN PRIVATE KEY-----\n", `${part}\n`, "-----END PRIVATE KEY-----\n", "after"]);
    for (const selection of [[], ["--grep-not", "BEGIN"], ["--grep", "x8Kq|after"]]) {
      const { stdout } = await tail({ events }, ["--no-follow", "-o", "raw", ...selection]);
      expect(stdout).toContain("after");
      expect(leaksIn(stdout, [part])).toEqual([]);
    }
  });

  it("ends quietly when its reader has read enough", async () => {
    const fake = await fakeLogs({
      groups: { g: {} },
      events: before(Array.from({ length: 5_000 }, (_, id) => `event ${id} ${"x".repeat(80)}`)),
    });
    const command = `"${process.execPath}" "${path.join(projectRoot(), "bin", "cscp.js")}" logs tail --log-group g -q --endpoint-url ${fake.endpoint} | head -1; echo "\${PIPESTATUS[0]}"`;
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn("bash", ["-c", command], { env: { PATH, HOME, ...env } });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => child.once("close", resolve));
    await fake.close();
    expect(text).toMatch(/^\S+ g +event 0 x+\n0\n$/);
  });

  it.skipIf(!existsSync("/dev/full"))("tells what it has read where standard output cannot be written", async () => {
    const fake = await fakeLogs({ groups: { g: {} }, events: before(["one", "two"]) });
    for (const format of ["text", "ndjson", "raw"]) {
      const command = `"${process.execPath}" "${path.join(projectRoot(), "bin", "cscp.js")}" logs tail --log-group g -o ${format} --endpoint-url ${fake.endpoint} 2>&1 > /dev/full; echo "code $?"`;
      const { PATH = "", HOME = "" } = process.env;
      const child = spawn("bash", ["-c", command], { env: { PATH, HOME, ...env } });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      await new Promise((resolve) => child.once("close", resolve));
      expect(text).toMatch(/\ncscp: printed 0 · .*nothing verified/);
      expect(text).toMatch(/\ncscp: Standard output could not be written, since the disk is full\.\ncode 2\n$/);
      expect(text).not.toMatch(/\n +at /);
    }
    await fake.close();
  });

  it.each<[string, Partial<FakeLogsScenario>, readonly string[], number, RegExp]>([
    [
      "a group that is denied",
      { denied: ["FilterLogEvents"] },
      [],
      3,
      /g cannot be read: .*logs:FilterLogEvents.*iam-policy --for tail/,
    ],
    [
      "a group that is denied, whatever is left out",
      { denied: ["FilterLogEvents"] },
      ["-q"],
      3,
      /^cscp: g cannot be read/,
    ],
    ["a group that does not exist", { groups: {} }, ["--no-follow"], 2, /The log group g does not exist/],
    [
      "a group that does not exist, by its ARN",
      { groups: {} },
      ["--no-follow", "--log-group", "arn:aws:logs:eu-west-1:111122223333:log-group:nope:*"],
      2,
      /g does not exist\n[^]*The log group (?:g|arn:aws:logs:eu-west-1:111122223333:log-group:nope) does not exist/,
    ],
    [
      "a group of another region",
      {},
      ["--log-group", "arn:aws:logs:us-west-2:111122223333:log-group:x"],
      2,
      /is in us-west-2, and the region here is eu-west-1/,
    ],
    ["a group without a name", {}, ["--log-group", ""], 2, /--log-group is empty/],
    ["a format that does not exist", {}, ["-o", "json"], 2, /no output format json/],
    ["a file", {}, ["-o", "ndjson=x"], 2, /standard output, in one format/],
    ["an expression that is none", {}, ["--grep", "("], 2, /Invalid regular expression/],
    ["times in the wrong order", {}, ["--since", "1h", "--until", "2h"], 2, /--since lies behind/],
    ["credentials that have expired", { expired: [{ from: 0, to: 60_000 }] }, [], 2, /have expired/],
  ])("ends for %s", async (_what, scenario, args, code, message) => {
    const { exitCode, stderr, stdout } = await tail(scenario, args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(code);
    expect(stdout).toBe("");
  });
});
