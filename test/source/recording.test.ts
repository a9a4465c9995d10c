import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reply, Source } from "../../src/core/reply.ts";
import { packArchive, unpackArchive } from "../../src/source/archive.ts";
import { openBundle } from "../../src/source/bundle.ts";
import { recorder, recordingFiles, writeRecording, type RecordingOptions } from "../../src/source/record.ts";
import { vocabulary } from "../../src/source/recording.ts";
import { createVault } from "../../src/source/vault.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const password = "giraffe-42/with+slash";
const url = `postgresql://app:${encodeURIComponent(password)}@db.example.com/app`;

/** A source with a reply of each status and an inventory. */
function sampleRun() {
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

const options = (vault = createVault()): RecordingOptions => ({
  vault,
  version: "0.1.0",
  startedAt: "2026-11-23T10:00:00.000Z",
  durationMs: 4_321,
  requests: 34,
  force: false,
});

async function recorded(name: string, over: Partial<RecordingOptions> = {}) {
  const sample = sampleRun();
  const recording = recorder(sample.source);
  for (const [kind, params] of sample.replies)
    await recording.source.ask({ kind, params, how: { secret: "not kept" } });
  const file = path.join(folder, name);
  const written = await writeRecording(file, recording, { ...options(sample.vault), ...over });
  return { ...sample, file, written, recording };
}

async function everyText(file: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(file, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) texts.push(await readFile(path.join(entry.parentPath, entry.name), "utf8"));
  }
  return texts.join("\n");
}

