// Which standard modules each Python 3 minor version has, and which public names of much-used ones came or went.
// Measured on CPython 3.8 to 3.13 for Linux (`sys.stdlib_module_names`, the files of Lib, `dir()` of each module);
// 3.14 from its release notes. A range is "first-last" of the minor versions that have it, open where an end is missing.

/** Top-level modules of every version from 3.8 on, on Linux. */
export const standardModules: ReadonlySet<string> = new Set(
  `
__future__ _abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp
  _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle _compression _contextvars _csv _ctypes _curses
  _curses_panel _datetime _dbm _decimal _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm
  _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase _md5 _multibytecodec _multiprocessing _opcode
  _operator _osx_support _pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random _sha1 _sha3
  _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable _thread
  _threading_local _tkinter _tracemalloc _uuid _warnings _weakref _weakrefset abc antigravity argparse array ast
  asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop collections
  colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses
  datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput
  fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob grp gzip hashlib heapq hmac html
  http idlelib imaplib importlib inspect io ipaddress itertools json keyword linecache locale logging lzma mailbox
  marshal math mimetypes mmap modulefinder multiprocessing netrc ntpath nturl2path numbers opcode operator optparse
  os pathlib pdb pickle pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd
  py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy
  sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 sre_compile
  sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog
  tabnanny tarfile tempfile termios textwrap this threading time timeit tkinter token tokenize trace traceback
  tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uuid venv warnings wave weakref
  webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib
`.split(/\s+/),
);

/** Modules, dotted ones too, that only some versions have. */
export const changedModules: Readonly<Record<string, string>> = {
  "9-": "_aix_support _zoneinfo graphlib zoneinfo asyncio.threads",
  "9-9": "_peg_parser",
  "9-11": "_bootsubprocess",
  "10-": "asyncio.mixins importlib.readers",
  "11-":
    "_tokenize _typing tomllib __phello__.spam asyncio.taskgroups asyncio.timeouts importlib.resources.abc importlib.resources.readers importlib.resources.simple importlib.simple wsgiref.types",
  "12-": "_pydatetime _pylong _sha2 zipfile._path.glob",
  "13-":
    "_android_support _colorize _interpchannels _interpqueues _interpreters _ios_support _opcode_metadata _pyrepl _suggestions _sysconfig dbm.sqlite3 importlib.metadata.diagnose",
  "14-": "annotationlib compression string.templatelib concurrent.interpreters",
  "-8": "_dummy_thread dummy_threading encodings.mac_centeuro",
  "-9": "__phello__.foo _bootlocale formatter parser symbol distutils.command.bdist_wininst",
  "-10": "binhex distutils.command.bdist_msi",
  "-11": "_sha256 _sha512 asynchat asyncore distutils imp smtpd",
  "-12":
    "_crypt aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap nis nntplib ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
};

