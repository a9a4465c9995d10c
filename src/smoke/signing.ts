import { createHash, createHmac } from "node:crypto";
import type { SigningScheme } from "./config.ts";
import { fill, type Placeholder } from "./template.ts";

/** The request as it is sent: `path` with the stage and without the query, `body` byte for byte (UTF-8). */
export interface SignableRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
  readonly body: string;
}

/** What signing needs from outside: the time in milliseconds since 1970, the key, and a fresh random value. */
export interface SigningInputs {
  readonly now: number;
  readonly secret: string | undefined;
  readonly nonce: string;
}

/**
 * The headers that sign the request, by the scheme's own spelling of their names. Without a key nothing is signed and no
 * header is sent, which the API is expected to refuse.
 */
export function sign(
  scheme: SigningScheme,
  request: SignableRequest,
  { now, secret, nonce }: SigningInputs,
): Readonly<Record<string, string>> {
  // AWS's own signature is made by its SDK's signer, with credentials in place of a key.
  if (scheme.scheme === "none" || scheme.scheme === "aws-sigv4" || secret === undefined) return {};
  if (scheme.scheme === "api-key") return { [scheme.header]: scheme.prefix + secret };
  const ms = String(now);
  const s = String(Math.floor(now / 1000));
  const timestamp = { ms, s, iso: new Date(now).toISOString() }[scheme.timestamp];
  const values: Readonly<Record<Placeholder, string>> = {
    timestamp,
    timestampMs: ms,
    timestampS: s,
    client: scheme.client,
    method: request.method,
    path: request.path,
    query: request.query,
    body: request.body,
    bodyHash: createHash(scheme.algorithm).update(request.body, "utf8").digest("hex"),
    nonce,
    host: request.host,
  };
  const key = Buffer.from(secret, scheme.keyEncoding);
  const signature = createHmac(scheme.algorithm, key)
    .update(fill(scheme.message, values), "utf8")
    .digest(scheme.encoding);
  return Object.fromEntries(
    Object.entries(scheme.headers).map(([name, template]) => [name, fill(template, { ...values, signature })]),
  );
}

/** One phrase for the header before the run and for the report: "HMAC-SHA256 in X-Signature". */
export function describeSigning(scheme: SigningScheme): string {
  switch (scheme.scheme) {
    case "none":
      return "no signature";
    case "aws-sigv4":
      return "AWS Signature Version 4";
    case "api-key":
      return `a key in ${scheme.header}`;
    case "hmac": {
      const [name] = Object.entries(scheme.headers).find(([, template]) => template.includes("{signature}")) ?? [];
      return `HMAC-${scheme.algorithm.toUpperCase()}${name === undefined ? "" : ` in ${name}`}`;
    }
  }
}
