import { createServer } from "node:https";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SmokeHow } from "../../src/facts/requests/smoke.ts";
import { assess, type SmokeResponse } from "../../src/smoke/assess.ts";
import { defaultSmoke, toolSchema } from "../../src/smoke/config.ts";
import { type Certificates, makeCertificates } from "../lab/certificates.ts";
import { credentials, liveAgainst } from "./fake-aws.ts";

let folder = "";
let good: Certificates;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-tls-"));
  good = await makeCertificates(["api.example.com"]);
  await writeFile(path.join(folder, "ca.pem"), good.ca);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One signed request to a server with the certificate, and whether the server came to see it. */
async function asked(host: string, trusting: boolean) {
  let seen = 0;
  const server = createServer({ cert: good.cert, key: good.key }, (_incoming, out) => {
    seen += 1;
    out.end('{"ok":true,"data":{},"error":null}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://${host}:${(server.address() as AddressInfo).port}`;
  const env = trusting ? { ...credentials, AWS_CA_BUNDLE: path.join(folder, "ca.pem") } : credentials;
  const live = liveAgainst(url, { env });
  const reply = await live.source.ask({
    kind: "smoke",
    params: { tool: "usage", case: "default", attempt: 1 },
    how: {
      method: "POST",
      url: `${url}/usage`,
      headers: {},
      body: "{}",
      signing: defaultSmoke.signing,
      key: live.vault.seal("key", "a-signing-key-of-the-test"),
      timeoutMs: 5_000,
    } satisfies SmokeHow,
  });
  live.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  if (reply.status !== "ok") throw new Error(`There was no answer: ${reply.status}`);
  return { judged: assess(reply.body as SmokeResponse, toolSchema.parse({ name: "usage" })), seen };
}

describe("a certificate", () => {
  it("of an authority that is not known is refused before anything is sent", async () => {
    const { judged, seen } = await asked("127.0.0.1", false);
    expect(judged).toMatchObject({
      outcome: "unreachable",
      detail: expect.stringMatching(/certificate cannot be verified: .*authority.*AWS_CA_BUNDLE/),
    });
    expect(seen).toBe(0);
  });

  it("for another host is refused, even from an authority that is trusted", async () => {
    const { judged, seen } = await asked("localhost", true);
    expect(judged).toMatchObject({
      outcome: "unreachable",
      detail: expect.stringMatching(/certificate cannot be verified: it is for another host/),
    });
    expect(seen).toBe(0);
  });

  it("is taken from an authority that AWS_CA_BUNDLE names", async () => {
    expect(await asked("127.0.0.1", true)).toMatchObject({ judged: { outcome: "ok" }, seen: 1 });
  });
});
