import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Reply } from "../core/reply.ts";
import { systemClock } from "./clock.ts";
import { kindOf } from "./errors.ts";
import type { InsightsResult, InsightsSearch, TakeRow } from "./insights.ts";
import { answerLambdaFunction } from "./live/lambda.ts";
import { openContext, runEnd } from "./live/open.ts";
import { filterPatternAt } from "./live/logs.ts";
import { answerStackResources } from "./live/stack-resources.ts";
import { readLogGroupNames } from "./live/log-group-names.ts";
import { answerStackDescription, answerStackNames } from "./live/stack.ts";
import { createVault, hideCallersKey, type Vault } from "./vault.ts";

export interface LogReaderOptions {
  readonly region: string;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface LogSearch {
  /** Name or ARN. */
  readonly group: string;
  /** Milliseconds since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Into how many parts of equal length the time is cut; they are read side by side. */
  readonly parts: number;
}

/** An event, and which part of the search it is of: within one part and stream events come in order. */
export type TakeEvent = (event: FilteredLogEvent, part: number) => void;

/**
 * How the reading of a group ended; with `denied` or `failed` some of it may have been read. `onlyInsights`: its class is
 * INFREQUENT_ACCESS, whose events no other call returns.
 */
export type GroupReading = Reply<{ readonly exists: boolean; readonly onlyInsights?: true }>;

/** Reads log groups in CloudWatch, and what tells which of them belong to a stack or function. */
export interface LogReader {
  /** Holds the secrets of the functions that were asked for. */
  readonly vault: Vault;
  stack: ReturnType<typeof answerStackDescription>;
  resources: ReturnType<typeof answerStackResources>;
  lambdaFunction: ReturnType<typeof answerLambdaFunction>;
  stackNames: ReturnType<typeof answerStackNames>;
  logGroupNames: ReturnType<typeof readLogGroupNames>;
  /** Hands every event that may be an error to `take`; nothing is kept. */
  read(search: LogSearch, take: TakeEvent): Promise<GroupReading>;
  /** Has CloudWatch Logs Insights search the groups, which is charged by what it goes through. */
  insights(search: InsightsSearch, take: TakeRow): Promise<InsightsResult>;
  close(): void;
}

const action = "logs:FilterLogEvents";
/** Pages under way at once; the pacer holds them to the region's quota. */
const mostAtOnce = 8;

/** A reader of logs; nothing is loaded or asked before its first call. What goes wrong is a reply. */
export function createLogReader(options: LogReaderOptions): LogReader {
  const { env, timeoutMs } = options;
  const end = runEnd(timeoutMs, options.signal);
  const vault = createVault();
  hideCallersKey(vault, env);
  const context = openContext({ ...options, clock: systemClock, vault, signal: end.signal });
  const { aws } = context;
  const turns = turnsOf(mostAtOnce);

  async function readPart(search: LogSearch, part: number, take: TakeEvent): Promise<void> {
    const { sdk, client } = await aws.logs();
    const { group, parts } = search;
    const length = (search.to - search.from + 1) / parts;
    const from = Math.floor(search.from + part * length);
    const to = Math.floor(search.from + (part + 1) * length) - 1;
    let nextToken: string | undefined;
    for (;;) {
      const token = nextToken;
      const page = await turns(() =>
        aws.send(action, "logs.filter", (how) =>
          client.send(
            new sdk.FilterLogEventsCommand({
              ...(group.startsWith("arn:") ? { logGroupIdentifier: group } : { logGroupName: group }),
              startTime: from,
              endTime: to,
              filterPattern: filterPatternAt(aws.endpoint("CLOUDWATCH_LOGS")),
              nextToken: token,
            }),
            how,
          ),
        ),
      );
      for (const event of page.events ?? []) take(event, part);
      // A page may be empty and still not the last; a token that comes back again leads nowhere.
      if (page.nextToken === undefined || page.nextToken === token) return;
      nextToken = page.nextToken;
    }
  }

  /** Asked only where the reading was refused: the refusal's wording is not documented, the class is. */
  async function isInfrequentAccess(group: string): Promise<boolean> {
    const { sdk, client } = await aws.logs();
    const name = group.startsWith("arn:") ? group.split(":").slice(6).join(":") : group;
    try {
      const found = await aws.send("logs:DescribeLogGroups", "logs.groups", (how) =>
        client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: name }), how),
      );
      const own = found.logGroups?.find(({ logGroupName }) => logGroupName === name);
      return own?.logGroupClass === "INFREQUENT_ACCESS";
    } catch {
      // The first refusal is then what is told.
      return false;
    }
  }

  return {
    vault,
    stack: answerStackDescription(context),
    resources: answerStackResources(context),
    lambdaFunction: answerLambdaFunction(context),
    stackNames: answerStackNames(context),
    logGroupNames: readLogGroupNames(context),
    async read(search, take) {
      const parts = Array.from({ length: search.parts }, (_, part) => readPart(search, part, take));
      const failures = (await Promise.allSettled(parts)).flatMap((part) =>
        part.status === "rejected" ? [part.reason as unknown] : [],
      );
      const [failure] = failures;
      if (failures.length === 0) return { status: "ok", body: { exists: true } };
      if (kindOf(failure) === "missing") return { status: "ok", body: { exists: false } };
      if (kindOf(failure) === "other" && (await isInfrequentAccess(search.group)))
        return { status: "ok", body: { exists: true, onlyInsights: true } };
      return aws.reply(failure, action, "CLOUDWATCH_LOGS");
    },
    insights: async (search, take) => (await import("./insights.ts")).searchInsights(aws, systemClock, search, take),
    close() {
      end.over();
      aws.close();
    },
  };
}

/** Lets so many pieces of work run at once; the others wait for their turn, in order. */
function turnsOf(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => void waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
