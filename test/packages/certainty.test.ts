// What is said to fail must fail: code behind an exit that cannot be decided in advance, against a real interpreter where there is one.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { predictHandler } from "../../src/packages/predict.ts";
import { pythonMinor } from "./support/python.ts";
import { viewOf } from "./support/view.ts";

const python = pythonMinor();

/** Modules that import on this machine, by what would go wrong if an undecided exit were overlooked. */
const imports: Record<string, string> = {
  "a return under a condition": "def f(x):\n  if x.startswith('a'):\n    return\n  raise ValueError('x')\nf('abc')",
  "a return in a loop": "def f(x):\n  for each in x:\n    if each: return each\n  raise ValueError('x')\nf([1])",
  "a return in a while loop": "def f(x):\n  while x:\n    return x.pop()\n  raise ValueError('x')\nf([1])",
  "a return in an endless loop": "def f():\n  while True:\n    return 1\n  raise ValueError('x')\nf()",
  "a return in a with": "def f(x):\n  with open(__file__) as g:\n    if x: return\n  raise ValueError('x')\nf(1)",
  "a return in a match": "def f(x):\n  match x:\n    case 1: return\n    case _: pass\n  raise ValueError('x')\nf(1)",
  "a return in the try": "def f(x):\n  try:\n    if x: return\n  except KeyError: pass\n  raise ValueError('x')\nf(1)",
  "a return in the else of a try":
    "def f(x):\n  try: y = x\n  except KeyError: pass\n  else:\n    if x: return\n  raise ValueError('x')\nf(1)",
  "a return in finally swallows": "def f(x):\n  try: raise ValueError('x')\n  finally:\n    if x: return\nf(1)",
  "a return in an except":
    "def f(x):\n  try: import nowhere\n  except ImportError:\n    if x: return\n  raise ValueError\nf(1)",
  "a continue": "for name in ('json', 'nowhere'):\n  if len(name) > 4: continue\n  __import__(name)",
  "a certain continue": "for name in ('a', 'b'):\n  continue\n  raise ValueError",
  "a break": "for name in ('json', 'nowhere'):\n  __import__(name)\n  break",
  "a break under a condition": "for name in ('json', 'nowhere'):\n  __import__(name)\n  if len(name) == 4: break",
  "a break passes the else by":
    "for name in ('json', 'nowhere'):\n  try: __import__(name)\n  except ImportError: continue\n  break\nelse:\n  raise ImportError('none')",
  "an endless loop with a break": "n = 0\nwhile True:\n  n += 1\n  if n > 2: break\nimport json",
  "a handler for a possible exception":
    "import os\ntry:\n  if os.sep: raise KeyError('x')\n  raise ValueError('y')\nexcept KeyError: pass",
  "a flag after a possible exception":
    "import os\ntry:\n  if os.sep: raise ImportError('x')\n  HAVE = True\nexcept ImportError: HAVE = False\nif HAVE: import nowhere",
  "a class of one's own is caught": "class Gone(ImportError): pass\ntry: raise Gone('x')\nexcept ImportError: pass",
  "a tuple of classes": "ERRORS = (ImportError, OSError)\ntry: import nowhere\nexcept ERRORS: pass",
  suppress: "import contextlib\nwith contextlib.suppress(ImportError):\n  import nowhere\n  raise ValueError",
  "a context manager that swallows":
    "class try_import:\n  def __enter__(self): pass\n  def __exit__(self, *a): return True\nwith try_import():\n  import nowhere",
  "a conditional expression": "import sys\nimport os\nx = 1 if os.sep else sys.exit(1)",
  or: "import sys\nimport os\nos.sep or sys.exit(1)",
  and: "import sys\nimport os\nos.altsep and sys.exit(1)",
  "not with or": "import sys\nimport os\nnot os.altsep or sys.exit(1)",
  "a lambda": "import sys\nquit_now = lambda: sys.exit(1)",
  "a comprehension over nothing": "def f(x): raise ValueError(x)\ny = [f(x) for x in []]",
  "a generator that nobody asks": "def f(x): raise ValueError(x)\ny = (f(x) for x in [1])",
  "a generator function": "def f():\n  yield 1\n  raise ValueError\ndef g():\n  raise ValueError\n  yield\nf()\ng()",
  "a coroutine": "async def f(): raise ValueError\nc = f()\nc.close()",
  "a function behind a decorator": "def later(f): return lambda: None\n@later\ndef f(): raise ValueError\nf()",
  "a function that takes the place of another":
    "try:\n  from json import dumps\nexcept ImportError:\n  def dumps(x): raise ImportError('no json')\ndumps({})",
  "a function defined twice": "def f(): return 1\nf()\ndef f(): raise ValueError",
  "a global that a function sets": "FAST = True\ndef f():\n  global FAST\n  FAST = False\nf()\nif FAST: import nowhere",
  "a function that is replaced": "def f(): raise ValueError\nf = str\nf()",
  "a function inside another of the same name":
    "def f(): return 1\ndef g():\n  def f(): raise ValueError\n  return f\ng()\nf()",
  "a list that stays empty":
    "gone = []\ntry: import json\nexcept ImportError as e: gone.append(str(e))\nif gone: raise ImportError('needs ' + ', '.join(gone))",
  "a flag that is changed through the module's names":
    "HACK = True\nglobals()['kcah'[::-1].upper()] = False\nif HACK: import nowhere",
  "a variable that is not set": "import os\nx = os.environ.get('NOT_SET_HERE')\nif x is not None: import nowhere",
  "a variable with a text instead":
    "import os\nx = os.environ.get('NOT_SET_HERE', '')\nif x is None: import nowhere\nif x: import nowhere",
  "a with that binds a tuple":
    "import os\ndef f():\n  with open(os.devnull) as (\n    a,\n    b,\n  ):\n    import nowhere\ndef g(): return 1\ng()",
  "a with that binds an attribute":
    "import os\nclass A: pass\na = A()\nwith open(os.devnull) as a.file:\n  pass\ndef f():\n  import nowhere",
  "a with in parentheses":
    "import os\ndef f():\n  with (\n    open(os.devnull) as a,\n    open(os.devnull) as b,\n  ):\n    import nowhere",
  "a bare yield": "def f():\n  yield\n  import nowhere\ndef g():\n  x = (yield)\n  import nowhere\ng()",
  "a number that ends in a point": "x = [1., 2.]\ny = 1. / x[0]\ndef f():\n  import nowhere",
  "a star among a loop's names": "for a, *b in []:\n  pass\ndef f():\n  import nowhere",
  "a pattern of a class without arguments": "match 1:\n  case str() | int(): pass\ndef f():\n  import nowhere",
  "a form that the grammar does not know":
    "match (1, 2):\n  case (int() as a, int() as b) if a: pass\ndef f():\n  import nowhere",
  "a name of a function's own": "FAST = False\ndef f():\n  FAST = True\n  return FAST\nf()\nif FAST: import nowhere",
  "a parameter with the name of a global": "x = None\ndef f(x=1):\n  if x is None: raise ValueError\nf()",
  "a name of a class's own": "import os\nfast = None\nclass A:\n  if os.sep:\n    fast = True\nif fast: import nowhere",
  "an assertion's condition": "import os\nassert os.sep or __import__('nowhere')",
  "a keyword decides": "def f(strict=False):\n  if strict: return\n  raise ValueError\nf(strict=True)",
};

