import fc from "fast-check";
import { describe, expect, test } from "vitest";
import yauzl from "yauzl";
import { memoryReader } from "../../src/packages/reader.ts";
import { readEntries, readLimits, type EntryBytes } from "../../src/packages/zip-read.ts";
import { readZipDirectory, type ZipDirectory, type ZipEntry } from "../../src/packages/zip.ts";
import { makeZip, type ZipInput } from "./support/zip.ts";

type Listed = { name: string; size: number; compressedSize: number; content: string | undefined };

/** What yauzl, an independent reader, makes of the archive; its error's text when it refuses it. */
function withYauzl(zip: Buffer): Promise<Listed[] | string> {
  return new Promise((resolve) => {
    // Names are compared as they are stored: yauzl's own repair of backslashes is put aside.
    yauzl.fromBuffer(zip, { lazyEntries: true, strictFileNames: true }, (error, file) => {
      if (error !== null) return resolve(error.message);
      const listed: Listed[] = [];
      file.on("error", (failure: Error) => resolve(failure.message));
      file.on("end", () => resolve(listed));
      file.on("entry", (entry: yauzl.Entry) => {
        const add = (content: string | undefined) => {
          const { fileName, uncompressedSize, compressedSize } = entry;
          listed.push({ name: fileName, size: uncompressedSize, compressedSize, content });
          file.readEntry();
        };
        if (entry.fileName.endsWith("/")) return add(undefined);
        file.openReadStream(entry, (failure, stream) => {
          if (failure !== null) return add(undefined);
          const chunks: Buffer[] = [];
          stream.on("error", () => add(undefined));
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => add(Buffer.concat(chunks).toString("latin1")));
        });
      });
      file.readEntry();
    });
  });
}

async function contents(zip: Buffer, directory: ZipDirectory): Promise<Map<ZipEntry, EntryBytes>> {
  const found = new Map<ZipEntry, EntryBytes>();
  const wants = [...directory.entries].map((entry) => ({ entry }));
  await readEntries(memoryReader(zip), wants, (entry, result) => found.set(entry, result));
  return found;
}

async function withOurs(zip: Buffer): Promise<{ listed: Listed[]; directory: ZipDirectory }> {
  const directory = await readZipDirectory(memoryReader(zip));
  const read = await contents(zip, directory);
  const listed = [...read].map(([entry, result]) => {
    const content =
      "problem" in result || entry.name.endsWith("/") ? undefined : Buffer.from(result.bytes).toString("latin1");
    return { name: entry.name, size: entry.size, compressedSize: entry.compressedSize, content };
  });
  return { listed, directory };
}

const samples: Record<string, Buffer> = {
  "plain files and a folder": makeZip([
    { name: "pg8000/", mode: 0o040755, store: true },
    { name: "pg8000/__init__.py", data: "import scramp\n", mode: 0o100644 },
    { name: "handler.py", data: "def handler(event, context):\n    return 1\n".repeat(50), mode: 0o100755 },
  ]),
  "stored data and data descriptors": makeZip([
    { name: "a.txt", data: "stored", store: true },
    { name: "b.txt", data: "streamed".repeat(100), descriptor: true },
  ]),
  "zip64 records and fields": makeZip(
    [
      { name: "a.py", data: "x = 1\n", zip64: true },
      { name: "b.py", data: "" },
    ],
    {
      zip64: true,
    },
  ),
  "a comment": makeZip([{ name: "a", data: "1" }], { comment: "made by a test" }),
  "names of code page 437": makeZip([{ name: Buffer.from([0x61, 0x81, 0xe1]), data: "1", utf8: false }]),
  "names in UTF-8": makeZip([{ name: "größe/ñ.py", data: "1" }]),
  empty: makeZip([]),
};

