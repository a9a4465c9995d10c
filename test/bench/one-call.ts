import type { Process } from "../../src/cli/main.ts";
import { createLiveSource } from "../../src/source/live.ts";

/** The least that asks AWS through the program's own source: who the caller is. Exits 1 where that is not answered. */
export async function run({ env }: Process): Promise<void> {
  const live = createLiveSource({
    region: env["AWS_REGION"] ?? "",
    env,
    timeoutMs: 10_000,
    run: {
      startedAt: new Date().toISOString(),
      region: env["AWS_REGION"] ?? "",
      stackName: "",
      endpointOverride: true,
      smoke: false,
      configuration: {},
    },
  });
  const reply = await live.source.ask({ kind: "sts.identity", params: {} });
  live.close();
  if (reply.status !== "ok") process.exitCode = 1;
}
