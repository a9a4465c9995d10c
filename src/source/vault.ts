import { createHmac, randomBytes } from "node:crypto";
import type { JsonValue } from "../core/json.ts";
import type { SecretToken, SecretType } from "../core/secret.ts";
import { decoders, plainView, through, type View } from "./decoders.ts";
import { createNeedles } from "./needles.ts";
import { passwordsIn } from "./passwords.ts";
import { marker, scrubShapes } from "./shapes.ts";

export { marker };

/** Holds the literals of secrets: the only place that does. */
export interface Vault {
  /** Takes a literal and gives the token that stands for it. The same literal gives the same fingerprint. */
  seal(type: SecretType, literal: string, shape?: JsonValue): SecretToken;
  /** Notes a literal that must not be shown, without a token of its own: a password inside a URL, for example. */
  hide(literal: string): void;
  /** The literal of a token or fingerprint of this run; undefined for one of another run. */
  reveal(token: SecretToken | string): string | undefined;
  /** The text without any sealed literal of four or more characters, however encoded, and without what looks like a secret. */
  scrub(text: string): string;
  /** True when a sealed literal occurs in the text in any encoding. */
  leaks(text: string): boolean;
  /** The value with every string in it scrubbed; the names of fields stay, the keys given by `keys` do not. */
  scrubAll<T>(value: T, keys?: (name: string) => boolean): T;
}

/** Encodings can be stacked: a URL in JSON in a form. Deeper stacks than this are not taken apart. */
const maxDepth = 3;
/** How many views of one text are searched at most. */
const maxViews = 48;

type Range = readonly [number, number];

/**
 * @param options.randomKey the key of the run's fingerprints; 32 random bytes where it is not given. It is stored nowhere.
 */
export function createVault(options: { readonly randomKey?: Uint8Array } = {}): Vault {
  const key = options.randomKey ?? randomBytes(32);
  const literals = new Map<string, string>();
  const needles = createNeedles();

  function hide(literal: string): void {
    needles.add(literal);
    const trimmed = literal.trim();
    if (trimmed !== literal) needles.add(trimmed);
  }

  /** Ranges of the text that show a literal. What is marked already is left out, lest a secret named "secret" be found in it. */
  function exposed(text: string): Range[] {
    const found: Range[] = [];
    for (const view of views(text)) {
      for (const [from, to] of needles.find(view.text)) {
        const range: Range = [view.starts[from] ?? 0, view.ends[to - 1] ?? text.length];
        if (!insideMarker(text, range)) found.push(range);
      }
    }
    return found;
  }

  function scrub(text: string): string {
    const ranges = text.length < 4 ? [] : exposed(text);
    return scrubShapes(ranges.length === 0 ? text : replaceRanges(text, ranges));
  }

  function scrubAll<T>(value: T, keys?: (name: string) => boolean): T {
    return mapStrings(value, scrub, keys) as T;
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
    reveal: (token) => literals.get(typeof token === "string" ? token : token.$secret.fingerprint),
    scrub,
    leaks: (text) => exposed(text).length > 0,
    scrubAll,
  };
}

/** The text as it is and as each stack of encodings would read it, each view once. */
function views(text: string): View[] {
  const list: View[] = [plainView(text)];
  const seen = new Set([text]);
  let level = list.slice();
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: View[] = [];
    for (const view of level) {
      for (const decode of decoders) {
        if (list.length >= maxViews) return list;
        const inner = decode(view.text);
        if (inner === undefined || seen.has(inner.text)) continue;
        seen.add(inner.text);
        const whole = through(view, inner);
        next.push(whole);
        list.push(whole);
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
