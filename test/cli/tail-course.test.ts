// What a tail does over time, as a process of its own: each takes as long as the program waits.
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../lab/cli.ts";
import { credentials, fakeAws, xmlError, xmlResult } from "../source/fake-aws.ts";
import { fakeLogs, type FakeEvent } from "../support/fake-logs.ts";

const account = "111122223333";

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  return spawn(process.execPath, [path.join(projectRoot(), "bin", "cscp.js"), "logs", "tail", ...args], {
    env: { PATH, HOME, ...credentials, AWS_REGION: "eu-west-1", ...env },
  });
}

/** What a process writes, as it does. */
function textOf(child: ChildProcess): { readonly out: () => string; readonly err: () => string } {
  const text = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => (text.out += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (text.err += chunk.toString("utf8")));
  return { out: () => text.out, err: () => text.err };
}

async function until(holds: () => boolean, mostMs: number): Promise<boolean> {
  for (const began = Date.now(); Date.now() - began < mostMs;) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return holds();
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

function resource(name: string): string {
  return `<member><LogicalResourceId>${name}</LogicalResourceId><PhysicalResourceId>shop-${name}</PhysicalResourceId>
    <ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>
    <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`;
}

function functionBody(name: string) {
  return {
    Configuration: {
      FunctionName: name,
      FunctionArn: `arn:aws:lambda:eu-west-1:${account}:function:${name}`,
      Version: "$LATEST",
      PackageType: "Image",
      Role: `arn:aws:iam::${account}:role/shop`,
      CodeSha256: "5b7c",
      LastModified: "2026-01-01T00:00:00.000+0000",
      State: "Active",
    },
    Code: { ImageUri: "x" },
  };
}

describe.concurrent("a tail", { timeout: 60_000 }, () => {
  it("says once why nothing comes where its calls are refused for their rate, without following too", async () => {
    const fake = await fakeLogs({
      groups: { g: {} },
      events: [{ group: "g", stream: "s", at: -5_000, visibleAt: -5_000, message: "there" }],
      throttled: [{ from: 0, to: 14_000 }],
    });
    const child = start(["--log-group", "g", "--endpoint-url", fake.endpoint, "--no-follow"]);
    const text = textOf(child);
    expect(await exitOf(child)).toBe(0);
    await fake.close();
    expect(text.out()).toContain("there");
    expect(text.err().match(/refused calls for their rate for 1\d s/g)).toHaveLength(1);
  });

  it("follows a function that a deploy adds while it runs", async () => {
    const functions = ["Old"];
    const stack = await fakeAws(({ operation, url }) => {
      switch (operation) {
        case "ListStackResources": {
          const list = functions.map(resource).join("");
          return xmlResult(operation, `<StackResourceSummaries>${list}</StackResourceSummaries>`);
        }
        case "GetFunction":
          return { json: functionBody(decodeURIComponent(url.pathname).split("/").at(-1) ?? "") };
        default:
          return xmlError("InvalidAction", operation);
      }
    });
    const logs = await fakeLogs({ groups: { "/aws/lambda/shop-Old": {}, "/aws/lambda/shop-New": {} }, events: [] });
    const child = start(["--stack", "shop"], {
      AWS_ENDPOINT_URL: stack.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.endpoint,
    });
    const text = textOf(child);
    const write = (name: string, message: string): void =>
      logs.write({ group: `/aws/lambda/shop-${name}`, stream: "s", message });
    try {
      expect(await until(() => text.err().includes("following 1 function of shop"), 10_000)).toBe(true);
      write("Old", "one that was there");
      functions.push("New");
      expect(await until(() => /New: new in the stack, and followed from now on/.test(text.err()), 25_000)).toBe(true);
      write("New", "one that was added");
      expect(await until(() => text.out().includes("one that was added"), 10_000)).toBe(true);
      const exit = exitOf(child);
      child.kill("SIGINT");
      expect(await exit).toBe(0);
    } finally {
      child.kill("SIGKILL");
      await Promise.all([stack.close(), logs.close()]);
    }
    expect(text.out()).toMatch(/Old +one that was there\n[\s\S]* New +one that was added\n/);
    expect(text.err().match(/new in the stack/g)).toHaveLength(1);
  });

  it.each([
    ["no event", [], /nothing to show yet in g; no event since [\d:]+ UTC; by polling; next sweep in \d+ s\n/],
    [
      "no event that passes",
      [{ group: "g", stream: "s", at: -5_000, visibleAt: -5_000, message: "plain" }],
      /nothing to show yet in g; the last event is of [\d:]+ UTC and was filtered out; by polling/,
    ],
  ])("says once what it is doing where there is %s to show", async (_what, events: readonly FakeEvent[], said) => {
    const logs = await fakeLogs({ groups: { g: {} }, events });
    const child = start(["--log-group", "g", "--endpoint-url", logs.endpoint, "--poll", "--grep", "never"]);
    const text = textOf(child);
    await after(18_000);
    const exit = exitOf(child);
    child.kill("SIGINT");
    const code = await exit;
    await logs.close();
    expect(text.err()).toMatch(said);
    expect(text.err().match(/nothing to show/g)).toHaveLength(1);
    expect(text.out()).toBe("");
    expect(code).toBe(0);
  });

  it("reads no more than it needs while nobody reads what it writes, and ends at Ctrl-C all the same", async () => {
    const events = Array.from({ length: 60_000 }, (_, id) => {
      const at = id * 5 - 400_000;
      return { group: "g", stream: "s", at, visibleAt: at, message: `event ${id} ${"x".repeat(90)}` };
    });
    const logs = await fakeLogs({ groups: { g: {} }, events, pageEvents: 1_000 });
    const child = start(["--log-group", "g", "--endpoint-url", logs.endpoint, "--since", "10m", "--poll"]);
    // The pipe holds some hundred kilobytes of seven megabytes; nothing is taken out of it.
    let err = "";
    child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    const reads = (): number => logs.calls.filter(({ operation }) => operation === "FilterLogEvents").length;
    try {
      expect(await until(() => reads() > 1, 15_000)).toBe(true);
      await after(3_000);
      const before = reads();
      await after(3_000);
      expect(reads()).toBe(before);
      expect(before).toBeLessThan(15);
      const exit = exitOf(child);
      const at = Date.now();
      child.kill("SIGINT");
      expect(await exit).toBe(0);
      expect(Date.now() - at).toBeLessThan(5_000);
      expect(err).toMatch(/printed [\d,]+ · /);
    } finally {
      child.kill("SIGKILL");
      await logs.close();
    }
  });
});
