import { Argument, Command, CommanderError, Help } from "commander";
import { declareDoctor } from "./declare/doctor.ts";
import { declareDemo } from "./declare/demo.ts";
import { declareChecks } from "./declare/checks.ts";
import { declareExplain } from "./declare/explain.ts";
import { declareInspect } from "./declare/inspect.ts";
import { declareCapture } from "./declare/capture.ts";
import { declareInit } from "./declare/init.ts";
import { declareLogs } from "./declare/logs.ts";
import { declareDb } from "./declare/db.ts";
import { declareSmoke } from "./declare/smoke.ts";
import { declareIamPolicy } from "./declare/iam-policy.ts";
import { didYouMean } from "./did-you-mean.ts";
import { exitCodes, usageError } from "./exit.ts";
import { shells } from "./shells.ts";
import { examples } from "./flags.ts";
import type { Surroundings } from "./surroundings.ts";

declare const CSCP_VERSION: string | undefined;

/** The version of the package; `0.0.0` when run from source. */
export const version = typeof CSCP_VERSION === "string" ? CSCP_VERSION : "0.0.0";

/** What a command's declaration is given: where its exit code goes, and what its code runs with. */
export interface Declared {
  readonly set: (code: Promise<number>) => Promise<void>;
  readonly surroundings: Surroundings;
}

/** Flags that every command which asks AWS takes. */
export interface ConnectionFlags {
  readonly profile?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly timeout: number;
  readonly project?: string;
  readonly config?: string;
  readonly configEnv?: string;
}

export interface OutputFlags {
  readonly output: readonly string[];
  readonly quiet?: boolean;
  readonly verbose: number;
  readonly color?: boolean;
}

/** What help is asked on is there, or its asker is told the nearest name. */
function requireCommand(program: Command, asked: readonly string[], withFlags: (command: Command) => void): void {
  let command = program;
  for (const name of asked) {
    // What follows a command that has none below it are its own arguments.
    if (name.startsWith("-") || name === "help" || command.commands.length === 0) return;
    const next = command.commands.find((one) => one.name() === name);
    if (next === undefined) {
      const known = command.commands.map((one) => one.name());
      const path = [command.parent === null ? [] : [command.name()], name].flat().join(" ");
      throw usageError(`There is no command ${path}.`, didYouMean(name, known) ?? `one of ${known.join(", ")}`);
    }
    withFlags(next);
    command = next;
  }
}

/**
 * The command line. A command's flags are added and its code is loaded when it is called, so that `--help` costs nothing
 * but itself. `run` resolves to the exit code.
 */
export function buildProgram(surroundings: Surroundings): { run(args: readonly string[]): Promise<number> } {
  let exitCode: number = exitCodes.healthy;
  /** What commander prints by itself, such as help. */
  const printed: Promise<void>[] = [];
  const set = async (code: Promise<number>): Promise<void> => {
    exitCode = await code;
  };
  const flagsOf = new Map<Command, (command: Command) => void>();
  const withFlags = (command: Command): void => {
    flagsOf.get(command)?.(command);
    flagsOf.delete(command);
  };
  const command = (
    name: string,
    description: string,
    declare: (command: Command, declared: Declared) => void,
  ): void => {
    flagsOf.set(program.command(name).description(description), (declared) => declare(declared, { set, surroundings }));
  };
  const program = new Command("cscp")
    .description(
      "Diagnoses deployed stacks of AWS Lambda and Postgres: the root cause, its proof, and the commands that fix it.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    // An empty list is what a flag that may be repeated starts from; as a default it tells a reader nothing.
    .configureHelp({
      optionDescription: (option) => new Help().optionDescription(option).replace(/ ?\(default: none\)$/, ""),
    })
    .showSuggestionAfterError(true)
    .showHelpAfterError("(cscp --help lists the commands; cscp COMMAND --help its flags)")
    .exitOverride()
    // All of it, since what is left out commander finds out by itself, from streams that take 5 ms to load.
    .configureOutput({
      writeErr: surroundings.err,
      writeOut: (text) => void printed.push(surroundings.out(text)),
      getOutHelpWidth: () => (surroundings.stdoutIsTerminal ? surroundings.columns : 80),
      getErrHelpWidth: () => (surroundings.stderrIsTerminal ? surroundings.stderrColumns : 80),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      examples("cscp doctor --stack cs-copilot-backend", "cscp demo", "cscp explain module-missing"),
    )
    .hook("preSubcommand", (_program, called) => withFlags(called));

  command("doctor", "find what is broken in a stack, why, and how to mend it", declareDoctor);
  command("smoke", "send signed requests to a stack's tools, and say why the ones that fail do", declareSmoke);
  command("demo", "run the doctor on a recorded incident, without an AWS account", declareDemo);
  command("checks", "list every check and every cause", declareChecks);
  command("explain", "say what a check asks or what a cause is", declareExplain);
  command("inspect", "say whether packages and layers will import on Lambda, before a deploy too", declareInspect);
  command("capture", "record what the doctor reads into a file to share; secrets are replaced", declareCapture);
  command("init", "write cscp.config.json from the stack's own resources and the project folder", declareInit);
  command("logs", "follow logs, and rank what fails in them", declareLogs);
  command("db", "look at the database itself: its URL, its drivers, the server", declareDb);
  command("iam-policy", "print the least permissions that a command needs, as IAM JSON or Terraform", declareIamPolicy);
  command("completion", "print a script that completes cscp's commands, flags and ids in a shell", (completion) => {
    completion.addArgument(new Argument("<shell>", "the shell that reads it").choices(shells));
    completion
      .addHelpText(
        "after",
        examples(
          'eval "$(cscp completion bash)"',
          'cscp completion zsh > "${fpath[1]}/_cscp"',
          "cscp completion fish > ~/.config/fish/completions/cscp.fish",
        ),
      )
      .action((shell) => {
        for (const one of program.commands) withFlags(one);
        return set(
          import("./commands/completion.ts").then((called) => called.completion(shell, program, surroundings)),
        );
      });
  });

  return {
    run: async (args) => {
      try {
        if (args.length === 0) {
          program.outputHelp();
          await Promise.all(printed);
          return exitCodes.healthy;
        }
        // Help on a command is asked of the command itself, which has its flags by then.
        const [first, ...called] = args;
        const asked = first === "help" && called.length > 0 ? [...called, "--help"] : args;
        if (first === "help") requireCommand(program, called, withFlags);
        await program.parseAsync([...asked], { from: "user" });
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        await Promise.all(printed);
        return error.exitCode === 0 ? exitCodes.healthy : exitCodes.usage;
      }
    },
  };
}
