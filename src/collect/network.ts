// The evidence of the network around functions in a VPC, each part by itself: what is denied costs that part only.
import type { MissingEvidence } from "../core/check.ts";
import type { CheckedNetwork } from "../core/database-report.ts";
import { collector, known, unreadableReply, type CollectContext } from "../core/fact.ts";
import type { Reply } from "../core/reply.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databaseNetwork, databaseProbe } from "../facts/database.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../facts/functions.ts";
import { ask } from "../facts/requests/index.ts";
import { networkInterfaces, routeTables, securityGroups, vpcSubnets } from "../facts/requests/network.ts";
import { shapeOf, urlToken } from "./database.ts";
import { addressesInside, judgeNetwork, type Part } from "../postgres/network.ts";

interface Attached {
  readonly label: string;
  readonly configuration: FunctionConfiguration;
}

/** Judges the way from each group of the database's functions that share subnets and security groups. */
export const collectDatabaseNetwork = collector(databaseNetwork, async (context, database) => {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const users = list.value.filter((fn) => database.functionIds.includes(fn.id));
  const [probed, ...settings] = await Promise.all([
    context.get(databaseProbe, database),
    ...users.map((fn) => context.get(functionConfiguration, fn)),
  ]);
  const attached = users.flatMap((fn, index): Attached[] => {
    const found = settings[index];
    return found?.state === "known" ? [{ label: fn.label, configuration: found.value }] : [];
  });
  const probe = probed.state === "known" ? probed.value : undefined;
  const port = probe?.connectedTo?.port ?? database.port ?? 5432;
  const missing: MissingEvidence[] = [];
  const groups = new Map<string, Attached[]>();
  for (const fn of attached) {
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
  // Where the URL's name leads from here; a database of AWS's has another address inside of its own VPC.
  const addresses = [...new Set((probe?.addresses ?? []).map(({ address }) => address))];
  const mayBeInside = (await reachOf(context, users[0])) !== "public";
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
      addresses: addressesInside(addresses, vpcId, interfaces, mayBeInside),
      mayBeInside,
      port,
      groupIds: securityGroupIds,
      ipv6Allowed,
      subnets,
      tables,
      groups: own,
      interfaces,
      databaseGroups,
    });
    judged.push({ functions: members.map(({ label }) => label), vpcId, databaseGroups: theirs, aspects });
  }
  return known({ port, ways: judged, missing });
});

/** From where the database is reached, as its host name tells. */
async function reachOf(context: CollectContext, fn: FunctionRef | undefined): Promise<string | undefined> {
  const token = fn === undefined ? undefined : await urlToken(context, fn);
  return token === undefined ? undefined : shapeOf(token)?.provider.reach;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
