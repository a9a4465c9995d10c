import { afterEach, describe, expect, it } from "vitest";
import { fakeRuns, type Answer } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

/** An answer of EC2, whose operations put their result right under the response. */
const ec2 = (operation: string, inner: string): Answer => ({
  xml: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${inner}</${operation}Response>`,
});

describe("the network around a function", () => {
  it("tells subnets with their blocks", async () => {
    const { body } = await against(({ operation, body: sent }) => {
      expect(sent).toContain("subnet-a");
      return ec2(
        operation,
        `<subnetSet><item><subnetId>subnet-a</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.1.0/24</cidrBlock>
         <availabilityZone>eu-west-1a</availabilityZone><availableIpAddressCount>17</availableIpAddressCount>
         <ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8:1::/64</ipv6CidrBlock></item></ipv6CidrBlockAssociationSet>
         </item></subnetSet>`,
      );
    });
    expect(await body("ec2.subnets", { ids: ["subnet-a"] })).toEqual([
      {
        id: "subnet-a",
        vpcId: "vpc-1",
        blocks: ["10.0.1.0/24", "2001:db8:1::/64"],
        zone: "eu-west-1a",
        freeAddresses: 17,
      },
    ]);
  });

  it("reads every page of a VPC's route tables", async () => {
    const table = (id: string, association: string, route: string): string =>
      `<routeTableSet><item><routeTableId>${id}</routeTableId><vpcId>vpc-1</vpcId>
       <associationSet><item>${association}</item></associationSet><routeSet><item>${route}</item></routeSet></item></routeTableSet>`;
    const { body } = await against(({ operation, earlier }) =>
      earlier === 0
        ? ec2(
            operation,
            `${table("rtb-main", "<main>true</main>", "<destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state>")}<nextToken>more</nextToken>`,
          )
        : ec2(
            operation,
            table(
              "rtb-own",
              "<subnetId>subnet-a</subnetId><main>false</main>",
              "<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>blackhole</state>",
            ),
          ),
    );
    expect(await body("ec2.route-tables", { vpcId: "vpc-1" })).toEqual([
      {
        id: "rtb-main",
        main: true,
        subnets: [],
        routes: [{ destination: "10.0.0.0/16", target: "local", blackhole: false }],
      },
      {
        id: "rtb-own",
        main: false,
        subnets: ["subnet-a"],
        routes: [{ destination: "0.0.0.0/0", target: "nat-1", blackhole: true }],
      },
    ]);
  });

  it("tells what security groups let in and out", async () => {
    const { body } = await against(({ operation }) =>
      ec2(
        operation,
        `<securityGroupInfo><item><groupId>sg-1</groupId><groupName>db</groupName><vpcId>vpc-1</vpcId>
         <ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>5432</fromPort><toPort>5433</toPort>
           <groups><item><groupId>sg-fn</groupId></item></groups><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges></item></ipPermissions>
         <ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item></ipPermissionsEgress>
         </item></securityGroupInfo>`,
      ),
    );
    expect(await body("ec2.security-groups", { ids: ["sg-1"] })).toEqual([
      {
        id: "sg-1",
        name: "db",
        vpcId: "vpc-1",
        inbound: [{ protocol: "tcp", ports: { from: 5432, to: 5433 }, peers: ["10.0.0.0/16", "sg-fn"] }],
        outbound: [{ protocol: "all", peers: ["::/0"] }],
      },
    ]);
  });

  it("finds the interface behind an address, of either family", async () => {
    const { body, aws } = await against(({ operation, body: sent }) => {
      const six = sent.includes("ipv6-addresses");
      return ec2(
        operation,
        `<networkInterfaceSet>${six ? "" : "<item><networkInterfaceId>eni-1</networkInterfaceId><vpcId>vpc-1</vpcId><subnetId>subnet-d</subnetId><description>RDSNetworkInterface</description><groupSet><item><groupId>sg-db</groupId></item></groupSet><privateIpAddressesSet><item><privateIpAddress>10.0.9.7</privateIpAddress></item></privateIpAddressesSet></item>"}</networkInterfaceSet>`,
      );
    });
    expect(await body("ec2.network-interfaces", { addresses: ["10.0.9.7", "2001:db8::7"] })).toEqual([
      {
        id: "eni-1",
        addresses: ["10.0.9.7"],
        vpcId: "vpc-1",
        subnetId: "subnet-d",
        groups: ["sg-db"],
        description: "RDSNetworkInterface",
      },
    ]);
    expect(aws.calls).toHaveLength(2);
  });

  it("finds the interface behind a public address, and its private one", async () => {
    const { body } = await against(({ operation, body: sent }) =>
      ec2(
        operation,
        `<networkInterfaceSet>${sent.includes("association.public-ip") ? "<item><networkInterfaceId>eni-1</networkInterfaceId><vpcId>vpc-1</vpcId><association><publicIp>203.0.113.7</publicIp></association><privateIpAddressesSet><item><privateIpAddress>10.0.9.7</privateIpAddress><association><publicIp>203.0.113.7</publicIp></association></item></privateIpAddressesSet></item>" : ""}</networkInterfaceSet>`,
      ),
    );
    expect(await body("ec2.network-interfaces", { addresses: ["203.0.113.7"] })).toMatchObject([
      { id: "eni-1", addresses: ["10.0.9.7"], publicAddresses: ["203.0.113.7"] },
    ]);
  });

  it("names the action that the caller lacks", async () => {
    const { live } = await against(() => ({
      status: 403,
      xml: "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>r</RequestID></Response>",
    }));
    expect(await live.source.ask({ kind: "ec2.subnets", params: { ids: ["subnet-a"] } })).toMatchObject({
      status: "denied",
      action: "ec2:DescribeSubnets",
    });
  });

  it("tells the account's limit of what runs at once", async () => {
    const { body } = await against(() => ({
      json: { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 } },
    }));
    expect(await body("lambda.account", {})).toEqual({ concurrency: 1000, unreserved: 900 });
  });
});
