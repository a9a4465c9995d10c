import { collector, known, unreadableReply } from "../core/fact.ts";
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
