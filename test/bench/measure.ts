// What the benches that start processes share: a command's elapsed and processor time, and what pairs of runs come to.
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, whether this file runs from its place or bundled below node_modules. */
export const root = path.dirname(fileURLToPath(import.meta.url)).replace(/[/\\](?:node_modules|test)[/\\].*$/, "");

export interface Timed {
  /** Seconds from its start to its end. */
  readonly elapsed: number;
  /** Seconds of processor time, its own and the kernel's for it. */
  readonly processor: number;
  readonly exitCode: number;
  readonly stdout: string;
}

/** Environment of a measured process: little, and nothing that makes Node itself start more slowly. */
export const bareEnvironment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  ...more,
});

/** Runs a program and takes its time; bash has the processor time of a child to the millisecond, and Node has not. */
export async function timed(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Timed> {
  const script = `TIMEFORMAT='%R %U %S'; { time "$@" 2>/dev/null >&3; } 2>&4; exit $?`;
  const child = spawn("bash", ["-c", `${script}`, "bash", ...command], {
    env,
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const read = async (stream: unknown): Promise<string> => {
    let text = "";
    for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString("utf8");
    return text;
  };
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  const [stdout, times, exitCode] = await Promise.all([read(child.stdio[3]), read(child.stdio[4]), ended]);
  const [elapsed = 0, user = 0, system = 0] = times.trim().split(" ").map(Number);
  return { elapsed, processor: user + system, exitCode, stdout };
}

export interface Ratio {
  /** Medians over the pairs of runs. */
  readonly elapsed: number;
  readonly processor: number;
  /** The best of one arm over the best of the other: other work on the machine only ever adds time. */
  readonly bestElapsed: number;
  readonly bestProcessor: number;
}

/** Runs two arms in turns and gives the second over the first. */
export async function compare(
  pairs: number,
  floor: () => Promise<Timed>,
  ours: () => Promise<Timed>,
): Promise<Ratio & { readonly floorMs: number; readonly oursMs: number }> {
  const runs: { readonly floor: Timed; readonly ours: Timed }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) runs.push({ floor: await floor(), ours: await ours() });
  const ratio = (key: "elapsed" | "processor"): number =>
    round(median(runs.map((run) => run.ours[key] / run.floor[key])));
  const best = (key: "elapsed" | "processor"): number =>
    round(Math.min(...runs.map((run) => run.ours[key])) / Math.min(...runs.map((run) => run.floor[key])));
  return {
    elapsed: ratio("elapsed"),
    processor: ratio("processor"),
    bestElapsed: best("elapsed"),
    bestProcessor: best("processor"),
    floorMs: Math.round(median(runs.map((run) => run.floor.elapsed)) * 1000),
    oursMs: Math.round(median(runs.map((run) => run.ours.elapsed)) * 1000),
  };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
export const round = (value: number): number => Math.round(value * 100) / 100;
