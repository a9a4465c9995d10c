// The network of the invented stack's functions: two private subnets of a VPC, their routes, their security group and the
// database's, in the protocol of EC2.
import type { Answer, Call } from "../source/fake-aws.ts";

/**
 * What of the network keeps the functions from their database, which is at 127.0.0.1: with `no-route` that is an address
 * outside of the VPC, as a provider's is, and inside of it with the others.
 */
export type VpcFault = "no-route" | "no-egress" | "not-admitted" | "nothing";

const vpcId = "vpc-0f1e2d3c";
const functionGroup = "sg-0aaa1111";
const databaseGroup = "sg-0bbb2222";
const subnets = ["subnet-0a1b2c3d", "subnet-4e5f6a7b"] as const;

/** As the configuration of a function has it. */
export const vpcConfig = { VpcId: vpcId, SubnetIds: [...subnets], SecurityGroupIds: [functionGroup] };

/** What psycopg2 says where nothing answers. */
const timedOut = (port: number): string =>
  `connection to server at "127.0.0.1", port ${port} failed: Connection timed out\n\tIs the server running on that host and accepting TCP/IP connections?`;

const requestId = "8d3f5c1e-0000-4000-8000-000000000001";

/** What a tool answers of it. */
export const timedOutTool = (port: number): Answer => ({
  status: 500,
  json: { ok: false, data: null, error: timedOut(port) },
  headers: { "x-amzn-requestid": requestId },
});

/** What its function logs of it, now. */
export function timeoutEvents(port: number) {
  const at = Date.now();
  const messages = [
    `[ERROR]\t${new Date(at).toISOString()}\t${requestId}\tpsycopg2.OperationalError: ${timedOut(port)}`,
    `REPORT RequestId: ${requestId}\tDuration: 5012.00 ms\tBilled Duration: 5013 ms\tMemory Size: 256 MB\tMax Memory Used: 60 MB`,
  ];
  return messages.map((message, index) => ({
    eventId: `${at}-${index}`,
    timestamp: at + index,
    ingestionTime: at + 500,
    logStreamName: "2027/02/03/[$LATEST]0f1e",
    message,
  }));
}

const items = (name: string, ...list: readonly string[]): string =>
  `<${name}>${list.map((one) => `<item>${one}</item>`).join("")}</${name}>`;
const answer = (operation: string, inner: string): Answer => ({
  xml: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${inner}</${operation}Response>`,
});
const tcp = (port: number, peer: string): string =>
  `<ipProtocol>tcp</ipProtocol><fromPort>${port}</fromPort><toPort>${port}</toPort>${peer}`;
const block = (cidr: string): string => items("ipRanges", `<cidrIp>${cidr}</cidrIp>`);
const route = (cidr: string, target: string): string =>
  `<destinationCidrBlock>${cidr}</destinationCidrBlock>${target}<state>active</state>`;

/** The answer of EC2 to a call, and nothing to calls of other services. The database listens on `port`. */
export function answerOfVpc({ operation, body }: Call, fault: VpcFault, port: number): Answer | undefined {
  const own = fault === "no-route" ? "10.0.0.0/16" : "127.0.0.0/8";
  switch (operation) {
    case "DescribeSubnets":
      return answer(
        operation,
        items(
          "subnetSet",
          ...subnets.map(
            (id, index) =>
              `<subnetId>${id}</subnetId><vpcId>${vpcId}</vpcId><cidrBlock>10.0.${index + 1}.0/24</cidrBlock><availabilityZone>eu-west-1${"ab"[index]}</availabilityZone><availableIpAddressCount>240</availableIpAddressCount>`,
          ),
        ),
      );
    case "DescribeRouteTables":
      return answer(
        operation,
        items(
          "routeTableSet",
          `<routeTableId>rtb-0main</routeTableId><vpcId>${vpcId}</vpcId>${items("associationSet", "<main>true</main>")}${items("routeSet", route(own, "<gatewayId>local</gatewayId>"), route("0.0.0.0/0", "<gatewayId>igw-0c0c0c0c</gatewayId>"))}`,
          `<routeTableId>rtb-0private</routeTableId><vpcId>${vpcId}</vpcId>${items("associationSet", ...subnets.map((id) => `<subnetId>${id}</subnetId><main>false</main>`))}${items("routeSet", route(own, "<gatewayId>local</gatewayId>"))}`,
        ),
      );
    case "DescribeSecurityGroups": {
      const asked = [functionGroup, databaseGroup].filter((id) => body.includes(id));
      return answer(operation, items("securityGroupInfo", ...asked.map((id) => groupOf(id, fault, port))));
    }
    case "DescribeNetworkInterfaces":
      return answer(
        operation,
        fault === "no-route"
          ? items("networkInterfaceSet")
          : items(
              "networkInterfaceSet",
              `<networkInterfaceId>eni-0ddd</networkInterfaceId><vpcId>${vpcId}</vpcId><subnetId>${subnets[0]}</subnetId><description>RDSNetworkInterface</description>${items("privateIpAddressesSet", "<privateIpAddress>127.0.0.1</privateIpAddress>")}${items("groupSet", `<groupId>${databaseGroup}</groupId>`)}`,
            ),
      );
    default:
      return undefined;
  }
}

function groupOf(id: string, fault: VpcFault, port: number): string {
  const everything = `<ipProtocol>-1</ipProtocol>${block("0.0.0.0/0")}`;
  const https = tcp(443, block("0.0.0.0/0"));
  if (id === functionGroup)
    return `<groupId>${id}</groupId><groupName>functions</groupName><vpcId>${vpcId}</vpcId>${items("ipPermissions")}${items("ipPermissionsEgress", fault === "no-egress" ? https : everything)}`;
  const admitted = fault === "not-admitted" ? "sg-0ccc3333" : functionGroup;
  const peer = items("groups", `<groupId>${admitted}</groupId>`);
  return `<groupId>${id}</groupId><groupName>database</groupName><vpcId>${vpcId}</vpcId>${items("ipPermissions", tcp(port, peer))}${items("ipPermissionsEgress", everything)}`;
}
