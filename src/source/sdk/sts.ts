// What is used of this client, so that a bundler can leave the rest out.
export { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
