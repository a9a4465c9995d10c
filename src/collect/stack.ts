import { collector, known, unreadable, unreadableReply } from "../core/fact.ts";
import type { Subject } from "../core/subject.ts";
import { ask } from "../facts/requests/index.ts";
import {
  stackDescription,
  stackEvents,
  stackNames as stackNamesRequest,
  stackResources,
  stackTemplate,
} from "../facts/requests/stack.ts";
import { run } from "../facts/run.ts";
import { deploy, resources, stack, stackNames, theStack, type Deploy, type StackEvent } from "../facts/stack.ts";
import { template } from "../facts/template.ts";

export const collectStack = collector(stack, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const { stackName, region } = at.value;
  const reply = await ask(context, stackDescription, { stack: stackName });
  if (reply.status !== "ok") return unreadableReply(reply, `the stack ${stackName}`);
  if (reply.body.exists) return known(reply.body);
  const missing = unreadable("failed", `the stack ${stackName}`, `There is no stack ${stackName} in ${region}.`);
  return { ...missing, code: "STACK_MISSING" };
});

export const collectStackNames = collector(stackNames, async (context) => {
  const reply = await ask(context, stackNamesRequest, {});
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, "the names of the stacks");
});

export const collectTheStack = collector(theStack, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const subject: Subject = { kind: "stack", id: at.value.stackName, label: at.value.stackName };
  return known([subject]);
});

export const collectResources = collector(resources, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const reply = await ask(context, stackResources, { stack: at.value.stackName });
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, `the resources of ${at.value.stackName}`);
});

export const collectDeploy = collector(deploy, async (context) => {
  const found = await context.get(stack, null);
  if (found.state === "unreadable") return found;
  const reply = await ask(context, stackEvents, { stack: found.value.name });
  if (reply.status === "ok") return known(lastDeploy(reply.body, found.value));
  // The description alone dates the deploy, though not what failed in it.
  if (reply.status === "denied" || reply.status === "failed") return known(lastDeploy([], found.value));
  return unreadableReply(reply, `the events of ${found.value.name}`);
});

/** Reads the newest create or update out of events (newest first) and the stack's own times. */
export function lastDeploy(
  events: readonly StackEvent[],
  of: {
    readonly name: string;
    readonly status: string;
    readonly created: string;
    readonly updated?: string | undefined;
  },
): Deploy {
  const own = events.filter((event) => event.type === "AWS::CloudFormation::Stack" && event.logicalId === of.name);
  const start = own.findLast((event) => event.status.endsWith("_IN_PROGRESS") && !event.status.includes("CLEANUP"));
  const end = own.find((event) => /_(COMPLETE|FAILED)$/.test(event.status));
  const kind = of.status.startsWith("DELETE") ? "delete" : of.updated === undefined ? "create" : "update";
  return {
    kind,
    startedAt: start?.at ?? of.updated ?? of.created,
    ...(end === undefined ? {} : { finishedAt: end.at }),
    status: of.status,
    failures: events.filter((event) => event.status.endsWith("_FAILED")).toReversed(),
  };
}

export const collectTemplate = collector(template, async (context) => {
  const at = await context.get(run, null);
  if (at.state === "unreadable") return at;
  const what = `the template of ${at.value.stackName}`;
  const reply = await ask(context, stackTemplate, { stack: at.value.stackName });
  if (reply.status !== "ok") return unreadableReply(reply, what);
  const { parseTemplate } = await import("../facts/parse-template.ts");
  const parsed = parseTemplate(reply.body.text);
  return "template" in parsed ? known(parsed.template) : unreadable("failed", what, parsed.fault);
});
