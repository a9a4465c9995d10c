// What a module name in an import error tells by itself. Names only: nothing here looks at a package.
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { About } from "./signature.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Modules that left Python's standard library in 3.12 and 3.13 (PEP 594, PEP 632), and those Python 3 renamed. */
const leftStandardLibrary = words(`
  distutils imp asynchat asyncore smtpd aifc audioop cgi cgitb chunk crypt imghdr mailcap msilib nis nntplib ossaudiodev
  pipes sndhdr spwd sunau telnetlib uu xdrlib lib2to3 formatter parser symbol binhex`);
const pythonTwoOnly = words(`
  ConfigParser Queue StringIO cStringIO cPickle urllib2 urlparse httplib cookielib Cookie SocketServer HTMLParser
  commands exceptions __builtin__ SimpleHTTPServer BaseHTTPServer xmlrpclib Tkinter dummy_thread thread md5 sets`);

/** Top-level names that are themselves a compiled file, or nothing without one. */
const compiledTopLevel = words(`
  _cffi_backend _pg _mysql _psycopg _ctypes _sqlite3 _bz2 _lzma _ssl _hashlib _snappy _brotli _yaml ujson orjson
  greenlet gevent cx_Oracle oracledb pymssql pyodbc lz4 zstandard confluent_kafka grpc uvloop httptools xxhash Levenshtein
  psycopg_c psycopg_binary rpds jiter tiktoken regex`);

/** Compiled parts whose names do not begin with an underscore. */
const compiledParts = words(`
  asyncpg.protocol.protocol asyncpg.pgproto.pgproto asyncpg.protocol.record lxml.etree lxml.objectify grpc.cygrpc
  psycopg_binary.pq psycopg_c.pq pandas.libs sklearn.check_build numpy.core.multiarray numpy.random.mtrand
  charset_normalizer.md__mypyc google.upb jaxlib.xla_extension zmq.backend.cython msgpack.cmsgpack`);
const compiledNames = words(`etree objectify pq multiarray cygrpc cymem x509 exceptions md__mypyc`);

/** Pure packages that nevertheless have submodules with a leading underscore. */
const pureDespiteUnderscore = words(`
  setuptools pip _distutils_hack opentelemetry aws_lambda_powertools requests typing_extensions botocore boto3 pytest
  importlib_metadata jinja2 werkzeug httpx httpcore attr sniffio anyio wheel pkg_resources certifi concurrent`);

/** Packages that hardly anybody names in their own code: they come with another one. */
const comesWithAnother = words(`
  scramp asn1crypto asn1 dateutil six pytz tzdata typing_extensions async_timeout werkzeug jinja2 markupsafe itsdangerous
  click blinker idna certifi chardet charset_normalizer urllib3 jmespath s3transfer pycparser cffi sniffio anyio h11
  httpcore annotated_types pydantic_core typing_inspection wrapt deprecated packaging pyparsing attr attrs zipp
  importlib_metadata importlib_resources pkg_resources setuptools _distutils_hack google rsa pyasn1 pyasn1_modules oauthlib
  requests_oauthlib cachetools tenacity multidict yarl frozenlist aiosignal aiohappyeyeballs propcache greenlet mako
  sqlparse asgiref ecdsa jose simplejson decorator isodate mypy_extensions toml tomli pbr psycopg_pool starlette
  pg-protocol pg-types pg-pool pg-connection-string pgpass pg-int8 postgres-array postgres-bytea postgres-date
  postgres-interval split2 xtend inherits readable-stream safe-buffer ms debug tslib buffer-writer packet-reader
  semver follow-redirects form-data mime-db ieee754 base64-js`);

/** Names that people give to their own files; importing them breaks when the root of the imports moves. */
const ownNames = words(`
  utils util helpers helper common config configs settings constants db database models model lib libs shared services
  service core src app api handlers handler logger logging_config exceptions errors schemas repository repositories
  functions layers modules tools clients client auth middleware queries src_common backend lambda_function _shared`);

const namespacePackages = words("google azure opentelemetry ruamel zope backports sphinxcontrib");

const last = (dotted: string): string => dotted.slice(dotted.lastIndexOf(".") + 1);
const first = (dotted: string): string => dotted.split(".")[0] ?? dotted;

/** Is this the name of compiled code: a part such as `psycopg2._psycopg`, or a module that is one compiled file? */
export function isCompiledModule(name: string): boolean {
  const top = first(name);
  if (name.includes(".")) {
    if (compiledParts.has(name)) return true;
    if (pureDespiteUnderscore.has(top)) return false;
    const part = last(name);
    return (part.startsWith("_") && !part.startsWith("__")) || part === top || /\._[a-z]/.test(name);
  }
  return compiledTopLevel.has(name);
}

