// What a file imports by names that are made up while it runs, lists of names, and what Django does with its settings: what
// can be told is told as a real interpreter says it, what cannot is called unknown.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { predictHandler } from "../../src/packages/predict.ts";
import { pythonMinor } from "./support/python.ts";
import { viewOf, type Files } from "./support/view.ts";

const python = pythonMinor();
const app = (source: string, more: Files = {}): Files => ({ "app.py": source, ...more });
const other = { "other.py": "x = 1\n" };
const star = (list: string, more: Files = {}): Files => app("from impl import *\n", { "impl.py": list, ...more });

const imports: Record<string, Files> = {
  "a list of names that are there": star("__all__ = ['a', 'b']\na = b = 1\n"),
  "a list of a submodule": app("from impl import *\nprint(b.x)\n", {
    "impl/__init__.py": "__all__ = ['b']\n",
    "impl/b.py": "x = 1\n",
  }),
  "a list beside a __getattr__": star("__all__ = ['a', 'b']\na = 1\ndef __getattr__(name): return 1\n"),
  "a list that is shortened": star("__all__ = ['a', 'b']\n__all__.remove('b')\na = 1\n"),
  "names that a function gives": app("from impl import b\n", {
    "impl.py": "def fill():\n  for name in ('a', 'b'): globals()[name] = 1\nfill()\n",
  }),
  "a relative name and its package": app("import importlib\nimportlib.import_module('.a', package='pkg')\n", {
    "pkg/__init__.py": "",
    "pkg/a.py": "",
  }),
  "a relative name of two dots": app("import importlib\nimportlib.import_module('..b', 'pkg.sub')\n", {
    "pkg/__init__.py": "",
    "pkg/sub/__init__.py": "",
    "pkg/b.py": "",
  }),
  "an unknown name that may be missing": app(
    "import importlib, os\ntry:\n  importlib.import_module(os.environ.get('PLUGIN', 'no' + 'thing'))\nexcept ImportError: pass\n",
  ),
  "text that is run and imports nothing": app("exec('x = 1')\n"),
  "a folder that is put in and taken out": app(
    "import sys\nsys.path.insert(0, '/var/task/vendor')\nimport lib\nsys.path.pop(0)\nimport other\n",
    { ...other, "vendor/lib.py": "" },
  ),
  "an alias of suppress": app("from contextlib import suppress as s\nwith s(ModuleNotFoundError): import nothing\n"),
  "a lock around an import": app("import threading\nwith threading.Lock(): import other\n", other),
  "a function of a module that is called": app("import util\nutil.load()\n", {
    "util.py": "def load():\n  import json\n",
  }),
  "a name that hides a module's": app(
    "import util\nclass A:\n  def load(self): pass\nutil = A()\nutil.load()\ndef f(util): util.load()\nf(A())\n",
    { "util.py": "def load():\n  import nothing\n" },
  ),
  "a class that is never called": app("class A:\n  def __init__(self): import nothing\ndef f(): A()\n"),
  "a class behind a decorator": app(
    "def d(c): return dict\n@d\nclass A:\n  def __init__(self): import nothing\nx = str\nx()\n",
  ),
  "a default value that imports what is there": app("def g(): import json\ndef f(x=g()): pass\n"),
  "a lambda that nobody calls": app("f = lambda: __import__('nothing')\n"),
  "tabs alone": app("if 1:\n\tif 2:\n\t\tx = 1\n\telse:\n\t\tx = 2\n"),
  "tabs and spaces that agree": app("if 1:\n    if 2:\n    \tx = (1,\n\t2)\n    y = 1\n"),
  "the last folder": app("import sys\nsys.path.pop()\nimport other\n", other),
  "an f-string with a brace behind a backslash": app(String.raw`import re
x = 'a'
y = re.compile(rf"\{{({x}|\w+):([^}}]+)\}}")
`),
};

