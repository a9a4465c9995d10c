import { parseEnv } from "node:util";

/** The variables of an .env file, and the lines that are none: their numbers, counted from 1. */
export interface Dotenv {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly strayLines: readonly number[];
}

/** Whether a text is a name that a shell takes for a variable. Only such a text is printed as a name. */
export const isVariableName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);

const assignment = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=\s*(.*)$/;
const keyBegins = /^[^#]*-----BEGIN [A-Z ]+-----(?!.*-----END )/;
const keyEnds = /-----END [A-Z ]+-----/;

/**
 * Reads an .env file as Node does, without the lines that are neither blank, nor a comment, nor NAME=value: Node takes
 * such a line and the next one together for one name, so that a variable is lost and a secret becomes a name. A value in
 * quotes may have several lines; of a key that is pasted without them the first line alone is the value.
 */
export function dotenvOf(text: string): Dotenv {
  const strayLines: number[] = [];
  const lines = text.split(/\r?\n/);
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const value = assignment.exec(line)?.[1];
    const stray = value === undefined && !/^\s*(?:#|$)/.test(line);
    if (stray) strayLines.push(at + 1);
    else kept.push(line);
    const last = lastLineOf(lines, at, value);
    kept.push(...lines.slice(at + 1, last + 1));
    at = last;
    if (!keyBegins.test(lines[at] ?? "")) continue;
    const end = lines.findIndex((one, index) => index > at && keyEnds.test(one));
    for (; at < end; at += 1) strayLines.push(at + 2);
  }
  return { values: parseEnv(kept.join("\n")), strayLines };
}

/** The line in which a value ends that begins with a quotation mark; the same line where the mark has no other. */
function lastLineOf(lines: readonly string[], at: number, value: string | undefined): number {
  const quote = /^["'`]/.exec(value ?? "")?.[0];
  if (quote === undefined || value?.includes(quote, 1) === true) return at;
  const end = lines.findIndex((line, index) => index > at && line.includes(quote));
  return end === -1 ? at : end;
}
