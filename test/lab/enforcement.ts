import type { AwsCall } from "./calls.ts";
import { ACCOUNT, REGION } from "./emulator.ts";

/** What IAM asks before it lets a call through. */
export type Authorization = { readonly action: string; readonly resource: string };

const layerReads = new Set(["GetLayerVersion", "GetLayerVersionByArn", "ListLayerVersions"]);

/**
 * The action and resource that AWS checks, for the calls for which the emulator checks others: it takes every reading of
 * layers for ListLayers, and a simulation or a query of logs to be of no resource. Undefined for all other calls.
 */
export function authorizationOnAws(call: AwsCall): Authorization | undefined {
  if (call.service === "iam" && call.action === "SimulatePrincipalPolicy") {
    const source = new URLSearchParams(call.body.toString("utf8")).get("PolicySourceArn") ?? "*";
    return { action: "iam:SimulatePrincipalPolicy", resource: source };
  }
  if (call.service === "logs" && call.action === "StartQuery") {
    // AWS asks for each group that is queried; those of one stack are allowed alike.
    const asked = JSON.parse(call.body.toString("utf8")) as { readonly logGroupNames?: readonly string[] };
    const [group = "*"] = asked.logGroupNames ?? [];
    return { action: "logs:StartQuery", resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}` };
  }
  if (call.service !== "lambda" || !layerReads.has(call.action)) return undefined;
  const url = new URL(call.path, "http://front");
  if (call.action === "GetLayerVersionByArn") {
    return { action: "lambda:GetLayerVersion", resource: url.searchParams.get("Arn") ?? "*" };
  }
  const [, name = "", version] = /\/layers\/([^/]+)\/versions(?:\/(\d+))?$/.exec(url.pathname) ?? [];
  const plain = decodeURIComponent(name);
  const layer = plain.startsWith("arn:") ? plain : `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${plain}`;
  return { action: `lambda:${call.action}`, resource: version === undefined ? layer : `${layer}:${version}` };
}
