// A set of texts of which only hashes are kept: ids of events are long, and hundreds of thousands are remembered.

export interface IdSet {
  /** Whether the text is new to the set, to which it belongs from now on. */
  add(text: string): boolean;
  readonly size: number;
  /** Empties the set, for another use in the room that it has. */
  clear(): void;
  /** Bytes of that room. */
  readonly bytes: number;
}

/** Two hashes of 32 bits each, as the two halves of a number would be too wide for one. */
export interface Hash {
  a: number;
  b: number;
}

const seedA = 0xdeadbeef | 0;
const seedB = 0x41c6ce57;
export const newHash = (): Hash => ({ a: seedA, b: seedB });

export function renew(hash: Hash): void {
  hash.a = seedA;
  hash.b = seedB;
}

/** Takes the first so many characters of a text into a hash. */
export function takeIn(hash: Hash, text: string, length: number): void {
  let { a, b } = hash;
  // Two at a time, since each multiplication waits for the one before it. A multiplication carries a difference upwards
  // only: the rotation brings what is on top down again.
  for (let at = 0; at < length; at += 2) {
    const code = text.charCodeAt(at) | (at + 1 < length ? text.charCodeAt(at + 1) << 16 : 0);
    a = Math.imul(((a << 15) | (a >>> 17)) ^ code, 2_654_435_761);
    b = Math.imul(((b << 13) | (b >>> 19)) ^ code, 1_597_334_677);
  }
  hash.a = a;
  hash.b = b;
}

/** Mixes what was taken in, so that each bit of it counts for each bit of the hash. */
export function mix(hash: Hash): void {
  const { a, b } = hash;
  hash.a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  hash.b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(hash.a ^ (hash.a >>> 13), 3_266_489_909);
}

const fewest = 16;

/**
 * Eight bytes a place, of which at most three in four are taken. Two texts of one set agree in their hashes once in 1.8e19
 * pairs: a set of a second's ids would have to be filled for longer than there are logs.
 */
export function createIdSet(): IdSet {
  let places = fewest;
  let table = new Int32Array(2 * places);
  let size = 0;
  const hash = newHash();

  /** The place of the hash, or the one that it is to take. */
  function placeOf(a: number, b: number): number {
    let at = a & (places - 1);
    while ((table[2 * at] !== 0 || table[2 * at + 1] !== 0) && (table[2 * at] !== a || table[2 * at + 1] !== b))
      at = (at + 1) & (places - 1);
    return at;
  }

  function grow(): void {
    const before = table;
    places *= 2;
    table = new Int32Array(2 * places);
    for (let at = 0; at < before.length; at += 2) {
      const a = before[at] ?? 0;
      const b = before[at + 1] ?? 0;
      if (a !== 0 || b !== 0) put(placeOf(a, b), a, b);
    }
  }

  function put(at: number, a: number, b: number): void {
    table[2 * at] = a;
    table[2 * at + 1] = b;
  }

  return {
    add(text) {
      renew(hash);
      takeIn(hash, text, text.length);
      mix(hash);
      // Nothing but zeroes is a free place.
      const { a } = hash;
      const b = a === 0 && hash.b === 0 ? 1 : hash.b;
      const at = placeOf(a, b);
      if (table[2 * at] === a && table[2 * at + 1] === b) return false;
      put(at, a, b);
      size += 1;
      if (4 * size > 3 * places) grow();
      return true;
    },
    get size() {
      return size;
    },
    clear() {
      table.fill(0);
      size = 0;
    },
    get bytes() {
      return table.byteLength;
    },
  };
}
