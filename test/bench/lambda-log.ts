// A large log of Lambda functions as CloudWatch exports it, the same for the same seed: mostly healthy invocations in
// Python and Node, text and JSON, and a share of failures with their tracebacks.
import { closeSync, openSync, writeSync } from "node:fs";

export interface GeneratedLog {
  readonly bytes: number;
  readonly lines: number;
  /** Failures written, by kind. */
  readonly failures: Readonly<Record<string, number>>;
}

const nbsp = "\u00a0";
const functions = [
  "GetCustomerUsage",
  "GetRecentTickets",
  "GetContractInfo",
  "CalculateHealth",
  "GenerateEmail",
  "GenerateQbrOutline",
];
const pad = (value: number, width: number): string => String(value).padStart(width, "0");
const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

/** Numbers below `below`, the same sequence for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

const failureKinds: Readonly<Record<string, (id: string, number: number) => readonly string[]>> = {
  "module-missing": () => [
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'tools.get_customer_usage.handler': No module named 'pg8000'",
    "Traceback (most recent call last):",
  ],
  "connect-timeout": (_id, number) => [
    `[ERROR] OperationalError: connection to server at "db.example.com" (10.0.${number % 250}.9), port 5432 failed: timeout expired`,
    "Traceback (most recent call last):",
    `${nbsp}${nbsp}File "/var/task/tools/get_recent_tickets/handler.py", line ${10 + (number % 3)}, in handler`,
    `${nbsp}${nbsp}${nbsp}${nbsp}with get_conn() as conn:`,
    `${nbsp}${nbsp}File "/var/task/_shared/db.py", line 41, in get_conn`,
    `${nbsp}${nbsp}${nbsp}${nbsp}return psycopg2.connect(dsn)`,
    `${nbsp}${nbsp}File "/opt/python/psycopg2/__init__.py", line 122, in connect`,
    `${nbsp}${nbsp}${nbsp}${nbsp}conn = _connect(dsn, connection_factory=connection_factory, **kwasync)`,
  ],
  "too-many-connections": (id) => [
    `[ERROR]\t2026-03-02T10:00:00.000Z\t${id}\tquery failed`,
    "Traceback (most recent call last):",
    '  File "/var/task/_shared/db.py", line 77, in run',
    "    cur.execute(sql, parameters)",
    "psycopg2.OperationalError: FATAL:  sorry, too many clients already",
  ],
  other: (_id, number) => [
    `[ERROR] KeyError: 'sparkline'`,
    "Traceback (most recent call last):",
    `${nbsp}${nbsp}File "/var/task/tools/generate_email/handler.py", line 58, in handler`,
    `${nbsp}${nbsp}${nbsp}${nbsp}values = usage['sparkline'][${number % 7}]`,
  ],
  "tls-verify-failed": (id) => [
    `2026-03-02T10:00:00.000Z\t${id}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: "Error", errorMessage: "self-signed certificate", code: "DEPTH_ZERO_SELF_SIGNED_CERT", stack: ["Error: self-signed certificate", "    at TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)", "    at async handler (/var/task/index.js:12:3)"] })}`,
  ],
  "lambda-timeout": (id) => [`2026-03-02T10:00:10.010Z ${id} Task timed out after 10.01 seconds`],
};
const kinds = Object.keys(failureKinds);

function healthyLine(random: (below: number) => number, id: string, time: string): string {
  const number = random(1_000_000);
  switch (random(8)) {
    case 0:
      return `START RequestId: ${id} Version: $LATEST`;
    case 1:
      return `END RequestId: ${id}`;
    case 2:
      return `REPORT RequestId: ${id}\tDuration: ${number / 1000} ms\tBilled Duration: ${Math.ceil(number / 1000)} ms\tMemory Size: 256 MB\tMax Memory Used: ${60 + (number % 90)} MB\t`;
    case 3:
      return `[INFO]\t${time}\t${id}\tquery usage_summaries for owner acme-${number} took ${number % 400} ms and returned ${number % 12} rows`;
    case 4:
      return `{"type":"TOOL_LOG","tool":"get_contract_info","requestId":"${id}","customer":"acme-${number}","missing":false,"ms":${number % 900}}`;
    case 5:
      return `${time}\t${id}\tINFO\trequest body parsed, ${number} bytes, content type application/json; charset=utf-8, cache hit ${number % 2 === 0}`;
    case 6:
      return `{"timestamp":"${time}","level":"INFO","message":"Fetched ${number % 50} tickets in ${number % 300} ms","logger":"tools.tickets","requestId":"${id}"}`;
    default:
      return `[DEBUG]\t${time}\t${id}\tsending SELECT trend, avg_daily_users, sparkline FROM usage_summaries WHERE owner_user_id = $1 AND company_external_id = $2`;
  }
}

const isoTime = (clock: number): string => {
  const date = new Date(clock);
  return `2026-03-${pad(date.getUTCDate(), 2)}T${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}.${pad(date.getUTCMilliseconds(), 3)}Z`;
};
const requestId = (random: (below: number) => number): string =>
  `${hex(random(0xffff_ffff))}-4a1d-4c3b-9e2f-${hex(random(0xffff_ffff))}${pad(random(9999), 4)}`;

/** Lines without a failure among them, as `generateLog` mixes them with failures. */
export function healthyLog(lines: number, seed = 1): string {
  const random = randomFrom(seed);
  return Array.from({ length: lines }, (_, line) => {
    const time = isoTime(Date.UTC(2026, 2, 2, 10) + line);
    return `/aws/lambda/${functions[random(functions.length)]} ${time} ${healthyLine(random, requestId(random), time)}\n`;
  }).join("");
}

/** Writes a log of about `size` bytes to `file`; `failing` is the share of events that are failures (0.005 for 0.5 %). */
export function generateLog(file: string, size: number, failing: number, seed = 1): GeneratedLog {
  const random = randomFrom(seed);
  const out = openSync(file, "w");
  const failures: Record<string, number> = {};
  let written = 0;
  let lines = 0;
  let clock = Date.UTC(2026, 2, 2, 10, 0, 0);
  let block: string[] = [];
  let blockLength = 0;
  const flush = (): void => {
    const text = Buffer.from(block.join(""), "utf8");
    writeSync(out, text);
    written += text.length;
    block = [];
    blockLength = 0;
  };
  while (written + blockLength < size) {
    clock += random(3);
    const time = isoTime(clock);
    const id = requestId(random);
    let event: string;
    if (random(100_000) < failing * 100_000) {
      const kind = kinds[random(kinds.length)] ?? "other";
      failures[kind] = (failures[kind] ?? 0) + 1;
      const parts = failureKinds[kind]?.(id, random(1000)) ?? [];
      lines += parts.length;
      event = `/aws/lambda/${functions[random(functions.length)]} ${time} ${parts.join("\n")}\n`;
    } else {
      lines += 1;
      event = `/aws/lambda/${functions[random(functions.length)]} ${time} ${healthyLine(random, id, time)}\n`;
    }
    block.push(event);
    blockLength += event.length;
    if (blockLength > 4_000_000) flush();
  }
  flush();
  closeSync(out);
  return { bytes: written, lines, failures };
}
