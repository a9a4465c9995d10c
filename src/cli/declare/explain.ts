import type { Command } from "commander";
import { examples, output } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp explain`. */
export function declareExplain(explain: Command, { set, surroundings }: Declared): void {
  explain.argument("<id>", "a check or a cause");
  output(explain, ["text", "json"], false);
  explain
    .addHelpText("after", examples("cscp explain imports-work", "cscp explain database-url-empty"))
    .action((id, flags) =>
      set(import("../commands/explain.ts").then((command) => command.explain(id, flags, surroundings))),
    );
}
