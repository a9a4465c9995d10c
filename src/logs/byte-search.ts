// Finds where in a block of bytes any of many terms lies (Wu and Manber, 1994), without looking at most
// bytes: a pair of bytes that no term has lets the search jump over almost the length of a term. What costs time is not
// the work but waiting for each table look-up before the next jump is known, so four parts of the block are searched in turns.

export interface ByteSearch {
  /** Length in bytes of the shortest term. */
  readonly shortest: number;
  /**
   * Appends to `found` where in `bytes`, between `from` and `end`, terms begin, in ascending order. Terms that reach
   * beyond `end` are not found.
   */
  readonly search: (bytes: Uint8Array, from: number, end: number, found: number[]) => void;
}

const tableBits = 13;
const tableMask = (1 << tableBits) - 1;
const firstShift = tableBits - 7;

// Elements that are known to be there are read with `as number`: in these loops a check would cost more than the work.
const pairAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at - 1] as number) << firstShift) ^ (bytes[at] as number)) & tableMask;

/** The four bytes that end at a place, as one number. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at - 3] as number) << 24) |
  ((bytes[at - 2] as number) << 16) |
  ((bytes[at - 1] as number) << 8) |
  (bytes[at] as number);

interface Term {
  readonly bytes: Uint8Array;
  /** The last place of the window in the term that the tables know. */
  readonly last: number;
  /** The four bytes that end there. */
  readonly word: number;
}

