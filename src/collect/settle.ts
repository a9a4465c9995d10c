import type { CollectContext } from "../core/fact.ts";
import { ask, type BodyOf } from "../facts/requests/index.ts";
import type { runStart } from "../facts/requests/run.ts";
import { functionState, stackStatus } from "../facts/requests/settle.ts";
import { stackResources } from "../facts/requests/stack.ts";

export type Waited = NonNullable<BodyOf<typeof runStart>["waited"]>;

/** Seconds before the second, third, ... poll; the last holds from then on. */
const pauses = [2, 3, 5, 5, 5, 10] as const;

/** The pause before a poll, the first of which comes at once, in seconds. */
export function pauseBefore(poll: number): number {
  return poll === 1 ? 0 : (pauses[poll - 2] ?? pauses.at(-1) ?? 10);
}

/**
 * Looks at a stack, and then at its functions, until nothing of it changes any more, for at most `limitSeconds`. Each poll
 * has its ordinal and its pause, so that the same answers always make the same wait, without a clock. `watch` is told what
 * is still waited for. What may not be read is not waited for: the run itself will say so.
 */
export async function waitUntilSettled(
  context: Pick<CollectContext, "ask">,
  stack: string,
  limitSeconds: number,
  watch: (pending: readonly string[], seconds: number) => void,
): Promise<Waited> {
  let seconds = 0;
  let names: readonly string[] | undefined;
  for (let poll = 1; ; poll += 1) {
    const how = { afterMs: pauseBefore(poll) * 1000 };
    const reply = await ask(context, stackStatus, { stack, poll }, how);
    const status = reply.status === "ok" && reply.body.exists ? reply.body.status : "";
    const unanswered = reply.status === "failed" && mayAnswer.test(reply.code);
    const pending: string[] = [];
    if (unanswered) pending.push(`${stack} (its status could not be read)`);
    else if (isChanging(status)) pending.push(`${stack} (${status})`);
    else {
      names ??= await functionNames(context, stack);
      const states = await Promise.all(names.map((name) => pendingState(context, name, poll)));
      pending.push(...states.filter((state) => state !== undefined));
    }
    const stopped = reply.status === "failed" && /^(?:INTERRUPTED|TIMEOUT)$/.test(reply.code);
    if (pending.length === 0 || stopped || seconds + pauseBefore(poll + 1) > limitSeconds) {
      return { seconds, polls: poll, pending };
    }
    watch(pending, seconds);
    seconds += pauseBefore(poll + 1);
  }
}

/**
 * Whether the stack was changed while a run read it, as one sentence: it is looked at once more at the end. `poll` goes on
 * counting where the wait before the run stopped. A look that fails says nothing.
 */
export async function changedMeanwhile(
  context: Pick<CollectContext, "ask">,
  stack: string,
  before: { readonly status: string; readonly updated?: string | undefined },
  poll: number,
): Promise<string | undefined> {
  const reply = await ask(context, stackStatus, { stack, poll }, { afterMs: 0 });
  if (reply.status !== "ok") return undefined;
  if (!reply.body.exists) return `The stack ${stack} was deleted while this run read it.`;
  const { status, updated } = reply.body;
  const so = "so that what was read may be half old and half new";
  if (isChanging(status) && !isChanging(before.status))
    return `The stack ${stack} began to change while this run read it (${status}), ${so}.`;
  return updated === before.updated
    ? undefined
    : `The stack ${stack} was deployed again while this run read it, ${so}.`;
}

/** Failures of one poll that the next need not meet. */
const mayAnswer = /^(?:INTERRUPTED|TIMEOUT|THROTTLED|SERVICE_ERROR)$/;

/**
 * Whether there is something to wait for. While only the clean-up of an update is left, everything that was deployed is in
 * place; what is being deleted, or waits for somebody to execute its change set, comes to nothing by waiting.
 */
function isChanging(status: string): boolean {
  return status.endsWith("_IN_PROGRESS") && !/^(?:UPDATE_COMPLETE_CLEANUP|DELETE|REVIEW)_IN_PROGRESS$/.test(status);
}

async function functionNames(context: Pick<CollectContext, "ask">, stack: string): Promise<readonly string[]> {
  const reply = await ask(context, stackResources, { stack });
  if (reply.status !== "ok") return [];
  return reply.body.filter(({ type }) => type === "AWS::Lambda::Function").map(({ physicalId }) => physicalId);
}

async function pendingState(
  context: Pick<CollectContext, "ask">,
  name: string,
  poll: number,
): Promise<string | undefined> {
  const reply = await ask(context, functionState, { name, poll }, { afterMs: 0 });
  if (reply.status !== "ok" || !reply.body.exists) return undefined;
  const { state, lastUpdateStatus } = reply.body;
  if (state === "Pending") return `${name} (${state})`;
  return lastUpdateStatus === "InProgress" ? `${name} (update ${lastUpdateStatus})` : undefined;
}
