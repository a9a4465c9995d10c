import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEvent } from "../../src/logs/event.ts";

const id = "6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a";

describe("lines of the service, as text", () => {
  test("INIT_START names the runtime", () => {
    expect(
      parseEvent(
        "INIT_START Runtime Version: python:3.12.v36\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:ab12",
      ),
    ).toEqual({
      kind: "init-start",
      requestId: undefined,
      level: undefined,
      runtimeVersion: "python:3.12.v36",
    });
  });

  test("START and END carry the request id", () => {
    expect(parseEvent(`START RequestId: ${id} Version: $LATEST\n`)).toEqual({
      kind: "start",
      requestId: id,
      level: undefined,
      version: "$LATEST",
    });
    expect(parseEvent(`END RequestId: ${id}\n`)).toEqual({ kind: "end", requestId: id, level: undefined });
  });

  test("REPORT carries durations in ms and memory in MB", () => {
    const text = `REPORT RequestId: ${id}\tDuration: 34.12 ms\tBilled Duration: 35 ms\tMemory Size: 256 MB\tMax Memory Used: 71 MB\tInit Duration: 402.88 ms\t\n`;
    expect(parseEvent(text)).toEqual({
      kind: "report",
      requestId: id,
      level: undefined,
      durationMs: 34.12,
      billedMs: 35,
      memorySizeMb: 256,
      maxMemoryMb: 71,
      initMs: 402.88,
      status: undefined,
      errorType: undefined,
    });
  });

  test("REPORT of a time-out and of an error is an error", () => {
    expect(
      parseEvent(
        `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout`,
      ),
    ).toMatchObject({
      level: "error",
      status: "timeout",
      durationMs: 3000,
    });
    expect(
      parseEvent(`REPORT RequestId: ${id}\tDuration: 9.00 ms\tStatus: error\tError Type: Runtime.ExitError`),
    ).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
  });

  test("INIT_REPORT carries phase, status and error type", () => {
    expect(
      parseEvent(
        "INIT_REPORT Init Duration: 137.69 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError",
      ),
    ).toEqual({
      kind: "init-report",
      requestId: undefined,
      level: "error",
      initMs: 137.69,
      phase: "invoke",
      status: "error",
      errorType: "Runtime.ImportModuleError",
    });
  });

  test.each([
    [`2026-03-02T10:00:03.001Z ${id} Task timed out after 3.00 seconds`],
    [`RequestId: ${id} Error: Task timed out after 3.00 seconds`],
    [
      JSON.stringify({
        errorType: "Sandbox.Timedout",
        errorMessage: `RequestId: ${id} Error: Task timed out after 3.00 seconds`,
      }),
    ],
  ])("a time-out: %s", (text) => {
    expect(parseEvent(text)).toEqual({ kind: "timeout", level: "error", requestId: id, seconds: 3 });
  });

  test.each([
    [`RequestId: ${id} Error: Runtime exited with error: signal: killed`, "signal: killed"],
    [`RequestId: ${id} Error: Runtime exited with error: exit status 127\nRuntime.ExitError`, "exit status 127"],
    [`RequestId: ${id} Error: Runtime exited without providing a reason`, ""],
    [
      JSON.stringify({
        errorType: "Runtime.ExitError",
        errorMessage: `RequestId: ${id} Error: Runtime exited with error: exit status 1`,
      }),
      "exit status 1",
    ],
  ])("an exit: %s", (text, reason) => {
    expect(parseEvent(text)).toEqual({ kind: "exit", level: "error", requestId: id, reason });
  });

  test("an extension that failed is an error, one that is ready is not", () => {
    expect(parseEvent("EXTENSION\tName: agent\tState: Ready\tEvents: [SHUTDOWN,INVOKE]")).toMatchObject({
      kind: "platform",
      level: undefined,
    });
    expect(
      parseEvent("EXTENSION\tName: agent\tState: LaunchError\tEvents: []\tError Type: UnknownError"),
    ).toMatchObject({ kind: "platform", level: "error" });
  });
});

