import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { databaseProbe } from "../../src/facts/requests/database.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import { runningLimit } from "../../src/source/live/running-time.ts";
import { liveAgainst } from "./fake-aws.ts";

/** Keeps this process from doing anything else, as a machine does that has no time for it. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("ends when its time is over, and counts none in which the process stood still", async () => {
  const limit = runningLimit(320);
  await sleep(100);
  standStill(400);
  await sleep(60);
  expect(limit.signal.aborted).toBe(false);
  await new Promise((resolve) => limit.signal.addEventListener("abort", resolve, { once: true }));
  expect(limit.stoodStill()).toBe(true);
  limit.end();
});

it("of a server that answers late for this machine's sake alone is not that it dropped the connection", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    // Asked for TLS, it says nothing, and the machine goes to sleep for longer than the stage may take.
    socket.once("data", () => setTimeout(() => standStill(7_000), 50));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const live = liveAgainst("http://127.0.0.1:9");
  try {
    const url = `postgresql://app:pw@127.0.0.1:${(server.address() as AddressInfo).port}/x?sslmode=require`;
    const { fingerprint } = live.vault.seal("database-url", url).$secret;
    const reply = await live.source.ask({ kind: "db.probe", params: { fingerprint, tables: [] } });
    const { stages } = (reply as { body: BodyOf<typeof databaseProbe> }).body;
    expect(stages.at(-1)).toMatchObject({ stage: "ssl-request", ok: false, code: "STOOD_STILL" });
  } finally {
    live.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}, 30_000);
