import type { StackEvent as SdkStackEvent } from "@aws-sdk/client-cloudformation";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { stackDescription, stackEvents, stackNames, stackTemplate } from "../../facts/requests/stack.ts";
import { toValue } from "../classify-value.ts";
import { factsOf } from "../errors.ts";
import type { Vault } from "../vault.ts";
import { answered, isoOf, present, required, type LiveContext } from "./context.ts";
import { sealTemplate } from "./template-secrets.ts";

/** CloudFormation has no error of its own for a stack that is not there. */
export function noStack(error: unknown): { exists: false } | undefined {
  const { name, code, message } = factsOf(error);
  const validation = /ValidationError|StackNotFound/.test(`${name} ${code}`);
  return validation && /does not exist|not found/i.test(message) ? { exists: false } : undefined;
}

function said(vault: Vault, text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : vault.scrub(text);
}

export function answerStackDescription(context: LiveContext): Answer<typeof stackDescription> {
  const { aws, vault } = context;
  const action = "cloudformation:DescribeStacks";
  return ({ stack: StackName }) =>
    answered<BodyOf<typeof stackDescription>>(
      context,
      action,
      "CLOUDFORMATION",
      async () => {
        const { sdk, client } = await aws.cloudFormation();
        const { Stacks } = await aws.send(action, "cloudformation", (options) =>
          client.send(new sdk.DescribeStacksCommand({ StackName }), options),
        );
        const found = required(Stacks?.[0], "stack");
        return {
          exists: true,
          id: found.StackId ?? found.StackName ?? StackName,
          name: found.StackName ?? StackName,
          status: found.StackStatus ?? "",
          created: required(isoOf(found.CreationTime), "time of creation"),
          parameters: (found.Parameters ?? []).map(({ ParameterKey: name = "", ParameterValue: text = "" }) => ({
            name,
            value: toValue(vault, name, text),
          })),
          outputs: (found.Outputs ?? []).map(({ OutputKey: name = "", OutputValue: text = "" }) => ({
            name,
            value: toValue(vault, name, text),
          })),
          ...present({
            statusReason: said(vault, found.StackStatusReason),
            updated: isoOf(found.LastUpdatedTime),
          }),
        };
      },
      noStack,
    );
}

/** As many pages of stacks as anybody would look through for a name. */
const mostPages = 3;

export function answerStackNames(context: LiveContext): Answer<typeof stackNames> {
  const action = "cloudformation:DescribeStacks";
  return () =>
    answered<string[]>(context, action, "CLOUDFORMATION", async () => {
      const { sdk, client } = await context.aws.cloudFormation();
      const names: string[] = [];
      let next: string | undefined;
      for (let page = 0; page < mostPages && (page === 0 || next !== undefined); page += 1) {
        const found = await context.aws.send(action, "cloudformation", (options) =>
          client.send(new sdk.DescribeStacksCommand(present({ NextToken: next })), options),
        );
        names.push(...(found.Stacks ?? []).flatMap(({ StackName }) => StackName ?? []));
        next = found.NextToken || undefined;
      }
      return names;
    });
}

/** What begins an operation on a stack. The clean-up after an update and a rollback belong to what they follow. */
const startingStatuses = new Set([
  "CREATE_IN_PROGRESS",
  "UPDATE_IN_PROGRESS",
  "DELETE_IN_PROGRESS",
  "IMPORT_IN_PROGRESS",
]);

/** True for the event with which the newest operation on the stack itself began. */
export function startsOperation(event: SdkStackEvent): boolean {
  return (
    event.ResourceType === "AWS::CloudFormation::Stack" &&
    event.PhysicalResourceId !== undefined &&
    event.PhysicalResourceId === event.StackId &&
    startingStatuses.has(event.ResourceStatus ?? "")
  );
}

/** Pages of 100 events that are read at most: an operation on 500 resources has about 1,500 events. */
const maxEventPages = 40;

export function answerStackEvents(context: LiveContext): Answer<typeof stackEvents> {
  const { aws, vault } = context;
  const action = "cloudformation:DescribeStackEvents";
  return ({ stack: StackName }) =>
    answered<BodyOf<typeof stackEvents>>(context, action, "CLOUDFORMATION", async () => {
      const { sdk, client } = await aws.cloudFormation();
      const list: BodyOf<typeof stackEvents> = [];
      let NextToken: string | undefined;
      for (let pages = 0; pages < maxEventPages; pages += 1) {
        const page = await aws.send(action, "cloudformation", (options) =>
          client.send(new sdk.DescribeStackEventsCommand({ StackName, NextToken }), options),
        );
        for (const event of required(page.StackEvents, "list of events")) {
          const at = isoOf(event.Timestamp);
          if (at === undefined) continue;
          list.push({
            at,
            logicalId: event.LogicalResourceId ?? "",
            type: event.ResourceType ?? "",
            status: event.ResourceStatus ?? "",
            ...present({
              reason: said(vault, event.ResourceStatusReason),
            }),
          });
          if (startsOperation(event)) return list;
        }
        NextToken = page.NextToken;
        if (NextToken === undefined) break;
      }
      return list;
    });
}

export function answerStackTemplate(context: LiveContext): Answer<typeof stackTemplate> {
  const { aws, vault } = context;
  const action = "cloudformation:GetTemplate";
  return ({ stack: StackName }) =>
    answered(context, action, "CLOUDFORMATION", async () => {
      const { sdk, client } = await aws.cloudFormation();
      const { TemplateBody } = await aws.send(action, "cloudformation", (options) =>
        client.send(new sdk.GetTemplateCommand({ StackName, TemplateStage: "Original" }), options),
      );
      const text = required(TemplateBody, "template");
      await sealTemplate(vault, text);
      return { text: vault.scrub(text) };
    });
}
