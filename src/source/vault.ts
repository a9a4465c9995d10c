import { createHmac, randomBytes } from "node:crypto";
import type { JsonValue } from "../core/json.ts";
import type { SecretToken, SecretType } from "../core/secret.ts";
import { decode, placesThrough, single, stackable, type Decoder } from "./decoders.ts";
import { createNeedles } from "./needles.ts";
import { passwordsIn } from "./passwords.ts";
import { createPublicTexts } from "./public-texts.ts";
import { marker, scrubShapes } from "./shapes.ts";

export { marker };

/** Holds the literals of secrets: the only place that does. */
export interface Vault {
  /** Takes a literal and gives the token that stands for it. The same literal gives the same fingerprint. */
  seal(type: SecretType, literal: string, shape?: JsonValue): SecretToken;
  /** Notes a literal that must not be shown, without a token of its own: a password inside a URL, for example. */
  hide(literal: string): void;
  /**
   * Notes texts that are shown anyway: a stack's name, an API's address. A secret that is a piece of one of them is no longer
   * hidden wherever it stands, which would break every command that names them, but only where it is said to be a secret
   * (`key=prod`, the password's place in a URL) and where it is encoded.
   */
  spare(...texts: readonly (string | undefined)[]): void;
  /** The literal of a token or fingerprint of this run; undefined for one of another run. */
  reveal(token: SecretToken | string): string | undefined;
  /**
   * The text without any sealed literal of four or more characters, however encoded, and without what looks like a secret.
   * @param hasSign whether one of `secretSigns` may be in it, where that is known already
   */
  scrub(text: string, hasSign?: boolean): string;
  /** True when a sealed literal occurs in the text in any encoding. */
  leaks(text: string): boolean;
  /** The value with every string in it scrubbed; the names of fields stay, the keys given by `keys` do not. */
  scrubAll<T>(value: T, keys?: (name: string) => boolean): T;
}

/** How many encodings around each other are taken apart: JSON in a form in JSON. */
const maxDepth = 3;
/** How many readings of one text are searched at most. */
const maxReadings = 48;

/** Words of every language and format: to hide them would protect nobody and leave no text readable. */
const everydayWords = /^\s*(?:true|false|null|none|undefined)\s*$/i;

type Range = readonly [number, number];

/** As short as a key may be and still be no word of every log: it is hidden wherever it stands. */
const shortestKey = 8;

/** Hides the key that the caller signs requests with, lest a log line that quotes it be printed. */
export function hideCallersKey(vault: Vault, env: Readonly<Record<string, string | undefined>>): void {
  for (const name of ["CSCP_HMAC_SECRET", "HMAC_SECRET"]) {
    const key = env[name] ?? "";
    if (key.length >= shortestKey) vault.hide(key);
  }
}

/**
 * @param options.randomKey the key of the run's fingerprints; 32 random bytes where it is not given. It is stored nowhere.
 */
export function createVault(options: { readonly randomKey?: Uint8Array } = {}): Vault {
  const key = options.randomKey ?? randomBytes(32);
  const literals = new Map<string, string>();
  const needles = createNeedles();
  const publicTexts = createPublicTexts();

  function hide(literal: string): void {
    if (everydayWords.test(literal)) return;
    needles.add(literal);
    const trimmed = literal.trim();
    if (trimmed !== literal) needles.add(trimmed);
  }

  /** Ranges of the text that show a literal. What is marked already is left out, lest a secret named "secret" be found in it. */
  function exposed(text: string): Range[] {
    const found: Range[] = [];
    if (needles.empty()) return found;
    for (const { reading, chain } of readings(text)) {
      const hits = needles.find(reading, publicTexts.hold);
      if (hits.length === 0) continue;
      const places = placesThrough(text, chain);
      for (const [from, to] of hits) {
        const range: Range = places === undefined ? [from, to] : [places.starts[from] ?? 0, places.ends[to - 1] ?? 0];
        if (!insideMarker(text, range)) found.push(range);
      }
    }
    return found;
  }

  function scrub(text: string, hasSign?: boolean): string {
    if (text.length < 4 || needles.empty()) return scrubShapes(text, hasSign);
    const ranges = exposed(text);
    return ranges.length === 0 ? scrubShapes(text, hasSign) : scrubShapes(replaceRanges(text, ranges));
  }

  function scrubAll<T>(value: T, keys?: (name: string) => boolean): T {
    // The same words come again and again: folders, modules, kinds.
    const done = new Map<string, string>();
    const scrubOnce = (text: string): string => {
      const before = done.get(text);
      if (before !== undefined) return before;
      const clean = scrub(text);
      done.set(text, clean);
      return clean;
    };
    return mapStrings(value, scrubOnce, keys) as T;
  }

  return {
    seal(type, literal, shape) {
      const fingerprint = createHmac("sha256", key).update(literal).digest("hex").slice(0, 12);
      literals.set(fingerprint, literal);
      hide(literal);
      for (const password of passwordsIn(literal)) hide(password);
      const blank = literal.trim() === "";
      return {
        $secret: { type, fingerprint, length: literal.length, blank, ...(shape === undefined ? {} : { shape }) },
      };
    },
    hide,
    spare: publicTexts.add,
    reveal: (token) => literals.get(typeof token === "string" ? token : token.$secret.fingerprint),
    scrub,
    leaks: (text) => exposed(text).length > 0,
    scrubAll,
  };
}

const encodings: readonly Decoder[] = [...stackable, ...single];

interface Reading {
  readonly reading: string;
  readonly chain: readonly Decoder[];
}

/** The text as it is and as each stack of encodings would read it, each reading once. */
function readings(text: string): Reading[] {
  const list: Reading[] = [{ reading: text, chain: [] }];
  // Most texts hold nothing of any encoding.
  if (!encodings.some((decoder) => decoder.sign(text))) return list;
  const seen = new Set([text]);
  let level: readonly Reading[] = list.slice();
  for (let depth = 1; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: Reading[] = [];
    for (const { reading, chain } of level) {
      const plainBefore = chain.every((decoder) => stackable.includes(decoder));
      for (const decoder of depth <= 2 && plainBefore ? encodings : stackable) {
        if (list.length >= maxReadings) return list;
        const inner = decode(reading, decoder);
        if (inner === reading || seen.has(inner)) continue;
        seen.add(inner);
        const entry = { reading: inner, chain: [...chain, decoder] };
        next.push(entry);
        list.push(entry);
      }
    }
    level = next;
  }
  return list;
}

function insideMarker(text: string, [from, to]: Range): boolean {
  const at = text.lastIndexOf(marker, from);
  return at >= 0 && to <= at + marker.length;
}

function replaceRanges(text: string, ranges: readonly Range[]): string {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]);
  let clean = "";
  let done = 0;
  let open: Range | undefined;
  for (const range of sorted) {
    if (open !== undefined && range[0] <= open[1]) {
      open = [open[0], Math.max(open[1], range[1])];
      continue;
    }
    if (open !== undefined) {
      clean += text.slice(done, open[0]) + marker;
      done = open[1];
    }
    open = range;
  }
  if (open !== undefined) {
    clean += text.slice(done, open[0]) + marker;
    done = open[1];
  }
  return clean + text.slice(done);
}

function mapStrings(value: unknown, map: (text: string) => string, keys?: (name: string) => boolean): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((inner: unknown) => mapStrings(inner, map, keys));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      keys?.(name) === true ? map(name) : name,
      mapStrings(inner, map, keys),
    ]),
  );
}
