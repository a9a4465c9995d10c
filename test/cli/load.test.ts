import { execa } from "execa";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-load-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

/** An installation of its own; `shipped` with the code that the build compiled. */
function install(name: string, shipped: boolean): string {
  const place = path.join(folder, name);
  for (const part of ["bin", "dist"])
    cpSync(path.join(projectRoot(), part), path.join(place, part), { recursive: true });
  if (!shipped) rmSync(path.join(place, "dist", "code"), { recursive: true, force: true });
  return place;
}

const run = async (place: string, cache: string, args: readonly string[] = ["checks", "-o", "json"]) => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [path.join(place, "bin", "cscp.js"), ...args], {
    env: { PATH: process.env["PATH"] ?? "", CSCP_CACHE: cache },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, stderr };
};

/** The kept code of an installation or a cache: the one folder for this build and this Node. */
function codeIn(above: string): string {
  const [only, ...others] = readdirSync(above);
  expect(others).toEqual([]);
  return path.join(above, only ?? "");
}

function damage(code: string, change: (bytes: Buffer) => Buffer): void {
  const files = readdirSync(code);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) writeFileSync(path.join(code, file), change(readFileSync(path.join(code, file))));
}

let healthy: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  healthy = await run(projectRoot(), "off");
  expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(healthy.stdout)).toHaveProperty("checks");
});

describe("compiled code that is kept between runs", () => {
  it("is taken: what it was compiled from shows even where the source has changed since", async () => {
    const place = install("taken", true);
    const main = path.join(place, "dist", "main.cjs");
    const source = readFileSync(main, "latin1");
    expect(source).toContain("print help");
    writeFileSync(main, source.replaceAll("print help", "PRINT HELP"), "latin1");
    expect((await run(place, "off", ["--help"])).stdout).toContain("print help");
    rmSync(path.join(place, "dist", "code"), { recursive: true });
    expect((await run(place, "off", ["--help"])).stdout).toContain("PRINT HELP");
  });

  it("is written by the first run that finds none, and left alone by the second", async () => {
    const place = install("first", false);
    const cache = path.join(folder, "first-cache");
    expect(await run(place, cache)).toEqual(healthy);
    const code = codeIn(path.join(cache, "code-v1"));
    const times = () => readdirSync(code).map((file) => [file, statSync(path.join(code, file)).mtimeMs]);
    const written = times();
    expect(written.map(([file]) => file)).toContain("main.code");
    expect(statSync(code).mode & 0o077).toBe(0);
    expect(await run(place, cache)).toEqual(healthy);
    expect(times()).toEqual(written);
  });

  it("grows with commands that use other parts of the same file", async () => {
    const place = install("grows", false);
    const cache = path.join(folder, "grows-cache");
    const size = () => statSync(path.join(codeIn(path.join(cache, "code-v1")), "judging.code")).size;
    await run(place, cache, ["checks"]);
    const little = size();
    const bundle = path.join(projectRoot(), "fixtures", "incidents", "database-password-wrong");
    await run(place, cache, ["doctor", "--bundle", bundle]);
    const more = size();
    expect(more).toBeGreaterThan(little * 1.2);
    await run(place, cache, ["checks"]);
    expect(size()).toBe(more);
  });

  it("is taken by the next run of a command that changes the engine's flags, too", async () => {
    const place = install("flags", false);
    const cache = path.join(folder, "flags-cache");
    const args = ["doctor", "--bundle", path.join(projectRoot(), "fixtures", "incidents", "database-password-wrong")];
    const first = await run(place, cache, args);
    expect(first).toMatchObject({ exitCode: 1, stderr: "" });
    const code = codeIn(path.join(cache, "code-v1"));
    const times = () => readdirSync(code).map((file) => [file, statSync(path.join(code, file)).mtimeMs]);
    const written = times();
    expect(written.length).toBeGreaterThan(20);
    expect((await run(place, cache, args)).stdout).toBe(first.stdout);
    expect(times()).toEqual(written);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    [
      "with a byte changed",
      (bytes) => (bytes.writeUInt8(bytes.readUInt8(bytes.length >> 2) ^ 0x20, bytes.length >> 2), bytes),
    ],
    ["cut short", (bytes) => bytes.subarray(0, bytes.length - 100)],
    ["cut in half", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["of zeros", (bytes) => Buffer.alloc(bytes.length)],
    ["of something else", () => Buffer.from("no code of V8's, no code of V8's, ")],
  ])("is compiled anew when it is damaged: %s", async (name, change) => {
    const place = install(`damaged ${name}`, true);
    const code = codeIn(path.join(place, "dist", "code"));
    damage(code, change);
    const cache = path.join(folder, `damaged-cache ${name}`);
    expect(await run(place, "off")).toEqual(healthy);
    expect(await run(place, cache)).toEqual(healthy);
    damage(codeIn(path.join(cache, "code-v1")), change);
    expect(await run(place, cache)).toEqual(healthy);
    expect(await run(place, cache)).toEqual(healthy);
  });

  it("is not taken from a folder that others can write to", async () => {
    const place = install("writable", false);
    const cache = path.join(folder, "writable-cache");
    await run(place, cache);
    const code = codeIn(path.join(cache, "code-v1"));
    const main = path.join(place, "dist", "main.cjs");
    writeFileSync(main, readFileSync(main, "latin1").replaceAll("print help", "PRINT HELP"), "latin1");
    expect((await run(place, cache, ["--help"])).stdout).toContain("print help");
    chmodSync(code, 0o777);
    expect((await run(place, cache, ["--help"])).stdout).toContain("PRINT HELP");
  });

  it("costs nothing but time where it cannot be kept", async () => {
    const place = install("nowhere to keep", false);
    const file = path.join(folder, "a-file");
    writeFileSync(file, "");
    expect(await run(place, path.join(file, "cache"))).toEqual(healthy);
    expect(await run(place, "off")).toEqual(healthy);
    expect(readdirSync(place).toSorted()).toEqual(["bin", "dist"]);
  });

  it("is written whole by runs at the same time", async () => {
    const place = install("together", false);
    const cache = path.join(folder, "together-cache");
    const all = await Promise.all(Array.from({ length: 6 }, () => run(place, cache)));
    for (const each of all) expect(each).toEqual(healthy);
    expect(readdirSync(codeIn(path.join(cache, "code-v1"))).filter((name) => !name.endsWith(".code"))).toEqual([
      "ran.json",
    ]);
    expect(await run(place, cache)).toEqual(healthy);
  });

  it("of versions long unused is removed", async () => {
    const place = install("old", false);
    const cache = path.join(folder, "old-cache");
    const old = path.join(cache, "code-v1", "0.0.1-v1.0.0");
    mkdirSync(old, { recursive: true });
    await execa("touch", ["-d", "2020-01-01", old]);
    await run(place, cache);
    expect(codeIn(path.join(cache, "code-v1"))).not.toBe(old);
  });
});

it("a stack trace names the built file and the place in it", async () => {
  const { stderr } = await run(projectRoot(), "off", ["doctor", "--stack", "x", "--config", "no-such-file", "-vv"]);
  expect(stderr).toMatch(/at .*dist[/\\].*\.cjs:\d+:\d+/);
});
