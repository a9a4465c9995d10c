import { InvalidArgumentError, Option, type Command } from "commander";
import { severities } from "../../core/finding.ts";
import { formats } from "../../report/formats.ts";
import { connection, duration, examples, output, repeatable, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp smoke`. */
export function declareSmoke(smoke: Command, { set, surroundings }: Declared): void {
  smoke
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .option("--api-url <url>", "base URL of the API, stage included; without a stack it is all that is asked")
    .addOption(repeatable("--tool <name>", "call only this tool"))
    .addOption(repeatable("--include <name>", "call this tool though it may write, all for every one"))
    .option("--customer-id <id>", "the customer that bodies ask for (default: the configuration's)")
    .option("--owner <id>", "the owner whose data bodies ask for (default: the configuration's)")
    .addOption(repeatable("--set <key=value>", "a value of the bodies, params.periodDays=7 for example"))
    .option("--key <source>", "where the signing key is: env:NAME, ssm:NAME, secret:ID[#FIELD], file:PATH or stdin")
    .option("--repeat <n>", "measure this many requests of each tool", count(1000), 1)
    .option("--warm", "send a request to each tool before those that are measured, and show its time apart")
    .option("--parallel <n>", "how many requests are under way at once", count(64), 4)
    .option("--wait <duration>", "wait at most this long (2m) for a first success, after a deploy", duration)
    .option("--no-negative", "do not try signatures that the API must refuse")
    .option("--no-invoke", "do not invoke functions without the API where a request to it fails")
    .option("--compare <file>", "show the times of an earlier run beside these: its -o json=FILE")
    .option("--print-curl", "print signed curl commands, and send nothing")
    .addOption(
      new Option("--fail-on <severity>", "lowest severity that makes the exit code 1")
        .choices(severities)
        .default("error"),
    );
  connection(smoke);
  output(smoke, formats, true);
  smoke
    .addHelpText(
      "after",
      examples(
        "cscp smoke --stack cs-copilot-backend",
        "cscp smoke --stack cs-copilot-backend --tool get_contract_info --repeat 20 --warm",
        "cscp smoke --api-url https://api.example.com/prod --key env:CALLERS_KEY",
        "cscp smoke --stack cs-copilot-backend --wait 2m -o junit=smoke.xml",
      ),
    )
    .action((flags) => set(import("../commands/smoke.ts").then((command) => command.smoke(flags, surroundings))));
}

/** Parses a whole number from 1 on. */
function count(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > most) {
      throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
    }
    return number;
  };
}
