// What is printed for events in text: service lines shortened, tracebacks kept together, causes named, repeats counted.
import type { ShownEvent, TailEntry } from "../../core/tail.ts";
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { classify, type Candidate } from "../classify.ts";
import { tellingOf } from "../telling.ts";
import { lineOf, type Line } from "./line.ts";
import { createRepeats } from "./repeats.ts";

export interface PresentOptions {
  /** Shows START, END and other lines of the service as well. */
  readonly verbose: boolean;
  /** Tells how often the same was said in place of saying it again. */
  readonly collapse: boolean;
  /** What a cause is called and how it is mended, each one sentence. */
  readonly explain: (cause: CauseId) => { readonly title: string; readonly mending: string };
}

export interface Presenter {
  /**
   * @param fails whether it may tell of a failure: see `mayFail`
   * @param source the function's or the group's name
   */
  add(shown: ShownEvent, fails: boolean, source: string, now: number): void;
  /** Whether a cause may have to be explained when something is taken. */
  mayExplain(): boolean;
  /** What is ready to be printed by now. */
  take(now: number): readonly TailEntry[];
  /** The rest. */
  finish(): readonly TailEntry[];
  /** Events so far that are not shown by themselves. */
  readonly unshown: { readonly repeats: number; readonly service: number };
}

/** A failure whose lines may not all be there: tracebacks that are printed line by line are events of their own. */
interface Block {
  readonly source: string;
  readonly stream: string;
  readonly shown: ShownEvent;
  readonly since: number;
  readonly line: Line;
  readonly more: string[];
  /** How many events it is made of, and when the last of them was logged. */
  events: number;
  last: number;
  open: boolean;
}

/** How long the rest of a failure is waited for, in milliseconds, and how many lines it may have. */
const openMs = 400;
/** Between two lines of one failure, at most, in milliseconds: they are written one after another. */
const apartMs = 1_000;
const mostLines = 200;
const goesOn =
  /^(?:[ \t\u00a0]+\S|Traceback \(most recent|During handling of|The above exception|Caused by|\.\.\. \d+ more|$)/;
const inTraceback = /Traceback \(most recent call last\):/;
const bareHead = /^Traceback \(most recent call last\):\s*$/;
const exceptionLine = /^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:: |$)/;

export function createPresenter({ verbose, collapse, explain }: PresentOptions): Presenter {
  const repeats = createRepeats();
  let newest = Number.NEGATIVE_INFINITY;
  const unshown = { repeats: 0, service: 0 };
  /** How often each cause was met. */
  const met = new Map<string, number>();
  let out: (TailEntry | Block)[] = [];
  /** Blocks among them. */
  let blocks = 0;
  const open = new Map<string, Block>();

  /** The entry, where it is to be shown by itself. */
  function once(
    entry: TailEntry,
    what: { readonly text: string; readonly failure: boolean },
    events: number,
  ): TailEntry | undefined {
    const kept = collapse ? repeats.pass(entry, what) : entry;
    if (kept === undefined) unshown.repeats += events;
    return kept;
  }

  function close(block: Block): void {
    block.open = false;
    open.delete(block.stream);
  }

  function entryOf(block: Block): TailEntry | undefined {
    const { shown, source, line, more } = block;
    const lines = withoutBareHead([...line.lines, ...more]);
    const entry: TailEntry = {
      at: shown.event.timestamp,
      source,
      tone: line.tone,
      lines,
      lateMs: shown.lateMs,
      suffix: "",
      notes: [],
    };
    if (line.service) return entry;
    const text = more.length === 0 ? shown.event.message : `${shown.event.message}\n${more.join("\n")}`;
    const [best] = classify(text).candidates;
    const failure = best !== undefined || line.tone === "error";
    const told = best === undefined ? entry : withCause(entry, best);
    return once(told, { text: lines.join("\n"), failure }, block.events);
  }

  function withCause(entry: TailEntry, { cause, captures }: Candidate): TailEntry {
    const tone = entry.tone === "plain" || entry.tone === "faint" ? "error" : entry.tone;
    if (cause === "other") return { ...entry, tone };
    const name = tellingOf(captures);
    const about = name === undefined ? cause : `${cause}: ${name}`;
    const times = (met.get(about) ?? 0) + 1;
    met.set(about, times);
    if (times > 1) return { ...entry, tone, suffix: `${about}, ${times}×` };
    const { title, mending } = explain(cause);
    return {
      ...entry,
      tone,
      notes: [`${about}. ${title}.`, `mend: ${mending}`, `more: cscp explain ${cause}`],
    };
  }

  return {
    add(shown, fails, source, now) {
      const { event } = shown;
      newest = Math.max(newest, event.timestamp);
      const before = open.size === 0 ? undefined : open.get(placeOf(event));
      if (before !== undefined) {
        if (Math.abs(event.timestamp - before.last) <= apartMs && continues(before, event.message)) {
          before.events += 1;
          before.last = event.timestamp;
          before.more.push(...event.message.trimEnd().split(/\r\n?|\n/));
          if (before.more.length > mostLines) close(before);
          return;
        }
        close(before);
      }
      const line = lineOf(event.message, fails, verbose);
      if (line === undefined) {
        unshown.service += 1;
        return;
      }
      if (!fails) {
        const { timestamp: at } = event;
        const entry = { at, source, tone: line.tone, lines: line.lines, lateMs: shown.lateMs, suffix: "", notes: none };
        const kept = line.service ? entry : once(entry, { text: event.message, failure: false }, 1);
        if (kept !== undefined) out.push(kept);
        return;
      }
      const stream = placeOf(event);
      const block: Block = {
        source,
        stream,
        shown,
        since: now,
        line,
        more: [],
        events: 1,
        last: event.timestamp,
        open: true,
      };
      open.set(stream, block);
      out.push(block);
      blocks += 1;
    },
    mayExplain: () => blocks > 0,
    take(now) {
      const ready: TailEntry[] = [];
      let taken = 0;
      for (const one of out) {
        if ("open" in one) {
          if (one.open && now - one.since < openMs) break;
          close(one);
          blocks -= 1;
          const entry = entryOf(one);
          if (entry !== undefined) ready.push(entry);
        } else ready.push(one);
        taken += 1;
      }
      out = taken === out.length ? [] : out.slice(taken);
      ready.push(...repeats.due(now, newest));
      return ready;
    },
    finish() {
      return [...this.take(Number.POSITIVE_INFINITY)];
    },
    unshown,
  };
}

const none: readonly string[] = [];

/** Python's runtime puts the head of a traceback behind an error of the import, and nothing behind that. */
const withoutBareHead = (lines: readonly string[]): readonly string[] =>
  lines.length > 1 && bareHead.test(lines.at(-1) ?? "") ? lines.slice(0, -1) : lines;

const placeOf = ({ group, stream }: ShownEvent["event"]): string => `${group}\n${stream}`;

function continues({ shown, more }: Block, message: string): boolean {
  if (goesOn.test(message)) return true;
  const last =
    more.at(-1) ??
    shown.event.message
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1) ??
    "";
  const traceback = inTraceback.test(shown.event.message) || more.some((line) => inTraceback.test(line));
  return traceback && /^\s/.test(last) && exceptionLine.test(message);
}
