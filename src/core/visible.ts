/**
 * Characters that a reader cannot see or that act on a terminal: control characters (C0, DEL and C1), format characters
 * (bidirectional overrides, zero-width ones, tags), line and paragraph separators, lone surrogates, characters that
 * Unicode lets a renderer ignore, code points that are no characters, and every space but the plain one.
 * The two emoji presentation selectors stay: they stand in ordinary text and hide nothing.
 */
const unseen = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\p{NChar}]|(?! )\p{Zs}/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const known = short[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/**
 * Text from outside as it may be shown on one line: what cannot be seen or would act on a terminal stands as an escape
 * (`\x1b`, `\u202e`, `\n`). Applying it twice changes nothing more.
 */
export function visible(text: string): string {
  // Most texts are plain, and the expression asks of each character what Unicode says of it.
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(unseen, escaped);
}

/** One line of a log made visible: a tab is two spaces, and the blanks that Lambda indents Python's frames by are spaces. */
export function visibleLine(line: string): string {
  const indented = line.replace(/^[ \t\u00a0]+/, (blanks) => blanks.replaceAll("\u00a0", " "));
  return visible(indented.replaceAll("\t", "  ")).trimEnd();
}

/** The lines of a text, each made visible. Line ends are the breaks; empty lines at the end go. */
export function visibleLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|[\n\r]/).map(visibleLine);
  while (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * A document with every such character inside a JSON text written as the JSON escape of the same character, so that the
 * text can be shown and still reads back as the same value. In JSON these characters stand inside strings only.
 */
export function visibleJson(json: string): string {
  return json.replace(unseen, (character) =>
    character === "\n" ? character : Array.from({ length: character.length }, (_, at) => unit(character, at)).join(""),
  );
}

function unit(character: string, at: number): string {
  return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
}
