import { Option, type Command } from "commander";
import { purposes } from "../../facts/purposes.ts";
import { connection, examples, output, repeatable } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp iam-policy`. */
export function declareIamPolicy(policy: Command, { set, surroundings }: Declared): void {
  policy
    .addOption(new Option("--for <command>", "what the caller will run").choices(purposes).default("doctor"))
    .addOption(new Option("--stack <name>", "narrow it to the resources of this stack, which are looked up"))
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .addOption(repeatable("--kms-key <arn>", "KMS key of your own that something is encrypted with"));
  connection(policy);
  output(policy, ["json", "terraform"], false);
  policy
    .addHelpText(
      "after",
      examples(
        "cscp iam-policy --for doctor",
        "cscp iam-policy --for doctor --stack cs-copilot-backend",
        "cscp iam-policy --for tail -o terraform=cscp.tf",
      ),
    )
    .action((flags) =>
      set(import("../commands/iam-policy.ts").then((command) => command.iamPolicy(flags, surroundings))),
    );
}
