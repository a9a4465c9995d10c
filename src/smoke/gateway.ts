import type { JsonValue } from "../core/json.ts";
import type { SmokeOutcome } from "../facts/smoke.ts";

/** Who stands in front of the function: a REST API, an HTTP API, a function URL, another server, or nobody that answered. */
export type Gateway = "rest-api" | "http-api" | "function-url" | "other" | "none";

/** Recognises the front by its headers (lower-case names). */
export function recogniseGateway(headers: Readonly<Record<string, string>>): Gateway {
  if (headers["x-amz-apigw-id"] !== undefined) return "rest-api";
  if (headers["apigw-requestid"] !== undefined) return "http-api";
  if (headers["x-amzn-requestid"] !== undefined) {
    // REST APIs send their own id except on early refusals; function URLs never do.
    return headers["x-amzn-errortype"] === undefined ? "function-url" : "rest-api";
  }
  return "other";
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: JsonValue | undefined;
  readonly gateway: Gateway;
  readonly latencyMs: number | undefined;
}

interface GatewayVerdict {
  readonly outcome: SmokeOutcome;
  readonly code?: string;
  readonly message?: string;
  readonly detail: string;
  /** False where the gateway kept the request to itself: no function ran, and none logged anything. */
  readonly reached?: false;
}

/** An HTTP API gives up on a function after this time at the latest (documented quota: 30 s; 1 s is left for the way). */
const httpApiLimitMs = 29_000;

/**
 * What an answer means that is the gateway's own: a JSON object with nothing but a `message`. Undefined where the answer
 * is the function's, or that of a server that is no gateway.
 */
export function gatewayVerdict({ status, headers, document, gateway, latencyMs }: Answer): GatewayVerdict | undefined {
  const message = ownMessage(document);
  if (message === undefined) return undefined;
  const errorType = (headers["x-amzn-errortype"] ?? "").split(":", 1)[0] ?? "";
  const verdict = (outcome: SmokeOutcome, detail: string): GatewayVerdict => ({
    outcome,
    ...(errorType === "" ? {} : { code: errorType }),
    message,
    detail,
  });
  const kept = (outcome: SmokeOutcome, detail: string): GatewayVerdict => ({
    ...verdict(outcome, detail),
    reached: false,
  });
  const text = message.toLowerCase();
  const rest = gateway === "rest-api" || (gateway === "other" && message === "Internal server error");
  switch (status) {
    case 400:
      return errorType === "BadRequestException" || text === "invalid request body"
        ? kept("gateway-error", "The gateway's own validation refused the request before it reached the function.")
        : undefined;
    case 401:
      return text === "unauthorized"
        ? kept("unauthorized", "The gateway's authorizer refused the request.")
        : undefined;
    case 403:
      return forbidden(text, errorType, kept);
    case 404:
      return text === "not found" ? kept("route-missing", "The API has no route for this path and method.") : undefined;
    case 413:
      return kept("gateway-error", "The gateway refused the request as too large.");
    case 415:
      return kept("gateway-error", "The gateway refused the request's content type.");
    case 429:
      return kept(
        "throttled",
        text.includes("limit")
          ? "The usage plan's quota is used up."
          : "The gateway or Lambda refused the request for its rate.",
      );
    case 500:
      if (!text.startsWith("internal server error")) return undefined;
      if (gateway === "http-api") {
        const causes = "the function failed, its answer was malformed, or the API may not invoke it";
        return verdict("function-error", `The gateway got no usable answer from the function: ${causes}.`);
      }
      return rest
        ? kept(
            "gateway-error",
            "The gateway could not call the function: as a rule it lacks the permission to invoke it.",
          )
        : undefined;
    case 502:
      return text.includes("internal server error") || gateway === "function-url"
        ? verdict(
            "function-error",
            "The function failed, or its answer was malformed, so that the gateway had nothing to pass on.",
          )
        : verdict("gateway-error", "A server in front of the function got no usable answer from it.");
    case 503:
      if (gateway === "http-api" && (latencyMs ?? 0) >= httpApiLimitMs) {
        return verdict("timeout", "The gateway gave up waiting for the function.");
      }
      return verdict(
        "gateway-error",
        "The gateway has no answer from the function: it took too long or could not be called.",
      );
    case 504:
      return verdict("timeout", "The gateway gave up waiting for the function.");
    default:
      return undefined;
  }
}

function forbidden(
  text: string,
  errorType: string,
  verdict: (outcome: SmokeOutcome, detail: string) => GatewayVerdict,
) {
  if (text === "missing authentication token" || errorType === "MissingAuthenticationTokenException") {
    return verdict(
      "route-missing",
      "The API has no route for this path and method, or its stage is missing from the path.",
    );
  }
  if (/signature expired|signature not yet current|security token|not a valid key=value|credential/.test(text)) {
    return verdict("unauthorized", "The gateway asks for requests signed with AWS credentials.");
  }
  if (text.includes("not authorized to access this resource")) {
    return verdict("forbidden", "The authorizer's or the API's resource policy denies the request.");
  }
  return verdict(
    "forbidden",
    "The gateway refused the request: an API key, a firewall or a resource policy is in the way.",
  );
}

/** The message of a document that holds nothing else; gateways write it in lower or upper case. */
function ownMessage(document: JsonValue | undefined): string | undefined {
  if (document === undefined || document === null || typeof document !== "object" || Array.isArray(document))
    return undefined;
  const entries = Object.entries<JsonValue>(document as { readonly [key: string]: JsonValue });
  const [first] = entries;
  if (entries.length !== 1 || first === undefined || first[0].toLowerCase() !== "message") return undefined;
  return typeof first[1] === "string" ? first[1] : "";
}
