import type { JsonValue } from "./json.ts";

/** What kind of secret a token stands for. */
export const secretTypes = ["database-url", "password", "key", "token", "presigned-url", "value"] as const;
export type SecretType = (typeof secretTypes)[number];

/**
 * Stands for a secret everywhere outside the source's vault: what it is and what is wrong with its shape, never its text.
 * Two tokens of one run have the same fingerprint exactly when their secrets are the same.
 */
export interface SecretToken {
  readonly $secret: {
    readonly type: SecretType;
    /** HMAC of the literal under a random key of the run that is stored nowhere: 12 hex digits. */
    readonly fingerprint: string;
    /** Length of the literal in characters. */
    readonly length: number;
    /** True when the literal is empty or white space only, which for a secret is a fault in itself. */
    readonly blank: boolean;
    /** For a database URL its shape (see `facts/database-url.ts`), with no user, password or secret parameter in it. */
    readonly shape?: JsonValue;
  };
}

/** A configuration value: readable text, or the token of a secret. */
export type Value = string | SecretToken;

export function isSecret(value: unknown): value is SecretToken {
  return typeof value === "object" && value !== null && "$secret" in value;
}

/** A value as it may be shown: plain text as it is, a secret as `(secret, 34 characters)`. */
export function showValue(value: Value): string {
  if (!isSecret(value)) return value === "" ? '""' : value;
  const { type, length, blank } = value.$secret;
  return blank ? `(${type}, blank)` : `(${type}, ${length} characters)`;
}

/** True for an absent value, empty or white-space text, or the token of a blank secret. */
export function isBlank(value: Value | undefined): boolean {
  if (value === undefined) return true;
  return isSecret(value) ? value.$secret.blank : value.trim() === "";
}
