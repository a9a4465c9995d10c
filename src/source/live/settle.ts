import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { functionState, PollHow, stackStatus } from "../../facts/requests/settle.ts";
import { isStop, stopReply } from "../errors.ts";
import { answered, isoOf, present, whenMissing, type LiveContext } from "./context.ts";
import { getFunction } from "./lambda.ts";
import { noStack } from "./stack.ts";

/** Lets the time pass that lies between two polls; the reply of a run that was stopped meanwhile, else undefined. */
async function pause({ clock, signal }: LiveContext, { afterMs }: PollHow, action: string) {
  if (afterMs === 0) return undefined;
  try {
    await clock.sleep(afterMs, signal);
    return undefined;
  } catch (reason) {
    return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, action);
  }
}

export function answerStackStatus(context: LiveContext): Answer<typeof stackStatus> {
  const { aws } = context;
  const action = "cloudformation:DescribeStacks";
  return async ({ stack: StackName }, how) =>
    (await pause(context, how, action)) ??
    answered<BodyOf<typeof stackStatus>>(
      context,
      action,
      "CLOUDFORMATION",
      async () => {
        const { sdk, client } = await aws.cloudFormation();
        const { Stacks = [] } = await aws.send(action, "cloudformation", (options) =>
          client.send(new sdk.DescribeStacksCommand({ StackName }), options),
        );
        const [found] = Stacks;
        return found === undefined
          ? { exists: false }
          : { exists: true, status: found.StackStatus ?? "", ...present({ updated: isoOf(found.LastUpdatedTime) }) };
      },
      noStack,
    );
}

export function answerFunctionState(context: LiveContext): Answer<typeof functionState> {
  const action = "lambda:GetFunction";
  return async ({ name }, how) =>
    (await pause(context, how, action)) ??
    answered<BodyOf<typeof functionState>>(
      context,
      action,
      "LAMBDA",
      async () => {
        const { Configuration = {} } = await getFunction(context, name, undefined);
        const { State = "Active", LastUpdateStatus = "Successful" } = Configuration;
        return { exists: true, state: State, lastUpdateStatus: LastUpdateStatus };
      },
      whenMissing({ exists: false } as const),
    );
}
