// Wide: two columns in a terminal (the East Asian scripts, their full-width forms, and emoji; Unicode UAX #11).
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const mark = /[\p{Mn}\p{Me}]/u;
const plain = /^[\x20-\x7e]*$/;

/** How many columns a text takes in a terminal: two for a wide character, none for a combining mark. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

function widthOf(character: string): number {
  if (mark.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** The text with spaces after it up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/**
 * Breaks a text into lines of at most `width` columns, at spaces; line breaks in the text count as spaces. A word that
 * is longer than a line is cut: after a slash, colon, comma, dot, dash or equals sign where it has one, else anywhere.
 * @returns at least one line, without spaces at its ends
 */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(1, width);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    for (const [index, piece] of cut(word, room).entries()) {
      const joined = line === "" ? piece : index === 0 ? `${line} ${piece}` : `${line}${piece}`;
      if (displayWidth(joined) <= room) {
        line = joined;
      } else {
        if (line !== "") lines.push(line);
        line = piece;
      }
    }
  }
  if (line !== "" || lines.length === 0) lines.push(line);
  return lines;
}

/** Like `wrap` for a line whose spaces matter (a log line): its indentation is kept, on what follows a break too. */
export function wrapLine(text: string, width: number): readonly string[] {
  if (displayWidth(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? "";
  const kept = indent.length < width / 2 ? indent : "";
  return wrap(text.slice(indent.length), width - kept.length).map((line) => kept + line);
}

/** A word in pieces of at most `room` columns. */
function cut(word: string, room: number): readonly string[] {
  if (displayWidth(word) <= room) return [word];
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of word) {
    const more = widthOf(character);
    if (width + more > room && piece !== "") {
      const at = breakPoint(piece);
      pieces.push(piece.slice(0, at));
      piece = piece.slice(at);
      width = displayWidth(piece);
    }
    piece += character;
    width += more;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** After the last separator in the second half of a piece, or at its end. */
function breakPoint(piece: string): number {
  const at = /^.*[/:,.\-=&?]/s.exec(piece)?.[0].length ?? 0;
  return at > piece.length / 2 ? at : piece.length;
}

/** Puts a text under a hanging indent: `first` before its first line, spaces of the same width before the others. */
export function hang(first: string, lines: readonly string[]): readonly string[] {
  const under = " ".repeat(displayWidth(first));
  return lines.map((line, index) => ((index === 0 ? first : under) + line).trimEnd());
}

/** Joins parts with a separator, breaking only between parts; a part that is too long for a line is wrapped. */
export function flow(parts: readonly string[], separator: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    const joined = line === "" ? part : `${line}${separator}${part}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push((line + separator).trimEnd());
    const wrapped = wrap(part, width);
    lines.push(...wrapped.slice(0, -1));
    line = wrapped.at(-1) ?? "";
  }
  if (line !== "") lines.push(line);
  // A separator left at the end of a line must not push it over the width.
  return lines.map((text) =>
    displayWidth(text) > width ? text.slice(0, -separator.trimEnd().length).trimEnd() : text,
  );
}

/** "a", "a and b", "a, b and c"; past `most` names "a, b and 3 more". */
export function listed(names: readonly string[], most = Number.POSITIVE_INFINITY): string {
  const shown = names.length > most ? names.slice(0, Math.max(1, most - 1)) : names;
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
}

/** Names as `listed`; words that begin all of them are said once: "log of A, B and C". */
export function phraseOf(names: readonly string[], most = Number.POSITIVE_INFINITY): string {
  const words = names.map((name) => name.split(" "));
  const [one = [], ...others] = words;
  const differs = one.findIndex((word, at) => at === one.length - 1 || others.some((other) => other[at] !== word));
  const shared = others.length === 0 ? 0 : Math.min(Math.max(0, differs), ...words.map((all) => all.length - 1));
  const rest = listed(
    words.map((all) => all.slice(shared).join(" ")),
    most,
  );
  return [...one.slice(0, shared), rest].join(" ");
}

/** The text with a full stop where it has no end of its own. */
export function sentence(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === "" || /[.!?:…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** "1 finding", "2 findings". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
