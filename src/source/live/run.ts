import type { runStart, callerIdentity } from "../../facts/requests/run.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import { answered, required, type LiveContext } from "./context.ts";

export function answerRunStart(run: BodyOf<typeof runStart>): Answer<typeof runStart> {
  return () => Promise.resolve({ status: "ok", body: run });
}

export function answerCallerIdentity(context: LiveContext): Answer<typeof callerIdentity> {
  const action = "sts:GetCallerIdentity";
  return () =>
    answered(context, action, "STS", async () => {
      const { sdk, client } = await context.aws.sts();
      const identity = await context.aws.send(action, "sts", (options) =>
        client.send(new sdk.GetCallerIdentityCommand({}), options),
      );
      return { account: required(identity.Account, "account"), arn: required(identity.Arn, "ARN") };
    });
}
