// Whether a function in a VPC gets to an address and port: by the routes of its subnets and the security groups of both sides.
import type { NetworkAspect } from "../core/database-report.ts";
import type { BodyOf } from "../facts/requests/index.ts";
import type { networkInterfaces, routeTables, securityGroups, vpcSubnets } from "../facts/requests/network.ts";

type Subnet = BodyOf<typeof vpcSubnets>[number];
type RouteTable = BodyOf<typeof routeTables>[number];
type Group = BodyOf<typeof securityGroups>[number];
type Interface = BodyOf<typeof networkInterfaces>[number];
type Rule = Group["inbound"][number];

/** A part of the evidence, or why it is not there: one sentence. */
export type Part<T> = { readonly known: T } | { readonly unknown: string };

/** What is known of the network between functions that share subnets and groups, and one database. */
export interface NetworkEvidence {
  /** Where the database's name leads, as seen from the machine that asked. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly groupIds: readonly string[];
  readonly ipv6Allowed: boolean;
  /** Whether the database's name may lead to another address inside of the VPC, as names of RDS do. */
  readonly mayBeInside: boolean;
  readonly subnets: Part<readonly Subnet[]>;
  readonly tables: Part<readonly RouteTable[]>;
  /** The functions' own groups. */
  readonly groups: Part<readonly Group[]>;
  readonly interfaces: Part<readonly Interface[]>;
  /** The groups of the interfaces. */
  readonly databaseGroups: Part<readonly Group[]>;
}

/** Each aspect of the way: from where the function is, out of its groups, into the database's. Network ACLs are not looked at. */
export function judgeNetwork(evidence: NetworkEvidence): readonly NetworkAspect[] {
  if (evidence.addresses.length === 0) {
    const says = "The address of the database is not known, so that neither routes nor rules can be judged.";
    return [{ aspect: "addresses", verdict: "unknown", says }];
  }
  return [route(evidence), outbound(evidence), inbound(evidence)];
}

const unknown = (aspect: NetworkAspect["aspect"], says: string): NetworkAspect => ({
  aspect,
  verdict: "unknown",
  says,
});

function route(evidence: NetworkEvidence): NetworkAspect {
  const { subnets, tables, addresses } = evidence;
  if ("unknown" in subnets) return unknown("route", subnets.unknown);
  if ("unknown" in tables) return unknown("route", tables.unknown);
  const outside = addresses.find((address) => !isPrivateAddress(address));
  if (evidence.mayBeInside && outside !== undefined && "unknown" in evidence.interfaces) {
    return unknown(
      "route",
      `${outside} is the database's address outside of the VPC; whether it has another one inside is not known. ${evidence.interfaces.unknown}`,
    );
  }
  const ways = subnets.known.map((subnet) => ({
    subnet,
    ways: addresses.map((to) => wayTo(to, subnet, evidence, tables.known)),
  }));
  const closed = ways.filter(({ ways: all }) => all.every(({ verdict }) => verdict === "closed"));
  const [first] = closed;
  if (first !== undefined) {
    const says = `From ${closed.map(({ subnet }) => subnet.id).join(", ")}: ${first.ways[0]?.says ?? "there is no route"}.`;
    return { aspect: "route", verdict: "closed", says };
  }
  const open = ways.map(({ subnet, ways: all }) => ({ subnet, way: all.find(({ verdict }) => verdict === "open") }));
  const doubtful = open.find(({ way }) => way === undefined);
  if (doubtful !== undefined) {
    const way = ways
      .find(({ subnet }) => subnet === doubtful.subnet)
      ?.ways.find(({ verdict }) => verdict === "unknown");
    return unknown("route", `From ${doubtful.subnet.id}: ${way?.says ?? "the route is not known"}.`);
  }
  const through = [...new Set(open.map(({ way }) => way?.says ?? ""))].join("; ");
  return {
    aspect: "route",
    verdict: "open",
    says: `From ${subnets.known.length === 1 ? "its subnet" : `all ${subnets.known.length} subnets`}: ${through}.`,
  };
}