/** How often each pair of bytes occurs in ordinary text, so that windows are laid where ordinary text seldom looks alike. */
function pairCounts(sample: string): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let at = 1; at < sample.length; at++) {
    const pair = (sample.charCodeAt(at - 1) << 8) | sample.charCodeAt(at);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

function windowOf(bytes: Uint8Array, length: number, counts: ReadonlyMap<number, number>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + length <= bytes.length; start++) {
    let cost = 0;
    for (let at = start + 1; at < start + length; at++) {
      // A pair near the end of the window stops a jump shorter than one near its beginning.
      const count = counts.get(((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0)) ?? 0;
      cost += count * (at - start);
    }
    if (cost < least) {
      least = cost;
      best = start;
    }
  }
  return best;
}

interface Tables {
  readonly shortest: number;
  /** By the hash of a pair of bytes: how far the search may go on when a window ends with it; 0 where one of a term does. */
  readonly jumps: Uint8Array;
  /** For pairs that windows end with: which bytes stand before the pair, as bits by their lowest five. */
  readonly before: Uint32Array;
  /** The terms whose windows end with a pair. */
  readonly endings: readonly (readonly Term[] | undefined)[];
}

function tablesOf(terms: readonly string[], ordinary: string): Tables {
  const encoded = terms.map((term) => Uint8Array.from(term, (character) => character.charCodeAt(0)));
  const shortest = Math.min(...encoded.map((bytes) => bytes.length));
  const counts = pairCounts(ordinary);
  const jumps = new Uint8Array(tableMask + 1).fill(shortest - 1);
  const before = new Uint32Array(tableMask + 1);
  const endings: Term[][] = Array.from({ length: tableMask + 1 });
  for (const bytes of encoded) {
    const window = windowOf(bytes, shortest, counts);
    for (let at = 1; at < shortest; at++) {
      const pair = pairAt(bytes, window + at);
      jumps[pair] = Math.min(jumps[pair] as number, shortest - 1 - at);
    }
    const last = window + shortest - 1;
    const pair = pairAt(bytes, last);
    endings[pair] = [...(endings[pair] ?? []), { bytes, last, word: wordAt(bytes, last) }];
    before[pair] = (before[pair] as number) | (1 << ((bytes[last - 2] as number) & 31));
  }
  return { shortest, jumps, before, endings };
}

/** Candidates that are gathered before they are looked at: a search loop that calls anything is not fast. */
const mostCandidates = 16_384;

/**
 * Writes into `candidates` the places where windows of terms may end, in four parts of a block in turns, until one part
 * is done. `places` says where each part goes on and is updated; returns how many candidates there are.
 */
function findCandidates(
  bytes: Uint8Array,
  ends: Int32Array,
  places: Int32Array,
  jumps: Uint8Array,
  before: Uint32Array,
  candidates: Int32Array,
): number {
  const endA = ends[0] as number;
  const endB = ends[1] as number;
  const endC = ends[2] as number;
  const endD = ends[3] as number;
  let a = places[0] as number;
  let b = places[1] as number;
  let c = places[2] as number;
  let d = places[3] as number;
  let count = 0;
  const room = candidates.length - 4;
  while (a < endA && b < endB && c < endC && d < endD && count < room) {
    const pairA = (((bytes[a - 1] as number) << firstShift) ^ (bytes[a] as number)) & tableMask;
    const pairB = (((bytes[b - 1] as number) << firstShift) ^ (bytes[b] as number)) & tableMask;
    const pairC = (((bytes[c - 1] as number) << firstShift) ^ (bytes[c] as number)) & tableMask;
    const pairD = (((bytes[d - 1] as number) << firstShift) ^ (bytes[d] as number)) & tableMask;
    const jumpA = jumps[pairA] as number;
    const jumpB = jumps[pairB] as number;
    const jumpC = jumps[pairC] as number;
    const jumpD = jumps[pairD] as number;
    a += jumpA;
    b += jumpB;
    c += jumpC;
    d += jumpD;
    if (jumpA === 0) {
      if ((((before[pairA] as number) >>> ((bytes[a - 2] as number) & 31)) & 1) === 1) candidates[count++] = a;
      a += 1;
    }
    if (jumpB === 0) {
      if ((((before[pairB] as number) >>> ((bytes[b - 2] as number) & 31)) & 1) === 1) candidates[count++] = b;
      b += 1;
    }
    if (jumpC === 0) {
      if ((((before[pairC] as number) >>> ((bytes[c - 2] as number) & 31)) & 1) === 1) candidates[count++] = c;
      c += 1;
    }
    if (jumpD === 0) {
      if ((((before[pairD] as number) >>> ((bytes[d - 2] as number) & 31)) & 1) === 1) candidates[count++] = d;
      d += 1;
    }
  }
  places[0] = a;
  places[1] = b;
  places[2] = c;
  places[3] = d;
  return count;
}

/** The same for one part alone, when another is done. */
function findRest(
  bytes: Uint8Array,
  part: number,
  ends: Int32Array,
  places: Int32Array,
  jumps: Uint8Array,
  candidates: Int32Array,
  found: number,
): number {
  const end = ends[part] as number;
  let count = found;
  let at = places[part] as number;
  while (at < end && count < candidates.length) {
    const jump = jumps[pairAt(bytes, at)] as number;
    if (jump === 0) candidates[count++] = at;
    at += jump === 0 ? 1 : jump;
  }
  places[part] = at;
  return count;
}

/** Appends to `found` where terms begin whose windows end at the candidates, wholly between `from` and `end`. */
function verify(
  bytes: Uint8Array,
  from: number,
  end: number,
  tables: Tables,
  candidates: Int32Array,
  count: number,
  found: number[],
): void {
  const { endings } = tables;
  for (let each = 0; each < count; each++) {
    const at = candidates[each] as number;
    const terms = endings[pairAt(bytes, at)];
    if (terms === undefined) continue;
    const word = wordAt(bytes, at);
    for (let which = 0; which < terms.length; which++) {
      const term = terms[which] as Term;
      if (term.word !== word) continue;
      const start = at - term.last;
      const { length } = term.bytes;
      if (start < from || start + length > end) continue;
      let matched = 0;
      while (matched < length && bytes[start + matched] === term.bytes[matched]) matched++;
      if (matched === length) found.push(start);
    }
  }
}

/**
 * Prepares a search for `terms` (Latin-1 text of at least four characters each). `ordinary` is a sample of what the
 * searched bytes mostly are: it affects the speed only.
 */
export function byteSearch(terms: readonly string[], ordinary: string): ByteSearch {
  const tables = tablesOf(terms, ordinary);
  const { shortest, jumps, before } = tables;
  const candidates = new Int32Array(mostCandidates);
  const places = new Int32Array(4);
  const ends = new Int32Array(4);

  function search(bytes: Uint8Array, from: number, end: number, found: number[]): void {
    const first = from + shortest - 1;
    for (let part = 0; part < 4; part++) {
      const begin = from + Math.floor(((end - from) * part) / 4);
      // A part looks at the windows that end in it; where they begin does not matter.
      places[part] = Math.max(begin, first);
      ends[part] = from + Math.floor(((end - from) * (part + 1)) / 4);
    }
    const starts: number[] = [];
    for (let part = 0; part < 4;) {
      let count = findCandidates(bytes, ends, places, jumps, before, candidates);
      while (part < 4 && count < candidates.length - 4) {
        count = findRest(bytes, part, ends, places, jumps, candidates, count);
        if ((places[part] as number) >= (ends[part] as number)) part += 1;
        else break;
      }
      verify(bytes, from, end, tables, candidates, count, starts);
    }
    starts.sort((one, other) => one - other);
    for (const start of starts) found.push(start);
  }

  return { shortest, search };
}
