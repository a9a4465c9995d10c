// A request with everything that it goes out with: the scheme's own headers, and AWS's where the route asks for them.
import { randomBytes, randomUUID } from "node:crypto";
import type { SmokeHow } from "../../facts/requests/smoke.ts";
import { signingSchema } from "../../smoke/config.ts";
import { describeSigning, sign } from "../../smoke/signing.ts";
import { signForAws } from "./aws-signature.ts";
import type { LiveContext } from "./context.ts";

/** Longer than any window in which a signature of this kind, or AWS's own, is taken. */
const staleMs = 20 * 60_000;

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** How it was signed: the scheme's name, or why it was not. */
  readonly with: string;
}

/** Why a request cannot be signed: a scheme that is none, a key that is not of this run, no AWS credentials. */
export interface Unsignable {
  readonly code: "SIGNING_INVALID" | "NO_SECRET" | "NO_CREDENTIALS";
  readonly message: string;
}

/** Signs a request at the time `now` (milliseconds since 1970), rightly or in the way that it is to be spoiled. */
export async function signedRequest(
  context: LiveContext,
  how: SmokeHow,
  url: URL,
  now: number,
): Promise<SignedRequest | Unsignable> {
  const parsed = signingSchema.safeParse(how.signing);
  if (!parsed.success) {
    return { code: "SIGNING_INVALID", message: "The signing scheme of the configuration is not valid." };
  }
  const scheme = parsed.data;
  const held = how.key === undefined ? undefined : context.vault.reveal(how.key);
  if (how.key !== undefined && held === undefined) {
    return { code: "NO_SECRET", message: "The signing key is not among the secrets of this run." };
  }
  const wrongly = how.spoil === "wrong-signature";
  const secret = wrongly && held !== undefined ? randomBytes(32).toString("base64url") : held;
  const at = how.spoil === "stale-timestamp" ? now - staleMs : now;
  const own = sign(
    scheme,
    {
      method: how.method,
      host: url.host,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      body: how.body ?? "",
    },
    { now: at, secret, nonce: randomUUID() },
  );
  for (const value of Object.values(own)) if (value.length >= 20) context.vault.hide(value);
  const headers = { ...how.headers, ...own };
  const byKey = scheme.scheme === "hmac" || scheme.scheme === "api-key";
  const description = byKey && held === undefined ? "nothing, since no key was found" : describeSigning(scheme);
  if (how.iam !== true && scheme.scheme !== "aws-sigv4") return { headers, with: description };
  try {
    const signed = await signForAws(context, {
      method: how.method,
      url,
      headers,
      body: how.body,
      now: at,
      service: scheme.scheme === "aws-sigv4" ? scheme.service : undefined,
      region: scheme.scheme === "aws-sigv4" ? scheme.region : undefined,
      wrongly,
    });
    const both = byKey && held !== undefined ? ` and ${description}` : "";
    return { headers: signed, with: `AWS Signature Version 4${both}` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      code: "NO_CREDENTIALS",
      message: `The request is to be signed with AWS credentials, and there are none: ${said.replace(/\.$/, "")}.`,
    };
  }
}
