// CloudWatch Logs as a tail meets it: events that become visible late, pages, throttling, and Live Tail with what goes wrong
// there. A test double: what it does is data, and its clock is the machine's.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { fakeInsights, type FakeInsights } from "./fake-insights.ts";

export interface FakeEvent {
  readonly group: string;
  readonly stream: string;
  /** When it is logged and when it becomes visible, in milliseconds after the start. Negative times lie before it. */
  readonly at: number;
  readonly visibleAt: number;
  readonly message: string;
}

/** A span of time in milliseconds after the start. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FakeLogsScenario {
  /** Groups that exist, with the time from which on; undefined: from the beginning. */
  readonly groups: Readonly<Record<string, { readonly from?: number; readonly class?: string }>>;
  readonly events: readonly FakeEvent[];
  readonly account?: string;
  /** Events a page, 10,000 as on AWS where nothing is said, and bytes of messages. */
  readonly pageEvents?: number;
  readonly pageBytes?: number;
  /** Every so many pages one that is empty and has a token. */
  readonly emptyEvery?: number;
  /** Events have no ids, as some emulators leave them out. */
  readonly withoutIds?: boolean;
  /** Calls of FilterLogEvents that so many tokens live through; then the token is refused. */
  readonly tokenRefusedAt?: readonly number[];
  /** Spans in which calls are refused for their rate. */
  readonly throttled?: readonly Span[];
  /** Calls a second, above which they are refused for their rate. */
  readonly callsPerSecond?: number;
  /** Spans in which the caller's token is expired, in which connections are cut, and what is denied. */
  readonly expired?: readonly Span[];
  readonly unreachable?: readonly Span[];
  readonly denied?: readonly string[];
  readonly insights?: FakeInsights;
  /** Milliseconds that an answer takes. */
  readonly delayMs?: number;
  readonly live?: {
    readonly refused?: { readonly name: string; readonly message: string; readonly status?: number };
    /** Answers as an emulator that knows the call's name only. */
    readonly unsupported?: boolean;
    /** Ends each session once it has begun, as an emulator that has nothing to say. */
    readonly endsAtOnce?: boolean;
    /** When open sessions end: without a word, or with SessionTimeoutException. */
    readonly cutAt?: readonly number[];
    readonly timeoutAt?: readonly number[];
    /** Spans in which nothing at all is sent, and nothing kept for later. */
    readonly silent?: readonly Span[];
    /** Spans in which updates leave out every second event and say so; 500 events an update are the most at any time. */
    readonly sampled?: readonly Span[];
    /** Spans in which every third event is left out without a word. */
    readonly lossy?: readonly Span[];
  };
}

export interface FakeCall {
  readonly operation: string;
  readonly at: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string;
}

export interface FakeLogs {
  readonly endpoint: string;
  /** What was called, with its time after the start. */
  readonly calls: FakeCall[];
  /** When the scenario began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Writes an event now. */
  write(event: Omit<FakeEvent, "at" | "visibleAt"> & Partial<FakeEvent>): void;
  /** Open Live Tail sessions. */
  sessions(): number;
  close(): Promise<void>;
}

interface Stored extends FakeEvent {
  readonly eventId: string;
}

interface Session {
  readonly groups: readonly string[];
  readonly opened: number;
  readonly response: ServerResponse;
  /** Number of the first event not yet considered, in the order in which they become visible. */
  next: number;
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);

const inside = (spans: readonly Span[] | undefined, at: number): boolean =>
  (spans ?? []).some(({ from, to }) => at >= from && at < to);

