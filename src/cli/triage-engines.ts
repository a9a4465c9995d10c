// The two ways of reading log groups in CloudWatch for a triage: fetching what may be an error, or having Insights search.
import type { UnreadLog } from "../core/triage.ts";
import { eventKey } from "../logs/scan-event.ts";
import type { Tally } from "../logs/scan-tally.ts";
import type { GroupReading, LogReader } from "../source/log-reader.ts";
import { noGroup } from "./wrong-target.ts";
import { gap, ownerOf, requireAnswer, shortName, type Group } from "./log-targets.ts";
import type { TriageEngine } from "./triage-formats.ts";

/** A part of the time that is read by itself is at least this long, in milliseconds: each takes a call, even an empty one. */
const shortestPart = 900_000;
/** Parts that are read side by side, over all groups. */
const mostParts = 8;
/** US dollars for each GB that Insights goes through, in most regions (CloudWatch's price list, 2026). */
const insightsPrice = 0.005;
const gigabyte = 1e9;

export interface ReadGroups {
  readonly groups: readonly Group[];
  /** Milliseconds since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Undefined where none was asked for: then groups are scanned, and those that cannot be are searched by Insights. */
  readonly engine: TriageEngine | undefined;
  readonly tally: Tally;
  /** Says something on stderr. */
  readonly say: (line: string) => void;
}

export interface WhatWasRead {
  /** Of the messages that CloudWatch returned. */
  readonly bytes: number;
  readonly unread: readonly UnreadLog[];
  readonly notes: readonly string[];
}

/** Counts the failures of log groups into a tally. */
export async function readGroups(reader: LogReader, asked: ReadGroups): Promise<WhatWasRead> {
  const { groups, from, to, engine, tally, say } = asked;
  const unread: UnreadLog[] = [];
  const notes: string[] = [];
  const encoder = new TextEncoder();
  let bytes = 0;

  function add(own: Group, part: string, stream: string, timestamp: number | undefined, message: string): void {
    const owner = ownerOf(stream);
    if (owner !== undefined && own.functions !== undefined && !own.functions.has(owner)) return;
    const [only] = own.functions?.values() ?? [];
    const source = owner === undefined ? (only ?? shortName(own.group)) : (own.functions?.get(owner) ?? owner);
    const text = encoder.encode(message);
    bytes += text.length;
    const place = { timestamp, source, stream: `${part} ${own.group} ${stream}` };
    tally.add(eventKey(text, 0, text.length), place, () => message);
  }

  async function ended({ group, functions }: Group, reply: GroupReading): Promise<void> {
    requireAnswer(reply);
    if (reply.status !== "ok") unread.push({ what: group, ...gap(reply) });
    else if (reply.body.exists) return;
    else if (functions === undefined) throw await noGroup(reader, group);
    else
      notes.push(`${[...functions.values()].join(", ")} has no log group ${group} yet: nothing was ever logged there.`);
  }

  /** Resolves to the groups that a scan cannot read. */
  async function scan(): Promise<readonly Group[]> {
    const parts = Math.max(
      1,
      Math.min(Math.floor(mostParts / Math.max(1, groups.length)), Math.floor((to - from) / shortestPart)),
    );
    const left = await Promise.all(
      groups.map(async (own) => {
        const reply = await reader.read({ group: own.group, from, to, parts }, (event, part) =>
          add(own, String(part), event.logStreamName ?? "", event.timestamp, event.message ?? ""),
        );
        if (reply.status === "ok" && reply.body.onlyInsights === true) return [own];
        await ended(own, reply);
        return [];
      }),
    );
    return left.flat();
  }

  async function insights(wanted: readonly Group[]): Promise<void> {
    const byName = new Map(wanted.map((own) => [own.group, own] as const));
    say(
      `CloudWatch Logs Insights searches ${byName.size === 1 ? "one log group" : `${byName.size} log groups`}; it charges about $${insightsPrice} for each GB that it goes through`,
    );
    const result = await reader.insights({ groups: [...byName.keys()], from, to }, (event, query) => {
      const own = event.group === undefined ? undefined : byName.get(event.group);
      add(own ?? { group: "", functions: undefined }, `query ${query}`, event.stream, event.timestamp, event.message);
    });
    const dollars = (result.bytesScanned / gigabyte) * insightsPrice;
    say(
      `Insights went through ${sizeOf(result.bytesScanned)} in ${result.queries === 1 ? "one query" : `${result.queries} queries`}, which costs about $${dollars < 0.01 ? dollars.toPrecision(1) : dollars.toFixed(2)}`,
    );
    if (result.crowded.length > 0) {
      const [first = 0] = result.crowded;
      notes.push(
        `More was logged in ${result.crowded.length === 1 ? "one second" : `${result.crowded.length} seconds`} (${new Date(first * 1000).toISOString()}) than one query returns: the counts there are too low.`,
      );
    }
    for (const { group, reply } of result.readings) {
      const own = byName.get(group);
      if (own !== undefined) await ended(own, reply);
    }
  }

  if (engine === "insights") await insights(groups);
  else {
    const left = await scan();
    if (left.length > 0 && engine === undefined) {
      const names = left.map(({ group }) => group).join(", ");
      say(`${names}: only Insights can read log groups of the class INFREQUENT_ACCESS`);
      await insights(left);
    } else {
      for (const { group } of left) {
        const message = "Its class is INFREQUENT_ACCESS, which only --engine insights can read.";
        unread.push({ what: group, message });
      }
    }
  }
  return { bytes, unread, notes };
}

function sizeOf(bytes: number): string {
  if (bytes >= gigabyte) return `${(bytes / gigabyte).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
