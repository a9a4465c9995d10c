import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inventorySchema } from "../../src/facts/inventory.ts";
import { inventoryOfZip } from "../../src/packages/inventory.ts";
import { modulesIn } from "../../src/packages/judge.ts";
import { memoryReader } from "../../src/packages/reader.ts";
import { makeElf } from "./support/elf.ts";
import { inventoryOf, inventoryOfFiles, type Files } from "./support/view.ts";
import { makeZip, type ZipInput } from "./support/zip.ts";

const source = `import os
import boto3
import pg8000.dbapi
from psycopg2 import connect as pg_connect

URL = "postgresql://app:hunter2hunter2@db.example.com/main"
KEY = "AKIAIOSFODNN7EXAMPLE"
password = "s3cret"

def get_conn():
    ssm = boto3.client("ssm")
    token = ssm.get_parameter(Name="/app/token", WithDecryption=True)
    settings = {"user": "app"}
    pg8000.dbapi.connect(**settings, sslmode="require")
    return pg_connect(os.environ["DATABASE_URL"], password="hunter2hunter2", channel_binding="require")

def rows(owner):
    with get_conn() as conn:
        with conn.cursor() as cur:
            cur.execute("SELECT trend FROM usage_summaries u JOIN contracts c ON u.id = c.id WHERE owner = %s", (owner,))
            cur.execute("""
                WITH recent AS (SELECT 1)
                INSERT INTO audit.log SELECT * FROM recent
            """)
    return os.getenv("LOG_LEVEL")
`;

describe("what is recorded", () => {
  test("statements of the function's own code, without its secrets", async () => {
    const inventory = await inventoryOf({ "app.py": source });
    const told = inventory.sourceFacts.map(({ kind, line, name, keywords }) => [kind, line, name, ...(keywords ?? [])]);
    expect(told).toEqual(
      expect.arrayContaining([
        ["ssm-read", 12, "/app/token", "Name", "WithDecryption"],
        ["connect-call", 14, "pg8000.dbapi.connect", "**", "sslmode"],
        ["connect-call", 15, "psycopg2.connect", "password", "channel_binding"],
        ["env-read", 15, "DATABASE_URL"],
        ["connection-in-with", 18, "get_conn"],
        ["cursor-in-with", 19, "conn.cursor"],
        ["sql-table", 20, "usage_summaries"],
        ["sql-table", 20, "contracts"],
        ["sql-table", 21, "audit.log"],
        ["env-read", 25, "LOG_LEVEL"],
      ]),
    );
    expect(told).toHaveLength(10);
    const recorded = JSON.stringify(inventory);
    for (const secret of ["hunter2", "AKIAIOSFODNN7EXAMPLE", "s3cret"]) expect(recorded).not.toContain(secret);
    const connect = inventory.sourceFacts.find((fact) => fact.name === "psycopg2.connect");
    expect(connect?.text).toBe(
      'return pg_connect(os.environ["DATABASE_URL"], password="***", channel_binding="require")',
    );
  });

  test("the same of a zip and of a folder, and nothing that JSON or its schema would change", async () => {
    const files: Files = {
      "app.py": source,
      "pg8000/__init__.py": "from .core import x\n",
      "pg8000/core.py": "x = 1\n",
      "pg8000-1.30.5.dist-info/METADATA":
        "Name: pg8000\nVersion: 1.30.5\nRequires-Dist: scramp (>=1.4.3)\nRequires-Python: >=3.8\n\nText\nName: no\n",
      "pg8000-1.30.5.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
      "lib/native.so": { data: makeElf({ needed: ["libc.so.6"] }), mode: 0o755 },
    };
    const zipped = await inventoryOf(files);
    const foldered = await inventoryOfFiles(files);
    const comparable = (inventory: typeof zipped) => ({ ...inventory, source: "", bytes: 0, bytesRead: 0 });
    expect(comparable(foldered)).toEqual(comparable(zipped));
    expect(inventorySchema.parse(JSON.parse(JSON.stringify(zipped)))).toEqual(zipped);
    expect(zipped.distributions).toEqual([
      {
        path: "pg8000-1.30.5.dist-info",
        name: "pg8000",
        version: "1.30.5",
        topLevel: ["pg8000"],
        requires: ["scramp (>=1.4.3)"],
        requiresPython: ">=3.8",
        tags: ["py3-none-any"],
        natives: [],
      },
    ]);
    expect(zipped.folders["lib"]).toEqual([["native.so", expect.any(Number), 0o755]]);
    expect(zipped.native["lib/native.so"]).toMatchObject({ format: "elf", needed: ["libc.so.6"] });
  });

  test("the sources that the code reaches, and of others nothing", async () => {
    const inventory = await inventoryOf({
      "app.py": "import requests\n",
      "requests/__init__.py": "from . import api\n",
      "requests/api.py": "",
      "requests/unused.py": "import never\n",
      "requests-2.0.dist-info/METADATA": "Name: requests\nVersion: 2.0\n",
      "other/__init__.py": "",
      "other-1.0.dist-info/METADATA": "Name: other\nVersion: 1.0\n",
    });
    expect(Object.keys(inventory.python).sort()).toEqual(["app.py", "requests/__init__.py", "requests/api.py"]);
  });

  test("what a layer's functions import is followed when it is named, or while it is little", async () => {
    const files: Files = {
      "python/other/__init__.py": "import inner\n",
      "python/inner.py": "x = 1\n",
      "python/other-1.0.dist-info/METADATA": "Name: other\nVersion: 1.0\n",
      "python/other-1.0.dist-info/top_level.txt": "other\ninner\n",
    };
    expect(Object.keys((await inventoryOf(files)).python).sort()).toEqual([
      "python/inner.py",
      "python/other/__init__.py",
    ]);
    const zip = makeZip(Object.entries(files).map(([name, data]) => ({ name, data: String(data), mode: 0o100644 })));
    const result = await inventoryOfZip(memoryReader(zip), { limits: { maxUnaskedBytes: 0 } });
    expect(result.ok && Object.keys(result.inventory.python)).toEqual([]);
    expect(Object.keys((await inventoryOf(files, ["other"])).python).sort()).toEqual([
      "python/inner.py",
      "python/other/__init__.py",
    ]);
  });
});

