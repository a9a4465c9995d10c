import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nativeFacts } from "../../src/packages/native.ts";
import { makeElf } from "./support/elf.ts";

/** The independent reader; without it the comparison is left out. */
const binutils = "readelf";

const hex = (text: string, length = 200) => Buffer.concat([Buffer.from(text, "hex"), Buffer.alloc(length)]);
const facts = (bytes: Uint8Array) => nativeFacts(bytes, bytes.length);

/** What binutils say of a library: an independent reader of the same tables, by way of its sections. */
function readelf(file: string): { needed: string[]; versions: string[]; runpath: string[] } {
  const dynamic = execFileSync(binutils, ["-dW", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const version = execFileSync(binutils, ["-VW", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const needs = version.slice(Math.max(0, version.indexOf("Version needs section")));
  return {
    needed: [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1] ?? ""),
    versions: version.includes("Version needs section")
      ? [...needs.matchAll(/Name: (\S+)\s+Flags: (\S+)/g)]
          .filter((match) => !match[2]?.includes("WEAK"))
          .map((match) => match[1] ?? "")
      : [],
    runpath: [...dynamic.matchAll(/\((?:RUNPATH|RPATH)\).*\[(.*)\]/g)].flatMap((match) => (match[1] ?? "").split(":")),
  };
}

const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
const libraries = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.includes(".so."))
      .map((entry) => path.join(folder, entry.name)),
  )
  .slice(0, 60);
const hasReadelf = ((): boolean => {
  try {
    execFileSync(binutils, ["--version"], { stdio: "ignore" });
    return libraries.length > 0;
  } catch {
    return false;
  }
})();

describe("Linux libraries", () => {
  test.skipIf(!hasReadelf)("are read as binutils read them", () => {
    for (const file of libraries) {
      const bytes = readFileSync(file);
      if (bytes.readUInt32BE(0) !== 0x7f454c46) continue;
      const found = facts(bytes);
      if (found.format !== "elf") throw new Error(`${file} is not read as a Linux library.`);
      const ours = {
        needed: found.needed,
        versions: found.versions.flatMap((each) => each.names),
        runpath: [...(found.rpath ?? []), ...(found.runpath ?? [])],
      };
      expect({ file, ...ours }).toEqual({ file, ...readelf(file) });
      expect(found.missingBytes).toBeUndefined();
    }
  });

  test("tell their machine, needs, paths, versions and initialisers", () => {
    const library = makeElf({
      needed: ["libpq.so.5", "libc.so.6"],
      rpath: "$ORIGIN/../x.libs",
      inits: ["_psycopg"],
      versions: [{ library: "libc.so.6", names: ["GLIBC_2.17", "GLIBC_2.34"] }],
    });
    expect(facts(library)).toMatchObject({
      format: "elf",
      bits: 64,
      machine: "x86_64",
      type: "shared",
      needed: ["libpq.so.5", "libc.so.6"],
      rpath: ["$ORIGIN/../x.libs"],
      inits: ["_psycopg"],
      versions: [{ library: "libc.so.6", names: ["GLIBC_2.17", "GLIBC_2.34"] }],
    });
    expect(facts(makeElf({ machine: 183 }))).toMatchObject({ machine: "aarch64" });
    expect(facts(makeElf({ bits: 32, machine: 3 }))).toMatchObject({ bits: 32, machine: "i386" });
    expect(facts(Buffer.concat([library, Buffer.from("_cffi_backend\0")]))).toMatchObject({
      mentions: ["_cffi_backend"],
    });
  });

  test("tell that they were cut off, or that only a head of them was read", () => {
    const library = makeElf({ needed: ["libc.so.6"], inits: ["m"] });
    expect(facts(library.subarray(0, 200))).toMatchObject({ missingBytes: library.length - 200 });
    expect(facts(library.subarray(0, 40))).toMatchObject({ headerOnly: true });
    const head = nativeFacts(library.subarray(0, 200), library.length);
    expect(head).toMatchObject({ partial: true, machine: "x86_64" });
    expect(head).not.toHaveProperty("missingBytes");
  });
});

describe("files of other systems", () => {
  const cases: [string, Uint8Array, object][] = [
    ["macOS on Apple silicon", hex("cffaedfe0c000001"), { format: "macho", cpus: ["arm64"] }],
    ["macOS on Intel", hex("cffaedfe07000001"), { format: "macho", cpus: ["x86_64"] }],
    [
      "macOS for both",
      hex(`cafebabe00000002${"01000007"}${"00".repeat(16)}${"0100000c"}`),
      { format: "macho", cpus: ["x86_64", "arm64"] },
    ],
    ["a Java class is no macOS library", hex("cafebabe00000034"), { format: "unknown" }],
    [
      "Windows",
      Buffer.concat([
        Buffer.from("MZ"),
        Buffer.alloc(58),
        Buffer.from([64, 0, 0, 0]),
        Buffer.from("PE\0\0"),
        Buffer.from([0x64, 0x86]),
        Buffer.alloc(20),
      ]),
      { format: "pe", machine: "x86_64" },
    ],
    ["nothing", Buffer.alloc(0), { format: "empty" }],
    [
      "a Git LFS pointer",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
      { format: "git-lfs-pointer" },
    ],
    ["a static library", Buffer.from("!<arch>\nsomething"), { format: "archive" }],
    ["text", Buffer.from("#!/bin/sh\necho\n"), { format: "text" }],
  ];
  for (const [name, bytes, expected] of cases) test(name, () => expect(facts(bytes)).toMatchObject(expected));

  test("damaged files never throw", () => {
    const samples = [
      makeElf({ needed: ["a", "b"], inits: ["m"], versions: [{ library: "a", names: ["V_1"] }] }),
      hex("cafebabe00000002"),
      hex("4d5a"),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat({ max: 600 }), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
        fc.nat({ max: 600 }),
        fc.nat({ max: 2000 }),
        (sample, changes, length, fileSize) => {
          const bytes = Buffer.from(sample);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const read = bytes.subarray(0, Math.min(length + 1, bytes.length));
          expect(nativeFacts(read, Math.max(read.length, fileSize)).format).toBeTypeOf("string");
        },
      ),
      { numRuns: 3000 },
    );
  });
});
