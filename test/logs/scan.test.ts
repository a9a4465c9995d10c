import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Triage } from "../../src/logs/scan.ts";
import { logScanner } from "../../src/logs/scan.ts";

const encoder = new TextEncoder();
const id = "6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a";
const nbsp = "\u00a0";

function scan(text: string, options: { readonly source?: string; readonly blockSize?: number } = {}): Triage {
  const scanner = logScanner(options);
  scanner.push(encoder.encode(text));
  return scanner.finish();
}

const summary = (triage: Triage) =>
  triage.groups.map(({ cause, headline, count, sources, first, last }) => ({
    cause,
    headline,
    count,
    sources,
    first,
    last,
  }));

const at = Date.UTC(2026, 2, 2, 10, 0, 3, 1);
const missing = `[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'\nTraceback (most recent call last):`;
const missingHeadline = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'";

describe("the forms in which logs come", () => {
  test.each([
    ["exported to a file", `2026-03-02T10:00:03.001Z ${missing}\n`, undefined],
    ["exported with its group", `/aws/lambda/GetUsage 2026-03-02T10:00:03.001Z ${missing}\n`, "GetUsage"],
    ["aws logs tail", `2026-03-02T10:00:03.001000+00:00 2026/03/02/[$LATEST]ab12cd34ef ${missing}\n`, undefined],
    ["sam logs", `2026/03/02/[$LATEST]ab12cd34ef 2026-03-02T10:00:03.001000 ${missing}\n`, undefined],
    [
      "awslogs",
      `/aws/lambda/GetUsage 2026/03/02/[$LATEST]ab12cd34ef ${missing}\n2026-03-02T10:00:03.001Z\n`,
      "GetUsage",
    ],
    ["filter-log-events as text", `EVENTS\t3781\t${at}\t2026/03/02/[$LATEST]ab12cd34ef\t${missing}\n`, undefined],
    [
      "kubectl logs --prefix",
      `[pod/worker-7d9c/app] ${missing.replace("\n", "\n[pod/worker-7d9c/app] ")}\n`,
      "worker-7d9c/app",
    ],
    ["docker compose logs", `web-1  | ${missing.replace("\n", "\nweb-1  | ")}\n`, "web-1"],
    ["the console, copied", `${at} ${missing}\n`, undefined],
    ["JSON lines that wrap it", `{"timestamp":${at},"message":${JSON.stringify(missing)}}\n`, undefined],
    [
      "a JSON document of filter-log-events",
      JSON.stringify(
        {
          events: [
            {
              logStreamName: "2026/03/02/[$LATEST]ab12",
              timestamp: at,
              message: `${missing}\n`,
              ingestionTime: at + 900,
              eventId: "3781",
            },
          ],
          searchedLogStreams: [],
        },
        null,
        4,
      ),
      undefined,
    ],
    ["containerd", `${missing.replace(/^/gm, "2026-03-02T10:00:03.001844512Z stderr F ")}\n`, undefined],
    [
      "Docker's JSON files",
      missing.replace(/^.*$/gm, (line) => `${JSON.stringify({ log: `${line}\n`, time: "2026-03-02T10:00:03.001Z" })}`) +
        "\n",
      undefined,
    ],
    [
      "awslogs, a prefix on each line",
      `${missing.replace(/^/gm, "/aws/lambda/GetUsage 2026/03/02/[$LATEST]ab12cd34ef ")}\n`,
      "GetUsage",
    ],
    [
      "syslog of RFC 5424",
      `${missing.replace(/^/gm, "<11>1 2026-03-02T10:00:03.001Z ip-10-0-0-4 GetUsage 812 - - ")}\n`,
      "GetUsage",
    ],
    ["journalctl -o json", `${JSON.stringify({ _PID: "812", MESSAGE: missing })}\n`, undefined],
    ["a CSV file of the console", `timestamp,message\n${at},"${missing.replaceAll('"', '""')}\n"\n`, undefined],
    [
      "a CSV file of Insights",
      `@timestamp,@message,@log\n2026-03-02 10:00:03.001,"${missing}",111122223333:/aws/lambda/GetUsage\n`,
      "GetUsage",
    ],
    [
      "documents of a subscription, one after the other",
      JSON.stringify({
        messageType: "DATA_MESSAGE",
        logGroup: "/aws/lambda/GetUsage",
        logStream: "2026/03/02/[$LATEST]ab12",
        logEvents: [
          { id: "1", timestamp: at, message: missing },
          { id: "2", timestamp: at, message: "fine" },
        ],
      }) + JSON.stringify({ messageType: "CONTROL_MESSAGE", logGroup: "", logEvents: [] }),
      "GetUsage",
    ],
    [
      "the fields of ECS",
      `${JSON.stringify({ "@timestamp": "2026-03-02T10:00:03.001Z", "log.level": "ERROR", message: "startup", "error.type": "Runtime.ImportModuleError", "error.message": "Unable to import module 'app': No module named 'pg8000'" })}\n`,
      undefined,
    ],
    ["Python's own time", `2026-03-02 10:00:03,001 ERROR ${missing.slice(8)}\n`, undefined],
    ["a compact JSON document", JSON.stringify({ events: [{ timestamp: at, message: missing }] }), undefined],
    ["a JSON list", JSON.stringify([{ timestamp: at, message: missing }], null, 2), undefined],
    [
      "Insights results",
      JSON.stringify(
        {
          results: [
            [
              { field: "@timestamp", value: "2026-03-02 10:00:03.001" },
              { field: "@message", value: missing },
              { field: "@log", value: "111122223333:/aws/lambda/GetUsage" },
              { field: "@ptr", value: "CnYK" },
            ],
          ],
          status: "Complete",
        },
        null,
        4,
      ),
      "GetUsage",
    ],
  ])("%s", (_, text, source) => {
    const [group, ...others] = scan(text).groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      cause: "module-missing",
      count: 1,
      headline: missingHeadline,
      sources: source === undefined ? [] : [{ name: source, count: 1 }],
    });
    if (!text.includes("kubectl") && /10:00:03|1772445603001/.test(text))
      expect(group?.first).toBe(/^\/aws.*\n/.test(text) && !/^\/aws\S+ \d{4}-/.test(text) ? group?.first : at);
  });

  test("lines that name their function in JSON, else the source that the caller gives", () => {
    const named = '{"level":"ERROR","message":"connect ECONNREFUSED 10.0.0.4:5432","function_name":"GetUsage"}\n';
    expect(scan(named, { source: "file" }).groups[0]?.sources).toEqual([{ name: "GetUsage", count: 1 }]);
    expect(scan("[ERROR] KeyError: 'x'\n", { source: "file" }).groups[0]?.sources).toEqual([
      { name: "file", count: 1 },
    ]);
  });
});

