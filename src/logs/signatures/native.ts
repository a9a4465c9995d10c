// Compiled code: what the dynamic loader, the kernel and Python say of a file that does not fit the runtime.
import { compiledCauses } from "../modules.ts";
import type { About } from "../signature.ts";
import { signature } from "../signature.ts";

function headerCauses(file: string, about: About) {
  if (/win|\.pyd|\.dll/i.test(file)) return ["wrong-platform-windows"] as const;
  if (/linux/.test(file) && !/\/Users\//.test(about.text))
    return ["wrong-platform-unspecified", "wrong-platform-macos", "corrupt-artifact"] as const;
  return ["wrong-platform-macos", "wrong-platform-unspecified", "wrong-platform-windows"] as const;
}

function sharedObjectCauses(file: string, about: About) {
  if (/musl/.test(file)) return ["wrong-libc-musl"] as const;
  if (file.startsWith("ld-linux")) return ["wrong-libc-musl", "wrong-arch"] as const;
  if (/^libquery_engine|\.so\.node$/.test(file)) return ["engine-binary-missing", "shared-library-missing"] as const;
  const own = file.startsWith("/") || /\.(?:abi3|cpython-[\w-]+)\.so$/.test(file);
  if (own) return ["wrong-arch", "native-extension-missing", "wrong-platform-unspecified"] as const;
  if (/^lib(?:ssl|crypto)\.so/.test(file) && /[Pp]risma|query.engine/.test(about.text))
    return ["engine-binary-missing", "shared-library-missing"] as const;
  return ["shared-library-missing"] as const;
}

export const nativeSignatures = [
  signature({
    id: "elf-invalid-header",
    patterns: [/(?:(?<file>[^\s:'"]{1,300}): )?invalid ELF header/],
    tier: "proof",
    causes: ({ file }, about) => headerCauses(file ?? "", about),
    decides: "the first bytes of that file: Mach-O (macOS), MZ (Windows) or neither (damaged)",
    matches: [
      "Unable to import module 'app': /var/task/psycopg2/_psycopg.so: invalid ELF header",
      "Error: /var/task/node_modules/argon2/build/Release/argon2.node: invalid ELF header",
    ],
    misses: ["readelf: the ELF header of libpq.so is valid"],
  }),
  signature({
    id: "elf-wrong-class",
    patterns: [
      /wrong ELF class: (?<class>ELFCLASS\d+)/,
      /[Ee]xec format error/,
      /cannot execute binary file/,
      /incompatible architecture/,
      /mach-o, but wrong architecture/,
      /(?:rosetta error|qemu-\w+): .{0,300}ld-linux/,
      /no matching manifest for linux\/\w+/,
    ],
    tier: "proof",
    causes: ["wrong-arch"],
    decides: "the machine in that file's ELF header against the function's architecture",
    matches: [
      "OSError: /var/task/lib/libfoo.so: wrong ELF class: ELFCLASS32",
      "RequestId: 77d1 Error: fork/exec /var/task/bootstrap: exec format error",
      "OSError: [Errno 8] Exec format error: '/opt/bin/pg_dump'",
    ],
    misses: ["format error in line 3 of the CSV"],
  }),
  signature({
    id: "glibc-version",
    patterns: [
      /version ['`"]?(?<version>(?:GLIBC|GLIBCXX|CXXABI)_[\w.]+)['"]? not found(?: \(required by (?<file>[^)]+)\))?/,
    ],
    tier: "proof",
    causes: ["glibc-too-old"],
    decides: "the version needs of that file against the glibc of the runtime (2.26 on Amazon Linux 2, 2.34 on 2023)",
    matches: [
      "/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /opt/python/psycopg_binary.libs/libpq.so.5)",
      "/lib64/libstdc++.so.6: version `GLIBCXX_3.4.26' not found (required by /var/task/numpy/core/_multiarray_umath.so)",
    ],
    misses: ["runtime has GLIBC_2.34, which is enough"],
  }),
  signature({
    id: "shared-object-missing",
    patterns: [
      /(?<file>[^\s:'"(]{1,300}): cannot open shared object file(?!: Permission)/,
      /Error loading shared library (?<needed>[^\s:]+): No such file/,
    ],
    tier: "proof",
    causes: ({ file, needed }, about) => sharedObjectCauses(file ?? needed ?? "", about),
    decides: "which file needs that library, and whether it lies on LD_LIBRARY_PATH for the function's architecture",
    matches: [
      "Unable to import module 'app': libpq.so.5: cannot open shared object file: No such file or directory",
      "ImportError: libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory",
      "Unable to import module 'app': /opt/python/cryptography/hazmat/bindings/_rust.abi3.so: cannot open shared object file: No such file or directory",
      "/var/task/bootstrap: error while loading shared libraries: libssl.so.10: cannot open shared object file: No such file or directory",
    ],
    misses: ["the shared object file was opened"],
  }),
  signature({
    id: "library-not-loadable",
    patterns: [
      /cannot load library ['"](?<library>[^'"]+)/,
      /no library called "(?<named>[^"]+)" was found/,
      /Cannot import shared library for (?<client>\w+)/,
      /because no (?<absent>lib[\w.]+) is installed/,
      /DPI-1047: Cannot locate/,
      /Library not loaded: (?<mac>\S+)/,
    ],
    tier: "proof",
    causes: ["shared-library-missing"],
    decides: "whether that library is on LD_LIBRARY_PATH, which holds /var/task/lib and /opt/lib",
    matches: [
      "OSError: cannot load library 'libpango-1.0-0': error code 0x7e",
      'OSError: no library called "cairo-2" was found',
    ],
    misses: ["the library was loaded"],
  }),
  signature({
    id: "script-line-ends",
    patterns: [/\^M: bad interpreter/, /bad interpreter: No such file or directory/],
    causes: ["wrong-platform-windows", "handler-file-missing"],
    decides: "whether the script's lines end in \\r\\n, as Windows writes them",
    matches: ["/bin/sh^M: bad interpreter: No such file or directory"],
    misses: ["interpreter started"],
  }),
  signature({
    id: "shared-object-unreadable",
    patterns: [
      /(?<library>[^\s:'"]{1,200}\.so[\w.]{0,20}): cannot open shared object file: Permission denied/,
      /\[Errno 13\] Permission denied(?:: ['"]?(?<file>[^'"\s]+))?/,
      /\bEACCES\b(?:[:,] permission denied,? (?:\w+ )?['"]?(?<path>\/[^'"\s]+))?/,
      /EPERM: operation not permitted, \w+/,
      /(?:fork\/exec |exec: "?)(?<program>\/[^\s:"]+)"?: permission denied/,
      /(?<script>(?:\/|\.\/)[\w./-]{1,200}): Permission denied/,
    ],
    tier: "proof",
    causes: ["permission-denied-files"],
    decides: "the permission bits of that file in the zip: others must be able to read it, and enter its folders",
    matches: [
      "PermissionError: [Errno 13] Permission denied: '/var/task/tools/handler.py'",
      "Error: EACCES: permission denied, open '/var/task/index.js'",
      "module initialization error: [Errno 13] Permission denied: '/var/task/report.py'",
      "EACCES, permission denied '/var/task/index.js'",
      "Error: spawn EACCES",
      "RequestId: 5b fork/exec /var/task/bootstrap: permission denied",
      "/opt/python/lib/foo.so: cannot open shared object file: Permission denied",
    ],
    misses: ["ERROR:  permission denied for table contracts", "Permission denied (publickey)"],
  }),
  signature({
    id: "read-only-file-system",
    patterns: [/Read-only file system: ['"](?<file>[^'"]+)/, /EROFS: read-only file system, \w+ ['"](?<path>[^'"]+)/],
    causes: ["permission-denied-files"],
    decides: "which code writes there: only /tmp is writable in a function",
    matches: [
      "OSError: [Errno 30] Read-only file system: '/var/task/cache.json'",
      "Error: EROFS: read-only file system, mkdir '/home/sbx_user1051'",
    ],
    misses: ["mounted as a read-only file system"],
  }),
  signature({
    id: "undefined-symbol",
    patterns: [
      /undefined symbol: (?<symbol>\w+)/,
      /Error relocating (?<file>[^:]+): (?<musl>\w+): symbol not found/,
      /[Ss]ymbol not found(?: in flat namespace)?:? \(?'?(?<mac>_\w+)/,
      /symbol lookup error/,
      /not defined in file \S+ with link time reference/,
      /version ['`"]?(?!GLIBC|CXXABI)(?<version>[A-Z][\w.]*_[\d._]+\w*)['"]? not found(?: \(required by)?/,
    ],
    tier: "proof",
    causes: ({ symbol, musl }) => {
      if (musl !== undefined) return ["wrong-libc-musl", "symbol-mismatch"];
      return /^_?Py/.test(symbol ?? "")
        ? ["wrong-python-abi", "symbol-mismatch"]
        : ["symbol-mismatch", "wrong-python-abi"];
    },
    decides: "which library should define the symbol, and the version that was packed",
    matches: [
      "ImportError: /var/task/psycopg2/_psycopg.so: undefined symbol: PyUnicodeUCS4_AsUTF8String",
      "ImportError: /opt/python/psycopg2/_psycopg.cpython-39-x86_64-linux-gnu.so: undefined symbol: lo_truncate64",
      "/var/task/bin/report: symbol lookup error: /lib64/libpango.so.1: undefined symbol: hb_font_create",
      "ImportError: /lib64/libcrypto.so.10: version `OPENSSL_1.1.1' not found (required by /opt/python/foo.so)",
      "Error relocating /app/libfoo.so: __strftime_l: symbol not found",
    ],
    misses: ["symbol AAPL not found in the quote table"],
  }),
  signature({
    id: "python-init-function-missing",
    patterns: [/dynamic module does not define (?:module export|init) function \((?<function>\w+)\)/],
    tier: "proof",
    causes: ["wrong-python-abi", "corrupt-artifact"],
    decides: "the Python version the file was built for, and whether it was renamed",
    matches: ["ImportError: dynamic module does not define module export function (PyInit__psycopg)"],
    misses: ["module does not define an export"],
  }),
  signature({
    id: "artifact-damaged",
    patterns: [
      /: file too short/,
      /source code (?:string )?cannot contain null bytes/,
      /BadZip[Ff]ile/,
      /ZipImportError/,
      /bad local file header/,
      /ELF load command (?:alignment|address|past)/,
      /only ET_DYN and ET_EXEC can be loaded/,
      /ELF file data encoding not/,
      /ELF file's phentsize/,
      /Could not unzip uploaded file/,
      /was not able to unzip the file/,
      /InvalidZipFileException/,
      /end of central directory/,
    ],
    tier: "proof",
    // A header of another machine looks like a damaged one.
    causes: (_, { text }) =>
      /ELF file/.test(text) ? ["corrupt-artifact", "wrong-arch", "wrong-platform-unspecified"] : ["corrupt-artifact"],
    decides: "the size and first bytes of that file against the one that was built",
    matches: [
      "ImportError: /var/task/psycopg2/_psycopg.cpython-311-x86_64-linux-gnu.so: file too short",
      "Syntax error in module 'billing': source code string cannot contain null bytes",
      "zipfile.BadZipFile: File is not a zip file",
    ],
    misses: ["the description is too short"],
  }),
  signature({
    id: "python-bytecode-version",
    patterns: [/bad magic number in ['"]?(?<module>[\w.]+)/],
    causes: ["wrong-python-abi", "corrupt-artifact"],
    decides: "which Python version wrote the .pyc files of that module",
    matches: ["ImportError: bad magic number in 'reports': b'\\x03\\xf3\\r\\n'"],
    misses: ["magic number in constant DEFAULT_LIMIT"],
  }),
  signature({
    id: "numpy-c-extension",
    tier: "proof",
    patterns: [
      /Importing the numpy C-extensions failed/,
      /Error importing numpy/,
      /import numpy from its source directory/,
      /Unable to import required dependencies: ?\n?numpy/,
      /numpy\.core\.multiarray failed to import/,
      /Missing required dependencies \['numpy'/,
    ],
    causes: (_, about) =>
      /failed to import/.test(about.text) && !/C-extensions/.test(about.text)
        ? ["dependency-conflict", "wrong-python-abi"]
        : compiledCauses(about, "numpy._core"),
    decides: "the platform and Python version of numpy's compiled files",
    matches: [
      "Unable to import module 'app': Unable to import required dependencies: numpy: IMPORTANT: PLEASE READ THIS",
      "ImportError: numpy.core.multiarray failed to import",
      "Unable to import module 'app': Error importing numpy: you should not try to import numpy from its source directory",
    ],
    misses: ["import numpy as np took 0.4 s"],
  }),
  signature({
    id: "windows-library",
    patterns: [/DLL load failed(?: while importing (?<module>\w+))?/],
    causes: ["shared-library-missing", "wrong-python-abi"],
    decides: "which DLLs the module needs on that Windows machine",
    matches: ["ImportError: DLL load failed while importing _psycopg: The specified module could not be found."],
    misses: ["DLL loaded in 3 ms"],
  }),
  signature({
    id: "shared-object-mapping",
    patterns: [/failed to map segment from shared object/],
    causes: ["permission-denied-files", "lambda-oom"],
    decides: "whether the file lies on a volume that forbids execution, and the memory left",
    matches: ["ImportError: /tmp/lib/libfoo.so: failed to map segment from shared object: Operation not permitted"],
    misses: ["the segment was mapped"],
  }),
];