const fails: Record<string, [files: Files, message: string]> = {
  "a list of a name that is not there": [star("__all__ = ['a', 'b']\na = 1\n"), "module 'impl' has no attribute 'b'"],
  "a list that is added to": [star("__all__ = ['a']\n__all__ += ['b']\na = 1\n"), "module 'impl' has no attribute 'b'"],
  "a list that is appended to": [
    star("__all__ = ('a',) + ()\n__all__ = list(__all__)\na = 1\n", {
      "app.py": "from impl import *\nfrom impl import c\n",
    }),
    "cannot import name 'c' from 'impl' (/var/task/impl.py)",
  ],
  "a list of a submodule that fails": [
    app("from impl import *\n", { "impl/__init__.py": "__all__ = ['b']\n", "impl/b.py": "import nothing\n" }),
    "No module named 'nothing'",
  ],
  "a name that a list leaves out": [
    app("from mid import b\n", { "impl.py": "__all__ = ['a']\na = b = 1\n", "mid.py": "from impl import *\n" }),
    "cannot import name 'b' from 'mid' (/var/task/mid.py)",
  ],
  "a name that an underscore hides": [
    app("from mid import _b\n", { "impl.py": "_b = 1\n", "mid.py": "from impl import *\n" }),
    "cannot import name '_b' from 'mid' (/var/task/mid.py)",
  ],
  "a relative name that its package has not": [
    app("import importlib\nimportlib.import_module('.b', package='pkg')\n", { "pkg/__init__.py": "" }),
    "No module named 'pkg.b'",
  ],
  "the first folder is taken out": [
    app("import sys\nsys.path.pop(0)\nimport other\n", other),
    "No module named 'other'",
  ],
  "a function of a module that imports": [
    app("import util\nutil.load()\n", { "util.py": "def load():\n  import nothing\n" }),
    "No module named 'nothing'",
  ],
  "a function of a package's module that imports": [
    app("from pkg import util as u\nu.load()\n", {
      "pkg/__init__.py": "",
      "pkg/util.py": "def load():\n  import nothing\n",
    }),
    "No module named 'nothing'",
  ],
  "a class that imports when it is made": [
    app("class A:\n  def __init__(self): import nothing\nA()\n"),
    "No module named 'nothing'",
  ],
  "a default value that imports": [app("def g(): import nothing\ndef f(x=g()): pass\n"), "No module named 'nothing'"],
  "the first folder is deleted": [app("import sys\ndel sys.path[0]\nimport other\n", other), "No module named 'other'"],
  "modules of one statement before its names": [
    app("from pkg import gone, late\n", { "pkg/__init__.py": "", "pkg/late.py": "import nothing\n" }),
    "No module named 'nothing'",
  ],
  "an attribute of a mere folder": [
    app("from pkg import part\nx = part.hashes\n", { "pkg/part/hashes.pyi": "" }),
    "module 'pkg.part' has no attribute 'hashes'",
  ],
};

const unknown: Record<string, [files: Files, note: RegExp]> = {
  "a module named by the environment": [
    app("import importlib, os\nimportlib.import_module(os.environ.get('PLUGIN', 'nothing'))\n"),
    /app\.py, line 2, imports a module whose name is made up while it runs/,
  ],
  "a module named by a variable": [app("name = 'noth' + str(1)\n__import__(name)\n"), /line 2, imports a module/],
  "modules of a folder": [
    app(
      "import importlib, pkgutil, plugins\nfor m in pkgutil.iter_modules(plugins.__path__):\n  importlib.import_module('plugins.' + m.name)\n",
      {
        "plugins/__init__.py": "",
        "plugins/a.py": "import nothing\n",
      },
    ),
    /line 3, imports a module/,
  ],
  "text that is run": [app("exec('import nothing')\n"), /line 1, runs text as code/],
  "text that is run and changes the path": [
    app("import sys\nexec(\"sys.path.insert(0, '/var/task/vendor')\")\nimport other\n", { "vendor/other.py": "" }),
    /other is in no folder that is known to be searched; .*line 2/,
  ],
  "a search path that is filtered": [
    app("import sys\nsys.path[:] = [p for p in sys.path if p.startswith('/usr')]\nimport other\n", other),
    /line 2, takes folders from the search path; whether other is still found is not known/,
  ],
  "a condition that the environment decides": [
    app("import os\nif os.environ.get('STAGE', 'dev') == 'dev':\n  import nothing\n"),
    /line 3, imports nothing, which fails: No module named 'nothing'; whether that line runs/,
  ],
  "a context manager of the function's own": [
    app("class S:\n  def __enter__(self): pass\n  def __exit__(self, *e): return True\nwith S(): import nothing\n"),
    /line 4, imports nothing, which fails/,
  ],
  "a lambda that imports": [app("f = lambda: __import__('nothing')\nf()\n"), /line 2, calls a lambda that imports/],
  "a stack of context managers": [
    app(
      "import contextlib\nwith contextlib.ExitStack() as s:\n  s.enter_context(contextlib.suppress(ImportError))\n  import nothing\n",
    ),
    /line 4, imports nothing, which fails/,
  ],
  "the working directory after it was changed": [
    app("import os, sys\nos.chdir('/var/task/sub')\nsys.path.insert(0, os.getcwd())\nimport inner\n", {
      "sub/inner.py": "",
    }),
    /inner is in no folder that is known to be searched/,
  ],
  "a search path that is cleared": [
    app("import sys\nsys.path.clear()\nimport other\n", other),
    /whether other is still found/,
  ],
  "a search path that is set anew": [
    app("import sys\nsys.path = ['/nowhere']\nimport other\n", other),
    /whether other is still found/,
  ],
};

