import { describe, expect, it } from "vitest";
import { addressesInside, judgeNetwork, type NetworkEvidence } from "../../src/postgres/network.ts";

type Routes = readonly (readonly [string, string])[];

const table = (routes: Routes, id = "rtb-1") => ({
  id,
  main: true,
  subnets: [] as string[],
  routes: routes.map(([destination, target]) => ({
    destination,
    target: target.replace("!", ""),
    blackhole: target.endsWith("!"),
  })),
});
const subnet = (id: string, block: string) => ({ id, vpcId: "vpc-1", blocks: [block] });
const group = (id: string, inbound: readonly string[], outbound: readonly string[]) => ({
  id,
  name: id,
  inbound: inbound.map((peer) => ({ protocol: "tcp", ports: { from: 5432, to: 5432 }, peers: [peer] })),
  outbound: outbound.map((peer) => ({ protocol: "all", peers: [peer] })),
});
const eni = {
  id: "eni-1",
  addresses: ["10.0.9.7"],
  vpcId: "vpc-1",
  subnetId: "subnet-d",
  groups: ["sg-db"],
  description: "",
};

/** A function in 10.0.1.0/24 and a database at 10.0.9.7 of the same VPC, everything open. */
function evidence(changes: Partial<NetworkEvidence> = {}): NetworkEvidence {
  return {
    addresses: ["10.0.9.7"],
    port: 5432,
    groupIds: ["sg-fn"],
    ipv6Allowed: false,
    mayBeInside: false,
    subnets: { known: [subnet("subnet-a", "10.0.1.0/24")] },
    tables: { known: [table([["10.0.0.0/16", "local"]])] },
    groups: { known: [group("sg-fn", [], ["0.0.0.0/0"])] },
    interfaces: { known: [eni] },
    databaseGroups: { known: [group("sg-db", ["sg-fn"], [])] },
    ...changes,
  };
}

const shown = (changes: Partial<NetworkEvidence>): string =>
  judgeNetwork(evidence(changes))
    .map(({ aspect, verdict }) => `${aspect} ${verdict}`)
    .join(", ");
const routed = (routes: Routes, changes: Partial<NetworkEvidence> = {}): string =>
  judgeNetwork(evidence({ tables: { known: [table(routes)] }, ...changes })).find(({ aspect }) => aspect === "route")
    ?.verdict ?? "";

describe("judgeNetwork", () => {
  it("is open where routes and both sides' groups let it through", () => {
    expect(shown({})).toBe("route open, outbound open, inbound open");
  });

  it("judges nothing of an address that is not known", () => {
    expect(shown({ addresses: [] })).toBe("addresses unknown");
  });

  it.each<readonly [string, Routes, Partial<NetworkEvidence>, string]>([
    ["a NAT gateway to a public address", [["0.0.0.0/0", "nat-1"]], { addresses: ["203.0.113.7"] }, "open"],
    [
      "an internet gateway, which functions cannot use",
      [["0.0.0.0/0", "igw-1"]],
      { addresses: ["203.0.113.7"] },
      "closed",
    ],
    ["no route", [["10.0.0.0/16", "local"]], { addresses: ["203.0.113.7"] }, "closed"],
    ["a route whose target is gone", [["0.0.0.0/0", "nat-1!"]], { addresses: ["203.0.113.7"] }, "closed"],
    [
      "the narrower of two routes",
      [
        ["0.0.0.0/0", "nat-1"],
        ["203.0.113.0/24", "igw-1"],
      ],
      { addresses: ["203.0.113.7"] },
      "closed",
    ],
    ["a peering, behind which nobody looked", [["10.9.0.0/16", "pcx-1"]], { addresses: ["10.9.0.1"] }, "unknown"],
    ["prefix lists alone", [["pl-1", "vpce-1"]], { addresses: ["203.0.113.7"] }, "unknown"],
    ["IPv6 that the function may not use", [["::/0", "eigw-1"]], { addresses: ["2001:db8::7"] }, "closed"],
    ["IPv6 that it may use", [["::/0", "eigw-1"]], { addresses: ["2001:db8::7"], ipv6Allowed: true }, "open"],
    ["IPv4 beside IPv6", [["0.0.0.0/0", "nat-1"]], { addresses: ["2001:db8::7", "203.0.113.7"] }, "open"],
  ])("sees %s", (_name, routes, changes, verdict) => expect(routed(routes, changes)).toBe(verdict));

  it("takes a subnet's own table before the main one, and one closed subnet for closed", () => {
    const own = { ...table([["0.0.0.0/0", "igw-1"]], "rtb-2"), main: false, subnets: ["subnet-b"] };
    const subnets = { known: [subnet("subnet-a", "10.0.1.0/24"), subnet("subnet-b", "10.0.2.0/24")] };
    const [route] = judgeNetwork(
      evidence({ addresses: ["203.0.113.7"], subnets, tables: { known: [table([["0.0.0.0/0", "nat-1"]]), own] } }),
    );
    expect(route).toMatchObject({
      verdict: "closed",
      says: expect.stringMatching(/^From subnet-b: rtb-2 .*NAT gateway\.$/),
    });
  });

  it.each<readonly [string, Partial<NetworkEvidence>, string]>([
    ["no rule out", { groups: { known: [group("sg-fn", [], [])] } }, "outbound closed"],
    ["a rule to elsewhere", { groups: { known: [group("sg-fn", [], ["192.168.0.0/16"])] } }, "outbound closed"],
    ["a rule to the database's group", { groups: { known: [group("sg-fn", [], ["sg-db"])] } }, "outbound open"],
    ["a rule to a prefix list", { groups: { known: [group("sg-fn", [], ["pl-1"])] } }, "outbound unknown"],
    ["a group that could not be read", { groups: { unknown: "denied" } }, "outbound unknown"],
    [
      "a database that admits others",
      { databaseGroups: { known: [group("sg-db", ["sg-other"], [])] } },
      "inbound closed",
    ],
    [
      "a database that admits the subnet",
      { databaseGroups: { known: [group("sg-db", ["10.0.0.0/16"], [])] } },
      "inbound open",
    ],
    [
      "a database that admits half of the subnet",
      { databaseGroups: { known: [group("sg-db", ["10.0.1.0/25"], [])] } },
      "inbound closed",
    ],
    ["a database of another account", { interfaces: { known: [] } }, "inbound unknown"],
    ["interfaces that could not be read", { interfaces: { unknown: "denied" } }, "inbound unknown"],
    ["rules for another port", { port: 6543 }, "inbound closed"],
  ])("sees %s", (_name, changes, part) => expect(shown(changes)).toContain(part));

  it("of a database whose name leads elsewhere inside of its VPC judges the way to there", () => {
    const open = { ...eni, publicAddresses: ["203.0.113.7"] };
    expect(addressesInside(["203.0.113.7"], "vpc-1", { known: [open] }, true)).toEqual(["10.0.9.7"]);
    expect(addressesInside(["203.0.113.7"], "vpc-2", { known: [open] }, true)).toEqual(["203.0.113.7"]);
    expect(addressesInside(["203.0.113.7"], "vpc-1", { known: [open] }, false)).toEqual(["203.0.113.7"]);
    // Nothing is proven where the interface that would tell could not be read; a provider's address is the same everywhere.
    const unread = { addresses: ["203.0.113.7"], interfaces: { unknown: "It was denied." } };
    expect(routed([["10.0.0.0/16", "local"]], { ...unread, mayBeInside: true })).toBe("unknown");
    expect(routed([["10.0.0.0/16", "local"]], unread)).toBe("closed");
  });
});
