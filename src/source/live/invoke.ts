import { randomUUID } from "node:crypto";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { lambdaInvoke } from "../../facts/requests/lambda.ts";
import { invokeEvent } from "../../smoke/event.ts";
import { answered, type LiveContext } from "./context.ts";
import { maxBody } from "./exchange.ts";
import { keptOf } from "./kept-answer.ts";
import { signedRequest } from "./signed-request.ts";

/** Invokes a function with the event that its API would have made of a request, signed as that request is. */
export function answerLambdaInvoke(context: LiveContext): Answer<typeof lambdaInvoke> {
  const { aws, vault, clock } = context;
  const action = "lambda:InvokeFunction";
  return ({ name, qualifier }, how) =>
    answered<BodyOf<typeof lambdaInvoke>>(context, action, "LAMBDA", async () => {
      const url = new URL(URL.canParse(how.url) ? how.url : `https://invoked.invalid${how.url}`);
      // Who is behind AWS's own signature the gateway finds out, and the function never sees it.
      const { iam: _iam, ...unsigned } = how;
      const sent =
        how.front === "invoke" ? { headers: how.headers } : await signedRequest(context, unsigned, url, clock.now());
      const headers = "headers" in sent ? sent.headers : how.headers;
      const stage = how.stage === "" ? "$default" : how.stage;
      const rawPath = url.pathname;
      const before = rawPath.lastIndexOf(`/${stage}/`);
      const event = invokeEvent({
        front: how.front,
        method: how.method,
        host: url.host,
        rawPath,
        path: before < 0 ? rawPath : rawPath.slice(before + stage.length + 1),
        stage,
        query: url.search.replace(/^\?/, ""),
        headers,
        body: how.body,
        requestId: randomUUID(),
        now: clock.now(),
      });
      const { sdk, client } = await aws.lambda();
      const startedAt = clock.now();
      const out = await aws.send(
        action,
        "lambda.control",
        (options) =>
          client.send(
            new sdk.InvokeCommand({ FunctionName: name, Qualifier: qualifier, Payload: Buffer.from(event, "utf8") }),
            options,
          ),
        { timeoutMs: how.timeoutMs },
      );
      const payload = Buffer.from(out.Payload ?? new Uint8Array());
      const latencyMs = clock.now() - startedAt;
      return {
        payload: await keptOf(payload.subarray(0, maxBody).toString("utf8"), vault, payload.length <= maxBody),
        payloadTruncated: payload.length > maxBody,
        latencyMs,
        ...(out.FunctionError === undefined ? {} : { functionError: out.FunctionError }),
      };
    });
}
