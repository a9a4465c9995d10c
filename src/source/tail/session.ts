import type { StartLiveTailCommandOutput, StartLiveTailResponseStream } from "@aws-sdk/client-cloudwatch-logs";
import type { TailEvent } from "../../core/tail.ts";
import type { Aws } from "../aws.ts";

export interface SessionQuery {
  /** ARNs, at most ten, with the name that each group has in this run. */
  readonly groups: ReadonlyMap<string, string>;
  readonly pattern: string | undefined;
  /** Ends the session. */
  readonly signal: AbortSignal;
}

export type SessionMessage =
  | { readonly kind: "start" }
  /** `sampled`: the service left events out. Sent every second, with or without events. */
  | { readonly kind: "update"; readonly events: readonly TailEvent[]; readonly sampled: boolean };

export const liveAction = "logs:StartLiveTail";

/**
 * One session of Live Tail. Ends when the service or the signal ends it.
 * @throws what the SDK throws for the call, and what the service reports within the stream (SessionTimeoutException)
 */
export async function* openSession(
  aws: Aws,
  { groups, pattern, signal }: SessionQuery,
): AsyncGenerator<SessionMessage> {
  const { sdk, client } = await aws.logs();
  const ended = new AbortController();
  const end = (): void => ended.abort(signal.reason);
  if (signal.aborted) return;
  signal.addEventListener("abort", end, { once: true });
  try {
    const out = await aws.send<StartLiveTailCommandOutput>(liveAction, "logs.live", ({ abortSignal }) => {
      // The call's own time limit ends with its first answer; the session's signal goes on.
      abortSignal.addEventListener("abort", end, { once: true });
      return client.send(
        new sdk.StartLiveTailCommand({
          logGroupIdentifiers: [...groups.keys()],
          ...(pattern === undefined ? {} : { logEventFilterPattern: pattern }),
        }),
        { abortSignal: ended.signal },
      );
    });
    for await (const message of out.responseStream ?? []) {
      const known = messageOf(message, groups);
      if (known !== undefined) yield known;
    }
  } finally {
    signal.removeEventListener("abort", end);
    ended.abort();
  }
}

function messageOf(
  message: StartLiveTailResponseStream,
  groups: ReadonlyMap<string, string>,
): SessionMessage | undefined {
  if (message.sessionStart !== undefined) return { kind: "start" };
  if (message.SessionTimeoutException !== undefined) throw message.SessionTimeoutException;
  if (message.SessionStreamingException !== undefined) throw message.SessionStreamingException;
  const { sessionUpdate } = message;
  if (sessionUpdate === undefined) return undefined;
  const { sessionResults = [], sessionMetadata } = sessionUpdate;
  return {
    kind: "update",
    sampled: sessionMetadata?.sampled === true,
    events: sessionResults.map(
      ({ logGroupIdentifier, logStreamName, timestamp = 0, message: text, ingestionTime }) => ({
        group: groupOf(logGroupIdentifier ?? "", groups),
        stream: logStreamName ?? "",
        timestamp,
        ingestionTime: ingestionTime ?? timestamp,
        message: text ?? "",
        eventId: undefined,
      }),
    ),
  };
}

/** The service writes the group as `account:name`, whatever it was asked for by. */
function groupOf(identifier: string, groups: ReadonlyMap<string, string>): string {
  const exact = groups.get(identifier) ?? groups.get(identifier.replace(/:\*$/, ""));
  if (exact !== undefined) return exact;
  const name = identifier.replace(/^arn:[^:]+:logs:[^:]*:[^:]*:log-group:/, "").replace(/^\d{12}:/, "");
  for (const [arn, known] of groups) if (known === name || arn.endsWith(`:log-group:${name}`)) return known;
  const [only] = groups.size === 1 ? groups.values() : [];
  return only ?? name;
}
