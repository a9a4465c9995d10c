/** What the process gives to a command; only `main.ts` makes one, so that commands can be called from tests. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** True when standard error is a terminal. */
  readonly stderrIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  /** Of standard output and of standard error: one may be a terminal where the other is not. */
  readonly columns: number;
  readonly stderrColumns: number;
  /** Aborted on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** The bytes of standard input, to its end. */
  readonly input?: AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal?: boolean;
  out(text: string): Promise<void>;
  /** Writes to standard output; while nobody reads there, the process goes on with everything else. */
  pour(text: string): Promise<void>;
  /** From now on an interruption is how the command ends as a matter of course: its exit code is its own. */
  endsByInterrupt(): void;
  readonly engine: Engine;
  err(text: string): void;
  now(): Date;
  /** Asks on standard error and reads one line; undefined off a terminal. */
  prompt?(question: string): Promise<string | undefined>;
}

/** What a command knows of itself and V8 cannot: for how long, and over how much, it runs. */
export interface Engine {
  /**
   * Has V8 run the code as it is for so many milliseconds, and keep what it could throw away: a command that is over by then
   * would wait for machine code that it does not use any more, and for room that it does not need.
   */
  hurry(milliseconds: number): void;
  /** From now on V8 collects what is new sooner, instead of setting 30 MB aside for it. */
  spareMemory(): void;
}

/** Whether to colour a stream: `--no-color`, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. */
export function wantsColour(
  { env }: Pick<Surroundings, "env">,
  isTerminal: boolean,
  flag: boolean | undefined,
): boolean {
  if (flag === false) return false;
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}
