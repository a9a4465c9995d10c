import { Option, type Command } from "commander";
import { connection, examples, stackOption, verbosity } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp init`. */
export function declareInit(init: Command, { set, surroundings }: Declared): void {
  init
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
    .option("--customer-id <id>", "customer that smoke requests ask for; otherwise asked on a terminal")
    .option("--owner-id <id>", "owner whose data they ask for; otherwise asked on a terminal")
    .option("--force", "replace a configuration that is there");
  connection(init);
  verbosity(init);
  init
    .addHelpText(
      "after",
      examples(
        "cscp init --stack cs-copilot-backend",
        "cscp init --stack cs-copilot-backend --customer-id acme-001 --owner-id public",
      ),
    )
    .action((flags) => set(import("../commands/init.ts").then((command) => command.init(flags, surroundings))));
}
