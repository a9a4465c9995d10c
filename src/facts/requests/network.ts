import * as z from "zod";
import { defineRequest } from "./define.ts";

const route = () =>
  z.strictObject({
    /** An IPv4 or IPv6 block, or the id of a prefix list. */
    destination: z.string(),
    /** `local`, or the id of what it leads to: nat-..., igw-..., eigw-..., vpce-..., tgw-..., pcx-..., eni-... */
    target: z.string(),
    /** Its target is gone: nothing gets through. */
    blackhole: z.boolean(),
  });

/** The subnets of a function. */
export const vpcSubnets = defineRequest(
  "ec2.subnets",
  () => z.strictObject({ ids: z.array(z.string()) }),
  () =>
    z.array(
      z.strictObject({
        id: z.string(),
        vpcId: z.string(),
        zone: z.string().optional(),
        blocks: z.array(z.string()),
        freeAddresses: z.int().optional(),
      }),
    ),
  ["ec2:DescribeSubnets"],
);

/** The route tables of one VPC. */
export const routeTables = defineRequest(
  "ec2.route-tables",
  () => z.strictObject({ vpcId: z.string() }),
  () =>
    z.array(
      z.strictObject({
        id: z.string(),
        /** Holds for every subnet of the VPC that has none of its own. */
        main: z.boolean(),
        subnets: z.array(z.string()),
        routes: z.array(route()),
      }),
    ),
  ["ec2:DescribeRouteTables"],
);

const rule = () =>
  z.strictObject({
    /** `tcp`, `udp`, a protocol's number, or `all`. */
    protocol: z.string(),
    /** Absent for all ports. */
    ports: z.strictObject({ from: z.int(), to: z.int() }).optional(),
    /** IPv4 and IPv6 blocks, ids of security groups and of prefix lists. */
    peers: z.array(z.string()),
  });

/** Security groups with what they let in and out. */
export const securityGroups = defineRequest(
  "ec2.security-groups",
  () => z.strictObject({ ids: z.array(z.string()) }),
  () =>
    z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        vpcId: z.string().optional(),
        inbound: z.array(rule()),
        outbound: z.array(rule()),
      }),
    ),
  ["ec2:DescribeSecurityGroups"],
);

/** The network interfaces behind addresses, private or public: of a database in the same account, its place and its groups. */
export const networkInterfaces = defineRequest(
  "ec2.network-interfaces",
  () => z.strictObject({ addresses: z.array(z.string()) }),
  () =>
    z.array(
      z.strictObject({
        id: z.string(),
        /** Private ones, and IPv6. */
        addresses: z.array(z.string()),
        publicAddresses: z.array(z.string()).optional(),
        vpcId: z.string(),
        subnetId: z.string(),
        groups: z.array(z.string()),
        description: z.string(),
      }),
    ),
  ["ec2:DescribeNetworkInterfaces"],
);

/** How many functions may run at once in the account and region. */
export const accountLimits = defineRequest(
  "lambda.account",
  () => z.strictObject({}),
  () =>
    z.strictObject({
      /** The account's limit, and what of it no function has reserved. */
      concurrency: z.int(),
      unreserved: z.int(),
    }),
  ["lambda:GetAccountSettings"],
);
