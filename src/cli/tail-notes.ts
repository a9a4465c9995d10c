// What a tail says on standard error.
import { quotaOf } from "../source/pacer.ts";
import { pollingMs, roundMs } from "../source/tail/sweeps.ts";
import { groupsPerSession, mostSessions } from "../logs/tail/shards.ts";
import type { CutRequest } from "../logs/tail/requests.ts";
import { visible } from "../core/visible.ts";
import type { Surroundings } from "./surroundings.ts";
import { hang, wrap } from "../report/layout.ts";

/** What is followed, and how. */
export interface TailStart {
  readonly region: string;
  /** Empty where none is. */
  readonly stack: string;
  readonly groups: readonly { readonly group: string; readonly functions: readonly string[] }[];
  readonly from: number;
  readonly to: number | undefined;
  readonly follow: boolean;
  readonly poll: boolean;
}

/** The width of the terminal that notes go to, whatever standard output is; undefined where they go to none. */
export function noteColumns({
  stderrIsTerminal,
  stderrColumns,
}: Pick<Surroundings, "stderrIsTerminal" | "stderrColumns">): number | undefined {
  return stderrIsTerminal ? stderrColumns : undefined;
}

/** One note, on a line of its own; on a terminal it is broken between words, `columns` wide. */
export function renderNotes(message: string, columns?: number): string {
  const text = visible(message);
  if (columns === undefined) return `cscp: ${text}\n`;
  return `${hang("cscp: ", wrap(text, Math.max(40, columns - 6))).join("\n")}\n`;
}

/** The line at the start: what is followed from when on, how, and what that costs. */
export function startText({ region, stack, groups, from, to, follow, poll }: TailStart): string {
  const functions = groups.flatMap((group) => group.functions).length;
  const [only] = groups;
  const what =
    functions === 0
      ? groups.length === 1
        ? (only?.group ?? "")
        : `${groups.length} log groups`
      : `${functions} ${functions === 1 ? "function" : "functions"}${stack === "" ? "" : ` of ${stack}`}${
          groups.length === functions ? "" : ` in ${groups.length} log ${groups.length === 1 ? "group" : "groups"}`
        }`;
  const span = `${timeText(from)}${to === undefined ? " on" : ` to ${timeText(to)}`} UTC`;
  if (!follow) return `${what} in ${region}, from ${span}`;
  const { perSecond } = quotaOf("logs.tail", region);
  const round = Math.round((poll ? pollingMs : roundMs)(groups.length, region) / 1000);
  const calls = `at most ${perSecond} calls a second`;
  if (poll)
    return `following ${what} in ${region}, from ${span}, by polling: a sweep over ${groups.length === 1 ? "it" : "all"} takes about ${round} s (${calls})`;
  const sessions = Math.min(mostSessions, Math.ceil(groups.length / groupsPerSession));
  return (
    `following ${what} in ${region}, from ${span}: Live Tail in ${sessions} of the account's 15 sessions, about ` +
    `$${(0.01 * sessions).toFixed(2)} a minute beyond 1,800 free minutes a month (--poll avoids it); behind it sweeps, ` +
    `${calls}, about ${round} s for all`
  );
}

/** `of request X `, empty where all are meant. */
export function ofRequests(ids: readonly string[]): string {
  return ids.length === 0 ? "" : `of ${ids.length === 1 ? "request" : "requests"} ${ids.join(", ")} `;
}

/** Nothing was there of the requests that were asked for. */
export function unseenText(ids: readonly string[], from: number): string {
  return `no event since ${timeText(from)} UTC is of or names ${ids.join(" or ")}; --since looks further back. Lambda's id of a request stands in its START line; API Gateway's x-amzn-requestid is another, which only a function's own line may name`;
}

/** Not all of a request could be kept until a line of it named what was asked for. */
export function cutText({ request, lines }: CutRequest): string {
  const whose = request === undefined ? "a request that was asked for" : `request ${request}`;
  return `the first ${lines} ${lines === 1 ? "line" : "lines"} of ${whose} are not shown: so much was logged before the line that names it that they could not be kept${request === undefined ? "" : `. --request ${request} shows all`}`;
}

function timeText(at: number): string {
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  return day === new Date().toISOString().slice(0, 10) ? time.slice(0, 8) : `${day} ${time.slice(0, 8)}`;
}
