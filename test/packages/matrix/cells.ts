// The cells of the import matrix: what lies in the folder, and what is imported from it.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { InstallSpec, Platform, WheelSpec } from "./wheels.ts";

export type Cell = {
  name: string;
  wheels: WheelSpec[];
  /** What pip installs for a platform with all that it needs, laid down above the wheels. */
  installed?: InstallSpec;
  /** Debian's psycopg2 is laid down, too. */
  debian?: true;
  modules: string[];
  environment?: Record<string, string>;
  /** Changes the folder after it was laid out; files are links to the cache, so they are replaced, never written into. */
  change?(folder: string): void;
  /** Part of the short run. */
  short?: true;
};

const pythons = ["3.9", "3.10", "3.11", "3.12", "3.13"];
const platforms: Platform[] = [
  "linux-x86_64",
  "linux-aarch64",
  "musl-x86_64",
  "macos-arm64",
  "macos-x86_64",
  "windows",
];

const pure = (requirement: string): WheelSpec => ({ requirement, python: "3.11", platform: "any" });
const typing = pure("typing_extensions==4.12.2");
const timeout = pure("async_timeout==5.0.1");

/** The binary projects of the matrix; the wheels of some are for every later Python, too. */
const binaries: { project: string; modules: string[]; with: WheelSpec[]; pythons: string[]; extra?: string }[] = [
  { project: "psycopg2-binary==2.9.10", modules: ["psycopg2"], with: [], pythons },
  { project: "psycopg-binary==3.2.6", modules: ["psycopg"], with: [pure("psycopg==3.2.6"), typing], pythons },
  { project: "asyncpg==0.30.0", modules: ["asyncpg"], with: [timeout], pythons },
  { project: "pydantic-core==2.27.2", modules: ["pydantic_core"], with: [typing], pythons },
  {
    project: "cryptography==44.0.2",
    modules: ["cryptography.hazmat.primitives.asymmetric.rsa"],
    with: [],
    pythons: ["3.11"],
  },
  { project: "numpy==2.0.2", modules: ["numpy"], with: [], pythons: ["3.11", "3.12"] },
];

function replace(file: string, change: (bytes: Buffer) => Uint8Array | string): void {
  const bytes = readFileSync(file);
  rmSync(file);
  writeFileSync(file, change(bytes));
}

function findFile(folder: string, start: string, pattern: RegExp): string {
  const at = path.join(folder, start);
  const name = readdirSync(at).find((each) => pattern.test(each));
  if (name === undefined) throw new Error(`no file like ${pattern.source} in ${start}`);
  return path.join(at, name);
}

function removeMetadata(folder: string, project: string): void {
  for (const name of readdirSync(folder)) {
    if (name.toLowerCase().startsWith(`${project}-`) && name.endsWith(".dist-info"))
      rmSync(path.join(folder, name), { recursive: true });
  }
}

const write = (name: string, text: string) => (folder: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  rmSync(path.join(folder, name), { force: true });
  writeFileSync(path.join(folder, name), text);
};

function binaryCells(): Cell[] {
  return binaries.flatMap(({ project, modules, with: also, pythons: versions }) =>
    platforms.flatMap((platform) =>
      versions.map((python): Cell => {
        const name = `${project.split("==", 1)[0]} cp${python.replace(".", "")} ${platform}`;
        const short = python === "3.11" && !project.startsWith("numpy") ? { short: true as const } : {};
        return { name, wheels: [{ requirement: project, python, platform }, ...also], modules, ...short };
      }),
    ),
  );
}

const psycopg2 = (platform: Platform, python = "3.11"): WheelSpec => ({
  requirement: "psycopg2-binary==2.9.10",
  python,
  platform,
});
const psycopgBinary = (platform: Platform, python = "3.11"): WheelSpec => ({
  requirement: "psycopg-binary==3.2.6",
  python,
  platform,
});
const driver = /^_psycopg\..*(?:so|pyd)$/;

