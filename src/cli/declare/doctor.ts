import { Option, type Command } from "commander";
import { severities } from "../../core/finding.ts";
import { formats } from "../../report/formats.ts";
import { connection, dateOrDuration, duration, examples, list, output, repeatable, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp doctor`. */
export function declareDoctor(doctor: Command, { set, surroundings }: Declared): void {
  doctor
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .option("--bundle <path>", "diagnose a recording (folder or .tgz) instead of asking AWS")
    .option("--only <ids>", "run only these checks (comma-separated)", list)
    .addOption(repeatable("--ignore <id[:subject]>", "leave out a check's findings, for one subject where given"))
    .option("--no-smoke", "send no requests to the API")
    .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
    .option(
      "--since <duration>",
      "read logs from this long ago instead of from the last deploy (90s, 15m, 24h)",
      duration,
    )
    .addOption(
      new Option("--fail-on <severity>", "lowest severity that makes the exit code 1")
        .choices(severities)
        .default("error"),
    )
    .option(
      "--wait <duration>",
      "wait at most this long (5m) for the stack and its functions to settle first",
      duration,
    )
    .option("--baseline <file>", "file of known findings: only what is not in it, or expired in it, fails")
    .option("--update-baseline", "write what fails now into the baseline, and take out what is gone")
    .option(
      "--reason <text>",
      "with --update-baseline: why new and expired entries are accepted; without it they hold nothing back",
    )
    .option("--expires <date>", "with --update-baseline: until when (2027-01-31, or 30d; default 30d)", dateOrDuration);
  connection(doctor);
  output(doctor, formats, true);
  doctor
    .addHelpText(
      "after",
      examples(
        "cscp doctor --stack cs-copilot-backend",
        "cscp doctor --stack cs-copilot-backend --no-smoke -o json",
        "cscp doctor --bundle incident.tgz",
        "cscp doctor --baseline cscp.baseline.json -o github -o junit=cscp.xml",
      ),
    )
    .action((flags) => set(import("../commands/doctor.ts").then((command) => command.doctor(flags, surroundings))));
}
