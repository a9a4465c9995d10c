import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { cscp } from "../lab/cli.ts";

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What the server allows a browser, and how far its clock is ahead; a test changes it. */
let allowed: Readonly<Record<string, string>> = {};
let aheadMs = 0;
const asked: Asked[] = [];
let server: Server;
let folder = "";
let apiUrl = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-expect-"));
  server = createServer(({ method = "", headers }, out) => {
    asked.push({ method, headers });
    out.setHeader("Date", new Date(Date.now() + aheadMs).toUTCString());
    out.setHeader("Content-Type", "application/json");
    if (method === "OPTIONS") out.writeHead(204, allowed).end();
    else if (headers["x-signature"] === undefined) out.writeHead(401).end('{"ok":false,"data":null}');
    else out.writeHead(200, allowed).end('{"ok":true,"data":{"trend":"up","sparkline":[1,2]},"error":null}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(smoke: object) {
  const config = path.join(folder, "cscp.config.json");
  await writeFile(config, JSON.stringify({ smoke }));
  asked.length = 0;
  const call = ["smoke", "--api-url", apiUrl, "--config", config, "--tool", "get_usage", "--no-negative", "-o", "json"];
  const { stdout, stderr, exitCode } = await cscp(call, { HMAC_SECRET: "a-key-of-callers-that-is-long" }, folder);
  return { exitCode, stderr, report: stdout === "" ? undefined : (JSON.parse(stdout) as Report) };
}

const findingsOf = (report: Report | undefined) =>
  (report?.checks ?? []).flatMap(({ subjects }) => subjects.flatMap(({ findings }) => findings));

describe("a JSON Schema that an answer must satisfy", () => {
  const shaped = (trend: object) => ({
    tools: [
      {
        name: "get_usage",
        expect: { schema: { type: "object", properties: { data: { type: "object", properties: { trend } } } } },
      },
    ],
  });

  it("is satisfied, or the place where it is not is named", async () => {
    expect((await run(shaped({ enum: ["up", "down"] }))).exitCode).toBe(0);
    const { exitCode, report } = await run(shaped({ type: "integer" }));
    expect(exitCode).toBe(1);
    expect(report?.smoke?.tools[0]?.wrong).toContain("$.data.trend must be integer");
  });

  it("that is none is a fault of the configuration, and nothing is sent", async () => {
    const { exitCode, stderr } = await run(shaped({ type: "objekt" }));
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/schema of get_usage under smoke is no JSON Schema/)]);
    expect(asked).toEqual([]);
  });
});

describe("what a browser asks before it calls the API", () => {
  const cors = { tools: [{ name: "get_usage" }], cors: { origin: "https://app.example.com" } };
  const all = {
    "access-control-allow-origin": "https://app.example.com",
    "access-control-allow-headers": "content-type, x-timestamp, x-client, x-signature",
  };

  it("is asked first, as browsers ask it, without a signature", async () => {
    allowed = all;
    const { exitCode, report } = await run(cors);
    expect([exitCode, findingsOf(report)]).toEqual([0, []]);
    const [first, second] = asked;
    expect([first?.method, second?.method]).toEqual(["OPTIONS", "POST"]);
    expect(first?.headers).toMatchObject({
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-client,x-signature,x-timestamp",
    });
    expect(first?.headers).not.toHaveProperty("x-signature");
  });

  it.each([
    [{}, /no header Access-Control-Allow-Origin/],
    [{ ...all, "access-control-allow-origin": "https://other.example.com" }, /and not https:\/\/app\.example\.com/],
    [{ ...all, "access-control-allow-headers": "content-type" }, /headers x-timestamp, x-client, x-signature/],
  ])("is a finding where it answers %j", async (answer, says) => {
    allowed = answer;
    const { report } = await run(cors);
    const [finding] = findingsOf(report).filter(({ check }) => check === "browsers-allowed");
    expect(JSON.stringify(finding)).toMatch(says);
  });

  it("tells that the clock is off before the first signed request is sent", async () => {
    allowed = all;
    aheadMs = 600_000;
    const { stderr, report } = await run(cors);
    aheadMs = 0;
    expect(stderr).toMatch(/this machine's clock is (?:599|600|601) s behind the API's.*signatures/);
    expect(stderr.match(/clock is/g)).toHaveLength(1);
    expect(report?.smoke?.clockAheadSeconds).toBeGreaterThan(590);
  });
});
