// Logs Insights as far as a tail meets it: queries over events that are there when they are started, and their results.

/** What goes wrong with queries. */
export interface FakeInsights {
  /** Times a query is said to be still running. */
  readonly polls?: number;
  /** Queries over more than so many seconds end as timed out. */
  readonly longestSeconds?: number;
  /** The first so many queries are refused, since too many are under way. */
  readonly refusedFirst?: number;
  /** The first so many queries end as failed. */
  readonly failedFirst?: number;
}

export interface InsightsRow {
  readonly stream: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

type Body = Readonly<Record<string, unknown>>;
export type InsightsAnswer =
  | { readonly body: Body }
  | { readonly refusal: { readonly name: string; readonly message: string } };

const pageRows = 10_000;

/** @param rowsOf what a group holds at present, oldest first; undefined for one that is not there */
export function fakeInsights(
  rowsOf: (group: string) => readonly InsightsRow[] | undefined,
  options: FakeInsights = {},
): (operation: string, body: Body) => InsightsAnswer | undefined {
  const queries: { readonly rows: readonly InsightsRow[]; readonly seconds: number; polls: number }[] = [];
  let started = 0;

  function start(body: Body): InsightsAnswer {
    started += 1;
    if (started <= (options.refusedFirst ?? 0))
      return { refusal: { name: "LimitExceededException", message: "Too many queries." } };
    const [group = ""] = (body["logGroupNames"] ?? body["logGroupIdentifiers"] ?? []) as readonly string[];
    const held = rowsOf(group);
    if (held === undefined)
      return { refusal: { name: "ResourceNotFoundException", message: `${group} is not there.` } };
    const [from, to] = [Number(body["startTime"]), Number(body["endTime"])];
    const filters = [...String(body["queryString"]).matchAll(/^\| filter @message like \/(.*)\/$/gm)];
    const rows = held
      .filter(({ timestamp }) => timestamp >= from * 1000 && timestamp <= to * 1000)
      .filter(({ message }) => filters.every(([, expression = ""]) => new RegExp(expression).test(message)))
      .slice(0, Number(body["limit"]));
    queries.push({ rows, seconds: to - from, polls: 0 });
    return { body: { queryId: String(queries.length - 1) } };
  }

  function results(body: Body): InsightsAnswer {
    const number = Number(body["queryId"]);
    const query = queries[number];
    if (query === undefined) return { refusal: { name: "ResourceNotFoundException", message: "no such query" } };
    query.polls += 1;
    if (query.polls <= (options.polls ?? 0)) return { body: { status: "Running", results: [] } };
    if (number < (options.failedFirst ?? 0)) return { body: { status: "Failed", results: [] } };
    const statistics = { bytesScanned: query.rows.reduce((sum, { message }) => sum + message.length, 0) };
    if (query.seconds > (options.longestSeconds ?? Number.POSITIVE_INFINITY))
      return { body: { status: "Timeout", results: [], statistics } };
    const from = Number(body["nextToken"] ?? 0);
    const more = from + pageRows < query.rows.length ? { nextToken: String(from + pageRows) } : {};
    return {
      body: { status: "Complete", results: query.rows.slice(from, from + pageRows).map(fieldsOf), statistics, ...more },
    };
  }

  return (operation, body) => {
    switch (operation) {
      case "StartQuery":
        return start(body);
      case "GetQueryResults":
        return results(body);
      case "StopQuery":
        return { body: { success: true } };
      default:
        return undefined;
    }
  };
}

const timeText = (at: number): string => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** A row; no field tells the same event in two queries. */
const fieldsOf = ({ stream, timestamp, ingestionTime, message }: InsightsRow) => [
  { field: "@timestamp", value: timeText(timestamp) },
  { field: "@ingestionTime", value: timeText(ingestionTime) },
  { field: "@message", value: message },
  { field: "@logStream", value: stream },
];
