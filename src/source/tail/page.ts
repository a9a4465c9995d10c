import type { FilterLogEventsCommandOutput } from "@aws-sdk/client-cloudwatch-logs";
import type { TailEvent } from "../../core/tail.ts";
import type { Aws } from "../aws.ts";

export interface PageQuery {
  /** Name or ARN. */
  readonly group: string;
  /** Milliseconds since 1970, inclusive. */
  readonly from: number;
  readonly to: number | undefined;
  /** CloudWatch's own filter pattern. */
  readonly pattern: string | undefined;
  readonly token: string | undefined;
  /** Events a page, at most; 10,000 where it is undefined. */
  readonly limit: number | undefined;
}

export interface Page {
  readonly events: readonly TailEvent[];
  /** Absent on the last page. An empty page may have one. */
  readonly token: string | undefined;
  /** The service's clock less this machine's, in milliseconds, as the answer's head shows it to the second. */
  readonly skewMs: number | undefined;
}

export const filterAction = "logs:FilterLogEvents";

/**
 * One page of FilterLogEvents, in its turn under the tail's quota.
 *
 * The SDK makes the call; its body is parsed here, since the SDK's own reading of a page takes three times as long as
 * JSON.parse and a backlog is little else.
 * @throws what the SDK throws; throttles are waited out
 */
export async function readPage(aws: Aws, query: PageQuery, now: () => number): Promise<Page> {
  const { sdk, client } = await aws.logs();
  const { group, from, to, pattern, token, limit } = query;
  let read: Page | undefined;
  const out = await aws.send<FilterLogEventsCommandOutput>(filterAction, "logs.tail", (options) => {
    const command = new sdk.FilterLogEventsCommand({
      ...(group.startsWith("arn:") ? { logGroupIdentifier: group } : { logGroupName: group }),
      startTime: from,
      ...(to === undefined ? {} : { endTime: to }),
      ...(pattern === undefined ? {} : { filterPattern: pattern }),
      ...(token === undefined ? {} : { nextToken: token }),
      ...(limit === undefined ? {} : { limit }),
    });
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as HttpResponse;
        if (response.statusCode !== 200) return result;
        const page = JSON.parse(await textOf(response.body)) as JsonPage;
        read = pageOf(page, group, skewOf(response.headers, now));
        response.body = new Uint8Array([123, 125]);
        return result;
      },
      // The last before the wire, so that the SDK's own reader finds an empty object.
      { step: "deserialize", priority: "low", name: "readPage" },
    );
    return client.send(command, options);
  });
  return read ?? { events: [], token: out.nextToken, skewMs: undefined };
}

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
}

/** FilterLogEvents' answer as it is sent (awsJson 1.1). */
interface JsonPage {
  readonly events?: readonly {
    readonly logStreamName?: string;
    readonly timestamp?: number;
    readonly message?: string;
    readonly ingestionTime?: number;
    readonly eventId?: string;
  }[];
  readonly nextToken?: string;
}

async function textOf(body: unknown): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function pageOf({ events = [], nextToken }: JsonPage, group: string, skewMs: number | undefined): Page {
  return {
    events: events.map(({ logStreamName, timestamp = 0, message, ingestionTime, eventId }) => ({
      group,
      stream: logStreamName ?? "",
      timestamp,
      ingestionTime: ingestionTime ?? timestamp,
      message: message ?? "",
      eventId,
    })),
    token: nextToken ?? undefined,
    skewMs,
  };
}

function skewOf(headers: HttpResponse["headers"], now: () => number): number | undefined {
  const at = Date.parse(headers["date"] ?? "");
  // The head's time has no fraction: on the average half a second has passed since.
  return Number.isNaN(at) ? undefined : at + 500 - now();
}
