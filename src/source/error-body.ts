import type { HttpResponse } from "@smithy/core/transport";

/** The part of a client's middleware stack that is used here. */
export interface Stack {
  addRelativeTo(
    middleware: (
      next: (args: { input: object; request: unknown }) => Promise<{ response: unknown }>,
    ) => (args: { input: object; request: unknown }) => Promise<{ response: unknown }>,
    options: { name: string; relation: "after"; toMiddleware: string; override: boolean },
  ): void;
}

const bodies = new WeakMap<object, string>();

/** The text of an answer that tells of an error, by the response that the SDK hangs on what it throws. */
export function errorBody(response: unknown): string | undefined {
  return typeof response === "object" && response !== null ? bodies.get(response) : undefined;
}

/** What is thrown where a web page, or the way to one, comes in the place of the service's answer. */
interface WebPage extends Error {
  readonly name: "WebPage";
  readonly $metadata: { readonly httpStatusCode: number };
}

/**
 * Keeps the text of answers that tell of an error for whoever wants to know more than the SDK makes of it, which reads one
 * protocol and forgets the rest. A web page, or the redirection to one, is thrown as such: no service gives any.
 */
export function keepErrorBodies(stack: Stack): void {
  stack.addRelativeTo(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as HttpResponse;
      const { statusCode: status, headers } = response;
      if (status >= 300 && status < 400 && headers["location"] !== undefined)
        throw webPage(status, `redirects to ${hostOf(headers["location"])}`);
      // The type alone says nothing: emulators send whatever they send as text/html.
      if (status < 400 && !/^text\/html\b/i.test(headers["content-type"] ?? "")) return result;
      const body = await collected(response.body);
      // In the place of the stream, which can be read once.
      response.body = body;
      const text = body.toString("utf8");
      if (status >= 400) bodies.set(response, text);
      if (status < 500 && /^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b/is.test(text.slice(0, 4096))) {
        const title = /<title[^>]*>([^<]{1,500})</i.exec(text)?.[1]?.replaceAll(/\s+/g, " ").trim() ?? "";
        throw webPage(status, title === "" ? "" : `titled “${title.slice(0, 80)}”`);
      }
      return result;
    },
    { name: "keepErrorBodies", relation: "after", toMiddleware: "deserializerMiddleware", override: true },
  );
}

function webPage(httpStatusCode: number, message: string): WebPage {
  return Object.assign(new Error(message), { name: "WebPage" as const, $metadata: { httpStatusCode } });
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : "another address";
}

async function collected(body: unknown): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