/** A foreign library under a name that every Python takes. */
function renamedCells(): Cell[] {
  return platforms
    .filter((platform) => platform !== "linux-x86_64")
    .flatMap((platform): Cell[] => [
      {
        name: `psycopg2 of ${platform} renamed to _psycopg.so`,
        wheels: [psycopg2(platform, "3.12")],
        modules: ["psycopg2"],
        change: (folder) =>
          renameSync(findFile(folder, "psycopg2", driver), path.join(folder, "psycopg2", "_psycopg.so")),
        short: true,
      },
      {
        name: `psycopg_binary of ${platform} renamed`,
        wheels: [psycopgBinary(platform, "3.12"), pure("psycopg==3.2.6"), typing],
        modules: ["psycopg"],
        change(folder) {
          for (const stem of ["_psycopg", "pq"]) {
            const file = findFile(folder, "psycopg_binary", new RegExp(`^${stem}\\..*(?:so|pyd)$`));
            renameSync(file, path.join(folder, "psycopg_binary", `${stem}.so`));
          }
        },
      },
    ]);
}

const pg8000 = pure("pg8000==1.31.2");
const scramp = pure("scramp==1.4.5");
const asn1 = pure("asn1crypto==1.5.1");
const dateutil = pure("python-dateutil==2.9.0.post0");
const six = pure("six==1.17.0");

function pg8000Cells(): Cell[] {
  const all = [pg8000, scramp, asn1, dateutil, six];
  const without = (left: WheelSpec): Cell => ({
    name: `pg8000 without ${left.requirement.split("==", 1)[0]}`,
    wheels: all.filter((each) => each !== left),
    modules: ["pg8000"],
    short: true,
  });
  const stripped = (project: string, modules: string[]): Cell => ({
    name: `${project} without its metadata`,
    wheels: all,
    modules,
    change: (folder) => removeMetadata(folder, project),
    short: true,
  });
  return [
    { name: "pg8000 whole", wheels: all, modules: ["pg8000.dbapi", "pg8000.native"], short: true },
    { name: "pg8000 1.29.4", wheels: [pure("pg8000==1.29.4"), scramp, asn1, dateutil, six], modules: ["pg8000"] },
    { name: "pg8000 1.30.5 alone", wheels: [pure("pg8000==1.30.5")], modules: ["pg8000"] },
    ...[scramp, asn1, dateutil, six].map(without),
    { ...without(pg8000), modules: ["pg8000"] },
    stripped("pg8000", ["pg8000"]),
    stripped("scramp", ["pg8000"]),
    stripped("asn1crypto", ["pg8000"]),
  ];
}

function sqlalchemyCells(): Cell[] {
  const sqlalchemy = (version: string, python = "3.11"): WheelSpec => ({
    requirement: `SQLAlchemy==${version}`,
    python,
    platform: "linux-x86_64",
  });
  const app = (call: string) =>
    write("app.py", `import sqlalchemy\nimport sqlalchemy.ext.asyncio\n\nengine = sqlalchemy.${call}\n`);
  const engine = (name: string, url: string, wheels: WheelSpec[]): Cell => ({
    name: `SQLAlchemy with ${name}`,
    wheels: [sqlalchemy("2.0.38"), typing, ...wheels],
    modules: ["app"],
    change: app(url.includes("asyncpg") ? `ext.asyncio.create_async_engine("${url}")` : `create_engine("${url}")`),
  });
  const greenlet: WheelSpec = { requirement: "greenlet==3.1.1", python: "3.11", platform: "linux-x86_64" };
  const asyncpg: WheelSpec = { requirement: "asyncpg==0.30.0", python: "3.11", platform: "linux-x86_64" };
  const psycopg = pure("psycopg==3.2.6");
  return [
    engine("psycopg2", "postgresql+psycopg2://u@h/d", [psycopg2("linux-x86_64")]),
    engine("psycopg2 of macOS", "postgresql+psycopg2://u@h/d", [psycopg2("macos-arm64")]),
    engine("no psycopg2", "postgresql+psycopg2://u@h/d", []),
    engine("psycopg", "postgresql+psycopg://u@h/d", [psycopg, psycopgBinary("linux-x86_64")]),
    engine("psycopg of Windows", "postgresql+psycopg://u@h/d", [psycopg, psycopgBinary("windows")]),
    engine("pg8000", "postgresql+pg8000://u@h/d", [pg8000, scramp, asn1, dateutil, six]),
    engine("no pg8000", "postgresql+pg8000://u@h/d", []),
    engine("asyncpg", "postgresql+asyncpg://u@h/d", [asyncpg, timeout, greenlet]),
    engine("no asyncpg", "postgresql+asyncpg://u@h/d", [greenlet]),
    { name: "SQLAlchemy 1.4", wheels: [sqlalchemy("1.4.54"), greenlet], modules: ["sqlalchemy", "sqlalchemy.orm"] },
    { name: "SQLAlchemy of Python 3.12", wheels: [sqlalchemy("2.0.38", "3.12"), typing], modules: ["sqlalchemy"] },
    {
      name: "SQLAlchemy without typing_extensions",
      wheels: [sqlalchemy("2.0.38")],
      modules: ["sqlalchemy"],
      short: true,
    },
  ];
}

