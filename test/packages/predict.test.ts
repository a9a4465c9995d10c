import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { predictHandler } from "../../src/packages/predict.ts";
import { makeElf } from "./support/elf.ts";
import { inventoryOfFolder } from "../../src/packages/inventory.ts";
import { buildView } from "../../src/packages/view.ts";
import { folderFiles, inventoryOf, viewOf, type Files } from "./support/view.ts";

const app = "import db\n\ndef handler(event, context):\n    return db.rows()\n";
const db = "import psycopg2\n\ndef rows():\n    return []\n";
const psycopg2 = "from psycopg2._psycopg import connect\n";
const metadata = (name: string, version: string, extra = "") =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${extra}\nA description.\n`;
const compiled = makeElf({ inits: ["_psycopg"], needed: ["libc.so.6"] });
const macho = Buffer.concat([Buffer.from("cffaedfe0c000001", "hex"), Buffer.alloc(200)]);
const pe = Buffer.concat([
  Buffer.from("MZ"),
  Buffer.alloc(58),
  Buffer.from([64, 0, 0, 0]),
  Buffer.from("PE\0\0"),
  Buffer.from([0x64, 0x86]),
  Buffer.alloc(100),
]);
const own: Files = { "app.py": app, "db.py": db };
const withDriver = (so: string, bytes: Uint8Array): Files => ({
  ...own,
  "psycopg2/__init__.py": psycopg2,
  [`psycopg2/${so}`]: bytes,
  "psycopg2_binary-2.9.9.dist-info/METADATA": metadata("psycopg2-binary", "2.9.9"),
  "psycopg2_binary-2.9.9.dist-info/top_level.txt": "psycopg2\n",
});

/** SQLAlchemy imports a driver when an engine is made; which one the URL's scheme says, and where it does not, the version. */
function engines(): Record<string, Case> {
  const made = (version: string, code: string, driver?: string): Case => ({
    files: {
      "app.py": `from sqlalchemy import create_engine\n${code}\n\ndef handler(event, context):\n    pass\n`,
      "sqlalchemy/__init__.py": "def create_engine(url):\n    pass\n",
      [`SQLAlchemy-${version}.dist-info/METADATA`]: metadata("SQLAlchemy", version),
    },
    ...(driver === undefined ? {} : { fails: [unable(`No module named '${driver}'`), "module-missing"] }),
  });
  const assigned = (url: string) => `URL = "${url}"\nengine = create_engine(URL)`;
  return {
    "an engine of a bare scheme before 2.1": made("2.0.30", 'create_engine("postgresql://h/d")', "psycopg2"),
    "an engine of a bare scheme of 1.4": made("1.4.54", 'create_engine("postgresql://h/d")', "psycopg2"),
    "an engine of a bare scheme from 2.1 on": made("2.1.0b1", 'create_engine("postgresql://h/d")', "psycopg"),
    "an engine whose URL was assigned": made("2.0.30", assigned("postgresql+pg8000://h/d"), "pg8000"),
    "an engine whose URL was assigned twice": made(
      "2.0.30",
      `import os\nURL = "postgresql+pg8000://h/d"\nif os.sep: URL = os.environ["URL"]\ncreate_engine(URL)`,
    ),
    "an engine of another database": made("2.0.30", 'create_engine("sqlite://")'),
  };
}

type Case = {
  files: Files;
  layers?: Files[];
  runtime?: string;
  architecture?: "x86_64" | "arm64";
  handler?: string;
  environment?: Record<string, string>;
  /** The message and its cause; absent when the import works. */
  fails?: [message: string, cause: CauseId];
  /** Words that the explanation must have. */
  says?: RegExp;
};

const unable = (inner: string) => `Unable to import module 'app': ${inner}`;
const tagged = "_psycopg.cpython-312-x86_64-linux-gnu.so";

const cases: Record<string, Case> = {
  "a driver that fits": { files: withDriver(tagged, compiled) },
  "a driver in a layer": {
    files: own,
    layers: [{ "python/psycopg2/__init__.py": psycopg2, [`python/psycopg2/${tagged}`]: compiled }],
  },
  "no driver at all": {
    files: own,
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /psycopg2 is neither in the package nor in its layers/,
  },
  "a driver for another Python": {
    files: withDriver("_psycopg.cpython-39-x86_64-linux-gnu.so", compiled),
    fails: [unable("No module named 'psycopg2._psycopg'"), "wrong-python-abi"],
    says: /for Python 3\.9; Lambda runs Linux x86_64 with Python 3\.12/,
  },
  "a driver for another processor": {
    files: withDriver(tagged, compiled),
    architecture: "arm64",
    fails: [unable("No module named 'psycopg2._psycopg'"), "wrong-arch"],
  },
  "a driver of macOS": {
    files: withDriver("_psycopg.cpython-312-darwin.so", macho),
    fails: [unable("No module named 'psycopg2._psycopg'"), "wrong-platform-macos"],
    says: /macOS \(arm64\)/,
  },
  "a driver of Windows": {
    files: withDriver("_psycopg.cp312-win_amd64.pyd", pe),
    fails: [unable("No module named 'psycopg2._psycopg'"), "wrong-platform-windows"],
  },
  "a driver of macOS under a plain name": {
    files: withDriver("_psycopg.so", macho),
    fails: [unable("/var/task/psycopg2/_psycopg.so: invalid ELF header"), "wrong-platform-macos"],
  },
  "another processor under a plain name": {
    files: withDriver("_psycopg.so", makeElf({ machine: 183, inits: ["_psycopg"] })),
    fails: [
      unable("/var/task/psycopg2/_psycopg.so: cannot open shared object file: No such file or directory"),
      "wrong-arch",
    ],
  },
  "32 bits": {
    files: withDriver("_psycopg.so", makeElf({ bits: 32, machine: 3 })),
    fails: [unable("/var/task/psycopg2/_psycopg.so: wrong ELF class: ELFCLASS32"), "wrong-arch"],
  },
  "an empty library": {
    files: withDriver(tagged, Buffer.alloc(0)),
    fails: [unable(`/var/task/psycopg2/${tagged}: file too short`), "corrupt-artifact"],
  },
  "a library that was cut off": {
    files: withDriver(tagged, compiled.subarray(0, 250)),
    fails: ["Runtime exited with error: signal: bus error", "corrupt-artifact"],
  },
  "a library that was renamed": {
    files: withDriver(tagged, makeElf({ inits: ["other"] })),
    fails: [unable("dynamic module does not define module export function (PyInit__psycopg)"), "symbol-mismatch"],
  },
  "a library that links to an absent one": {
    files: withDriver(tagged, makeElf({ inits: ["_psycopg"], needed: ["libpq.so.5"] })),
    fails: [unable("libpq.so.5: cannot open shared object file: No such file or directory"), "shared-library-missing"],
  },
  "a library that finds its own by RPATH": {
    files: {
      ...withDriver(
        tagged,
        makeElf({ inits: ["_psycopg"], needed: ["libpq-0123abcd.so.5"], rpath: "$ORIGIN/../psycopg2_binary.libs" }),
      ),
      "psycopg2_binary.libs/libpq-0123abcd.so.5": makeElf(),
    },
  },
  "a library whose own was left out": {
    files: withDriver(
      tagged,
      makeElf({ inits: ["_psycopg"], needed: ["libpq-0123abcd.so.5"], rpath: "$ORIGIN/../psycopg2_binary.libs" }),
    ),
    fails: [
      unable("libpq-0123abcd.so.5: cannot open shared object file: No such file or directory"),
      "shared-library-missing",
    ],
  },
  "a library of musl": {
    files: withDriver(tagged, makeElf({ inits: ["_psycopg"], needed: ["libc.musl-x86_64.so.1"] })),
    fails: [
      unable("libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory"),
      "wrong-libc-musl",
    ],
  },
  "a library for a newer glibc": {
    files: withDriver(
      "_psycopg.abi3.so",
      makeElf({ inits: ["_psycopg"], versions: [{ library: "libc.so.6", names: ["GLIBC_2.17", "GLIBC_2.28"] }] }),
    ),
    runtime: "python3.11",
    fails: [
      unable("/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /var/task/psycopg2/_psycopg.abi3.so)"),
      "glibc-too-old",
    ],
  },
  "the same on a newer system": {
    files: withDriver(
      "_psycopg.abi3.so",
      makeElf({ inits: ["_psycopg"], versions: [{ library: "libc.so.6", names: ["GLIBC_2.28"] }] }),
    ),
  },
  "a library that may not be read": {
    files: { ...withDriver(tagged, compiled), [`psycopg2/${tagged}`]: { data: compiled, mode: 0o700 } },
    fails: [
      unable(`/var/task/psycopg2/${tagged}: cannot open shared object file: Permission denied`),
      "permission-denied-files",
    ],
  },
  "a source that may not be read": {
    files: { ...own, "db.py": { data: db, mode: 0o600 } },
    fails: ["[Errno 13] Permission denied: '/var/task/db.py'", "permission-denied-files"],
  },
  "a compiled part that was stripped": {
    files: {
      ...own,
      "psycopg2/__init__.py": psycopg2,
      "psycopg2_binary-2.9.9.dist-info/METADATA": metadata("psycopg2-binary", "2.9.9"),
      "psycopg2_binary-2.9.9.dist-info/RECORD": `psycopg2/__init__.py,,\npsycopg2/${tagged},,\n`,
    },
    fails: [unable("No module named 'psycopg2._psycopg'"), "native-extension-missing"],
    says: /was installed with psycopg2\/_psycopg\.cpython-312/,
  },
  "a folder without its first file": {
    files: { "app.py": "from psycopg2 import connect\n", "psycopg2/errors.py": "" },
    fails: [unable("cannot import name 'connect' from 'psycopg2' (unknown location)"), "corrupt-artifact"],
  },
  "a layer without its python folder": {
    files: own,
    layers: [{ "psycopg2/__init__.py": "" }],
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /psycopg2 is in \/opt; of a layer only \/opt\/python/,
  },
  "a layer for another Python's folder": {
    files: own,
    layers: [{ "python/lib/python3.9/site-packages/psycopg2/__init__.py": "" }],
    fails: [unable("No module named 'psycopg2'"), "wrong-runtime-configured"],
  },
  "PYTHONPATH hides the layers": {
    files: own,
    layers: [{ "python/psycopg2/__init__.py": "" }],
    environment: { PYTHONPATH: "/var/task/lib" },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /not searched because the function sets PYTHONPATH/,
  },
  "names with backslashes": {
    files: { ...own, "psycopg2\\__init__.py": "" },
    fails: [unable("No module named 'psycopg2'"), "corrupt-artifact"],
    says: /made with \\ in its names/,
  },
  "another spelling": {
    files: { ...own, "Psycopg2/__init__.py": "" },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /upper and lower case/,
  },
  "an editable install": {
    files: {
      ...own,
      "psycopg2.pth": "/home/dev/psycopg2\n",
      "psycopg2-2.9.dist-info/METADATA": metadata("psycopg2", "2.9"),
      "psycopg2-2.9.dist-info/direct_url.json": '{"url": "file:///home/dev/psycopg2", "dir_info": {"editable": true}}',
    },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /editable form/,
  },
  "only byte code in a cache": {
    files: { ...own, "__pycache__/psycopg2.cpython-312.pyc": "x" },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
    says: /Only the byte code/,
  },
  "a path file adds a folder": {
    files: own,
    layers: [{ "python/vendor.pth": "vendor\n", "python/vendor/psycopg2/__init__.py": "" }],
  },
  "a dependency of a dependency": {
    files: {
      "app.py": "import pg8000\n",
      "pg8000/__init__.py": "from scramp import ScramClient\n",
      "pg8000-1.30.5.dist-info/METADATA": metadata("pg8000", "1.30.5", "Requires-Dist: scramp>=1.4\n"),
    },
    fails: [unable("No module named 'scramp'"), "transitive-dependency-missing"],
    says: /pg8000 imports scramp/,
  },
  "metadata that was stripped": {
    files: {
      "app.py": "import pg8000\n",
      "pg8000/__init__.py": 'from importlib.metadata import version\n__version__ = version("pg8000")\n',
    },
    fails: [unable("No package metadata was found for pg8000"), "corrupt-artifact"],
    says: /dist-info/,
  },
  "a user file that hides the package": {
    files: { "app.py": "import psycopg2\n", "psycopg2.py": "from psycopg2 import connect\n" },
    fails: [
      unable(
        "cannot import name 'connect' from partially initialized module 'psycopg2' (most likely due to a circular import) (/var/task/psycopg2.py)",
      ),
      "circular-import-or-name-missing",
    ],
    says: /hides the package/,
  },
  "a name that another version has": {
    files: {
      "app.py": "from pg8000 import nothing\n",
      "pg8000/__init__.py": "def connect():\n    pass\n",
      "pg8000-1.0.dist-info/METADATA": metadata("pg8000", "1.0"),
    },
    fails: [unable("cannot import name 'nothing' from 'pg8000' (/var/task/pg8000/__init__.py)"), "dependency-conflict"],
  },
  "a standard module that is gone": {
    files: { "app.py": "import distutils.util\n" },
    fails: [unable("No module named 'distutils'"), "stdlib-module-removed"],
  },
  "a standard module that came later": {
    files: { "app.py": "import tomllib\n" },
    runtime: "python3.9",
    fails: [unable("No module named 'tomllib'"), "wrong-runtime-configured"],
  },
  "a standard name that is gone": {
    files: { "app.py": "from collections import Mapping\n" },
    fails: [
      unable("cannot import name 'Mapping' from 'collections' (/var/lang/lib/python3.12/collections/__init__.py)"),
      "stdlib-module-removed",
    ],
  },
  "a file of a standard module's name": {
    files: { "app.py": "from random import choice\n", "random.py": "import math\n" },
    fails: [
      unable("cannot import name 'choice' from 'random' (/var/task/random.py)"),
      "circular-import-or-name-missing",
    ],
  },
  "a file of the name of a standard module that the runtime has loaded before": {
    files: { "app.py": "from json import dumps\n\ndef handler(e, c):\n    pass\n", "json.py": "import math\n" },
  },
  "a package of the same name inside another package": {
    files: {
      "app.py": "import pandas\n",
      "pandas/__init__.py": "import numpy\n",
      "pandas/compat/__init__.py": "",
      "pandas/compat/numpy/__init__.py": "",
      "pandas-2.2.dist-info/METADATA": metadata("pandas", "2.2"),
    },
    fails: [unable("No module named 'numpy'"), "transitive-dependency-missing"],
  },
  "imports in a loop over names": {
    files: {
      "app.py":
        'for name in ("json", "asn1crypto"):\n    try:\n        __import__(name)\n    except ImportError as e:\n        raise ImportError(f"{name} is required: {e}")\n',
    },
    fails: [unable("asn1crypto is required: No module named 'asn1crypto'"), "module-missing"],
  },
  "a module that makes its submodules itself": {
    files: {
      "app.py": "import six.moves\nfrom six.moves import urllib\n\ndef handler(e, c):\n    pass\n",
      "six.py": "import sys\nsys.meta_path.append(object())\n",
    },
  },
  "a name that is declared for type checkers and set later": {
    files: {
      "app.py": "from sqlalchemy import NULL\n\ndef handler(e, c):\n    pass\n",
      "sqlalchemy/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .types import NULL\n",
    },
  },
  "a relative import at the top": {
    files: { "app.py": "from .db import rows\n", "db.py": "" },
    fails: [unable("attempted relative import with no known parent package"), "relative-import-error"],
  },
  "Python 2": {
    files: { "app.py": 'print "started"\n' },
    fails: [
      "Syntax error in module 'app': Missing parentheses in call to 'print'. Did you mean print(...)? (app.py, line 1)",
      "syntax-error",
    ],
  },
  "grammar of a newer Python": {
    files: { "app.py": "def handler(event, context):\n    match event:\n        case {}:\n            return 1\n" },
    runtime: "python3.9",
    fails: ["Syntax error in module 'app': invalid syntax (app.py, line 2)", "syntax-error"],
  },
  "no file for the handler": {
    files: { "main.py": "" },
    fails: [unable("No module named 'app'"), "handler-file-missing"],
  },
  "no function for the handler": {
    files: { "app.py": "def main(event, context):\n    pass\n" },
    fails: ["Handler 'handler' missing on module 'app'", "handler-not-found"],
  },
  "a handler in folders": {
    files: { "tools/usage/handler.py": "import missing_one\n" },
    handler: "tools/usage/handler.handler",
    fails: ["Unable to import module 'tools/usage/handler': No module named 'missing_one'", "module-missing"],
  },
  "an import that is allowed to fail": {
    files: {
      "app.py": "try:\n    import psycopg2\nexcept ImportError:\n    psycopg2 = None\n\ndef handler(e, c):\n    pass\n",
    },
  },
  "an import for type checkers alone": {
    files: {
      "app.py":
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import psycopg2\n\ndef handler(e, c):\n    pass\n",
    },
  },
  ...engines(),
  "Rust that panics where a module is missing": {
    files: {
      "app.py": "try:\n    import cryptography._rust\nexcept Exception:\n    pass\n\ndef handler(e, c):\n    pass\n",
      "cryptography/__init__.py": "",
      "cryptography/_rust.abi3.so": Buffer.concat([makeElf({ inits: ["_rust"] }), Buffer.from("\0_cffi_backend\0")]),
      "cryptography-41.0.7.dist-info/METADATA": metadata("cryptography", "41.0.7"),
    },
    fails: ["Python API call failed", "module-missing"],
  },
  "a function of another file that imports a driver": {
    files: {
      "app.py": `from data.db import connect\nconnection = connect()\n\ndef handler(e, c):\n    pass\n`,
      "data/__init__.py": "",
      "data/db.py": "def connect():\n    import psycopg2\n    return psycopg2.connect('')\n",
    },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
  },
  "the same through the package's first file": {
    files: {
      "app.py": "from data import connect as open_it\nconnection = open_it()\n\ndef handler(e, c):\n    pass\n",
      "data/__init__.py": "from .db import connect\n",
      "data/db.py": "def connect():\n    return _driver()\n\ndef _driver():\n    import psycopg2\n",
    },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
  },
  "a function of another file that is not called": {
    files: {
      "app.py": "from db import connect\n\ndef handler(e, c):\n    connect()\n",
      "db.py": "def connect():\n    import psycopg2\n",
    },
  },
  "a function of another file that is bound anew": {
    files: {
      "app.py": "from db import connect\nconnect = str\nconnect()\n\ndef handler(e, c):\n    pass\n",
      "db.py": "def connect():\n    import psycopg2\n",
    },
  },
  "a function of another file that catches": {
    files: {
      "app.py": "from db import connect\nconnect()\n\ndef handler(e, c):\n    pass\n",
      "db.py": "def connect():\n    try:\n        import psycopg2\n    except ImportError:\n        return None\n",
    },
  },
  "a module that a function of another file is given by name": {
    files: {
      "app.py": "from load import load\nname = 'drivers.postgres'\nload(name)\n\ndef handler(e, c):\n    pass\n",
      "load.py": "from importlib import import_module\n\ndef load(name):\n    return import_module(name)\n",
      "drivers/__init__.py": "",
      "drivers/postgres.py": "import psycopg2\n",
    },
    fails: [unable("No module named 'psycopg2'"), "module-missing"],
  },
  "functions that call each other without end": {
    files: {
      "app.py":
        "from b import two\n\ndef one(x):\n    import json\n    if x: two(x)\n\none(0)\n\ndef handler(e, c):\n    pass\n",
      "b.py": "import app\n\ndef two(x):\n    import json\n    two(x)\n",
    },
  },
  "an import that only older versions need": {
    files: {
      "app.py": "import sys\nif sys.version_info < (3, 11):\n    import tomli\n\ndef handler(e, c):\n    pass\n",
    },
  },
};

describe("what Lambda will log", () => {
  for (const [name, each] of Object.entries(cases)) {
    test(name, async () => {
      const view = await viewOf(each.files, each.layers);
      const found = predictHandler(view, {
        runtime: each.runtime ?? "python3.12",
        architecture: each.architecture ?? "x86_64",
        handler: each.handler ?? "app.handler",
        ...(each.environment === undefined ? {} : { environment: each.environment }),
      });
      if (each.fails === undefined) {
        expect(found.failure).toBeUndefined();
        expect(found.verdict).toBe("will-import");
        return;
      }
      const [message, cause] = each.fails;
      expect({ message: found.failure?.message, cause: found.failure?.cause }).toEqual({ message, cause });
      expect(found.verdict).toBe("will-fail");
      if (each.says !== undefined) expect(found.failure?.explanation).toMatch(each.says);
    });
  }
});

describe("what else is told", () => {
  test("the chain of imports, file by file", async () => {
    const { failure } = predictHandler(await viewOf(withDriver("_psycopg.cpython-312-darwin.so", macho)), {
      runtime: "python3.12",
      architecture: "x86_64",
      handler: "app.handler",
    });
    expect(failure?.chain).toEqual([
      { file: "/var/task/app.py", line: 1, imports: "db" },
      { file: "/var/task/db.py", line: 1, imports: "psycopg2" },
      { file: "/var/task/psycopg2/__init__.py", line: 1, imports: "psycopg2._psycopg" },
    ]);
    expect(failure?.file).toBe("/var/task/psycopg2/_psycopg.cpython-312-darwin.so");
    expect(failure?.origin).toEqual({ kind: "package" });
  });

  test("the later of two layers wins, and the driver's origin says so", async () => {
    const layer = (version: string): Files => ({
      "python/pg8000/__init__.py": "",
      [`python/pg8000-${version}.dist-info/METADATA`]: metadata("pg8000", version),
    });
    const view = await viewOf({ "app.py": "import pg8000\n\ndef handler(e, c):\n    pass\n" }, [
      layer("1.30.5"),
      layer("1.31.0"),
    ]);
    const found = predictHandler(view, { runtime: "python3.12", architecture: "x86_64", handler: "app.handler" });
    expect(found.drivers[0]?.origin).toEqual({
      kind: "layer",
      arn: "arn:aws:lambda:eu-west-1:111122223333:layer:layer2:1",
    });
    expect(found.usesDatabase).toBe(true);
  });

  test("an import inside a function fails later, not at once", async () => {
    const view = await viewOf({ "app.py": "def handler(event, context):\n    import psycopg2\n" });
    const found = predictHandler(view, { runtime: "python3.12", architecture: "x86_64", handler: "app.handler" });
    expect(found.verdict).toBe("will-import");
    expect(found.lateFailures.map((failure) => failure.message)).toEqual(["No module named 'psycopg2'"]);
    expect(found.drivers.map(({ module, chain }) => [module, chain[0]?.line])).toEqual([["psycopg2", 2]]);
  });

  describe("what was not read", () => {
    const layer: Files = {
      "python/pandas/__init__.py": "from pandas import core\n",
      "python/pandas/core.py": "",
      "python/pandas-2.2.dist-info/METADATA": metadata("pandas", "2.2"),
      "python/pandas/lib.cpython-312-x86_64-linux-gnu.so": compiled,
    };
    const blind = async (runtime: string) => {
      const result = await inventoryOfFolder(folderFiles(layer), { limits: { maxUnaskedBytes: 0 } });
      if (!result.ok) throw new Error(result.problem.text);
      const app = await inventoryOf({ "app.py": "import pandas\n\ndef handler(e, c):\n    pass\n" });
      const view = buildView({
        package: { name: "Tickets", inventory: app },
        layers: [{ name: "data:3", inventory: result.inventory }],
      });
      return predictHandler(view, { runtime, architecture: "x86_64", handler: "app.handler" });
    };

    test("of a published package is presumed whole, and told", async () => {
      const found = await blind("python3.12");
      expect(found.verdict).toBe("will-import");
      expect(found.notes).toEqual(["Of pandas not all was read; what was not read is presumed to import."]);
    });

    test("is doubted when the package's compiled files are for another Python", async () => {
      expect((await blind("python3.11")).verdict).toBe("unknown");
    });
  });

  test("an unknown runtime is not judged", async () => {
    const found = predictHandler(await viewOf(own), {
      runtime: "python3.99",
      architecture: "x86_64",
      handler: "app.handler",
    });
    expect(found.verdict).toBe("unknown");
  });
});

test("a package that was made of the folder says how to pack it", async () => {
  const options = { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" as const };
  const app = "def handler(event, context): pass\n";
  const { failure } = predictHandler(await viewOf({ "project/app.py": app, "project/lib.py": "" }), options);
  expect([failure?.cause, failure?.mending]).toEqual([
    "handler-file-missing",
    "Pack the contents of project, not the folder itself, or name the folder in the handler: project/app in place of app.",
  ]);
  const beside = predictHandler(await viewOf({ "project/app.py": app, "main.py": "" }), options);
  expect(beside.failure?.mending).toBeUndefined();
});
