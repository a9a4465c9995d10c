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
  return network.flatMap((way) => {
    const { functions: labels, aspects, databaseGroups } = way;
    const groups = functions.find(({ label }) => labels.includes(label))?.configuration.securityGroupIds ?? [];
    const [group = "<FUNCTION-SECURITY-GROUP>"] = groups;
    const [database] = databaseGroups;
    return aspects.flatMap(({ aspect, verdict }): readonly Remedy[] => {
      if (verdict !== "closed") return [];
      switch (aspect) {
        case "inbound":
          return [admit(group, database ?? "<DATABASE-SECURITY-GROUP>", port, at)];
        case "outbound":
          return [letOut(group, database, port, at)];
        case "route":
          return [giveRoute];
        case "addresses":
          return [];
      }
    });
  });
}

function admit(group: string, database: string, port: number, at: string): Remedy {
  const placeholders = [group, database].filter((name) => name.startsWith("<"));
  return {
    kind: "now",
    title: "Let the database's security group admit the functions'.",
    commands: [
      `aws ec2 authorize-security-group-ingress --group-id ${quote(database)} --protocol tcp --port ${port} --source-group ${quote(group)}${at}`,
    ],
    ...(placeholders.length === 0 ? {} : { placeholders }),
    changes: true,
  };
}

/** Out to the database's own group where it has one here; the addresses of a provider change, so to any on its port. */
function letOut(group: string, database: string | undefined, port: number, at: string): Remedy {
  const peers =
    database === undefined ? "IpRanges='[{CidrIp=0.0.0.0/0}]'" : `UserIdGroupPairs='[{GroupId=${database}}]'`;
  return {
    kind: "now",
    title: "Let the functions' security group out to the database's port.",
    commands: [
      `aws ec2 authorize-security-group-egress --group-id ${quote(group)} --ip-permissions IpProtocol=tcp,FromPort=${port},ToPort=${port},${peers}${at}`,
    ],
    ...(group.startsWith("<") ? { placeholders: [group] } : {}),
    changes: true,
  };
}

const giveRoute: Remedy = {
  kind: "now",
  title: "Give the functions' subnets a route to the database.",
  commands: [],
  advice:
    "For a database outside of the VPC that is a NAT gateway, or no VPC for the function at all; for one in another VPC a peering or transit gateway with routes on both sides.",
  changes: true,
};
