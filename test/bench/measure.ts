// What the benches share: a command's elapsed and processor time, what pairs of runs come to, and how a result is reported.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
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

/** One figure of a bench, with what it is to be. */
export interface BenchRow {
  /** What was measured, so that it reads by itself: "`cscp --help` over `node -e 0`". */
  readonly name: string;
  readonly figure: number;
  readonly unit: "×" | "ms" | "s" | "MB" | "%" | "calls";
  /** The bound that is to hold; a figure without one is there to be known. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  /** What the figure comes from: "44 ms against 33 ms, medians of 25 pairs". */
  readonly how?: string;
}

/** What a bench found. */
export interface BenchResult {
  readonly title: string;
  /** One or two sentences for `docs/benchmarks.md`: what ran against what, and under which conditions. */
  readonly about: string;
  readonly rows: readonly BenchRow[];
}

/** Whether a figure keeps its target; without one it does. */
export function met({ figure, target }: Pick<BenchRow, "figure" | "target">): boolean {
  if (target === undefined) return true;
  return "atMost" in target ? figure <= target.atMost : figure >= target.atLeast;
}

const bound = ({ target, unit }: BenchRow): string =>
  target === undefined
    ? ""
    : "atMost" in target
      ? `at most ${target.atMost} ${unit}`
      : `at least ${target.atLeast} ${unit}`;

/**
 * How every bench ends: prints its figures, and where `scripts/bench.mjs` started it hands them over for the document.
 * A target that is missed is reported as such; a bench that could not measure throws.
 */
export function report(result: BenchResult): void {
  for (const row of result.rows) {
    const verdict = row.target === undefined ? "" : met(row) ? " (met)" : " (FALLS SHORT)";
    const target = row.target === undefined ? "" : `, ${bound(row)}${verdict}`;
    console.log(`${row.name}: ${row.figure} ${row.unit}${target}${row.how === undefined ? "" : ` — ${row.how}`}`);
  }
  const file = process.env["CSCP_BENCH_RESULT"];
  if (file !== undefined) {
    const rows = result.rows.map((row) => ({ ...row, met: met(row) }));
    writeFileSync(file, JSON.stringify({ ...result, rows }));
  }
}
