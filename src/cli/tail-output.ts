// From events in order to what stands on standard output.
import type { Cause } from "../core/cause.ts";
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { ShownEvent, TailCause, TailEntry, TailLedger } from "../core/tail.ts";
import { classify, type Candidate } from "../logs/classify.ts";
import { parseEvent } from "../logs/event.ts";
import { mayFail } from "../logs/may-fail.ts";
import { createPresenter, type Presenter } from "../logs/tail/present.ts";
import { createRequestBlocks } from "../logs/tail/request-blocks.ts";
import type { CutRequest } from "../logs/tail/requests.ts";
import { createSelect, type Selection } from "../logs/tail/select.ts";
import { tellingOf } from "../logs/telling.ts";
import { eventRecord, rawEvent, tailRenderer, type TailPage } from "../report/tail.ts";
import { createKeyLines } from "../source/key-lines.ts";
import { lineSigns, signsOf } from "../source/tail/line-signs.ts";
import type { TailFormat } from "./tail-formats.ts";

export interface TailOutputOptions extends TailPage, Selection {
  readonly format: TailFormat;
  readonly verbose: boolean;
  readonly byRequest: boolean;
  readonly toTerminal: boolean;
  readonly sourceOf: (group: string, stream: string) => string | undefined;
  /** See `Vault`. */
  readonly scrub: (text: string, hasSign?: boolean) => string;
}

export interface TailOutput {
  /** The text for these events and for what has become due by now. */
  render(events: readonly ShownEvent[], now: number): Promise<string>;
  /** What was kept back until the end. */
  finish(now: number): string;
  readonly counts: Readonly<Pick<TailLedger, "printed" | "repeats" | "service" | "filtered" | "givenUp" | "late">>;
  /** Requests that are not shown whole. */
  readonly cut: readonly CutRequest[];
  printedOf(group: string): number;
}

/** Writes one format; `unshown` where not every event is shown by itself. */
interface Writer extends Pick<TailOutput, "finish">, Partial<Pick<Presenter, "unshown">> {
  /** Takes events, and of each whether it may tell of a failure; the text that is ready at once. */
  readonly add: (events: readonly ShownEvent[], mayFail: (place: number) => boolean, now: number) => string;
  /** Takes note of an event that is left out. */
  readonly pass?: (shown: ShownEvent, now: number) => void;
  /** Where some is kept back: whether causes are needed for it, and the text that is due by now. */
  readonly mayExplain?: () => boolean;
  readonly due?: (now: number) => string;
}

const nothing: Presenter["unshown"] = { repeats: 0, service: 0 };

export function createTailOutput(options: TailOutputOptions): TailOutput {
  const { format, sourceOf, scrub } = options;
  const select = createSelect(options);
  const counts = { printed: 0, filtered: 0, late: 0 };
  const byGroup = new Map<string, number>();
  const keys = createKeyLines();
  const write = writerOf(options);

  /** Hands on the events that are shown; the text that is ready at once. */
  function take(events: readonly ShownEvent[], now: number): string {
    const kept: ShownEvent[] = [];
    let ready = "";
    for (const read of events) {
      if (sourceOf(read.event.group, read.event.stream) === undefined) continue;
      const shown = withoutKey(read);
      const selected = select(shown);
      counts.filtered += 1 - selected.length;
      for (const one of selected) kept.push(one);
      if (write.pass === undefined || selected.includes(shown)) continue;
      // In its turn: what stands behind it may belong to the request that it opens.
      ready += show(kept.splice(0), now);
      write.pass(shown, now);
    }
    return ready + show(kept, now);
  }

  /** A key's lines are told by the line that begins it, shown or not. */
  function withoutKey(shown: ShownEvent): ShownEvent {
    const { group, stream, message } = shown.event;
    if (!keys.mayHide(message)) return shown;
    return { ...shown, event: { ...shown.event, message: keys.hide(`${group}\n${stream}`, message) } };
  }

  /** Writes events, without secrets. */
  function show(events: ShownEvent[], now: number): string {
    if (events.length === 0) return "";
    const signs = signsOf(events.map(({ event }) => event.message));
    for (const [place, one] of events.entries()) {
      const { group, message } = one.event;
      counts.printed += 1;
      if (one.lateMs > 0) counts.late += 1;
      byGroup.set(group, (byGroup.get(group) ?? 0) + 1);
      const clean = scrub(message, ((signs[place] ?? 0) & lineSigns.secret) !== 0);
      if (clean !== message) events[place] = { ...one, event: { ...one.event, message: clean } };
    }
    return write.add(events, (place) => ((signs[place] ?? 0) & lineSigns.mayFail) !== 0, now);
  }

  return {
    async render(events, now) {
      const ready = take(events, now);
      if (causes === undefined && write.mayExplain?.() === true)
        ({ causes } = await import("../causes/registry.gen.ts"));
      return ready + (write.due?.(now) ?? "");
    },
    finish: write.finish,
    get counts() {
      // A request's first lines may be counted as left out before it is known to be the one asked for.
      const { repeats, service } = write.unshown ?? nothing;
      const givenUp = select.cut.reduce((sum, { lines }) => sum + lines, 0);
      return {
        ...counts,
        printed: counts.printed - repeats - service,
        repeats,
        service,
        filtered: Math.max(0, counts.filtered - givenUp),
        givenUp,
      };
    },
    cut: select.cut,
    printedOf: (group) => byGroup.get(group) ?? 0,
  };

  function writerOf({ toTerminal }: TailOutputOptions): Writer {
    switch (format) {
      case "raw":
        return { add: (events) => events.map((shown) => rawEvent(shown, toTerminal)).join(""), finish: () => "" };
      case "ndjson":
        return {
          add: (events, fails) => events.map((shown, place) => recordOf(shown, fails(place))).join(""),
          finish: () => "",
        };
      case "text":
        return options.byRequest ? blockWriter(options) : textWriter(options);
    }
  }

  function recordOf(shown: ShownEvent, fails: boolean): string {
    const { group, stream, message } = shown.event;
    const { kind, requestId, level } = parseEvent(message);
    const [best] = fails ? classify(message).candidates : [];
    return eventRecord(shown, {
      source: sourceOf(group, stream) ?? group,
      kind,
      requestId,
      level,
      cause: best === undefined ? undefined : causeOf(best),
    });
  }
}

