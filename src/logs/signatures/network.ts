// Sockets and names, as Python, Node and the AWS SDKs word them.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Signature } from "../signature.ts";
import { signature } from "../signature.ts";
import { hostNameCauses } from "./libpq.ts";

const isAwsEndpoint = (text: string): boolean => /\.amazonaws\.com/.test(text) && !/\.rds\.amazonaws\.com/.test(text);

/** Caches, queues and other databases, by their usual ports and by the names of their clients. */
const otherService =
  /:(?:6379|3306|27017|11211|5672|9092|9200|1433|1521)\b|\b(?:redis|Redis|Mongo|mongo|mysql|MySQL|pymysql|ioredis|kafka|Kafka|amqp|memcache|elasticsearch|opensearch)/;
const postgres = /:5432\b|:6543\b|[Pp]ostgres|psycopg|pg8000|asyncpg|[Pp]risma|DATABASE_URL/;

/** A socket that fails towards another kind of service is no matter of this project's causes. */
function towardsPostgres(each: Signature): Signature {
  const { causes } = each;
  return {
    ...each,
    causes: (captures, about) => {
      if (otherService.test(about.text) && !postgres.test(about.text)) return [];
      return typeof causes === "function" ? causes(captures, about) : causes;
    },
  };
}

export const networkSignatures: readonly Signature[] = [
  signature({
    id: "node-host-unknown",
    patterns: [
      /getaddrinfo (?:ENOTFOUND|EAI_AGAIN)(?: (?<host>(?:\w{1,20}:\/\/)?[^\s:'",]+))?/,
      /queryA+ ENOTFOUND (?<queried>\S+)/,
      /getaddrinfo (?:EAI_FAIL|EAI_NODATA|EAI_NONAME|EBUSY) (?<host>[^\s:'",]+)/,
      /\(ENOTFOUND\) tenant/,
    ],
    tier: "proof",
    causes: ({ host, queried }, about) => {
      if (/\(ENOTFOUND\) tenant/.test(about.text)) return [];
      return /EAI_AGAIN/.test(about.text) && host !== undefined && host.includes(".")
        ? ["dns-failed"]
        : hostNameCauses(host ?? queried);
    },
    decides: "the host in the database URL, and whether the function's subnets have a resolver",
    matches: [
      "Error: getaddrinfo ENOTFOUND db.internal.example",
      "Error: getaddrinfo EAI_AGAIN db.internal.example",
      "Error: getaddrinfo ENOTFOUND base\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:109:26)",
    ],
    misses: ["ENOTFOUND is retried by the client library"],
  }),
  signature({
    id: "host-unknown",
    patterns: [
      /Name or service not known/,
      /[Tt]emporary failure in name resolution/,
      /No address associated with hostname/,
      /nodename nor servname provided/,
      /getaddrinfo failed/,
      /no such host\b/,
      /UnknownHostException/,
      /failed to lookup address information/,
      /:nxdomain/,
      /Unknown host/,
      /[Cc]ould not resolve host/,
      /server misbehaving/,
      /NXDOMAIN/,
      /NameResolutionError/,
      /Name does not resolve/,
    ],
    tier: "root",
    causes: ["dns-failed"],
    decides: "the host name that was asked for, and whether the function's subnets have a resolver",
    matches: [
      "socket.gaierror: [Errno -2] Name or service not known",
      "socket.gaierror: [Errno -3] Temporary failure in name resolution",
      "dial tcp: lookup db.internal.example on 10.0.0.2:53: no such host",
      "(DBConnection.ConnectionError) tcp connect (db.internal:5432): non-existing domain - :nxdomain",
    ],
    misses: ["there is no such plan to host"],
  }),
  signature({
    id: "socket-refused",
    patterns: [
      /\bECONNREFUSED\b/,
      /\[Errno (?:111|61)\] (?:Connection refused|Connect call failed)/,
      /Connect call failed \('(?<host>[^']+)'/,
      /[Cc]onnection refused(?=$|[\s.,;:)"'])/,
      /ConnectionRefusedError/,
      /\(os error 111\)/,
      /WinError 10061/,
      /Connection refused \(os/,
    ],
    causes: (_, about): readonly CauseId[] =>
      /127\.0\.0\.1|localhost|::1\b/.test(about.text)
        ? ["connection-refused", "database-url-empty"]
        : ["connection-refused"],
    decides: "whether a server listens on that host and port; on a loopback address, whether a URL was set at all",
    matches: [
      "Error: connect ECONNREFUSED 10.0.4.8:5432",
      "AggregateError [ECONNREFUSED]: \n    at internalConnectMultiple (node:net:1139:18)",
      "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
      "dial tcp 10.0.4.8:5432: connect: connection refused",
    ],
    misses: ["the customer refused the connection fee"],
  }),
  signature({
    id: "socket-timeout",
    patterns: [
      /\bETIMEDOUT\b/,
      /\[Errno 110\] (?:Connection timed out|Connect call failed)/,
      /dial tcp [^\n]{0,300}i\/o timeout/,
      /CONNECT_TIMEOUT/,
      /ConnectTimeout(?:Error)?\b/,
      /Connect timeout on endpoint URL/,
      /Connection terminated due to connection timeout/,
      /timeout exceeded when trying to connect/,
      /ConnectorError \{ kind: Timeout/,
      /connect timed out/,
      /SocketTimeoutException: [Cc]onnect/,
      /Connection timed out(?: after \d+| \(os error 110)/,
      /TimeoutError: timed out/,
      /socket\.timeout: timed out/,
      /(?:connect_utils|_connect_addr|asyncpg\/connection)[\s\S]{0,4000}?\bTimeoutError\b/,
      /SequelizeConnectionTimedOutError/,
      /[Tt]imed out while connecting/,
      /\[Errno 60\] Operation timed out/,
      /Socket timed out without establishing a connection/,
      /communication error', (?:\w+\.)?[Tt]imeout(?:Error)?\(/,
      /\bTimeoutError\b[\s\S]{0,4000}?(?:connect_utils|_connect_addr)/,
    ],
    causes: (_, about) => {
      if (/timeout exceeded when trying to connect/.test(about.text))
        return ["connect-timeout", "too-many-connections"];
      return isAwsEndpoint(about.text) ? ["connect-timeout", "network-unreachable"] : ["connect-timeout"];
    },
    decides: "the route and security groups from the function's subnets to that address",
    matches: [
      "Error: connect ETIMEDOUT 10.0.4.8:5432",
      "Error: timeout exceeded when trying to connect",
      "Error: write CONNECT_TIMEOUT db.example.com:5432",
      'botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: "https://secretsmanager.eu-west-1.amazonaws.com/"',
      "dial tcp 10.0.4.8:5432: i/o timeout",
      "TimeoutError: Socket timed out without establishing a connection",
    ],
    misses: ["connection timeout set to 5 s"],
  }),
  signature({
    id: "endpoint-unreachable",
    patterns: [/Could not connect to the endpoint URL(?:: "(?<url>[^"]+)")?/, /EndpointConnectionError/],
    causes: ["network-unreachable", "dns-failed", "connect-timeout"],
    decides:
      "whether the function's subnets have a NAT gateway or an interface endpoint for that service, and the region",
    matches: [
      'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://ssm.eu-west-9.amazonaws.com/"',
    ],
    misses: ["connected to the endpoint URL"],
  }),
  signature({
    id: "socket-reset",
    patterns: [
      /\bECONNRESET\b/,
      /\bECONNABORTED\b/,
      /[Cc]onnection reset by peer/,
      /socket hang up/,
      /ConnectionResetError/,
      /InterfaceError[^\n]{0,300}network error/,
      /forcibly closed by the remote host/,
    ],
    tier: "effect",
    causes: (_, about) =>
      /EPIPE|write|idle|network error/.test(about.text)
        ? ["stale-connection-reuse", "connection-dropped"]
        : // RDS Proxy and others hang up on a client that comes without TLS where they demand it.
          ["connection-dropped", "stale-connection-reuse", "tls-required"],
    decides: "whether the connection was opened by an earlier invocation",
    matches: [
      "Error: read ECONNRESET",
      "ConnectionResetError: [Errno 104] Connection reset by peer",
      "pg8000.exceptions.InterfaceError: network error",
    ],
    misses: ["LOG:  could not receive data from client: Connection reset by peer"],
  }),
  signature({
    id: "socket-broken-pipe",
    patterns: [
      /write EPIPE/,
      /\[Errno 32\] Broken pipe/,
      /BrokenPipeError/,
      /write: broken pipe/,
      /ERR_STREAM_DESTROYED/,
      /after a stream was destroyed/,
      /socket has been ended by the other party/,
      /ERR_STREAM_WRITE_AFTER_END/,
    ],
    tier: "effect",
    causes: ["stale-connection-reuse", "connection-dropped"],
    decides: "whether the connection was opened by an earlier invocation",
    matches: [
      "Error: write EPIPE",
      "BrokenPipeError: [Errno 32] Broken pipe",
      "Error [ERR_STREAM_DESTROYED]: Cannot call write after a stream was destroyed",
    ],
    misses: ["a broken pipe in the cellar was repaired"],
  }),
  signature({
    id: "pg8000-cannot-connect",
    patterns: [/Can't create a connection to host (?<host>\S+) and port (?<port>\d+)/],
    tier: "effect",
    causes: ({ host }) =>
      /^(?:localhost$|127\.|::1)/.test(host ?? "")
        ? ["connection-refused", "database-url-empty"]
        : ["connect-timeout", "connection-refused", "dns-failed"],
    decides: "the exception above it in the traceback: refused, timed out or unknown host",
    matches: [
      "pg8000.exceptions.InterfaceError: Can't create a connection to host db.example.com and port 5432 (timeout is None and source_address is None).",
    ],
    misses: ["created a connection to host a"],
  }),
  signature({
    id: "database-unreachable",
    // The driver says no more than that it could not connect; what follows or precedes it usually does.
    patterns: [
      /could not connect to (?:the )?(?:server|database)(?!:)/,
      /MikroORM failed to connect to database/,
      /Error connecting to database: (?:TypeError: )?fetch failed/,
    ],
    tier: "effect",
    causes: (_, { text }) =>
      // What fetch keeps as its cause says more.
      /other side closed/.test(text)
        ? []
        : /fetch failed/.test(text)
          ? ["connect-timeout", "dns-failed", "network-unreachable"]
          : ["connection-refused", "connect-timeout", "database-url-empty"],
    decides: "the driver's own reason: refused, timed out, unknown host",
    matches: [
      "psycopg2.OperationalError: could not connect to server",
      "NeonDbError: Error connecting to database: TypeError: fetch failed",
    ],
    misses: ["could not connect the two invoices"],
  }),
  signature({
    id: "prisma-cannot-reach",
    patterns: [
      /Can't reach database server(?: at [`'"]?(?<host>[^`'":\s]+))?/,
      /\bP1001\b/,
      /was reached but timed out/,
      /Engine is not yet connected/,
    ],
    tier: "effect",
    causes: ({ host }) => {
      if (/^(?:localhost|127\.|::1)/.test(host ?? "")) return ["connection-refused", "connect-timeout"];
      // Supabase's direct hosts have IPv6 addresses only, unless one pays for another.
      if (/^db\.\w+\.supabase\.co$/.test(host ?? ""))
        return ["network-unreachable", "connect-timeout", "connection-refused"];
      return ["connect-timeout", "connection-refused", "network-unreachable"];
    },
    decides:
      "whether host and port answer from the function's subnets, and how long a suspended database takes to wake",
    matches: [
      "PrismaClientInitializationError: Can't reach database server at `db.example.com`:`5432`",
      "Error code: P1001",
      "Error: Engine is not yet connected.",
    ],
    misses: ["reached the database server"],
  }),
].map(towardsPostgres);
