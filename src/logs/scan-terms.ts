// What a line must contain to be looked at when gigabytes of log are read.

/**
 * Terms of which a line that tells of a failure has at least one: how runtimes, loggers and drivers introduce errors,
 * and what errors say of themselves where a program prints nothing but the message. None is shorter than seven bytes, which
 * is what `byteSearch` needs to look at every fourth place only. More terms cost little as long as healthy functions
 * seldom log their rarest seven bytes.
 */
export const scanTerms: readonly string[] = [
  "[ERROR]",
  "\tERROR\t",
  "ERROR: ",
  '"ERROR"',
  '"error"',
  " ERROR ",
  "|ERROR|",
  "[error]",
  "ERROR [",
  "level=error",
  "level=fatal",
  '"level":50',
  '"level":60',
  "CRITICAL",
  "\tFATAL\t",
  "FATAL: ",
  "FEHLER: ",
  "ERREUR: ",
  '"FATAL"',
  ':"fatal"',
  ' "fatal"',
  " FATAL ",
  "Traceback",
  "Error: ",
  "Error [",
  "xception",
  "EXCEPTION",
  "errorType",
  "errorMessage",
  "imed out",
  "Runtime exited",
  "exited before",
  "Status: timeout",
  "Status: error",
  '"timeout"',
  '"failure"',
  "panic: ",
  "error: ",
  ".errors.",
  "rror occurred",
  "rror loading",
  "server error",
  "Segmentation fault",
  "nection refused",
  "CONNREFUSED",
  " failed",
  "Failed ",
  "could not ",
  "cannot ",
  "Cannot ",
  "Unable to ",
  "unable to ",
  "not found",
  "Not Found",
  "does not ",
  " is not ",
  "not authorized",
  "terminat",
  "invalid ",
  "Invalid ",
  "ermission denied",
  "already in use",
  "already exists",
  "unexpected ",
  " missing ",
  "Missing ",
  "SQLSTATE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "unsupported",
  "nauthorized",
  "Forbidden",
  "LaunchError",
  "no such ",
  "conflict",
  "couldn't ",
  "doesn't ",
  "did not ",
  "Timeout: ",
  "i/o timeout",
  "Gateway Time",
  " closed",
  " expired",
  "xceeded",
  "exceeds ",
  "Conflict",
  "HandlerNotFound",
  "Bad handler",
  "No public method",
  "bad interpreter",
  "no longer supported",
  "undefined or not exported",
  "with SSL connections",
  "a TLS connection",
  "prepared statement",
  "Inconsistent ",
  "nxdomain",
  "authentication type",
  "security policy",
  "denied access",
  "greenlet_spawn",
  "No row was",
  "Terminating with",
  "from server while",
  "initialization incomplete",
  "error connecting",
  "was destroyed",
  "code: 'P",
  "code: P",
  "without a base",
  "empty host",
  "unknown driver",
  "supports only",
];

/** A sample of what healthy functions log: terms are looked for by the part of them that such text seldom has. */
export const ordinaryLog = `/aws/lambda/CustomerUsage 2026-03-02T10:00:00.123Z 2026/03/02/[$LATEST]ab12cd34ef565a5a13579bdf24680ace
/aws/lambda/SendReminders 2026-03-02T10:00:01.456Z [pod/worker-7d9c/app] web-1  | level=info
user session started, sending response with status 200 to the client in 42 ms; cache refreshed, false, true, null
using cached parameters of the service, processed 128 messages from the queue, next page requested, bytes used 2048
selected records where customer is active and status is open, inserted rows, updated rows, transaction committed
GET /tools/customers/usage HTTP/1.1 200 user-agent Mozilla/5.0 accept-encoding gzip host api.example.com
event received with source aws.events, detail-type Scheduled, region eu-west-1, resources arn:aws:events:eu-west-1:rule/refresh
START RequestId: 6f1c2d1e-77a0-4000-8000-5a5a13579bdf Version: $LATEST
END RequestId: 70aa2d1e-1b2c-4d3e-9f80-24680ace1357
REPORT RequestId: 70aa2d1e-1b2c-4d3e-9f80-24680ace1357	Duration: 34.12 ms	Billed Duration: 35 ms	Memory Size: 256 MB	Max Memory Used: 71 MB
INIT_START Runtime Version: python:3.12.v36	Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:ab12cd34
[INFO]	2026-03-02T10:00:00.123Z	70aa2d1e-1b2c-4d3e-9f80-24680ace1357	fetched 12 tickets for customer in 31 ms, request body parsed, content type application/json
2026-03-02T10:00:00.123Z	70aa2d1e-1b2c-4d3e-9f80-24680ace1357	INFO	sending SELECT id, name, created_at FROM customers WHERE owner_user_id = $1 ORDER BY created_at
{"type":"TOOL_LOG","tool":"get_contract_info","requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357","customer":"acme-17","missing":false,"errors":0,"ms":90}
{"timestamp":"2026-03-02T10:00:00.123Z","level":"INFO","message":"connection opened to the database","logger":"app.database","requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357"}
{"time":"2026-03-02T10:00:00.123Z","type":"platform.report","record":{"requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357","status":"success","metrics":{"durationMs":30.1,"billedDurationMs":31}}}
`;