function psycopgCells(): Cell[] {
  const bare = [pure("psycopg==3.2.6"), typing];
  const impl = (value: string, wheels: WheelSpec[]): Cell => ({
    name: `psycopg with PSYCOPG_IMPL=${value}${wheels.length > 2 ? ` and ${wheels[2]?.platform}` : ""}`,
    wheels,
    modules: ["psycopg"],
    environment: { PSYCOPG_IMPL: value },
  });
  return [
    { name: "psycopg without a binary", wheels: bare, modules: ["psycopg"], short: true },
    { name: "psycopg 3.1 without a binary", wheels: [pure("psycopg==3.1.20"), typing], modules: ["psycopg"] },
    {
      name: "psycopg without typing_extensions",
      wheels: [pure("psycopg==3.2.6"), psycopgBinary("linux-x86_64")],
      modules: ["psycopg"],
      short: true,
    },
    impl("binary", bare),
    impl("c", bare),
    impl("python", bare),
    impl("binary", [...bare, psycopgBinary("linux-x86_64")]),
    impl("binary", [...bare, psycopgBinary("linux-aarch64")]),
    impl("nonsense", bare),
    { name: "psycopg_binary without psycopg", wheels: [psycopgBinary("linux-x86_64")], modules: ["psycopg"] },
  ];
}

function debianCells(): Cell[] {
  // A name of the same length that no system has: the library that was linked to is absent.
  const absent = (folder: string) =>
    replace(findFile(folder, "psycopg2", driver), (bytes) =>
      Buffer.from(bytes.toString("latin1").replaceAll("libpq.so.5", "libpz.so.5"), "latin1"),
    );
  return [
    {
      name: "psycopg2 of Debian with the system's libpq",
      wheels: [],
      debian: true,
      modules: ["psycopg2"],
      short: true,
    },
    {
      name: "psycopg2 of Debian, libpq absent",
      wheels: [],
      debian: true,
      modules: ["psycopg2"],
      change: absent,
      short: true,
    },
  ];
}

