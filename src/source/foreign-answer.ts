import { errorBody } from "./error-body.ts";

/**
 * What an answer says that the SDK could not parse: one in another protocol than the service's own, as emulators, proxies
 * and gateways give it. Undefined for any other error.
 */
export function foreignAnswer(error: object):
  | {
      readonly name: string;
      readonly code: string;
      readonly message: string;
      readonly status: number | undefined;
      /** True where nothing in the answer is the name of an error. */
      readonly garbled: boolean;
    }
  | undefined {
  // All of them are hidden fields that the SDK sets for whoever wants to see the raw answer.
  const {
    $responseBodyText: unparsed,
    $response: response,
    $fault: fault,
    name: thrown,
  } = error as {
    readonly $responseBodyText?: unknown;
    readonly $response?: { readonly statusCode?: unknown };
    readonly $fault?: unknown;
    readonly name?: unknown;
  };
  const understood = fault !== undefined && thrown !== "Unknown" && thrown !== "UnknownError";
  if (response === undefined || (understood && unparsed === undefined)) return undefined;
  const status = typeof response.statusCode === "number" ? response.statusCode : undefined;
  const body = typeof unparsed === "string" ? unparsed : errorBody(response);
  if (body === undefined)
    return thrown === "SyntaxError" ? { name: "", code: "", message: "", status, garbled: true } : undefined;
  const start = body.slice(0, 16_384);
  const code = first(start, [
    /<Code>\s*([\w.#:-]+)\s*<\/Code>/,
    // <AccessDeniedException>, <UnknownOperationException/>: the name itself is all that there is of it.
    /^\s*(?:<\?xml[^>]*>\s*)?<(\w+(?:Exception|Fault))\s*\/?>/,
    /"(?:__type|code|Code)"\s*:\s*"([\w.#:-]+)"/,
  ]);
  const message = first(start, [/<Message>([^<]*)<\/Message>/i, /"[Mm]essage"\s*:\s*"((?:[^"\\]|\\.)*)"/]);
  // com.amazonaws.ssm#AccessDeniedException and AccessDeniedException:http://... name the same.
  const name = code.replace(/^.*#/, "").replace(/:.*$/, "");
  return { name, code: name, message, status, garbled: name === "" };
}

function first(text: string, patterns: readonly RegExp[]): string {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return "";
}