describe("events of several lines", () => {
  test("a traceback is one failure, named by its exception", () => {
    const text = `[ERROR]\t2026-03-02T10:00:00.000Z\t${id}\tquery failed\nTraceback (most recent call last):\n  File "/var/task/db.py", line 8, in run\n    cur.execute(q)\npsycopg2.OperationalError: FATAL:  sorry, too many clients already\n[INFO]\t2026-03-02T10:00:00.000Z\t${id}\tdone\n`;
    expect(summary(scan(text))).toMatchObject([{ cause: "too-many-connections", count: 1 }]);
  });

  test("a chain of tracebacks is one failure", () => {
    const text = `Traceback (most recent call last):\n  File "a.py", line 1, in f\nsocket.gaierror: [Errno -2] Name or service not known\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "b.py", line 2, in g\npg8000.exceptions.InterfaceError: Can't create a connection to host db.example.com and port 5432\nnext line\n`;
    expect(summary(scan(text))).toMatchObject([{ cause: "dns-failed", count: 1 }]);
  });

  test("a stack of Node is one failure", () => {
    const text = `2026-03-02T10:00:00.000Z\t${id}\tERROR\tError: Connection terminated unexpectedly\n    at Connection.<anonymous> (/var/task/node_modules/pg/lib/client.js:136:73)\n    at Object.onceWrapper (node:events:632:28)\n2026-03-02T10:00:00.001Z\t${id}\tINFO\tdone\n`;
    expect(summary(scan(text))).toMatchObject([
      { cause: "connection-dropped", count: 1, headline: "Error: Connection terminated unexpectedly" },
    ]);
  });

  test("two errors in a row are two", () => {
    expect(scan("[ERROR] KeyError: 'a'\n[ERROR] KeyError: 'b'\n").failures).toBe(2);
  });
});

