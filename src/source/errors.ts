import type { Reply } from "../core/reply.ts";
import { nearestName } from "../core/nearest-name.ts";
import { foreignAnswer } from "./foreign-answer.ts";
import { regions } from "./regions.ts";

/** What an exception of the SDK or of a socket says, whatever its class. */
export interface ErrorFacts {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** True where the answer is not in the service's own protocol, and does not say what it means in another. */
  readonly garbled?: boolean;
}

/** Reads an unknown thrown value. An AggregateError of several addresses counts as its first. */
export function factsOf(error: unknown): ErrorFacts {
  if (typeof error !== "object" || error === null) {
    return { name: "Error", code: "", message: String(error), status: undefined, retryAfterSeconds: undefined };
  }
  const fields = error as Record<string, unknown>;
  const inner =
    Array.isArray(fields["errors"]) && fields["errors"].length > 0 ? factsOf(fields["errors"][0]) : undefined;
  const text = (name: string): string => (typeof fields[name] === "string" ? (fields[name] as string) : "");
  const metadata = fields["$metadata"] as Record<string, unknown> | undefined;
  const status = metadata?.["httpStatusCode"];
  const retryAfter = Number(fields["retryAfterSeconds"]);
  const raw = foreignAnswer(error);
  if (raw !== undefined) return { ...raw, retryAfterSeconds: undefined };
  return {
    name: text("name") || inner?.name || "Error",
    code: text("code") || text("Code") || inner?.code || "",
    message: text("message") || text("Message") || inner?.message || "",
    status: typeof status === "number" ? status : undefined,
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  };
}

const throttleNames =
  /^(?:Throttling|ThrottlingException|ThrottledException|Throttled|RequestThrottled|RequestThrottledException|TooManyRequests|TooManyRequestsException|RequestLimitExceeded|SlowDown|PriorRequestNotComplete|ProvisionedThroughputExceededException|BandwidthLimitExceeded|EC2ThrottledException|TransactionInProgressException)$/;

const deniedNames =
  /^(?:AccessDenied|AccessDeniedException|AccessDeniedFault|UnauthorizedOperation|UnauthorizedException|AuthorizationError|AuthorizationErrorException|NotAuthorized|NotAuthorizedException|ForbiddenException|Forbidden|KMSAccessDeniedException)$/;

const expiredNames =
  /^(?:ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired|SSOTokenProviderFailure)$/;

const refusedCredentialNames =
  /^(?:UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature|IncompleteSignatureException|AuthFailure|MissingAuthenticationToken|MissingAuthenticationTokenException|InvalidAccessKeyId|OptInRequired)$/;

const missingNames =
  /^(?:ResourceNotFoundException|ResourceNotFound|NotFoundException|NotFound|NoSuchEntity|NoSuchEntityException|ParameterNotFound|ParameterVersionNotFound)$/;

/** What emulators and proxies say of a call that they do not know; AWS itself says it of no call that is made here. */
const unsupportedNames =
  /^(?:UnknownOperationException|UnknownOperation|InvalidAction|NotImplemented|NotImplementedException|UnsupportedOperation)$/;

const resetCodes =
  /^(?:ECONNRESET|EPIPE|ECONNABORTED|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED|UND_ERR_SOCKET)$/;

const unreachableCodes =
  /^(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|EPROTO|EINVAL|ERR_INVALID_URL|ERR_TLS_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_SSL_)/;

export type ErrorKind =
  | "throttled"
  | "denied"
  | "missing"
  | "credentials-missing"
  | "credentials-expired"
  | "credentials-refused"
  | "unreachable"
  | "reset"
  | "timeout"
  | "unsupported"
  | "page"
  | "garbled"
  | "server"
  | "other";

