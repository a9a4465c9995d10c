import { defineCheck, findings, unknown } from "../core/check.ts";
import { known } from "../core/fact.ts";
import { tools } from "../facts/api.ts";
import type { ErrorGroup } from "../facts/logs.ts";
import { directInvoke, smokeResult, type DirectInvoke, type SmokeOutcome, type SmokeResult } from "../facts/smoke.ts";
import { requestLog } from "./support/errors.ts";
import { exampleTool } from "./support/examples.ts";
import { clause, codeAndMessage, oneLine } from "./support/text.ts";
import { detailEvidence, detailOf, directEvidence, ranEvidence, signingEvidence } from "./support/tool-evidence.ts";
import { flakyFinding, slowFindings } from "./support/unsteady-tool.ts";

/** What each outcome means, as the end of a sentence about the tool. */
const outcomes: Readonly<Record<Exclude<SmokeOutcome, "ok" | "too-long">, string>> = {
  "masked-failure": "answers as if all were well, but with neutral values in place of data",
  "tool-error": "answers that it failed",
  unauthorized: "refuses the request as not authorized",
  forbidden: "refuses the request as forbidden",
  "route-missing": "is not there: nothing answers at its path and method",
  "function-error": "answers with the function's uncaught error",
  "gateway-error": "gets no valid answer from its function",
  timeout: "does not answer in time",
  throttled: "is refused for the rate of requests",
  unreachable: "cannot be reached",
  "bad-envelope": "answers something else than was agreed",
  redirected: "redirects elsewhere",
};