describe("counting", () => {
  test("failures that differ in numbers and ids are one group, with its times and ids", () => {
    const lines = [0, 1, 2, 3].map(
      (second) =>
        `2026-03-02T10:00:0${second}.000Z [ERROR] ValueError: order ${second}17 of ${id.replace("6f1c", `6f${second}c`)} is gone\n`,
    );
    const triage = scan(`${lines.join("2026-03-02T10:00:00.000Z fine\n")}`);
    expect(triage.groups).toHaveLength(1);
    expect(triage.groups[0]).toMatchObject({
      cause: "other",
      count: 4,
      first: Date.UTC(2026, 2, 2, 10),
      last: Date.UTC(2026, 2, 2, 10, 0, 3),
    });
    expect(triage.groups[0]?.requestIds).toHaveLength(4);
    expect(triage.groups[0]?.histogram.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test("different modules are different groups", () => {
    expect(scan(`${missing}\n${missing.replace("pg8000", "scramp")}\n`).groups).toHaveLength(2);
  });

  test("a REPORT of a failure that is there in its own words is not counted", () => {
    const report = `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout\n`;
    const late = `2026-03-02T10:00:03.001Z ${id} Task timed out after 3.00 seconds\n\n`;
    expect(summary(scan(late + report))).toMatchObject([{ cause: "lambda-timeout", count: 1 }]);
    expect(summary(scan(report))).toMatchObject([{ cause: "lambda-timeout", count: 1 }]);
    const init =
      "INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n";
    expect(summary(scan(`${missing}\n${init}`))).toMatchObject([
      { cause: "module-missing", count: 1, headline: missingHeadline },
    ]);
  });

  test("a failed init that its environment logs twice counts once", () => {
    const line = (second: number, stream: string) =>
      `2026-03-02T10:00:0${second}.000000+00:00 2026/03/02/[$LATEST]${stream} ${missing}\n`;
    expect(scan(line(1, "ab12") + line(2, "ab12")).failures).toBe(1);
    expect(scan(line(1, "ab12") + line(2, "cd34")).failures).toBe(2);
    // As a tail prints it without times and streams.
    const report = "INIT_REPORT Init Duration: 90.10 ms\tPhase: init\tStatus: error\tError Type: Runtime.Unknown\n";
    expect(summary(scan(`${missing}\n${report}${missing}\n`))).toMatchObject([{ cause: "module-missing", count: 1 }]);
    expect(summary(scan(`${missing}\n${report}${missing}\n${missing}\n`))[0]).toMatchObject({ count: 2 });
    expect(scan(`${missing}\n${missing}\n`).failures).toBe(2);
  });

  test("the answer of a function that failed, over several lines, whole or cut off", () => {
    const answer = {
      errorMessage: "Unable to import module 'app': No module named 'pg8000'",
      errorType: "Runtime.ImportModuleError",
      requestId: "",
      stackTrace: [],
    };
    const printed = JSON.stringify(answer, null, 2);
    expect(summary(scan(printed))).toMatchObject([{ cause: "module-missing", count: 1 }]);
    expect(summary(scan(printed.slice(0, -20)))).toMatchObject([{ cause: "module-missing", count: 1 }]);
    expect(summary(scan('{"message": "Internal server error"}\n'))).toMatchObject([
      { cause: "proxy-response-malformed" },
    ]);
    const healthy = JSON.stringify({ level: "INFO", message: "answered", error: null, status: 200 }, null, 2);
    expect(scan(healthy)).toMatchObject({ failures: 0, groups: [] });
    expect(scan(healthy.slice(0, -2))).toMatchObject({ failures: 0, groups: [] });
  });

  test("an error of which Node prints nothing but the fields", () => {
    const fields = `  length: 104,\n  severity: 'FATAL',\n  code: '28P01',\n  routine: 'auth_failed'\n}\n`;
    const text = `2026-03-02T10:00:00.000Z\t${id}\tINFO\tsign-in {\n${fields}`;
    expect(summary(scan(text))).toMatchObject([{ cause: "auth-failed", count: 1 }]);
    expect(summary(scan(`{\n${fields}`))).toMatchObject([{ cause: "auth-failed", count: 1 }]);
  });

  test("healthy lines and harmless ones count nothing", () => {
    const text = `START RequestId: ${id} Version: $LATEST\n[INFO]\t2026-03-02T10:00:00.000Z\t${id}\t0 failed of 12\n[DEBUG]\t2026-03-02T10:00:00.000Z\t${id}\tError: retried\nDeprecationWarning: could not be supported\nREPORT RequestId: ${id}\tDuration: 3.00 ms\n`;
    expect(scan(text)).toMatchObject({ failures: 0, groups: [], bytes: encoder.encode(text).length });
  });

  test("the example and the events are bounded, however long a line is", () => {
    const text = `[ERROR] ValueError: ${"x".repeat(300_000)}\n[ERROR] KeyError: 'after'\n`;
    const triage = scan(text);
    expect(triage.groups.map(({ headline }) => headline.slice(0, 12))).toEqual(
      ["KeyError: 'a", "ValueError: "].toSorted(
        (one, other) =>
          triage.groups.findIndex(({ headline }) => headline.startsWith(one)) -
          triage.groups.findIndex(({ headline }) => headline.startsWith(other)),
      ),
    );
    for (const { example } of triage.groups) expect(example.length).toBeLessThanOrEqual(8_192);
  });
});

describe("the result depends on the bytes alone", () => {
  const pieces = [
    `2026-03-02T10:00:03.001Z ${missing}\n`,
    `/aws/lambda/GetUsage 2026-03-02T10:00:04.001Z [ERROR] OperationalError: connection to server at "db" (10.0.0.9), port 5432 failed: timeout expired\nTraceback (most recent call last):\n${nbsp}${nbsp}File "/var/task/db.py", line 41, in get\n${nbsp}${nbsp}${nbsp}${nbsp}return connect(dsn)\n`,
    `[INFO]\t2026-03-02T10:00:00.000Z\t${id}\tfine\n`,
    "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'sparkline'\n",
    "\n",
    "plain text with Error: in it\n\tand more\n",
    `[pod/worker-1/app] [ERROR] KeyError: 'k'\n[pod/worker-1/app] Traceback (most recent call last):\n[pod/worker-1/app]   File "x.py", line 2, in g\n`,
    `2026-03-02T10:00:05.000Z ${id} Task timed out after 3.00 seconds\n`,
    `${"y".repeat(700)} ERROR: long line \u00e9\u4e2d\n`,
    `2026-03-02T10:00:06.000Z [ERROR] ValueError: v\n2026-03-02T10:00:06.001Z Traceback (most recent call last):\n2026-03-02T10:00:06.002Z   File "y.py", line 2\n2026-03-02T10:00:06.003Z ValueError: v\n`,
    "Mar 02 10:00:07 host api[812]: [ERROR] KeyError: 'j'\nMar 02 10:00:07 host api[812]:   at line 3\n",
    "no newline at the end, Error: cut",
  ];

  test("not on where they are cut, nor on how many are searched at a time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 25 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1, 64, 1_000, 1 << 20),
        (parts, cuts, blockSize) => {
          const bytes = encoder.encode(parts.join(""));
          const scanner = logScanner({ blockSize });
          for (let from = 0, turn = 0; from < bytes.length; turn++) {
            const length = cuts[turn % cuts.length] ?? 1;
            scanner.push(bytes.slice(from, from + length));
            from += length;
          }
          expect(scanner.finish()).toEqual(scan(parts.join("")));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("for a log much longer than what is kept of it", () => {
    const text = Array.from({ length: 6_000 }, (_, index) => pieces[index % pieces.length]).join("");
    const bytes = encoder.encode(text);
    expect(bytes.length).toBeGreaterThan(700_000);
    const whole = scan(text);
    for (const [blockSize, step] of [
      [1, 1],
      [1 << 12, 977],
      [1 << 14, 65_536],
    ] as const) {
      const scanner = logScanner({ blockSize });
      for (let from = 0; from < bytes.length; from += step) scanner.push(bytes.subarray(from, from + step));
      expect(scanner.finish()).toEqual(whole);
    }
    expect(whole.groups.filter(({ count }) => count === 6_000 / pieces.length).length).toBeGreaterThanOrEqual(5);
  });

  test("for JSON documents too", () => {
    const events = Array.from({ length: 300 }, (_, index) => ({
      timestamp: at + index,
      message: pieces[index % pieces.length],
      logStreamName: `2026/03/02/[$LATEST]${index}`,
    }));
    const text = JSON.stringify({ events }, null, 2);
    const bytes = encoder.encode(text);
    const whole = scan(text);
    expect(whole.failures).toBeGreaterThan(100);
    for (const step of [1, 7, 5_000]) {
      const scanner = logScanner();
      for (let from = 0; from < bytes.length; from += step) scanner.push(bytes.subarray(from, from + step));
      expect(scanner.finish()).toEqual(whole);
    }
  });
});

describe("lines that each have a time before them", () => {
  const lines = [
    '[ERROR] OperationalError: FATAL:  password authentication failed for user "app"',
    "Traceback (most recent call last):",
    '  File "/srv/app.py", line 2, in handler',
    'OperationalError: FATAL:  password authentication failed for user "app"',
  ];
  const second = (at: number): string => `2026-03-02T10:00:0${at}`;
  test.each([
    ["kubectl with times", (at: number) => `[pod/web-7d/app] ${second(at)}.5Z `, "web-7d/app", 1_772_445_600_500],
    ["journald", (at: number) => `Mar 02 10:00:0${at} host-1 api[812]: `, "api", undefined],
    ["journald with ISO times", (at: number) => `${second(at)}+0000 host-1 api[812]: `, "api", 1_772_445_600_000],
  ])("are one failure from %s", (_, prefix, source, first) => {
    const text = [...lines, "INFO all is well"].map((line, at) => `${prefix(at)}${line}\n`).join("");
    const { failures, groups } = scan(text);
    expect(failures).toBe(1);
    expect(groups[0]).toMatchObject({ cause: "auth-failed", count: 1, first });
    expect(groups[0]?.sources.map(({ name }) => name)).toEqual([source]);
    expect(groups[0]?.example).toBe(`${lines.join("\n")}\n`);
  });

  test("stay apart where each is a failure of its own", () => {
    const text = [0, 1, 2].map((at) => `${second(at)}.000Z [ERROR] KeyError: 'k'\n`).join("");
    expect(scan(text).failures).toBe(3);
  });
});

describe("the text of a tail", () => {
  const head = "10:00:03.001 GetUsage  ";
  const indent = " ".repeat(head.length);
  const shown = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'";
  const text = [
    "cscp: 2 functions of s in eu-west-1, from 10:00:00 on UTC: Error: no Live Tail",
    `${head}✗ ${shown}`,
    `${indent}└ module-missing: pg8000. A Python module is on no layer, and import raises ImportError: no module.`,
    `${indent}  mend: Vendor the module; without it every call ends in Error: Runtime.ImportModuleError.`,
    `${indent}  more: cscp explain module-missing`,
    `${head}✗ failed after 12 ms · Runtime.ImportModuleError: · 40 of 128 MB`,
    `${head}got it`,
    `${head}✗ 2× again, last at 10:00:09.001: ${shown}  (module-missing: pg8000, 3×)  late +3.2 s`,
    "10:00:04.001 Other     ✗ KeyError: 'k'",
    `${indent}  File "/var/task/app.py", line 3, in handler`,
    "10:00:05.001 Other     ✗ ERROR the queue is full",
    "10:00:06.001 Other     ✗ timed out after 3.00 s",
    "10:00:06.001 Other     ✗ timed out after 3000 ms · 50 of 128 MB",
    "",
  ].join("\n");

  test.each([undefined, 7, 64])("is counted without what the tail says itself, in blocks of %s", (blockSize) => {
    const triage = scan(text, blockSize === undefined ? {} : { blockSize });
    const sourcesOf = (sources: Triage["groups"][number]["sources"]) => sources.map(({ name }) => name);
    expect(triage.groups.map(({ cause, count, sources }) => [cause, count, sourcesOf(sources)])).toEqual([
      ["module-missing", 3, ["GetUsage"]],
      ["other", 1, ["Other"]],
      ["lambda-timeout", 1, ["Other"]],
      ["other", 1, ["Other"]],
    ]);
    expect(triage.failures).toBe(6);
  });
});

describe("the records of a tail", () => {
  const group = "/aws/lambda/GetUsage";
  const event = (second: number, message: string, stream = "2026/03/02/[$LATEST]ab12", more: object = {}): string =>
    JSON.stringify({
      type: "event",
      timestamp: new Date(Date.UTC(2026, 2, 2, 10, 0, second)).toISOString(),
      ingestionTime: new Date(Date.UTC(2026, 2, 2, 10, 0, second + 1)).toISOString(),
      group,
      stream,
      source: "GetUsage",
      by: "sweep",
      kind: "error",
      ...more,
      message,
    });
  const thrown = `${missing}\n${nbsp}${nbsp}File "/var/task/app.py", line 1, in <module>\n`;
  const records = [
    JSON.stringify({ type: "start", version: 1, region: "eu-west-1", stack: "s", groups: [{ group, functions: [] }] }),
    event(1, thrown),
    event(2, `START RequestId: ${id} Version: $LATEST\n`),
    event(3, thrown),
    JSON.stringify({ type: "note", at: "2026-03-02T10:00:03Z", code: "denied", message: "Error: connection refused" }),
    event(4, thrown, "2026/03/02/[$LATEST]cd34"),
    event(5, `2026-03-02T10:00:05.000Z\t${id}\tERROR\tconnect ECONNREFUSED 10.0.0.5:5432\n`),
    event(6, "2026-03-02T10:00:06.000Z\t6f1c\tINFO\tanswered in 3 ms\n", undefined, { kind: "log", level: "info" }),
    JSON.stringify({ type: "ledger", printed: 6, calls: { sweep: 1 }, groups: [{ group, state: "followed" }] }),
  ];

  test.each([
    ["whole", records],
    ["without the first", records.slice(1)],
    ["behind what it said on standard error", ['cscp: 1 function of "s', ...records]],
    ["from a note on", records.slice(4, 5).concat(records.slice(0, 4), records.slice(5))],
  ])("are read as the events that they are of: %s", (_, lines) => {
    const found = scan(`${lines.join("\n")}\n`);
    expect(found.groups.map(({ cause, count, headline }) => [cause, count, headline])).toEqual([
      // The second time in a stream is the invocation that repeats the init.
      ["module-missing", 2, missingHeadline],
      ["connection-refused", 1, "connect ECONNREFUSED 10.0.0.5:5432"],
    ]);
    expect(found.groups[0]?.sources).toEqual([{ name: "GetUsage", count: 2 }]);
    expect(found.groups[0]?.example).toBe(thrown);
    expect([found.first, found.last]).toEqual([Date.UTC(2026, 2, 2, 10, 0, 1), Date.UTC(2026, 2, 2, 10, 0, 5)]);
  });

  test("are no records where an application logs something like them", () => {
    const own = '{"type":"event","message":"connection refused","level":"error"}\n';
    expect(scan(own).groups.map(({ cause }) => cause)).toEqual(["connection-refused"]);
  });
});

test("a message of several lines in a row of comma-separated values is one failure, with its quotes as they were", () => {
  const lines = [
    "2026-03-02 10:00:03.001,START RequestId: 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a",
    `2026-03-02 10:00:03.002,"2026-03-02 10:00:03.002 UTC [57] LOG:  ready`,
    `2026-03-02 10:00:03.003 UTC [67] FATAL:  database ""shop"" does not exist"`,
    `2026-03-02 10:00:04.000,"ConnectorError(`,
    `  kind: QueryError(PostgresError { code: ""42P05"", message: ""prepared statement \\""s0\\"" already exists"" }))"`,
    "2026-03-02 10:00:05.000,END RequestId: 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a",
  ];
  for (const blockSize of [64, 1 << 20]) {
    const { groups, failures } = scan(`@timestamp,@message\n${lines.join("\n")}\n`, { blockSize });
    expect(groups.map(({ cause, count }) => [cause, count])).toEqual([
      ["role-or-db-missing", 1],
      ["pooler-incompatibility", 1],
    ]);
    expect(failures).toBe(2);
    expect(groups[0]?.example).toContain('database "shop" does not exist');
  }
});