describe("lines of the service, as JSON", () => {
  test("start, report and failed init", () => {
    expect(
      parseEvent(
        `{"time":"2026-03-02T10:00:00.000Z","type":"platform.start","record":{"requestId":"${id}","version":"7"}}`,
      ),
    ).toMatchObject({ kind: "start", requestId: id, version: "7" });
    const report = {
      requestId: id,
      metrics: { durationMs: 30, billedDurationMs: 31, memorySizeMB: 256, maxMemoryUsedMB: 70, initDurationMs: 400 },
      status: "success",
    };
    expect(parseEvent(JSON.stringify({ time: "x", type: "platform.report", record: report }))).toEqual({
      kind: "report",
      requestId: id,
      level: undefined,
      durationMs: 30,
      billedMs: 31,
      memorySizeMb: 256,
      maxMemoryMb: 70,
      initMs: 400,
      status: undefined,
      errorType: undefined,
    });
    expect(
      parseEvent(
        '{"time":"x","type":"platform.initReport","record":{"phase":"init","status":"error","errorType":"Runtime.ImportModuleError","metrics":{"durationMs":120.5}}}',
      ),
    ).toMatchObject({
      kind: "init-report",
      level: "error",
      phase: "init",
      initMs: 120.5,
      errorType: "Runtime.ImportModuleError",
    });
  });
});

describe("Python", () => {
  const lines = [
    "[ERROR] KeyError: 'sparkline'",
    "Traceback (most recent call last):",
    '\u00a0\u00a0File "/var/task/app.py", line 12, in handler',
    "\u00a0\u00a0\u00a0\u00a0return row['sparkline']",
  ];
  const error = {
    kind: "error",
    level: "error",
    requestId: undefined,
    errorType: "KeyError",
    errorMessage: "'sparkline'",
    frames: [{ file: "/var/task/app.py", line: 12, function: "handler" }],
  };

  test("an uncaught exception, joined by newlines or by carriage returns", () => {
    expect(parseEvent(lines.join("\n"))).toEqual(error);
    expect(parseEvent(`${lines.join("\r")}\n`)).toEqual(error);
  });

  test("an error at init keeps its Runtime type and its message of several lines", () => {
    const text =
      "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': no pq wrapper available.\nAttempts made:\n- one\nTraceback (most recent call last):";
    expect(parseEvent(text)).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Unable to import module 'app': no pq wrapper available.\nAttempts made:\n- one",
      frames: [],
    });
  });

  test("an exception without a message", () => {
    expect(
      parseEvent(
        '[ERROR] TimeoutError\nTraceback (most recent call last):\n\u00a0\u00a0File "/var/task/a.py", line 1, in h',
      ),
    ).toMatchObject({ errorType: "TimeoutError", errorMessage: "" });
  });

  test("JSON, old and new key of the level", () => {
    for (const level of ["log_level", "level"]) {
      const text = JSON.stringify({
        timestamp: "2026-03-02T10:00:00Z",
        [level]: "ERROR",
        errorMessage: "no",
        errorType: "ValueError",
        requestId: id,
        stackTrace: ['  File "/var/task/app.py", line 3, in handler\n    raise ValueError("no")\n'],
      });
      expect(parseEvent(text)).toEqual({
        ...error,
        requestId: id,
        errorType: "ValueError",
        errorMessage: "no",
        frames: [{ file: "/var/task/app.py", line: 3, function: "handler" }],
      });
    }
  });

  test("JSON of an init error has an empty request id", () => {
    expect(
      parseEvent(
        '{"errorMessage":"Unable to import module \'app\': No module named \'pg8000\'","errorType":"Runtime.ImportModuleError","requestId":"","stackTrace":[]}',
      ),
    ).toMatchObject({ requestId: undefined });
  });

  test("logger lines, text and JSON", () => {
    expect(parseEvent(`[INFO]\t2026-03-02T10:00:00.123Z\t${id}\tcached\n`)).toEqual({
      kind: "log",
      requestId: id,
      level: "info",
      message: "cached",
    });
    expect(
      parseEvent(
        `{"timestamp":"2026-03-02T10:00:00Z","level":"WARNING","message":"slow","logger":"db","requestId":"${id}"}`,
      ),
    ).toEqual({ kind: "log", requestId: id, level: "warn", message: "slow" });
  });

  test("logger.exception carries the exception", () => {
    const text = `[ERROR]\t2026-03-02T10:00:00.123Z\t${id}\tquery failed\nTraceback (most recent call last):\n  File "/var/task/db.py", line 8, in run\n    cur.execute(q)\npsycopg2.OperationalError: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally`;
    expect(parseEvent(text)).toMatchObject({
      kind: "error",
      requestId: id,
      errorType: "psycopg2.OperationalError",
      errorMessage: "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
      frames: [{ file: "/var/task/db.py", line: 8, function: "run" }],
    });
  });
});

