import * as z from "zod";
import { defineRequest } from "./define.ts";

/** Whether a role may do one action on one resource, as IAM itself simulates it. */
export const roleMay = defineRequest(
  "iam.role-may",
  () => z.strictObject({ role: z.string(), action: z.string(), resource: z.string() }),
  () =>
    z.strictObject({
      decision: z.enum(["allowed", "explicitDeny", "implicitDeny"]),
      /** Names of the policies with a statement that matched. */
      matched: z.array(z.string()),
    }),
  ["iam:SimulatePrincipalPolicy"],
);

/** Whether API Gateway may invoke a function: the statements of the function's resource policy. */
export const functionPolicy = defineRequest(
  "lambda.policy",
  () => z.strictObject({ name: z.string(), qualifier: z.string().optional() }),
  () =>
    z.strictObject({
      statements: z.array(
        z.strictObject({
          effect: z.string(),
          principal: z.string(),
          actions: z.array(z.string()),
          sourceArn: z.string().optional(),
        }),
      ),
    }),
  ["lambda:GetPolicy"],
);