/** Starts the endpoint; the scenario's time begins now. */
export async function fakeLogs(scenario: FakeLogsScenario): Promise<FakeLogs> {
  const { live = {}, account = "111122223333" } = scenario;
  const startedAt = Date.now();
  const now = (): number => Date.now() - startedAt;
  const calls: FakeCall[] = [];
  const sessions = new Set<Session>();
  const stored: Stored[] = scenario.events.map((event, id) => ({ ...event, eventId: idOf(id) }));
  /** In the order in which they become visible, and by time of logging. */
  let byVisible = stored.toSorted((a, b) => a.visibleAt - b.visibleAt);
  let byTime = stored.toSorted((a, b) => a.at - b.at || a.visibleAt - b.visibleAt);
  /** Tokens and what they stand for: a place in the answer to the request that they came from, and in no other. */
  const tokens = new Map<string, { readonly behind: number; readonly number: number }>();
  let filtered = 0;

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      if (text.includes("Action=GetCallerIdentity")) {
        outgoing.writeHead(200, { "content-type": "text/xml" });
        outgoing.end(identity(account));
        return;
      }
      const body = JSON.parse(text || "{}") as Record<string, unknown>;
      setTimeout(() => answer(incoming, body, outgoing), scenario.delayMs ?? 0);
    });
  });

  function answer(incoming: IncomingMessage, body: Record<string, unknown>, outgoing: ServerResponse): void {
    const operation = operationOf(incoming);
    const authorization = incoming.headers.authorization ?? "";
    const at = now();
    calls.push({ operation, at, body, authorization });
    if (inside(scenario.unreachable, at)) {
      outgoing.destroy();
      return;
    }
    const recent = calls.filter((call) => call.at > at - 1000).length;
    if (inside(scenario.throttled, at) || recent > (scenario.callsPerSecond ?? Number.POSITIVE_INFINITY))
      return refuse(outgoing, "ThrottlingException", "Rate exceeded");
    if (inside(scenario.expired, at))
      return refuse(outgoing, "ExpiredTokenException", "The security token included in the request is expired");
    if (scenario.denied?.includes(operation) === true)
      return refuse(
        outgoing,
        "AccessDeniedException",
        `User: arn:aws:iam::${account}:user/x is not authorized to perform: logs:${operation} on resource: *`,
      );
    switch (operation) {
      case "FilterLogEvents":
        return filterLogEvents(body, outgoing, at);
      case "StartLiveTail":
        return startLiveTail(body, outgoing, at);
      case "DescribeLogGroups":
        return json(outgoing, {
          logGroups: Object.entries(scenario.groups)
            .filter(([name, { from = 0 }]) => from <= at && name.startsWith(String(body["logGroupNamePrefix"] ?? "")))
            .map(([logGroupName, group]) => ({ logGroupName, logGroupClass: group.class ?? "STANDARD" })),
        });
      default: {
        const found = insights(operation, body);
        if (found === undefined) return refuse(outgoing, "UnknownOperationException", `There is no ${operation}.`);
        return "body" in found
          ? json(outgoing, found.body)
          : refuse(outgoing, found.refusal.name, found.refusal.message);
      }
    }
  }

  const insights = fakeInsights((group) => {
    const at = now();
    if (groupOf({ logGroupIdentifier: group }, at) === undefined) return undefined;
    return byTime
      .filter((event) => event.group === nameOf(group) && event.visibleAt <= at)
      .map(({ stream, message, ...event }) => ({
        stream,
        message,
        timestamp: startedAt + event.at,
        ingestionTime: startedAt + event.visibleAt,
      }));
  }, scenario.insights);

  function groupOf(body: Record<string, unknown>, at: number): string | undefined {
    const name = nameOf(String(body["logGroupName"] ?? body["logGroupIdentifier"] ?? ""));
    const group = scenario.groups[name];
    return group === undefined || (group.from ?? 0) > at ? undefined : name;
  }

  function filterLogEvents(body: Record<string, unknown>, outgoing: ServerResponse, at: number): void {
    filtered += 1;
    const group = groupOf(body, at);
    if (group === undefined)
      return refuse(outgoing, "ResourceNotFoundException", "The specified log group does not exist.");
    if (scenario.groups[group]?.class === "INFREQUENT_ACCESS")
      return refuse(
        outgoing,
        "InvalidOperationException",
        `The log group ${group} is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this log class.`,
      );
    const token = body["nextToken"] === undefined ? undefined : tokens.get(String(body["nextToken"]));
    if (
      body["nextToken"] !== undefined &&
      (token === undefined || scenario.tokenRefusedAt?.includes(filtered) === true)
    )
      return refuse(outgoing, "InvalidParameterException", "The specified nextToken is invalid.");
    const from = Number(body["startTime"] ?? Number.NEGATIVE_INFINITY) - startedAt;
    const to = Number(body["endTime"] ?? Number.POSITIVE_INFINITY) - startedAt;
    const mostEvents = scenario.pageEvents ?? 10_000;
    const mostBytes = scenario.pageBytes ?? 1_048_576;
    const begin = lowerBound(byTime, from);
    const give = (place: number, number: number): string => {
      const name = `token-${tokens.size}`;
      tokens.set(name, { behind: place - begin, number });
      return name;
    };
    const number = (token?.number ?? 0) + 1;
    const first = begin + (token?.behind ?? 0);
    if (scenario.emptyEvery !== undefined && number % scenario.emptyEvery === 0)
      return json(outgoing, { events: [], nextToken: give(first, number) });
    const pattern = patternOf(body["filterPattern"]);
    const page: Stored[] = [];
    let bytes = 0;
    let place = first;
    for (; place < byTime.length; place += 1) {
      const event = byTime[place];
      if (event === undefined || event.at > to) break;
      if (event.group !== group || event.visibleAt > at || !pattern(event.message)) continue;
      if (page.length >= mostEvents || bytes + event.message.length > mostBytes) {
        json(outgoing, { events: page.map(shown), nextToken: give(place, number) });
        return;
      }
      page.push(event);
      bytes += event.message.length;
    }
    json(outgoing, { events: page.map(shown) });
  }

  function shown({ stream, at, visibleAt, message, eventId }: Stored): Record<string, unknown> {
    return {
      logStreamName: stream,
      timestamp: startedAt + at,
      message,
      ingestionTime: startedAt + visibleAt,
      ...(scenario.withoutIds === true ? {} : { eventId }),
    };
  }

  function startLiveTail(body: Record<string, unknown>, outgoing: ServerResponse, at: number): void {
    const identifiers = body["logGroupIdentifiers"] as readonly string[];
    if (live.unsupported === true) return json(outgoing, {});
    if (live.refused !== undefined)
      return refuse(outgoing, live.refused.name, live.refused.message, live.refused.status);
    if (identifiers.length > 10 || identifiers.some((one) => !one.startsWith("arn:") || one.endsWith(":*")))
      return refuse(outgoing, "ValidationException", "logGroupIdentifiers: at most ten ARNs without :*");
    if (identifiers.some((one) => scenario.groups[nameOf(one)]?.class === "INFREQUENT_ACCESS"))
      return refuse(outgoing, "InvalidOperationException", "Live Tail is not supported for this log class.");
    if (identifiers.some((one) => groupOf({ logGroupIdentifier: one }, at) === undefined))
      return refuse(outgoing, "ResourceNotFoundException", "The specified log group does not exist.");
    if (sessions.size >= 15) return refuse(outgoing, "LimitExceededException", "Too many sessions.");
    outgoing.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    const pattern = patternOf(body["logEventFilterPattern"]);
    const first = byVisible.findIndex(({ visibleAt }) => visibleAt > at);
    const session: Session = {
      groups: identifiers.map(nameOf),
      opened: at,
      response: outgoing,
      next: first === -1 ? byVisible.length : first,
    };
    sessions.add(session);
    outgoing.on("close", () => sessions.delete(session));
    outgoing.write(frame("sessionStart", { sessionId: "s", logGroupIdentifiers: identifiers }));
    patterns.set(session, pattern);
    if (live.endsAtOnce === true) outgoing.end();
  }
  const patterns = new WeakMap<Session, (message: string) => boolean>();

  let last = 0;
  const timer = setInterval(() => {
    const at = now();
    const passed = (times: readonly number[] | undefined): boolean =>
      (times ?? []).some((time) => time > last && time <= at);
    const cut = passed(live.cutAt);
    const timedOut = passed(live.timeoutAt);
    last = at;
    for (const session of sessions) {
      if (cut) {
        session.response.destroy();
        continue;
      }
      if (timedOut) {
        session.response.end(frame("SessionTimeoutException", { message: "The session has timed out." }, "exception"));
        sessions.delete(session);
        continue;
      }
      if (Math.floor((at - session.opened) / 1000) === Math.floor((at - session.opened - tickMs) / 1000)) continue;
      update(session, at);
    }
  }, tickMs);

  /** What became visible since the last update. */
  function update(session: Session, at: number): void {
    const fresh: Stored[] = [];
    for (; session.next < byVisible.length; session.next += 1) {
      const event = byVisible[session.next];
      if (event === undefined || event.visibleAt > at) break;
      if (session.groups.includes(event.group) && patterns.get(session)?.(event.message) !== false) fresh.push(event);
    }
    if (inside(live.silent, at)) return;
    const half = inside(live.sampled, at) ? fresh.filter((_, index) => index % 2 === 0) : fresh;
    const kept = (inside(live.lossy, at) ? half.filter((_, index) => index % 3 !== 0) : half).slice(0, 500);
    session.response.write(
      frame("sessionUpdate", {
        sessionMetadata: { sampled: half.length < fresh.length || kept.length === 500 },
        sessionResults: kept.map((event) => ({
          logStreamName: event.stream,
          logGroupIdentifier: `${account}:${event.group}`,
          timestamp: startedAt + event.at,
          ingestionTime: startedAt + event.visibleAt,
          message: event.message,
        })),
      }),
    );
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    startedAt,
    write(event) {
      const at = event.at ?? now();
      const full = { at, visibleAt: event.visibleAt ?? at, ...event };
      stored.push({ ...full, eventId: idOf(stored.length) });
      // Sessions count in the order of visibility; what they had passed stays passed.
      const added = stored.at(-1);
      if (added === undefined) return;
      byVisible = [...byVisible, added];
      byTime = byTime.toSpliced(lowerBound(byTime, at + 0.5), 0, added);
    },
    sessions: () => sessions.size,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const tickMs = 50;

/** Ids are of 56 digits, as on AWS. */
const idOf = (number: number): string => `3${String(number).padStart(55, "0")}`;

const nameOf = (identifier: string): string =>
  identifier.replace(/^arn:[^:]+:logs:[^:]*:[^:]*:log-group:/, "").replace(/:\*$/, "");

function operationOf(incoming: IncomingMessage): string {
  return String(incoming.headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1) as string;
}

/** Terms of a filter pattern, all of which must be in the message. */
function patternOf(pattern: unknown): (message: string) => boolean {
  if (typeof pattern !== "string" || pattern === "") return () => true;
  const terms = pattern.match(/"[^"]*"|\S+/g) ?? [];
  return (message) => terms.every((term) => message.includes(term.replaceAll('"', "")));
}

function lowerBound(events: readonly Stored[], at: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function identity(account: string): string {
  const fields = `<Arn>arn:aws:iam::${account}:user/x</Arn><UserId>U</UserId><Account>${account}</Account>`;
  const result = `<GetCallerIdentityResult>${fields}</GetCallerIdentityResult>`;
  return `<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`;
}

function json(outgoing: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  outgoing.writeHead(200, { "content-type": "application/x-amz-json-1.1", "content-length": length });
  outgoing.end(text);
}

function refuse(outgoing: ServerResponse, name: string, message: string, status = 400): void {
  outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": name });
  outgoing.end(JSON.stringify({ __type: name, message }));
}

/** One message of the event stream. */
function frame(type: string, body: unknown, kind: "event" | "exception" = "event"): Uint8Array {
  const text = (value: string) => ({ type: "string" as const, value });
  return codec.encode({
    headers: {
      ":message-type": text(kind),
      [kind === "event" ? ":event-type" : ":exception-type"]: text(type),
      ":content-type": text("application/json"),
    },
    body: Buffer.from(JSON.stringify(body), "utf8"),
  });
}
