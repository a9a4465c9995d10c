import type { EvaluationResult } from "@aws-sdk/client-iam";
import type { Reply } from "../../core/reply.ts";
import type { roleMay } from "../../facts/requests/iam.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import { failed } from "../errors.ts";
import { answered, type LiveContext } from "./context.ts";

type Body = BodyOf<typeof roleMay>;

/** Questions about one role and action that go into one call: those that were asked before its turn came. */
interface Batch {
  readonly resources: Set<string>;
  readonly reply: Promise<Reply<ReadonlyMap<string, Body>>>;
}

/** Results come in pages of 100 (SimulatePrincipalPolicy, parameter MaxItems), and a batch is to fit into one. */
const mostResources = 50;

/** Asks IAM's own simulator. It does not see organisation policies, nor a key's or a secret's own policy. */
export function answerRoleMay(context: LiveContext): Answer<typeof roleMay> {
  const { aws } = context;
  const action = "iam:SimulatePrincipalPolicy";
  const open = new Map<string, Batch>();

  function simulate(role: string, asked: string, resources: ReadonlySet<string>, close: () => void) {
    return answered<ReadonlyMap<string, Body>>(context, action, "IAM", async () => {
      const { sdk, client } = await aws.iam();
      const { EvaluationResults = [] } = await aws.send(action, "iam", (options) => {
        close();
        return client.send(
          new sdk.SimulatePrincipalPolicyCommand({
            PolicySourceArn: role,
            ActionNames: [asked],
            ResourceArns: [...resources],
          }),
          options,
        );
      });
      const decisions = [...resources].flatMap((resource) => {
        const decision = decisionOn(EvaluationResults, resource, resources.size === 1);
        return decision === undefined ? [] : [[resource, decision] as const];
      });
      return new Map(decisions);
    });
  }

  return async ({ role, action: asked, resource }) => {
    const key = JSON.stringify([role, asked]);
    let batch = open.get(key);
    if (batch === undefined) {
      const resources = new Set([resource]);
      batch = { resources, reply: simulate(role, asked, resources, () => open.delete(key)) };
      open.set(key, batch);
    }
    batch.resources.add(resource);
    if (batch.resources.size >= mostResources) open.delete(key);
    const together = await batch.reply;
    if (together.status !== "ok") return together;
    const body = together.body.get(resource);
    if (body !== undefined) return { status: "ok", body };
    const alone = await simulate(role, asked, new Set([resource]), () => undefined);
    if (alone.status !== "ok") return alone;
    const own = alone.body.get(resource);
    return own === undefined
      ? failed("MALFORMED", "The answer to iam:SimulatePrincipalPolicy holds no decision.")
      : { status: "ok", body: own };
  };
}

/**
 * The decision on one resource, where the results tell it. For several resources IAM gives one result, whose own decision
 * is the strictest of them, with each resource's inside; emulators give a result for each.
 */
function decisionOn(results: readonly EvaluationResult[], resource: string, alone: boolean): Body | undefined {
  const one = results
    .flatMap(({ ResourceSpecificResults = [] }) => ResourceSpecificResults)
    .find(({ EvalResourceName }) => EvalResourceName === resource);
  if (one !== undefined) return bodyOf(one.EvalResourceDecision, one.MatchedStatements);
  const own = alone ? results[0] : results.find(({ EvalResourceName }) => EvalResourceName === resource);
  return own === undefined ? undefined : bodyOf(own.EvalDecision, own.MatchedStatements);
}

function bodyOf(
  decision: string | undefined,
  statements: readonly { readonly SourcePolicyId?: string | undefined }[] = [],
): Body {
  return {
    decision: decision === "allowed" || decision === "explicitDeny" ? decision : "implicitDeny",
    matched: [...new Set(statements.flatMap(({ SourcePolicyId: id }) => id ?? []))],
  };
}