function damagedCells(): Cell[] {
  const damaged = (name: string, change: (bytes: Buffer) => Uint8Array | string): Cell => ({
    name: `psycopg2 whose library is ${name}`,
    wheels: [psycopg2("linux-x86_64")],
    modules: ["psycopg2"],
    change: (folder) => replace(findFile(folder, "psycopg2", driver), change),
    short: true,
  });
  const set =
    (at: number, ...values: number[]) =>
    (bytes: Buffer) => {
      const copy = Buffer.from(bytes);
      for (const [index, value] of values.entries()) copy[at + index] = value;
      return copy;
    };
  const changed = (name: string, change: (folder: string) => void, modules = ["psycopg2"]): Cell => ({
    name,
    wheels: [psycopg2("linux-x86_64")],
    modules,
    change,
    short: true,
  });
  const libs = "psycopg2_binary.libs";
  return [
    ...[0, 10, 63, 64, 200, 4096, 100_000].map((length) =>
      damaged(`cut to ${length} bytes`, (bytes) => bytes.subarray(0, length)),
    ),
    damaged("a text", () => "this is no library\n".repeat(10)),
    damaged("a Git LFS pointer", () => "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n"),
    damaged("of 32 bits", set(4, 1)),
    damaged("of the other byte order", set(5, 2)),
    damaged("for another processor", set(18, 183, 0)),
    damaged("an object file", set(16, 1, 0)),
    damaged("an archive", () => `!<arch>\n${"x".repeat(100)}`),
    changed("psycopg2 whose libpq was left out", (folder) => rmSync(findFile(folder, libs, /^libpq/))),
    changed("psycopg2 without its bundled libraries", (folder) => rmSync(path.join(folder, libs), { recursive: true })),
    changed("psycopg2 whose bundled libcrypto is empty", (folder) =>
      replace(findFile(folder, libs, /^libcrypto/), () => ""),
    ),
    changed("psycopg2 whose bundled libssl is for another processor", (folder) =>
      replace(findFile(folder, libs, /^libssl/), set(18, 183, 0)),
    ),
    changed("psycopg2 whose bundled libpq is a text", (folder) =>
      replace(findFile(folder, libs, /^libpq/), () => "text ".repeat(40)),
    ),
    changed("psycopg2 without its compiled part", (folder) => rmSync(findFile(folder, "psycopg2", driver))),
    changed("psycopg2 without its first file", (folder) => rmSync(path.join(folder, "psycopg2", "__init__.py"))),
    changed("psycopg2 under another spelling", (folder) =>
      renameSync(path.join(folder, "psycopg2"), path.join(folder, "PsycoPG2")),
    ),
    changed("psycopg2 one folder too deep", (folder) => {
      mkdirSync(path.join(folder, "python"));
      renameSync(path.join(folder, "psycopg2"), path.join(folder, "python", "psycopg2"));
    }),
    changed("psycopg2 hidden by a file of its name", write("psycopg2.py", "raise ImportError('hidden')\n")),
    changed("a file that hides psycopg2", (folder) => {
      rmSync(path.join(folder, "psycopg2"), { recursive: true });
      write("psycopg2.py", "from psycopg2 import connect\n")(folder);
    }),
    changed(
      "two modules that import each other",
      (folder) => {
        write("a.py", "from b import two\none = 1\n")(folder);
        write("b.py", "from a import one\ntwo = 2\n")(folder);
      },
      ["a"],
    ),
    changed(
      "a compiled module under another name",
      (folder) => {
        const file = findFile(folder, "psycopg2", driver);
        renameSync(file, path.join(folder, "other.so"));
      },
      ["other"],
    ),
    changed("a name that psycopg2 has not", write("app.py", "from psycopg2 import nothing\n"), ["app"]),
    changed("a module that psycopg2 has not", write("app.py", "import psycopg2.nothing\n"), ["app"]),
    changed("a module below a module", write("app.py", "import psycopg2.errors.nothing\n"), ["app"]),
    changed("a standard module that is gone", write("app.py", "import asyncore, distutils\nimport binhex\n"), ["app"]),
    changed("a standard name that is gone", write("app.py", "from inspect import getargspec\n"), ["app"]),
    changed("a relative import at the top", write("app.py", "from . import db\n"), ["app"]),
    changed("a relative import too far up", write("pkg/app.py", "from ...db import x\n"), ["pkg.app"]),
    changed(
      "an optional import that is missing",
      write("app.py", "try:\n    import nothing\nexcept ImportError:\n    nothing = None\n"),
      ["app"],
    ),
    changed(
      "an import that is reworded",
      write(
        "app.py",
        "try:\n    import nothing\nexcept ImportError as e:\n    raise ImportError(f'needs nothing: {e}') from e\n",
      ),
      ["app"],
    ),
    changed("an import in a called function", write("app.py", "def load():\n    import nothing\n\nload()\n"), ["app"]),
    changed("an import in a function that is not called", write("app.py", "def load():\n    import nothing\n"), [
      "app",
    ]),
    changed(
      "a module by its name in a text",
      write("app.py", "import importlib\nx = importlib.import_module('nothing.at.all')\n"),
      ["app"],
    ),
    changed(
      "byte code alone",
      (folder) => {
        write("__pycache__/app.cpython-311.pyc", "")(folder);
      },
      ["app"],
    ),
  ];
}

/** Every cell, in the order of the table. */
export function allCells(): Cell[] {
  return [
    ...binaryCells(),
    ...renamedCells(),
    ...pg8000Cells(),
    ...psycopgCells(),
    ...sqlalchemyCells(),
    ...debianCells(),
    ...damagedCells(),
  ];
}
