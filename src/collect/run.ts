import { collector, known, unreadable, unreadableReply } from "../core/fact.ts";
import { configuration, parseConfiguration } from "../facts/configuration.ts";
import { ask } from "../facts/requests/index.ts";
import { callerIdentity, runStart } from "../facts/requests/run.ts";
import { identity, run } from "../facts/run.ts";

export const collectRun = collector(run, async (context) => {
  const reply = await ask(context, runStart, {});
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, "the run's own options");
});

export const collectIdentity = collector(identity, async (context) => {
  const reply = await ask(context, callerIdentity, {});
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, "who the caller is");
});

export const collectConfiguration = collector(configuration, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  try {
    return known(parseConfiguration(at.value.configuration));
  } catch (error) {
    return unreadable("failed", "the configuration", error instanceof Error ? error.message : String(error));
  }
});
