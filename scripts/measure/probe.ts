// A process that connects with drivers, one job a line.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type Job = { readonly driver: string; readonly usage: string; readonly url: string; readonly sql?: string };
export type Answer =
  | { readonly ok: true; readonly encrypted: boolean }
  | { readonly ok: false; readonly type: string; readonly message: string };
export type Probe = {
  readonly versions: Readonly<Record<string, string>>;
  readonly ask: (job: Job) => Promise<Answer>;
  readonly end: () => void;
};

export async function startProbe([file = "", ...args]: readonly string[], env: Record<string, string>): Promise<Probe> {
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${file} ended: ${said}`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const { versions } = (await next()) as { versions: Record<string, string> };
  let count = 0;
  return {
    versions,
    ask: async (job) => {
      count += 1;
      child.stdin.write(`${JSON.stringify({ id: count, ...job })}\n`);
      const answer = await next();
      if (answer["id"] !== count) throw new Error(`${file} answered another job than ${count}: ${said}`);
      return answer as unknown as Answer;
    },
    end: () => child.stdin.end(),
  };
}
