// Which plain strings a regular expression cannot match without. A search over gigabytes looks for those first.

/** What is known of the strings a part of an expression matches. */
interface Known {
  /** All the strings it matches, where they are few; else undefined. */
  readonly exact: readonly string[] | undefined;
  /** Strings of which at least one is in whatever it matches, the best found so far; empty where nothing is known. */
  readonly needed: readonly string[];
}

const nothing: Known = { exact: undefined, needed: [] };
const empty: Known = { exact: [""], needed: [] };
const mostExact = 24;
/** Quotes, backslashes and control characters look different where a text is escaped, so no literal runs across one. */
const unstable = /["'`\\\u0000-\u001f\u007f-\uffff]/;

const shortest = (strings: readonly string[]): number => Math.min(...strings.map((each) => each.length));
/** The longer its shortest string, the better a set filters; then the fewer the better. */
const better = (a: readonly string[], b: readonly string[]): readonly string[] => {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return shortest(b) > shortest(a) || (shortest(b) === shortest(a) && b.length < a.length) ? b : a;
};
const asNeeded = (known: Known): readonly string[] =>
  known.exact === undefined || known.exact.includes("") ? known.needed : better(known.needed, known.exact);

function concatenate(a: Known, b: Known): Known {
  if (a.exact !== undefined && b.exact !== undefined && a.exact.length * b.exact.length <= mostExact) {
    const exact = a.exact.flatMap((left) => (b.exact ?? []).map((right) => left + right));
    return { exact, needed: better(a.needed, b.needed) };
  }
  return { exact: undefined, needed: better(asNeeded(a), asNeeded(b)) };
}

function alternate(parts: readonly Known[]): Known {
  if (parts.length === 1) return parts[0] ?? nothing;
  const exact = parts.every(({ exact }) => exact !== undefined)
    ? [...new Set(parts.flatMap(({ exact }) => exact ?? []))]
    : undefined;
  const needed = parts.map(asNeeded);
  return {
    exact: exact !== undefined && exact.length <= mostExact ? exact : undefined,
    needed: needed.some((each) => each.length === 0) ? [] : [...new Set(needed.flat())],
  };
}

const optional = (known: Known): Known => ({
  exact: known.exact === undefined ? undefined : [...new Set([...known.exact, ""])],
  needed: [],
});
const repeated = (known: Known): Known => ({ exact: undefined, needed: asNeeded(known) });

const plainText = /[\w !#%&,/:;<=>@~-]+(?![*+?{])/y;

const quantifier = /(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/y;
const groupKind = /\?(?::|=|!|<=|<!|<\w+>)/y;

/** Reads the source of an expression without flags `i` and `v`; constructs it does not know count as unknown text. */
function reader(source: string) {
  let at = 0;
  const peek = (): string => source[at] ?? "";

  function alternatives(): Known {
    const parts = [sequence()];
    while (peek() === "|") {
      at += 1;
      parts.push(sequence());
    }
    return alternate(parts);
  }

  function sequence(): Known {
    let known = empty;
    // A run of single characters is kept exact in itself, so that what follows it can still be weighed against it.
    let run = empty;
    while (at < source.length && peek() !== "|" && peek() !== ")") {
      const next = quantified(atom());
      const joined = concatenate(run, next);
      if (joined.exact !== undefined) run = joined;
      else {
        known = { exact: undefined, needed: better(known.needed, better(asNeeded(run), asNeeded(next))) };
        run = next.exact === undefined ? empty : next;
      }
    }
    if (known === empty) return run;
    return { exact: undefined, needed: better(known.needed, asNeeded(run)) };
  }

  function atom(): Known {
    // Most of an expression is plain text: read as a whole, but for a last character that is repeated.
    plainText.lastIndex = at;
    const plain = plainText.exec(source)?.[0];
    if (plain !== undefined) {
      at += plain.length;
      return { exact: [plain], needed: [] };
    }
    const character = peek();
    at += 1;
    if (character === "(") return group();
    if (character === "[") return characterClass();
    if (character === "\\") return escape();
    if (character === "." || character === "^" || character === "$") return character === "." ? nothing : empty;
    return unstable.test(character) ? nothing : { exact: [character], needed: [] };
  }

  function group(): Known {
    let ignored = false;
    if (peek() === "?") {
      groupKind.lastIndex = at;
      const kind = groupKind.exec(source)?.[0] ?? "?";
      at += kind.length;
      ignored = /[=!]$/.test(kind);
    }
    const inner = alternatives();
    at += 1;
    return ignored ? empty : inner;
  }

  function characterClass(): Known {
    const end = classEnd();
    const body = source.slice(at, end);
    at = end + 1;
    if (/^[A-Za-z]{1,3}$/.test(body)) return { exact: [...body], needed: [] };
    return nothing;
  }

  function classEnd(): number {
    let end = at;
    while (end < source.length && source[end] !== "]") end += source[end] === "\\" ? 2 : 1;
    return end;
  }

  function escape(): Known {
    const character = peek();
    at += 1;
    if (character === "b" || character === "B") return empty;
    if (/[a-zA-Z0-9]/.test(character)) {
      if (character === "x") at += 2;
      if (character === "u") at += 4;
      if (character === "k") at = source.indexOf(">", at) + 1;
      return nothing;
    }
    return unstable.test(character) ? nothing : { exact: [character], needed: [] };
  }

  function quantified(known: Known): Known {
    const sign = peek();
    if (sign !== "*" && sign !== "+" && sign !== "?" && sign !== "{") return known;
    quantifier.lastIndex = at;
    const found = quantifier.exec(source);
    if (found === null) return known;
    at = quantifier.lastIndex;
    if (sign === "?") return optional(known);
    if (sign === "+") return repeated(known);
    return sign === "*" || found[1] === "0" ? { exact: undefined, needed: [] } : repeated(known);
  }

  return alternatives;
}

const derived = new WeakMap<RegExp, readonly string[]>();

/**
 * Strings of which at least one is part of every text that `pattern` matches, each on one line and free of quotes and
 * backslashes (so it is found in raw and in JSON-escaped bytes alike). Empty where the expression guarantees none.
 */
export function literalsOf(pattern: RegExp): readonly string[] {
  const known = derived.get(pattern);
  if (known !== undefined) return known;
  const found = asNeeded(reader(pattern.source)());
  // A string that contains another is found wherever the other is.
  const literals =
    found.length === 1 ? found : found.filter((each) => !found.some((other) => other !== each && each.includes(other)));
  derived.set(pattern, literals);
  return literals;
}
