import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBundle } from "../../src/source/bundle.ts";
import { recorder, recordingFiles, writeRecording, type RecordingOptions } from "../../src/source/record.ts";
import { vocabulary } from "../../src/source/recording.ts";
import { createVault } from "../../src/source/vault.ts";
import { options, recordSample, sampleRun } from "./sample-run.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const recorded = (name: string, over: Partial<RecordingOptions> = {}) => recordSample(folder, name, over);

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

describe("the vocabulary", () => {
  it("holds the names of fields and fixed values of every request", () => {
    const words = vocabulary();
    for (const word of ["stageUrls", "exists", "lambda.function", "explicitDeny", "fingerprint", "codeSha256", "Zip"])
      expect(words.has(word), word).toBe(true);
    expect(words.has("giraffe")).toBe(false);
  });
});
