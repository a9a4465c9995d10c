import type { SigningScheme } from "./config.ts";

/** What a browser asks before it sends a page's request. */
export interface PreflightQuestion {
  readonly origin: string;
  readonly method: string;
  /** Names of headers, in lower case. */
  readonly headers: readonly string[];
}

/** The headers that a page sends to a tool: its content's type, and what the scheme signs with. */
export function sentHeaders(scheme: SigningScheme, configured: readonly string[] | undefined): readonly string[] {
  const own = configured ?? ["Content-Type", ...schemeHeaders(scheme)];
  return own.map((name) => name.toLowerCase());
}

function schemeHeaders(scheme: SigningScheme): readonly string[] {
  switch (scheme.scheme) {
    case "hmac":
      return Object.keys(scheme.headers);
    case "api-key":
      return [scheme.header];
    case "aws-sigv4":
      return ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"];
    case "none":
      return [];
  }
}

/** The headers of the request that asks, as browsers write them (the Fetch standard, CORS-preflight fetch). */
export function preflightHeaders({ origin, method, headers }: PreflightQuestion): Readonly<Record<string, string>> {
  return {
    Origin: origin,
    "Access-Control-Request-Method": method,
    ...(headers.length === 0 ? {} : { "Access-Control-Request-Headers": headers.toSorted().join(",") }),
  };
}

/**
 * Why a browser would not go on, a sentence each; none where it would. A star allows everything but the header
 * Authorization, which must be named (the Fetch standard). Header names are in lower case.
 */
export function preflightFaults(
  status: number,
  answered: Readonly<Record<string, string>>,
  { origin, method, headers }: PreflightQuestion,
): readonly string[] {
  const faults: string[] = [];
  if (status < 200 || status > 299) {
    faults.push(`It answers ${status}, and a browser goes on only after a status of 2xx.`);
  }
  const allowed = answered["access-control-allow-origin"];
  if (allowed === undefined) faults.push("It has no header Access-Control-Allow-Origin.");
  else if (allowed !== "*" && allowed !== origin) faults.push(`It allows the origin ${allowed}, and not ${origin}.`);
  const methods = namesIn(answered["access-control-allow-methods"]);
  const simple = ["GET", "HEAD", "POST"].includes(method);
  if (!simple && !methods.includes("*") && !methods.includes(method.toLowerCase())) {
    faults.push(`It does not allow the method ${method}.`);
  }
  const names = namesIn(answered["access-control-allow-headers"]);
  const missing = headers.filter((name) => !names.includes(name) && (!names.includes("*") || name === "authorization"));
  if (missing.length > 0)
    faults.push(`It does not allow the ${missing.length === 1 ? "header" : "headers"} ${missing.join(", ")}.`);
  return faults;
}

function namesIn(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
}
