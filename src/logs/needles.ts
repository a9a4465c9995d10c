// Which expressions are worth trying on a text: those of which a literal is in it. One pass over the text instead of one
// for each of the several hundred expressions.
import type { Signature } from "./signature.ts";
import { literalsOf } from "./literals.ts";

interface Needle {
  readonly literal: string;
  /** Where in the literal its four indexed characters begin. */
  readonly offset: number;
  readonly signature: number;
  readonly pattern: number;
}

const gramLength = 4;
const bloomBits = 0xffff;
const bloomOf = (gram: number): number => (gram ^ (gram >>> 15)) & bloomBits;
/** Four characters as one number; only ASCII literals are indexed, so what is lost of other characters does not matter. */
const gramAt = (text: string, at: number): number =>
  (text.charCodeAt(at) << 24) ^
  (text.charCodeAt(at + 1) << 16) ^
  (text.charCodeAt(at + 2) << 8) ^
  text.charCodeAt(at + 3);

/** For each signature, by its place in the list, the patterns to try; a signature without any is left out. */
export type Tries = ReadonlyMap<number, readonly RegExp[]>;

/**
 * Prepares a search for the signatures whose literals occur in a text. The result never lacks an expression that matches
 * the text; it holds few that do not.
 */
export function needleSearch(signatures: readonly Signature[]): (text: string) => Tries {
  const index = new Map<number, Needle[]>();
  const bloom = new Uint8Array(bloomBits + 1);
  const always: { readonly signature: number; readonly pattern: number }[] = [];
  for (const [signature, { patterns }] of signatures.entries()) {
    for (const [pattern, expression] of patterns.entries()) {
      const literals = literalsOf(expression);
      if (literals.length === 0 || literals.some((literal) => literal.length < gramLength)) {
        always.push({ signature, pattern });
        continue;
      }
      for (const literal of literals) {
        // The last characters of a literal tell it from others more often than its first.
        const offset = literal.length - gramLength;
        const gram = gramAt(literal, offset);
        index.set(gram, [...(index.get(gram) ?? []), { literal, offset, signature, pattern }]);
        bloom[bloomOf(gram)] = 1;
      }
    }
  }
  return (text) => {
    const found = new Map<number, Set<number>>();
    const add = (signature: number, pattern: number): void => {
      const patterns = found.get(signature);
      if (patterns === undefined) found.set(signature, new Set([pattern]));
      else patterns.add(pattern);
    };
    for (const { signature, pattern } of always) add(signature, pattern);
    let gram = gramLength <= text.length ? gramAt(text, 0) : 0;
    for (let at = gramLength; at <= text.length; at++) {
      if (bloom[bloomOf(gram)] === 1) {
        for (const { literal, offset, signature, pattern } of index.get(gram) ?? []) {
          if (text.startsWith(literal, at - gramLength - offset)) add(signature, pattern);
        }
      }
      gram = (gram << 8) ^ text.charCodeAt(at);
    }
    const tries = new Map<number, readonly RegExp[]>();
    for (const [signature, patterns] of found) {
      const all = signatures[signature]?.patterns ?? [];
      tries.set(
        signature,
        [...patterns].sort((a, b) => a - b).flatMap((place) => all[place] ?? []),
      );
    }
    return tries;
  };
}