describe("what is followed", () => {
  const layer = makeZip([
    { name: "python/common/__init__.py", data: "import os\n", mode: 0o100644 },
    { name: "python/six.py", data: "import sys\n", mode: 0o100644 },
    { name: "python/six-1.16.0.dist-info/top_level.txt", data: "six\n", mode: 0o100644 },
  ]);

  test("the same where the names come only while it is read, with a pause before each source", async () => {
    const told = await inventoryOfZip(memoryReader(layer), { modules: ["six"] });
    let pauses = 0;
    const modules = new Promise<readonly string[]>((resolve) => setTimeout(() => resolve(["six"]), 20));
    const found = await inventoryOfZip(memoryReader(layer), {
      modules,
      pause: async () => {
        pauses += 1;
        await Promise.resolve();
      },
    });
    expect(found).toEqual(told);
    expect(told).toMatchObject({ ok: true, inventory: { python: { "python/six.py": {} } } });
    expect(pauses).toBe(2);
  });
});

describe("bounds", () => {
  test("what a bound leaves out is told", async () => {
    const files: Files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`m${index}.py`, `x = ${index}\n`]),
    );
    const zip = makeZip(Object.entries(files).map(([name, data]) => ({ name, data: String(data), mode: 0o100644 })));
    const result = await inventoryOfZip(memoryReader(zip), { limits: { maxSources: 5 } });
    if (!result.ok) throw new Error(result.problem.text);
    expect(Object.keys(result.inventory.python)).toHaveLength(5);
    expect(result.inventory.cut).toMatchObject([{ what: "sources", left: 15 }]);
    const poor = await inventoryOfZip(memoryReader(zip), { limits: { contentBudget: () => 200 } });
    if (!poor.ok) throw new Error(poor.problem.text);
    expect(poor.inventory.cut).toMatchObject([{ what: "content" }]);
  });

  test("60,000 entries are listed in a form that stays small", async () => {
    const inputs: ZipInput[] = Array.from({ length: 60_000 }, (_, index) => ({
      name: `python/pkg/f${index}.txt`,
      store: true,
      mode: 0o100644,
    }));
    const result = await inventoryOfZip(memoryReader(makeZip(inputs)));
    if (!result.ok) throw new Error(result.problem.text);
    expect(result.inventory.files).toBe(60_000);
    expect(JSON.stringify(result.inventory).length).toBeLessThan(60_000 * 20);
  });
});

