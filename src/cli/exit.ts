/** Exit codes, the same in every command and format. */
export const exitCodes = { healthy: 0, findings: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;

/**
 * What the user must mend in the call or its surroundings: unknown flags, a stack that is not there, missing credentials,
 * a broken recording. Thrown; shown as its message and hint alone, exit code 2.
 */
export interface UsageError extends Error {
  readonly usage: true;
  /** What to do about it, as one sentence or command. */
  readonly hint?: string;
}

export function usageError(message: string, hint?: string): UsageError {
  return Object.assign(new Error(message), { usage: true as const, ...(hint === undefined ? {} : { hint }) });
}

export function isUsageError(value: unknown): value is UsageError {
  return value instanceof Error && "usage" in value && value.usage === true;
}
