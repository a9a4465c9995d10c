import { setMaxListeners } from "node:events";
import type { Aws } from "../aws.ts";
import { systemClock, type Clock } from "../clock.ts";
import type { Stop } from "../errors.ts";
import { answerLambdaFunction } from "../live/lambda.ts";
import { openContext } from "../live/open.ts";
import { answerCallerIdentity } from "../live/run.ts";
import { readLogGroupNames } from "../live/log-group-names.ts";
import { answerStackNames } from "../live/stack.ts";
import { answerStackResources } from "../live/stack-resources.ts";
import { createVault, hideCallersKey, type Vault } from "../vault.ts";
import { createFollower, type Follower } from "./follow.ts";
import type { SessionTimes } from "./sessions.ts";
import type { FollowOptions } from "./state.ts";

export interface TailReaderOptions {
  readonly region: string;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly times?: SessionTimes;
}

/** What a tail asks AWS: first what to follow, then without end. */
export interface TailReader {
  readonly aws: Aws;
  readonly clock: Clock;
  /** Holds the secrets of the functions that were asked for. */
  readonly vault: Vault;
  resources: ReturnType<typeof answerStackResources>;
  lambdaFunction: ReturnType<typeof answerLambdaFunction>;
  stackNames: ReturnType<typeof answerStackNames>;
  logGroupNames: ReturnType<typeof readLogGroupNames>;
  callerIdentity: ReturnType<typeof answerCallerIdentity>;
  follower(options: Omit<FollowOptions, "aws" | "clock">): Follower;
  close(): void;
}

/** Nothing is loaded or asked before the first call. There is no time limit on the whole. */
export function createTailReader(options: TailReaderOptions): TailReader {
  const { env, clock = systemClock } = options;
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    const reason: Stop = { kind: "interrupted" };
    if (!controller.signal.aborted) controller.abort(reason);
  };
  const vault = createVault();
  hideCallersKey(vault, env);
  const context = openContext({ ...options, clock, vault, signal: controller.signal, patient: true });
  const { aws } = context;
  return {
    aws,
    clock,
    vault,
    resources: answerStackResources(context),
    lambdaFunction: answerLambdaFunction(context),
    stackNames: answerStackNames(context),
    logGroupNames: readLogGroupNames(context),
    callerIdentity: answerCallerIdentity(context),
    follower: (more) => createFollower({ ...more, aws, clock }, stop, options.times),
    close() {
      stop();
      aws.close();
    },
  };
}
