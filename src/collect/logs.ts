import { collector, known, unreadableReply, type CollectContext } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import type { SmokeResult } from "../facts/smoke.ts";
import { functionErrors, logWindow, type ErrorGroup } from "../facts/logs.ts";
import { ask, type BodyOf } from "../facts/requests/index.ts";
import { logErrors } from "../facts/requests/logs.ts";
import { run } from "../facts/run.ts";
import { deploy, resources } from "../facts/stack.ts";

const hour = 3_600_000;
const longest = 24 * hour;
const shortest = hour / 4;

export const collectLogWindow = collector(logWindow, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const { startedAt, sinceSeconds } = at.value;
  const now = Date.parse(startedAt);
  if (sinceSeconds !== undefined) {
    return known({
      from: new Date(now - sinceSeconds * 1000).toISOString(),
      to: startedAt,
      because: "the time that --since gives",
    });
  }
  const deployed = await context.get(deploy, null);
  if (deployed.state === "unreadable") {
    return known({
      from: new Date(now - shortest).toISOString(),
      to: startedAt,
      because: "15 minutes before this run",
    });
  }
  const since = Math.max(Date.parse(deployed.value.startedAt), now - longest);
  return known({
    from: new Date(since).toISOString(),
    // A deploy in the future is one by a clock that goes before this machine's: by that one it is later than it seems here.
    to: since < now ? startedAt : new Date(since + hour).toISOString(),
    because: since > now - longest ? "the last deploy" : "24 hours before this run",
  });
});

/**
 * Errors since the later of the stack's last deploy and the function's own last change: what an older configuration did
 * says nothing of this one. At most 24 h back; `--since` overrides both.
 */
export const collectFunctionErrors = collector(functionErrors, async (context, fn) => {
  const [window, configuration, at] = await Promise.all([
    context.get(logWindow, null),
    context.get(functionConfiguration, fn),
    context.get(run, null),
  ]);
  if (window.state === "unreadable") return window;
  if (configuration.state === "unreadable") return configuration;
  if (at.state === "unreadable") return at;
  const { logGroup, lastModified, runtime, architecture } = configuration.value;
  const from =
    at.value.sinceSeconds === undefined && lastModified > window.value.from && lastModified < window.value.to
      ? lastModified
      : window.value.from;
  const { to } = window.value;
  const reply = await ask(context, logErrors, { group: logGroup, functionName: fn.functionName, from, to });
  if (reply.status !== "ok") return unreadableReply(reply, `the log group ${logGroup}`);
  if (!reply.body.exists) return known({ logGroup, exists: false, from, to, groups: [], truncated: false });
  const { truncated } = reply.body;
  // Until its update is over the function serves with what it had before.
  const updated = at.value.sinceSeconds === undefined ? await updatedAt(context, fn) : undefined;
  const groups = reply.body.groups.filter(({ last }) => updated === undefined || last >= updated);
  return known({
    logGroup,
    exists: true,
    from,
    to,
    truncated,
    groups: await classified(groups, { runtime, architecture }),
  });
});

/** When the stack's last update of the function was over. */
async function updatedAt(context: CollectContext, { id }: FunctionRef): Promise<string | undefined> {
  const list = await context.get(resources, null);
  return list.state === "known" ? list.value.find(({ logicalId }) => logicalId === id)?.updated : undefined;
}

/** Adds to groups of errors what each may mean. Where nothing failed, the signatures are not even loaded. */
export async function classified(
  groups: Extract<BodyOf<typeof logErrors>, { exists: true }>["groups"],
  about: { readonly runtime: string | undefined; readonly architecture: string },
): Promise<readonly ErrorGroup[]> {
  if (groups.length === 0) return [];
  const { classify } = await import("../logs/classify.ts");
  const context = {
    architecture: about.architecture,
    ...(about.runtime === undefined ? {} : { runtime: about.runtime }),
  };
  return groups.map((group) => {
    const { candidates, headline } = classify(group.example, context);
    return { ...group, headline, candidates };
  });
}

/**
 * What the text of an answer says has failed: the error that a function or its handler put there. Undefined where it names
 * no known one, and for answers whose outcome says by itself who refused what.
 */
export async function saidIn(answer: Pick<SmokeResult, "outcome" | "code" | "message" | "shown">) {
  const { outcome, code = "", message = "", shown } = answer;
  if (!/^(?:tool-error|function-error|gateway-error|bad-envelope)$/.test(outcome)) return undefined;
  const { classify } = await import("../logs/classify.ts");
  const text = message === "" ? shown.replace(/^\d{3} /, "") : code === "" ? message : `${code}: ${message}`;
  const { candidates, headline } = classify(text);
  return (candidates[0]?.cause ?? "other") === "other" ? undefined : { candidates, headline };
}

/** The log groups of all functions, read: awaited before the smoke requests, whose own errors must not be among them. */
export async function readLogsFirst(context: Parameters<(typeof collectLogWindow)["collect"]>[0]): Promise<void> {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return;
  await Promise.all(list.value.map((fn) => context.get(functionErrors, fn)));
}
