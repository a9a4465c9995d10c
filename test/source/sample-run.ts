import path from "node:path";
import type { Reply, Source } from "../../src/core/reply.ts";
import { recorder, writeRecording, type RecordingOptions } from "../../src/source/record.ts";
import { createVault } from "../../src/source/vault.ts";

export const password = "giraffe-42/with+slash";
export const url = `postgresql://app:${encodeURIComponent(password)}@db.example.com/app`;

/** A source with a reply of each status and an inventory. */
export function sampleRun() {
  const vault = createVault({ randomKey: new Uint8Array(32) });
  const token = vault.seal("database-url", url, { database: "app" });
  const inventory = {
    version: 1,
    source: "zip",
    bytes: 10,
    unpackedBytes: 10,
    files: 1,
    folders: { "": [["handler.py", 10]] },
    folderModes: {},
    problems: [],
    native: {},
    distributions: [],
    python: {},
    pth: {},
    node: { sources: {}, packages: {} },
    sourceFacts: [],
    cut: [],
    bytesRead: 10,
  };
  const replies: readonly (readonly [string, Record<string, unknown>, Reply<unknown>])[] = [
    [
      "ssm.parameter",
      { name: "/url" },
      { status: "ok", body: { exists: true, name: "/url", type: "SecureString", version: 1, value: token } },
    ],
    [
      "sts.identity",
      {},
      { status: "ok", body: { account: "111122223333", arn: "arn:aws:iam::111122223333:user/ada" } },
    ],
    [
      "cfn.template",
      { stack: "demo" },
      { status: "ok", body: { text: `Default: ${url}\nOther: ${JSON.stringify(password)}\n` } },
    ],
    [
      "iam.role-may",
      { role: "r", action: "a", resource: password },
      {
        status: "denied",
        action: "iam:SimulatePrincipalPolicy",
        message: `The caller may not; ${Buffer.from(url).toString("base64")}`,
      },
    ],
    [
      "logs.errors",
      { group: "g", functionName: "f", from: "2026-11-23T09:00:00.000Z", to: "2026-11-23T10:00:00.000Z" },
      { status: "failed", code: "TIMEOUT", message: "The call was not answered." },
    ],
    [
      "package.inventory",
      { codeSha256: "3u2wM5rFX5gaRM0szgLYv00tIAbei60V0Le8kiaWDOs=", of: { kind: "function", name: "f" } },
      { status: "ok", body: inventory },
    ],
  ];
  const source: Source = {
    ask: ({ kind, params }) => {
      const found = replies.find(([name, given]) => name === kind && JSON.stringify(given) === JSON.stringify(params));
      return Promise.resolve(found?.[2] ?? { status: "not-recorded" });
    },
  };
  return { vault, source, replies, token, inventory };
}

export const options = (vault = createVault()): RecordingOptions => ({
  vault,
  version: "0.1.0",
  startedAt: "2026-11-23T10:00:00.000Z",
  durationMs: 4_321,
  requests: 34,
  force: false,
});

/** Writes the sample run into a folder under a name. */
export async function recordSample(folder: string, name: string, over: Partial<RecordingOptions> = {}) {
  const sample = sampleRun();
  const recording = recorder(sample.source);
  for (const [kind, params] of sample.replies)
    await recording.source.ask({ kind, params, how: { secret: "not kept" } });
  const file = path.join(folder, name);
  const written = await writeRecording(file, recording, { ...options(sample.vault), ...over });
  return { ...sample, file, written, recording };
}
