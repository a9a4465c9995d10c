import type { Remedy } from "../../core/cause.ts";
import type { CheckedNetwork } from "../../core/database-report.ts";
import type { FunctionConfiguration } from "../../facts/functions.ts";
import { quote } from "./shell.ts";

/** A function's place in a VPC. */
export interface Attached {
  readonly label: string;
  readonly configuration: FunctionConfiguration;
}

/** What opens the parts of the way that are proven closed. Groups are named where the evidence names them. */
export function networkRemedies(
  network: readonly CheckedNetwork[],
  functions: readonly Attached[],
  port: number,
  region: string | undefined,
): readonly Remedy[] {
  const at = region === undefined ? "" : ` --region ${quote(region)}`;
  const remedies: Remedy[] = [];
  for (const { functions: labels, aspects } of network) {
    const groups = functions.find(({ label }) => labels.includes(label))?.configuration.securityGroupIds ?? [];
    const [group = "<FUNCTION-SECURITY-GROUP>"] = groups;
    for (const { aspect, verdict, says } of aspects) {
      if (verdict !== "closed") continue;
      // The database's own group, as the sentence about it names it.
      const [theirs] = /\bsg-[0-9a-z]+/.exec(says.replace(groups.join(", "), "")) ?? [];
      const database = aspect === "inbound" && theirs !== undefined ? theirs : "<DATABASE-SECURITY-GROUP>";
      const placeholders = [group, database].filter((name) => name.startsWith("<"));
      if (aspect === "inbound") {
        remedies.push({
          kind: "now",
          title: "Let the database's security group admit the functions'.",
          commands: [
            `aws ec2 authorize-security-group-ingress --group-id ${quote(database)} --protocol tcp --port ${port} --source-group ${quote(group)}${at}`,
          ],
          ...(placeholders.length === 0 ? {} : { placeholders }),
          changes: true,
        });
      } else if (aspect === "outbound") {
        remedies.push({
          kind: "now",
          title: "Let the functions' security group out to the database's port.",
          commands: [
            `aws ec2 authorize-security-group-egress --group-id ${quote(group)} --ip-permissions IpProtocol=tcp,FromPort=${port},ToPort=${port},IpRanges='[{CidrIp=<DATABASE-CIDR>}]'${at}`,
          ],
          placeholders: ["<DATABASE-CIDR>"],
          changes: true,
        });
      } else if (aspect === "route") {
        remedies.push({
          kind: "now",
          title: "Give the functions' subnets a route to the database.",
          commands: [],
          advice:
            "For a database outside of the VPC that is a NAT gateway, or no VPC for the function at all; for one in another VPC a peering or transit gateway with routes on both sides.",
          changes: true,
        });
      }
    }
  }
  return remedies;
}
