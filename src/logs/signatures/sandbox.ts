// Limits of the place where a function runs, its network interface included, and front ends that run functions for it.
import { signature } from "../signature.ts";

export const sandboxSignatures = [
  signature({
    id: "sandbox-disk-full",
    patterns: [/(?<disk>No space left on device)/, /(?<disk>ENOSPC): no space left/],
    causes: ["quota-exceeded", "package-too-large"],
    decides:
      "how full /tmp is: it has 512 MB unless EphemeralStorage says more, and later invocations find it as it was left",
    matches: ["OSError: [Errno 28] No space left on device", "Error: ENOSPC: no space left on device, write"],
    misses: ["no space left in the hall"],
  }),
  signature({
    id: "sandbox-open-files",
    patterns: [
      /\[Errno 24\] (?<handles>Too many open files)/,
      /\b(?<handles>EMFILE)\b/,
      /(?<handles>can't start new thread)/,
    ],
    causes: ["quota-exceeded", "too-many-connections"],
    decides:
      "what is opened at every invocation and never closed: a sandbox has 1,024 file descriptors, processes and threads",
    matches: [
      "OSError: [Errno 24] Too many open files: '/tmp/export.csv'",
      "Error: EMFILE: too many open files, open '/var/task/schema.sql'",
      "RuntimeError: can't start new thread",
    ],
    misses: ["the clerk keeps too many open files on the desk"],
  }),
  signature({
    id: "sandbox-payload-size",
    patterns: [
      /[Ee]xceeded maximum allowed (?<size>payload size)/,
      /Function\.(?<size>ResponseSizeTooLarge)/,
      /(?<size>payload size) exceeded maximum/,
    ],
    tier: "proof",
    causes: ["quota-exceeded", "proxy-response-malformed"],
    decides:
      "the size of the answer: a synchronous one may have 6 MB, so that large results need pages or an object in S3",
    matches: [
      '{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}',
      '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"The answer of 7000000 bytes is over the limit"}',
      "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    ],
    misses: ["the payload of the truck is at its maximum"],
  }),
  signature({
    id: "sandbox-network-interface",
    patterns: [
      /does not have permissions to call (?<call>\w+NetworkInterfaces?) on EC2/,
      /unable to create an elastic network interface/,
      /EC2(?<kind>Throttled|AccessDenied|Unexpected)Exception/,
      /ENILimitReached/,
      /SubnetIPAddressLimitReached/,
      /subnets? (?:has|have) no available IP addresses/,
    ],
    tier: "proof",
    causes: ({ call, kind }) =>
      call !== undefined || kind === "AccessDenied"
        ? ["network-unreachable"]
        : ["quota-exceeded", "network-unreachable"],
    decides: "the role's permissions for network interfaces, and the free addresses of the function's subnets",
    matches: [
      "InvalidParameterValueException: The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
      "Lambda was unable to create an elastic network interface in the VPC of your function because the limit is reached.",
      "EC2ThrottledException: Lambda was throttled while it initialized the function.",
      "ENILimitReachedException: try again later",
      "SubnetIPAddressLimitReachedException: add another subnet",
      "Lambda was not able to set up VPC access because one or more configured subnets have no available IP addresses.",
    ],
    misses: ["the network interface was created"],
  }),
  signature({
    id: "front-end-timeout",
    // SAM's and Serverless' local runs, and hosts that run functions on Lambda.
    patterns: [
      /Function '[\w.:$-]{1,140}' timed out after (?<seconds>\d+) seconds/,
      /(?:\[504\] -|✖) Lambda timeout/,
      /(?:ERROR|rror)\b[\s\S]{0,120}?FUNCTION_INVOCATION_TIMEOUT/,
    ],
    tier: "effect",
    causes: ["lambda-timeout", "connect-timeout"],
    decides: "what the function was waiting for: its last log line before",
    matches: [
      "Function 'ReportFunction' timed out after 30 seconds",
      "[504] - Lambda timeout.",
      "500: INTERNAL_SERVER_ERROR\nCode: FUNCTION_INVOCATION_TIMEOUT",
    ],
    misses: ["Lambda timeout is 30 s"],
  }),
];
