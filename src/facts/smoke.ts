import { stackFact, subjectFact } from "../core/fact.ts";
import type { SecretToken } from "../core/secret.ts";
import type { ToolRef } from "../core/subject.ts";
import type { ErrorGroup } from "./logs.ts";

/** What a response to a smoke request means. */
export const smokeOutcomes = [
  "ok",
  "masked-failure",
  "tool-error",
  "unauthorized",
  "forbidden",
  "route-missing",
  "function-error",
  "gateway-error",
  "timeout",
  "throttled",
  "unreachable",
  "bad-envelope",
  "redirected",
] as const;
export type SmokeOutcome = (typeof smokeOutcomes)[number];

export interface SmokeResult {
  readonly outcome: SmokeOutcome;
  /** Absent when no answer came. */
  readonly status?: number;
  /** The application's own error code and message, where the envelope has them: TOOL_FAILURE, TypeError. */
  readonly code?: string;
  readonly message?: string;
  /** One line that shows the response: `502 {"message": "Internal server error"}`. */
  readonly shown: string;
  /** One sentence that says what the answer shows. */
  readonly detail: string;
  readonly latencyMs: number;
  /** How many requests it took; more than one means that a retry was needed. */
  readonly attempts: number;
  readonly signedWith: string;
  /** How far the server's clock is ahead of this one's, in seconds, from the Date header. */
  readonly clockSkewSeconds?: number;
  /** What the function logged for this request. */
  readonly errors: readonly ErrorGroup[];
  /** Id of the request, as the API gave it. */
  readonly requestId?: string;
}

/** The key that smoke requests are signed with: the user's own, else the one that the functions have. */
export interface SigningKey {
  readonly from: "caller" | "function";
  /** "the variable CSCP_HMAC_SECRET", "the SSM parameter /copilot/hmac". */
  readonly described: string;
  readonly token: SecretToken;
}

/** Undefined when no key was found: requests then go out unsigned. */
export const signingKey = stackFact<SigningKey | undefined>("signingKey");

export const smokeResult = subjectFact<ToolRef, SmokeResult>("smokeResult");

/** Every tool's result side by side, with whether its function uses the database. */
export interface SmokePattern {
  readonly tools: readonly {
    readonly tool: ToolRef;
    readonly usesDatabase: boolean | undefined;
    readonly result: SmokeResult | undefined;
  }[];
}
export const smokePattern = stackFact<SmokePattern>("smokePattern");
