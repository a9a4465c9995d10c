import { Option, type Command } from "commander";
import { connection, examples, expression, moment, output, repeatable, requestId, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";
import { tailFormats } from "../tail-formats.ts";

/** `cscp logs tail`. */
export function declareLogsTail(tail: Command, { set, surroundings }: Declared): void {
  tail
    .description("follow the logs of a stack, of functions or log groups: every event once, failures with their cause")
    .argument("[function...]", "functions: logical ids with a stack, names or ARNs (default: all of the stack)")
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .addOption(repeatable("--log-group <group>", "a log group, by name or ARN"))
    .option("--since <time>", "from when (90s, 24h, 2026-11-23T10:00; default: 10m)", moment)
    .option("--until <time>", "up to when, told in the same ways; waits up to 20 s more for what comes late", moment)
    .option("--no-follow", "show what is there and end")
    .option("--poll", "without Live Tail, which costs by the minute")
    .option("--filter <pattern>", "only what CloudWatch's own filter pattern matches")
    .addOption(new Option("--grep <regex>", "only what matches (repeatable)").argParser(expression).default([], "none"))
    .addOption(
      new Option("--grep-not <regex>", "not what matches (repeatable)").argParser(expression).default([], "none"),
    )
    .option("--errors", "only failures, known and unknown ones")
    .addOption(
      new Option("--request <id>", "only requests of Lambda's id, its beginning, or an id in their lines (repeatable)")
        .argParser(requestId)
        .default([], "none"),
    )
    .option("--group-by-request", "the events of a request together, when it is over");
  connection(tail, false);
  output(tail, tailFormats, false, false);
  tail
    .addHelpText(
      "after",
      examples(
        "cscp logs tail --stack cs-copilot-backend",
        "cscp logs tail GetCustomerUsage --stack cs-copilot-backend --errors",
        "cscp logs tail --log-group /ecs/api --since 2h --no-follow -o raw",
        "cscp logs tail --stack cs-copilot-backend --poll -o ndjson | jq .message",
      ),
    )
    .action((functions, flags) =>
      set(import("../commands/logs-tail.ts").then((command) => command.logsTail(functions, flags, surroundings))),
    );
}
