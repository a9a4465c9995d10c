// Code that changes where modules are searched: what can be told is followed, what cannot be told is called unknown;
// against a real interpreter where there is one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { predictHandler } from "../../src/packages/predict.ts";
import { pythonMinor } from "./support/python.ts";
import { viewOf, type Files } from "./support/view.ts";

const python = pythonMinor();

const vendor = { "vendor/lib.py": "x = 1\n" };
const head = "import os, sys, site, importlib\nfrom pathlib import Path\n";
const here = "os.path.dirname(os.path.abspath(__file__))";

/** An `app.py` that changes the path and then imports `lib`, beside a folder `vendor` that has it. */
const adding = (change: string, more: Files = {}): Files => ({
  "app.py": `${head}${change}\nimport lib\n`,
  ...vendor,
  ...more,
});

const imports: Record<string, Files> = {
  "join with dirname": adding("sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor'))"),
  "join with abspath": adding(`sys.path.insert(0, os.path.join(${here}, 'vendor'))`),
  "realpath by a variable": adding(
    "here = os.path.dirname(os.path.realpath(__file__))\nsys.path.insert(0, os.path.join(here, 'vendor'))",
  ),
  "a variable in steps": adding(`p = ${here}\np = os.path.join(p, 'vendor')\nsys.path.append(p)`),
  "up and down": adding(`sys.path.append(os.path.normpath(os.path.join(${here}, 'a', '..', 'vendor')))`, {
    "a/b.py": "",
  }),
  "names of os.path": adding(
    "from os.path import join, dirname, abspath\nsys.path.insert(0, join(dirname(abspath(__file__)), 'vendor'))",
  ),
  "os.path by another name": adding(
    "import os.path as osp\nsys.path.insert(1, osp.join(osp.dirname(__file__), 'vendor'))",
  ),
  "sys by another name": adding(`import sys as _s\n_s.path.append(${here} + '/vendor')`),
  "path from sys": adding(`from sys import path\npath.append(${here} + os.sep + 'vendor')`),
  "a format string": adding(`here = ${here}\nsys.path.append(f'{here}/vendor')`),
  "str of a Path": adding("sys.path.insert(0, str(Path(__file__).parent/'vendor'))"),
  "a resolved Path": adding("ROOT = Path(__file__).resolve().parent\nsys.path.insert(0, os.fspath(ROOT / 'vendor'))"),
  "joinpath and as_posix": adding("sys.path.insert(0, Path(__file__).absolute().parent.joinpath('vendor').as_posix())"),
  "an absolute folder": adding("sys.path.append('/var/task/vendor')"),
  "a relative folder": adding("sys.path.insert(0, 'vendor')"),
  "the working folder": adding("sys.path.insert(0, os.path.join(os.getcwd(), 'vendor'))"),
  "the task's root": adding("sys.path += [os.environ['LAMBDA_TASK_ROOT']+'/vendor']"),
  "the task's root by get": adding("sys.path.append(os.path.join(os.environ.get('LAMBDA_TASK_ROOT', '.'), 'vendor'))"),
  extend: adding("sys.path.extend(['nowhere', './vendor'])"),
  "a slice at the front": adding(`sys.path[:0] = [${here} + '/vendor']`),
  "a slice in the middle": adding(`sys.path[1:1] = [${here} + '/vendor']`),
  "the whole list": adding(`sys.path = [${here} + '/vendor'] + sys.path`),
  "the whole list, spread": adding(`sys.path[:] = [*sys.path, ${here} + '/vendor']`),
  "only where it is not there": adding(`p = ${here} + '/vendor'\nif p not in sys.path:\n  sys.path.insert(0, p)`),
  "under a condition": adding(`if os.sep:\n  sys.path.insert(0, ${here} + '/vendor')`),
  "in a loop over texts": adding("for p in ('nowhere', 'vendor'):\n  sys.path.append(p)"),
  "in a function": adding(`def setup():\n  sys.path.insert(0, ${here} + '/vendor')\nsetup()`),
  "in a try": adding(`try:\n  import lib\nexcept ImportError:\n  sys.path.append(${here} + '/vendor')`),
  "a walrus in the call": adding(`sys.path.append(p := ${here} + '/vendor')`),
  "a site folder": adding("site.addsitedir(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vendor'))"),
  "a module that does it": adding("import paths", {
    "paths.py":
      "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vendor'))\n",
  }),
  "a module below that does it": adding("import setup.paths", {
    "setup/__init__.py": "",
    "setup/paths.py":
      "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'vendor'))\n",
  }),
  "a function of another module": adding("from paths import setup\nsetup()", {
    "paths.py":
      "import os, sys\ndef setup():\n  sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vendor'))\n",
  }),
  "a dirname of a dirname": {
    "app.py": "import fn.code\n",
    "fn/__init__.py": "",
    "fn/code.py": `${head}sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'vendor'))\nimport lib\n`,
    ...vendor,
  },
  "the front hides what is behind": adding(`sys.path.insert(0, ${here} + '/vendor')`, { "lib.py": "import nowhere\n" }),
  "a package's own path": {
    "app.py": "import pkg\nimport pkg.extra\n",
    "pkg/__init__.py":
      "import os\n__path__.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'more'))\n",
    "more/extra.py": "",
  },
  "a package's path from outside": {
    "app.py": `${head}import pkg\npkg.__path__.append(${here} + '/more')\nfrom pkg import extra\n`,
    "pkg/__init__.py": "",
    "more/extra.py": "",
  },
  "a module under another name": adding("import json\nsys.modules['lib'] = json"),
  "a module under another name by setdefault": adding("import json\nsys.modules.setdefault('lib', json)"),
  "a module that is switched off, within try": {
    "app.py": `${head}sys.modules['lib'] = None\ntry: import lib\nexcept ImportError: lib = None\n`,
    "lib.py": "",
  },
  "a module that is switched off and on again": {
    "app.py": `${head}sys.modules['lib'] = None\ndel sys.modules['lib']\nsys.modules['main'] = None\nsys.modules.pop('main')\nimport lib, main\n`,
    "lib.py": "",
    "main.py": "",
  },
  "a name bound by a walrus": { "app.py": "import json\n(loads := json.loads)\n", "lib.py": "", "main.py": "" },
  "an optional module after an unknown folder": {
    "app.py": `${head}sys.path.append(os.environ.get('PLUGINS', '.'))\ntry: import nowhere\nexcept ImportError: nowhere = None\n`,
  },
};

