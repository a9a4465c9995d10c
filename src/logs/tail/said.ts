// What was said lately, by hashes: nearly every line of a log is a new one, and to keep their texts for a while takes longer
// than all else that is done with them.
import { mix, newHash, renew, takeIn } from "./id-set.ts";

export interface SaidTexts {
  /** A source says a text. Gives how often it was shown before: 0 where it was not said lately. */
  say(source: string, text: string, at: number): number;
  /** What was said last is shown. */
  show(): void;
  /** A number of its own, of 53 bits, for what was said last. */
  key(): number;
}

/** Texts that are remembered, in two ages of so many; what was last said longer ago than this is new again, in milliseconds. */
const mostTexts = 500;
const forgetMs = 60_000;
/** A power of two, at most half of which is taken. */
const places = 1024;

/** A place is free where its hash is nothing but zeroes. Two of a thousand texts agree in theirs once in 4e13 times. */
interface Age {
  readonly hashes: Int32Array;
  readonly at: Float64Array;
  readonly shown: Uint8Array;
  count: number;
}

const newAge = (): Age => ({
  hashes: new Int32Array(2 * places),
  at: new Float64Array(places),
  shown: new Uint8Array(places),
  count: 0,
});

export function createSaidTexts(): SaidTexts {
  let young = newAge();
  let old = newAge();
  const hash = newHash();
  let age = young;
  let place = 0;

  /** The place of the hash, or the one that it is to take. */
  function placeIn({ hashes }: Age): number {
    const { a, b } = hash;
    let at = a & (places - 1);
    while ((hashes[2 * at] !== 0 || hashes[2 * at + 1] !== 0) && (hashes[2 * at] !== a || hashes[2 * at + 1] !== b))
      at = (at + 1) & (places - 1);
    return at;
  }

  const isIn = ({ hashes }: Age, at: number): boolean => hashes[2 * at] !== 0 || hashes[2 * at + 1] !== 0;

  function take(source: string, text: string): void {
    renew(hash);
    takeIn(hash, source, source.length);
    hash.a ^= source.length;
    takeIn(hash, text, text.length);
    mix(hash);
    if (hash.a === 0 && hash.b === 0) hash.b = 1;
  }

  function find(): boolean {
    age = young;
    place = placeIn(age);
    if (isIn(age, place)) return true;
    age = old;
    place = placeIn(age);
    return isIn(age, place);
  }

  function add(): void {
    if (young.count >= mostTexts) {
      const emptied = old;
      emptied.hashes.fill(0);
      emptied.count = 0;
      old = young;
      young = emptied;
    }
    age = young;
    place = placeIn(age);
    age.hashes[2 * place] = hash.a;
    age.hashes[2 * place + 1] = hash.b;
    age.shown[place] = 0;
    age.count += 1;
  }

  return {
    say(source, text, at) {
      take(source, text);
      if (!find()) add();
      else if (at - (age.at[place] ?? 0) > forgetMs) age.shown[place] = 0;
      age.at[place] = at;
      return age.shown[place] ?? 0;
    },
    show() {
      age.shown[place] = Math.min(255, (age.shown[place] ?? 0) + 1);
    },
    key: () => 4_294_967_296 * (2_097_151 & hash.b) + (hash.a >>> 0),
  };
}
