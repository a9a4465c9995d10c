import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Clients } from "./emulator.ts";
import type { LogLine } from "./sandbox.ts";

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Writes a function's events, making its group and stream when they are missing, as Lambda does. */
export async function putLogLines(
  clients: Clients,
  group: string,
  stream: string,
  lines: readonly LogLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const put = new PutLogEventsCommand({
    logGroupName: group,
    logStreamName: stream,
    logEvents: [...lines].sort((a, b) => a.timestamp - b.timestamp),
  });
  try {
    await clients.logs.send(put);
  } catch (error) {
    if (!isNamed(error, "ResourceNotFoundException")) throw error;
    await clients.logs.send(new CreateLogGroupCommand({ logGroupName: group })).catch((failed) => {
      if (!isNamed(failed, "ResourceAlreadyExistsException")) throw failed;
    });
    await clients.logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }));
    await clients.logs.send(put);
  }
}

/** The lines that the platform itself writes around a function's own, in its text format. */
export const platformLine = {
  initStart: (runtime: string, region: string) =>
    `INIT_START Runtime Version: ${runtime.replace("python", "python:")}.v54\tRuntime Version ARN: arn:aws:lambda:${region}::runtime:${"0f3e".repeat(16)}\n`,
  initReport: (ms: number, phase: "init" | "invoke", status: "error" | "timeout", type: string) =>
    `INIT_REPORT Init Duration: ${ms.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${status}${type === "" ? "" : `\tError Type: ${type}`}\n`,
  start: (id: string, version: string) => `START RequestId: ${id} Version: ${version}\n`,
  end: (id: string) => `END RequestId: ${id}\n`,
  exited: (id: string, how: string, type: string) =>
    `RequestId: ${id} Error: Runtime exited with error: ${how}\n${type}\n`,
  report: (facts: {
    readonly id: string;
    readonly ms: number;
    readonly memory: number;
    readonly peak: number;
    readonly initMs: number | undefined;
    readonly status: string;
  }) =>
    `REPORT RequestId: ${facts.id}\tDuration: ${facts.ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(facts.ms)} ms\tMemory Size: ${facts.memory} MB\tMax Memory Used: ${facts.peak} MB` +
    `${facts.initMs === undefined ? "" : `\tInit Duration: ${facts.initMs.toFixed(2)} ms`}${facts.status}\t\n`,
};