type Way = Pick<NetworkAspect, "verdict" | "says">;

function wayTo(address: string, subnet: Subnet, { ipv6Allowed }: NetworkEvidence, tables: readonly RouteTable[]): Way {
  const six = address.includes(":");
  if (six && !ipv6Allowed) {
    return {
      verdict: "closed",
      says: `${address} is an IPv6 address, which the function may not use (Ipv6AllowedForDualStack)`,
    };
  }
  const table = tables.find(({ subnets }) => subnets.includes(subnet.id)) ?? tables.find(({ main }) => main);
  if (table === undefined) return { verdict: "unknown", says: "no route table was found" };
  const fitting = table.routes
    .flatMap((one) => {
      const bits = containedBits(one.destination, address);
      return bits === undefined ? [] : [{ ...one, bits }];
    })
    .toSorted((a, b) => b.bits - a.bits)[0];
  if (fitting === undefined) {
    return table.routes.some(({ destination }) => destination.startsWith("pl-"))
      ? {
          verdict: "unknown",
          says: `${table.id} has no route to ${address} but by prefix lists, which were not looked into`,
        }
      : { verdict: "closed", says: `${table.id} has no route to ${address}` };
  }
  const { target, destination, blackhole } = fitting;
  if (blackhole)
    return { verdict: "closed", says: `the route of ${table.id} to ${destination} leads to ${target}, which is gone` };
  if (target === "local") return { verdict: "open", says: `${address} is inside the VPC` };
  if (target.startsWith("igw-") && !six) {
    return {
      verdict: "closed",
      says: `${table.id} leads to the internet gateway ${target}, which a function cannot use: it has no public address. It takes a NAT gateway`,
    };
  }
  if (target.startsWith("nat-")) return { verdict: "open", says: `to the internet by the NAT gateway ${target}` };
  if (/^(?:igw|eigw)-/.test(target)) return { verdict: "open", says: `to the internet by ${target}` };
  return { verdict: "unknown", says: `${table.id} leads to ${target}; what lies behind it was not looked into` };
}

function outbound({ groups, groupIds, addresses, port, interfaces }: NetworkEvidence): NetworkAspect {
  if ("unknown" in groups) return unknown("outbound", groups.unknown);
  const names = groupIds.join(", ");
  const peers = "known" in interfaces ? interfaces.known.flatMap((one) => one.groups) : [];
  const rules = groups.known.flatMap((group) => group.outbound).filter((rule) => covers(rule, port));
  const open = rules.some(({ peers: to }) =>
    to.some((peer) => peers.includes(peer) || addresses.some((address) => containedBits(peer, address) !== undefined)),
  );
  if (open) return { aspect: "outbound", verdict: "open", says: `${names} lets the function out to port ${port}.` };
  if (
    rules.some(({ peers: to }) =>
      to.some((peer) => peer.startsWith("pl-") || (peer.startsWith("sg-") && peers.length === 0)),
    )
  ) {
    return unknown(
      "outbound",
      `${names} lets the function out on port ${port} to prefix lists or groups that were not looked into.`,
    );
  }
  return {
    aspect: "outbound",
    verdict: "closed",
    says: `No rule of ${names} lets the function out to ${addresses.join(", ")} on port ${port}.`,
  };
}

