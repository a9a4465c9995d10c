// The evidence of the network around functions in a VPC, each part by itself: what is denied costs that part only.
import type { CheckedNetwork } from "../core/database-report.ts";
import type { MissingEvidence } from "../core/check.ts";
import { unreadableReply, type CollectContext } from "../core/fact.ts";
import type { Reply } from "../core/reply.ts";
import type { DatabaseProbe } from "../facts/database.ts";
import type { FunctionConfiguration } from "../facts/functions.ts";
import { ask } from "../facts/requests/index.ts";
import { networkInterfaces, routeTables, securityGroups, vpcSubnets } from "../facts/requests/network.ts";
import { judgeNetwork, type Part } from "../postgres/network.ts";

/** A function's place in a VPC. */
export interface Attached {
  readonly label: string;
  readonly configuration: FunctionConfiguration;
}

/** Judges the way from each group of functions that share subnets and security groups; `missing` gets what was not readable. */
export async function networkOf(
  context: Pick<CollectContext, "ask">,
  functions: readonly Attached[],
  probe: DatabaseProbe | undefined,
  port: number,
  missing: MissingEvidence[],
): Promise<readonly CheckedNetwork[]> {
  const groups = new Map<string, Attached[]>();
  for (const fn of functions) {
    const { vpcId, subnetIds, securityGroupIds } = fn.configuration;
    if (vpcId === undefined) continue;
    const key = JSON.stringify([vpcId, subnetIds, securityGroupIds]);
    groups.set(key, [...(groups.get(key) ?? []), fn]);
  }
  const part = async <T>(what: string, reply: Promise<Reply<T>>): Promise<Part<T>> => {
    const answer = await reply;
    if (answer.status === "ok") return { known: answer.body };
    const { reason, message, action } = unreadableReply(answer, what);
    missing.push({ what, message, reason, ...(action === undefined ? {} : { action }) });
    const lacks = action === undefined ? "" : ` (${action})`;
    return { unknown: `${capital(what)} could not be read${lacks}.` };
  };
  // Where the URL's name leads from here; a public database in the same VPC may have another address inside of it.
  const addresses = [...new Set((probe?.addresses ?? []).map(({ address }) => address))];
  const judged: CheckedNetwork[] = [];
  for (const members of groups.values()) {
    const [first] = members;
    if (first === undefined) continue;
    const { vpcId = "", subnetIds = [], securityGroupIds = [], ipv6Allowed = false } = first.configuration;
    const [subnets, tables, own, interfaces] = await Promise.all([
      part("the function's subnets", ask(context, vpcSubnets, { ids: subnetIds })),
      part("the VPC's route tables", ask(context, routeTables, { vpcId })),
      part("the function's security groups", ask(context, securityGroups, { ids: securityGroupIds })),
      addresses.length === 0
        ? { known: [] }
        : part("the database's network interface", ask(context, networkInterfaces, { addresses })),
    ]);
    const theirs = "known" in interfaces ? [...new Set(interfaces.known.flatMap((one) => one.groups))].toSorted() : [];
    const databaseGroups =
      theirs.length === 0
        ? { known: [] }
        : await part("the database's security groups", ask(context, securityGroups, { ids: theirs }));
    const aspects = judgeNetwork({
      addresses,
      port,
      groupIds: securityGroupIds,
      ipv6Allowed,
      subnets,
      tables,
      groups: own,
      interfaces,
      databaseGroups,
    });
    judged.push({ functions: members.map(({ label }) => label), vpcId, aspects });
  }
  return judged;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
