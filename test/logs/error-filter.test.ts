import { describe, expect, test } from "vitest";
import { cloudwatchErrorFilter, errorFilterTerms } from "../../src/logs/cloudwatch-filter.ts";
import { looksLikeError } from "../../src/logs/error-filter.ts";
import { signatures } from "../../src/logs/signatures/index.ts";

const returned = (message: string): boolean => errorFilterTerms.some((term) => message.includes(term));

describe("looksLikeError", () => {
  test.each([
    "[ERROR] KeyError: 'sparkline'\nTraceback (most recent call last):\n\u00a0\u00a0File \"/var/task/app.py\", line 3, in handler",
    '2026-03-02T10:00:00.000Z\t6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"no"}',
    '{"timestamp":"2026-03-02T10:00:00Z","level":"ERROR","message":"the order was not booked"}',
    '{"type":"TOOL_LOG","tool":"get_contract_info","error":"EXCEPTION","ex":"TypeError"}',
    "2026-03-02T10:00:03.001Z 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a Task timed out after 3.00 seconds",
    "RequestId: 33 Error: Runtime exited with error: exit status 1",
    "INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
    "REPORT RequestId: 6f1c\tDuration: 3000.00 ms\tStatus: timeout",
    '{"time":"2026-03-02T10:00:00Z","type":"platform.report","record":{"requestId":"6f1c","status":"timeout"}}',
    "[ERROR]\t2026-03-02T10:00:00.000Z\t6f1c\tthe upstream answered 503",
    'could not translate host name "db.internal.example" to address',
  ])("accepts %j", (message) => {
    expect(looksLikeError(message)).toBe(true);
    expect(returned(message)).toBe(true);
  });

  test.each([
    "START RequestId: 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a Version: $LATEST",
    "END RequestId: 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a",
    "REPORT RequestId: 6f1c\tDuration: 30.00 ms\tBilled Duration: 30 ms\tMemory Size: 256 MB\tMax Memory Used: 70 MB",
    "INIT_START Runtime Version: python:3.12.v36\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:1",
    "[INFO]\t2026-03-02T10:00:00.000Z\t6f1c\t0 errors in 12 rows",
    '{"type":"TOOL_LOG","tool":"generate_email","missing":false}',
    '{"level":"INFO","message":"retrying after an error was handled"}',
    "/opt/python/boto3/compat.py:82: PythonDeprecationWarning: Boto3 will no longer support Python 3.7",
    "[WARNING]\t2026-03-02T10:00:00.000Z\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.",
  ])("ignores %j", (message) => {
    expect(looksLikeError(message)).toBe(false);
  });
});

describe("cloudwatchErrorFilter", () => {
  test("is one pattern of alternatives within the limit", () => {
    expect(cloudwatchErrorFilter.length).toBeLessThanOrEqual(1024);
    expect(cloudwatchErrorFilter).toMatch(/^(?:\?(?:\w+|"[^"]+")(?: |$))+$/);
  });

  test.each(signatures.flatMap(({ id, matches }) => matches.map((text) => [id, text] as const)))(
    "returns what %s matches: %j",
    (_, text) => {
      expect(returned(text)).toBe(true);
    },
  );
});
