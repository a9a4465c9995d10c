import { canonicalJson } from "./json.ts";
import type { Reply, Source } from "./reply.ts";
import type { Subject } from "./subject.ts";

/** Knowledge that was read; `from` are the canonical requests that it rests on. */
export interface Known<T> {
  readonly state: "known";
  readonly value: T;
  readonly from: readonly string[];
}

/** Why something is not known. Unreadable never counts as healthy. */
export interface Unreadable {
  readonly state: "unreadable";
  /** `skipped`: not asked for in this run, by a flag for example; `foreign`: another account's, a note and not a gap. */
  readonly reason: "denied" | "failed" | "not-recorded" | "skipped" | "foreign";
  /** What could not be read, as a noun phrase: "the log group /aws/lambda/x". */
  readonly what: string;
  /** What happened, as one sentence. */
  readonly message: string;
  /** The IAM action that would make it known. */
  readonly action?: string;
  /** The failed reply's code: CREDENTIALS_EXPIRED, TIMEOUT, ... */
  readonly code?: string;
}

export type Fact<T> = Known<T> | Unreadable;

/**
 * Names a fact and its types; who collects it is bound elsewhere, so that checks and causes never see the source.
 * A `stack` fact has one value for the run, a `subject` fact one for each subject, a `keyed` fact one for each argument.
 */
export interface FactHandle<Arg, T> {
  readonly name: string;
  readonly scope: "stack" | "subject" | "keyed";
  /** Carries the types only. */
  readonly types?: (arg: Arg) => T;
}

export function stackFact<T>(name: string): FactHandle<null, T> {
  return { name, scope: "stack" };
}

export function subjectFact<S extends Subject, T>(name: string): FactHandle<S, T> {
  return { name, scope: "subject" };
}

export function keyedFact<Arg, T>(name: string): FactHandle<Arg, T> {
  return { name, scope: "keyed" };
}

export function known<T>(value: T): Known<T> {
  return { state: "known", value, from: [] };
}

export function unreadable(reason: Unreadable["reason"], what: string, message: string, action?: string): Unreadable {
  return { state: "unreadable", reason, what, message, ...(action === undefined ? {} : { action }) };
}

/** The code of a failed reply to a question that was left out on purpose. */
export const notAsked = "NOT_ASKED";

/** A reply that carries no body, as the reason why `what` is unreadable. */
export function unreadableReply(reply: Exclude<Reply<unknown>, { status: "ok" }>, what: string): Unreadable {
  switch (reply.status) {
    case "denied":
      return unreadable("denied", what, reply.message, reply.action);
    case "failed":
      // A run that was told to ask AWS nothing leaves a question out as one that was told to send no requests does.
      if (reply.code === notAsked) return unreadable("skipped", what, reply.message);
      return { ...unreadable("failed", what, reply.message), code: reply.code };
    case "not-recorded":
      return unreadable("not-recorded", what, `The recording holds no reply for ${what}.`);
  }
}

/** What a collector may do: ask the source, and await other facts. Both are noted as what the fact rests on. */
export interface CollectContext {
  ask(kind: string, params: Readonly<Record<string, unknown>>, how?: unknown): Promise<Reply<unknown>>;
  get<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): Promise<Fact<T>>;
}

export interface Collector {
  readonly name: string;
  readonly collect: (context: CollectContext, arg: unknown) => Promise<Fact<unknown>>;
}

/** Binds a handle to the function that collects it. */
export function collector<Arg, T>(
  handle: FactHandle<Arg, T>,
  collect: (context: CollectContext, arg: Arg) => Promise<Fact<T>>,
): Collector {
  return { name: handle.name, collect: collect as Collector["collect"] };
}

/** A request that brought no answer. */
export interface Unanswered {
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
  /** What the caller may not do; absent where the request failed. */
  readonly action?: string;
}

/** The facts of one run: each collected at most once, when first asked for; independent ones at the same time. */
export interface Facts {
  get<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): Promise<Fact<T>>;
  /** The value of a fact where it is known by now; nothing is collected for it. */
  seen<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): T | undefined;
  /** What was denied or failed of all that was asked so far, in the order of the requests' keys, whatever came of it. */
  unanswered(): readonly Unanswered[];
}

