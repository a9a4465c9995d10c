// Python source and packages that were found and fail while they are loaded.
import { signature } from "../signature.ts";

export const pythonSignatures = [
  signature({
    id: "python-syntax",
    patterns: [
      /Syntax error in module '(?<module>[^']*)'/,
      /(?:^|[\s.])(?:SyntaxError|IndentationError|TabError): (?:invalid syntax|invalid (?:decimal|character|non-printable)|Missing parentheses|unexpected indent|expected |unindent|inconsistent use|unterminated|f-string|'[^']*' (?:was never closed|outside)|unmatched|cannot assign|positional argument follows|non-default argument|unexpected EOF|EOL while|keyword argument repeated|future feature|leading zeros|from __future__|\(unicode error\)|bytes can only|Non-ASCII|multiple exception types|name '\w+' is )/,
    ],
    causes: (_, about) =>
      /async|walrus|match |:=|'print'|except \w+, \w+|positional patterns|future feature|print responseUrl/.test(
        about.text,
      )
        ? ["syntax-error", "wrong-runtime-configured"]
        : ["syntax-error"],
    decides: "the file and line in parentheses, and the Python version that understands it",
    matches: [
      "[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'app': invalid syntax (app.py, line 12)",
      "Syntax error in module 'handler': unexpected indent (handler.py, line 40)",
      "  File \"/var/task/db.py\", line 3\nSyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?",
    ],
    misses: ['psycopg2.errors.SyntaxError: syntax error at or near "FORM"', "jsonschema: no syntax errors"],
  }),
  signature({
    id: "python-version-typing",
    patterns: [
      /TypeError: '(?:type|ABCMeta|_GenericAlias|builtin_function_or_method)' object is not subscriptable/,
      /unsupported operand type\(s\) for \|: '(?:type|_GenericAlias|ABCMeta|ModelMetaclass)' and/,
    ],
    causes: ["wrong-runtime-configured", "init-crash"],
    decides: "the Python version that the annotations need against the function's runtime",
    matches: [
      "TypeError: 'type' object is not subscriptable",
      "TypeError: unsupported operand type(s) for |: 'type' and 'NoneType'",
    ],
    misses: ["TypeError: 'int' object is not subscriptable"],
  }),
  signature({
    id: "python-runtime-unsupported",
    patterns: [
      /runtime parameter of (?<runtime>[\w.]+) is no longer supported/,
      /requires a different Python: (?<version>[\d.]+) not in/,
      /Binary validation failed for python/,
      /at 'runtime' failed to satisfy constraint/,
      /requires Python ['"]?[<>=!~]/,
    ],
    causes: ["wrong-runtime-configured", "dependency-conflict"],
    decides: "the runtime in the template against the version that the packages were chosen for",
    matches: [
      "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions.",
      "ERROR: Package 'billing' requires a different Python: 3.8.16 not in '>=3.10'",
    ],
    misses: ["python3.12 is supported"],
  }),
  signature({
    id: "python-dependency-conflict",
    patterns: [
      /urllib3 v2(?:\.0)? only supports OpenSSL/,
      /(?:Contextual)?VersionConflict\b/,
      /may indicate binary incompatibility/,
      /module compiled against (?:ABI|API) version/,
      /compiled using NumPy 1\.x cannot be run/,
      /Descriptors cannot(?: not)? be created directly/,
      /missing 1 required keyword-only argument: 'recursive_guard'/,
      /PydanticImportError/,
      /`\w+` has been moved to the `[\w-]+` package/,
      /X509_V_FLAG_\w+/,
      /unexpected keyword argument '(?:proxies|as_tuple)'/,
      /has no attribute 'GetMessageClass'/,
      /incompatible library version/,
      /have conflicting dependencies/,
      /ResolutionImpossible/,
      /ERESOLVE/,
      /ERR_PACKAGE_PATH_NOT_EXPORTED/,
      /requires [\w.[\]-]+[<>=!~]\S*, but you have/,
      /[\w.-]{2,60} (?:version )?\d[\w.]* or (?:newer|later) is required[;,]? \(?(?:you have|found) /,
      /'EntryPoints' object has no attribute/,
      /module '(?:OpenSSL|cryptography|urllib3|botocore|boto3|requests|werkzeug|jinja2|markupsafe|flask|numpy|google|attr|jwt|redis|psycopg_c|psycopg_binary|lib|pkg_resources|importlib_metadata|sqlalchemy)[\w.]*' has no attribute '(?<attribute>\w+)'/,
    ],
    tier: "proof",
    causes: (_, { text }) =>
      // The OpenSSL and the SQLite are the runtime's own.
      /SQLite \d/.test(text)
        ? ["wrong-runtime-configured", "dependency-conflict"]
        : /only supports OpenSSL/.test(text)
          ? ["dependency-conflict", "wrong-runtime-configured"]
          : ["dependency-conflict"],
    decides: "the versions of the two packages in the deployed code and its layers",
    matches: [
      "ImportError: urllib3 v2 only supports OpenSSL 1.1.1+, currently the 'ssl' module is compiled with 'OpenSSL 1.0.2k-fips'",
      "pkg_resources.ContextualVersionConflict: (requests 2.20.0 (/var/task), Requirement.parse('requests>=2.25'))",
      "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject",
      "TypeError: Client.__init__() got an unexpected keyword argument 'proxies'",
    ],
    misses: ["The new option is incompatible with --quiet"],
  }),
  signature({
    id: "python-optional-dependency",
    patterns: [
      /Missing optional dependency '(?<missing>[\w.-]+)'/,
      /requires ["'](?<form>[\w.-]+)["'] to be installed/,
      /(?<library>[\w-]{1,200}) library is required to use this function/,
      /(?<bare>[\w-]{1,200}) is not installed, run `pip install/,
      /[Pp]lease (?:pip )?install (?:the )?['"`](?<asked>[\w.-]+)['"`] (?:package|library|module)(?! manually)/,
      /[Ee]rror: (?:the )?(?<needed>[\w.-]{2,60}) (?:package |module |library )?must be installed\b/,
    ],
    causes: ({ needed }) =>
      /^(?:psycopg\w*|asyncpg|pg8000|aiopg)$/.test(needed ?? "")
        ? ["module-missing", "transitive-dependency-missing", "wrong-arch"]
        : ["transitive-dependency-missing", "module-missing", "wrong-arch"],
    decides: "whether that package is in the deployed code: it is an extra that nothing else pulls in",
    matches: [
      "ImportError: Missing optional dependency 'psycopg2'.  Use pip or conda to install psycopg2.",
      "ValueError: the greenlet library is required to use this function. No module named 'greenlet'",
      'RuntimeError: Form data requires "python-multipart" to be installed.',
    ],
    misses: ["optional dependencies: none"],
  }),
  signature({
    id: "psycopg-no-backend",
    patterns: [/no pq wrapper available/],
    tier: "proof",
    causes: (_, about) => {
      if (
        /cannot import name 'pq' from|psycopg_binary\.pq|psycopg_c\.pq|_psycopg_binary|invalid ELF/.test(about.text)
      ) {
        return /invalid ELF/.test(about.text)
          ? ["wrong-platform-macos", "wrong-platform-unspecified", "driver-backend-missing"]
          : ["wrong-arch", "wrong-python-abi", "wrong-platform-macos"];
      }
      return [
        "driver-backend-missing",
        ...(/libpq\.so[.\d]*: cannot open/.test(about.text) ? (["shared-library-missing"] as const) : []),
        "module-missing",
      ];
    },
    decides: "which of psycopg-binary, psycopg-c and a system libpq is in the package, and for which platform",
    matches: [
      "ImportError: no pq wrapper available.\nAttempts made:\n- couldn't import psycopg 'c' implementation: No module named 'psycopg_c'\n- couldn't import psycopg 'binary' implementation: No module named 'psycopg_binary'\n- couldn't import psycopg 'python' implementation: libpq library not found",
    ],
    misses: ["pq wrapper available: binary"],
  }),
  signature({
    id: "libpq-not-found",
    patterns: [/libpq library not found/, /couldn't import psycopg '(?<implementation>\w+)' implementation/],
    causes: ["driver-backend-missing", "shared-library-missing"],
    decides: "whether psycopg-binary is installed, or a libpq beside it",
    matches: ["ImportError: couldn't import psycopg 'python' implementation: libpq library not found"],
    misses: ["libpq library found in /usr/lib64"],
  }),
  signature({
    id: "orm-driver-missing",
    patterns: [
      /Error loading (?<driver>psycopg2 or psycopg|psycopg2|psycopg|MySQLdb|cx_Oracle) module(?:: No module named '?(?<module>\w[\w.]*))?/,
    ],
    tier: "proof",
    causes: ({ driver, module }, about) => {
      if (/cannot open shared object file/.test(about.text)) return [];
      if (module !== undefined && !module.includes("._")) return ["module-missing", "driver-backend-missing"];
      if (module !== undefined || driver === "psycopg2 or psycopg")
        return module === undefined
          ? ["module-missing", "native-extension-missing", "driver-backend-missing"]
          : ["native-extension-missing", "module-missing", "driver-backend-missing"];
      return ["driver-backend-missing", "module-missing", "native-extension-missing"];
    },
    decides: "the reason after the colon or in the chained traceback: absent, or there and not loadable",
    matches: [
      "django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 module: No module named 'psycopg2'",
      "ImproperlyConfigured: Error loading psycopg2 or psycopg module",
    ],
    misses: ["Error loading invoice 7"],
  }),
  signature({
    id: "sqlalchemy-dialect-missing",
    patterns: [
      /Can't load plugin: sqlalchemy\.dialects:(?<dialect>[\w.+]+)/,
      // A server that speaks Postgres's protocol under another name has a dialect of its own.
      /Could not determine version from string '/,
    ],
    tier: "proof",
    causes: ({ dialect }) =>
      /^(?:https?|tcp|jdbc|prisma)/.test(dialect ?? "")
        ? ["database-url-malformed", "driver-backend-missing"]
        : ["driver-backend-missing", "database-url-malformed"],
    decides: "the scheme of the database URL: SQLAlchemy 1.4 removed postgres://",
    matches: [
      "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
      "AssertionError: Could not determine version from string 'CockroachDB CCL v23.1.11'",
    ],
    misses: ["loaded plugin sqlalchemy.dialects"],
  }),
  signature({
    id: "python-module-level-error",
    patterns: [/(?:_call_with_frames_removed|File ['"]?\/var\/task\/[^\n]{0,300}in <module>)[\s\S]{0,4000}/],
    tier: "effect",
    causes: (_, about) => {
      // Import and syntax errors have signatures of their own; this is for any other exception while the module loads.
      if (/(?:ImportError|ModuleNotFoundError|ImportModuleError|SyntaxError)\b/.test(about.text)) return [];
      if (/in lambda_handler|in handler\b|in __call__/.test(about.text)) return [];
      return /\b\w+(?:Error|Exception)\b/.test(about.text) ? ["init-crash"] : [];
    },
    decides: "the line of the function's own module in the traceback: it runs when the module is imported",
    matches: [
      '[ERROR] ZeroDivisionError: division by zero\nTraceback (most recent call last):\n  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed\n  File "/var/task/app.py", line 4, in <module>\n    RATE = 1 / 0',
    ],
    misses: ['ImportError: x\n  File "/var/task/app.py", line 4, in <module>'],
  }),
  signature({
    id: "python-module-initialization",
    patterns: [
      /module initialization error(?:: (?<message>[^\n]{0,300}))?/,
      /Fatal Python error: (?<fatal>[^\n]{0,300})/,
      // Django after a first setup that failed: what failed is in an earlier event.
      /populate\(\) isn't reentrant/,
    ],
    tier: "effect",
    causes: (_, about) => (/relative import|cannot import name|No module named/.test(about.text) ? [] : ["init-crash"]),
    decides: "the code at module level: it runs when the module is imported",
    matches: [
      "module initialization error: name 'settings' is not defined",
      "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding",
      "RuntimeError: populate() isn't reentrant",
    ],
    misses: ["module initialization took 30 ms"],
  }),
  signature({
    id: "python-out-of-memory",
    patterns: [/(?:^|[\s\].])MemoryError\b/m],
    causes: ["lambda-oom"],
    decides: "Max Memory Used in the REPORT line against the memory size",
    matches: [
      "[ERROR] MemoryError\nTraceback (most recent call last):",
      "numpy.core._exceptions.MemoryError: Unable to allocate 2.1 GiB",
    ],
    misses: ["class OutOfMemoryErrorPage"],
  }),
];
