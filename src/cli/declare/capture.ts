import { Option, type Command } from "commander";
import { connection, duration, examples, stackOption, verbosity } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp capture`. */
export function declareCapture(capture: Command, { set, surroundings }: Declared): void {
  capture
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .requiredOption("--output-file <file>", "the .tgz or folder to write")
    .option("--no-smoke", "send no requests to the API")
    .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
    .option(
      "--since <duration>",
      "read logs from this long ago instead of from the last deploy (90s, 15m, 24h)",
      duration,
    )
    .option("--force", "overwrite the file");
  connection(capture);
  verbosity(capture);
  capture
    .addHelpText(
      "after",
      examples(
        "cscp capture --stack cs-copilot-backend --output-file incident.tgz",
        "cscp doctor --bundle incident.tgz",
      ),
    )
    .action((flags) => set(import("../commands/capture.ts").then((command) => command.capture(flags, surroundings))));
}
