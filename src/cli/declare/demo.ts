import type { Command } from "commander";
import { formats } from "../../report/formats.ts";
import { examples, output } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp demo`. */
export function declareDemo(demo: Command, { set, surroundings }: Declared): void {
  demo.argument("[incident]", "which recorded incident", "stale-layer").option("--list", "list the recorded incidents");
  output(demo, formats, true);
  demo
    .addHelpText("after", examples("cscp demo", "cscp demo --list", "cscp demo url-lost-at-deploy"))
    .action((incident, flags) =>
      set(import("../commands/demo.ts").then((command) => command.demo(incident, flags, surroundings))),
    );
}