test("a package is asked for what it brings, not for names that stand for nothing", async () => {
  const inventory = await inventoryOf({
    "pyarrow/__init__.py": "",
    "pyarrow-15.0.2.dist-info/METADATA": "Name: pyarrow\nVersion: 15.0.2\n",
    "pyarrow-15.0.2.dist-info/top_level.txt": "__dummy__\npyarrow\n",
  });
  expect(modulesIn(inventory, "python3.12")).toEqual(["pyarrow"]);
});

describe("damaged packages", () => {
  const kinds = async (zip: Uint8Array): Promise<string[]> => {
    const result = await inventoryOfZip(memoryReader(zip));
    return result.ok ? result.inventory.problems.map((problem) => problem.kind) : [result.problem.kind];
  };

  test("each kind of damage has its own name", async () => {
    const app = { name: "app.py", data: "x = 1\n".repeat(100), mode: 0o100644 };
    const whole = makeZip([app]);
    expect(await kinds(whole)).toEqual([]);
    expect(await kinds(whole.subarray(0, whole.length - 30))).toEqual(["not-a-zip"]);
    expect(await kinds(whole.subarray(20))).toEqual(["directory-damaged"]);
    expect(await kinds(makeZip([{ ...app, encrypted: true }]))).toEqual(["entry-encrypted"]);
    expect(await kinds(makeZip([{ ...app, name: "evil\u001b[31m.py" }]))).toEqual(["name-control-characters"]);
    expect(await kinds(makeZip([{ ...app, name: "../../etc/passwd" }]))).toEqual(["name-outside"]);
    expect(await kinds(makeZip([app, app]))).toEqual(["duplicate-name"]);
    const spoiled = Buffer.from(whole);
    spoiled.fill(0xff, 38, 42);
    expect(await kinds(spoiled)).toEqual(["entry-damaged"]);
    expect(await kinds(makeZip([{ ...app, size: 10 }]))).toEqual(["entry-damaged"]);
  });

  test("of several entries for one path the last is what is there, however their names are spelled", async () => {
    const names = ["./a.py", "a.py", "b.py", "c//b.py", "c/b.py", "./b.py", "c/", "d/./e.py", "d/e.py/../f.py", "g/"];
    const inputs = names.map((name, index) => ({
      name,
      data: "x".repeat(index + 1),
      mode: name.endsWith("/") ? 0o040700 : 0o100644,
    }));
    const result = await inventoryOfZip(memoryReader(makeZip(inputs)));
    if (!result.ok) throw new Error(result.problem.text);
    const { folders, folderModes, files, unpackedBytes, problems } = result.inventory;
    expect(folders).toEqual({
      "": [
        ["a.py", 2],
        ["b.py", 6],
      ],
      c: [["b.py", 5]],
      d: [["e.py", 8]],
    });
    expect({ files, unpackedBytes }).toEqual({ files: 4, unpackedBytes: 21 });
    expect(folderModes).toEqual({ c: 0o700, g: 0o700 });
    expect(problems.map(({ kind }) => kind)).toEqual(["name-outside"]);
  });

  test("an archive of nothing but noise or changed bytes never throws", async () => {
    const whole = makeZip([
      { name: "app.py", data: "import pg8000\n", mode: 0o100644 },
      { name: "pg8000/__init__.py", data: "x = 1\n" },
      { name: "pg8000-1.dist-info/METADATA", data: "Name: pg8000\n" },
      { name: "a.so", data: makeElf({ inits: ["a"] }) },
      { name: "package.json", data: "{}" },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
        async (changes) => {
          const zip = Buffer.from(whole);
          for (const [at, value] of changes) zip[at] = value;
          const result = await inventoryOfZip(memoryReader(zip));
          if (result.ok) inventorySchema.parse(result.inventory);
        },
      ),
      { numRuns: 300 },
    );
  });
});
