import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { cscp } from "../lab/cli.ts";
import { crash, fakeStack, good, type FakeStack } from "./fake-stack.ts";

let stack: FakeStack;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-smoke-"));
  stack = await fakeStack();
});
afterAll(async () => {
  await stack.aws.close();
  await rm(folder, { recursive: true, force: true });
});

const named = () => ["smoke", "--stack", "orders", "--api-url", stack.apiUrl];
const alone = () => ["smoke", "--api-url", stack.apiUrl];

describe("cscp smoke", () => {
  it.each([
    [["--set", "customerId"], /names no value/],
    [["--key", "5f0c1d7a9b3e48d2"], /says where the key is/],
    [["--repeat", "0"], /whole number from 1/],
    [["--tool", "list_order"], /no tool list_order[\s\S]*list_orders/],
    [["--print-curl", "-o", "json"], /prints commands and no report/],
    [["--api-url", "http://127.0.0.1:9/prod?x=1#frag"], /no query and no fragment/],
    [["--key", "env:NOWHERE"], /There is no variable NOWHERE/],
    [["--compare", "package.json"], /no report of cscp smoke/],
  ])("refuses %j with a sentence and no stack trace", async (flags, text) => {
    const { stdout, stderr, exitCode } = await cscp([...named(), ...flags], stack.env);
    expect(stdout).toBe("");
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/5f0c1d7a|\n\s+at /);
    expect(exitCode).toBe(2);
  });

  it("needs a stack or an API", async () => {
    const { stderr, exitCode } = await cscp(["smoke"], {}, folder);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/Neither a stack nor an API is named/)]);
  });

  it("sends nothing to AWS and signs with the key from a file where only the API is named", async () => {
    const file = path.join(folder, "key");
    await writeFile(file, "a-key-in-a-file-of-the-test\n");
    const before = stack.aws.calls.length;
    const { stdout, stderr, exitCode } = await cscp(
      [...alone(), "--tool", "list_orders", "--key", `file:${file}`, "--no-negative", "-o", "json"],
      {},
      folder,
    );
    expect(stderr).toContain("1 request goes to");
    expect([exitCode, (JSON.parse(stdout) as Report).smoke?.tools]).toMatchObject([
      0,
      [{ tool: "list_orders", verdict: "pass", status: 200, attempts: 1 }],
    ]);
    const sent = stack.aws.calls.slice(before);
    expect(sent.map(({ url }) => url.pathname)).toEqual(["/api/list_orders"]);
    expect(sent[0]?.headers["x-signature"]).toMatch(/^[0-9a-f]{64}$/);
    expect(stdout + stderr).not.toContain("a-key-in-a-file");
  });

  it("finds an API that answers whatever it is sent", async () => {
    const { stdout, exitCode } = await cscp([...named(), "-o", "json"], {
      ...stack.env,
      HMAC_SECRET: "a-key-of-callers",
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.diagnoses.map(({ cause, confidence }) => [cause, confidence])).toEqual([
      ["signature-unchecked", "certain"],
    ]);
    expect(exitCode).toBe(1);
  });

  it("judges an answer of megabytes, and leaves open what is longer than any that is read", async () => {
    const about = async (rows: number) => {
      stack.state.failing = {
        ListOrders: {
          answer: { json: { ok: true, data: Array.from({ length: rows }, () => "r".repeat(990)), error: null } },
        },
      };
      const flags = [...alone(), "--no-negative", "--tool", "list_orders", "-o", "json"];
      const { stdout, exitCode } = await cscp(flags, { HMAC_SECRET: "a-key-of-callers" }, folder);
      return [exitCode, (JSON.parse(stdout) as Report).smoke?.tools];
    };
    expect(await about(500)).toMatchObject([0, [{ verdict: "pass", failed: 0 }]]);
    expect(await about(11_000)).toMatchObject([
      3,
      [{ verdict: "unknown", failed: 0, wrong: expect.stringMatching(/longer/) as string }],
    ]);
    stack.state.failing = {};
  });

  it("names no empty stack or region in its remedies where only the API is named", async () => {
    stack.state.failing = { ListOrders: { answer: { status: 404, json: { message: "Not Found" } } } };
    const flags = [...alone(), "--no-negative", "--tool", "list_orders", "-o", "json"];
    const { stdout } = await cscp(flags, { HMAC_SECRET: "a-key-of-callers" }, folder);
    stack.state.failing = {};
    const commands = (JSON.parse(stdout) as Report).diagnoses.flatMap(({ remedies }) =>
      remedies.flatMap((remedy) => remedy.commands),
    );
    expect(commands).toContainEqual("sam deploy --stack-name '<STACK-NAME>'");
    expect(commands.join("\n")).not.toMatch(/''|--region/);
  });

  it("says of a request without an answer how it was signed, that all attempts failed, and where to look", async () => {
    const call = async (url: string) =>
      cscp(
        ["smoke", "--api-url", url, "--tool", "list_orders", "--no-negative"],
        { HMAC_SECRET: "a-key-of-callers" },
        folder,
      );
    const closed = await call("http://127.0.0.1:1/prod");
    expect(closed.stdout).toMatch(/signed with HMAC-SHA256 in X-Signature, key from the variable\s+HMAC_SECRET/);
    expect(closed.stdout.replaceAll(/\s+/g, " ")).toContain("port of the URL that is asked (--api-url)");
    stack.state.fault = ({ url }) =>
      url.pathname.startsWith("/api/") ? { status: 500, json: { ok: false } } : undefined;
    const failing = await call(stack.apiUrl);
    stack.state.fault = () => undefined;
    expect(failing.stdout).toContain("2, both failed");
    expect(failing.stdout).not.toContain("(--api-url)");
  });

  it("keeps a tool's name on the line of its comment, and shows what cannot be seen in it", async () => {
    const project = await mkdtemp(path.join(folder, "named-"));
    const tools = [{ name: "\u001b[31mred\ntouch hacked", path: "/list_orders", safe: true }];
    await writeFile(path.join(project, "cscp.config.json"), JSON.stringify({ smoke: { tools } }));
    const { stdout } = await cscp([...alone(), "--print-curl"], { HMAC_SECRET: "a-key-of-callers" }, project);
    expect(stdout).toContain(String.raw`# \x1b[31mred\ntouch hacked: signed at`);
    expect(stdout).not.toMatch(/\u001b|^touch/m);
  });

  it("compares with an earlier run, and says so where there is none yet", async () => {
    const file = path.join(folder, "last.json");
    const flags = [...named(), "--no-negative", "--compare", file, "--repeat", "3", "-o", "text", "-o", `json=${file}`];
    const first = await cscp(flags, stack.env);
    expect(first.stdout).toMatch(/to compare with yet/);
    const second = await cscp(flags, stack.env);
    expect(second.stdout).toContain("p50 before");
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    const report = JSON.parse(await readFile(file, "utf8")) as Report;
    expect(report.smoke?.tools.map(({ requests }) => requests)).toEqual([3, 3]);
  });

  it("shows a tool that fails as a failure in JUnit, and says it in text", async () => {
    stack.state.failing = { ListOrders: { answer: crash } };
    const file = path.join(folder, "smoke.xml");
    const { stdout, exitCode } = await cscp(
      [...named(), "--no-invoke", "--tool", "list_orders", "-o", "text", "-o", `junit=${file}`],
      stack.env,
    );
    stack.state.failing = {};
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✗ BROKEN: 1 of 1 tool fails/);
    expect(await readFile(file, "utf8")).toMatch(
      /<testcase classname="tools-answer" name="tool list_orders"[\s\S]*<failure/,
    );
  });

  it("waits for a first success after a deploy", async () => {
    let asked = 0;
    stack.state.fault = ({ url }) => {
      if (!url.pathname.startsWith("/api/")) return undefined;
      asked += 1;
      return asked < 3 ? crash : good;
    };
    const { stdout, exitCode } = await cscp(
      [...named(), "--no-negative", "--wait", "30s", "--tool", "list_orders", "-o", "json"],
      stack.env,
    );
    stack.state.fault = () => undefined;
    const { smoke } = JSON.parse(stdout) as Report;
    expect([exitCode, smoke?.waited]).toMatchObject([0, { requests: 3, answered: true }]);
  });
});

