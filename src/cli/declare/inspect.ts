import { Option, type Command } from "commander";
import { connection, examples, output, repeatable, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp inspect`. */
export function declareInspect(inspect: Command, { set, surroundings }: Declared): void {
  inspect
    .argument("<target...>", "folder, .zip, .whl, function or layer ARN, or a function's name")
    .addOption(repeatable("--layer <path>", "folder, .zip or ARN of a layer, in the function's order"))
    .option("--runtime <name>", "Lambda runtime, python3.12 for example (default: the template's or the function's)")
    .addOption(
      new Option("--arch <name>", "architecture (default: as for --runtime, else x86_64)").choices(["x86_64", "arm64"]),
    )
    .option("--handler <handler>", "handler to follow, app.handler for example (default: as for --runtime)")
    .addOption(repeatable("--module <name>", "module to import in place of a handler"))
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp());
  connection(inspect);
  output(inspect, ["text", "json"], false);
  inspect
    .addHelpText(
      "after",
      examples(
        "cscp inspect .aws-sam/build/GetCustomerUsage",
        "cscp inspect backend --layer infra/layers/common --runtime python3.12 --handler app.handler",
        "cscp inspect infra/layers/common --runtime python3.12 --arch arm64 --module psycopg2",
        "cscp inspect GetCustomerUsage --stack cs-copilot-backend -o json",
      ),
    )
    .action((targets, flags) =>
      set(import("../commands/inspect.ts").then((command) => command.inspect(targets, flags, surroundings))),
    );
}
