import { defineCheck, findings, pass, type FindingDraft } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import type { ToolRef } from "../core/subject.ts";
import { tools } from "../facts/api.ts";
import type { ErrorGroup } from "../facts/logs.ts";
import { smokeResult, type SmokeOutcome, type SmokeResult } from "../facts/smoke.ts";
import { rankedCauses, requestLog } from "./support/errors.ts";
import { exampleTool } from "./support/examples.ts";
import { clause, codeAndMessage, counted, oneLine } from "./support/text.ts";

/** What each outcome means, as the end of a sentence about the tool. */
const outcomes: Readonly<Record<Exclude<SmokeOutcome, "ok">, string>> = {
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
  run({ subject, result }) {
    const { outcome, attempts } = result;
    if (outcome === "ok") return attempts > 1 ? findings([flakyFinding(subject, result)]) : pass;
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
        ],
        detail: detailOf(subject, result),
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
    ],
    passes: [
      {
        name: "a tool that answers at once",
        subject: exampleTool(),
        given: { result: exampleResult({ outcome: "ok" }) },
      },
    ],
  }),
});

function flakyFinding(tool: ToolRef, result: SmokeResult): FindingDraft {
  return {
    code: "flaky",
    message: `${tool.label} answered only after ${counted(result.attempts, "attempt")}.`,
    evidence: [
      {
        kind: "smoke",
        where: `smoke ${tool.label}`,
        says: `${oneLine(result.shown)} at attempt ${result.attempts}`,
      },
      ...requestLog(result.errors, result.requestId),
    ],
    detail: detailOf(tool, result),
    severity: "warning",
  };
}

/** Where the request was refused, how it had been signed. */
function signingEvidence(tool: ToolRef, { outcome, signedWith }: SmokeResult): readonly Evidence[] {
  if ((outcome !== "unauthorized" && outcome !== "forbidden") || signedWith === "") return [];
  return [{ kind: "smoke", where: `smoke ${tool.label}`, says: `the request was signed with ${oneLine(signedWith)}` }];
}

/** What the status line does not say by itself: why nothing came back, and that the clocks differ. */
function detailEvidence(tool: ToolRef, { status, clockSkewSeconds, detail }: SmokeResult): readonly Evidence[] {
  const told = status !== undefined && Math.abs(clockSkewSeconds ?? 0) < 60;
  return told ? [] : [{ kind: "smoke", where: `smoke ${tool.label}`, says: oneLine(detail) }];
}

function detailOf(tool: ToolRef, result: SmokeResult): Readonly<Record<string, string>> {
  const { status, code, message, errors } = result;
  return {
    status: status === undefined ? "" : String(status),
    code: oneLine(code ?? ""),
    message: oneLine(message ?? ""),
    function: tool.functionId ?? "",
    causes: rankedCauses(errors).join(","),
  };
}

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
