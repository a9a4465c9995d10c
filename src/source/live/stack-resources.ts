// Apart from the other answers about the stack: it is asked first of all, and needs nothing that they need.
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { stackResources } from "../../facts/requests/stack.ts";
import { answered, isoOf, present, required, type LiveContext } from "./context.ts";

export function answerStackResources(context: LiveContext): Answer<typeof stackResources> {
  const { aws, vault } = context;
  const action = "cloudformation:ListStackResources";
  return ({ stack: StackName }) =>
    answered<BodyOf<typeof stackResources>>(context, action, "CLOUDFORMATION", async () => {
      const { sdk, client } = await aws.cloudFormation();
      const list: BodyOf<typeof stackResources> = [];
      let NextToken: string | undefined;
      do {
        const page = await aws.send(action, "cloudformation", (options) =>
          client.send(new sdk.ListStackResourcesCommand({ StackName, NextToken }), options),
        );
        for (const resource of required(page.StackResourceSummaries, "list of resources")) {
          list.push({
            logicalId: resource.LogicalResourceId ?? "",
            physicalId: resource.PhysicalResourceId ?? "",
            type: resource.ResourceType ?? "",
            status: resource.ResourceStatus ?? "",
            ...present({ updated: isoOf(resource.LastUpdatedTimestamp) }),
          });
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      for (const { logicalId, physicalId } of list) vault.spare(logicalId, physicalId);
      return list;
    });
}
