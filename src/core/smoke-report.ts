/** How a tool fared: `flaky` answered, but not every time; `unknown` where no answer could be had or judged. */
export const toolVerdicts = ["pass", "flaky", "fail", "unknown"] as const;
export type ToolVerdict = (typeof toolVerdicts)[number];

/** One tool of a smoke run. Times are in milliseconds and of answered requests. */
export interface SmokeToolReport {
  readonly tool: string;
  readonly method: string;
  readonly path: string;
  readonly verdict: ToolVerdict;
  /** Of the answer that the verdict rests on. */
  readonly status?: number;
  /** Requests sent to measure it, each with the attempts that it took. */
  readonly requests: number;
  /** Of the attempts. */
  readonly failed: number;
  readonly attempts: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  /** The first request, where it was sent before those that are measured. */
  readonly firstMs?: number;
  /** What the run that this one is compared with had measured. */
  readonly before?: { readonly p50Ms: number; readonly p95Ms: number };
  /** What was wrong, on one line. */
  readonly wrong?: string;
}

export interface SkippedToolReport {
  readonly tool: string;
  readonly method: string;
  readonly path: string;
  readonly reason: string;
}

/** What a run of the smoke test has beyond a report of the doctor. */
export interface SmokeReport {
  readonly url: string;
  /** How requests were signed: the scheme, and where the key came from. */
  readonly signedWith: string;
  /** How far the server's clock is ahead of this machine's, in seconds. */
  readonly clockAheadSeconds?: number;
  /** How long the first success was waited for. */
  readonly waited?: { readonly seconds: number; readonly requests: number; readonly answered: boolean };
  readonly tools: readonly SmokeToolReport[];
  readonly skipped: readonly SkippedToolReport[];
}
