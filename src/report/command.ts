import { displayWidth } from "./layout.ts";

/** How one command of a remedy is to be printed so that it can be copied and still means the same. */
interface CommandLayout {
  readonly lines: readonly string[];
  /** True where a line break stands inside a quotation or a here-document: an indentation would become part of the text. */
  readonly flushLeft: boolean;
}

/**
 * Lays out a POSIX shell command in lines of at most `width` columns. Lines that are too long are continued with ` \`:
 * before an option or an operator where possible, else at any space that only separates words. What has no such space
 * (a long word, a quotation, a comment, a here-document) is left as long as it is.
 */
export function layoutCommand(command: string, width: number): CommandLayout {
  const scan = scanShell(command);
  const lines: string[] = [];
  let start = 0;
  for (const line of command.split("\n")) {
    const breaks = scan.breaks.filter((at) => at >= start && at < start + line.length).map((at) => at - start);
    lines.push(...continued(line, breaks, width));
    start += line.length + 1;
  }
  return { lines, flushLeft: scan.flushLeft };
}

/** A word as a POSIX shell reads it back: as it is where nothing in it is special, else in single quotes. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

const continuation = " \\";

function continued(line: string, breaks: readonly number[], width: number): readonly string[] {
  if (displayWidth(line) <= width) return [line];
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  const further = `${indent}  `;
  const spaces = breaks.filter((at) => at > indent.length && !/^\s*\\?$/.test(line.slice(at)));
  // `-c` and `-C` belong to the word behind them: a shell or make reads them as one thing.
  const preferred = spaces.filter((at) => /^ +(--[A-Za-z]|-(?![cC] )[A-Za-z]|&&|\|)/.test(line.slice(at)));
  const lines: string[] = [];
  let from = 0;
  let before = indent;
  for (;;) {
    const [here, prefix] = [from, before];
    const fits = (end: number, tail: string): boolean =>
      displayWidth(prefix + line.slice(here, end).trimStart() + tail) <= width;
    if (fits(line.length, "")) break;
    const at =
      preferred.findLast((end) => end > here && fits(end, continuation)) ??
      spaces.findLast((end) => end > here && fits(end, continuation)) ??
      spaces.find((end) => end > here);
    if (at === undefined) break;
    lines.push(before + line.slice(from, at).trim() + continuation);
    from = at;
    before = further;
  }
  return [...lines, before + line.slice(from).trimStart()];
}

interface ShellScan {
  /** Offsets of spaces that only separate words. */
  readonly breaks: readonly number[];
  readonly flushLeft: boolean;
}

type Context = "code" | "parenthesis" | "backtick" | "single" | "double" | "ansi";

interface HereDocument {
  readonly end: string;
  readonly tabs: boolean;
}

/** Finds the places where a space is only a space: not in a quotation, a comment or a here-document. */
function scanShell(command: string): ShellScan {
  const breaks: number[] = [];
  const stack: Context[] = ["code"];
  const waiting: HereDocument[] = [];
  let flushLeft = false;
  let at = 0;

  function code(character: string): void {
    const rest = command.slice(at);
    const here = /^<<(-?)[ \t]*(["']?)([A-Za-z_][A-Za-z0-9_]*)\2/.exec(rest);
    if (rest.startsWith("<<<")) {
      at += 3;
    } else if (here !== null) {
      waiting.push({ end: here[3] ?? "", tabs: here[1] === "-" });
      at += here[0].length;
    } else if (character === "#" && (at === 0 || /[\s;(&|]/.test(command[at - 1] ?? ""))) {
      at += /^[^\n]*/.exec(rest)?.[0].length ?? 1;
    } else if (character === "\n" && waiting.length > 0) {
      flushLeft = true;
      at = afterHereDocuments(command, at, waiting);
    } else {
      if (character === " ") breaks.push(at);
      openOrClose(character, rest);
      at += rest.startsWith("$'") || rest.startsWith("$(") ? 2 : 1;
    }
  }

  function openOrClose(character: string, rest: string): void {
    const top = stack.at(-1);
    if (rest.startsWith("$'")) stack.push("ansi");
    else if (rest.startsWith("$(") || character === "(") stack.push("parenthesis");
    else if (character === ")" && top === "parenthesis") stack.pop();
    else if (character === "`") backtick(top);
    else if (character === "'") stack.push("single");
    else if (character === '"') stack.push("double");
  }

  function backtick(top: Context | undefined): void {
    if (top === "backtick") stack.pop();
    else stack.push("backtick");
  }

  function quotation(character: string, context: "single" | "double" | "ansi"): void {
    if (character === "\n") flushLeft = true;
    const rest = command.slice(at);
    if (character === (context === "double" ? '"' : "'")) stack.pop();
    else if (context === "double" && rest.startsWith("$(")) stack.push("parenthesis");
    else if (context === "double" && character === "`") stack.push("backtick");
    at += context === "double" && rest.startsWith("$(") ? 2 : 1;
  }

  while (at < command.length) {
    const character = command[at] ?? "";
    const context = stack.at(-1) ?? "code";
    if (character === "\\" && context !== "single") {
      at += 2;
      continue;
    }
    switch (context) {
      case "code":
      case "parenthesis":
      case "backtick":
        code(character);
        break;
      case "single":
      case "double":
      case "ansi":
        quotation(character, context);
        break;
    }
  }
  return { breaks, flushLeft };
}

/** The offset after the here-documents that begin behind the line break at `from`; `waiting` is emptied. */
function afterHereDocuments(command: string, from: number, waiting: HereDocument[]): number {
  let at = from + 1;
  for (const { end, tabs } of waiting.splice(0)) {
    while (at < command.length) {
      const stop = command.indexOf("\n", at);
      const line = command.slice(at, stop === -1 ? undefined : stop);
      at = stop === -1 ? command.length : stop + 1;
      if ((tabs ? line.replace(/^\t+/, "") : line) === end) break;
    }
  }
  return at;
}
