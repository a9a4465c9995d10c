// Python modules, names and handlers that cannot be imported.
import { compiledCauses, isCompiledName, missingModuleCauses, missingNameCauses } from "../modules.ts";
import { signature } from "../signature.ts";

export const importSignatures = [
  signature({
    id: "python-module-shadowed",
    patterns: [/No module named ['"]?(?<module>[\w.]+)['"]?[;,] ['"]?(?<package>[\w.]+)['"]? is not a package/],
    tier: "proof",
    causes: ["circular-import-or-name-missing", "module-missing"],
    decides: "whether a file of the function is named like the package and is found before it",
    matches: [
      "Unable to import module 'app': No module named 'psycopg2.extras'; 'psycopg2' is not a package",
      "ModuleNotFoundError: No module named 'queue.abc'; 'queue' is not a package",
    ],
    misses: ["directory /opt/python is not a package root"],
  }),
  signature({
    id: "python-no-module",
    patterns: [
      /(?:Unable to import module ['"]?(?<handler>[\w./-]+)['"]?: )?No module named ['"]?(?<module>[A-Za-z_][\w.-]*[\w]|[A-Za-z_])['"]?/,
    ],
    causes: ({ module, handler }, about) => missingModuleCauses(module ?? "", handler, about),
    decides:
      "whether the module is among the files of the function and its layers, and for which platform it was built",
    matches: [
      "[ERROR] Runtime.ImportModuleError: Unable to import module 'tools.invoice.handler': No module named 'pg8000'",
      "ModuleNotFoundError: No module named 'sqlalchemy'",
      "ImportError: No module named yaml",
      "Unable to import module 'orders/handler': No module named 'orders'",
      "Unable to import module 'main': No module named 'asyncpg.protocol.protocol'",
      "Unable to import module 'main': No module named 'pydantic_core._pydantic_core'",
      "Unable to import module 'app': No module named 'distutils'",
      "Unable to import module 'app': No module named 'scramp'",
      "Unable to import module 'src.app': No module named 'utils'",
    ],
    misses: ["INFO Module named psycopg2 was loaded from the layer", "There is no module here named after the tool"],
  }),
  signature({
    id: "python-handler-not-imported",
    // What the caller gets, and what older runtimes logged: the reason is left out.
    patterns: [/Unable to import module '(?<handler>[\w./-]{1,200})'(?!:)/],
    tier: "envelope",
    causes: ["handler-file-missing", "module-missing", "transitive-dependency-missing"],
    decides: "the line of the function's own log that gives the reason",
    matches: [`{"errorMessage": "Unable to import module 'tools/invoice'"}`],
    misses: ["Unable to import module 'app': the reason follows"],
  }),
  signature({
    id: "python-cannot-import-name",
    patterns: [
      /cannot import name ['"]?(?<name>\w+)['"]?(?: from ['"](?<from>[\w.]+)['"])?(?: \((?<path>[^()\n]+)\))?(?! from partially)/,
    ],
    causes: ({ name, from, path }, about) => missingNameCauses(name ?? "", from, path, about),
    decides: "which file provides that name in the deployed package, and which version of its package is there",
    matches: [
      "cannot import name 'url_quote' from 'werkzeug.urls' (/opt/python/werkzeug/urls.py)",
      "cannot import name '_imaging' from 'PIL' (/var/task/PIL/__init__.py)",
      "cannot import name 'etree' from 'lxml' (/opt/python/lxml/__init__.py)",
      "cannot import name 'connect' from 'psycopg2' (unknown location)",
      "cannot import name 'build_report' from 'reports.render' (/var/task/reports/render.py)",
      "cannot import name 'Mapping' from 'collections' (/var/lang/lib/python3.10/collections/__init__.py)",
      "ImportError: cannot import name Queue",
    ],
    misses: ["users cannot import names longer than 64 characters"],
  }),
  signature({
    id: "python-circular-import",
    patterns: [
      /(?:cannot import name ['"](?<name>\w+)['"] from )?partially initialized module ['"](?<module>[\w.]+)['"]/,
    ],
    tier: "proof",
    // Python says the same of a package whose compiled part is missing: its __init__ is not done when it looks for it.
    causes: ({ name, module }, about) =>
      name !== undefined && isCompiledName(name, module)
        ? compiledCauses(about, `${module}.${name}`)
        : ["circular-import-or-name-missing", "dependency-conflict"],
    decides: "whether two own modules import each other, or a file of the function has the package's name",
    matches: [
      "Unable to import module 'app': cannot import name 'get_db' from partially initialized module 'shared.db' (most likely due to a circular import) (/var/task/shared/db.py)",
      "AttributeError: partially initialized module 'psycopg2' has no attribute 'connect' (most likely due to a circular import)",
    ],
    misses: ["the module is only partially initialized"],
  }),
  signature({
    id: "python-relative-import",
    patterns: [
      /[Aa]ttempted relative import (?:with no known parent package|beyond top-level package|in non-package)/,
      /Parent module '[^']*' not loaded, cannot perform relative import/,
    ],
    tier: "proof",
    causes: ["relative-import-error", "other"],
    decides: "whether the handler's module lies inside a package, and is named by its dotted path",
    matches: [
      "Unable to import module 'handler': attempted relative import with no known parent package",
      "ImportError: attempted relative import beyond top-level package",
      "SystemError: Parent module '' not loaded, cannot perform relative import",
    ],
    misses: ["relative imports were rewritten in 3 files"],
  }),
  signature({
    id: "python-handler-missing",
    patterns: [/Handler '(?<handler>[^']*)' missing on module '(?<module>[^']*)'/],
    causes: ["handler-not-found"],
    decides: "which functions the handler's file defines",
    matches: ["[ERROR] Runtime.HandlerNotFound: Handler 'lambda_handler' missing on module 'tools.invoice.handler'"],
    misses: ["the configuration is missing on module level"],
  }),
  signature({
    id: "handler-malformed",
    patterns: [
      /Bad handler\b/,
      /Runtime\.Malformed(?:Streaming)?HandlerName/,
      /is not a valid handler name/,
      /Cannot use built-in module \S+ as a handler module/,
      /requires the handler name to be the first argument/,
    ],
    causes: ["handler-not-found"],
    decides: "whether the handler setting has the form file.function",
    matches: [
      "Bad handler 'lambda_handler': not enough values to unpack (expected 2, got 1)",
      '{"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler"}',
      "Cannot use built-in module sys as a handler module",
    ],
    misses: ["A bad request handler was removed"],
  }),
  signature({
    id: "python-metadata-missing",
    patterns: [
      /No package metadata was found for (?<package>[\w.-]+)/,
      /DistributionNotFound/,
      /PackageNotFoundError(?:: (?<missing>[\w.-]+))?/,
      /The '(?<required>[^']+)' distribution was not found and is required/,
    ],
    causes: ["transitive-dependency-missing"],
    decides: "whether the package's dist-info directory was kept when the function was packed",
    matches: [
      "Unable to import module 'app': No package metadata was found for pg8000",
      "pkg_resources.DistributionNotFound: The 'google-api-core' distribution was not found and is required by the application",
      "importlib.metadata.PackageNotFoundError: opentelemetry-api",
    ],
    misses: ["no metadata was found for object invoices/1.pdf"],
  }),
  signature({
    id: "handler-executable-missing",
    patterns: [
      /fork\/exec (?<file>\S+): no such file or directory/,
      /Couldn't find valid bootstrap/,
      /\bexec:? "?(?<program>\/[^\s":]+)"?: (?:no such file or directory|stat)/,
      /exec user process caused:? "?no such file or directory/,
      /Runtime\.InvalidEntrypoint(?![\s\S]*(?:exec format|permission denied))/,
      /Class not found: [\w.$]+/,
    ],
    causes: (_, { text }) =>
      /ProcessSpawnFailed|InvalidEntrypoint|exec user process/.test(text)
        ? ["handler-file-missing", "permission-denied-files", "wrong-arch"]
        : ["handler-file-missing"],
    decides: "whether the executable or class that the handler setting names is in the package",
    matches: [
      "RequestId: 0e1d Error: fork/exec /var/task/main: no such file or directory",
      "RequestId: 0e1d Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
      "Class not found: com.example.Handler: java.lang.ClassNotFoundException",
    ],
    misses: ["open /etc/app.conf: no such file or directory, using the defaults"],
  }),
  signature({
    id: "python-standard-library-changed",
    patterns: [
      /module '(?<module>collections|inspect|asyncio|typing|time|base64|fractions|string|array|cgi|html|ssl|imp|unittest|pkgutil|configparser|importlib|locale|os|json)' has no attribute '(?<name>MutableMapping|Mapping|Callable|Iterable|Hashable|OrderedDict|Sequence|getargspec|formatargspec|coroutine|async|clock|encodestring|decodestring|gcd|letters|escape|wrap_socket|_ClassVar|ImpImporter|find_loader|SafeConfigParser|load_module|makeSuite|resetlocale|getcwdu|match_hostname|_Union)'/,
    ],
    causes: ["stdlib-module-removed", "dependency-conflict"],
    decides: "which Python version last had that name, and which package still uses it",
    matches: [
      "AttributeError: module 'collections' has no attribute 'MutableMapping'",
      "AttributeError: module 'inspect' has no attribute 'getargspec'. Did you mean: 'getargs'?",
      "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'",
    ],
    misses: ["AttributeError: module 'reports' has no attribute 'render'"],
  }),
];