async function predicted(files: Files, environment?: Readonly<Record<string, string>>) {
  const source = `${String(files["app.py"])}\ndef handler(event, context): pass\n`;
  const view = await viewOf({ ...files, "app.py": source });
  const options = { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" as const };
  return predictHandler(view, environment === undefined ? options : { ...options, environment });
}

/** What the interpreter says of each package, imported in a process of its own. */
function real(packages: readonly Files[]): string[] {
  const root = mkdtempSync(path.join(tmpdir(), "cscp-open-"));
  const program = `
import json, os, sys
said = []
for index in range(int(sys.argv[2])):
    task = os.path.join(sys.argv[1], str(index))
    out, into = os.pipe()
    if os.fork() == 0:
        sys.path.insert(0, task)
        try:
            import app
            text = "imports"
        except BaseException as e:
            text = str(e)
        os.write(into, text.replace(task, "/var/task").encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as f: said.append(f.read())
    os.wait()
print(json.dumps(said))`;
  try {
    for (const [index, files] of packages.entries()) {
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(root, String(index), name);
        mkdirSync(path.dirname(file), { recursive: true });
        const placed = String(text).replaceAll("/var/task", path.join(root, String(index)));
        writeFileSync(file, text instanceof Uint8Array ? text : placed);
      }
    }
    const printed = execFileSync("python3", ["-I", "-B", "-c", program, root, String(packages.length)], {
      encoding: "utf8",
    });
    return JSON.parse(printed.trim().split("\n").at(-1) ?? "[]") as string[];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("names that are made up", () => {
  test.each(Object.entries(imports))("%s: imports", async (_, files) => {
    const { verdict, failure, notes } = await predicted(files);
    expect([verdict, failure?.message, notes]).toEqual(["will-import", undefined, []]);
  });

  test.each(Object.entries(fails))("%s: fails", async (_, [files, message]) => {
    const { verdict, failure } = await predicted(files);
    expect([verdict, failure?.message.replace("Unable to import module 'app': ", "")]).toEqual(["will-fail", message]);
  });

  test.each(Object.entries(unknown))("%s: unknown", async (_, [files, note]) => {
    const { verdict, failure, notes } = await predicted(files);
    expect([verdict, failure?.message]).toEqual(["unknown", undefined]);
    expect(notes.join(" ")).toMatch(note);
  });

  test.skipIf(python === undefined || python < 10)("is what the interpreter says", () => {
    const broken = Object.values(fails);
    const expected = [...Object.values(imports).map(() => "imports"), ...broken.map(([, message]) => message)];
    expect(real([...Object.values(imports), ...broken.map(([files]) => files)])).toEqual(expected);
  });
});

describe("Django", () => {
  const django: Files = {
    "django/__init__.py": "def setup(set_prefix=True):\n  from django.conf import settings\n",
    "django/conf.py": "settings = object()\n",
    "django/db/__init__.py": "",
    "django/db/models.py": "class Model: pass\n",
    "django-5.0.dist-info/METADATA": "Name: Django\nVersion: 5.0\n",
    "django-5.0.dist-info/top_level.txt": "django\n",
  };
  const setup = "import os, django\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_settings')\ndjango.setup()\n";
  const model = "from django.db import models\nclass Ticket(models.Model): pass\n";
  const unset = (name: string) =>
    `Requested setting ${name}, but settings are not configured. You must either define the environment variable DJANGO_SETTINGS_MODULE or call settings.configure() before accessing settings.`;
  const said = async (source: string, more: Files = {}, environment: Record<string, string> | undefined = {}) => {
    const { verdict, failure } = await predicted({ ...django, "app.py": source, ...more }, environment);
    return failure?.message ?? verdict;
  };

  test("asks for its settings when it is set up, and when a model is made", async () => {
    expect(await said("import django\ndjango.setup()\n")).toBe(unset("LOGGING_CONFIG"));
    expect(await said(model)).toBe(unset("INSTALLED_APPS"));
    expect(await said("from django.conf import settings\nx = settings.DEBUG\n")).toBe(unset("DEBUG"));
    expect(await said("from django.conf import settings\n")).toBe("will-import");
    expect(await said(`from django.conf import settings\nsettings.configure()\n${model}`)).toBe("will-import");
    expect(await said(model, { "site_settings.py": "" }, { DJANGO_SETTINGS_MODULE: "site_settings" })).toBe(
      "Apps aren't loaded yet.",
    );
  });

  test("is not judged by settings where nothing is known of the environment", async () => {
    const { verdict, notes } = await predicted({ ...django, "app.py": model });
    expect([verdict, notes.join(" ")]).toEqual([
      "unknown",
      "/var/task/app.py, line 2, needs Django's settings; whether DJANGO_SETTINGS_MODULE is set is not known.",
    ]);
  });

  test("imports its settings and the apps that they name", async () => {
    const missing = (name: string) => `Unable to import module 'app': No module named '${name}'`;
    expect(await said(setup)).toBe(missing("site_settings"));
    const settings = "INSTALLED_APPS = ['tickets', 'shop.apps.ShopConfig']\n";
    expect(await said(setup, { "site_settings.py": settings })).toBe(missing("tickets"));
    const tickets = { "tickets/__init__.py": "", "site_settings.py": settings };
    expect(await said(setup, tickets)).toBe(missing("shop"));
    const both = { ...tickets, "shop/__init__.py": "", "shop/apps.py": "class ShopConfig: pass\n" };
    expect(await said(setup, both)).toBe("will-import");
    expect(await said(setup, { ...both, "tickets/models.py": "import nothing\n" })).toBe(missing("nothing"));
    expect(await said(setup, { ...both, "tickets/models.py": model })).toBe("will-import");
    const made = { ...both, "site_settings.py": `import os\nINSTALLED_APPS = os.environ['APPS'].split()\n` };
    expect(await said(setup, made)).toBe("unknown");
  });
});

describe("a handler's module that Python does not look for", () => {
  test.each([
    ["./app.handler", "..app"],
    ["/app.handler", ".app"],
    [".app.handler", ".app"],
    ["../x.handler", "...x"],
    [".handler", ""],
  ])("%s", async (handler, name) => {
    const view = await viewOf({ "app.py": "def handler(event, context): pass\n", "x.py": "" });
    const { verdict, failure } = predictHandler(view, { runtime: "python3.11", handler, architecture: "x86_64" });
    const relative = `TypeError: the 'package' argument is required to perform a relative import for '${name}'`;
    const said = `${failure?.errorType}: ${failure?.message}`;
    expect([verdict, said]).toEqual(["will-fail", name === "" ? "ValueError: Empty module name" : relative]);
  });
});

describe("a source that Python refuses to read", () => {
  const tabs = "inconsistent use of tabs and spaces in indentation";
  const cannot = (byte: string, position: number, reason: string) =>
    `(unicode error) 'utf-8' codec can't decode byte ${byte} in position ${position}: ${reason}`;
  const sources: [name: string, latin1: string, said: string][] = [
    ["a text", 'x = "\u00e9"\n', `${cannot("0xe9", 0, "unexpected end of data")} (app.py, line 1)`],
    [
      "a longer text",
      'x = 1\ny = "abc\u00e9def"\n',
      `${cannot("0xe9", 3, "invalid continuation byte")} (app.py, line 2)`,
    ],
    ["a text of many lines", '"""a\n\u00ff\n"""\n', `${cannot("0xff", 2, "invalid start byte")} (app.py, line 3)`],
    ["a comment alone", "x = 1  # caf\u00e9\n", "imports"],
    ["another encoding", "# coding: latin-1\nx = '\u00e9'\n", "imports"],
    ["a tab for eight spaces", "if 1:\n\tx = 1\n        y = 2\n", `${tabs} (app.py, line 3)`],
    ["a tab below eight spaces", "if 1:\n        if 2:\n\t\tx = 1\n", `${tabs} (app.py, line 3)`],
    ["an else beside a tab", "if 1:\n\tif 2:\n\t\tpass\n        else:\n\t\tpass\n", `${tabs} (app.py, line 4)`],
  ];

  test.each(sources)("%s", async (_, latin1, said) => {
    const view = await viewOf({ "app.py": Buffer.from(`${latin1}def handler(event, context): pass\n`, "latin1") });
    const found = predictHandler(view, { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" });
    const message = found.failure?.message.replace("Syntax error in module 'app': ", "");
    expect(message ?? found.verdict.replace("will-import", "imports")).toBe(said);
  });

  test.skipIf(python !== 11)("is what the interpreter says", () => {
    const bytes = sources.map(([, latin1]) => ({ "app.py": Buffer.from(latin1, "latin1") }));
    expect(real(bytes)).toEqual(sources.map(([, , said]) => said));
  });
});