/** Modules that import where something is as no code tells: they are not said to fail. */
const unknown: Record<string, Files> = {
  "a folder from the environment": adding(
    `os.environ['EXTRA'] = ${here} + '/vendor'\nsys.path.insert(0, os.environ['EXTRA'])`,
  ),
  "a folder that is searched for": adding(
    `for p in Path(__file__).resolve().parent.iterdir():\n  sys.path.append(str(p))`,
  ),
  "a folder that a function gives": adding(`def find(): return ${here} + '/vendor'\nsys.path.append(find())`),
  "a folder that is handed to a function": adding(`def add(p): sys.path.append(p)\nadd(${here} + '/vendor')`),
  "one of two folders": adding(`if os.altsep: p = 'nowhere'\nelse: p = 'vendor'\nsys.path.append(p)`),
  "a loop's folder": adding(`for p in [${here} + '/vendor']: sys.path.append(p)`),
  "a name in sys.modules that is made": adding("import json\nsys.modules['l' + 'ib'] = json"),
  "an importer": adding(
    "import importlib.machinery as m\nclass F:\n  def find_spec(self, name, path, target=None):\n    if name == 'lib': return m.PathFinder.find_spec(name, [os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vendor')])\nsys.meta_path.append(F())",
  ),
  "a package's path that is made": {
    "app.py": "import pkg.extra\n",
    "pkg/__init__.py": "import os\n__path__ += [os.path.abspath(p) for p in ['more']]\n",
    "more/extra.py": "",
  },
};

const fails: Record<string, [Files, string]> = {
  "a module that is switched off": [
    { "app.py": `${head}sys.modules['lib'] = None\nimport lib\n`, "lib.py": "" },
    "import of lib halted; None in sys.modules",
  ],
  "a module that is switched off when it is loaded": [
    { "app.py": `${head}import lib\nsys.modules['lib'] = None\nfrom lib import x\n`, "lib.py": "x = 1\n" },
    "import of lib halted; None in sys.modules",
  ],
  "a module of the standard library that is switched off": [
    { "app.py": "import sys\nsys.modules['decimal'] = None\nfrom decimal import Decimal\n" },
    "import of decimal halted; None in sys.modules",
  ],
  "a submodule that is switched off": [
    {
      "app.py": `${head}sys.modules['pkg.sub'] = None\nimport pkg.sub\n`,
      "pkg/__init__.py": "",
      "pkg/sub.py": "",
    },
    "import of pkg.sub halted; None in sys.modules",
  ],
  "a folder that has it not": [adding("sys.path.insert(0, 'vendored')"), "No module named 'lib'"],
  "a change after the import": [
    { "app.py": `${head}import lib\nsys.path.insert(0, 'vendor')\n`, ...vendor },
    "No module named 'lib'",
  ],
  "a function that nobody calls": [adding("def setup():\n  sys.path.insert(0, 'vendor')"), "No module named 'lib'"],
  "a fault in what the folder has": [
    adding("sys.path.insert(0, 'vendor')", { "vendor/lib.py": "import nowhere\n" }),
    "No module named 'nowhere'",
  ],
};

