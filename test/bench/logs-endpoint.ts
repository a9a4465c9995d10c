// The fake endpoint of a bench as a process of its own, lest it takes turns with whoever reads the output that is measured.
// As a program: reads a scenario from standard input up to a line break, tells where it is, and at the end of its input
// how often it was called.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import path from "node:path";
import { fakeLogs, type FakeLogsScenario } from "../support/fake-logs.ts";
import { root } from "./measure.ts";

const file = path.join(root, "test", "bench", "logs-endpoint.ts");

export interface LogsEndpoint {
  readonly endpoint: string;
  /** When the scenario began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Resolves to the number of calls. */
  close(): Promise<number>;
}

export async function startLogsEndpoint(scenario: FakeLogsScenario): Promise<LogsEndpoint> {
  const child = spawn(process.execPath, [path.join(root, "scripts", "run.mjs"), file], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function answer<Answer>(): Promise<Answer> {
    const { done, value } = await answers.next();
    if (done === true) throw new Error("The fake endpoint ended.");
    return JSON.parse(value) as Answer;
  }
  child.stdin.write(`${JSON.stringify(scenario)}\n`);
  const { endpoint, startedAt } = await answer<{ readonly endpoint: string; readonly startedAt: number }>();
  return {
    endpoint,
    startedAt,
    async close() {
      child.stdin.end();
      return (await answer<{ readonly calls: number }>()).calls;
    },
  };
}

async function serve(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  const { endpoint, startedAt, calls, close } = await fakeLogs(JSON.parse(String(first)) as FakeLogsScenario);
  console.log(JSON.stringify({ endpoint, startedAt }));
  await lines.next();
  await close();
  console.log(JSON.stringify({ calls: calls.length }));
}

if (process.argv[1] === file) await serve();