/** The cause, and the module, table or the like that the failure names. */
function causeOf({ cause, captures }: Candidate): TailCause {
  const about = tellingOf(captures);
  return about === undefined ? { cause } : { cause, about };
}

/** Loaded with the first event that may tell of a failure: most tails of a healthy stack never need them. */
let causes: readonly Cause[] | undefined;

function explain(cause: CauseId): { readonly title: string; readonly mending: string } {
  const known = causes?.find(({ id }) => id === cause);
  return { title: known?.title ?? cause, mending: known?.mending ?? "" };
}

function textWriter(options: TailOutputOptions): Writer {
  const line = tailRenderer(options);
  const presenter = createPresenter({ verbose: options.verbose, collapse: true, explain });
  const text = (entries: readonly TailEntry[]): string => entries.map(line).join("");
  return {
    add(events, fails, now) {
      for (const [place, shown] of events.entries()) {
        const { group, stream } = shown.event;
        presenter.add(shown, fails(place), options.sourceOf(group, stream) ?? group, now);
      }
      return "";
    },
    mayExplain: presenter.mayExplain,
    due: (now) => text(presenter.take(now)),
    finish: () => text(presenter.finish()),
    unshown: presenter.unshown,
  };
}

/** Requests whole: their events under a line that names them. */
function blockWriter(options: TailOutputOptions): Writer {
  const line = tailRenderer(options);
  // What a request said stands with it, whatever others said.
  const presenter = createPresenter({ verbose: options.verbose, collapse: false, explain });
  const blocks = createRequestBlocks();
  const text = (ready: ReturnType<typeof blocks.due>): string =>
    ready
      .map(({ request, events, over, end, cut }) => {
        const [first] = events;
        if (first === undefined) return "";
        const source = options.sourceOf(first.event.group, first.event.stream) ?? first.event.group;
        for (const shown of events) presenter.add(shown, mayFail(shown.event.message), source, 0);
        const ended = over ? end : cut ? "cut off here, as much has begun since" : "no end seen";
        const head: TailEntry = {
          at: first.event.timestamp,
          source,
          tone: "plain",
          lines: [
            request === undefined
              ? "outside of a request"
              : `request ${request}${ended === undefined ? "" : ` (${ended})`}`,
          ],
          lateMs: 0,
          suffix: "",
          notes: [],
        };
        return [head, ...presenter.finish()].map(line).join("");
      })
      .join("");
  return {
    add(events, _, now) {
      for (const shown of events) blocks.add(shown, now);
      return "";
    },
    pass: blocks.pass,
    mayExplain: () => true,
    due: (now) => text(blocks.due(now)),
    finish: (now) => text([...blocks.due(now), ...blocks.rest()]),
    unshown: presenter.unshown,
  };
}