/** A fact on its way, and its value as soon as it is there. */
interface Collected<T = unknown> {
  readonly fact: Promise<Fact<T>>;
  readonly value?: Fact<T>;
}

/**
 * The dependency graph is the collectors' code: a collector that awaits another fact waits for it, nothing else waits.
 * A collector that throws is a bug; it makes its own fact unreadable and costs the run nothing else.
 * @throws at once when two collectors claim one fact.
 */
export function createFacts(collectors: readonly Collector[], source: Source): Facts {
  const byName = new Map<string, Collector>();
  for (const entry of collectors) {
    if (byName.has(entry.name)) throw new Error(`Two collectors are bound to the fact ${entry.name}.`);
    byName.set(entry.name, entry);
  }
  const memo = new Map<string, Collected>();
  const replies = new Map<string, Promise<Reply<unknown>>>();
  const unmet = new Map<string, Unanswered>();

  function askOnce(
    kind: string,
    params: Readonly<Record<string, unknown>>,
    how: unknown,
  ): { key: string; reply: Promise<Reply<unknown>> } {
    const key = canonicalJson({ kind, params });
    const existing = replies.get(key);
    if (existing !== undefined) return { key, reply: existing };
    const reply = source.ask({ kind, params, ...(how === undefined ? {} : { how }) });
    replies.set(key, reply);
    void reply.then(
      (answer) => {
        const { status } = answer;
        if (status === "denied") unmet.set(key, { kind, params, message: answer.message, action: answer.action });
        else if (status === "failed" && answer.code !== notAsked)
          unmet.set(key, { kind, params, message: answer.message });
      },
      // A source that throws is dealt with where its reply is awaited.
      () => {},
    );
    return { key, reply };
  }

  async function collect(entry: Collector | undefined, name: string, arg: unknown): Promise<Fact<unknown>> {
    if (entry === undefined)
      return unreadable("failed", `the fact ${name}`, `No collector is bound to the fact ${name}.`);
    const from = new Set<string>();
    const awaited: Collected[] = [];
    const context: CollectContext = {
      ask: (kind, params, how) => {
        const asked = askOnce(kind, params, how);
        from.add(asked.key);
        return asked.reply;
      },
      // The very promise that others wait for: a stack of hundreds of functions has tens of thousands of them waiting.
      get: (handle, inner) => {
        const collected = collectedOnce(handle, inner);
        awaited.push(collected);
        return collected.fact;
      },
    };
    try {
      const fact = await entry.collect(context, arg);
      if (fact.state === "unreadable") return fact;
      for (const { value } of awaited) if (value?.state === "known") for (const key of value.from) from.add(key);
      return { ...fact, from: [...new Set([...from, ...fact.from])] };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return unreadable("failed", `the fact ${name}`, `Collecting ${name} failed unexpectedly: ${text}`);
    }
  }

  function collectedOnce<Arg, T>(handle: FactHandle<Arg, T>, arg: Arg): Collected<T> {
    const key = keyOf(handle, arg);
    const existing = memo.get(key);
    if (existing !== undefined) return existing as Collected<T>;
    const made: { fact: Promise<Fact<unknown>>; value?: Fact<unknown> } = {
      fact: collect(byName.get(handle.name), handle.name, arg).then((fact) => (made.value = fact)),
    };
    memo.set(key, made);
    return made as Collected<T>;
  }

  const seen: Facts["seen"] = (handle, arg) => {
    const { value } = memo.get(keyOf(handle, arg)) ?? {};
    return value?.state === "known" ? (value.value as never) : undefined;
  };

  const get: Facts["get"] = (handle, arg) => collectedOnce(handle, arg).fact;

  function unanswered(): readonly Unanswered[] {
    return [...unmet].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, request]) => request);
  }

  return { get, seen, unanswered };
}

/** Subjects as text: thousands of facts are of the same few. */
const written = new WeakMap<object, string>();

function keyOf<Arg, T>({ name }: FactHandle<Arg, T>, arg: Arg): string {
  if (typeof arg !== "object" || arg === null) return `${name} ${canonicalJson(arg)}`;
  const text = written.get(arg) ?? canonicalJson(arg);
  written.set(arg, text);
  return `${name} ${text}`;
}
