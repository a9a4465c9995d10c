// What following a log is told in: events, the things that are printed for them, and the ledger at the end.
import type { CauseId } from "./cause-ids.gen.ts";

/** One event of a log group as FilterLogEvents or Live Tail gives it. Times are milliseconds since 1970. */
export interface TailEvent {
  /** The group as it is called in this run: its name, or its ARN where that was given. */
  readonly group: string;
  readonly stream: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  /** Live Tail gives none. */
  readonly eventId: string | undefined;
}

/** What brought an event first: Live Tail, a sweep behind it, or a query of Logs Insights. */
export type TailSource = "live" | "sweep" | "insights";

/** An event in the order in which it is shown. */
export interface ShownEvent {
  readonly event: TailEvent;
  readonly by: TailSource;
  /**
   * How far behind the newest event that was shown before it this one stands, in milliseconds; 0 where it is in order, or
   * by less than events are held for their order.
   */
  readonly lateMs: number;
}

export type TailTone = "error" | "warning" | "plain" | "faint";

/** One thing to print in text: a line, or several that belong together. The texts are as they were logged, not yet made visible. */
export interface TailEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The function, or the group where that is not known. */
  readonly source: string;
  readonly tone: TailTone;
  /** The first stands beside the source, the others below it. */
  readonly lines: readonly string[];
  readonly lateMs: number;
  /** This program's own words: behind the first line, and below the last; the latter are the cause and the remedy. */
  readonly suffix: string;
  readonly notes: readonly string[];
  /** Where this stands for what was said again, and is not shown each time: how often, and when last. */
  readonly again?: { readonly times: number; readonly last: number };
}

/** What became of a run: how much was shown, and how far that is known to be everything. */
export interface TailLedger {
  /** Events that passed the filters and are shown; in text some of them share a line. */
  readonly printed: number;
  /** Events that passed as well and that text tells only the number of: the same said again. */
  readonly repeats: number;
  /** Events that passed as well and that text leaves out without `-v`: START, END and their like. */
  readonly service: number;
  /** Events that no filter let through. */
  readonly filtered: number;
  /** Events of requests that were asked for by what only a later line names, and that could not be kept until then. */
  readonly givenUp: number;
  /** Events that Live Tail was to bring and only a sweep did. */
  readonly recovered: number;
  readonly late: number;
  /** Up to this time every group was read again after what is known of its lateness; undefined where one was never. */
  readonly verifiedTo: number | undefined;
  /** From there to the end of the run, in milliseconds: what came late in that time may be missing. */
  readonly unverifiedMs: number | undefined;
  readonly throttledMs: number;
  readonly calls: Readonly<Record<string, number>>;
  /** What Logs Insights was asked, and the bytes that it went through for it and charges for; undefined where nothing was. */
  readonly insights: { readonly queries: number; readonly bytesScanned: number } | undefined;
  readonly groups: readonly TailGroupLedger[];
}

export interface TailGroupLedger {
  readonly group: string;
  readonly state: TailGroupState;
  /** Events of it that passed the filters. */
  readonly printed: number;
  readonly verifiedTo: number | undefined;
  /** The newest event that was seen. */
  readonly lastEvent: number | undefined;
}

/** `waiting`: the group does not exist yet. `denied`, `refused`: its events cannot be read. */
export type TailGroupState = "new" | "followed" | "waiting" | "denied" | "refused";

/** What the classifier says of an event, as far as a record of it goes. */
export interface TailCause {
  readonly cause: CauseId;
  /** What the failure names: a module, a table. */
  readonly about?: string;
}
