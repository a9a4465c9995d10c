import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { SecretToken } from "../../src/core/secret.ts";
import type { SmokeHow } from "../../src/facts/requests/smoke.ts";
import { defaultSmoke } from "../../src/smoke/config.ts";
import { fakeAws, liveAgainst, type Answer, type Call } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

const key = "a-signing-key-of-the-test";

async function against(handler: (call: Call) => Answer) {
  const aws = await fakeAws(handler);
  const live = liveAgainst(aws.endpoint);
  open.push(aws, live);
  const token: SecretToken = live.vault.seal("key", key);
  const send = (how: Partial<SmokeHow> = {}) =>
    live.source.ask({
      kind: "smoke",
      params: { tool: "usage", case: "default", attempt: 1 },
      how: {
        method: "POST",
        url: `${aws.endpoint}/Prod/usage?verbose=1`,
        headers: { "Content-Type": "application/json" },
        body: '{"customerId":"acme-001","ü":1}',
        signing: defaultSmoke.signing,
        key: token,
        timeoutMs: 2_000,
        ...how,
      } satisfies SmokeHow,
    });
  return { aws, live, send, token };
}

describe("a smoke request", () => {
  it("is sent byte for byte as it was signed", async () => {
    const { aws, send, live } = await against(() => ({
      json: { ok: true },
      headers: { "x-amzn-requestid": "r1", "set-cookie": "a=b", "x-app": "private" },
    }));
    const reply = await send();
    const [call] = aws.calls;
    if (call === undefined) throw new Error("Nothing was sent.");
    expect(call.body).toBe('{"customerId":"acme-001","ü":1}');
    const timestamp = call.headers["x-timestamp"];
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(5_000);
    const client = call.headers["x-client"];
    expect(call.headers["x-signature"]).toBe(
      createHmac("sha256", key)
        .update(`${String(timestamp)}.${String(client)}.${call.body}`)
        .digest("hex"),
    );
    expect(reply).toMatchObject({
      status: "ok",
      body: {
        answered: true,
        status: 200,
        body: '{"ok":true}',
        bodyTruncated: false,
        signedWith: "HMAC-SHA256 in X-Signature",
        headers: { "x-amzn-requestid": "r1" },
      },
    });
    expect(JSON.stringify(reply)).not.toMatch(/set-cookie|private/);
    expect(live.requestCount()).toBe(1);
  });

  it("does not follow a redirect, so that no signature goes elsewhere", async () => {
    const { aws, send } = await against(() => ({
      status: 302,
      json: {},
      headers: { location: "http://elsewhere.example/steal" },
    }));
    expect(await send()).toMatchObject({
      body: { answered: true, status: 302, headers: { location: "http://elsewhere.example/steal" } },
    });
    expect(aws.calls.length).toBe(1);
  });

  it("goes out unsigned without a key, and says so", async () => {
    const { aws, live } = await against(() => ({ json: { ok: false } }));
    const reply = await live.source.ask({
      kind: "smoke",
      params: { tool: "usage", case: "default", attempt: 1 },
      how: {
        method: "GET",
        url: `${aws.endpoint}/x`,
        headers: {},
        signing: defaultSmoke.signing,
        timeoutMs: 2_000,
      } satisfies SmokeHow,
    });
    expect(reply).toMatchObject({ body: { answered: true, signedWith: "nothing, since no key was found" } });
    expect(aws.calls[0]?.headers).not.toHaveProperty("x-signature");
  });

  it("masks the key and the signature where the answer repeats them", async () => {
    const { send, aws } = await against(({ headers }) => ({
      json: { echo: { signature: headers["x-signature"], key } },
    }));
    const reply = JSON.stringify(await send());
    expect(reply).not.toContain(key);
    expect(reply).not.toContain(String(aws.calls[0]?.headers["x-signature"]));
  });

  it("reads a long answer whole where it is JSON, and masks what is secret anywhere in it", async () => {
    const rows = Array.from({ length: 4_000 }, (_, id) => ({
      id,
      name: `row "${id}", one`,
      password: "hunter2hunter2",
    }));
    const { send, live } = await against(() => ({
      json: { ok: true, data: { rows, key, body: JSON.stringify({ rows }) } },
    }));
    const reply = (await send()) as { body: { body: string; bodyTruncated: boolean } };
    expect(reply.body.bodyTruncated).toBe(false);
    expect(reply.body.body.length).toBeGreaterThan(300_000);
    expect(live.vault.leaks(key)).toBe(true);
    expect(reply.body.body).not.toMatch(/hunter2|a-signing-key/);
    const { data } = JSON.parse(reply.body.body) as { data: { rows: unknown[]; body: string } };
    expect(data.rows.length).toBe(4_000);
    expect(data.rows[3_999]).toEqual({ id: 3_999, name: 'row "3999", one', password: "(secret)" });
    expect((JSON.parse(data.body) as { rows: unknown[] }).rows.length).toBe(4_000);
  });

  it("says of an answer that is longer than ten megabytes that it is not all there", async () => {
    const { send } = await against(() => ({ bytes: Buffer.alloc(10 * 1024 * 1024 + 1, "1") }));
    expect(await send({ timeoutMs: 20_000 })).toMatchObject({ body: { answered: true, bodyTruncated: true } });
  });

  it("keeps 64 KiB of a long answer that is no JSON", async () => {
    const { send } = await against(() => ({
      bytes: Buffer.alloc(300_000, "a"),
      headers: { "content-type": "text/plain" },
    }));
    const reply = await send();
    expect(reply).toMatchObject({ body: { answered: true, bodyTruncated: false } });
    expect((reply as { body: { body: string } }).body.body.length).toBe(64 * 1024);
  });

  it("unpacks an answer that was compressed all the same", async () => {
    const { send } = await against(() => ({ bytes: gzipSync('{"ok":true}'), headers: { "content-encoding": "gzip" } }));
    expect(await send()).toMatchObject({ body: { answered: true, body: '{"ok":true}' } });
  });

  const unanswered: readonly (readonly [string, Answer, Partial<SmokeHow>, string])[] = [
    ["no answer in time", { delayMs: 3_000 }, { timeoutMs: 150 }, "ETIMEDOUT"],
    ["a connection that breaks", { breakAfter: 0 }, {}, "ECONNRESET"],
    ["no URL", {}, { url: "" }, "NO_URL"],
    ["a URL that is none of HTTP", {}, { url: "file:///etc/passwd" }, "NO_URL"],
    ["a host that does not resolve", {}, { url: "http://nothing.invalid/x" }, "ENOTFOUND"],
    ["a port that is closed", {}, { url: "http://127.0.0.1:9/x" }, "ECONNREFUSED"],
    [
      "a key of another run",
      {},
      { key: { $secret: { type: "key", fingerprint: "000000000000", length: 3, blank: false } } },
      "NO_SECRET",
    ],
  ];
  it.each(unanswered)("is data when there is %s", async (_name, answer, how, code) => {
    const { send } = await against(() => answer);
    const reply = await send(how);
    expect(reply).toMatchObject({ status: "ok", body: { answered: false, code } });
    expect((reply as { body: { message: string } }).body.message).toMatch(/^[A-Z0-9].*\.$/);
  });
});
