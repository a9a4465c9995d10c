import { visible } from "../../core/visible.ts";

/**
 * Text from outside on one line of at most `most` characters: line ends and blanks are a space, whatever else cannot be
 * seen or acts on a terminal an escape (`\x1b`), what is cut an ellipsis.
 */
export function oneLine(text: string, most = 300): string {
  const line = visible(text.replace(/[\s\x85]+/g, " ")).trim();
  // A character outside the basic plane is two units long and must not be cut in two.
  return line.length <= most
    ? line
    : `${line
        .slice(0, most - 1)
        .replace(/[\ud800-\udbff]$/, "")
        .trimEnd()}…`;
}

/** Text from outside as the end of a sentence: one line, without its own full stop. */
export function clause(text: string, most = 300): string {
  return oneLine(text, most).replace(/[.\s]+$/, "");
}

/** A sentence as it goes on after a colon. */
export function continued(sentence: string): string {
  const text = clause(sentence);
  return /^(?:The|A|An|It|There|This|What)\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[], conjunction: "and" | "or" = "and"): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/** `1 file`, `3 files`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Before a colon such a code would be read as the name of a secret, and what follows as its value. */
const secretly = /(?:token|secret|passw(?:or)?d|passphrase|key|hmac|cookie|jwt|signature)s?$/i;

/** `28P01: password authentication failed`; a message that names its code itself stands alone. */
export function codeAndMessage(code: string | undefined, message: string | undefined): string {
  const text = oneLine(message ?? "");
  if (code === undefined || code === "" || text.includes(code)) return text;
  if (text !== "" && secretly.test(code)) return `${text.replace(/\.$/, "")} (${oneLine(code)})`;
  return text === "" ? oneLine(code) : `${oneLine(code)}: ${text}`;
}

/** A role's name out of its ARN, whatever its path. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
