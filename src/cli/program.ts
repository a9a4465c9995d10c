import { Argument, Command, CommanderError, Help, Option } from "commander";
import { severities } from "../core/finding.ts";
import { purposes } from "../facts/purposes.ts";
import { formats } from "../report/formats.ts";
import { exitCodes } from "./exit.ts";
import { shells } from "./shells.ts";
import {
  connection,
  dateOrDuration,
  duration,
  examples,
  list,
  moment,
  output,
  repeatable,
  stackOption,
  verbosity,
} from "./flags.ts";
import type { Surroundings } from "./surroundings.ts";
import { triageFormats } from "./triage-formats.ts";

declare const CSCP_VERSION: string | undefined;

/** The version of the package; `0.0.0` when run from source. */
export const version = typeof CSCP_VERSION === "string" ? CSCP_VERSION : "0.0.0";

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

/**
 * The command line. A command's flags are added and its code is loaded when it is called, so that `--help` costs nothing
 * but itself. `run` resolves to the exit code.
 */
export function buildProgram(surroundings: Surroundings): { run(args: readonly string[]): Promise<number> } {
  let exitCode: number = exitCodes.healthy;
  const set = async (code: Promise<number>): Promise<void> => {
    exitCode = await code;
  };
  const flagsOf = new Map<Command, (command: Command) => void>();
  const withFlags = (command: Command): void => {
    flagsOf.get(command)?.(command);
    flagsOf.delete(command);
  };
  const command = (name: string, description: string, addFlags: (command: Command) => void): void => {
    flagsOf.set(program.command(name).description(description), addFlags);
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
      writeOut: (text) => void surroundings.out(text),
      getOutHelpWidth: () => (surroundings.stdoutIsTerminal ? surroundings.columns : 80),
      getErrHelpWidth: () => (surroundings.stderrIsTerminal ? surroundings.columns : 80),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      examples("cscp doctor --stack cs-copilot-backend", "cscp demo", "cscp explain module-missing"),
    )
    .hook("preSubcommand", (_program, called) => withFlags(called));

  command("doctor", "find what is broken in a stack, why, and how to mend it", (doctor) => {
    doctor
      .addOption(stackOption())
      .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
      .option("--bundle <path>", "diagnose a recording (folder or .tgz) instead of asking AWS")
      .option("--only <ids>", "run only these checks (comma-separated)", list)
      .addOption(repeatable("--ignore <id[:subject]>", "leave out a check's findings, for one subject where given"))
      .option("--no-smoke", "send no requests to the API")
      .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
      .option(
        "--since <duration>",
        "read logs from this long ago instead of from the last deploy (90s, 15m, 24h)",
        duration,
      )
      .addOption(
        new Option("--fail-on <severity>", "lowest severity that makes the exit code 1")
          .choices(severities)
          .default("error"),
      )
      .option(
        "--wait <duration>",
        "wait at most this long (5m) for the stack and its functions to settle first",
        duration,
      )
      .option("--baseline <file>", "file of known findings: only what is not in it, or expired in it, fails")
      .option("--update-baseline", "write what fails now into the baseline, and take out what is gone")
      .option("--reason <text>", "with --update-baseline: why the new entries are accepted")
      .option(
        "--expires <date>",
        "with --update-baseline: until when (2027-01-31, or 30d; default 30d)",
        dateOrDuration,
      );
    connection(doctor);
    output(doctor, formats, true);
    doctor
      .addHelpText(
        "after",
        examples(
          "cscp doctor --stack cs-copilot-backend",
          "cscp doctor --stack cs-copilot-backend --no-smoke -o json",
          "cscp doctor --bundle incident.tgz",
          "cscp doctor --baseline cscp.baseline.json -o github -o junit=cscp.xml",
        ),
      )
      .action((flags) => set(import("./commands/doctor.ts").then((command) => command.doctor(flags, surroundings))));
  });

  command("demo", "run the doctor on a recorded incident, without an AWS account", (demo) => {
    demo
      .argument("[incident]", "which recorded incident", "stale-layer")
      .option("--list", "list the recorded incidents");
    output(demo, formats, true);
    demo
      .addHelpText("after", examples("cscp demo", "cscp demo --list", "cscp demo url-lost-at-deploy"))
      .action((incident, flags) =>
        set(import("./commands/demo.ts").then((command) => command.demo(incident, flags, surroundings))),
      );
  });

  command("checks", "list every check and every cause", (checks) => {
    output(checks, ["text", "json"], false);
    checks
      .addHelpText("after", examples("cscp checks", "cscp checks -o json"))
      .action((flags) =>
        set(import("./commands/checks.ts").then((command) => command.listChecks(flags, surroundings))),
      );
  });

  command("explain", "say what a check asks or what a cause is", (explain) => {
    explain.argument("<id>", "a check or a cause");
    output(explain, ["text", "json"], false);
    explain
      .addHelpText("after", examples("cscp explain imports-work", "cscp explain database-url-empty"))
      .action((id, flags) =>
        set(import("./commands/explain.ts").then((command) => command.explain(id, flags, surroundings))),
      );
  });

  command("inspect", "say whether packages and layers will import on Lambda, before a deploy too", (inspect) => {
    inspect
      .argument("<target...>", "folder, .zip, .whl, function or layer ARN, or a function's name")
      .addOption(repeatable("--layer <path>", "folder, .zip or ARN of a layer, in the function's order"))
      .option("--runtime <name>", "Lambda runtime, python3.12 for example (default: the template's or the function's)")
      .addOption(
        new Option("--arch <name>", "architecture (default: as for --runtime, else x86_64)").choices([
          "x86_64",
          "arm64",
        ]),
      )
      .option("--handler <handler>", "handler to follow, app.handler for example (default: as for --runtime)")
      .addOption(repeatable("--module <name>", "module to import in place of a handler"))
      .addOption(stackOption())
      .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp());
    connection(inspect);
    output(inspect, ["text", "json"], false);
    inspect
      .addHelpText(
        "after",
        examples(
          "cscp inspect .aws-sam/build/GetCustomerUsage",
          "cscp inspect backend --layer infra/layers/common --runtime python3.12 --handler app.handler",
          "cscp inspect infra/layers/common --runtime python3.12 --arch arm64 --module psycopg2",
          "cscp inspect GetCustomerUsage --stack cs-copilot-backend -o json",
        ),
      )
      .action((targets, flags) =>
        set(import("./commands/inspect.ts").then((command) => command.inspect(targets, flags, surroundings))),
      );
  });

  command("capture", "record what the doctor reads into a file to share; secrets are replaced", (capture) => {
    capture
      .addOption(stackOption())
      .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
      .requiredOption("--output-file <file>", "the .tgz or folder to write")
      .option("--no-smoke", "send no requests to the API")
      .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
      .option(
        "--since <duration>",
        "read logs from this long ago instead of from the last deploy (90s, 15m, 24h)",
        duration,
      )
      .option("--force", "overwrite the file");
    connection(capture);
    verbosity(capture);
    capture
      .addHelpText(
        "after",
        examples(
          "cscp capture --stack cs-copilot-backend --output-file incident.tgz",
          "cscp doctor --bundle incident.tgz",
        ),
      )
      .action((flags) => set(import("./commands/capture.ts").then((command) => command.capture(flags, surroundings))));
  });

  command("init", "write cscp.config.json from the stack's own resources and the project folder", (init) => {
    init
      .addOption(stackOption())
      .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
      .option("--api-url <url>", "base URL of the API, stage included, instead of the one the stack has")
      .option("--customer-id <id>", "customer that smoke requests ask for; otherwise asked on a terminal")
      .option("--owner-id <id>", "owner whose data they ask for; otherwise asked on a terminal")
      .option("--force", "replace a configuration that is there");
    connection(init);
    verbosity(init);
    init
      .addHelpText(
        "after",
        examples(
          "cscp init --stack cs-copilot-backend",
          "cscp init --stack cs-copilot-backend --customer-id acme-001 --owner-id public",
        ),
      )
      .action((flags) => set(import("./commands/init.ts").then((command) => command.init(flags, surroundings))));
  });

  command("logs", "read logs for what fails, and why", (logs) => {
    logs.addHelpText("after", examples("cscp logs triage app.log", "cscp logs triage --stack cs-copilot-backend"));
    const triage = logs
      .command("triage")
      .description("rank the failures in logs by root cause: how often, where, since when, and how to mend it")
      .argument("[file...]", "log files, gzipped or not; - for standard input");
    triage
      .addOption(stackOption())
      .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
      .addOption(repeatable("--function <name>", "a function: logical id with a stack, name or ARN"))
      .addOption(repeatable("--log-group <group>", "a log group in CloudWatch, by name or ARN"))
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
          "cscp logs triage --function GetCustomerUsage --stack cs-copilot-backend -o json",
        ),
      )
      .action((files, flags) =>
        set(import("./commands/logs-triage.ts").then((command) => command.logsTriage(files, flags, surroundings))),
      );
  });

  command("iam-policy", "print the least permissions that a command needs, as IAM JSON or Terraform", (policy) => {
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
        set(import("./commands/iam-policy.ts").then((command) => command.iamPolicy(flags, surroundings))),
      );
  });

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
          return exitCodes.healthy;
        }
        // Help on a command is asked of the command itself, which has its flags by then.
        const [first, ...called] = args;
        const asked = first === "help" && called.length > 0 ? [...called, "--help"] : args;
        await program.parseAsync([...asked], { from: "user" });
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return error.exitCode === 0 ? exitCodes.healthy : exitCodes.usage;
      }
    },
  };
}
