import type { FilterLogEventsCommandOutput } from "@aws-sdk/client-cloudwatch-logs";
import type { TailEvent } from "../../core/tail.ts";
import type { Aws } from "../aws.ts";
import { pageBody, type JsonEvent, type PageBody } from "./page-body.ts";

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
  /** Before this the answer's body is not taken in, so that its room need not be another. Must not take long. */
  readonly after?: Promise<void>;
}

export interface Page {
  /** The events, some at a time: to be gone through once. */
  readonly parts: () => Iterable<readonly TailEvent[]>;
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
 * JSON.parse and a backlog is little else, and by parts, since a page takes three times its bytes once it is parsed.
 * @throws what the SDK throws; throttles are waited out
 */
export async function readPage(aws: Aws, query: PageQuery, now: () => number, spare: Spare): Promise<Page> {
  const { sdk, client } = await aws.logs();
  const { group, from, to, pattern, token, limit, after } = query;
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
        await after;
        const { room, length } = await roomFor(response, spare);
        read = pageOf(pageBody(room.subarray(0, length)), group, skewOf(response.headers, now), () => {
          if (spare.rooms.length < mostSpare) spare.rooms.push(room);
        });
        response.body = new Uint8Array([123, 125]);
        return result;
      },
      // The last before the wire, so that the SDK's own reader finds an empty object.
      { step: "deserialize", priority: "low", name: "readPage" },
    );
    return client.send(command, options);
  });
  return read ?? { parts: () => [], token: out.nextToken, skewMs: undefined };
}

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
}

/** Room for the bytes of pages that are no longer used, for the next ones; `usual` bytes have done so far. */
export interface Spare {
  readonly rooms: Buffer[];
  usual: number;
}

export const noSpare = (): Spare => ({ rooms: [], usual: roomStep });

/** Pages that are read while another one is used, at most, for which room is kept. */
const mostSpare = 2;
const roomStep = 256 * 1024;

/**
 * The body in one piece, in room that was used before where there is some: what holds a page for as long as it takes to
 * write it out is let go late, and a backlog would take ten pages' room in place of two.
 */
async function roomFor(
  { body, headers }: HttpResponse,
  spare: Spare,
): Promise<{ readonly room: Buffer; readonly length: number }> {
  const expected = Number(headers["content-length"] ?? 0) || 0;
  let room = spare.rooms.pop();
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const needed = Math.max(expected, length + chunk.length);
    if (room === undefined || needed > room.length) {
      const more = roomOf(room === undefined ? Math.max(needed, spare.usual) : Math.max(needed, 2 * room.length));
      room?.copy(more, 0, 0, length);
      room = more;
    }
    room.set(chunk, length);
    length += chunk.length;
  }
  // Pages are of about one size.
  spare.usual = Math.max(spare.usual, Math.ceil(1.0625 * length));
  return { room: room ?? roomOf(0), length };
}

const roomOf = (bytes: number): Buffer => Buffer.allocUnsafeSlow(roomStep * Math.ceil(bytes / roomStep));

function pageOf({ token, parts }: PageBody, group: string, skewMs: number | undefined, used: () => void): Page {
  return {
    *parts() {
      try {
        for (const part of parts()) yield part.map((event) => eventOf(event, group));
      } catch (error) {
        // As the SDK marks what it cannot parse.
        throw error instanceof SyntaxError ? Object.assign(error, { $response: { statusCode: 200 } }) : error;
      } finally {
        used();
      }
    },
    token,
    skewMs,
  };
}

function eventOf(
  { logStreamName, timestamp = 0, message, ingestionTime, eventId }: JsonEvent,
  group: string,
): TailEvent {
  return {
    group,
    stream: logStreamName ?? "",
    timestamp,
    ingestionTime: ingestionTime ?? timestamp,
    message: message ?? "",
    eventId,
  };
}

function skewOf(headers: HttpResponse["headers"], now: () => number): number | undefined {
  const at = Date.parse(headers["date"] ?? "");
  // The head's time has no fraction: on the average half a second has passed since.
  return Number.isNaN(at) ? undefined : at + 500 - now();
}
