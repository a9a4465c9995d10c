// What is kept of an answer that may be long: all that it takes to judge it, without the secrets in it.
import type { Vault } from "../vault.ts";

/** A text of this many characters is kept as it is; of a longer one that is no JSON only so much says anything. */
const plainLength = 64 * 1024;

/** What is scrubbed at once, in characters, where it can be taken apart: scrubbing takes longer by the square of it. */
const pieceLength = 4 * 1024;

/**
 * The answer without secrets. A short one is scrubbed as it is. Long JSON stays whole, so that it can be judged, but for
 * texts in it that are long themselves and no JSON; of anything else the beginning is kept. It lets others have their turn
 * now and then: ten megabytes take seconds.
 */
export async function keptOf(text: string, vault: Pick<Vault, "scrub">, isWhole = true): Promise<string> {
  if (text.length <= plainLength) return vault.scrub(text);
  if (!isWhole || !isJson(text)) return vault.scrub(beginning(text));
  const kept: string[] = [];
  for (const piece of piecesOf(text)) {
    kept.push(piece.length <= plainLength ? vault.scrub(piece) : await withLongTexts(piece, vault));
    await new Promise(setImmediate);
  }
  return kept.join("");
}

/**
 * A piece with a text of its own that is long: the body of a function's answer is such a text, with JSON in it. A number
 * or blanks of that length are shortened as well, and are no JSON then.
 */
async function withLongTexts(piece: string, vault: Pick<Vault, "scrub">): Promise<string> {
  const parts: string[] = [];
  let start = 0;
  for (const [from, to] of stringsOf(piece)) {
    if (piece[from] !== '"' || to - from <= plainLength) continue;
    const text = JSON.parse(piece.slice(from, to)) as string;
    parts.push(vault.scrub(beginning(piece.slice(start, from))), JSON.stringify(await keptOf(text, vault)));
    start = to;
  }
  return [...parts, vault.scrub(beginning(piece.slice(start)))].join("");
}

/** JSON cut at commas between its values, so that a name stays with what it names. */
function* piecesOf(json: string): Generator<string> {
  let start = 0;
  for (const [from, to] of stringsOf(json)) {
    if (json[from] === '"') continue;
    // A comma in this stretch is none of a text.
    for (let at = json.indexOf(",", from); at >= 0 && at < to; at = json.indexOf(",", at + 1)) {
      if (at + 1 - start < pieceLength) continue;
      yield json.slice(start, at + 1);
      start = at + 1;
    }
  }
  yield json.slice(start);
}

/** Where the texts of JSON are, in their quotes, and what stands between them. */
function* stringsOf(json: string): Generator<readonly [number, number]> {
  let at = 0;
  while (at < json.length) {
    const open = json.indexOf('"', at);
    if (open < 0) break;
    if (open > at) yield [at, open];
    let close = json.indexOf('"', open + 1);
    while (close >= 0 && isEscaped(json, close)) close = json.indexOf('"', close + 1);
    at = close < 0 ? json.length : close + 1;
    yield [open, at];
  }
  if (at < json.length) yield [at, json.length];
}

function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json[before - 1] === "\\") before -= 1;
  return (at - before) % 2 === 1;
}

function beginning(text: string): string {
  // A character outside the basic plane is two units long and must not be cut in two.
  return text.slice(0, plainLength).replace(/[\ud800-\udbff]$/, "");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
