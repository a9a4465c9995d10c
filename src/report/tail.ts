import { Chalk, type ChalkInstance } from "chalk";
import type { ShownEvent, TailCause, TailEntry, TailLedger, TailTone } from "../core/tail.ts";
import { sizeText } from "../core/bytes.ts";
import { hang, padEnd, wrap } from "./layout.ts";
import { duration } from "./time.ts";
import { visible, visibleJson, visibleLine } from "../core/visible.ts";

export interface TailPage {
  /** Of the terminal; log lines are never broken, this program's own words are. */
  readonly columns: number;
  readonly colour: boolean;
  /** Names of functions and groups that are known from the start; they set the width of their column. */
  readonly sources: readonly string[];
  /** Milliseconds since 1970: events of another day are told under its date. */
  readonly now: number;
}

const widestSource = 28;
/** Columns that a sentence takes at least. */
const narrow = 40;
const dayMs = 86_400_000;
/** As far from 1970 as a date may be (ECMAScript, Time Values). */
const lastMs = 8.64e15;
const marks: Readonly<Record<TailTone, string>> = { error: "✗ ", warning: "! ", plain: "", faint: "" };

/** Renders entries one after another, a line or more each, with a line break at the end of each. */
export function tailRenderer({ columns, colour, sources, now }: TailPage): (entry: TailEntry) => string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  // Colours by which functions are told apart; red and yellow say something else. Blue cannot be read on black, nor what is
  // bright on white.
  const palette: readonly ChalkInstance[] = [
    chalk.cyan,
    chalk.green,
    chalk.magenta,
    chalk.cyan.bold,
    chalk.green.bold,
    chalk.magenta.bold,
  ];
  const tones: Readonly<Record<TailTone, (text: string) => string>> = {
    error: (text) => chalk.red(text),
    warning: (text) => chalk.yellow(text),
    plain: (text) => text,
    faint: (text) => chalk.dim(text),
  };
  let width = Math.min(widestSource, Math.max(4, ...sources.map((name) => visible(name).length)));
  const heads = new Map<string, string>();
  /** By source, for good: the width may change. */
  const colours = new Map<string, ChalkInstance>();
  let day = dayOf(now);
  let dayNumber = Math.floor(now / dayMs);
  let second = -1;
  let clock = "";

  function timeOf(at: number): string {
    const whole = Math.floor(at / 1000);
    if (whole !== second) {
      second = whole;
      clock = `${new Date(whole * 1000).toISOString().slice(11, 19)}.`;
    }
    const rest = at - whole * 1000;
    return clock + (rest < 10 ? "00" : rest < 100 ? "0" : "") + rest;
  }

  function headOf(source: string): string {
    const known = heads.get(source);
    if (known !== undefined) return known;
    const name = visible(source);
    const short = name.length > widestSource ? `${name.slice(0, 13)}…${name.slice(-14)}` : name;
    if (short.length > width) {
      width = short.length;
      heads.clear();
    }
    const own = colours.get(source) ?? palette[colours.size % palette.length] ?? chalk.cyan;
    colours.set(source, own);
    const head = own(padEnd(short, width));
    heads.set(source, head);
    return head;
  }

  const clockOf = (at: number): string => (Math.abs(at) <= lastMs ? timeOf(at) : "??:??:??.???");

  return ({ at, source, tone, lines, lateMs, suffix, notes, again }) => {
    const lastOf = again === undefined || again.last === at ? "" : `, last at ${clockOf(again.last)}`;
    const said = again === undefined ? "" : `${again.times === 1 ? "again" : `${again.times}× again`}${lastOf}: `;
    const time = clockOf(at);
    const head = `${colour ? chalk.dim(time) : time} ${headOf(source)}  `;
    const paint = tones[tone];
    let text = head + paint(marks[tone] + said + shown(lines[0] ?? ""));
    // Most of a log is a line that says nothing but itself.
    if (lines.length <= 1 && suffix === "" && lateMs <= 0 && notes.length === 0) return underDay(at, `${text}\n`);
    const indent = " ".repeat(time.length + width + 3);
    const own = [...(suffix === "" ? [] : [`(${visible(suffix)})`]), ...(lateMs > 0 ? [lateText(lateMs)] : [])].join(
      "  ",
    );
    text += own === "" ? "\n" : `  ${chalk.yellow(own)}\n`;
    for (let more = 1; more < lines.length; more += 1) text += `${indent}${paint(shown(lines[more] ?? ""))}\n`;
    // Beside long names on a narrow terminal there is no room for sentences.
    const under = columns - indent.length - 2 < narrow ? "    " : indent;
    const room = Math.max(narrow, columns - under.length - 2);
    for (const [place, note] of notes.entries()) {
      const first = place === 0 ? "└ " : "  ";
      const style = place === 0 ? chalk.bold : chalk.dim;
      for (const line of hang(under + first, wrap(visible(note), room))) text += `${style(line)}\n`;
    }
    return underDay(at, text);
  };

  function underDay(at: number, text: string): string {
    const number = Math.floor(at / dayMs);
    if (number === dayNumber) return text;
    dayNumber = number;
    const today = dayOf(at);
    if (today === day) return text;
    day = today;
    return `${chalk.dim(`${today} UTC`)}\n${text}`;
  }
}

