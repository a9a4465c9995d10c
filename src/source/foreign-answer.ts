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
  // Both are hidden fields that the SDK sets for whoever wants to see the raw answer.
  const {
    $responseBodyText: body,
    $response: response,
    name: thrown,
  } = error as {
    readonly $responseBodyText?: unknown;
    readonly $response?: { readonly statusCode?: unknown };
    readonly name?: unknown;
  };
  const status = typeof response?.statusCode === "number" ? response.statusCode : undefined;
  // What was no JSON is not kept in every case.
  if (typeof body !== "string")
    return thrown === "SyntaxError" && status !== undefined
      ? { name: "", code: "", message: "", status, garbled: true }
      : undefined;
  const start = body.slice(0, 16_384);
  const code = first(start, [/<Code>\s*([\w.#:-]+)\s*<\/Code>/, /"(?:__type|code|Code)"\s*:\s*"([\w.#:-]+)"/]);
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
