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
  /** Each is one way in which it is worded. Named groups become the captures. */
  readonly patterns: readonly RegExp[];
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
  /** Strings of which at least one is in whatever one of the patterns matches (see `literalsOf`). */
  readonly literals: readonly string[];
}

/** A signature as data: see `SignatureSpec`. */
export function signature(spec: SignatureSpec): Signature {
  return { ...spec, tier: spec.tier ?? "root", literals: [...new Set(spec.patterns.flatMap(literalsOf))] };
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

/**
 * Where and how a signature first matches a significant text (see `significantText`), or `undefined`.
 * `patterns` may be fewer than the signature's where it is known that the others do not match.
 */
export function matchSignature(
  candidate: Signature,
  text: string,
  about: About,
  patterns = candidate.patterns,
): Match | undefined {
  const found = patterns
    .map((pattern) => pattern.exec(text))
    .filter((each) => each !== null)
    .sort((a, b) => a.index - b.index);
  for (const match of found) {
    const captures: Record<string, string> = {};
    for (const [name, value] of Object.entries(match.groups ?? {})) if (value !== undefined) captures[name] = value;
    const causes = typeof candidate.causes === "function" ? candidate.causes(captures, about) : candidate.causes;
    if (causes.length > 0)
      return { signature: candidate, causes, captures, index: match.index, end: match.index + match[0].length };
  }
  return undefined;
}
