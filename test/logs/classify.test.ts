import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classify } from "../../src/logs/classify.ts";
import { applicationErrors, harmless } from "./harmless.ts";
import { signatures } from "../../src/logs/signatures/index.ts";

const causes = (text: string, context?: { runtime?: string; architecture?: string }): string[] =>
  classify(text, context).candidates.map(({ cause }) => cause);

describe("what a failure names", () => {
  test("is no word of the driver's own question", () => {
    const text =
      'connection to server at "10.0.3.4", port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?';
    expect(classify(text).candidates[0]).toMatchObject({ cause: "connection-refused" });
    expect(Object.values(classify(text).candidates[0]?.captures ?? {})).not.toContain("and");
  });
});

describe("what is no failure", () => {
  test.each([
    [
      "an information line that quotes an error",
      "[INFO]\t2026-03-02T10:00:00.000Z\t6f1c\tretry succeeded after: connection refused",
    ],
    ["a debug line", "DEBUG:urllib3:connect ECONNREFUSED was injected"],
    ["a deprecation", "DeprecationWarning: the distutils package is deprecated and slated for removal in Python 3.12"],
    [
      "a warning of the driver",
      "(node:8) Warning: SECURITY WARNING: The SSL modes 'prefer', 'require', and 'verify-ca' are treated as aliases for 'verify-full'.",
    ],
    [
      "a full but working pool of HTTP connections",
      "[WARNING]\t2026-03-02T10:00:00.000Z\t6f1c\tConnection pool is full, discarding connection: ssm.eu-west-1.amazonaws.com",
    ],
    [
      "an information line of the server",
      "2026-03-02 10:00:00 UTC [71] LOG:  could not receive data from client: Connection reset by peer",
    ],
    ["a notice", 'NOTICE:  relation "tickets" already exists, skipping'],
    [
      "a healthy report",
      "REPORT RequestId: 6f1c\tDuration: 30.00 ms\tBilled Duration: 30 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB",
    ],
    [
      "a retry that goes on",
      "[WARNING]\t2026-03-02T10:00:00.000Z\t6f1c\tRetrying (Retry(total=2)) after connection broken by 'ConnectTimeoutError'",
    ],
    ["an empty text", ""],
  ])("%s", (_, text) => {
    expect(classify(text)).toEqual({ candidates: [], headline: "" });
  });
});

describe("an error that no signature knows", () => {
  test("is `other`, with the line that says what failed", () => {
    const { candidates, headline } = classify(
      "[ERROR] KeyError: 'sparkline'\rTraceback (most recent call last):\r\u00a0\u00a0File \"/var/task/app.py\", line 12, in handler",
    );
    expect(candidates.map(({ cause }) => cause)).toEqual(["other"]);
    expect(headline).toBe("KeyError: 'sparkline'");
  });

  test.each([
    "ValueError: share must lie between 0 and 1",
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "tickets_pkey"',
    "SyntaxError: Unexpected token < in JSON at position 0",
  ])("%s", (text) => {
    expect(causes(text)).toEqual(["other"]);
  });
});

describe("no cause is named where there is none to name", () => {
  test.each(harmless)("harmless: %j", (text) => {
    expect(causes(text).filter((cause) => cause !== "other")).toEqual([]);
  });
  test.each(applicationErrors)("the application's: %j", (text) => {
    expect(causes(text)).toEqual(["other"]);
  });
});

describe("several errors in one text", () => {
  test("the one that names the failure goes before what it led to", () => {
    const text =
      "psycopg2.OperationalError: FATAL:  sorry, too many clients already\n\nTask timed out after 10.00 seconds";
    expect(causes(text)[0]).toBe("too-many-connections");
  });

  test("the first of a chain of tracebacks goes before the one it caused", () => {
    const text = `Traceback (most recent call last):\nsocket.gaierror: [Errno -2] Name or service not known\n\nThe above exception was the direct cause of the following exception:\n\npg8000.exceptions.InterfaceError: Can't create a connection to host db.example.com and port 5432`;
    expect(causes(text)[0]).toBe("dns-failed");
  });
});

describe("what the caller knows breaks ties", () => {
  const text = "Unable to import module 'app': No module named 'psycopg2._psycopg'";
  test("the architecture", () => {
    expect(causes(text, { architecture: "arm64" })[0]).toBe("wrong-arch");
  });
  test("the runtime against a tag in the text", () => {
    expect(
      causes(`${text}\nfound psycopg2/_psycopg.cpython-39-x86_64-linux-gnu.so`, { runtime: "python3.12" })[0],
    ).toBe("wrong-python-abi");
  });
});

test("escaped, joined and coloured texts are read as the plain one", () => {
  const plain = 'psycopg2.errors.UndefinedTable: relation "usage_summaries" does not exist';
  const variants = [
    plain,
    JSON.stringify({ message: plain }),
    plain.replaceAll('"', "\u201d"),
    `\u001b[31m${plain}\u001b[0m`,
    `x\r${plain}\r`,
  ];
  for (const text of variants) expect(causes(text), text).toContain("schema-missing");
});

test("a message that was wrapped where it was pasted is still read", () => {
  expect(causes('error querying the database: ERROR: prepared statement\n"s4" already exists')[0]).toBe(
    "pooler-incompatibility",
  );
  expect(
    causes("# [ERROR] OperationalError: FATAL: remaining connection\n# slots are reserved for superusers")[0],
  ).toBe("too-many-connections");
});

test("never more than three candidates, best first, scores between 0 and 1, whatever the text", () => {
  const fragments = signatures.flatMap(({ matches, misses }) => [...matches, ...misses]);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string()), { maxLength: 5 }), (parts) => {
      const { candidates } = classify(parts.join("\n"));
      expect(candidates.length).toBeLessThanOrEqual(3);
      const scores = candidates.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      for (const score of scores) expect(score > 0 && score <= 1).toBe(true);
      expect(new Set(candidates.map(({ cause }) => cause)).size).toBe(candidates.length);
    }),
    { numRuns: 300 },
  );
});

test("a message of a megabyte takes no longer than it must", () => {
  const started = performance.now();
  classify("connection to server at a failed: ".repeat(32_768));
  expect(performance.now() - started).toBeLessThan(2_000);
});