describe("Node", () => {
  test("an uncaught exception at init has no request id", () => {
    const text = `2026-03-02T10:00:00.000Z\tundefined\tERROR\tUncaught Exception \t${JSON.stringify({ errorType: "Runtime.ImportModuleError", errorMessage: "Error: Cannot find module 'pg'\nRequire stack:\n- /var/task/index.js", stack: ["Runtime.ImportModuleError: Error: Cannot find module 'pg'", "    at _loadUserApp (file:///var/runtime/index.mjs:1087:17)"] })}`;
    expect(parseEvent(text)).toEqual({
      kind: "error",
      level: "error",
      requestId: undefined,
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Error: Cannot find module 'pg'\nRequire stack:\n- /var/task/index.js",
      frames: [{ file: "/var/runtime/index.mjs", line: 1087, function: "_loadUserApp" }],
    });
  });

  test("an error of an invocation", () => {
    const text = `2026-03-02T10:00:00.000Z\t${id}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: "Error", errorMessage: "connect ECONNREFUSED 10.0.0.4:5432", code: "ECONNREFUSED", stack: ["Error: connect ECONNREFUSED 10.0.0.4:5432", "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16)"] })}`;
    expect(parseEvent(text)).toMatchObject({
      kind: "error",
      requestId: id,
      errorMessage: "connect ECONNREFUSED 10.0.0.4:5432",
      frames: [{ line: 1595 }],
    });
  });

  test("JSON with the error as message, and with the error beside it", () => {
    const stackTrace = ["TypeError: no", "    at handler (/var/task/index.js:4:9)"];
    for (const fields of [
      { message: { errorType: "TypeError", errorMessage: "no", stackTrace } },
      { message: "failed", errorType: "TypeError", errorMessage: "no", stackTrace },
    ]) {
      expect(parseEvent(JSON.stringify({ timestamp: "x", level: "ERROR", requestId: id, ...fields }))).toEqual({
        kind: "error",
        level: "error",
        requestId: id,
        errorType: "TypeError",
        errorMessage: "no",
        frames: [{ file: "/var/task/index.js", line: 4, function: "handler" }],
      });
    }
  });

  test("console.error of an error, and console.log of text", () => {
    const text = `2026-03-02T10:00:00.000Z\t${id}\tERROR\tError: pool is gone\n    at query (/var/task/db.js:10:3)\n    at async handler (/var/task/index.js:2:1)`;
    expect(parseEvent(text)).toMatchObject({
      kind: "error",
      errorType: "Error",
      errorMessage: "pool is gone",
      frames: [
        { line: 10, function: "query" },
        { line: 2, function: "handler" },
      ],
    });
    expect(parseEvent(`2026-03-02T10:00:00.000Z\t${id}\tINFO\thello`)).toEqual({
      kind: "log",
      requestId: id,
      level: "info",
      message: "hello",
    });
  });
});

describe("the application's own lines", () => {
  test("an exception of which only the class was logged", () => {
    expect(parseEvent('{"type":"TOOL_LOG","tool":"get_contract_info","error":"EXCEPTION","ex":"TypeError"}')).toEqual({
      kind: "error",
      level: "error",
      requestId: undefined,
      errorType: "TypeError",
      errorMessage: "",
      frames: [],
    });
    expect(parseEvent('{"type":"TOOL_LOG","tool":"generate_email","missing":false}').kind).toBe("log");
  });

  test("an error object of a JSON logger", () => {
    const text = JSON.stringify({
      level: "error",
      msg: "query failed",
      err: {
        name: "DatabaseError",
        message: 'relation "x" does not exist',
        stack: "DatabaseError: x\n    at q (/var/task/db.js:9:1)",
      },
    });
    expect(parseEvent(text)).toMatchObject({
      kind: "error",
      errorType: "DatabaseError",
      errorMessage: 'relation "x" does not exist',
      frames: [{ file: "/var/task/db.js", line: 9, function: "q" }],
    });
  });

  test("text that fits nothing stays as it is", () => {
    expect(parseEvent("3 rows in 'tickets'")).toEqual({
      kind: "log",
      requestId: undefined,
      level: undefined,
      message: "3 rows in 'tickets'",
    });
  });
});

test("never throws, whatever is logged", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string({ unit: "binary" }),
        fc.constantFrom(
          "REPORT ",
          "INIT_REPORT ",
          "{",
          '{"type":"platform.report"}',
          "[ERROR]\t\t\t",
          "START RequestId:",
        ),
      ),
      (text) => {
        expect(parseEvent(text)).toHaveProperty("kind");
      },
    ),
  );
});
