// What every part of src/logs does to a text before it looks at it.
import { withoutMentions } from "./mentions.ts";

const ansiEscape = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
// In small letters those that make a line harmless are words of sentences, too ("More info: "): there a logger's own mark,
// a time or a number must stand before them. The name of a field is none.
const levelWord =
  /(?:(?:^|[\s[("'=:|])(TRACE|DEBUG|INFO|NOTICE|LOG|WARNING|WARN|ERROR|CRITICAL|FATAL|PANIC|error|critical|fatal)|(?:^|[[("'=:|\t]|[\dZ\])|:>-]\s+)(trace|debug|info|notice|warning|warn))(?=$|[\s\]):"'|,/-])(?!["']\s*:)/;
const jsonLevel = /"(?:level|log_level|levelname|severity|lvl)"\s*:\s*(?:"(?<word>\w+)"|(?<number>[1-6]0)\b)/;

/** How serious a log line says it is; `undefined` where a line says nothing. */
export type Level = "debug" | "info" | "warn" | "error";

/**
 * One text in one shape: ANSI colours gone, `\r` and escaped `\n` as line ends (Python's runtime joins a traceback by
 * `\r` on stdout), U+00A0 as a space, escaped and typographic quotes as plain ones. For matching, never for display.
 */
export function plainText(text: string): string {
  let plain = text;
  if (plain.includes("\u001b")) plain = plain.replace(ansiEscape, "");
  if (plain.includes("\r")) plain = plain.replace(/\r\n?/g, "\n");
  if (plain.includes("\\"))
    plain = plain
      .replace(/\\+r\\+n|\\+n/g, "\n")
      .replace(/\\+t/g, "\t")
      .replace(/\\+(["'`])/g, "$1");
  return plain
    .replace(/[\u00a0\u202f]/g, " ")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2018\u2019]/g, "'");
}

const levels: Readonly<Record<string, Level>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  notice: "info",
  log: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "error",
  fatal: "error",
  panic: "error",
};

/** The level of a word as any logger writes it (`WARNING`, `warn`); `undefined` where it is no level. */
export function levelOfWord(word: string): Level | undefined {
  return levels[word.toLowerCase()];
}

/** The level a pino-style number stands for (10 trace ... 60 fatal). */
function levelOfNumber(value: number): Level {
  if (value >= 50) return "error";
  if (value >= 40) return "warn";
  return value >= 30 ? "info" : "debug";
}

/** The level one line gives itself, looked for in its first 120 characters or in a JSON level field. */
export function lineLevel(line: string): Level | undefined {
  if (line.includes('"')) {
    const fields = jsonLevel.exec(line)?.groups;
    if (fields?.["word"] !== undefined) return levelOfWord(fields["word"]);
    if (fields?.["number"] !== undefined) return levelOfNumber(Number(fields["number"]));
  }
  const found = levelWord.exec(line.slice(0, 120));
  const word = found?.[1] ?? found?.[2];
  return word === undefined ? undefined : levelOfWord(word);
}

const alwaysHarmless =
  /DeprecationWarning|PythonDeprecation|\[DEP\d{4}\]|will no longer support|is deprecated and will|ExperimentalWarning|InsecureRequestWarning|MaxListenersExceededWarning|NODE_TLS_REJECT_UNAUTHORIZED|SECURITY WARNING: The SSL modes|Connection pool is full, discarding|LAMBDA_WARNING|NOTICE:\s|[Pp]ip version .* is available|npm (?:WARN|notice)/;
/** A test that passed, whose name tells of an error: jest, vitest, node:test, go test, pytest. */
const passedTest = /^\s*(?:PASS\s|[✓√✔] |ok \d+ - |--- PASS: )|::\w+(?:\[[^\]]*\])? PASSED\b/;
const saysError =
  /rror\b|xception|FATAL|fatal:|[Ff]ailed|[Ff]ailure|crashed|Traceback|[Tt]imed out|denied|refused|terminat/;
const retries = /\b[Rr]etry(?:ing)?\b|\bwill retry\b|\battempt \d+ (?:of|\/) ?\d+|\breconnecting\b/;
const succeeded = /\b(?:succeeded|successful(?:ly)?|recovered|reconnected|re-?established|healthy|was resolved)\b/i;
const notSucceeded =
  /\b(?:un|not |in)success|without success|(?:rror|xception|FATAL|failed|could not|cannot|unable)\b/i;

/** A line that says of itself that nothing is wrong: a debug line, progress, a deprecation, a retry, a success. */
export function isHarmlessLine(line: string): boolean {
  if (alwaysHarmless.test(line) || passedTest.test(line)) return true;
  const level = lineLevel(line);
  if (level === "debug") return true;
  if (level === "error") return false;
  if (succeeded.test(line) && !notSucceeded.test(line)) return true;
  if (level === "info" || level === "warn") {
    if (retries.test(line)) return true;
    if (level === "info" && !saysError.test(line)) return true;
  }
  return false;
}

/**
 * The lines of a plain text that may tell of a failure, in order; those of the level INFO without what they only mention
 * of errors.
 */
export function significantText(plain: string): string {
  if (!plain.includes("\n")) return news(plain) ?? "";
  return plain
    .split("\n")
    .flatMap((line) => news(line) ?? [])
    .join("\n");
}

function news(line: string): string | undefined {
  if (isHarmlessLine(line)) return undefined;
  if (lineLevel(line) !== "info") return line;
  const told = withoutMentions(line);
  return told === line || !isHarmlessLine(told) ? told : undefined;
}

const errorWords =
  /Traceback \(most recent call last\)|\b[A-Z]\w*(?:Error|Exception)\b|\bError\b|^(?:[a-z_]\w*\.)+[A-Z]\w+: |\bFATAL\b|\bTask timed out\b|Runtime exited|exited before completing|\bpanic:|\bpanicked at\b|\bStatus: (?:error|timeout)\b|"error(?:Type|Message)?":\s*["{]|^[\w.]*\berror:|\bERROR[:\s\]]|"status":\s*"(?:error|timeout|failure)"/m;

/** Does a significant text (see `significantText`) tell of an error, known or not? */
export function isErrorText(significant: string): boolean {
  if (significant.trim() === "") return false;
  if (errorWords.test(significant)) return true;
  return significant.split("\n").some((line) => lineLevel(line) === "error");
}
