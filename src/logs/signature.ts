import type { CauseId } from "../core/cause-ids.gen.ts";
import { literalsOf } from "./literals.ts";

/** What a caller knows besides the text, and the text itself, for signatures whose causes depend on either. */
export interface About {
  /** The whole text in its plain shape (see `plainText`). */
  readonly text: string;
  /** A Lambda runtime such as `python3.12`, given by the caller or named in the text. */
  readonly runtime: string | undefined;
  /** `x86_64` or `arm64`, given by the caller. */
  readonly architecture: string | undefined;
}

export type Captures = Readonly<Record<string, string>>;

/**
 * How directly a text names what failed. A text often shows one failure at several distances: the error itself (`root`),
 * what the failure did next (`effect`: a closed connection, a time-out), the wrapper that reports it (`envelope`: a 502,
 * an INIT_REPORT). `proof` is for words that leave no doubt and so outrank any other error beside them.
 */
export type Tier = "proof" | "root" | "effect" | "envelope";

export interface SignatureSpec {
  readonly id: string;
  readonly pattern: RegExp;
  /** Root unless given. */
  readonly tier?: Tier;
  /** The causes this may come from, the likeliest first; an empty list says that this match is no failure. */
  readonly causes: readonly CauseId[] | ((captures: Captures, about: About) => readonly CauseId[]);
  /** What one would look at to tell the causes apart, or to confirm the only one. */
  readonly decides: string;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
}

export interface Signature extends SignatureSpec {
  readonly tier: Tier;
  /** Strings of which at least one is in whatever `pattern` matches (see `literalsOf`). */
  readonly literals: readonly string[];
}

/** A signature as data: see `SignatureSpec`. */
export function signature(spec: SignatureSpec): Signature {
  return { ...spec, tier: spec.tier ?? "root", literals: literalsOf(spec.pattern) };
}

/** One signature found in a text. */
export interface Match {
  readonly signature: Signature;
  readonly causes: readonly CauseId[];
  readonly captures: Captures;
  /** Offsets into the text that was searched. */
  readonly index: number;
  readonly end: number;
}

/** Where and how a signature matches a significant text (see `significantText`), or `undefined`. */
export function matchSignature(candidate: Signature, text: string, about: About): Match | undefined {
  const found = candidate.pattern.exec(text);
  if (found === null) return undefined;
  const captures: Record<string, string> = {};
  for (const [name, value] of Object.entries(found.groups ?? {})) if (value !== undefined) captures[name] = value;
  const causes = typeof candidate.causes === "function" ? candidate.causes(captures, about) : candidate.causes;
  if (causes.length === 0) return undefined;
  return { signature: candidate, causes, captures, index: found.index, end: found.index + found[0].length };
}
