import type { Command } from "commander";
import { examples } from "../flags.ts";
import type { Declared } from "../program.ts";
import { declareLogsTriage } from "./logs-triage.ts";

/** `cscp logs`, the group of commands that read logs. */
export function declareLogs(logs: Command, declared: Declared): void {
  logs.addHelpText("after", examples("cscp logs triage app.log", "cscp logs triage --stack cs-copilot-backend"));
  declareLogsTriage(logs.command("triage"), declared);
}