const plain = /^[\x20-\x7e]*$/;
const shown = (line: string): string => (plain.test(line) ? line : visibleLine(line));

function dayOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
}

/** `late +3.2 s`: so far behind the newest line above it. */
export function lateText(lateMs: number): string {
  return `late +${(lateMs / 1000).toFixed(1)} s`;
}

/** The event as it was logged. To a terminal what would act on it is made visible. Ends with a line break. */
export function rawEvent({ event: { message } }: ShownEvent, toTerminal: boolean): string {
  const text = message.endsWith("\n") ? message.slice(0, -1) : message;
  return `${
    toTerminal
      ? text
          .split(/\r\n?|\n/)
          .map(shown)
          .join("\n")
      : text
  }\n`;
}

export interface EventFacts {
  readonly source: string;
  readonly requestId: string | undefined;
  readonly level: string | undefined;
  readonly kind: string;
  readonly cause: TailCause | undefined;
}

/** One record of `-o ndjson`, with its line break. */
export function eventRecord({ event, by, lateMs }: ShownEvent, facts: EventFacts): string {
  const { source, requestId, level, kind, cause } = facts;
  return record({
    type: "event",
    timestamp: iso(event.timestamp),
    ingestionTime: iso(event.ingestionTime),
    group: event.group,
    stream: event.stream,
    source,
    ...(event.eventId === undefined ? {} : { eventId: event.eventId }),
    by,
    ...(lateMs > 0 ? { lateMs } : {}),
    kind,
    ...(level === undefined ? {} : { level }),
    ...(requestId === undefined ? {} : { requestId }),
    ...cause,
    message: event.message,
  });
}

export function noteRecord(at: number, code: string, message: string, group: string | undefined): string {
  return record({ type: "note", at: iso(at), code, ...(group === undefined ? {} : { group }), message });
}

export function ledgerRecord(ledger: TailLedger): string {
  const { verifiedTo, groups, ...rest } = ledger;
  return record({
    type: "ledger",
    ...rest,
    ...(verifiedTo === undefined ? {} : { verifiedTo: iso(verifiedTo) }),
    groups: groups.map(({ verifiedTo: to, lastEvent, ...group }) => ({
      ...group,
      ...(to === undefined ? {} : { verifiedTo: iso(to) }),
      ...(lastEvent === undefined ? {} : { lastEvent: iso(lastEvent) }),
    })),
  });
}

/** One line of JSON of any type. */
export function record(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value);
  return `${plain.test(text) ? text : visibleJson(text)}\n`;
}

function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

/** The ledger in one line: what was shown, and up to when it is known to be all. */
export function ledgerText(ledger: TailLedger): string {
  const {
    printed,
    repeats,
    service,
    filtered,
    givenUp,
    recovered,
    late,
    verifiedTo,
    unverifiedMs,
    throttledMs,
    calls,
  } = ledger;
  const { insights } = ledger;
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const verified =
    verifiedTo === undefined
      ? "nothing verified"
      : `verified up to ${iso(verifiedTo).slice(11, 19)} UTC${
          unverifiedMs === undefined || unverifiedMs < 1000 ? "" : ` (the last ${duration(unverifiedMs)} are not)`
        }`;
  return [
    `printed ${count(printed)}`,
    ...(repeats > 0 ? [`told as repeats ${count(repeats)}`] : []),
    ...(service > 0 ? [`left out ${count(service)} of START, END and their like`] : []),
    ...(filtered > 0 ? [`filtered out ${count(filtered)}`] : []),
    ...(givenUp > 0 ? [`asked for but not kept ${count(givenUp)}`] : []),
    `recovered by sweep ${count(recovered)}`,
    `late ${count(late)}`,
    verified,
    `throttled ${(throttledMs / 1000).toFixed(throttledMs > 0 && throttledMs < 10_000 ? 1 : 0)} s`,
    ...(insights === undefined
      ? []
      : [
          `Insights went through ${sizeText(insights.bytesScanned)} in ${count(insights.queries)} ${insights.queries === 1 ? "query" : "queries"}`,
        ]),
    `${count(total)} ${total === 1 ? "call" : "calls"}`,
  ].join(" · ");
}

const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
