import type { Command } from "commander";
import { examples, output } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp checks`. */
export function declareChecks(checks: Command, { set, surroundings }: Declared): void {
  output(checks, ["text", "json"], false);
  checks
    .addHelpText("after", examples("cscp checks", "cscp checks -o json"))
    .action((flags) => set(import("../commands/checks.ts").then((command) => command.listChecks(flags, surroundings))));
}