async function predicted(files: Files) {
  const app = `${String(files["app.py"])}\ndef handler(event, context): pass\n`;
  const view = await viewOf({ ...files, "app.py": app });
  return predictHandler(view, { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" });
}

/** What the interpreter says of each package, unpacked and imported in a process of its own as Lambda does it. */
function real(packages: readonly Files[]): string[] {
  const root = mkdtempSync(path.join(tmpdir(), "cscp-path-"));
  try {
    for (const [index, files] of packages.entries()) {
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(root, String(index), name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, String(text).replaceAll("/var/task", path.join(root, String(index))));
      }
    }
    const program = `
import json, os, sys
said = []
for index in range(int(sys.argv[2])):
    task = os.path.join(sys.argv[1], str(index))
    out, into = os.pipe()
    if os.fork() == 0:
        os.chdir(task)
        os.environ["LAMBDA_TASK_ROOT"] = task
        sys.path.insert(0, task)
        try:
            import app
            text = "imports"
        except BaseException as e:
            text = str(e) or type(e).__name__
        os.write(into, text.encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as f: said.append(f.read())
    os.wait()
print(json.dumps(said))`;
    const printed = execFileSync(
      "python3",
      ["-I", "-B", "-W", "ignore", "-c", program, root, String(packages.length)],
      { encoding: "utf8" },
    );
    return JSON.parse(printed) as string[];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("the search path", () => {
  test.each(Object.entries(imports))("%s: imports", async (_, files) => {
    const { verdict, failure, notes } = await predicted(files);
    expect([verdict, failure?.message, notes]).toEqual(["will-import", undefined, []]);
  });

  test.each(Object.entries(unknown))("%s: unknown", async (_, files) => {
    const { verdict, failure, notes } = await predicted(files);
    expect([verdict, failure?.message]).toEqual(["unknown", undefined]);
    expect(notes.join(" ")).toMatch(/is in no folder that is known to be searched; \/var\/task\/\S+, line \d+, /);
  });

  test.each(Object.entries(fails))("%s: fails", async (_, [files, message]) => {
    const { verdict, failure } = await predicted(files);
    expect([verdict, failure?.message.replace("Unable to import module 'app': ", "")]).toEqual(["will-fail", message]);
  });

  test.skipIf(python === undefined || python < 10)("is what the interpreter searches", () => {
    const working = [...Object.values(imports), ...Object.values(unknown)];
    const broken = Object.values(fails);
    const expected = [...working.map(() => "imports"), ...broken.map(([, message]) => message)];
    expect(real([...working, ...broken.map(([files]) => files)])).toEqual(expected);
  });

  test("a library in a folder that is added is judged like any other", async () => {
    const files = adding("sys.path.insert(0, 'vendor')", {
      "vendor/lib.py": "import driver._impl\n",
      "vendor/driver/__init__.py": "",
      "vendor/driver/_impl.cpython-311-darwin.so": Buffer.from("cffaedfe0c000001", "hex"),
      "vendor/driver-1.0.dist-info/METADATA": "Name: driver\nVersion: 1.0\n",
      "vendor/driver-1.0.dist-info/RECORD": "driver/__init__.py,,\ndriver/_impl.cpython-311-darwin.so,,\n",
    });
    const { failure } = await predicted(files);
    expect(failure?.cause).toBe("wrong-platform-macos");
  });

  test("a driver in a folder that is added is known with its version", async () => {
    const { drivers } = await predicted({
      "app.py": "import sys\nsys.path.insert(0, 'vendor')\nimport pg8000\n",
      "vendor/pg8000/__init__.py": "",
      "vendor/pg8000-1.30.5.dist-info/METADATA": "Name: pg8000\nVersion: 1.30.5\n",
    });
    expect(drivers).toMatchObject([{ name: "pg8000", version: "1.30.5", imported: true }]);
  });

  test("an import in a function that adds its folder first is not said to fail when it is reached", async () => {
    const { lateFailures } = await predicted({
      "app.py": "def work():\n  import sys\n  sys.path.insert(0, '/tmp/x')\n  import lib\n",
    });
    expect(lateFailures).toEqual([]);
  });

  test("a folder outside the package leaves open what is in it", async () => {
    for (const change of ["sys.path.append('/mnt/efs/lib')", "sys.path.insert(0, 'deps.zip')"]) {
      const { verdict } = await predicted(adding(change, { "vendor/lib.py": "", "deps.zip": "PK" }));
      expect([change, verdict]).toEqual([change, "unknown"]);
    }
    const view = await viewOf(adding(""));
    const environment = { PYTHONPATH: "/mnt/efs/lib" };
    const options = { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" as const, environment };
    expect(predictHandler(view, options).verdict).toBe("unknown");
  });
});
