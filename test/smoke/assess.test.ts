import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smokeOutcomes, type SmokeOutcome } from "../../src/facts/smoke.ts";
import { assess, type SmokeResponse } from "../../src/smoke/assess.ts";
import { expectationSchema } from "../../src/smoke/config.ts";

const expected = { expect: expectationSchema.parse({}), forbid: ["$.data.missingData == true"] };
const rest = { "x-amzn-requestid": "r-1", "x-amz-apigw-id": "g-1" };
const restError = (type: string) => ({ ...rest, "x-amzn-errortype": type });
const http = { "apigw-requestid": "h-1" };
const answer = (
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  more: object = {},
): SmokeResponse => ({
  answered: true,
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
  ...more,
});

const cases: readonly (readonly [string, SmokeResponse, SmokeOutcome, object?])[] = [
  [
    "a healthy answer",
    answer(200, rest, { ok: true, data: { trend: "up" }, error: null }),
    "ok",
    { gateway: "rest-api", requestId: "r-1" },
  ],
  [
    "neutral values for missing data",
    answer(200, rest, { ok: true, data: { missingData: true, score: 0 }, error: null }),
    "masked-failure",
  ],
  ["data that is not missing", answer(200, rest, { ok: true, data: { missingData: false } }), "ok"],
  ["an envelope without data", answer(200, rest, { ok: true, data: null, error: null }), "bad-envelope"],
  ["an answer without envelope", answer(200, rest, { trend: "up" }), "bad-envelope"],
  ["a page instead of JSON", answer(200, {}, "<html></html>"), "bad-envelope", { gateway: "other" }],
  ["an empty answer", answer(200, rest, ""), "bad-envelope", { shown: "200 (empty)" }],
  ["an ok that is no 200", answer(500, rest, { ok: true, data: {} }), "bad-envelope"],
  [
    "a tool's error",
    answer(500, rest, { ok: false, error: { code: "TOOL_FAILURE", message: "TypeError" } }),
    "tool-error",
    { code: "TOOL_FAILURE", message: "TypeError" },
  ],
  [
    "an error under 200",
    answer(200, rest, { ok: false, error: { code: "TOOL_FAILURE", message: "OperationalError" } }),
    "tool-error",
  ],
  [
    "invalid input",
    answer(400, rest, { ok: false, data: null, error: { code: "INVALID_INPUT", message: "ownerUserId" } }),
    "tool-error",
    { code: "INVALID_INPUT" },
  ],
  [
    "a refused signature",
    answer(401, rest, { ok: false, error: { code: "UNAUTHORIZED", message: "Invalid signature" } }),
    "unauthorized",
  ],
  [
    "a refused signature without envelope",
    answer(401, http, { error: "bad signature" }),
    "unauthorized",
    { message: "bad signature" },
  ],
  [
    "a gateway's authorizer",
    answer(401, restError("UnauthorizedException"), { message: "Unauthorized" }),
    "unauthorized",
    { code: "UnauthorizedException" },
  ],
  ["a missing API key", answer(403, restError("ForbiddenException"), { message: "Forbidden" }), "forbidden"],
  [
    "a resource policy",
    answer(403, restError("AccessDeniedException"), { message: "User is not authorized to access this resource" }),
    "forbidden",
  ],
  [
    "a wrong path",
    answer(403, restError("MissingAuthenticationTokenException"), { message: "Missing Authentication Token" }),
    "route-missing",
  ],
  [
    "a wrong path of an HTTP API",
    answer(404, http, { message: "Not Found" }),
    "route-missing",
    { gateway: "http-api" },
  ],
  [
    "a function that failed behind a REST API",
    answer(502, restError("InternalServerErrorException"), { message: "Internal server error" }),
    "function-error",
  ],
  [
    "a function that may not be invoked",
    answer(500, restError("InternalServerErrorException"), { message: "Internal server error" }),
    "gateway-error",
  ],
  [
    "a function that failed behind an HTTP API",
    answer(500, http, { message: "Internal Server Error" }),
    "function-error",
  ],
  [
    "a function that took too long behind a REST API",
    answer(504, restError("InternalServerErrorException"), { message: "Endpoint request timed out" }),
    "timeout",
  ],
  [
    "an HTTP API without the function",
    answer(503, http, { message: "Service Unavailable" }, { latencyMs: 40 }),
    "gateway-error",
  ],
  ["an HTTP API that gave up", answer(503, http, { message: "Service Unavailable" }, { latencyMs: 30_020 }), "timeout"],
  [
    "a function URL's error",
    answer(502, { "x-amzn-requestid": "u-1" }, { Message: "Internal Server Error" }),
    "function-error",
    { gateway: "function-url" },
  ],
  [
    "too many requests",
    answer(429, restError("TooManyRequestsException"), { message: "Too Many Requests" }),
    "throttled",
  ],
  ["a used-up plan", answer(429, restError("LimitExceededException"), { message: "Limit Exceeded" }), "throttled"],
  [
    "a body that the gateway's model refuses",
    answer(400, restError("BadRequestException"), { message: "Invalid request body" }),
    "gateway-error",
  ],
  [
    "an uncaught error as the answer",
    answer(200, rest, { errorType: "KeyError", errorMessage: "'x'", stackTrace: [] }),
    "function-error",
    { code: "KeyError" },
  ],
  ["a proxy response that nobody unpacked", answer(200, rest, { statusCode: 200, body: "{}" }), "bad-envelope"],
  ["a redirect", answer(301, {}, ""), "redirected"],
  ["a proxy's error page", answer(502, {}, "<html>Bad Gateway</html>"), "gateway-error"],
  [
    "a connection that nobody took",
    { answered: false, code: "ECONNREFUSED", message: "connect ECONNREFUSED" },
    "unreachable",
    { code: "ECONNREFUSED" },
  ],
  [
    "an unknown host",
    { answered: false, code: "ENOTFOUND", message: "getaddrinfo" },
    "unreachable",
    { detail: "The name of the API's host cannot be resolved." },
  ],
  [
    "a certificate",
    { answered: false, code: "CERT_HAS_EXPIRED", message: "expired" },
    "unreachable",
    { detail: expect.stringMatching(/^The API's certificate cannot be verified: .*\.$/) },
  ],
  ["silence", { answered: false, code: "ETIMEDOUT", message: "35000 ms" }, "timeout"],
  [
    "an answer that did not end",
    { answered: false, code: "SLOW_ANSWER", message: "h began to answer and did not come to an end within 35 s." },
    "timeout",
    { detail: "An answer began and did not come to its end within the time limit of 35 s." },
  ],
  [
    "no content, which is no failure",
    answer(204, rest, ""),
    "bad-envelope",
    { detail: expect.stringMatching(/No Content/) },
  ],
];

describe("assess", () => {
  for (const [name, response, outcome, more = {}] of cases) {
    it(`tells ${name}`, () => {
      const assessment = assess(response, expected);
      expect(assessment).toMatchObject({ outcome, ...more });
      expect(assessment.detail).toMatch(/^[A-Z].*\.$/);
    });
  }

  it("minds expected statuses, conditions and tools without an envelope", () => {
    const custom = (values: object, forbid: readonly string[] = []) => ({
      expect: expectationSchema.parse(values),
      forbid,
    });
    expect(assess(answer(204, rest, ""), custom({ status: [200, 204], envelope: "none" })).outcome).toBe("ok");
    expect(assess(answer(200, rest, "pong"), custom({ envelope: "none" })).outcome).toBe("ok");
    expect(assess(answer(200, rest, { up: true }), custom({ envelope: "none", where: ["$.up == true"] })).outcome).toBe(
      "ok",
    );
    expect(
      assess(answer(200, rest, { up: false }), custom({ envelope: "none", where: ["$.up == true"] })),
    ).toMatchObject({
      outcome: "bad-envelope",
      detail: "The answer does not meet the condition $.up == true.",
    });
    expect(assess(answer(200, rest, { stale: 1 }), custom({ envelope: "none" }, ["$.stale"])).outcome).toBe(
      "masked-failure",
    );
    expect(
      assess(answer(200, rest, { ok: true, data: { score: 1 } }), custom({ where: ["$.data.score > 3"] })).outcome,
    ).toBe("bad-envelope");
    expect(
      assess(answer(200, rest, { ok: true, data: "cut of", error: null }, { bodyTruncated: true }), expected).outcome,
    ).toBe("ok");
    expect(assess(answer(200, rest, '{"ok":true,"data":"cut o', { bodyTruncated: true }), expected)).toMatchObject({
      outcome: "too-long",
      detail: "The answer is longer than what is read of it (10 MiB), so that its content could not be judged.",
    });
  });

  it("measures the server's clock and names it where a signature is refused", () => {
    const refused = { ok: false, error: { code: "UNAUTHORIZED", message: "stale" } };
    const at = (date: string) =>
      assess(
        answer(401, { ...rest, date }, refused, { sentAt: "2026-01-01T00:00:00.000Z", latencyMs: 1000 }),
        expected,
      );
    expect(at("Thu, 01 Jan 2026 00:10:00 GMT")).toMatchObject({ clockSkewSeconds: 600 });
    expect(at("Thu, 01 Jan 2026 00:10:00 GMT").detail).toContain("600 s ahead of");
    expect(at("Wed, 31 Dec 2025 23:50:00 GMT").detail).toContain("600 s behind");
    expect(at("Thu, 01 Jan 2026 00:00:00 GMT")).toMatchObject({
      clockSkewSeconds: 0,
      detail: "The function refused the signature.",
    });
    expect(at("not a date")).not.toHaveProperty("clockSkewSeconds");
  });

  it("shows one line of the answer, cut after 160 characters", () => {
    expect(assess(answer(502, rest, '{"message":\n "Internal server error"}'), expected).shown).toBe(
      '502 {"message": "Internal server error"}',
    );
    expect(assess(answer(200, rest, "x".repeat(500)), expected).shown).toHaveLength(164);
  });

  it("gives every answer a verdict and never throws", () => {
    const headers = fc.dictionary(
      fc.constantFrom("date", "x-amzn-requestid", "x-amz-apigw-id", "apigw-requestid", "x-amzn-errortype"),
      fc.string(),
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ ok: fc.boolean(), data: fc.jsonValue(), error: fc.jsonValue() }).map((v) => JSON.stringify(v)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, names, text) => {
        const assessment = assess(answer(status, names, text), expected);
        expect(smokeOutcomes).toContain(assessment.outcome);
        // Nothing but the expected status is ever healthy.
        if (assessment.outcome === "ok") expect(status).toBe(200);
      }),
    );
  });
});
