import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packArchive, unpackArchive } from "../../src/source/archive.ts";
import { openBundle } from "../../src/source/bundle.ts";
import { recordingFiles, type RecordingOptions } from "../../src/source/record.ts";
import { options, recordSample } from "./sample-run.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const recorded = (name: string, over: Partial<RecordingOptions> = {}) => recordSample(folder, name, over);

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
