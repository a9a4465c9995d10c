// Libraries that Python code opens by itself, with ctypes, cffi or a loader of the package's own.
import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { predictHandler } from "../../src/packages/predict.ts";
import { makeElf } from "./support/elf.ts";
import { viewOf, type Files } from "./support/view.ts";

const macho = Buffer.concat([Buffer.from("cffaedfe0c000001", "hex"), Buffer.alloc(200)]);
const fits = makeElf({ needed: ["libc.so.6"] });
const arm = makeElf({ machine: 183 });
const handler = "\ndef handler(event, context):\n    pass\n";
const here = "import ctypes\nimport os\nFOLDER = os.path.dirname(os.path.abspath(__file__))\n";
const open = `${here}lib = ctypes.CDLL(os.path.join(FOLDER, "native", "libx.so"))\n`;
const cffi: Files = {
  "cffi/__init__.py": "from .api import FFI\n",
  "cffi/api.py": "class FFI:\n    pass\n",
  "_cffi_backend.cpython-311-x86_64-linux-gnu.so": makeElf({ inits: ["_cffi_backend"] }),
};
const cannotOpen = "cannot open shared object file: No such file or directory";
const at = "/var/task/native/libx.so";

/** A distribution that lists its files; its module makes the library's name up while it runs. */
const listed = (file: string, bytes: Uint8Array): Files => ({
  "app.py": `import sound${handler}`,
  "sound.py": "import ctypes, platform\nlib = ctypes.CDLL('libsound_' + platform.machine() + '.so')\n",
  [`sound_data/${file}`]: bytes,
  "sound-1.0.dist-info/METADATA": "Name: sound\nVersion: 1.0\n",
  "sound-1.0.dist-info/RECORD": `sound.py,,\nsound_data/${file},,\n`,
});

const raw = (...names: string[]): Files => ({
  "app.py": `from Crypto.Cipher import AES${handler}`,
  "Crypto/__init__.py": "",
  "Crypto/Util/__init__.py": "",
  "Crypto/Util/_raw_api.py": "def load_pycryptodome_raw_lib(name, cdecl):\n    pass\n",
  "Crypto/Cipher/__init__.py": "",
  "Crypto/Cipher/AES.py":
    'from Crypto.Util._raw_api import load_pycryptodome_raw_lib\nx = load_pycryptodome_raw_lib("Crypto.Cipher._raw_aes", "")\n',
  ...Object.fromEntries(
    names.map((name) => [`Crypto/Cipher/${name}`, name.endsWith(".pyd") ? Buffer.from("MZ") : macho]),
  ),
});
const notFound = "Not found '_raw_aes.cpython-311-x86_64-linux-gnu.so'";

const cases: Record<string, { files: Files; fails?: [type: string, message: string, cause: CauseId] }> = {
  "a library that is not there": {
    files: { "app.py": open + handler },
    fails: ["OSError", `${at}: ${cannotOpen}`, "shared-library-missing"],
  },
  "a library that fits": { files: { "app.py": open + handler, "native/libx.so": fits } },
  "a library of macOS": {
    files: { "app.py": open + handler, "native/libx.so": macho },
    fails: ["OSError", `${at}: invalid ELF header`, "wrong-platform-macos"],
  },
  "a library for another processor": {
    files: { "app.py": open + handler, "native/libx.so": arm },
    fails: ["OSError", `${at}: ${cannotOpen}`, "wrong-arch"],
  },
  "a library that may be missing": {
    files: {
      "app.py": `${here}try:\n    ctypes.CDLL(os.path.join(FOLDER, "x.so"))\nexcept OSError:\n    pass\n${handler}`,
    },
  },
  "a library that a called function opens": {
    files: { "app.py": `${here}def load():\n    return ctypes.cdll.LoadLibrary(FOLDER + "/x.so")\n${handler}` },
  },
  "the process itself": { files: { "app.py": `import ctypes\nctypes.CDLL(None)\n${handler}` } },
  "a library of the system that Lambda has not": {
    files: { "app.py": `from ctypes import CDLL\nlib = CDLL("libpq.so.5")\n${handler}` },
    fails: ["OSError", `libpq.so.5: ${cannotOpen}`, "shared-library-missing"],
  },
  "a library of the system that Lambda has": {
    files: { "app.py": `from ctypes import CDLL\nlib = CDLL("libm.so.6")\n${handler}` },
  },
  "a library that cffi opens": {
    files: {
      ...cffi,
      "app.py": `import os\nfrom cffi import FFI\nffi = FFI()\nlib = ffi.dlopen(os.path.join(os.path.dirname(__file__), "x.so"))\n${handler}`,
    },
    fails: [
      "OSError",
      `cannot load library '/var/task/x.so': /var/task/x.so: ${cannotOpen}.  Additionally, ctypes.util.find_library() did not manage to locate a library called '/var/task/x.so'`,
      "shared-library-missing",
    ],
  },
  "an interface of cffi without its compiled part": {
    files: {
      "app.py": `from cffi import FFI\nffi = FFI()\n${handler}`,
      "cffi/__init__.py": "from .api import FFI\n",
      "cffi/api.py": "class FFI: pass\n",
    },
    fails: [
      "Runtime.ImportModuleError",
      "Unable to import module 'app': No module named '_cffi_backend'",
      "module-missing",
    ],
  },
  "a made-up name, and all libraries are of macOS": {
    files: listed("libsound_arm64.dylib", macho),
    fails: ["OSError", "…", "wrong-platform-macos"],
  },
  "a made-up name, and one library fits": { files: listed("libsound_x86_64.so", fits) },
  "pycryptodome's files of Windows": {
    files: raw("_raw_aes.pyd"),
    fails: [
      "OSError",
      `Cannot load native module 'Crypto.Cipher._raw_aes': ${notFound}, Not found '_raw_aes.abi3.so', Not found '_raw_aes.so'`,
      "wrong-platform-windows",
    ],
  },
  "pycryptodome's files of macOS": {
    files: raw("_raw_aes.abi3.so"),
    fails: [
      "OSError",
      `Cannot load native module 'Crypto.Cipher._raw_aes': ${notFound}, Cannot load '_raw_aes.abi3.so': /var/task/Crypto/Util/../Cipher/_raw_aes.abi3.so: invalid ELF header, Not found '_raw_aes.so'`,
      "wrong-platform-macos",
    ],
  },
  "pycryptodome's files that fit": {
    files: { ...raw(), "Crypto/Cipher/_raw_aes.abi3.so": fits },
  },
};

describe("libraries that code opens by itself", () => {
  test.each(Object.entries(cases))("%s", async (_, { files, fails }) => {
    const view = await viewOf(files);
    const { verdict, failure } = predictHandler(view, {
      runtime: "python3.11",
      architecture: "x86_64",
      handler: "app.handler",
    });
    if (fails === undefined) expect([verdict, failure?.message]).toEqual(["will-import", undefined]);
    else expect([verdict, failure?.errorType, failure?.message, failure?.cause]).toEqual(["will-fail", ...fails]);
  });
});
