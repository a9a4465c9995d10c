import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { SmokeHow } from "../../src/facts/requests/smoke.ts";
import { assess, type SmokeResponse } from "../../src/smoke/assess.ts";
import { defaultSmoke, toolSchema } from "../../src/smoke/config.ts";
import { liveAgainst } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

/** A server that does with a connection what the case wants, and keeps what it was sent. */
async function serving(behave: (socket: Socket) => void): Promise<{ port: number; received: () => string }> {
  let text = "";
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => behave(socket));
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { port: typeof address === "object" && address !== null ? address.port : 0, received: () => text };
}

async function asked(port: number, scheme = "http"): Promise<SmokeResponse> {
  const live = liveAgainst(`http://127.0.0.1:${port}`);
  open.push(live);
  const reply = await live.source.ask({
    kind: "smoke",
    params: { tool: "usage", case: "default", attempt: 1 },
    how: {
      method: "POST",
      url: `${scheme}://127.0.0.1:${port}/Prod/usage`,
      headers: {},
      body: "{}",
      signing: defaultSmoke.signing,
      key: live.vault.seal("key", "a-signing-key-of-the-test"),
      timeoutMs: 700,
    } satisfies SmokeHow,
  });
  if (reply.status !== "ok") throw new Error(`There was no answer: ${reply.status}`);
  return reply.body as SmokeResponse;
}

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const body = '{"ok":true,"data":{"trend":"up"},"error":null}';

/** Sends the same again and again, as fast as it is taken, until the other side has had enough. */
function forever(socket: Socket, piece: Buffer | string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}

function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(text[at++ % text.length] ?? "x");
  }, 20);
}

describe("a server that misbehaves", () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
  const cases: readonly (readonly [string, (socket: Socket) => void, string, RegExp])[] = [
    ["drips its headers", (socket) => drip(socket, ok), "timeout", /No answer came within the time limit/],
    [
      "drips its body",
      (socket) => (socket.write(`${ok}Content-Length: 90000\r\n\r\n`), drip(socket, "x")),
      "timeout",
      /did not come to its end/,
    ],
    [
      "drips a body whose length it does not tell",
      (socket) => (socket.write(`${ok}Connection: close\r\n\r\n`), drip(socket, " ")),
      "timeout",
      /did not come to its end within the time limit of 0\.7 s/,
    ],
    [
      "never ends its body",
      (socket) => (socket.write(`${ok}\r\n`), forever(socket, "x".repeat(16_384))),
      "too-long",
      /longer than what is read of it/,
    ],
    [
      "sends 12 MB",
      (socket) => (socket.write(`${ok}Content-Length: 12000000\r\n\r\n`), forever(socket, Buffer.alloc(65_536, "a"))),
      "too-long",
      /12000000 bytes/,
    ],
    [
      "announces more than it sends",
      (socket) => socket.end(`${ok}Content-Length: 500\r\n\r\n${body}`),
      "unreachable",
      /in the middle of its answer/,
    ],
    ["sends no JSON", (socket) => socket.end(`${ok}Content-Length: 5\r\n\r\n<html`), "bad-envelope", /not JSON/],
    [
      "sends a gzip bomb",
      (socket) =>
        socket.end(
          Buffer.concat([Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), bomb]),
        ),
      "too-long",
      /longer/,
    ],
    ["speaks HTTP/1.0", (socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`), "ok", /as expected/],
    ["speaks no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"), "unreachable", /no HTTP/],
    [
      "sends endless headers",
      (socket) => (socket.write(ok), forever(socket, `X-A: ${"a".repeat(4_096)}\r\n`)),
      "unreachable",
      /headers/,
    ],
    ["hangs up", (socket) => socket.destroy(), "unreachable", /without an answer/],
  ];

  it.each(cases)("which %s", async (_name, behave, outcome, detail) => {
    const { port } = await serving(behave);
    const before = process.memoryUsage().rss;
    const startedAt = Date.now();
    const judged = assess(await asked(port), toolSchema.parse({ name: "usage" }));
    expect([judged.outcome, judged.detail]).toEqual([outcome, expect.stringMatching(detail)]);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
  });

  it("which speaks no TLS where https is asked of it", async () => {
    const { port } = await serving((socket) => socket.end(`${ok}Content-Length: 0\r\n\r\n`));
    const judged = assess(await asked(port, "https"), toolSchema.parse({ name: "usage" }));
    expect([judged.outcome, judged.detail]).toEqual(["unreachable", expect.stringMatching(/does not speak TLS/)]);
  });

  it("which redirects to another host: nothing is sent there", async () => {
    const other = await serving((socket) => socket.end(`${ok}\r\n${body}`));
    const { port } = await serving((socket) =>
      socket.end(`HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:${other.port}/x?a=1\r\nContent-Length: 0\r\n\r\n`),
    );
    const judged = assess(await asked(port), toolSchema.parse({ name: "usage" }));
    expect(judged).toMatchObject({
      outcome: "redirected",
      detail: `The API redirects to http://127.0.0.1:${other.port}/x. The request was not sent there.`,
    });
    expect(other.received()).toBe("");
  });
});