describe("the directory", () => {
  for (const [name, zip] of Object.entries(samples)) {
    test(`agrees with yauzl: ${name}`, async () => {
      const { listed, directory } = await withOurs(zip);
      expect(listed).toEqual(await withYauzl(zip));
      expect(directory.problems).toEqual([]);
      expect(directory.complete).toBe(true);
    });
  }

  test("keeps modes of Unix archives and none of others", async () => {
    const zip = makeZip([{ name: "a", mode: 0o100600 }, { name: "b" }]);
    const { entries } = await readZipDirectory(memoryReader(zip));
    expect([...entries].map((entry) => entry.mode)).toEqual([0o100600, undefined]);
  });

  test("finds the entries behind a program that precedes the archive", async () => {
    const plain = makeZip([{ name: "a.py", data: "a = 1" }]);
    const zip = Buffer.concat([Buffer.from("#!/usr/bin/env python3\n"), plain]);
    const { listed } = await withOurs(zip);
    expect(listed).toEqual([{ name: "a.py", size: 5, compressedSize: 7, content: "a = 1" }]);
  });

  test("keeps names with backslashes as they are", async () => {
    const { entries } = await readZipDirectory(memoryReader(makeZip([{ name: "pg8000\\__init__.py" }])));
    expect(entries.at(0).name).toBe("pg8000\\__init__.py");
  });

  test("reads 60,000 entries and, past a bound, says what was left", async () => {
    const inputs: ZipInput[] = Array.from({ length: 60_000 }, (_, index) => ({ name: `f${index}`, store: true }));
    const zip = makeZip(inputs);
    const all = await readZipDirectory(memoryReader(zip));
    expect(all.entries).toHaveLength(60_000);
    expect(all.problems).toEqual([]);
    const some = await readZipDirectory(memoryReader(zip), { maxEntries: 100, maxDirectoryBytes: 1 << 26 });
    expect(some.entries).toHaveLength(100);
    expect(some.complete).toBe(false);
    expect(some.problems[0]?.kind).toBe("too-many-entries");
  });

  const refused: [string, Buffer, string][] = [
    ["nothing", Buffer.alloc(0), "not-a-zip"],
    ["text", Buffer.from("x".repeat(200)), "not-a-zip"],
    ["an archive without its end", (samples["a comment"] ?? Buffer.alloc(0)).subarray(0, 40), "not-a-zip"],
    [
      "an archive without its beginning",
      (samples["plain files and a folder"] ?? Buffer.alloc(0)).subarray(90),
      "directory-damaged",
    ],
  ];
  for (const [name, zip, kind] of refused) {
    test(`says what is wrong with ${name}`, async () => {
      const directory = await readZipDirectory(memoryReader(zip));
      expect(directory.entries).toHaveLength(0);
      expect(directory.complete).toBe(false);
      expect(directory.problems.map((problem) => problem.kind)).toEqual([kind]);
    });
  }

  test("reports doubled names, encrypted entries and unknown methods", async () => {
    const zip = makeZip([
      { name: "a", data: "1" },
      { name: "a", data: "2" },
      { name: "b", encrypted: true },
      { name: "c", method: 12 },
    ]);
    const { problems } = await readZipDirectory(memoryReader(zip));
    expect(problems.map(({ kind, path }) => [kind, path])).toEqual([
      ["duplicate-name", "a"],
      ["entry-encrypted", "b"],
      ["method-unsupported", "c"],
    ]);
  });

  test("a damaged archive never throws, and what it yields yauzl yields too", async () => {
    const base = Object.values(samples).filter((zip) => zip.length > 60);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: base.length - 1 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.option(fc.double({ min: 0.3, max: 1, noNaN: true })),
        async (which, changes, cutAt) => {
          const zip = Buffer.from(base[which] ?? Buffer.alloc(0));
          for (const [at, value] of changes) zip[Math.floor(at * zip.length)] = value;
          const damaged = cutAt === null ? zip : zip.subarray(0, Math.floor(cutAt * zip.length));
          const { listed, directory } = await withOurs(damaged);
          const theirs = await withYauzl(damaged);
          if (typeof theirs === "string" || !directory.complete || directory.problems.length > 0) return;
          // A checksum that fails is content for yauzl, which does not compare it, and a problem here.
          const names = (list: Listed[]) => list.map(({ name, size }) => ({ name, size }));
          expect(names(listed)).toEqual(names(theirs));
          for (const [index, entry] of listed.entries()) {
            if (entry.content !== undefined) expect(theirs[index]?.content).toBe(entry.content);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("the content of entries", () => {
  const problemOf = async (zip: Buffer): Promise<string | undefined> => {
    const directory = await readZipDirectory(memoryReader(zip));
    const [result] = (await contents(zip, directory)).values();
    return result !== undefined && "problem" in result ? `${result.problem.kind}: ${result.problem.text}` : undefined;
  };

  test("a bomb is stopped at the size that it announces", async () => {
    const zip = makeZip([{ name: "bomb.so", data: Buffer.alloc(50 * 1024 * 1024), size: 1000 }]);
    expect(await problemOf(zip)).toBe("entry-damaged: The entry unpacks to more than the 1000 bytes it announces.");
  });

  test("an honest giant is not unpacked", async () => {
    const zip = makeZip([{ name: "bomb.so", data: Buffer.alloc(70 * 1024 * 1024) }]);
    expect(await problemOf(zip)).toMatch(/^entry-too-large/);
  });

  test("damaged data, a wrong checksum and encryption are told apart", async () => {
    const data = "some text that deflates well ".repeat(20);
    const packed = makeZip([{ name: "a", data }]);
    packed.fill(0xff, 35, 45);
    expect(await problemOf(packed)).toBe("entry-damaged: The entry's compressed data is damaged.");
    const stored = makeZip([{ name: "a", data, store: true }]);
    stored[40] = 0;
    expect(await problemOf(stored)).toBe("entry-damaged: The entry's content does not match its checksum.");
    expect(await problemOf(makeZip([{ name: "a", data, encrypted: true }]))).toMatch(/^entry-encrypted/);
  });

  test("a head gives the first bytes without the rest of the entry", async () => {
    const data = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));
    const zip = makeZip([{ name: "lib.so", data }]);
    const { entries } = await readZipDirectory(memoryReader(zip));
    const [entry] = entries;
    const asked: number[] = [];
    const reader = {
      ...memoryReader(zip),
      read: (offset: number, length: number) => (asked.push(length), memoryReader(zip).read(offset, length)),
    };
    let head: EntryBytes | undefined;
    if (entry !== undefined) await readEntries(reader, [{ entry, head: 512 }], (_, result) => (head = result));
    expect(head !== undefined && "bytes" in head && Buffer.from(head.bytes.subarray(0, 256))).toEqual(
      data.subarray(0, 256),
    );
    expect(head).toMatchObject({ complete: false });
    expect(asked).toEqual([1024]);
  });

  test("neighbours share a range, distant entries do not", async () => {
    const filler = Array.from({ length: 100_000 }, (_, index) => String((index * 48271) % 65537)).join("");
    const zip = makeZip([
      { name: "a", data: "1" },
      { name: "b", data: "2" },
      { name: "filler", data: filler },
      { name: "c", data: "3" },
    ]);
    const { entries } = await readZipDirectory(memoryReader(zip));
    let ranges = 0;
    const counting = {
      ...memoryReader(zip),
      read: (offset: number, length: number) => (ranges++, memoryReader(zip).read(offset, length)),
    };
    const wants = [...entries].filter((entry) => entry.name !== "filler").map((entry) => ({ entry }));
    const names: string[] = [];
    await readEntries(counting, wants, (entry, result) => "bytes" in result && names.push(entry.name), readLimits);
    expect(ranges).toBe(2);
    expect(names.sort()).toEqual(["a", "b", "c"]);
  });
});
