import type { Command } from "commander";
import { examples } from "../flags.ts";
import type { Declared } from "../program.ts";
import { declareLogsTail } from "./logs-tail.ts";
import { declareLogsTriage } from "./logs-triage.ts";

/** `cscp logs`, the group of commands that read logs. */
export function declareLogs(logs: Command, declared: Declared): void {
  logs.addHelpText("after", examples("cscp logs tail --stack cs-copilot-backend", "cscp logs triage app.log"));
  declareLogsTail(logs.command("tail"), declared);
  declareLogsTriage(logs.command("triage"), declared);
}
