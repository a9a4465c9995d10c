// Database drivers used the wrong way, and connections they know to be gone.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

const urlParameters = new Set(
  "sslmode sslrootcert sslcert sslkey channel_binding pgbouncer connection_limit pool_timeout options schema search_path connect_timeout application_name target_session_attrs sslnegotiation gssencmode keepalives".split(
    " ",
  ),
);

function connectArgumentCauses(name: string): readonly CauseId[] {
  if (name === "channel_binding") return ["channel-binding", "database-url-parameter-unsupported"];
  return urlParameters.has(name)
    ? ["database-url-parameter-unsupported", "driver-api-mismatch"]
    : ["driver-api-mismatch", "database-url-parameter-unsupported"];
}

export const driverSignatures = [
  signature({
    id: "connect-argument",
    patterns: [
      /(?:connect|create_pool|Connection(?:\.__init__)?|__init__|_connect_addr|Connect)\(\) got an unexpected keyword argument '(?<argument>\w+)'/,
      /\b(?:cursor|execute|executemany|fetch\w*|acquire|copy_\w+|query|transaction)\(\) got an unexpected keyword argument '(?<argument>\w+)'/,
      /'(?<invalid>\w+)' is an invalid keyword argument for/,
      /connect\(\) missing 1 required positional argument: '(?<missing>user)'/,
    ],
    causes: ({ argument, invalid }, about) => {
      const name = argument ?? invalid ?? "";
      const aboutDatabase =
        urlParameters.has(name) ||
        /connect\(\)|create_pool|asyncpg|psycopg|pg8000|sqlalchemy|_cache_size|(?:cursor|execute\w*|fetch\w*|acquire|copy_\w+|query|transaction)\(\) got/.test(
          about.text,
        );
      return aboutDatabase ? connectArgumentCauses(name) : [];
    },
    decides: "which driver the URL selects, and the keywords its connect() takes",
    matches: [
      "TypeError: connect() got an unexpected keyword argument 'sslmode'",
      "TypeError: connect() got an unexpected keyword argument 'ssl_context'",
      "TypeError: connect() missing 1 required positional argument: 'user'",
    ],
    misses: ["TypeError: render() got an unexpected keyword argument 'title'"],
  }),
  signature({
    id: "driver-object-misused",
    patterns: [
      /'(?<object>[\w.]*(?:Cursor|Connection|Pool|Engine|Session|cursor|connection|Record|LegacyRow|RowMapping|CursorResult))' object (?:does not support the (?:asynchronous )?context manager protocol|has no attribute '(?<attribute>\w+)'|is not callable|is not iterable|is not an iterator|is not subscriptable|cannot be interpreted)/,
      /'(?:Transaction|PoolAcquireContext|PreparedStatement)' object does not support the (?:asynchronous )?context manager protocol/,
      /AttributeError: (?<enter>__a?enter__|__a?exit__)/,
      /object (?<awaited>\w*(?:Cursor|Connection|cursor|connection|list|Pool|Result|Row)\w*) can't be used in 'await' expression/,
      /(?<call>\b(?:pg|client|pool|db|conn|connection|sql|postgres|prisma)\.(?:query|connect|end|release|Pool|Client|unsafe|begin|execute)) is not a function/,
      /(?<constructor>Pool|Client)\)? is not a constructor/,
      /\b(?<native>Native) is not a constructor/,
      /Cannot (?:read property|call method) '(?:query|connect|release|execute|end)' of (?:undefined|null)/,
      /Cannot read properties of (?:undefined|null) \(reading '(?:query|connect|release|execute|end)'\)/,
      /module '(?<module>psycopg2|psycopg|pg8000|asyncpg)(?:\.\w+)*' has no attribute '(?<name>\w+)'/,
      /(?:tuple|list) indices must be integers(?: or slices)?, not '?str/,
      /'(?:str|tuple|list)' object has no attribute '(?:_execute_on_connection|fetchone|fetchall|cursor|items|keys)'/,
      /The asyncio extension requires an async driver/,
      /`PrismaClient` needs to be constructed/,
      /A driver adapter is required to connect/,
      /The loaded '\w+' is not async/,
      /cannot be used with asyncio engine/,
      /Invalid argument\(s\) [^\n]{0,300} sent to create_engine/,
      /called only as a tagged-template function/,
      /NOT_TAGGED_CALL/,
      /UNDEFINED_VALUE: /,
      /Client has already been connected/,
      /which has already been released to the pool/,
      /A query must have either text or a name/,
      /must be a connection, cursor or None/,
      /(?:connect|execute|fetchone|fetchall|fetch|cursor|executemany)\(\) (?:takes|missing) [^\n]{0,300}argument/,
    ],
    causes: ({ module, name, native }, about) => {
      // `pg.native` without pg-native, which bundlers leave out.
      if (native !== undefined) return ["native-extension-missing", "module-missing", "driver-api-mismatch"];
      if (
        /indices must be integers/.test(about.text) &&
        !/fetch|cur(?:sor)?\b|\brow|record|psycopg|pg8000|asyncpg|sqlalchemy/.test(about.text)
      )
        return [];
      if (
        /'(?:str|tuple|list)' object has no attribute '(?:items|keys)'/.test(about.text) &&
        !/fetch|\bcur(?:sor)?\b|\brow/.test(about.text)
      )
        return [];
      // A folder of the driver's name without the driver in it is a package to Python, and has nothing.
      if (module !== undefined && /^(?:paramstyle|__version__|apilevel|Error)$/.test(name ?? ""))
        return ["module-missing", "corrupt-artifact", "native-extension-missing"];
      return module !== undefined && name === "connect"
        ? ["circular-import-or-name-missing", "corrupt-artifact", "module-missing"]
        : /asyncio extension|is not async/.test(about.text)
          ? ["driver-api-mismatch", "database-url-malformed"]
          : ["driver-api-mismatch"];
    },
    decides: "which driver made that object, and what it supports",
    matches: [
      "TypeError: 'Cursor' object does not support the context manager protocol",
      "TypeError: 'Transaction' object does not support the context manager protocol",
      "AttributeError: __enter__",
      "AttributeError: 'Engine' object has no attribute 'execute'",
      "TypeError: object list can't be used in 'await' expression",
      "TypeError: pool.connect is not a function",
      "AttributeError: module 'psycopg' has no attribute 'extras'",
      "TypeError: tuple indices must be integers or slices, not str\n    trend = cur.fetchone()['trend']",
      "sqlalchemy.exc.InvalidRequestError: The asyncio extension requires an async driver to be used. The loaded 'psycopg2' is not async.",
      "AttributeError: 'psycopg2.extensions.connection' object has no attribute 'execute'",
    ],
    misses: [
      "AttributeError: 'Invoice' object has no attribute 'total'",
      "TypeError: list indices must be integers or slices, not str\n    name = event['items']['name']",
    ],
  }),
  signature({
    id: "driver-parameters",
    patterns: [
      /invalid input for query argument \$\d+/,
      /the query has \d+ placeholders but/,
      /are allowed as placeholders/,
      /not all arguments converted during string formatting/,
      /the server expects \d+ arguments? for this query/,
      /could not determine data type of parameter \$\d+/,
      /syntax error at or near "(?:\$\d+|%|:|\?|@)"/,
      /Not an executable object/,
      /Textual SQL expression .{0,300} should be explicitly declared/,
      /incorrect number of parameters/,
      /query parameter missing/,
      /List argument must consist only of (?:tuples or dictionaries|dictionaries)/,
      /Query values must be an array/,
      /positional and named placeholders cannot be mixed/,
      /cannot insert multiple commands into a prepared statement/,
      /operator does not exist: [\w ]+ = [\w ]+/,
      /offset-naive and offset-aware/,
      /is of type \w+ but expression is of type/,
      /Only %s and %% are supported/,
      /'%.' not supported in a quoted string/,
      /incomplete placeholder/,
      // JSON where an array of Postgres's is asked for, and the other way round.
      /malformed array literal: "/,
      /invalid input syntax for type json\b/,
      /not possible to retrieve more rows than the pg8000 cache size/,
      /tuple index out of range[\s\S]{0,4000}?execute/,
      /inconsistent types deduced for parameter/,
      /invalid input syntax for type \w+: "?(?:\[object|None|undefined)/,
    ],
    causes: ["driver-api-mismatch"],
    decides: "the driver's placeholder style and the Python types it encodes",
    matches: [
      "asyncpg.exceptions.DataError: invalid input for query argument $2: '7' (an integer is required (got type str))",
      "psycopg.ProgrammingError: the query has 1 placeholders but 2 parameters were passed",
      "sqlalchemy.exc.ObjectNotExecutableError: Not an executable object: 'SELECT 1'",
      'asyncpg.exceptions.PostgresSyntaxError: syntax error at or near "%"',
      "TypeError: not all arguments converted during string formatting",
    ],
    misses: ['syntax error at or near "FORM"'],
  }),
  signature({
    id: "connection-known-closed",
    patterns: [
      /connection already closed/,
      /the connection is (?:closed|lost)/,
      /connection is closed/,
      /cursor already closed/,
      /Can't reconnect until invalid transaction is rolled back/,
      /CONNECTION_(?:CLOSED|ENDED|DESTROYED)/,
      /Server has closed the connection/,
      /closed in the middle of operation/,
      /is not queryable/,
      /connection has been released back to the pool/,
      /Cannot use a pool after calling end/,
      /(?:This|this) connection is closed/,
      /Connection is closed/,
      /underlying connection (?:is|was) closed/,
      /connection has been closed(?! unexpectedly)/,
    ],
    tier: "effect",
    causes: (_, about) =>
      /in the middle of operation|Server has closed/.test(about.text)
        ? ["connection-dropped", "stale-connection-reuse"]
        : ["stale-connection-reuse", "connection-dropped"],
    decides: "whether a connection made by an earlier invocation is used again without a check",
    matches: [
      "psycopg2.InterfaceError: connection already closed",
      "asyncpg.exceptions._base.InterfaceError: connection is closed",
      "Error: write CONNECTION_CLOSED db.example.com:5432",
      "P1017: Server has closed the connection.",
      "Error: Client has encountered a connection error and is not queryable",
    ],
    misses: ["closing the connection"],
  }),
  signature({
    id: "connection-terminated",
    patterns: [
      /Connection terminated(?: unexpectedly)?(?! due to connection timeout)/,
      /unpack_from requires a buffer of at least/,
      /driver: bad connection/,
      /expected to read \d+ bytes, got 0 bytes/,
      /(?:ssl|tcp) (?:send|recv)[^\n]{0,300}: closed/,
      /connection closed by (?:the )?server/,
      /SocketError: other side closed/,
    ],
    tier: "effect",
    causes: ["connection-dropped", "stale-connection-reuse"],
    decides: "whether the connection had been idle, and whether the database restarted at that second",
    matches: [
      "Error: Connection terminated unexpectedly",
      "struct.error: unpack_from requires a buffer of at least 5 bytes for unpacking 5 bytes at offset 0",
      "** (DBConnection.ConnectionError) ssl send: closed",
      "[cause]: SocketError: other side closed",
    ],
    misses: ["Connection terminated due to connection timeout"],
  }),
  signature({
    id: "event-loop",
    patterns: [
      /another operation (?:\([^)]*\) )?is in progress/,
      /attached to a different loop/,
      /[Ee]vent loop is closed/,
      /no (?:current|running) event loop/,
      /cannot be called from a running event loop/,
      /event loop is already running/,
      /greenlet_spawn has not been called/,
      /coroutine '[^']+' was never awaited/,
      /cannot use the 'ProactorEventLoop'/,
      /with self\._stmt_exclusive_section/,
      /another command is already in progress/,
      /Object of type coroutine is not JSON/,
      /'coroutine' object (?:is not|has no|does not)/,
      /cannot call this from an async context/,
      /Method '\w+\(\)' can't be called here/,
      /concurrent operations are not permitted/,
      /while another coroutine is already waiting/,
      /cannot schedule new futures after/,
      /should be used inside a task/,
    ],
    tier: "proof",
    causes: ["event-loop-misuse"],
    decides: "where the connection or pool was made, and which loop runs the handler",
    matches: [
      "asyncpg.exceptions._base.InterfaceError: cannot perform operation: another operation is in progress",
      "RuntimeError: Event loop is closed",
      "RuntimeError: Task got Future <Future pending> attached to a different loop",
      "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here.",
    ],
    misses: ["event loop lag 3 ms"],
  }),
  signature({
    id: "no-result",
    patterns: [
      /no results to fetch/,
      /didn't produce (?:a result|records)/,
      /This result object does not return rows/,
      /NoResultFound/,
      /No rows? (?:was|were) found/,
      /InterfaceError[^\n]{0,300}no result (?:set|available)/,
      /'NoneType' object (?:is not (?:subscriptable|iterable)|has no attribute '(?<attribute>\w+)')/,
      /cannot unpack non-iterable NoneType/,
      /Cannot read propert(?:y|ies) (?:'(?<old>\w+)' of (?:undefined|null)|of (?:undefined|null) \(reading '(?<property>\w+)'\))/,
      /Cannot destructure property '(?<destructured>\w+)'/,
      /NotFoundError: No \w+ found/,
      /depends on one or more records that were required but not found/,
      /(?:list|tuple) index out of range/,
    ],
    tier: "effect",
    causes: (captures, about) => {
      if (
        /no results to fetch|didn't produce|does not return rows|NoResultFound|No rows? (?:was|were) found|no result (?:set|available)|NotFoundError: No|records that were required/.test(
          about.text,
        )
      )
        return ["null-result-unhandled"];
      // A null is only about a query's result where the text speaks of one.
      const property =
        captures["property"] ?? captures["old"] ?? captures["destructured"] ?? captures["attribute"] ?? "";
      const fromQuery =
        /fetch(?:one|all|row|val)|\bcur(?:sor)?\b|\brows?\b|\bresults?\b|\.execute|\brecord\b|\bsql\b|\.query\b|scalar/.test(
          about.text,
        );
      return fromQuery || /^rows?$|^rowCount$/.test(property) ? ["null-result-unhandled"] : [];
    },
    decides: "whether the statement returns rows for that input, and the code that assumes one",
    matches: [
      "psycopg2.ProgrammingError: no results to fetch",
      "TypeError: 'NoneType' object is not subscriptable\n    trend = cur.fetchone()[0]",
      "TypeError: Cannot read properties of undefined (reading 'rows')",
      "sqlalchemy.exc.NoResultFound: No row was found when one was required",
    ],
    misses: [
      "TypeError: 'NoneType' object is not subscriptable\n    name = event['detail']['name']",
      "TypeError: Cannot read properties of undefined (reading 'body')",
    ],
  }),
  signature({
    id: "serialization",
    patterns: [
      /(?:Object of type '?(?<type>[\w.]{1,120})'?|\S{1,120}) is not (?:JSON[ -])?serializable/,
      /Type is not JSON serializable/,
      /PydanticSerializationError/,
      /ResponseValidationError/,
      /not JSON compliant/,
      /keys must be str, int, float/,
      /Runtime\.MarshalError/,
      /Unable to (?:marshal|stringify) response/,
      /Do not know how to serialize a BigInt/,
      /can(?:no|')t adapt type '(?<adapted>[^']+)'/,
      /Converting circular structure to JSON/,
    ],
    tier: "root",
    causes: ["serialization-error"],
    decides: "the types of the values in the handler's return value or the statement's parameters",
    matches: [
      "[ERROR] Runtime.MarshalError: Unable to marshal response: Object of type Decimal is not JSON serializable",
      "TypeError: Object of type date is not JSON serializable",
      "TypeError: Do not know how to serialize a BigInt",
      "psycopg2.ProgrammingError: can't adapt type 'dict'",
    ],
    misses: ["the report is JSON serializable"],
  }),
];
