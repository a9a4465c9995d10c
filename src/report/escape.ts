import { visible, visibleLines } from "../core/visible.ts";

/**
 * Text from outside as Markdown text of one line: it shows as what it is, without markup, HTML, mathematics, mentions
 * of people or references to issues. An empty comment parts `@` and `#` from the name behind them, since a backslash
 * does not keep a host from linking it.
 */
export function markdownText(text: string): string {
  return visible(text.trim().replace(/\s+/g, " "))
    .replace(/[\\`*[\]<>|~$&!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, String.raw`\$&`)
    .replace(/^(\d+)([.)])(?=\s|$)/, String.raw`$1\$2`)
    .replace(/^[#+\-=:]/, String.raw`\$&`)
    .replace(/(\\?[@#])(?=\w)/g, "$1<!-- -->");
}

/** Text of one line as it is, in a code span whose fence is longer than any run of backticks in it. */
export function markdownCode(text: string): string {
  const shown = visible(text.trim().replace(/\s+/g, " "));
  if (shown === "") return "` `";
  const fence = "`".repeat(longestRun(shown) + 1);
  const pad = /^`|`$/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Lines as they are, in a fenced block. */
export function markdownBlock(text: string, language: string): readonly string[] {
  const lines = visibleLines(text);
  const fence = "`".repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
  return [fence + language, ...lines, fence];
}

/** A Markdown text or code span in a cell of a table, where even a bar in code would end the cell. */
export function markdownCell(markdown: string): string {
  return markdown.replace(/(?<!\\)\|/g, String.raw`\|`);
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A text cut to at most `most` characters, an ellipsis for what is left out. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