describe("a recording", () => {
  it.each(["run", "run.tgz", "run.tar.gz"])(
    "as %s answers as the run was answered, without its secrets",
    async (name) => {
      const { file, replies, token, inventory, written } = await recorded(name);
      expect(written).toEqual({
        replies: 6,
        replaced: [
          { what: "database URLs", count: 1 },
          { what: "secrets inside of texts", count: 4 },
        ],
      });
      const { source, durationMs, requests, manifest } = await openBundle(file);
      expect({ durationMs, requests }).toEqual({ durationMs: 4_321, requests: 34 });
      expect(manifest).toMatchObject({
        startedAt: "2026-11-23T10:00:00.000Z",
        createdAt: "2026-11-23T10:00:04.321Z",
        tool: { name: "cscp", version: "0.1.0" },
      });
      const ask = (index: number) => source.ask({ kind: replies[index]?.[0] ?? "", params: replies[index]?.[1] ?? {} });
      expect(await ask(0)).toMatchObject({ status: "ok", body: { value: token } });
      expect(await ask(1)).toEqual(replies[1]?.[2]);
      expect(await ask(2)).toEqual({ status: "ok", body: { text: 'Default: (secret)\nOther: "(secret)"\n' } });
      expect(await ask(4)).toEqual(replies[4]?.[2]);
      expect(await ask(5)).toEqual({ status: "ok", body: inventory });
      expect(
        await source.ask({ kind: "iam.role-may", params: { role: "r", action: "a", resource: "(secret)" } }),
      ).toMatchObject({ status: "denied" });
      expect(await source.ask({ kind: "cfn.stack", params: { stack: "demo" } })).toEqual({ status: "not-recorded" });
    },
  );

  it("asks a key whatever the order of its fields", async () => {
    const { file } = await recorded("run");
    const { source } = await openBundle(file);
    const of = { name: "f", kind: "function" };
    expect(
      await source.ask({
        kind: "package.inventory",
        params: { of, codeSha256: "3u2wM5rFX5gaRM0szgLYv00tIAbei60V0Le8kiaWDOs=" },
      }),
    ).toMatchObject({ status: "ok" });
  });

  it("shows no secret in any form, in a folder for its owner alone", async () => {
    const { file, vault } = await recorded("run");
    const text = await everyText(file);
    expect(text).not.toMatch(/giraffe|not kept/);
    expect(vault.leaks(text)).toBe(false);
    expect((await stat(path.join(file, "replies.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(file, "manifest.json"))).mode & 0o777).toBe(0o600);
    expect((await readdir(file)).toSorted()).toEqual(["inventories", "manifest.json", "replies.json"]);
  });

  it("is the same bytes each time, in an archive for its owner alone", async () => {
    const [first, second] = [await recorded("a.tgz"), await recorded("b.tgz")];
    expect(await readFile(first.file)).toEqual(await readFile(second.file));
    expect((await stat(first.file)).mode & 0o777).toBe(0o600);
  });

  it("does not depend on the order in which things were asked", () => {
    const { vault, replies } = sampleRun();
    const entries = replies.map(([kind, params, reply]) => ({ request: { kind, params }, reply }));
    expect(recordingFiles(entries, options(vault)).contents).toEqual(
      recordingFiles(entries.toReversed(), options(vault)).contents,
    );
  });

  it("keeps the last reply to what was asked twice", async () => {
    let count = 0;
    const recording = recorder({
      ask: () => Promise.resolve({ status: "failed", code: "X", message: String((count += 1)) }),
    });
    await recording.source.ask({ kind: "sts.identity", params: {} });
    await recording.source.ask({ kind: "sts.identity", params: {} });
    expect(recording.entries()).toMatchObject([{ reply: { message: "2" } }]);
  });

  it("stays of its form when a secret is a word that replies are made of", async () => {
    const vault = createVault();
    for (const word of ["allowed", "decision", "status", "account"]) vault.seal("password", word);
    const entries = [
      {
        request: { kind: "iam.role-may", params: { role: "r", action: "a", resource: "allowed here" } },
        reply: { status: "ok", body: { decision: "allowed", matched: ["account rules"] } } as const,
      },
    ];
    const { contents } = recordingFiles(entries, options(vault));
    expect(JSON.parse(contents.get("replies.json") ?? "")).toEqual([
      {
        request: { kind: "iam.role-may", params: { role: "r", action: "a", resource: "(secret) here" } },
        reply: { status: "ok", body: { decision: "allowed", matched: ["(secret) rules"] } },
      },
    ]);
  });

  it("is not written when its replies would no longer be of their form", () => {
    const vault = createVault();
    vault.seal("value", "2026-11-23T09");
    const entries = [
      {
        request: { kind: "lambda.layer-versions", params: { layerArn: "l" } },
        reply: { status: "ok", body: [{ arn: "l:1", version: 1, created: "2026-11-23T09:00:00.000Z" }] } as const,
      },
    ];
    expect(() => recordingFiles(entries, options(vault))).toThrow(
      /without its secrets the reply to lambda.layer-versions/,
    );
  });

  it("is not written when a secret would be left in it", () => {
    // A vault whose scrubber misses what it knows of: the last net must hold all the same.
    const vault = {
      ...createVault(),
      scrub: (text: string) => text,
      leaks: (text: string) => text.includes("giraffe"),
    };
    const entries = [
      {
        request: { kind: "cfn.template", params: { stack: "demo" } },
        reply: { status: "ok", body: { text: "a giraffe" } } as const,
      },
    ];
    expect(() => recordingFiles(entries, options(vault))).toThrow(
      /Nothing was written: a secret would be in the reply to cfn.template/,
    );
  });

  it("takes nobody's place", async () => {
    const { recording, vault } = await recorded("run");
    await recorded("run.tgz");
    const again = (name: string, force: boolean) =>
      writeRecording(path.join(folder, name), recording, { ...options(vault), force });
    await expect(again("run", false)).rejects.toMatchObject({ usage: true, hint: "--force replaces it" });
    await expect(again("run.tgz", false)).rejects.toMatchObject({ usage: true, hint: "--force replaces it" });
    await writeFile(path.join(folder, "run", "inventories", `${"0".repeat(64)}.json`), "{}");
    await again("run", true);
    await again("run.tgz", true);
    expect((await readdir(path.join(folder, "run", "inventories"))).length).toBe(1);
    await writeFile(path.join(folder, "notes.txt"), "mine");
    await expect(again("notes.txt", true)).rejects.toThrow(/is a file/);
    await expect(again("", true)).rejects.toThrow(/holds something else than a recording/);
    await expect(again("no/such/place.tgz", false)).rejects.toMatchObject({ usage: true });
  });
});

describe("a recording that cannot be read gives one sentence", () => {
  const bad = (name: string, files: Readonly<Record<string, string>>, message: RegExp) => ({ name, files, message });
  const manifest = {
    format: "cscp-recording",
    version: 1,
    tool: { name: "cscp", version: "0" },
    startedAt: "x",
    createdAt: "x",
    durationMs: 1,
    requests: 1,
    replies: 0,
    replaced: [],
  };
  const ok = JSON.stringify(manifest);
  const one = (request: unknown, reply: unknown): string => JSON.stringify([{ request, reply }]);
  const cases = [
    bad("no manifest", { "replies.json": "[]" }, /is none: it holds no manifest.json\.$/),
    bad("a foreign manifest", { "manifest.json": '{"name":"package"}' }, /was not made by cscp\.$/),
    bad("a manifest that is no object", { "manifest.json": "[]" }, /was not made by cscp\.$/),
    bad(
      "a newer version",
      { "manifest.json": JSON.stringify({ ...manifest, version: 99 }) },
      /has the format 99, and this version of cscp reads 1\.$/,
    ),
    bad("half a manifest", { "manifest.json": ok.slice(0, 40) }, /is damaged: its manifest.json is no valid JSON\.$/),
    bad(
      "a manifest without its fields",
      { "manifest.json": '{"format":"cscp-recording","version":1}' },
      /is damaged: its manifest.json is not of the expected form at tool\.$/,
    ),
    bad("no replies", { "manifest.json": ok }, /is not complete: it holds no replies.json\.$/),
    bad(
      "half of the replies",
      { "manifest.json": ok, "replies.json": "[{" },
      /is damaged: its replies.json is no valid JSON\.$/,
    ),
    bad(
      "replies of another form",
      { "manifest.json": ok, "replies.json": '[{"request":1}]' },
      /is damaged: its replies.json is not of the expected form/,
    ),
    bad(
      "a body of another form",
      {
        "manifest.json": ok,
        "replies.json": one({ kind: "sts.identity", params: {} }, { status: "ok", body: { account: 1 } }),
      },
      /does not fit this version of cscp: a reply to sts.identity is not of its form at account\.$/,
    ),
    bad(
      "an inventory that is missing",
      {
        "manifest.json": ok,
        "replies.json": one(
          { kind: "package.inventory", params: {} },
          { status: "ok", body: { $file: `inventories/${"a".repeat(64)}.json` } },
        ),
      },
      /is not complete: it holds no inventories\/a{64}.json\.$/,
    ),
    bad(
      "a reference that leads outside",
      {
        "manifest.json": ok,
        "replies.json": one(
          { kind: "package.inventory", params: {} },
          { status: "ok", body: { $file: "../../etc/passwd" } },
        ),
      },
      /is damaged: it refers to a file/,
    ),
  ];

  it.each(cases)("$name, as a folder", async ({ files, message }) => {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    await expect(openBundle(folder)).rejects.toMatchObject({ usage: true, message: expect.stringMatching(message) });
  });

  it.each(cases)("$name, as an archive", async ({ files, message }) => {
    const file = path.join(folder, "x.tgz");
    await writeFile(file, await packArchive(new Map(Object.entries(files)), new Date(0)));
    await expect(openBundle(file)).rejects.toMatchObject({ usage: true, message: expect.stringMatching(message) });
  });

  it("nothing there, no archive, an archive cut off at any place", async () => {
    await expect(openBundle(path.join(folder, "none"))).rejects.toThrow(/The recording .*none is not there\.$/);
    const file = path.join(folder, "x.tgz");
    await writeFile(file, "PK not a tgz");
    await expect(openBundle(file)).rejects.toThrow(/is not a gzipped archive\.$/);
    const { file: whole } = await recorded("whole.tgz");
    const bytes = await readFile(whole);
    for (const length of [2, 20, 100, Math.floor(bytes.length / 2), bytes.length - 9, bytes.length - 1]) {
      await writeFile(file, bytes.subarray(0, length));
      await expect(openBundle(file), String(length)).rejects.toMatchObject({
        usage: true,
        message: expect.stringMatching(/\.$/),
      });
    }
  });

  it("a kind of request that this version does not know answers nothing", async () => {
    await writeFile(path.join(folder, "manifest.json"), ok);
    await writeFile(
      path.join(folder, "replies.json"),
      one({ kind: "future.thing", params: {} }, { status: "ok", body: { any: 1 } }),
    );
    const { source } = await openBundle(folder);
    expect(await source.ask({ kind: "future.thing", params: {} })).toEqual({ status: "not-recorded" });
  });
});

describe("an archive", () => {
  const wanted = (name: string): string | undefined => (name.endsWith(".json") ? name : undefined);

  it("is read with the folder's name in front, as tar makes it", async () => {
    const { recording, vault } = await recorded("run");
    const { contents } = recordingFiles(recording.entries(), options(vault));
    const renamed = new Map([...contents].map(([name, text]) => [`./run/${name}`, text] as const));
    const file = path.join(folder, "tarred.tgz");
    await writeFile(file, await packArchive(renamed, new Date(0)));
    expect(await (await openBundle(file)).source.ask({ kind: "sts.identity", params: {} })).toMatchObject({
      status: "ok",
    });
  });

  it("that unpacks to far more than it is stops at the limit", async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024), { level: 9 });
    await expect(
      unpackArchive(bomb, wanted, { totalBytes: 1024 * 1024, entryBytes: 1024, entries: 10 }),
    ).rejects.toMatchObject({ text: expect.stringContaining("more than a recording") });
  });

  it("with too many or too large files stops at the limit", async () => {
    const many = await packArchive(
      new Map(Array.from({ length: 30 }, (_, index) => [`${index}.json`, "{}"])),
      new Date(0),
    );
    await expect(unpackArchive(many, wanted, { totalBytes: 1e6, entryBytes: 1e6, entries: 10 })).rejects.toMatchObject({
      text: expect.stringContaining("more files"),
    });
    const large = await packArchive(new Map([["a.json", "x".repeat(5_000)]]), new Date(0));
    await expect(
      unpackArchive(large, wanted, { totalBytes: 1e6, entryBytes: 1_000, entries: 10 }),
    ).rejects.toMatchObject({ text: expect.stringContaining("5000 bytes") });
  });

  it("passes over links and whatever is not asked for", async () => {
    const tar = pack();
    tar.entry({ name: "replies.json", type: "symlink", linkname: "/etc/passwd" });
    tar.entry({ name: "../escape.txt" }, "x");
    tar.entry({ name: "a.json" }, "{}");
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
    expect([...(await unpackArchive(gzipSync(Buffer.concat(chunks)), wanted))]).toEqual([["a.json", "{}"]]);
  });
});

describe("the vocabulary", () => {
  it("holds the names of fields and fixed values of every request", () => {
    const words = vocabulary();
    for (const word of ["stageUrls", "exists", "lambda.function", "explicitDeny", "fingerprint", "codeSha256", "Zip"])
      expect(words.has(word), word).toBe(true);
    expect(words.has("giraffe")).toBe(false);
  });
});
