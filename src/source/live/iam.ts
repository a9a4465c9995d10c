import type { roleMay } from "../../facts/requests/iam.ts";
import type { Answer } from "../../facts/requests/index.ts";
import { answered, required, type LiveContext } from "./context.ts";

/** Asks IAM's own simulator. It does not see organisation policies, nor a key's or a secret's own policy. */
export function answerRoleMay(context: LiveContext): Answer<typeof roleMay> {
  const { aws } = context;
  const action = "iam:SimulatePrincipalPolicy";
  return ({ role, action: asked, resource }) =>
    answered(context, action, "IAM", async () => {
      const { sdk, client } = await aws.iam();
      const { EvaluationResults = [] } = await aws.send(action, "iam", (options) =>
        client.send(
          new sdk.SimulatePrincipalPolicyCommand({
            PolicySourceArn: role,
            ActionNames: [asked],
            ResourceArns: [resource],
          }),
          options,
        ),
      );
      const [result] = EvaluationResults;
      const { EvalDecision: decision, MatchedStatements = [] } = required(result, "result");
      return {
        decision: decision === "allowed" || decision === "explicitDeny" ? decision : "implicitDeny",
        matched: [...new Set(MatchedStatements.flatMap(({ SourcePolicyId: id }) => id ?? []))],
      };
    });
}
