import type { IpPermission, NetworkInterfaceAssociation, Route, RouteTable } from "@aws-sdk/client-ec2";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type {
  accountLimits,
  networkInterfaces,
  routeTables,
  securityGroups,
  vpcSubnets,
} from "../../facts/requests/network.ts";
import { isPrivateAddress } from "../../postgres/network.ts";
import { answered, present, type LiveContext } from "./context.ts";

type RouteTables = BodyOf<typeof routeTables>;
type Groups = BodyOf<typeof securityGroups>;
type Rule = Groups[number]["inbound"][number];

export function answerVpcSubnets(context: LiveContext): Answer<typeof vpcSubnets> {
  const action = "ec2:DescribeSubnets";
  return ({ ids }) =>
    answered<BodyOf<typeof vpcSubnets>>(context, action, "EC2", async () => {
      const { sdk, client } = await context.aws.ec2();
      const { Subnets = [] } = await context.aws.send(action, "ec2", (options) =>
        client.send(new sdk.DescribeSubnetsCommand({ SubnetIds: ids }), options),
      );
      return Subnets.map(({ SubnetId = "", VpcId = "", ...subnet }) => ({
        id: SubnetId,
        vpcId: VpcId,
        blocks: [
          ...(subnet.CidrBlock === undefined ? [] : [subnet.CidrBlock]),
          ...(subnet.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
        ],
        ...present({ zone: subnet.AvailabilityZone, freeAddresses: subnet.AvailableIpAddressCount }),
      }));
    });
}

export function answerRouteTables(context: LiveContext): Answer<typeof routeTables> {
  const action = "ec2:DescribeRouteTables";
  return ({ vpcId }) =>
    answered<RouteTables>(context, action, "EC2", async () => {
      const { sdk, client } = await context.aws.ec2();
      const found: RouteTable[] = [];
      let next: string | undefined;
      do {
        const page = await context.aws.send(action, "ec2", (options) =>
          client.send(
            new sdk.DescribeRouteTablesCommand({
              Filters: [{ Name: "vpc-id", Values: [vpcId] }],
              ...present({ NextToken: next }),
            }),
            options,
          ),
        );
        found.push(...(page.RouteTables ?? []));
        next = page.NextToken || undefined;
      } while (next !== undefined);
      return found.map(({ RouteTableId = "", Associations = [], Routes = [] }) => ({
        id: RouteTableId,
        main: Associations.some(({ Main }) => Main),
        subnets: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
        routes: Routes.map(describeRoute),
      }));
    });
}

function describeRoute(route: Route): RouteTables[number]["routes"][number] {
  const destination =
    route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? "";
  const target =
    route.NatGatewayId ??
    route.EgressOnlyInternetGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.CoreNetworkArn ??
    route.GatewayId ??
    route.NetworkInterfaceId ??
    route.InstanceId ??
    "";
  return { destination, target, blackhole: route.State === "blackhole" };
}

export function answerSecurityGroups(context: LiveContext): Answer<typeof securityGroups> {
  const action = "ec2:DescribeSecurityGroups";
  return ({ ids }) =>
    answered<Groups>(context, action, "EC2", async () => {
      const { sdk, client } = await context.aws.ec2();
      const { SecurityGroups = [] } = await context.aws.send(action, "ec2", (options) =>
        client.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: ids }), options),
      );
      return SecurityGroups.map((group) => ({
        id: group.GroupId ?? "",
        name: group.GroupName ?? "",
        inbound: (group.IpPermissions ?? []).map(describeRule),
        outbound: (group.IpPermissionsEgress ?? []).map(describeRule),
        ...present({ vpcId: group.VpcId }),
      }));
    });
}

function describeRule(rule: IpPermission): Rule {
  const { FromPort: from, ToPort: to, IpProtocol: protocol = "-1" } = rule;
  const all = protocol === "-1";
  return {
    protocol: all ? "all" : protocol,
    peers: [
      ...(rule.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
      ...(rule.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
      ...(rule.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
      ...(rule.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
    ],
    ...(all || from === undefined || to === undefined || from < 0 ? {} : { ports: { from, to } }),
  };
}

export function answerNetworkInterfaces(context: LiveContext): Answer<typeof networkInterfaces> {
  const action = "ec2:DescribeNetworkInterfaces";
  return ({ addresses }) =>
    answered<BodyOf<typeof networkInterfaces>>(context, action, "EC2", async () => {
      const { sdk, client } = await context.aws.ec2();
      const four = addresses.filter((address) => !address.includes(":"));
      const named = [
        { Name: "addresses.private-ip-address", Values: four.filter(isPrivateAddress) },
        { Name: "association.public-ip", Values: four.filter((address) => !isPrivateAddress(address)) },
        { Name: "ipv6-addresses.ipv6-address", Values: addresses.filter((address) => address.includes(":")) },
      ];
      const found = [];
      // Several filters of one call narrow each other, so each kind is asked for by itself.
      for (const filter of named.filter(({ Values }) => Values.length > 0)) {
        const { NetworkInterfaces = [] } = await context.aws.send(action, "ec2", (options) =>
          client.send(new sdk.DescribeNetworkInterfacesCommand({ Filters: [filter] }), options),
        );
        found.push(...NetworkInterfaces);
      }
      return found.map((one) => ({
        id: one.NetworkInterfaceId ?? "",
        addresses: [
          ...(one.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
          ...(one.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
        ],
        ...publicOf([one.Association, ...(one.PrivateIpAddresses ?? []).map(({ Association }) => Association)]),
        vpcId: one.VpcId ?? "",
        subnetId: one.SubnetId ?? "",
        groups: (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
        description: context.vault.scrub(one.Description ?? ""),
      }));
    });
}

function publicOf(associations: readonly (NetworkInterfaceAssociation | undefined)[]): { publicAddresses?: string[] } {
  const all = [...new Set(associations.flatMap((one) => one?.PublicIp ?? []))];
  return all.length === 0 ? {} : { publicAddresses: all };
}

export function answerAccountLimits(context: LiveContext): Answer<typeof accountLimits> {
  const action = "lambda:GetAccountSettings";
  return () =>
    answered<BodyOf<typeof accountLimits>>(context, action, "LAMBDA", async () => {
      const { sdk, client } = await context.aws.lambda();
      const { AccountLimit = {} } = await context.aws.send(action, "lambda.control", (options) =>
        client.send(new sdk.GetAccountSettingsCommand({}), options),
      );
      const { ConcurrentExecutions: concurrency = 0 } = AccountLimit;
      return { concurrency, unreserved: AccountLimit.UnreservedConcurrentExecutions ?? concurrency };
    });
}
