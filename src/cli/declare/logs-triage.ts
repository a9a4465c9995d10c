import { Option, type Command } from "commander";
import { connection, examples, moment, output, repeatable, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";
import { triageEngines, triageFormats } from "../triage-formats.ts";

/** `cscp logs triage`. */
export function declareLogsTriage(triage: Command, { set, surroundings }: Declared): void {
  triage
    .description("rank the failures in logs by root cause: how often, where, since when, and how to mend it")
    .argument("[file...]", "log files, gzipped or not; - for standard input")
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .addOption(repeatable("--function <name>", "a function: logical id with a stack, name or ARN"))
    .addOption(repeatable("--log-group <group>", "a log group in CloudWatch, by name or ARN"))
    .addOption(
      new Option(
        "--engine <engine>",
        "how CloudWatch is read: scan fetches what may be an error; insights has the service search, for about $0.005 a GB",
      ).choices(triageEngines),
    )
    .option("--since <time>", "from when (90s, 24h, 2026-11-23T10:00; default: 1h in CloudWatch)", moment)
    .option("--until <time>", "up to when, told in the same ways (default: now)", moment);
  connection(triage);
  output(triage, triageFormats, true);
  triage
    .addHelpText(
      "after",
      examples(
        "cscp logs triage app.log other.log.gz",
        "kubectl logs deploy/api | cscp logs triage -",
        "cscp logs triage --stack cs-copilot-backend --since 24h",
        "cscp logs triage --stack cs-copilot-backend --since 14d --engine insights",
        "cscp logs triage --function GetCustomerUsage --stack cs-copilot-backend -o json",
      ),
    )
    .action((files, flags) =>
      set(import("../commands/logs-triage.ts").then((command) => command.logsTriage(files, flags, surroundings))),
    );
}
