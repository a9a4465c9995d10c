import type { AwsCall } from "./calls.ts";

/** The IAM action that a call takes; undefined for what is none of AWS's own calls: package links and the API. */
export function actionOf({
  service,
  action,
  method,
}: Pick<AwsCall, "service" | "action" | "method">): string | undefined {
  if (service === "presigned" || service === "execute-api") return undefined;
  if (service === "apigateway") return `apigateway:${method}`;
  return `${service}:${action.replace("GetLayerVersionByArn", "GetLayerVersion")}`;
}
