import { describe, expect, test } from "vitest";
import { classify } from "../../src/logs/classify.ts";
import { looksLikeError } from "../../src/logs/error-filter.ts";

const info = "2026-03-02T10:00:00.000Z\t6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a\tINFO\t";
const shows = (text: string): readonly string[] => {
  const named = classify(text).candidates.map(({ cause }) => cause);
  expect(looksLikeError(text)).toBe(named.length > 0);
  return named;
};

describe("a line that says nothing is wrong", () => {
  test.each([
    `${info}user asked: why does "connection refused" happen?`,
    `${info}user asked why connection refused happens`,
    "[INFO]\t2026-03-02T10:00:00.000Z\t6f1c\tTicket subject: Task timed out after 3.00 seconds",
    `${info}summary: "ticket: password authentication failed for user" sent to customer`,
    '{"level":"INFO","subject":"FATAL: too many connections for role","id":4}',
    '{"level":"INFO","message":"user asked: why does \\"connection refused\\" happen?"}',
    '{"level":"info","msg":"ticket opened","email_subject":"Task timed out after 3.00 seconds"}',
    `${info}{ subject: 'FATAL: sorry, too many clients already', id: 7 }`,
    "[INFO]\t2026-03-02T10:00:00.000Z\t6f1c\t{'subject': \"could not translate host name\", 'id': 4}",
    "INFO:app:answered question \"Unable to import module 'app'\" in 31 ms",
    "2026-11-29T10:00:01Z INFO Handling ticket titled 'Task timed out after 3.00 seconds'",
    `${info}searched for 'connection refused'`,
    '{"level":"INFO","message":"FATAL:  too many connections for role, said the user"}',
    `${info}connection refused, asked the customer; reply sent`,
    `${info}user wrote: FATAL: remaining connection slots are reserved; reply sent`,
  ])("is no failure for what it mentions: %j", (text) => {
    expect(shows(text)).toEqual([]);
  });

  test.each([
    [`${info}caught OperationalError('connection refused')`, "connection-refused"],
    [`${info}db check failed: "connection refused"`, "connection-refused"],
    [`${info}subject lookup failed: connection refused`, "connection-refused"],
    [`${info}lookup failed, subject: connection refused`, "connection-refused"],
    [`${info}ticket 42: query failed: FATAL: too many connections for role "app"`, "too-many-connections"],
    [`${info}user app: FATAL: password authentication failed for user "app"`, "auth-failed"],
    [`${info}asked the pool for a connection: connection refused`, "connection-refused"],
    [`${info}ticket of the user's: query failed: 'connection refused'`, "connection-refused"],
    [`${info}caught ConnectionError: connection refused, reports the client library`, "connection-refused"],
    [`${info}lookup failed: connection refused, said the client`, "connection-refused"],
    ["2026-11-29T10:00:01Z 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a Task timed out after 3.00 seconds", "lambda-timeout"],
    ['{"level":"ERROR","message":"FATAL:  too many connections for role, said the user"}', "too-many-connections"],
    [`${info.replace("INFO", "ERROR")}titled 'Task timed out after 3.00 seconds'`, "lambda-timeout"],
    [`${info}summary: 2 ok, 1 failed: connection refused`, "connection-refused"],
    [`${info}user asked: list my tickets; answer failed: connection refused`, "connection-refused"],
    [`${info}reply to ticket not sent because "connection refused"`, "connection-refused"],
    [
      '{"level":"INFO","subject":"hello","message":"caught","err":{"message":"connection refused"}}',
      "connection-refused",
    ],
    ['{"level":"info","msg":"user asked: list tickets","err":{"message":"connection refused"}}', "connection-refused"],
    ['{"level":"INFO","errorSummary":"FATAL: too many connections for role \\"app\\""}', "too-many-connections"],
  ])("counts with the error that it reports: %j", (text, cause) => {
    expect(shows(text)[0]).toBe(cause);
  });

  test("has to say so itself: an error's subject is told whatever it is called", () => {
    expect(shows('{"level":"ERROR","subject":"FATAL: too many connections for role \\"app\\""}')[0]).toBe(
      "too-many-connections",
    );
    expect(shows(`${info.replace("INFO", "ERROR")}subject: FATAL: sorry, too many clients already`)[0]).toBe(
      "too-many-connections",
    );
  });
});

test("no text makes it slow", () => {
  for (const part of [
    '"title":"',
    "x: ",
    ", said the usher",
    "ticket: failed: ",
    "failed: subject: ",
    'asked "',
    "user said ",
    "summary = '",
  ]) {
    const started = performance.now();
    classify(`${info}${part.repeat(32_768 / part.length)} connection refused`);
    expect(performance.now() - started, part).toBeLessThan(500);
  }
});
