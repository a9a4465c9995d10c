import { getBuiltinModule } from "node:process";
import type { Engine, Surroundings } from "./surroundings.ts";
import { argumentsShown } from "./arguments-shown.ts";
import { exitCodes, isUsageError } from "./exit.ts";
import { buildProgram } from "./program.ts";
import { outputOf } from "./streams.ts";

/** The part of Node's `process` that the command line reads and writes. */
export type Process = Pick<NodeJS.Process, "argv" | "env" | "cwd" | "stdin" | "stdout" | "stderr" | "on" | "exit"> & {
  exitCode?: number | string | null | undefined;
};

const leftAlone: Engine = { hurry() {}, spareMemory() {} };

/** What surrounds the process itself; a test has its own. */
export interface Around {
  /** Gives standard output and standard error. */
  readonly open?: typeof outputOf;
  readonly engine?: Engine;
}

/** Runs one command line and sets the process's exit code. Never shows a stack trace unless asked with `-vv`. */
export async function run(process: Process, { open = outputOf, engine = leftAlone }: Around = {}): Promise<void> {
  const controller = new AbortController();
  let interrupted = false;
  let ends = false;
  let pouring = 0;
  const interrupt = (): void => {
    // The second one does not wait for anything.
    if (interrupted) process.exit(exitCodes.interrupted);
    interrupted = true;
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A reader that has read enough (`cscp checks | head`) ends the run quietly; without one for the notes it goes on.
  const out = open(
    1,
    () => process.stdout,
    () => process.exit(process.exitCode ?? exitCodes.healthy),
  );
  const err = open(
    2,
    () => process.stderr,
    () => undefined,
  );

  const shown = await argumentsShown(process.argv.slice(2), process.env);
  const surroundings: Surroundings = {
    env: process.env,
    cwd: process.cwd(),
    stdoutIsTerminal: out.isTerminal,
    stderrIsTerminal: err.isTerminal,
    columns: out.columns ?? 100,
    stderrColumns: err.columns ?? 100,
    signal: controller.signal,
    // Opened by the command that reads it, and by no other.
    get input() {
      return inputOf(process, controller.signal);
    },
    get stdinIsTerminal() {
      // Imported at the top it would bring streams and sockets to every command, a tenth of the time that help takes.
      return getBuiltinModule("node:tty").isatty(0);
    },
    out: out.write,
    async pour(text) {
      pouring += 1;
      try {
        await out.pour(text);
      } finally {
        pouring -= 1;
      }
    },
    endsByInterrupt() {
      ends = true;
    },
    engine,
    // Where the notes cannot be written, nobody can be told.
    err: (text) => void err.write(shown(text)).catch(() => undefined),
    now: () => new Date(),
    prompt: (question) => ask(question, process, controller.signal),
  };
  const verbose = process.argv
    .filter((argument) => /^-v+$/.test(argument))
    .join("")
    .replaceAll("-", "").length;
  try {
    process.exitCode = await buildProgram(surroundings).run(process.argv.slice(2));
  } catch (error) {
    process.exitCode = interrupted ? exitCodes.interrupted : report(error, surroundings, verbose);
  }
  if (interrupted && !ends) process.exitCode = exitCodes.interrupted;
  // Nobody reads what is left, and nobody will be waited for.
  if (pouring > 0) process.exit(process.exitCode);
}

async function* inputOf(process: Process, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { standardInput } = await import("../source/standard-input.ts");
  yield* standardInput(() => process.stdin, signal);
}

async function ask(question: string, { stdin, stderr }: Process, signal: AbortSignal): Promise<string | undefined> {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  const { createInterface } = await import("node:readline/promises");
  // Without readline's own line editing the terminal itself makes a signal of Ctrl-C.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    return await lines.question(question, { signal });
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}

function report(error: unknown, { err }: Surroundings, verbose: number): number {
  if (isUsageError(error)) {
    err(`cscp: ${error.message}\n${error.hint === undefined ? "" : `  → ${error.hint}\n`}`);
    if (verbose >= 2 && error.stack !== undefined) err(`${error.stack}\n`);
    return exitCodes.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  err(`cscp: an unexpected error stopped the run: ${message}\n  → run it again with -vv and report what it prints\n`);
  if (verbose >= 2 && error instanceof Error && error.stack !== undefined) err(`${error.stack}\n`);
  return exitCodes.incomplete;
}
