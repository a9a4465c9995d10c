// AWS's own signature, for APIs and function URLs that ask for requests of known AWS identities.
import type { LiveContext } from "./context.ts";

export interface AwsSignable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly service: string | undefined;
  readonly region: string | undefined;
  /** Sign with another secret than the identity's, so that the signature must be refused. */
  readonly wrongly: boolean;
}

/** What the host of an API or a function URL says about itself: `a1b2.execute-api.eu-west-1.amazonaws.com`. */
export function awsHost(host: string): { readonly service: string; readonly region: string } | undefined {
  const [, kind, region] = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\./.exec(host) ?? [];
  if (kind === undefined || region === undefined) return undefined;
  return { service: kind === "lambda-url" ? "lambda" : "execute-api", region };
}

/**
 * The headers of a request with those that sign it, by the SDK's signer and the run's own credentials.
 * @throws what the chain of credentials throws where there are none.
 */
export async function signForAws(context: LiveContext, request: AwsSignable): Promise<Record<string, string>> {
  const { method, url, body, now } = request;
  const { SignatureV4, Hash } = await import("../sdk/signer.ts");
  const found = await context.aws.credentials();
  context.vault.hide(found.secretAccessKey);
  if (found.sessionToken !== undefined) context.vault.hide(found.sessionToken);
  const credentials = request.wrongly ? { ...found, secretAccessKey: `${found.secretAccessKey.slice(1)}x` } : found;
  const host = awsHost(url.host);
  const signer = new SignatureV4({
    service: request.service ?? host?.service ?? "execute-api",
    region: request.region ?? host?.region ?? context.aws.region,
    credentials,
    sha256: Hash.bind(undefined, "sha256"),
  });
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: queryOf(url),
      headers: { ...request.headers, host: url.host },
      ...(body === undefined ? {} : { body }),
    },
    { signingDate: new Date(now) },
  );
  return signed.headers;
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return query;
}
