import * as z from "zod";
import { defineRequest, isoTime, value } from "./define.ts";

const stackParams = () => z.strictObject({ stack: z.string() });

/** Status, parameters and outputs of a stack. CloudFormation shows NoEcho parameters as `****`, even an empty one. */
export const stackDescription = defineRequest(
  "cfn.stack",
  stackParams,
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        id: z.string(),
        name: z.string(),
        status: z.string(),
        statusReason: z.string().optional(),
        created: isoTime,
        updated: isoTime.optional(),
        parameters: z.array(z.strictObject({ name: z.string(), value })),
        outputs: z.array(z.strictObject({ name: z.string(), value })),
      }),
    ]),
  ["cloudformation:DescribeStacks"],
);

/** The names of the stacks of the account and region, where the caller may list them all. */
export const stackNames = defineRequest(
  "cfn.stack-names",
  () => z.strictObject({}),
  () => z.array(z.string()),
  ["cloudformation:DescribeStacks"],
);

/** Every resource of the stack. */
export const stackResources = defineRequest(
  "cfn.resources",
  stackParams,
  () =>
    z.array(
      z.strictObject({
        logicalId: z.string(),
        physicalId: z.string(),
        type: z.string(),
        status: z.string(),
        updated: isoTime.optional(),
      }),
    ),
  ["cloudformation:ListStackResources"],
);

/** Events from now back to the start of the newest create, update or delete of the stack, newest first. */
export const stackEvents = defineRequest(
  "cfn.events",
  stackParams,
  () =>
    z.array(
      z.strictObject({
        at: isoTime,
        logicalId: z.string(),
        type: z.string(),
        status: z.string(),
        reason: z.string().optional(),
      }),
    ),
  ["cloudformation:DescribeStackEvents"],
);

/** The template as it was deployed, before transforms; text in JSON or YAML. */
export const stackTemplate = defineRequest("cfn.template", stackParams, () => z.strictObject({ text: z.string() }), [
  "cloudformation:GetTemplate",
]);