/** Those of them that would fail the other way: what decides it is not known. */
const undecided: ReadonlySet<string> = new Set([
  "a continue",
  "a break under a condition",
  "a flag after a possible exception",
  "a flag that is changed through the module's names",
  "an assertion's condition",
]);

/** Modules that fail, however the undecided exits before are taken. */
const fails: Record<string, [source: string, message: string]> = {
  "both ways raise": ["import os\nif os.sep: raise ValueError('a')\nelse: raise ValueError('a')", "a"],
  "an import after a possible exception": [
    "import os\nif os.altsep: raise ValueError('a')\nimport nowhere",
    "No module named 'nowhere'",
  ],
  "a return that ends only its function": [
    "def f(x):\n  if x: return 1\n  return 2\nf(1)\nimport nowhere",
    "No module named 'nowhere'",
  ],
  "a break that ends only its loop": [
    "for x in ('a', 'b'):\n  if len(x) > 3: break\nimport nowhere",
    "No module named 'nowhere'",
  ],
  "a function that always raises": ["def f(x):\n  for y in x: pass\n  raise ValueError('no')\nf([])", "no"],
  "an else that no break passes by": [
    "for name in ('nowhere', 'neither'):\n  try: __import__(name)\n  except ImportError: continue\n  break\nelse:\n  raise ImportError('none')",
    "none",
  ],
  "the first round of an endless loop": ["while True:\n  import nowhere\n  break", "No module named 'nowhere'"],
  "suppress of another class": [
    "import contextlib\nwith contextlib.suppress(KeyError):\n  import nowhere",
    "No module named 'nowhere'",
  ],
  "a handler of another class": [
    "class Mine(Exception): pass\ntry: import nowhere\nexcept (KeyError, Mine): pass",
    "No module named 'nowhere'",
  ],
  "a handler that raises again": ["try: import nowhere\nexcept ImportError: raise", "No module named 'nowhere'"],
  "a global that a function sets": [
    "FAST = False\ndef f():\n  global FAST\n  FAST = True\nf()\nif FAST: import nowhere",
    "No module named 'nowhere'",
  ],
  "a module that a function is given by name": [
    "from importlib import import_module\nfirst, second = 'json', 'nowhere'\ndef load(name): return import_module(name)\nload(first)\nload(second)",
    "No module named 'nowhere'",
  ],
  "an import after a form that the grammar does not know": [
    "x = [1., 2.]\ndef f():\n  yield\nimport nowhere",
    "No module named 'nowhere'",
  ],
  "texts that are collected": [
    "gone = []\nfor name in ('json', 'nowhere', 'nothing'):\n  try: __import__(name)\n  except ImportError as e: gone.append(f'{name}: {e}')\nif gone: raise ImportError('needs:\\n' + '\\n'.join(gone))",
    "needs:\nnowhere: No module named 'nowhere'\nnothing: No module named 'nothing'",
  ],
  "a name that is written in pieces": [
    "import importlib\nimportlib.import_module('no' + 'where')",
    "No module named 'nowhere'",
  ],
  "a finally that goes on": ["try: import nowhere\nfinally: x = 1", "No module named 'nowhere'"],
};