/** Names in modules that only some versions have. */
export const changedNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  abc: {
    "10-": "update_abstractmethods",
  },
  ast: {
    "-13": "Bytes Ellipsis NameConstant Num Str",
    "10-":
      "Match MatchAs MatchClass MatchMapping MatchOr MatchSequence MatchSingleton MatchStar MatchValue match_case pattern",
    "11-": "TryStar",
    "12-": "ParamSpec TypeAlias TypeVar TypeVarTuple type_param",
    "13-": "PyCF_OPTIMIZED_AST",
    "9-": "IntEnum auto contextmanager main nullcontext unparse",
  },
  asyncio: {
    "-10": "coroutine",
    "-13":
      "AbstractChildWatcher FastChildWatcher MultiLoopChildWatcher SafeChildWatcher ThreadedChildWatcher get_child_watcher set_child_watcher",
    "10-": "mixins",
    "11-": "Barrier BrokenBarrierError Runner TaskGroup Timeout taskgroups timeout timeout_at timeouts",
    "12-": "create_eager_task_factory eager_task_factory",
    "13-": "EventLoop QueueShutDown",
    "9-": "PidfdChildWatcher Server threads to_thread",
  },
  collections: {
    "-9": "AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString Callable Collection Container Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView",
  },
  "collections.abc": {
    "12-": "Buffer",
    "13-":
      "ABCMeta EllipsisType FunctionType GenericAlias abstractmethod async_generator bytearray_iterator bytes_iterator coroutine dict_itemiterator dict_items dict_keyiterator dict_keys dict_valueiterator dict_values framelocalsproxy generator list_iterator list_reverseiterator longrange_iterator mappingproxy range_iterator set_iterator str_iterator tuple_iterator zip_iterator",
  },
  configparser: {
    "-11": "SafeConfigParser",
    "-12": "LegacyInterpolation",
    "13-": "Iterable MultilineContinuationError UNNAMED_SECTION",
  },
  contextlib: {
    "10-": "AsyncContextDecorator aclosing",
    "11-": "chdir",
    "9-": "GenericAlias",
  },
  dataclasses: {
    "10-": "KW_ONLY",
    "10-12": "FunctionType",
    "13-": "recursive_repr",
    "9-12": "GenericAlias",
  },
  datetime: {
    "11-": "UTC",
  },
  "email.utils": {
    "-12": "Charset",
    "13-": "supports_strict_parsing",
  },
  enum: {
    "11-":
      "CONFORM CONTINUOUS EJECT EnumCheck EnumType FlagBoundary KEEP NAMED_FLAGS ReprEnum STRICT StrEnum UNIQUE bin bltns global_enum global_enum_repr global_flag_repr global_str member nonmember pickle_by_enum_name pickle_by_global_name property show_flag_values verify",
    "11-12": "reduce",
    "13-": "EnumDict",
  },
  functools: {
    "9-": "GenericAlias cache",
  },
  graphlib: {
    "11-": "GenericAlias",
  },
  hashlib: {
    "11-": "file_digest",
  },
  http: {
    "11-": "HTTPMethod StrEnum",
  },
  importlib: {
    "-11": "find_loader",
    "11-11": "readers",
  },
  "importlib.abc": {
    "-11": "Finder",
    "-13": "ResourceReader",
    "10-10": "BinaryIO Iterable Text",
    "9-": "Traversable TraversableResources",
    "9-10": "Protocol runtime_checkable",
  },
  "importlib.metadata": {
    "-9": "ConfigParser",
    "10-":
      "EntryPoints FreezableDefaultDict List Lookup Mapping Optional PackageMetadata Pair Sectioned SimplePath method_cache packages_distributions pass_none unique_everseen",
    "10-11": "Deprecated DeprecatedList SelectableGroups Union",
    "11-": "always_iterable",
    "11-12": "DeprecatedTuple",
    "12-": "DeprecatedNonAbstract cast",
    "13-": "Any Iterable Match Set annotations",
  },
  "importlib.resources": {
    "-10": "BinaryIO BytesIO Iterable ModuleType Path ResourceLoader TextIO TextIOWrapper Union cast suppress",
    "-12": "Resource",
    "-8": "Iterator Set ZipImportError",
    "-9": "Optional contextmanager import_module resources_abc",
    "10-": "ResourceReader",
    "10-10": "ModuleSpec Sequence singledispatch",
    "11-11": "readers",
    "13-": "Anchor",
    "9-": "as_file files",
    "9-10": "ContextManager",
  },
  "importlib.util": {
    "-11": "contextmanager module_for_loader set_loader set_package",
    "10-": "Loader",
  },
  inspect: {
    "-10": "ArgSpec formatargspec getargspec k mod_dict v",
    "10-": "get_annotations",
    "11-": "getmembers_static iskeyword ismethodwrapper",
    "12-":
      "AGEN_CLOSED AGEN_CREATED AGEN_RUNNING AGEN_SUSPENDED BufferFlags getasyncgenlocals getasyncgenstate markcoroutinefunction",
    "13-": "make_weakref",
    "9-": "ClassFoundException",
  },
  io: {
    "-11": "OpenWrapper",
    "10-": "text_encoding",
  },
  itertools: {
    "10-": "pairwise",
    "12-": "batched",
  },
  logging: {
    "11-": "GenericAlias getLevelNamesMapping",
    "12-": "getHandlerByName getHandlerNames logAsyncioTasks",
  },
  "logging.handlers": {
    "-12": "ST_DEV ST_INO ST_MTIME",
  },
  math: {
    "11-": "cbrt exp2",
    "12-": "sumprod",
    "13-": "fma",
    "9-": "lcm nextafter ulp",
  },
  operator: {
    "11-": "call",
  },
  os: {
    "10-": "eventfd eventfd_read eventfd_write splice",
    "11-": "login_tty",
    "12-": "setns unshare",
    "13-":
      "grantpt posix_openpt process_cpu_count ptsname timerfd_create timerfd_gettime timerfd_gettime_ns timerfd_settime timerfd_settime_ns unlockpt",
    "9-": "GenericAlias Mapping pidfd_open waitstatus_to_exitcode",
  },
  pathlib: {
    "-10": "EINVAL",
    "-11": "attrgetter",
    "-12":
      "EBADF ELOOP ENOENT ENOTDIR S_ISBLK S_ISCHR S_ISDIR S_ISFIFO S_ISLNK S_ISREG S_ISSOCK Sequence urlquote_from_bytes",
    "-9": "nt supports_symlinks",
    "13-": "UnsupportedOperation",
  },
  pkgutil: {
    "-11": "ImpImporter ImpLoader",
    "-13": "find_loader get_loader",
    "9-": "resolve_name",
  },
  sqlite3: {
    "-11": "OptimizedUnicode enable_shared_cache",
    "-13": "version version_info",
    "11-":
      "Blob SQLITE_ABORT SQLITE_ABORT_ROLLBACK SQLITE_AUTH SQLITE_AUTH_USER SQLITE_BUSY SQLITE_BUSY_RECOVERY SQLITE_BUSY_SNAPSHOT SQLITE_BUSY_TIMEOUT SQLITE_CANTOPEN SQLITE_CANTOPEN_CONVPATH SQLITE_CANTOPEN_DIRTYWAL SQLITE_CANTOPEN_FULLPATH SQLITE_CANTOPEN_ISDIR SQLITE_CANTOPEN_NOTEMPDIR SQLITE_CANTOPEN_SYMLINK SQLITE_CONSTRAINT SQLITE_CONSTRAINT_CHECK SQLITE_CONSTRAINT_COMMITHOOK SQLITE_CONSTRAINT_FOREIGNKEY SQLITE_CONSTRAINT_FUNCTION SQLITE_CONSTRAINT_NOTNULL SQLITE_CONSTRAINT_PINNED SQLITE_CONSTRAINT_PRIMARYKEY SQLITE_CONSTRAINT_ROWID SQLITE_CONSTRAINT_TRIGGER SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_VTAB SQLITE_CORRUPT SQLITE_CORRUPT_INDEX SQLITE_CORRUPT_SEQUENCE SQLITE_CORRUPT_VTAB SQLITE_EMPTY SQLITE_ERROR SQLITE_ERROR_MISSING_COLLSEQ SQLITE_ERROR_RETRY SQLITE_ERROR_SNAPSHOT SQLITE_FORMAT SQLITE_FULL SQLITE_INTERNAL SQLITE_INTERRUPT SQLITE_IOERR SQLITE_IOERR_ACCESS SQLITE_IOERR_AUTH SQLITE_IOERR_BEGIN_ATOMIC SQLITE_IOERR_BLOCKED SQLITE_IOERR_CHECKRESERVEDLOCK SQLITE_IOERR_CLOSE SQLITE_IOERR_COMMIT_ATOMIC SQLITE_IOERR_CONVPATH SQLITE_IOERR_CORRUPTFS SQLITE_IOERR_DATA SQLITE_IOERR_DELETE SQLITE_IOERR_DELETE_NOENT SQLITE_IOERR_DIR_CLOSE SQLITE_IOERR_DIR_FSYNC SQLITE_IOERR_FSTAT SQLITE_IOERR_FSYNC SQLITE_IOERR_GETTEMPPATH SQLITE_IOERR_LOCK SQLITE_IOERR_MMAP SQLITE_IOERR_NOMEM SQLITE_IOERR_RDLOCK SQLITE_IOERR_READ SQLITE_IOERR_ROLLBACK_ATOMIC SQLITE_IOERR_SEEK SQLITE_IOERR_SHMLOCK SQLITE_IOERR_SHMMAP SQLITE_IOERR_SHMOPEN SQLITE_IOERR_SHMSIZE SQLITE_IOERR_SHORT_READ SQLITE_IOERR_TRUNCATE SQLITE_IOERR_UNLOCK SQLITE_IOERR_VNODE SQLITE_IOERR_WRITE SQLITE_LIMIT_ATTACHED SQLITE_LIMIT_COLUMN SQLITE_LIMIT_COMPOUND_SELECT SQLITE_LIMIT_EXPR_DEPTH SQLITE_LIMIT_FUNCTION_ARG SQLITE_LIMIT_LENGTH SQLITE_LIMIT_LIKE_PATTERN_LENGTH SQLITE_LIMIT_SQL_LENGTH SQLITE_LIMIT_TRIGGER_DEPTH SQLITE_LIMIT_VARIABLE_NUMBER SQLITE_LIMIT_VDBE_OP SQLITE_LIMIT_WORKER_THREADS SQLITE_LOCKED SQLITE_LOCKED_SHAREDCACHE SQLITE_LOCKED_VTAB SQLITE_MISMATCH SQLITE_MISUSE SQLITE_NOLFS SQLITE_NOMEM SQLITE_NOTADB SQLITE_NOTFOUND SQLITE_NOTICE SQLITE_NOTICE_RECOVER_ROLLBACK SQLITE_NOTICE_RECOVER_WAL SQLITE_OK_LOAD_PERMANENTLY SQLITE_OK_SYMLINK SQLITE_PERM SQLITE_PROTOCOL SQLITE_RANGE SQLITE_READONLY SQLITE_READONLY_CANTINIT SQLITE_READONLY_CANTLOCK SQLITE_READONLY_DBMOVED SQLITE_READONLY_DIRECTORY SQLITE_READONLY_RECOVERY SQLITE_READONLY_ROLLBACK SQLITE_ROW SQLITE_SCHEMA SQLITE_TOOBIG SQLITE_WARNING SQLITE_WARNING_AUTOINDEX",
    "12-":
      "LEGACY_TRANSACTION_CONTROL SQLITE_DBCONFIG_DEFENSIVE SQLITE_DBCONFIG_DQS_DDL SQLITE_DBCONFIG_DQS_DML SQLITE_DBCONFIG_ENABLE_FKEY SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION SQLITE_DBCONFIG_ENABLE_QPSG SQLITE_DBCONFIG_ENABLE_TRIGGER SQLITE_DBCONFIG_ENABLE_VIEW SQLITE_DBCONFIG_LEGACY_ALTER_TABLE SQLITE_DBCONFIG_LEGACY_FILE_FORMAT SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE SQLITE_DBCONFIG_RESET_DATABASE SQLITE_DBCONFIG_TRIGGER_EQP SQLITE_DBCONFIG_TRUSTED_SCHEMA SQLITE_DBCONFIG_WRITABLE_SCHEMA",
  },
  ssl: {
    "-11": "RAND_pseudo_bytes match_hostname wrap_socket",
    "-8": "AF_INET",
    "10-": "VERIFY_ALLOW_PROXY_CERTS VERIFY_X509_PARTIAL_CHAIN",
    "12-": "OP_ENABLE_KTLS OP_LEGACY_SERVER_CONNECT",
    "13-": "HAS_PSK",
  },
  sys: {
    "-8": "callstats getcheckinterval setcheckinterval",
    "10-": "orig_argv stdlib_module_names",
    "11-": "exception",
    "12-":
      "activate_stack_trampoline deactivate_stack_trampoline getunicodeinternedsize is_stack_trampoline_active monitoring",
    "9-": "platlibdir",
  },
  threading: {
    "10-": "getprofile gettrace",
    "12-": "setprofile_all_threads settrace_all_threads",
  },
  time: {
    "9-": "CLOCK_TAI",
  },
  types: {
    "10-": "EllipsisType NoneType NotImplementedType UnionType",
    "12-": "get_original_bases",
    "9-": "GenericAlias",
  },
  typing: {
    "-12": "stdlib_re",
    "10-": "Concatenate ParamSpec ParamSpecArgs ParamSpecKwargs TypeAlias TypeGuard is_typeddict",
    "11-":
      "LiteralString Never NotRequired Required Self TypeVarTuple Unpack assert_never assert_type clear_overloads dataclass_transform defaultdict get_overloads reveal_type",
    "12-": "TypeAliasType override",
    "13-": "NoDefault ReadOnly TypeIs get_protocol_members is_protocol",
    "9-": "Annotated GenericAlias",
  },
  unittest: {
    "-11": "load_tests",
    "-12": "findTestCases getTestCaseNames makeSuite",
    "11-": "doModuleCleanups enterModuleContext",
  },
  "urllib.parse": {
    "-10": "MAX_CACHE_SIZE",
  },
  "urllib.request": {
    "-13": "FancyURLopener URLopener",
  },
  warnings: {
    "13-": "deprecated",
  },
  "xml.etree.ElementTree": {
    "9-": "indent",
  },
  zipimport: {
    "13-":
      "END_CENTRAL_DIR_LOCATOR_SIZE_64 END_CENTRAL_DIR_SIZE_64 MAX_UINT32 STRING_END_LOCATOR_64 STRING_END_ZIP_64 ZIP64_EXTRA_TAG",
  },
};