function inbound(evidence: NetworkEvidence): NetworkAspect {
  const { interfaces, databaseGroups, subnets, groupIds, port, addresses } = evidence;
  if ("unknown" in interfaces) return unknown("inbound", interfaces.unknown);
  if (interfaces.known.length === 0) {
    return unknown(
      "inbound",
      `No network interface of this account and region has ${addresses.join(" or ")}; the database's own rules were not seen.`,
    );
  }
  if ("unknown" in databaseGroups) return unknown("inbound", databaseGroups.unknown);
  const names = databaseGroups.known.map(({ id }) => id).join(", ");
  const rules = databaseGroups.known.flatMap((group) => group.inbound).filter((rule) => covers(rule, port));
  if (rules.some(({ peers }) => peers.some((peer) => groupIds.includes(peer)))) {
    return {
      aspect: "inbound",
      verdict: "open",
      says: `${names} of the database admits ${groupIds.join(", ")} on port ${port}.`,
    };
  }
  const blocks =
    "known" in subnets ? subnets.known.flatMap((subnet) => subnet.blocks.filter((block) => !block.includes(":"))) : [];
  const admitted = blocks.filter((block) =>
    rules.some(({ peers }) =>
      peers.some((peer) => containedBits(peer, block.split("/")[0] ?? "", sizeOf(block)) !== undefined),
    ),
  );
  if (blocks.length > 0 && admitted.length === blocks.length) {
    return {
      aspect: "inbound",
      verdict: "open",
      says: `${names} of the database admits the function's subnets on port ${port}.`,
    };
  }
  if ("unknown" in subnets || rules.some(({ peers }) => peers.some((peer) => peer.startsWith("pl-")))) {
    return unknown(
      "inbound",
      `${names} of the database does not admit ${groupIds.join(", ")}; whether it admits the subnets' addresses is not known.`,
    );
  }
  const some = admitted.length === 0 ? "" : `, and only a part of the function's subnets (${admitted.join(", ")})`;
  return {
    aspect: "inbound",
    verdict: "closed",
    says: `No rule of ${names}, the database's security group, admits ${groupIds.join(", ")} on port ${port}${some}.`,
  };
}

/**
 * The addresses by which functions in the VPC reach the database: one that is public from outside leads, for names of RDS
 * and the like, to the private address of the same interface where that is in the VPC itself.
 */
export function addressesInside(
  addresses: readonly string[],
  vpcId: string,
  interfaces: Part<readonly Interface[]>,
  mayBeInside: boolean,
): readonly string[] {
  if ("unknown" in interfaces || !mayBeInside) return addresses;
  const inside = addresses.flatMap((address) => {
    const own = interfaces.known.find((one) => one.vpcId === vpcId && one.publicAddresses?.includes(address) === true);
    return own === undefined ? [address] : own.addresses.filter((one) => !one.includes(":"));
  });
  return [...new Set(inside)];
}

/** Whether an IPv4 address is one of a network's own (RFC 1918, 6598, loopback, link-local); an IPv6 address is none. */
export function isPrivateAddress(address: string): boolean {
  const own = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"];
  return own.some((block) => containedBits(block, address) !== undefined);
}

function covers({ protocol, ports }: Rule, port: number): boolean {
  if (protocol === "all") return true;
  if (protocol !== "tcp" && protocol !== "6") return false;
  return ports === undefined || (ports.from <= port && port <= ports.to);
}

const sizeOf = (block: string): number => Number(block.split("/")[1] ?? 32);

/** How many bits a block fixes if it holds the address (or the whole of a block of `size` bits there); undefined if it does not. */
function containedBits(block: string, address: string, size?: number): number | undefined {
  const [base = "", bits] = block.split("/");
  if (bits === undefined || base.includes(":") !== address.includes(":")) return undefined;
  const [whole, fixed] = [address.includes(":") ? 128 : 32, Number(bits)];
  const [a, b] = [numberOf(base), numberOf(address)];
  if (a === undefined || b === undefined || !(fixed >= 0 && fixed <= whole) || fixed > (size ?? whole))
    return undefined;
  const shift = BigInt(whole - fixed);
  return a >> shift === b >> shift ? fixed : undefined;
}

/** An address as a number; undefined for what is none. */
function numberOf(address: string): bigint | undefined {
  if (!address.includes(":")) {
    const parts = address.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
    return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  }
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const words = (text: string): string[] => text.split(":").filter((word) => word !== "");
  const [front, back] = [words(head), words(tail ?? "")];
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const all = [...front, ...Array.from({ length: Math.max(0, gap) }, () => "0"), ...back];
  if (all.length !== 8 || all.some((word) => !/^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return all.reduce((sum, word) => (sum << 16n) | BigInt(Number.parseInt(word, 16)), 0n);
}