async function predicted(source: string) {
  const view = await viewOf({ "app.py": `${source}\ndef handler(event, context): pass\n` });
  return predictHandler(view, { runtime: "python3.11", handler: "app.handler", architecture: "x86_64" });
}

/** What one interpreter says of each source in turn. */
function real(sources: readonly string[]): string[] {
  const program = `
import json, sys
said = []
for source in json.loads(sys.argv[1]):
    try:
        exec(compile(source, "app.py", "exec"), {"__name__": "app", "__file__": sys.executable})
    except BaseException as e:
        said.append(str(e) or type(e).__name__)
    else:
        said.append("imports")
print(json.dumps(said))`;
  const printed = execFileSync("python3", ["-I", "-W", "ignore", "-c", program, JSON.stringify(sources)], {
    encoding: "utf8",
  });
  return JSON.parse(printed) as string[];
}

describe("certainty of a failure", () => {
  test.each(Object.entries(imports))("%s: imports", async (name, source) => {
    const { verdict, failure } = await predicted(source);
    expect([verdict, failure?.message]).toEqual([undecided.has(name) ? "unknown" : "will-import", undefined]);
  });

  test.each(Object.entries(fails))("%s: fails", async (_, [source, message]) => {
    const { verdict, failure } = await predicted(source);
    expect([verdict, failure?.message.replace("Unable to import module 'app': ", "")]).toEqual(["will-fail", message]);
  });

  test.skipIf(python === undefined || python < 10)("is what the interpreter says", () => {
    const sources = [...Object.values(imports), ...Object.values(fails).map(([source]) => source)];
    const expected = [...Object.values(imports).map(() => "imports"), ...Object.values(fails).map(([, text]) => text)];
    expect(real(sources)).toEqual(expected);
  });
});

describe("what only some versions take", () => {
  const handler = "def handler(event, context): pass\n";
  const at = async (source: string, minor: number) => {
    const view = await viewOf({ "app.py": source });
    return predictHandler(view, { runtime: `python3.${minor}`, handler: "app.handler", architecture: "x86_64" });
  };

  test.each([
    ['x = {"a": 1}\ny = f"{x["a"]}"\n', 2],
    ["y = f\"{'\\n'.join([])}\"\n", 1],
    ['y = f"""{"""a"""}"""\n', 1],
  ])("a format string of 3.12: %j", async (source, line) => {
    const { verdict, failure } = await at(source + handler, 11);
    expect([verdict, failure?.cause, failure?.line]).toEqual(["will-fail", "syntax-error", line]);
    expect((await at(source + handler, 12)).verdict).toBe("will-import");
  });

  test.each(["y = f\"{1!r:>{3}} {'a'}\"\n", "y = f'''{\"a\"} {'b'}'''\n", 'y = f"\\n{1:>3}"\n'])(
    "a format string of any: %j",
    async (source) => {
      expect((await at(source + handler, 11)).verdict).toBe("will-import");
    },
  );

  test.each([
    ["def f[T](x: T) -> T: return x\n", "expected '('"],
    ["async def f[T](x: T) -> T: return x\n", "expected '('"],
    ["class A[T]: pass\n", "invalid syntax"],
    ["type X = int\n", "invalid syntax"],
  ])("type parameters, in Python's own words: %j", async (source, text) => {
    const { failure } = await at(source + handler, 11);
    expect(failure?.message).toBe(`Syntax error in module 'app': ${text} (app.py, line 1)`);
    expect((await at(source + handler, 12)).verdict).toBe("will-import");
  });

  test("a future import that comes too late, and those that do not", async () => {
    const { failure } = await at(`import json\nfrom __future__ import annotations\n${handler}`, 11);
    expect(failure?.message).toBe(
      "Syntax error in module 'app': from __future__ imports must occur at the beginning of the file (app.py, line 2)",
    );
    const early = '"""doc"""\n# remark\nfrom __future__ import annotations; from __future__ import division\n';
    expect((await at(early + handler, 11)).verdict).toBe("will-import");
  });

  test("a handler that is deleted again", async () => {
    const { failure } = await at(`${handler}del handler\n`, 11);
    expect(failure?.message).toBe("Handler 'handler' missing on module 'app'");
    for (const kept of [
      "import os\nif os.sep == '?': del handler\n",
      "def f():\n  handler = 1\n  del handler\nf()\n",
    ]) {
      expect((await at(handler + kept, 11)).verdict).toBe("will-import");
    }
  });
});
