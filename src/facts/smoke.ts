import { stackFact, subjectFact } from "../core/fact.ts";
import type { SecretToken } from "../core/secret.ts";
import type { FunctionRef, ToolRef } from "../core/subject.ts";
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
  /** An answer that is too long to be read: nothing is known of what it says. */
  "too-long",
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
  /** What the answer's own text says has failed, where the log of its function is out of reach. */
  readonly said?: Pick<ErrorGroup, "headline" | "candidates">;
  /** Id of the request, as the API gave it. */
  readonly requestId?: string;
  /** That some requests failed where others were answered as they should be. */
  readonly unsteady?: Unsteady;
  /** How long an answer may take, in milliseconds, where the configuration says so. */
  readonly budgetMs?: number;
  /** How long starting the function and running it took, where the request failed and its log says so. */
  readonly ran?: RanFor;
  /** Every request that was measured, in a run of the smoke test itself. */
  readonly samples?: readonly Sample[];
}

/** Requests that failed beside others that did not. The tool's result is otherwise that of one that was answered. */
export interface Unsteady {
  readonly failed: number;
  readonly of: number;
  /** True where each that failed passed when it was sent again. */
  readonly recovered: boolean;
  readonly outcome: SmokeOutcome;
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly shown: string;
  readonly detail: string;
  readonly requestId?: string;
}

/** What Lambda reports of one run of a function, in milliseconds. */
export interface RanFor {
  readonly durationMs?: number;
  /** Absent where the function was warm. */
  readonly initMs?: number;
}

/** One measured request, with the attempts that it took. */
export interface Sample {
  /** The first request of a run with --warm stands apart. */
  readonly phase: "first" | "measured";
  readonly outcome: SmokeOutcome;
  readonly status?: number;
  /** Of the last attempt. */
  readonly latencyMs: number;
  readonly attempts: number;
}

/** What a function answers when it is invoked without the API, with the event that the API would have made. */
export interface DirectInvoke {
  /** As it is judged, had the API passed it on; `malformed` is an answer that no API can pass on. */
  readonly outcome: SmokeOutcome | "malformed";
  /** One line that shows it. */
  readonly shown: string;
  /** One sentence that says what it shows. */
  readonly detail: string;
  readonly code?: string;
  readonly message?: string;
  readonly latencyMs: number;
}

/** A request that an API must refuse, and what came of it. */
export interface BadSignature {
  readonly kind: "wrong-signature" | "stale-timestamp";
  readonly verdict: "refused" | "accepted" | "undecided";
  readonly status?: number;
  readonly shown: string;
}

/** What an API answers to a browser that asks before it calls. */
export interface Preflight {
  readonly origin: string;
  readonly status?: number;
  /** What is wrong with the answer, a sentence each; empty where a browser would go on. */
  readonly faults: readonly string[];
  readonly shown: string;
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

/** How far the server's clock is ahead of this machine's, in seconds; undefined where no answer showed its time. */
export const clockAhead = stackFact<number | undefined>("clockAhead");

export const directInvoke = subjectFact<ToolRef, DirectInvoke>("directInvoke");
export const badSignatures = subjectFact<ToolRef, readonly BadSignature[]>("badSignatures");
export const preflight = subjectFact<ToolRef, Preflight>("preflight");

/** How long the first success was waited for, where the user asked for it. */
export interface FirstSuccess {
  readonly seconds: number;
  readonly requests: number;
  readonly answered: boolean;
}
export const firstSuccess = stackFact<FirstSuccess | undefined>("firstSuccess");

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

/** A request that a function's own code answered since it was last changed, whatever the answer said: its handler was imported. */
export interface OwnAnswer {
  /** "smoke POST /tools/x", "log of GetTickets". */
  readonly where: string;
  readonly says: string;
  /** Whether other requests of this run got no answer from the function's code. */
  readonly steady: boolean;
}

/** Undefined where no request is known to have come as far. */
export const ownAnswer = subjectFact<FunctionRef, OwnAnswer | undefined>("ownAnswer");
