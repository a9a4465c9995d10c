import type { Argument, Command, Option } from "commander";
import { causeIds } from "../../core/cause-ids.gen.ts";
import { checkIds } from "../../core/check-ids.gen.ts";
import { listFolders, packageFile } from "../../source/files.ts";
import { completionScript, type CommandWords, type FlagWords, type Suggestion } from "../completion.ts";
import { exitCodes } from "../exit.ts";
import type { Shell } from "../shells.ts";
import type { Surroundings } from "../surroundings.ts";

/** `cscp completion`: the script is made from the program itself, every flag of which has been added before. */
export async function completion(shell: Shell, program: Command, surroundings: Surroundings): Promise<number> {
  const incidents = await listFolders(packageFile("fixtures/incidents"));
  const commands = program.commands.map((command) => groupWords(command, incidents));
  await surroundings.out(completionScript(shell, commands));
  return exitCodes.healthy;
}

/** A group's words are the names of its commands; behind them, the flags of any of them. */
function groupWords(group: Command, incidents: readonly string[]): CommandWords {
  const own = wordsOf(group, incidents);
  if (group.commands.length === 0) return own;
  const flags = new Map<string, FlagWords>();
  for (const command of group.commands)
    for (const flag of [...wordsOf(command, incidents).flags, ...own.flags]) flags.set(flag.names.join(), flag);
  const words = group.commands.map((command) => command.name());
  return { ...own, flags: [...flags.values()], arguments: [{ kind: "words", words }, { kind: "file" }] };
}

function wordsOf(command: Command, incidents: readonly string[]): CommandWords {
  const help: FlagWords = { names: ["-h", "--help"], description: "print help", repeatable: false };
  return {
    name: command.name(),
    description: command.description(),
    flags: [...command.options.filter((option) => !option.hidden).map(flagWords), help],
    arguments: command.registeredArguments.map((argument) => argumentWords(argument, incidents)),
    commands: command.commands.map((inner) => wordsOf(inner, incidents)),
  };
}

function flagWords(option: Option): FlagWords {
  const { short, long, description, required, optional } = option;
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    // What is collected or counted may be given again.
    repeatable: Array.isArray(option.defaultValue) || (!required && typeof option.defaultValue === "number"),
    ...(required || optional ? { value: valueOf(option) } : {}),
  };
}

/** What a flag takes, told by its choices or by the name of its value. */
function valueOf({ argChoices, flags }: Option): Suggestion {
  if (argChoices !== undefined) return { kind: "words", words: argChoices };
  switch (/<([\w-]+)/.exec(flags)?.[1]) {
    case "file":
    case "path":
      return { kind: "file" };
    case "dir":
      return { kind: "folder" };
    case "ids":
      return { kind: "words", words: checkIds, several: true };
    case "id":
      return flags.includes("[:subject]") ? { kind: "words", words: checkIds } : { kind: "value" };
    default:
      return { kind: "value" };
  }
}

function argumentWords(argument: Argument, incidents: readonly string[]): Suggestion {
  if (argument.argChoices !== undefined) return { kind: "words", words: argument.argChoices };
  switch (argument.name()) {
    case "id":
      return { kind: "words", words: [...checkIds, ...causeIds] };
    case "incident":
      return { kind: "words", words: incidents };
    case "file":
    case "target":
      return { kind: "file" };
    default:
      return { kind: "value" };
  }
}