export default defineCheck({
  id: "tools-answer",
  title: "Every tool answers as it should",
  severity: "error",
  why: "Only a request shows what callers get; a green deploy and a green health check have hidden broken tools before.",
  subjects: tools,
  requires: { result: smokeResult },
  uses: { direct: directInvoke },
  run({ subject, result, direct }) {
    const { outcome, attempts, unsteady } = result;
    if (outcome === "ok") {
      return findings([
        ...(unsteady === undefined && attempts === 1 ? [] : [flakyFinding(subject, result)]),
        ...slowFindings(subject, result),
      ]);
    }
    if (outcome === "too-long") {
      return unknown({ what: `the answer of ${subject.label}`, message: result.detail, reason: "failed" });
    }
    const said = codeAndMessage(result.code, result.message);
    const status = result.status === undefined ? "" : ` (${result.status})`;
    return findings([
      {
        code: outcome,
        message: `${subject.label} ${outcomes[outcome]}${status}${said === "" ? "" : `: ${clause(said)}`}.`,
        evidence: [
          { kind: "smoke", where: `smoke ${subject.label}`, says: oneLine(result.shown) },
          ...detailEvidence(subject, result),
          ...signingEvidence(subject, result),
          ...requestLog(result.errors, result.requestId),
          ...ranEvidence(subject, result),
          ...directEvidence(subject, direct),
        ],
        detail: {
          ...detailOf(subject, result),
          ...(direct.state === "known" ? { invoked: direct.value.outcome } : {}),
        },
      },
    ]);
  },
  examples: () => ({
    fails: [
      exampleFailure("a function that cannot be imported", "gateway-error", {
        status: 502,
        shown: '502 {"message": "Internal server error"}',
        requestId: "7c1e0d52-33aa-4f0e-9f6e-0b9f3b1c2d4e",
        errors: [exampleError()],
      }),
      exampleFailure("an exception that the handler caught", "tool-error", {
        status: 500,
        code: "TOOL_FAILURE",
        message: "TypeError",
        shown: '500 {"ok":false,"data":null,"error":{"code":"TOOL_FAILURE","message":"TypeError"}}',
      }),
      exampleFailure("a failed query behind a healthy status", "masked-failure", {
        shown: '200 {"ok":true,"data":{"trend":"flat","missingData":true},"error":null}',
      }),
      exampleFailure("a signature that the function refuses, on a machine whose clock is off", "unauthorized", {
        status: 401,
        code: "UNAUTHORIZED",
        message: "stale timestamp",
        shown: '401 {"ok":false,"error":{"code":"UNAUTHORIZED","message":"stale timestamp"}}',
        detail: "The function refused the signature. The server's clock is 420 s behind this machine's.",
        clockSkewSeconds: -420,
      }),
      exampleFailure("a gateway that refuses the caller", "forbidden", {
        status: 403,
        shown: '403 {"message":"Forbidden"}',
      }),
      exampleFailure("a route that is not deployed", "route-missing", {
        status: 403,
        shown: '403 {"message":"Missing Authentication Token"}',
      }),
      exampleFailure("an uncaught error that is handed on", "function-error", {
        code: "KeyError",
        message: "'sparkline'",
        shown: '200 {"errorMessage":"\'sparkline\'","errorType":"KeyError"}',
      }),
      exampleFailure("a gateway that gave up waiting", "timeout", {
        status: 504,
        shown: '504 {"message": "Endpoint request timed out"}',
        attempts: 3,
      }),
      exampleFailure("a rate that is too low even for a check", "throttled", {
        status: 429,
        shown: '429 {"message":"Too Many Requests"}',
        attempts: 3,
      }),
      exampleFailure("an answer without its envelope", "bad-envelope", { shown: "200 OK" }),
      exampleFailure("a redirection to a login page", "redirected", { status: 302, shown: "302 (empty)" }),
      {
        name: "a host whose name cannot be resolved",
        subject: exampleTool(),
        given: {
          result: {
            outcome: "unreachable",
            code: "ENOTFOUND",
            message: "getaddrinfo ENOTFOUND api.example.com",
            shown: "ENOTFOUND",
            detail: "The name of the API's host cannot be resolved.",
            latencyMs: 12,
            attempts: 1,
            signedWith: "",
            errors: [],
          },
        },
        codes: ["unreachable"],
      },
      {
        name: "an answer that came at the second try",
        subject: exampleTool(),
        given: { result: exampleResult({ outcome: "ok", attempts: 2 }) },
        codes: ["flaky"],
        severities: ["warning"],
      },
      {
        name: "a tool that fails one time in three, and is slow",
        subject: exampleTool(),
        given: {
          result: exampleResult({
            outcome: "ok",
            budgetMs: 200,
            unsteady: {
              failed: 3,
              of: 9,
              recovered: false,
              outcome: "tool-error",
              status: 500,
              code: "TOOL_FAILURE",
              message: "RuntimeError",
              shown: '500 {"ok":false,"error":{"code":"TOOL_FAILURE","message":"RuntimeError"}}',
              detail: "The function answered that it failed with TOOL_FAILURE.",
            },
            ran: { durationMs: 31 },
          }),
        },
        codes: ["flaky", "slow"],
        severities: ["error", "warning"],
      },
      {
        name: "a gateway that cannot pass on what the function returns",
        subject: exampleTool(),
        given: {
          result: exampleResult({
            outcome: "function-error",
            status: 502,
            shown: '502 {"message": "Internal server error"}',
          }),
          direct: known<DirectInvoke>({
            outcome: "malformed",
            shown: 'returns {"trend":"up"}',
            detail: "Invoked without the API, the function returns something that API Gateway cannot pass on.",
            latencyMs: 40,
          }),
        },
        codes: ["function-error"],
      },
    ],
    passes: [
      {
        name: "a tool that answers at once",
        subject: exampleTool(),
        given: { result: exampleResult({ outcome: "ok" }) },
      },
      {
        name: "an answer that is too long to be judged",
        subject: exampleTool(),
        kind: "unknown",
        given: { result: exampleResult({ outcome: "too-long" }) },
      },
    ],
  }),
});

function exampleResult(changes: Partial<SmokeResult>): SmokeResult {
  return {
    outcome: "ok",
    status: 200,
    shown: '200 {"ok":true,"data":{"trend":"up"},"error":null}',
    detail: changes.outcome === "ok" ? "The tool answered as expected." : "The answer is not the expected one.",
    latencyMs: 412,
    attempts: 1,
    signedWith: "hmac, the SSM parameter /cs-copilot/hmac-secret",
    errors: [],
    ...changes,
  };
}

function exampleFailure(name: string, outcome: SmokeOutcome, changes: Partial<SmokeResult>) {
  const codes: [string] = [outcome];
  return { name, subject: exampleTool(), given: { result: exampleResult({ outcome, ...changes }) }, codes };
}

function exampleError(): ErrorGroup {
  const headline = "Unable to import module 'tools.get_customer_usage.handler': No module named 'pg8000'";
  return {
    shape: headline,
    headline,
    example: headline,
    count: 1,
    first: "2026-11-20T10:09:40.002Z",
    last: "2026-11-20T10:09:40.002Z",
    requestIds: [],
    candidates: [
      { cause: "module-missing", score: 1, captures: { module: "pg8000" }, decides: "what is in the package" },
    ],
  };
}