/** Is this the name of something compiled inside a package, as in `cannot import name '_imaging' from 'PIL'`? */
export function isCompiledName(name: string, from: string | undefined): boolean {
  if (
    from !== undefined &&
    (last(from).startsWith("_") || isCompiledModule(from)) &&
    !pureDespiteUnderscore.has(first(from))
  )
    return true;
  if (from !== undefined && pureDespiteUnderscore.has(first(from))) return false;
  return (
    /^_[a-z]/.test(name) ||
    (compiledNames.has(name) && (from === undefined || /^(?:lxml|psycopg_binary|psycopg_c|numpy|grpc)\b/.test(from)))
  );
}

/**
 * What may be wrong with compiled code that is not found or not loadable, likeliest first. Traces of the machine that
 * built it (`darwin`, `win_amd64`, another `cpython-3XX`) decide; without them the order is how often each was the
 * resolution of a public report.
 */
export function compiledCauses(about: About, subject: string): readonly CauseId[] {
  const { text } = about;
  if (/darwin|macosx|\.dylib|\/Users\//.test(text)) return ["wrong-platform-macos", "wrong-arch", "wrong-python-abi"];
  if (/win_amd64|win32|\.pyd\b|\.dll\b|[A-Z]:\\/.test(text)) return ["wrong-platform-windows", "wrong-python-abi"];
  const tags = new Set([...text.matchAll(/cpython-(\d{2,3})/g)].map((found) => found[1]));
  const runtime = about.runtime === undefined ? undefined : /^python3\.(\d+)$/.exec(about.runtime)?.[1];
  if (runtime !== undefined && [...tags].some((tag) => tag !== `3${runtime}`))
    return ["wrong-python-abi", "native-extension-missing"];
  if (about.architecture === "arm64") return ["wrong-arch", "wrong-platform-macos", "wrong-python-abi"];
  if (/^_(?:cffi|pg\b|mysql|psycopg\b|snappy|brotli|yaml)/.test(subject))
    return ["wrong-python-abi", "native-extension-missing", "wrong-platform-macos"];
  // Their files carry the Python version in the name, so that those of another one are as good as absent.
  if (/^(?:numpy|lxml|pandas|scipy)\b/.test(subject)) return ["wrong-python-abi", "wrong-platform-macos", "wrong-arch"];
  if (/_rust\b|cryptography/.test(subject))
    return ["wrong-platform-windows", "wrong-platform-unspecified", "wrong-platform-macos"];
  return ["wrong-platform-macos", "wrong-python-abi", "wrong-arch"];
}

/**
 * The causes of "No module named `name`", likeliest first.
 * `handler` is the module that Lambda was told to import (dots or slashes), where the text says it.
 */
export function missingModuleCauses(name: string, handler: string | undefined, about: About): readonly CauseId[] {
  const top = first(name);
  const dotted = handler?.replaceAll("/", ".");
  if (dotted !== undefined) {
    if (dotted === name || dotted.startsWith(`${name}.`)) return ["handler-file-missing", "permission-denied-files"];
    if (dotted.split(".").slice(1).includes(top)) return ["relative-import-error", "module-missing"];
  }
  // These are the handlers of consoles and templates; a module of one's own that is imported has seldom such a name.
  if (dotted === undefined && /^(?:lambda_function|lambda_handler|index)$/.test(name))
    return ["handler-file-missing", "module-missing", "wrong-runtime-configured"];
  if (
    name === "setuptools._distutils" ||
    /^(?:botocore\.vendored|requests\.packages|urllib3\.packages|.*\bsix\.moves)\b/.test(name)
  ) {
    return ["dependency-conflict", "transitive-dependency-missing"];
  }
  if (leftStandardLibrary.has(top)) return ["stdlib-module-removed", "wrong-runtime-configured"];
  if (pythonTwoOnly.has(top)) return ["stdlib-module-removed", "wrong-runtime-configured"];
  if (
    /^(?:queue|configparser|http|urllib\.(?:request|parse)|builtins|asyncio|typing|dataclasses|tomllib|zoneinfo)$/.test(
      name,
    )
  ) {
    return ["wrong-runtime-configured", "dependency-conflict"];
  }
  if (isCompiledModule(name)) {
    if (name.includes(".") || name.startsWith("_")) return compiledCauses(about, name);
    return ["module-missing", "wrong-arch", "wrong-python-abi"];
  }
  if (/^(?:psycopg2?|asyncpg|pg8000|MySQLdb)$/.test(name) && /sqlalchemy|django/.test(about.text)) {
    return ["module-missing", "driver-backend-missing", "transitive-dependency-missing"];
  }
  if (namespacePackages.has(top)) return ["transitive-dependency-missing", "module-missing", "dependency-conflict"];
  if (comesWithAnother.has(top)) return ["transitive-dependency-missing", "module-missing"];
  if (ownNames.has(top)) {
    const nested = dotted?.includes(".") === true;
    return nested ? ["relative-import-error", "module-missing"] : ["module-missing", "relative-import-error"];
  }
  if (name.includes(".")) return ["module-missing", "dependency-conflict", "transitive-dependency-missing"];
  return ["module-missing", "transitive-dependency-missing"];
}

const standardLibraryNames = words(`
  collections inspect fractions cgi asyncio typing math time platform html xml unittest gettext string base64 json random
  array locale importlib pipes ssl contextlib functools enum datetime types itertools zoneinfo dataclasses`);

/** Names that newer Python versions added to these modules: an older runtime lacks them. */
const addedToStandardLibrary = words(`
  Literal TypedDict Protocol Final Annotated ParamSpec TypeAlias Self NotRequired Required override Concatenate TypeGuard
  Never assert_never StrEnum UTC NoneType UnionType cached_property cache TaskGroup Runner metadata files ZoneInfo
  pairwise batched nullcontext aclosing chdir`);

/** Packages whose own names are known, so that an import error between them is a matter of versions. */
const knownPackages = words(`
  urllib3 botocore boto3 requests werkzeug jinja2 markupsafe flask itsdangerous typing_extensions pydantic pydantic_core
  sqlalchemy opentelemetry httpx httpcore starlette fastapi click numpy pandas scipy sklearn google attr psycopg psycopg2
  pg8000 scramp asyncpg OpenSSL cryptography jwt jose django rest_framework graphql aiohttp yarl langchain langchain_core
  openai anthropic tenacity packaging setuptools pkg_resources dateutil six certifi idna redis celery kombu stripe twilio
  marshmallow aws_lambda_powertools aws_xray_sdk s3transfer jmespath transformers torch huggingface_hub protobuf grpc`);

/** The causes of "cannot import name `name` from `from`"; `path` is the file that Python names in parentheses. */
export function missingNameCauses(
  name: string,
  from: string | undefined,
  path: string | undefined,
  about: About,
): readonly CauseId[] {
  if (isCompiledName(name, from)) {
    if (from !== undefined && !isCompiledName("", from) && /^(?:PIL|_)/.test(from))
      return ["wrong-python-abi", "wrong-platform-macos", "wrong-arch"];
    return compiledCauses(about, from ?? name);
  }
  if (path === "unknown location") return ["module-missing", "corrupt-artifact", "circular-import-or-name-missing"];
  if (from === undefined) return ["circular-import-or-name-missing", "dependency-conflict"];
  const top = first(from);
  if (standardLibraryNames.has(top)) {
    return addedToStandardLibrary.has(name)
      ? ["wrong-runtime-configured", "dependency-conflict"]
      : ["stdlib-module-removed", "dependency-conflict"];
  }
  const foreign =
    knownPackages.has(top) ||
    comesWithAnother.has(top) ||
    (path !== undefined && /^\/opt\/|site-packages|dist-packages|^\/var\/(?:runtime|lang)\//.test(path));
  return foreign
    ? ["dependency-conflict", "circular-import-or-name-missing"]
    : ["circular-import-or-name-missing", "dependency-conflict"];
}

/** The causes of Node's "Cannot find module `name`"; `requiredBy` is the first file of its require stack or importer. */
export function missingNodeModuleCauses(name: string, requiredBy: string | undefined): readonly CauseId[] {
  if (/\.prisma\/client|@prisma\/(?:client|engines)/.test(name)) return ["engine-binary-missing", "module-missing"];
  if (/\.node$|\/build\/Release\/|\/prebuilds\//.test(name))
    return ["native-extension-missing", "wrong-platform-unspecified", "wrong-platform-macos"];
  if (/^@(?:img|esbuild|swc|rollup|next|node-rs|libsql)\/.*(?:linux|darwin|win32|musl)/.test(name))
    return ["wrong-platform-unspecified", "wrong-platform-macos", "wrong-arch"];
  if (name.startsWith("node:")) return ["wrong-runtime-configured"];
  const inPackages = name.includes("/node_modules/") || requiredBy?.includes("/node_modules/") === true;
  if (inPackages) return ["transitive-dependency-missing", "module-missing"];
  const runtimeOnly = requiredBy === undefined || requiredBy.startsWith("/var/runtime/");
  if (/^(?:\/var\/task\/|\/lambda\/|\/function\/|\/app\/)/.test(name))
    return ["handler-file-missing", "module-missing"];
  if (runtimeOnly && requiredBy !== undefined) return ["handler-file-missing", "module-missing"];
  if (/^\.{1,2}\//.test(name)) return ["module-missing", "handler-file-missing"];
  if (/^aws-sdk(?:$|\/)/.test(name)) return ["module-missing", "wrong-runtime-configured"];
  if (/^(?:index|lambda_function|handler|app|main)$/.test(name))
    return ["handler-file-missing", "module-missing", "wrong-runtime-configured"];
  const top = name.startsWith("@") ? name : (name.split("/")[0] ?? name);
  return comesWithAnother.has(top)
    ? ["transitive-dependency-missing", "module-missing"]
    : ["module-missing", "transitive-dependency-missing"];
}
