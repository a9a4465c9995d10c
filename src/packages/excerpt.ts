// A line of source as proof: shortened, and with literals masked that may be secrets.

const maxLength = 160;
const secretName =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|private_?key|credential)\w*["']?\]?\s*[=:]\s*[a-zA-Z]{0,2}$/i;
const urlWithPassword = /:\/\/[^\s/:@]*:[^\s@]+@/;

/** The line with every literal that may be a secret replaced by `***`, trimmed, at most 160 characters. */
export function excerpt(line: string): string {
  let masked = "";
  let at = 0;
  for (const match of line.matchAll(/("""|'''|"|'|`)((?:\\.|(?!\1).)*)(\1|$)/g)) {
    const [whole, quote = "", body = "", end = ""] = match;
    masked += line.slice(at, match.index);
    const before = line.slice(0, match.index);
    masked += mayBeSecret(body) || secretName.test(before) ? `${quote}***${end}` : whole;
    at = match.index + whole.length;
  }
  masked += line.slice(at);
  // A string that began on an earlier line shows no quotes here.
  masked = masked.replaceAll(/[a-z][a-z\d+.-]*:\/\/[^\s/:@"']*:[^\s@"']+@[^\s"']*/gi, "***").trim();
  return masked.length > maxLength ? `${masked.slice(0, maxLength - 1)}…` : masked;
}

/** Whether a name is one that a secret is kept under. */
export function isSecretName(name: string): boolean {
  return secretName.test(`${name}=`);
}

/** A text with addresses that hold a password, and words that look like keys, replaced by `***`. */
export function masked(text: string): string {
  return text
    .replaceAll(/[a-z][a-z\d+.-]*:\/\/[^\s/:@"']*:[^\s@"']+@[^\s"']*/gi, "***")
    .replaceAll(/[\w+/=.~-]{16,}/g, (word) => (mayBeSecret(word) ? "***" : word));
}

/** Whether a literal looks like a secret: an address with a password, or a key. */
export function mayBeSecret(text: string): boolean {
  if (urlWithPassword.test(text)) return true;
  if (/^-----BEGIN|^AKIA|^ASIA|^eyJ/.test(text)) return true;
  // One word of mixed letters and digits, as keys are; names of variables and parameters have separators or are words.
  return (
    text.length >= 16 && /^[\w+/=.~-]+$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text) && entropy(text) > 3.5
  );
}

/** Shannon entropy in bits a character: words and paths stay under 3.5, random keys of that length are above. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/** Table names in an SQL text, without quotes; none when the text is no statement. */
export function sqlTables(text: string): string[] {
  if (!/^\s*(?:select|insert|update|delete|with|merge|truncate|create|alter)\b/i.test(text)) return [];
  const tables = new Set<string>();
  const named =
    /\b(?:from|join|into|update|table)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+)?((?:"[^"]+"|[a-z_]\w*)(?:\.(?:"[^"]+"|[a-z_]\w*))?)/gi;
  const common = new Set(
    [...text.matchAll(/(?:\bwith|,)\s+(?:recursive\s+)?([a-z_]\w*)\s+as\s*\(/gi)].map((match) => match[1]),
  );
  for (const match of text.matchAll(named)) {
    const name = (match[1] ?? "").replaceAll('"', "");
    if (!common.has(name) && !/^(?:select|lateral|unnest|generate_series|set|where|only)$/i.test(name))
      tables.add(name);
  }
  return [...tables];
}
