import { InvalidArgumentError, Option, type Command } from "commander";

export function stackOption(): Option {
  return new Option("--stack <name>", "the CloudFormation stack (also: CSCP_STACK, cscp.config.json, samconfig.toml)");
}

/** @param limited false for a command that runs until it is ended */
export function connection(command: Command, limited = true): void {
  command
    .option("--profile <name>", "AWS profile")
    .option("--region <region>", "AWS region")
    .option("--endpoint-url <url>", "endpoint of every AWS service, for emulators");
  if (limited) {
    command.addOption(
      new Option("--timeout <duration>", "time limit of the whole run (90s, 5m)")
        .argParser(duration)
        .default(180, "3m"),
    );
  }
  command
    .option(
      "--project <dir>",
      "project folder with template, samconfig.toml and Makefile (default: this folder when it is one)",
    )
    .option("--config <file>", "configuration file (default: cscp.config.json in the project folder)")
    .option("--config-env <name>", "environment of samconfig.toml (also: SAM_CONFIG_ENV; default: default)");
}

/** `-o` with the formats of the command, told in its help and offered by completion. */
export function output(command: Command, choices: readonly string[], several: boolean, toFile = true): void {
  const option = new Option(
    toFile ? "-o, --output <format[=file]>" : "-o, --output <format>",
    `format${toFile ? "; FORMAT=FILE writes a file" : ""}${several ? " (repeatable)" : ""}`,
  )
    .argParser(collect)
    .default([], choices[0]);
  option.argChoices = [...choices];
  command.addOption(option);
  verbosity(command);
}

export function verbosity(command: Command): void {
  command
    .option("-q, --quiet", "print the report only, no progress or notes")
    .option("-v, --verbose", "say more; -vv with stack traces", (_text: string, before: number) => before + 1, 0)
    .option("--no-color", "no colour");
}

/** A flag that may be given several times; its value is the list of what was given. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`).argParser(collect).default([], "none");
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
export const list = (value: string): readonly string[] =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Parses `90`, `90s`, `15m`, `24h`, `2d` to seconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)?$/.exec(text.trim());
  const seconds =
    match === null
      ? undefined
      : Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[(match[2] ?? "s") as "s" | "m" | "h" | "d"];
  if (seconds === 0) throw new InvalidArgumentError("A duration is more than nothing: 90s, 15m, 24h.");
  if (seconds === undefined)
    throw new InvalidArgumentError("A duration is a number with s, m, h or d behind it: 90s, 15m, 24h.");
  return seconds;
}

/** A day (`2027-01-31`) as it is, or a duration in seconds. */
export function dateOrDuration(text: string): string | number {
  if (/^\d+(?:\.\d+)?[smhd]?$/.test(text)) return duration(text);
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new InvalidArgumentError("It is a day, 2027-01-31, or a duration: 30d.");
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text))
    throw new InvalidArgumentError(`${text} is no day of the calendar.`);
  return text;
}

/**
 * A point in time: `2026-11-23T10:00`, in UTC where it has no zone, or a duration before now (`90s`, `15m`, `24h`), which
 * is given back in seconds.
 */
export function moment(text: string): number | Date {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:\d\d)?$/i.exec(text.trim());
  if (parts === null) return duration(text);
  const [, day = "", time = "00:00", zone = "Z"] = parts;
  const at = new Date(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError(`${text} is no point in time.`);
  return at;
}

/** A regular expression as JavaScript writes it, without its slashes. */
export function expression(text: string, before: readonly RegExp[]): readonly RegExp[] {
  try {
    return [...before, new RegExp(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** An id, or so much of its beginning that it says something. */
export function requestId(text: string, before: readonly string[]): readonly string[] {
  const id = text.trim();
  if (id.length < 4) throw new InvalidArgumentError("It is an id, or its beginning of four letters at least.");
  return [...before, id];
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
}