describe("an API of which nothing but its answers is known", () => {
  const serving = async (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => {
    const server = createServer((_request, response) => void response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const asked = ["smoke", "--api-url", url, "--tool", "list_orders", "--no-negative"];
    const [text, json] = await Promise.all([cscp(asked, {}, folder), cscp([...asked, "-o", "json"], {}, folder)]);
    server.close();
    return { text: text.stdout.replaceAll(/\s+/g, " "), report: JSON.parse(json.stdout) as Report };
  };

  it.each([
    [
      "an uncaught error",
      200,
      '{"errorType":"Runtime.ImportModuleError","errorMessage":"Unable to import module \'app\': No module named \'pg8000\'"}',
      "module-missing",
      "list_orders cannot import pg8000",
    ],
    [
      "an envelope",
      500,
      '{"ok":false,"error":{"code":"E","message":"DB: connection refused"}}',
      "connection-refused",
      "",
    ],
    [
      "plain text",
      500,
      "DB: connection refused",
      "connection-refused",
      "list_orders is refused by the database's host",
    ],
  ])("names the cause that the answer itself tells, in %s", async (_, status, body, cause, headline) => {
    const { text, report } = await serving(status, body);
    expect(report.diagnoses.map((one) => one.cause)).toEqual([cause]);
    expect(report.diagnoses[0]?.confidence).not.toBe("certain");
    expect(text).toContain(headline);
    expect(text).toContain("The answer itself says so: ");
    expect(text).not.toContain("No known cause");
  });

  it("names none where the answer tells none", async () => {
    const { report } = await serving(500, "the order was not booked");
    expect(report.diagnoses).toEqual([]);
  });

  it("tells of a missing route in one way", async () => {
    const headers = { "x-amzn-errortype": "MissingAuthenticationTokenException", "x-amz-apigw-id": "a" };
    const { text } = await serving(403, '{"message":"Missing Authentication Token"}', headers);
    expect(text).toContain("or the stage is missing from the path; its own list of routes could not be read.");
    expect(text).not.toContain("Among the routes of the API none");
  });
});