/** Sorts an error of any service and protocol. */
export function kindOf(error: unknown): ErrorKind {
  const { name, code, message, status, garbled } = factsOf(error);
  const is = (pattern: RegExp): boolean => pattern.test(name) || pattern.test(code);
  if (name === "WebPage") return "page";
  if (is(throttleNames) || status === 429 || /^rate exceeded/i.test(message)) return "throttled";
  if (
    is(expiredNames) ||
    /(?:token|session|credentials?) (?:\w+ ){0,6}(?:is|has|have|are) (?:already )?expired/i.test(message)
  ) {
    return "credentials-expired";
  }
  if (is(/^(?:CredentialsProviderError|TokenProviderError|CredentialsError|ProviderError)$/))
    return "credentials-missing";
  if (is(refusedCredentialNames)) return "credentials-refused";
  if (is(deniedNames)) return "denied";
  if (is(missingNames)) return "missing";
  if (is(/^(?:TimeoutError|ETIMEDOUT|ESOCKETTIMEDOUT|RequestTimeout|RequestTimeoutException)$/)) return "timeout";
  if (is(resetCodes) || /socket hang up/i.test(message)) return "reset";
  if (unreachableCodes.test(code)) return "unreachable";
  if (status === 501 || is(unsupportedNames)) return "unsupported";
  if (status !== undefined && status >= 500) return "server";
  if (status === 403) return "denied";
  if (status === 401) return "credentials-refused";
  if (garbled === true) return "garbled";
  return "other";
}

/** The action that a denial names, which is another than the call's own where a key or a layer is behind it. */
function deniedAction(message: string, action: string): string {
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1] ?? action;
}

function deniedWhy(message: string): string {
  const explicit = /with an explicit deny in an? ([a-z -]{3,40})/.exec(message)?.[1];
  if (explicit !== undefined) return `: ${/^[aeiou]/.test(explicit) ? "an" : "a"} ${explicit.trim()} denies it`;
  const boundary = /because no ([a-z -]{3,40}) allows/.exec(message)?.[1];
  return boundary === undefined ? "" : `: no ${boundary.trim()} allows it`;
}

/** An interruption of the whole run, told apart from what a single call met. */
export type Stop = { readonly kind: "interrupted" } | { readonly kind: "deadline"; readonly afterMs: number };

/** The deadline of a request or run, as the reason of an abort. */
export function isStop(value: unknown): value is Stop {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    /^(?:interrupted|deadline)$/.test(String(value.kind))
  );
}

export function failed(code: string, message: string): Reply<never> {
  return { status: "failed", code, message };
}

/** The reply for a run that was stopped. `throttled`: the call had been refused for its rate before. */
export function stopReply(stop: Stop, action: string, throttled = false): Reply<never> {
  if (stop.kind === "interrupted")
    return failed("INTERRUPTED", `The run was interrupted before the answer to ${action}.`);
  const seconds = Math.round(stop.afterMs / 1000);
  return throttled
    ? failed("THROTTLED", `AWS kept throttling ${action} until the run's time limit of ${seconds} s.`)
    : failed("TIMEOUT", `The call ${action} was not answered within the run's time limit of ${seconds} s.`);
}

/**
 * What an error means, as the reply to a request. The message is one sentence of this program's own; of the SDK's prose
 * only names go into it. `scrub` is applied to what is quoted all the same.
 */
