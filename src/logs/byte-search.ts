// Finds where in a block of bytes any of many terms lies, while it looks at one word of four bytes and skips the next none:
// a term of seven bytes or more covers a whole word wherever it begins, and that word is one of four that are known
// beforehand. So one table says of each word of the block whether a term may lie across it.
//
// What it costs. The pass over the words is the same for one term and for a thousand: a multiplication and a look-up, none of which
// waits for another. What grows is the number of words that must be looked at again: with how often the four words of a
// term occur in ordinary text (they are chosen for being rare; a test holds the share of a healthy log that is looked at
// again), and, with thousands of terms, with how full the table is.

export interface ByteSearch {
  /**
   * Appends to `found` where in `bytes`, between `from` and `end`, terms begin, in ascending order. Terms that reach
   * beyond `end` are not found.
   */
  readonly search: (bytes: Uint8Array, from: number, end: number, found: number[]) => void;
  /** How many words of `bytes` are looked at again, of all its words: 0 to 1. For measuring. */
  readonly share: (bytes: Uint8Array) => number;
}

const wordLength = 4;
/** A stretch of this length holds a whole word, wherever it begins. */
const windowLength = 2 * wordLength - 1;
const tableBits = 16;
/** Words that are looked at before those that may belong to terms are: a loop that calls anything is not fast. */
const stripe = 1 << 16;

/** Where in the tables a word stands. (Spelt out in the loop, too.) */
const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);

/** A term that may lie across a word. */
interface Term {
  readonly bytes: Uint8Array;
  /** Where in the term the word begins. */
  readonly offset: number;
  readonly word: number;
}

/** The words of a text at each of its places, as this machine reads them from memory. */
function wordsOf(bytes: Uint8Array): readonly number[] {
  return Array.from(
    { length: Math.max(0, bytes.length - wordLength + 1) },
    (_, at) => new Uint32Array(bytes.slice(at, at + wordLength).buffer)[0] ?? 0,
  );
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Where the part of a term begins whose words are rarest in ordinary text. */
function rarestWindow(words: readonly number[], counts: ReadonlyMap<number, number>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + wordLength <= words.length; start++) {
    let cost = 0;
    for (const word of words.slice(start, start + wordLength)) cost += counts.get(slotOf(word)) ?? 0;
    if (cost < least) {
      least = cost;
      best = start;
    }
  }
  return best;
}

/** Each term once for every word that it may be found by, ordered by the place of that word in the table. */
function entriesOf(terms: readonly string[], ordinary: string): readonly Term[] {
  const counts = new Map<number, number>();
  for (const word of wordsOf(bytesOf(ordinary))) counts.set(slotOf(word), (counts.get(slotOf(word)) ?? 0) + 1);
  const entries: Term[] = [];
  for (const text of terms) {
    if (text.length < windowLength) throw new Error(`The term ${text} is shorter than ${windowLength} bytes.`);
    const bytes = bytesOf(text);
    const words = wordsOf(bytes);
    const start = rarestWindow(words, counts);
    for (let offset = start; offset < start + wordLength; offset++)
      entries.push({ bytes, offset, word: words[offset] ?? 0 });
  }
  return entries.sort((one, other) => slotOf(one.word) - slotOf(other.word));
}

// Elements that are known to be there are read with `as number`: in these loops a check would cost more than the work.

/** Writes into `candidates` which of the words from `from` to `end` may belong to terms; returns how many there are. */
function findCandidates(
  words: Uint32Array,
  from: number,
  end: number,
  known: Uint8Array,
  candidates: Int32Array,
): number {
  let count = 0;
  let at = from;
  for (const last = end - 3; at < last; at += 4) {
    const a = known[Math.imul(words[at] as number, 0x9e3779b1) >>> (32 - tableBits)] as number;
    const b = known[Math.imul(words[at + 1] as number, 0x9e3779b1) >>> (32 - tableBits)] as number;
    const c = known[Math.imul(words[at + 2] as number, 0x9e3779b1) >>> (32 - tableBits)] as number;
    const d = known[Math.imul(words[at + 3] as number, 0x9e3779b1) >>> (32 - tableBits)] as number;
    if ((a | b | c | d) === 0) continue;
    if (a !== 0) candidates[count++] = at;
    if (b !== 0) candidates[count++] = at + 1;
    if (c !== 0) candidates[count++] = at + 2;
    if (d !== 0) candidates[count++] = at + 3;
  }
  for (; at < end; at++) if (known[slotOf(words[at] as number)] !== 0) candidates[count++] = at;
  return count;
}

function isAt(bytes: Uint8Array, start: number, term: Uint8Array): boolean {
  for (let at = 0; at < term.length; at++) if (bytes[start + at] !== term[at]) return false;
  return true;
}

/**
 * Prepares a search for `terms` (Latin-1 text of at least seven characters each). `ordinary` is a sample of what the
 * searched bytes mostly are: it affects the speed only.
 */
export function byteSearch(terms: readonly string[], ordinary: string): ByteSearch {
  const entries = entriesOf(terms, ordinary);
  const wordOf = Uint32Array.from(entries, ({ word }) => word);
  const known = new Uint8Array(1 << tableBits);
  /** Where the entries of a place in the table begin. */
  const firstOf = new Uint16Array(1 << tableBits);
  for (const [at, { word }] of [...entries.entries()].toReversed()) {
    known[slotOf(word)] = 1;
    firstOf[slotOf(word)] = at;
  }
  const candidates = new Int32Array(stripe);

  /** Calls `look` with the candidates of each stripe: places of words, counted from the beginning of the first. */
  function eachStripe(
    bytes: Uint8Array,
    from: number,
    end: number,
    look: (count: number, words: Uint32Array, wordsAt: number) => void,
  ): void {
    // Words lie where the machine reads them whole, whichever part of its memory the block is.
    const wordsAt = from + ((wordLength - ((bytes.byteOffset + from) % wordLength)) % wordLength);
    const length = Math.floor((end - wordsAt) / wordLength);
    if (length <= 0) return;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + wordsAt, length);
    for (let at = 0; at < length; at += stripe)
      look(findCandidates(words, at, Math.min(length, at + stripe), known, candidates), words, wordsAt);
  }

  function search(bytes: Uint8Array, from: number, end: number, found: number[]): void {
    const starts: number[] = [];
    eachStripe(bytes, from, end, (count, words, wordsAt) => {
      for (let each = 0; each < count; each++) {
        const at = candidates[each] as number;
        const word = words[at] as number;
        const slot = slotOf(word);
        for (let entry = firstOf[slot] as number; entry < entries.length; entry++) {
          const other = wordOf[entry] as number;
          if (other !== word) {
            if (slotOf(other) === slot) continue;
            break;
          }
          const term = entries[entry] as Term;
          const start = wordsAt + at * wordLength - term.offset;
          if (start >= from && start + term.bytes.length <= end && isAt(bytes, start, term.bytes)) starts.push(start);
        }
      }
    });
    starts.sort((one, other) => one - other);
    for (const start of starts) found.push(start);
  }

  function share(bytes: Uint8Array): number {
    let looked = 0;
    eachStripe(bytes, 0, bytes.length, (count) => (looked += count));
    return bytes.length < wordLength ? 0 : looked / Math.floor(bytes.length / wordLength);
  }

  return { search, share };
}
