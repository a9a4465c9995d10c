import { randomUUID } from "node:crypto";
import type { Facts } from "../core/fact.ts";
import { visible } from "../core/visible.ts";
import { signingKey, type SigningKey } from "../facts/smoke.ts";
import { quote } from "../causes/support/shell.ts";
import type { SigningScheme } from "../smoke/config.ts";
import { smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import type { PlannedRequest } from "../smoke/plan.ts";
import { sign } from "../smoke/signing.ts";
import type { Vault } from "../source/vault.ts";
import { usageError } from "./exit.ts";

/**
 * A curl command for each planned request, signed now, which holds as long as the API takes a signature for. No secret is
 * in it: a key that is itself what is sent, and AWS credentials, stand as shell variables.
 */
export async function curlCommands(facts: Facts, vault: Vault, now: Date): Promise<string> {
  const [plan, config, key] = await Promise.all([
    facts.get(smokePlan, null),
    facts.get(smokeConfiguration, null),
    facts.get(signingKey, null),
  ]);
  if (plan.state === "unreadable") throw usageError(plan.message);
  if (config.state === "unreadable") throw usageError(config.message);
  const found = key.state === "known" ? key.value : undefined;
  const commands = plan.value.requests
    .filter(({ front }) => front !== "invoke")
    .map((request) =>
      request.unread !== undefined
        ? `# ${visible(`${request.tool}: it is not known where it is. ${request.unread.message}`)}`
        : curlCommand(request, plan.value.url, config.value.signing, found, vault, now),
    );
  const text = `${commands.join("\n\n")}\n`;
  if (vault.leaks(text)) {
    throw usageError("The commands would show a secret, since the configuration writes it into a request.");
  }
  return text;
}

function curlCommand(
  request: PlannedRequest,
  planUrl: string,
  scheme: SigningScheme,
  key: SigningKey | undefined,
  vault: Vault,
  now: Date,
): string {
  const url = new URL(`${request.base ?? planUrl}${request.path}`);
  const { headers, remark } = signatureOf(request, url, scheme, key, vault, now);
  const aws = request.iam === true || (scheme.scheme === "aws-sigv4" && request.unsigned !== true);
  const lines = [
    `curl -sS -i -X ${request.method} ${quote(url.href)}`,
    ...Object.entries(request.headers).map(([name, text]) => `-H ${quote(`${name}: ${text}`)}`),
    ...headers.map((header) => `-H ${header}`),
    ...(aws ? awsFlags(url, scheme) : []),
    ...(request.body === undefined ? [] : [`--data-binary ${quote(request.body)}`]),
  ];
  // A name is the configuration's own text, or that of a route: with a line break it would leave its comment.
  return `# ${visible(request.tool)}${remark}\n${lines.join(" \\\n  ")}`;
}

/** The headers that sign, as words of the shell. */
function signatureOf(
  request: PlannedRequest,
  url: URL,
  scheme: SigningScheme,
  key: SigningKey | undefined,
  vault: Vault,
  now: Date,
): { readonly headers: readonly string[]; readonly remark: string } {
  if (request.unsigned === true) return { headers: [], remark: ": not signed" };
  if (scheme.scheme === "api-key") {
    const variable = /\b([A-Z][A-Z0-9_]+)$/.exec(key?.described ?? "")?.[1] ?? "API_KEY";
    return { headers: [`"${scheme.header}: ${scheme.prefix}$${variable}"`], remark: `: needs the key in $${variable}` };
  }
  if (scheme.scheme !== "hmac") return { headers: [], remark: "" };
  const secret = key === undefined ? undefined : vault.reveal(key.token);
  if (secret === undefined) return { headers: [], remark: ": not signed, since no key was found" };
  const signed = sign(
    scheme,
    {
      method: request.method,
      host: url.host,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      body: request.body ?? "",
    },
    { now: now.getTime(), secret, nonce: randomUUID() },
  );
  const headers = Object.entries(signed).map(([name, text]) => quote(`${name}: ${text}`));
  return { headers, remark: `: signed at ${now.toISOString()}, taken for about five minutes` };
}

function awsFlags(url: URL, scheme: SigningScheme): readonly string[] {
  const [, kind, region = "$AWS_REGION"] = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\./.exec(url.host) ?? [];
  const own = scheme.scheme === "aws-sigv4" ? scheme : undefined;
  const service = own?.service ?? (kind === "lambda-url" ? "lambda" : "execute-api");
  return [
    `--aws-sigv4 "aws:amz:${own?.region ?? region}:${service}"`,
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    '-H "x-amz-security-token: $AWS_SESSION_TOKEN"',
  ];
}