export function replyOf(
  error: unknown,
  at: {
    readonly action: string;
    readonly region: string;
    readonly endpoint: string | undefined;
    /** The profile that credentials are taken from, where one is chosen. */
    readonly profile: string | undefined;
    scrub(text: string): string;
  },
): Reply<never> {
  const { name, code, message, status } = factsOf(error);
  const { action, region } = at;
  const host = at.endpoint ?? `the endpoint of ${action.split(":")[0] ?? action} in ${region}`;
  // Every region has endpoints; a name that has none is not one, as far as the list of regions knows.
  if (at.endpoint === undefined && /^(?:ENOTFOUND|EAI_AGAIN)$/.test(code) && !regions.includes(region)) {
    const near = nearestName(region, regions);
    return failed(
      "REGION_UNKNOWN",
      `Nothing answers at ${host} (${code}): there may be no such region.${near === undefined ? "" : ` The nearest in name is ${near}.`}`,
    );
  }
  switch (kindOf(error)) {
    case "throttled":
      return failed("THROTTLED", `AWS throttled ${action}.`);
    case "denied": {
      const lacking = deniedAction(message, action);
      return {
        status: "denied",
        action: lacking,
        message: at.scrub(`The caller may not ${lacking}${deniedWhy(message)}.`),
      };
    }
    case "missing":
      return failed("NOT_FOUND", `What ${action} was asked for does not exist.`);
    case "credentials-expired":
      return failed("CREDENTIALS_EXPIRED", "The AWS credentials have expired.");
    case "credentials-missing":
      return failed(
        "CREDENTIALS_MISSING",
        at.profile === undefined
          ? "No AWS credentials were found."
          : `The AWS profile ${at.profile} gave no credentials.`,
      );
    case "credentials-refused":
      return failed(
        "CREDENTIALS_INVALID",
        `AWS did not accept the credentials for ${action} in ${region} (${telling(name) ?? `HTTP ${status ?? 401}`}).`,
      );
    case "unreachable":
      return failed("ENDPOINT_UNREACHABLE", `Nothing answers at ${host} (${code}).`);
    case "reset":
      return failed(
        "ENDPOINT_UNREACHABLE",
        `The connection to ${host} broke again and again (${code || "socket hang up"}).`,
      );
    case "timeout":
      return failed("TIMEOUT", `The call ${action} was not answered in time by ${host}.`);
    case "unsupported":
      return failed(
        "NOT_SUPPORTED",
        `${at.endpoint === undefined ? subject(host) : `The endpoint ${host}`} does not offer ${action}${httpStatus(status)}.`,
      );
    case "page": {
      const said = message === "" ? "" : `, ${at.scrub(message)}`;
      return failed(
        "MALFORMED",
        `A web page answers at ${host} to ${action} (HTTP ${status ?? 200}${said}): ${pageMeans(status)}.`,
      );
    }
    case "garbled":
      return failed(
        "MALFORMED",
        `What answers at ${host} to ${action} does not speak as AWS does${httpStatus(status)}.`,
      );
    case "server": {
      const known = telling(code) ?? telling(name);
      const said = known === undefined ? "" : ` (${known})`;
      return failed("SERVICE_ERROR", `The call ${action} was answered with HTTP ${status ?? 500}${said}.`);
    }
    case "other":
      return otherReply(at.scrub(message), name, code, at);
  }
}

/** What stands behind a web page where AWS should answer; no permission is at fault. */
function pageMeans(status: number | undefined): string {
  if (status === 404 || status === 405) return "what answers there does not know that call";
  return status === 407
    ? "the proxy on the way wants a sign-in"
    : "a proxy, a firewall or a sign-in page stands before AWS, it seems";
}

const subject = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const httpStatus = (status: number | undefined): string => (status === undefined ? "" : ` (HTTP ${status})`);

/** A name of an error, unless it is one that is given where there is none. */
const telling = (name: string): string | undefined =>
  /^(?:|Error|SyntaxError|Unknown|UnknownError)$/.test(name) ? undefined : name;

function otherReply(
  message: string,
  name: string,
  code: string,
  at: { readonly action: string; readonly region: string },
): Reply<never> {
  if (/invalid region|region not accepted|not a valid hostname component/i.test(message)) {
    return failed("REGION_UNKNOWN", `${at.region} is not the name of an AWS region.`);
  }
  const label = (telling(code) ?? telling(name) ?? "").replaceAll(/[^\w.-]/g, "");
  const first = message.split(/(?<=\.)\s|\n/)[0]?.slice(0, 300) ?? "";
  const said = first === "" ? "." : `: ${first.replace(/[.\s]*$/, "")}.`;
  return failed(label === "" ? "FAILED" : label, `The call ${at.action} failed (${label || "no code"})${said}`);
}
